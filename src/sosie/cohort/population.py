"""The populations that virtual people are drawn from: one declarative file each.

``populations/{name}.yaml`` says who they are, where they differ from the people that the priors
were counted in, and on whose word; ``populations/{name}.json`` beside it holds the numbers by age,
written by a documented command. Who is virtual has a number for an id and no data behind it.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml
from pydantic import TypeAdapter

from sosie.cohort.priors import Alleles, Entry, Evidence, priors_digest
from sosie.cohort.record import RECORD_VERSION
from sosie.cohort.schema import SCHEMA_VERSION
from sosie.errors import SosieError

FOLDER = Path(__file__).parent / "populations"


@dataclass(frozen=True, slots=True)
class Shares:
    """Shares of adults with a body mass index of 25 and more, and of 30 and more kg/m^2."""

    overweight: float
    obese: float


@dataclass(frozen=True, slots=True)
class BodyMassIndex:
    """Published shares by sex, between two ages [year]."""

    female: Shares
    male: Shares
    first: float
    last: float
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Apoe:
    """Frequencies of the alleles of APOE in the population."""

    alleles: Alleles
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Population:
    """Who virtual people are, as the population's file says; its numbers by age lie beside it."""

    title: str
    source: str
    licence: str
    age_sex: Entry
    body_mass_index: BodyMassIndex
    apoe: Apoe
    gaps: tuple[str, ...]


def file_of(name: str) -> Path:
    """Return the file of a population."""
    return FOLDER / f"{name}.yaml"


@cache
def load_population(name: str) -> Population:
    """Read a population that ships."""
    known = sorted(path.stem for path in FOLDER.glob("*.yaml"))
    if name not in known:
        raise SosieError(f"cohort.population is {name!r}: write one of {', '.join(known)}")
    content = yaml.safe_load(file_of(name).read_text(encoding="utf-8"))
    return TypeAdapter(Population).validate_python(content)


@cache
def statistics(name: str) -> dict:
    """Return what ``fit_population`` computed."""
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def ids(name: str, n: int) -> list[str]:
    """Return the ids of the first ``n`` people."""
    return [f"{name}{i + 1:06d}" for i in range(n)]


def population_digest(name: str, members: Iterable[str], seed: int) -> str:
    """Return a digest of everything that the records of these people are made of."""
    parts = {
        "versions": [SCHEMA_VERSION, RECORD_VERSION],
        "priors": priors_digest(),
        "population": yaml.safe_load(file_of(name).read_text(encoding="utf-8")),
        "statistics": statistics(name),
        "seed": seed,
        "members": list(members),
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def population_table(name: str) -> str:
    """Return what differs from the priors as the Markdown table of the documentation."""
    population = load_population(name)
    bmi, apoe = population.body_mass_index, population.apoe.alleles
    shares = "; ".join(
        f"{label} {of_sex.overweight:.0%} from 25 and {of_sex.obese:.0%} from 30 kg/m^2"
        for label, of_sex in (("women", bmi.female), ("men", bmi.male))
    )
    ages = f"age, sex, height; shares from {bmi.first:g} to {bmi.last:g} year"
    rows = (
        ("sex", "shares by count", "", population.age_sex.evidence),
        ("age", "shares by count, single years", "sex", population.age_sex.evidence),
        ("weight", f"survey's, stretched: {shares}", ages, bmi.evidence),
        ("apoe", f"e2 {apoe.e2:g}, e4 {apoe.e4:g}, the rest e3", "", population.apoe.evidence),
    )
    lines = [
        "| parameter | distribution | given | status | n | source |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| `{parameter}` | {what} | {given} | {e.status} | {e.n} | {e.source} |"
        for parameter, what, given, e in rows
    ]
    return "\n".join(lines) + "\n"
