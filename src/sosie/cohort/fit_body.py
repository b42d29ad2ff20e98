"""Compute what the body prior rests on, from the adults of the NHANES table.

    python -m sosie.cohort.fit_body [OUTPUT]

For each sex, x = (height, log weight, log SBP, log DBP, log heart rate) is Gaussian around a
mean quadratic in age; and the frequency of a heart attack is counted by band of age. People are
not weighted: the table carries no survey weights.
"""

import json
import sys
from pathlib import Path

import numpy as np

from sosie.cohort.body import BANDS, DATA, VARIABLES, age_terms, forward
from sosie.cohort.mapping import load_mapping
from sosie.cohort.select import select
from sosie.cohort.table import Row, read_table

RANGE = (0.005, 0.995)
"""Quantiles of the people between which imputed values stay."""


def fit() -> dict[str, object]:
    """Return the statistics that ship in ``data/body_statistics.json``."""
    mapping = load_mapping("nhanes")
    rows = select(read_table(mapping.table_path(), mapping), "all").rows
    people = [row for row in rows if all(name in row.cells for name in VARIABLES)]
    asked = [row for row in rows if "heart_attack" in row.cells]
    return {
        "source": "adults of 20 years and more, NHANES 2017-2018, unweighted; "
        "python -m sosie.cohort.fit_body",
        "variables": list(VARIABLES),
        "n": len(people),
        "sexes": fit_bodies(people),
        "heart_attack": {
            "n": len(asked),
            "ages": list(BANDS),
            **{sex: _frequency(_of(asked, sex)) for sex in ("female", "male")},
        },
    }


def _of(rows: list[Row], sex: str) -> list[Row]:
    return [row for row in rows if row.cells["sex"] == sex]


def fit_bodies(people: list[Row]) -> dict[str, dict[str, object]]:
    """Return the distribution of body values by sex, among people of whom all are known."""
    return {sex: _fit_sex(_of(people, sex)) for sex in ("female", "male")}


def _fit_sex(rows: list[Row]) -> dict[str, object]:
    values = np.array([[row.cells[name] for name in VARIABLES] for row in rows], dtype=float)
    A = np.array([age_terms(row.cells["age"]) for row in rows])
    x = forward(values)
    coefficients, *_ = np.linalg.lstsq(A, x, rcond=None)
    low, high = np.quantile(values, RANGE, axis=0)
    return {
        "n": len(rows),
        "coefficients": rounded(coefficients),
        "covariance": rounded(np.cov(x - A @ coefficients, rowvar=False, ddof=A.shape[1])),
        "low": rounded(low),
        "high": rounded(high),
    }


def _frequency(rows: list[Row]) -> list[float]:
    ages = np.array([row.cells["age"] for row in rows])
    yes = np.array([row.cells["heart_attack"] == "yes" for row in rows])
    band = np.searchsorted(BANDS, ages, side="right") - 1
    return rounded(np.array([yes[band == k].mean() for k in range(len(BANDS))]))


def rounded(values: np.ndarray) -> list:
    """Return nested lists of numbers with seven significant digits: the same on any machine."""
    return json.loads(
        json.dumps(values.tolist()), parse_float=lambda text: float(f"{float(text):.7g}")
    )


def write(statistics: dict[str, object], path: Path) -> None:
    """Write statistics as the JSON that ships."""
    path.write_text(json.dumps(statistics, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write(fit(), Path(sys.argv[1]) if len(sys.argv) > 1 else DATA / "body_statistics.json")
