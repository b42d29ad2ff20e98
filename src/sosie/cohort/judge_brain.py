r"""Judge the brains of the virtual people by people whom their distribution was not fitted to.

    python -m sosie.cohort.judge_brain OASIS [OUTPUT]

OASIS    oasis_cross-sectional.csv, as ``fit_brain`` reads it; first visits of adults

Brain over skull is fitted as in ``fit_brain`` to the healthy of odd number alone. The even ones, by
clinical dementia rating (CDR), are compared with what it says of people of their age and sex: the
mean difference is the level; straight lines through both over age give the slopes. The demented
differ from the healthy by their disease; how much is stated, and is what atrophy has to reach.
"""

import csv
import sys
from dataclasses import dataclass
from math import exp
from pathlib import Path

import numpy as np

from sosie.cohort.body import DATA
from sosie.cohort.brain import age_terms
from sosie.cohort.fit_body import rounded, write
from sosie.cohort.fit_brain import ADULT, RATED, fit_head

GROUPS = {
    "healthy, 18 to 59 years": ((ADULT, RATED), (0.0,)),
    "CDR 0, from 60 years": ((RATED, 120.0), (0.0,)),
    "CDR 0.5, from 60 years": ((RATED, 120.0), (0.5,)),
    "CDR 1 or 2, from 60 years": ((RATED, 120.0), (1.0, 2.0)),
}
"""Bounds of age [year], the upper one not included, and ratings; the unrated young count as 0."""


@dataclass(frozen=True)
class People:
    """First visits, shape (n,) each."""

    number: np.ndarray
    age: np.ndarray  # [year]
    sex: np.ndarray
    rating: np.ndarray
    icv: np.ndarray  # [mL]
    fraction: np.ndarray  # brain over skull

    def of(self, chosen: np.ndarray) -> "People":
        """Return some of them."""
        return People(*(getattr(self, name)[chosen] for name in self.__dataclass_fields__))


def judge(oasis: Path) -> dict[str, object]:
    """Return what ships in ``data/brain_judged.json``."""
    people = read(oasis)
    odd = people.number % 2 == 1
    healthy = people.of(odd & (people.rating == 0))
    fitted = {sex: fit_head(vars(healthy), healthy.sex == sex) for sex in ("female", "male")}
    return {
        "source": "OASIS-1 cross-sectional, first visits of adults; "
        "python -m sosie.cohort.judge_brain",
        "terms": "the table does not ship; these are means, spreads and slopes of groups",
        "fitted": len(healthy.age),
        "groups": [
            {"group": name} | compared(members(people.of(~odd), *bounds), fitted)
            for name, bounds in GROUPS.items()
        ],
    }


def read(path: Path) -> People:
    """Return adults who were rated, or were too young to be."""
    with path.open(newline="", encoding="utf-8-sig") as file:
        rows = [
            (
                int(row["ID"].split("_")[1]),
                float(row["Age"]),
                {"F": "female", "M": "male"}[row["M/F"]],
                float(row["CDR"] or 0),
                float(row["eTIV"]),
                float(row["nWBV"]),
            )
            for row in csv.DictReader(file)
            if row["ID"].endswith("MR1")
            and float(row["Age"]) >= ADULT
            and (row["CDR"] or float(row["Age"]) < RATED)
        ]
    return People(*(np.array(column) for column in zip(*rows, strict=True)))


def members(people: People, ages: tuple[float, float], ratings: tuple[float, ...]) -> People:
    """Return the people of a group."""
    of_age = (ages[0] <= people.age) & (people.age < ages[1])
    return people.of(of_age & np.isin(people.rating, ratings))


def compared(people: People, fitted: dict[str, dict]) -> dict[str, object]:
    """Return level and slope of brain over skull, observed and as the fit has it."""
    terms = [np.array(age_terms(age)) for age in people.age]
    of_sex = [fitted[sex] for sex in people.sex]
    mean = np.array([exp(t @ f["log_fraction"]) for t, f in zip(terms, of_sex, strict=True)])
    sd = np.array([exp(t[:2] @ f["log_sd"]) for t, f in zip(terms, of_sex, strict=True)])
    difference = people.fraction - mean
    observed, error = _slope(people.age, people.fraction)
    return {
        "n": len(people.age),
        "age": rounded(people.age.mean()),
        "observed": rounded(people.fraction.mean()),
        "predicted": rounded(mean.mean()),
        "difference": rounded(difference.mean()),
        "difference_error": rounded(difference.std(ddof=1) / np.sqrt(len(difference))),
        "slope": rounded(observed),  # 1/year
        "slope_error": rounded(error),
        "slope_predicted": rounded(_slope(people.age, mean)[0]),
        "within_95": rounded((np.abs(np.log(people.fraction / mean)) < 1.96 * sd).mean()),
    }


def _slope(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the slope of a straight line and its standard error."""
    x = x - x.mean()
    slope = (x @ y) / (x @ x)
    rest = y - y.mean() - slope * x
    return slope, np.sqrt((rest @ rest) / (len(x) - 2) / (x @ x))


if __name__ == "__main__":
    oasis, *rest = map(Path, sys.argv[1:])
    write(judge(oasis), rest[0] if rest else DATA / "brain_judged.json")
