r"""Judge the atlas's beaten hearts: ``python -m sosie.verification.judge_atlas_beats ROWS ...``.

ROWS are files of `atlas_beats`. Of either group and of both:

blind    Pearson's r, bias (simulated less recorded) and root mean square error of ejection
         fraction; r of the record's with muscle volume over cavity volume alone (`thickness`)
fitted   the same of the shortening of the heart's axis; median and quartiles over people of the
         mean distances of end-systolic surfaces, beside those of the heart that has not moved, and
         of the atlas's mean end-systolic shape blown up to the person's end-systolic volume

What ships is these figures, not the rows.
"""

import json
import sys
from collections import Counter
from pathlib import Path

import numpy as np

import sosie.analysis
from sosie.cohort.fit_body import write
from sosie.typing import Array
from sosie.verification.atlas_beats import ASSUMED, CONTRACTILITY, KINDS, Row

OUTPUT = Path(sosie.analysis.__file__).parent / "data" / "atlas_beats.json"
GROUPS = {"both": ("ASYMP", "MI"), "asymptomatic": ("ASYMP",), "infarct": ("MI",)}
SURFACES = ("endocardium", "epicardium")
OTHERS = {"apart": "simulated", "unmoved_apart": "unmoved", "mean_apart": "mean_shape"}
FEWEST = 3
"""People of whom a correlation says anything."""


def judge(rows: list[Row]) -> dict[str, object]:
    """Return what ships in ``data/atlas_beats.json``."""
    return {
        "source": "Cardiac Atlas Project, lv-ortho-modes: clinical_index.csv and "
        "ortho-pcscores-nlatent_10.csv; python -m sosie.verification.atlas_beats",
        "terms": "the tables lie in a repository under GPL-2 and do not ship; these are figures of "
        "groups of simulated people",
        "contractility": CONTRACTILITY,
        "assumed_ejection_fraction": ASSUMED,
        **{kind: _kind([row for row in rows if row["kind"] == kind], kind) for kind in KINDS},
    }


def _kind(rows: list[Row], kind: str) -> dict[str, object]:
    done = [row for row in rows if "failed" not in row]
    why = Counter(str(row["failed"]).split(":")[0] for row in rows if "failed" in row)
    groups = {}
    for name, members in GROUPS.items():
        chosen = [row for row in done if row["group"] in members]
        if len(chosen) >= FEWEST:
            groups[name] = _blind(chosen) if kind == "blind" else _fitted(chosen)
    return {"people": len(rows), "beaten": len(done), "not_beaten": dict(why), "groups": groups}


def _blind(rows: list[Row]) -> dict[str, float]:
    recorded, thickness = column(rows, "ejection_fraction"), column(rows, "thickness")
    of_thickness = float(np.corrcoef(thickness, recorded)[0, 1])
    return agreement(column(rows, "found"), recorded) | {"r_thickness": round(of_thickness, 3)}


def _fitted(rows: list[Row]) -> dict[str, object]:
    errors = 100 * column(rows, "ejection_fraction_error")
    strength = column(rows, "contractility")
    return {
        "ejection_fraction_error": round(float(np.sqrt(np.mean(errors**2))), 2),
        "contractility": quartiles(strength),
        "shortening": agreement(column(rows, "fitted_shortening"), column(rows, "shortening")),
        "apart_mm": {
            word: {name: quartiles(column(rows, f"{key}_{name}")) for name in SURFACES}
            for key, word in OTHERS.items()
        },
    }


def column(rows: list[Row], name: str) -> Array:
    """Return a number of each person."""
    return np.array([float(row[name]) for row in rows])


def agreement(found: Array, recorded: Array) -> dict[str, float]:
    """Return n, r, means, bias and root mean square error of shares, in points."""
    late = 100 * (found - recorded)
    return {
        "n": len(found),
        "r": round(float(np.corrcoef(found, recorded)[0, 1]), 3),
        "recorded": round(100 * float(recorded.mean()), 2),
        "bias": round(float(late.mean()), 2),
        "rmse": round(float(np.sqrt(np.mean(late**2))), 2),
    }


def quartiles(values: Array) -> list[float]:
    """Return the 25th, 50th and 75th percentile."""
    return [round(float(value), 2) for value in np.percentile(values, [25, 50, 75])]


def read(paths: list[Path]) -> list[Row]:
    """Return the rows of some files."""
    lines = [line for path in paths for line in path.read_text(encoding="utf-8").splitlines()]
    return [json.loads(line) for line in lines]


if __name__ == "__main__":
    write(judge(read([Path(name) for name in sys.argv[1:]])), OUTPUT)
