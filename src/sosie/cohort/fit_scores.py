"""Compute what the ventricle's priors rest on, from the tables of the Cardiac Atlas Project.

    python -m sosie.cohort.fit_scores CLINICAL_INDEX SCORES [OUTPUT]

For each of the two groups (asymptomatic, infarct) the joint mean and covariance of
(log EDVI, log w, s_1 ... s_6), and the quantiles 0.5 and 99.5 % of each.

EDVI     end-diastolic volume over body surface area [mL/m^2]
w        EDVI ((1 + RWT)^3 - 1): wall volume of a sphere of that cavity and relative wall thickness
s        shape scores less their mean over the asymptomatic, as the rebuilt shapes use them
"""

import csv
import sys
from pathlib import Path

import numpy as np

from sosie.cohort.body import DATA
from sosie.cohort.fit_body import RANGE, rounded, write
from sosie.cohort.schema import SCORES

GROUPS = {"asymptomatic": "ASYMP", "infarct": "MI"}


def fit(clinical_index: Path, scores: Path) -> dict[str, object]:
    """Return the statistics that ship in ``data/lv_score_statistics.json``."""
    with clinical_index.open(newline="", encoding="utf-8") as file:
        people = list(csv.DictReader(file))
    group = np.array([person["Group"] for person in people])
    edvi = np.array([float(person["EDVI"]) for person in people])
    ef = np.array([float(person["EF"]) for person in people])
    rwt = np.array([float(person["RWT"]) for person in people]) / 100
    s = np.loadtxt(scores, delimiter=",")
    s -= s[group == "ASYMP"].mean(axis=0)
    x = np.column_stack([np.log(edvi), np.log(edvi * ((1 + rwt) ** 3 - 1)), s])
    return {
        "source": "Cardiac Atlas Project, lv-ortho-modes: clinical_index.csv and "
        "ortho-pcscores-nlatent_10.csv; python -m sosie.cohort.fit_scores",
        "terms": "the tables lie in a repository under GPL-2 and do not ship; "
        "these are means, covariances and quantiles of groups",
        "variables": ["log_edvi", "log_wall", *SCORES],
        "groups": {
            name: _fit_group(x[group == label], ef[group == label])
            for name, label in GROUPS.items()
        },
    }


def _fit_group(x: np.ndarray, ef: np.ndarray) -> dict[str, object]:
    low, high = np.quantile(x, RANGE, axis=0)
    # The asymptomatic scores' own mean is zero but for rounding.
    mean = np.where(np.abs(x.mean(axis=0)) < 1e-9, 0.0, x.mean(axis=0))
    return {
        "n": len(x),
        "mean": rounded(mean),
        "covariance": rounded(np.cov(x, rowvar=False)),
        "low": rounded(low),
        "high": rounded(high),
        "ejection_fraction": {"mean": round(ef.mean(), 1), "sd": round(ef.std(ddof=1), 1)},
    }


if __name__ == "__main__":
    index, scores, *rest = map(Path, sys.argv[1:])
    write(fit(index, scores), rest[0] if rest else DATA / "lv_score_statistics.json")
