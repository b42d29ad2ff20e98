"""Compute what the virtual population of France rests on, from INSEE's table of ages and sexes.

    python -m sosie.cohort.fit_population INSEE [OUTPUT]

Shares of single years of age from 18 and of the sexes among all adults (99 years and more are
written as 99); and, for each sex, scale and shift of the logarithm of the body mass index:

    scale = (log 30 - log 25) / (q_30 - q_25),   shift = log 25 - scale q_25

q_25     quantile of the survey's log(w_0 / h^2) above which lies the published share of those with
         25 kg/m^2 and more, at the population's ages between the published bounds; q_30 likewise
"""

import csv
import sys
from functools import partial
from math import log
from pathlib import Path

import numpy as np

from sosie.cohort.body import impute_body
from sosie.cohort.draw import generator
from sosie.cohort.fit_body import rounded, write
from sosie.cohort.population import FOLDER, load_population
from sosie.cohort.record import ADULT
from sosie.cohort.sobol import PointStream, points
from sosie.cohort.virtual import draw_age, draw_sex

SEXES = {"F": "female", "M": "male"}
PEOPLE = 2**14
"""Survey's bodies of which the quantiles are taken."""

OVERWEIGHT, OBESE = 25.0, 30.0
"""Body mass indices [kg/m^2] of the published shares."""


def fit(table: Path) -> dict[str, object]:
    """Return the statistics that ship in ``populations/france.json``."""
    with table.open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if float(row["age0101"]) >= ADULT]
    years, ages = {row["year"] for row in rows}, sorted({float(row["age0101"]) for row in rows})
    (year,) = years
    people = {(SEXES[row["sex"]], float(row["age0101"])): float(row["popx"]) for row in rows}
    n = sum(people.values())
    age_sex = {
        "n": int(n),
        "first": ages[0],
        **{sex: rounded(np.array([people[sex, a] / n for a in ages])) for sex in SEXES.values()},
    }
    return {
        "source": f"INSEE, population of France by sex and single year of age on 1 January "
        f"{float(year):.0f} (dataset FRInseePopulation of healthexpectancies, commit cce94be), "
        f"and the survey's bodies (fit_body); python -m sosie.cohort.fit_population",
        "terms": "INSEE, Licence Ouverte; these are shares",
        "age_sex": age_sex,
        "body_mass_index": _stretch(age_sex),
    }


def _stretch(age_sex: dict) -> dict[str, dict[str, float]]:
    published = load_population("france").body_mass_index
    coordinates = points(0, "fit_population", PEOPLE)
    bodies: dict[str, list[float]] = {sex: [] for sex in SEXES.values()}
    for i in range(PEOPLE):
        stream = partial(_numbers, coordinates, i)
        sex = draw_sex(stream("sex"), age_sex)
        age = draw_age(stream("age"), age_sex, sex)
        if published.first <= age <= published.last:
            body = impute_body({}, stream("body"), age=age, sex=sex)
            bodies[sex].append(log(body["weight"] / (body["height"] / 100) ** 2))
    found = {}
    for sex, values in bodies.items():
        shares = getattr(published, sex)
        q = np.quantile(values, [1 - shares.overweight, 1 - shares.obese])
        scale = log(OBESE / OVERWEIGHT) / (q[1] - q[0])
        numbers = rounded(np.array([scale, log(OVERWEIGHT) - scale * q[0]]))
        found[sex] = dict(zip(("scale", "shift"), numbers, strict=True))
    return found


def _numbers(coordinates: dict[str, np.ndarray], i: int, quantity: str) -> PointStream:
    return PointStream(coordinates[quantity][i], generator(0, f"fit{i}", quantity))


if __name__ == "__main__":
    insee, *rest = map(Path, sys.argv[1:])
    write(fit(insee), rest[0] if rest else FOLDER / "france.json")
