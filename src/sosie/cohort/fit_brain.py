r"""Compute what the head's priors rest on, from two tables of healthy adults.

    python -m sosie.cohort.fit_brain OASIS IXI [OUTPUT]

OASIS    oasis_cross-sectional.csv: intracranial volume eTIV [mL] and brain fraction nWBV, of adults
         whose clinical dementia rating is 0 or who, being younger, were not rated; first visits
IXI      lateral ventricular and supratentorial volume [mm^3], first line of each person

For each sex: log eTIV is normal; log nWBV normal around a quadratic in age, its logarithmic
standard deviation linear in age (maximum likelihood); log ventricular volume normal around a
quadratic in age. Correlations with head size are of residuals; IXI's head size is the
supratentorial volume.
"""

import csv
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from sosie.cohort.body import DATA
from sosie.cohort.brain import age_terms
from sosie.cohort.fit_body import rounded, write

ADULT = 18.0
RATED = 60.0
"""Age [year] from which OASIS rated everybody: below, no rating is taken for health."""

ROUNDS = 100
"""Alternations of the fits of mean and spread: far more than they need to settle."""


def fit(oasis: Path, ixi: Path) -> dict[str, object]:
    """Return the statistics that ship in ``data/brain_statistics.json``."""
    head = _read_oasis(oasis)
    ventricle = _read_ixi(ixi)
    return {
        "source": "OASIS-1 cross-sectional (adults without dementia) and IXI lateral ventricles; "
        "python -m sosie.cohort.fit_brain",
        "terms": "the tables do not ship; these are means, spreads and correlations of groups",
        "head": {
            "n": len(head["sex"]),
            "sexes": {sex: fit_head(head, head["sex"] == sex) for sex in ("female", "male")},
        },
        "ventricle": {
            "n": len(ventricle["sex"]),
            "sexes": {
                sex: _fit_ventricle(ventricle, ventricle["sex"] == sex)
                for sex in ("female", "male")
            },
        },
    }


def _read_oasis(path: Path) -> dict[str, np.ndarray]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        people = [
            (float(row["Age"]), {"F": "female", "M": "male"}[row["M/F"]], row["eTIV"], row["nWBV"])
            for row in csv.DictReader(file)
            if row["ID"].endswith("MR1")
            and float(row["Age"]) >= ADULT
            and (row["CDR"] == "0" or (not row["CDR"] and float(row["Age"]) < RATED))
        ]
    return _columns(("age", "sex", "icv", "fraction"), people)


def _read_ixi(path: Path) -> dict[str, np.ndarray]:
    people = {}
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            if row["AGE"]:
                volumes = row["Lateral Ventricular Volume"], row["Supratentorial volume"]
                person = (float(row["AGE"]), row["Gender"].lower(), *volumes)
                people.setdefault(row["Name"].split("-")[0], person)
    return _columns(("age", "sex", "ventricle", "head"), list(people.values()))


def _columns(names: Sequence[str], people: list[tuple]) -> dict[str, np.ndarray]:
    columns = (np.array(column) for column in zip(*people, strict=True))
    table = dict(zip(names, columns, strict=True))
    return {name: x if name == "sex" else x.astype(float) for name, x in table.items()}


def fit_head(table: dict[str, np.ndarray], mine: np.ndarray) -> dict[str, object]:
    """Return the statistics of skull and of brain over skull of some of a table's people."""
    log_icv, y = np.log(table["icv"][mine]), np.log(table["fraction"][mine])
    A = np.array([age_terms(age) for age in table["age"][mine]])
    # Newton's method on the log spread, whose slope's information is 2 A'A.
    log_sd = np.array([np.log(y.std()), 0.0])
    for _ in range(ROUNDS):
        sd = np.exp(A[:, :2] @ log_sd)
        b, *_ = np.linalg.lstsq(A / sd[:, None], y / sd, rcond=None)
        z = (y - A @ b) / sd
        step, *_ = np.linalg.lstsq(A[:, :2], (z**2 - 1) / 2, rcond=None)
        log_sd = log_sd + step
    return {
        "n": int(mine.sum()),
        "log_icv": rounded(np.array([log_icv.mean(), log_icv.std(ddof=1)])),
        "log_fraction": rounded(b),
        "log_sd": rounded(log_sd),
        "correlation": rounded(np.corrcoef(z, log_icv)[0, 1]),
    }


def _fit_ventricle(table: dict[str, np.ndarray], mine: np.ndarray) -> dict[str, object]:
    y, head = np.log(table["ventricle"][mine] / 1000), np.log(table["head"][mine])
    A = np.array([age_terms(age) for age in table["age"][mine]])
    v, *_ = np.linalg.lstsq(A, y, rcond=None)
    h, *_ = np.linalg.lstsq(A, head, rcond=None)
    residual = y - A @ v
    return {
        "n": int(mine.sum()),
        "log_volume": rounded(v),
        "sd": rounded(np.sqrt((residual**2).sum() / (len(y) - A.shape[1]))),
        "correlation": rounded(np.corrcoef(residual, head - A @ h)[0, 1]),
    }


if __name__ == "__main__":
    oasis, ixi, *rest = map(Path, sys.argv[1:])
    write(fit(oasis, ixi), rest[0] if rest else DATA / "brain_statistics.json")
