"""Virtual people: nobody's record, drawn whole from a population and the priors.

A virtual person is a person of whom nothing was measured. Sex and age follow the shares of the
population, the body the survey's conditional distribution with the population's body mass index,
and all else is completed as a real person's record is: there is one model, and what is known of a
person conditions the rest. Only the numbers differ: evenly spread ones (``sobol``), so that the
first people of a population are its first people however many are asked for.

    log(w / h^2) = scale log(w_0 / h^2) + shift

w        weight [kg]; w_0 as the survey gives it; scale and shift by sex, from ``fit_population``
"""

from collections.abc import Callable, Iterable
from functools import partial
from math import exp, log

import numpy as np

from sosie.cohort.body import impute_body, impute_heart_attack
from sosie.cohort.cell import Cell
from sosie.cohort.draw import Stream, generator
from sosie.cohort.genome import draw_apoe
from sosie.cohort.population import load_population, statistics
from sosie.cohort.priors import Priors, Sex, together
from sosie.cohort.record import Record, complete
from sosie.cohort.schema import COLUMN
from sosie.cohort.sobol import PointStream, points
from sosie.typing import Array


def virtual_records(name: str, members: Iterable[str], priors: Priors, seed: int) -> list[Record]:
    """Return the records of people of a population, each by its id."""
    places = {member: int(member.removeprefix(name)) - 1 for member in members}
    coordinates = points(seed, name, max(places.values()) + 1)
    return [
        Record(member, _cells(name, partial(_stream, coordinates, i, seed, member), priors))
        for member, i in places.items()
    ]


def _stream(coordinates: dict[str, Array], i: int, seed: int, person: str, quantity: str) -> Stream:
    """Return the numbers of a quantity: a point's where it has coordinates, or else any."""
    others = generator(seed, person, quantity)
    if quantity not in coordinates:
        return others
    return PointStream(coordinates[quantity][i], others)


def _cells(name: str, stream: Callable[[str], Stream], priors: Priors) -> dict[str, Cell]:
    population = load_population(name)
    drawn = draw_person(name, stream)
    body, heart_attack = priors.body.evidence, priors.heart_attack.evidence
    evidence = {
        "sex": [population.age_sex.evidence],
        "age": [population.age_sex.evidence],
        "weight": [body, population.body_mass_index.evidence],
        "heart_attack": [heart_attack],
        "apoe": [population.apoe.evidence],
    }
    cells = {
        quantity: Cell(
            value, COLUMN[quantity].unit, "sampled", *together(evidence.get(quantity, [body]))
        )
        for quantity, value in drawn.items()
    }
    return complete(cells, priors, stream)


def draw_person(name: str, stream: Callable[[str], Stream]) -> dict[str, float | str]:
    """Return what the population says of a virtual person: the rest follows from it."""
    shares = statistics(name)["age_sex"]
    sex = draw_sex(stream("sex"), shares)
    age = draw_age(stream("age"), shares, sex)
    body = impute_body({}, stream("body"), age=age, sex=sex)
    body["weight"] = stretched(name, sex, height=body["height"], weight=body["weight"])
    attack = impute_heart_attack(stream("heart_attack"), age=age, sex=sex)
    genotype = draw_apoe(stream("apoe"), load_population(name).apoe.alleles)
    return {"sex": sex, "age": age, **body, "heart_attack": attack, "apoe": genotype}


def draw_sex(stream: Stream, shares: dict) -> Sex:
    """Return a sex with its share of the adults."""
    return "female" if stream.random(1)[0] < sum(shares["female"]) else "male"


def draw_age(stream: Stream, shares: dict, sex: Sex) -> float:
    """Return an age [year], completed years, with its share of the sex."""
    upto = np.cumsum(shares[sex])
    place = np.searchsorted(upto, stream.random(1)[0] * upto[-1], side="right")
    return float(shares["first"] + place)


def stretched(name: str, sex: Sex, *, height: float, weight: float) -> float:
    """Return the weight [kg] of the population's person that the survey gives ``weight``."""
    moved, square = statistics(name)["body_mass_index"][sex], (height / 100) ** 2
    return square * exp(moved["scale"] * log(weight / square) + moved["shift"])
