"""What the records of a study give away: of its people, or of those behind its numbers.

A record of a real person holds the person's own measured values. So the people of the study are
attacked through its store, with the others of the table as control; where these are too few, half
of the people are taken out of the store and are the control.

Virtual people are drawn from statistics of a survey. All its people are in the statistics that
ship; so these are computed again from a random half of them, people are drawn anew, and the other
half is the control. They are drawn without the bounds that keep values in the middle 99 %, and
without what makes them French: both hide rather than show who was measured.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from sosie.analysis.anonymity import QUASI_IDENTIFIERS, Classes, anonymity
from sosie.analysis.attacks import (
    Attack,
    Victims,
    distances,
    inferring,
    linking,
    singling_out,
    victims,
)
from sosie.analysis.disclosure import LEAST
from sosie.analysis.intervals import Estimate, wilson
from sosie.cohort.body import VARIABLES, age_terms, backward
from sosie.cohort.fit_body import fit_bodies
from sosie.cohort.mapping import Mapping, load_mapping
from sosie.cohort.schema import COLUMN
from sosie.cohort.select import select
from sosie.cohort.table import Row, read_table
from sosie.errors import SosieError
from sosie.store import layout

SURVEY = "nhanes"
"""The table that virtual people's bodies are drawn after (``cohort.fit_body``)."""

COMPLETE = 0.7
"""Share of the people that must have all attacked columns."""

NOT_ATTACKED = ("survey_weight", "visit_delay")
"""Of the survey, not of the person."""


@dataclass(frozen=True, slots=True)
class People:
    """The table and the mapping that real people are read with."""

    table: Path
    mapping: Mapping


@dataclass(frozen=True, slots=True)
class Nearness:
    """How near records are to the people they were made from, and to the control."""

    people: float  # median distance
    control: float
    nearer: Estimate  # share of the records that are nearer to the people; 0.5 where nothing leaks
    copies: int  # records alike in everything to one of the people


@dataclass(frozen=True, slots=True)
class Privacy:
    """Everything that the report says of privacy."""

    personal: bool
    statement: tuple[str, ...]
    classes: tuple[Classes, ...]
    attacked: str
    columns: tuple[str, ...]
    people: int  # as many as controls
    records: int
    attacks: tuple[Attack, ...]
    nearness: Nearness | None


REAL = (
    "The patients of this study are real people. Their records carry the values that were measured"
    " of them, under the ids of the table: they are personal data concerning health (articles 4 and"
    " 9 of Regulation (EU) 2016/679), at best pseudonymised, whatever was drawn beside them, and"
    " whatever the figures below are. Store, records and this page need the legal basis of the"
    " table.",
    "The same holds for what was simulated: it is computed from these values and stands under the"
    " same ids.",
)
VIRTUAL = (
    "The patients of this study are nobody: no row of a table was copied, no record has a person"
    " behind it. They are drawn from statistics that were computed from people; the figures below"
    " are of what such statistics give away of these people.",
    "Whether records are anonymous is judged by the controller of the data, not by these figures"
    " alone.",
)


def privacy(patients: xr.Dataset, source: People | str, *, seed: int) -> Privacy:
    """Return the report on privacy; ``source`` is a population's name where people are virtual."""
    rng = np.random.default_rng(np.random.SeedSequence(seed))
    personal = isinstance(source, People)
    if isinstance(source, People):
        attacked, tables = _through_records(patients, source, rng)
    else:
        attacked, tables = _through_statistics(patients.sizes["patient"], rng)
    frame = pd.DataFrame({name: patients[name].values for name in QUASI_IDENTIFIERS})
    frame = frame.where(frame != "")
    return Privacy(
        personal,
        REAL if personal else VIRTUAL,
        tuple(anonymity(frame, least=LEAST)),
        attacked,
        *_attack(tables, rng),
    )


Tables = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]
"""People, records made of them, and the control, of the same columns without gaps."""


def _attack(
    tables: Tables, rng: np.random.Generator
) -> tuple[tuple[str, ...], int, int, tuple[Attack, ...], Nearness | None]:
    """Return columns, people, records, attacks and nearness; no attacks where people are few."""
    people, records, control = tables
    columns, n = tuple(people.columns), min(len(people), len(control))
    if min(n, len(records)) < LEAST or len(columns) < 2:
        return columns, n, len(records), (), None
    v = victims(*tables)
    known = [name for name in columns if name in QUASI_IDENTIFIERS]
    found = singling_out(v, rng)
    found.append(linking(v, known, "quasi-identifiers to the others"))
    found.append(linking(v, columns[::2], "every second column to the others"))
    found += [inferring(v, secret) for secret in columns if secret not in QUASI_IDENTIFIERS]
    return columns, n, len(records), tuple(one for one in found if one is not None), _nearness(v)


def _nearness(v: Victims) -> Nearness:
    mine, others = distances(v, v.people), distances(v, v.control)
    nearer = float((mine < others).sum() + 0.5 * (mine == others).sum())
    return Nearness(
        float(np.median(mine)),
        float(np.median(others)),
        wilson(nearer, len(mine)),
        int((mine == 0).sum()),
    )


def _through_records(
    patients: xr.Dataset, source: People, rng: np.random.Generator
) -> tuple[str, Tables]:
    rows = {row.id: row for row in select(read_table(source.table, source.mapping), "all").rows}
    ids = [str(name) for name in patients["patient"].values]
    if not set(ids) <= set(rows):
        raise SosieError(
            f"{source.table} lacks people of the study: it changed since, run the study again"
        )
    columns = _columns(patients)
    released = _released(patients, columns).dropna()
    inside = set(ids)
    people = _frame([rows[name] for name in released.index], columns)
    others = _frame([row for name, row in rows.items() if name not in inside], columns).dropna()
    others = others.iloc[rng.permutation(len(others))]
    what = f"the people of the study through its records, with {len(others):,} others as control"
    order = rng.permutation(len(people))
    if len(others) < len(people) / 2:
        order, rest = np.array_split(order, 2)
        others = people.iloc[rest]
        what = "half of the people of the study through their records, the other half as control"
    return what, (people.iloc[order], released.iloc[order], others)


def _columns(patients: xr.Dataset) -> list[str]:
    """Return the measured columns that enough people have together, quasi-identifiers first."""
    measured = patients["origin"].values == layout.ORIGIN.index("measured")
    names = [str(name) for name in patients["column"].values]
    known = dict(zip(names, measured.T, strict=True))
    order = [name for name in QUASI_IDENTIFIERS if name in known]
    rest = [name for name in names if name not in order and name not in NOT_ATTACKED]
    order += sorted(rest, key=lambda name: -known[name].sum())
    together, chosen = np.ones(len(measured), dtype=bool), []
    for name in order:
        if (together & known[name]).mean() >= COMPLETE:
            together &= known[name]
            chosen.append(name)
    return chosen


def _released(patients: xr.Dataset, columns: Sequence[str]) -> pd.DataFrame:
    """Return what the store has measured of people, empty where it is not measured."""
    names = [str(name) for name in patients["column"].values]
    table = {}
    for name in columns:
        origin = patients["origin"].values[:, names.index(name)]
        values = pd.Series(patients[name].values, index=patients["patient"].values)
        table[name] = values.where(origin == layout.ORIGIN.index("measured"))
    return pd.DataFrame(table)


def _frame(rows: Sequence[Row], columns: Sequence[str]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            name: pd.Series(
                [row.cells.get(name) for row in rows],
                dtype=object if COLUMN[name].levels else float,
            )
            for name in columns
        }
    )


def _through_statistics(n: int, rng: np.random.Generator) -> tuple[str, Tables]:
    mapping = load_mapping(SURVEY)
    rows = select(read_table(mapping.table_path(), mapping), "all").rows
    people = [row for row in rows if all(name in row.cells for name in VARIABLES)]
    first, second = np.array_split(rng.permutation(len(people)), 2)
    mine, others = ([people[i] for i in part] for part in (first, second))
    what = (
        f"half of the {len(people):,} people of {mapping.title} through {n:,} bodies drawn from"
        " statistics of that half, with the other half as control"
    )
    columns = ["age", "sex", *VARIABLES]
    return what, (_frame(mine, columns), _drawn(mine, n, rng), _frame(others, columns))


def _drawn(people: list[Row], n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Return bodies drawn from the statistics of some people, at ages and sexes that they have."""
    fitted = fit_bodies(people)
    table = []
    for i in rng.integers(len(people), size=n):
        age, sex = people[i].cells["age"], people[i].cells["sex"]
        mean = np.array(age_terms(age)) @ np.array(fitted[sex]["coefficients"])
        x = rng.multivariate_normal(mean, np.array(fitted[sex]["covariance"]))
        table.append((age, sex, *backward(x)))
    return pd.DataFrame(table, columns=["age", "sex", *VARIABLES])
