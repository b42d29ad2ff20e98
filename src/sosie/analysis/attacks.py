"""Three attacks on people through records made from them, each against people who had no part.

    risk = (a - c) / (1 - c)

a, c     success rates against the people the records were made from and against the control,
         both the centres of Wilson's intervals; their half-widths are propagated to the risk

- Singling out: a predicate that fits one record (a value nobody else has, the extreme of a column,
  or several values of a record at once) is a success if it fits exactly one of the people.
- Linking: who sees some columns of a person and has the others without a name takes the nearest
  record in each; it is a success if both are the same record.
- Inferring: who knows all columns of a person but one takes that one from the record nearest in the
  others; it is a success if a word is right, or a number within 5 %.

These are the criteria of the Article 29 Working Party (opinion 05/2014, WP216), measured after
Giomi et al. (2023), doi:10.56553/popets-2023-0055. Distances are Gower's: differences over the
range of a number, 0 or 1 of a word, summed. Compared with anonymeter 1.1.0 in docs.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from sosie.analysis.intervals import Estimate, centre_and_half
from sosie.typing import Array, Integers

ATTACKS = 500
"""Guesses of each attack, where there are people enough."""

TOLERANCE = 0.05
COLUMNS_AT_ONCE = 3
"""Values that a predicate of several columns joins."""

TRIES = 40_000
"""Predicates tried at most, where few of them fit a single record."""

Predicate = tuple[tuple[int, str, float], ...]
"""Column, one of ==, <=, >=, and value, of each condition."""


@dataclass(frozen=True, slots=True)
class Attack:
    """What an attack achieved."""

    kind: str
    detail: str
    guesses: int  # against each
    success: float  # rate against the people that the records were made from
    control: float  # rate against the control
    risk: Estimate  # bounded to 0 and 1


@dataclass(frozen=True, slots=True)
class Victims:
    """Codes of the same columns of three sets of people: numbers, and words as whole numbers."""

    columns: tuple[str, ...]
    is_word: Array  # (n_columns,)
    people: Array  # (n, n_columns), whom the records were made from
    records: Array
    control: Array  # (n, n_columns)


def victims(people: pd.DataFrame, records: pd.DataFrame, control: pd.DataFrame) -> Victims:
    """Return the codes of three tables without gaps, as many people as controls."""
    n = min(len(people), len(control))
    together = pd.concat([people[:n], records, control[:n]], ignore_index=True)
    is_word = np.array([not pd.api.types.is_numeric_dtype(together[name]) for name in together])
    codes = np.stack(
        [
            pd.factorize(together[name])[0] if word else together[name].to_numpy(dtype=float)
            for name, word in zip(together, is_word, strict=True)
        ],
        axis=1,
    ).astype(float)
    first, second, third = np.split(codes, [n, n + len(records)])
    return Victims(tuple(together.columns), is_word, first, second, third)


def risk(success: int, control: int, guesses: int) -> Estimate:
    """Return the risk beyond that of the control, with its interval."""
    a, da = centre_and_half(success, guesses)
    c, dc = centre_and_half(control, guesses)
    value = (a - c) / (1 - c)
    half = sqrt((da / (1 - c)) ** 2 + (dc * (1 - a) / (1 - c) ** 2) ** 2)
    low, middle, high = np.clip([value - half, value, value + half], 0.0, 1.0)
    return Estimate(float(middle), float(low), float(high))


def _attack(kind: str, detail: str, success: Array, control: Array) -> Attack | None:
    if len(success) == 0:
        return None
    n, hit, hit_control = len(success), int(success.sum()), int(control.sum())
    return Attack(kind, detail, n, hit / n, hit_control / n, risk(hit, hit_control, n))


def singling_out(v: Victims, rng: np.random.Generator) -> list[Attack]:
    """Return the attacks by one value and by several."""
    one = _alone(v.records, list(_of_one_column(v)), rng)
    several = _alone(v.records, list(_of_several(v, rng)), rng)
    found = [
        _attack(
            "singling out",
            detail,
            np.array([_fits(v.people, p).sum() == 1 for p in predicates]),
            np.array([_fits(v.control, p).sum() == 1 for p in predicates]),
        )
        for detail, predicates in (("by one value", one), ("by several values", several))
    ]
    return [attack for attack in found if attack is not None]


def _alone(
    records: Array, predicates: list[Predicate], rng: np.random.Generator
) -> list[Predicate]:
    """Return up to ``ATTACKS`` different predicates, at random, that fit a single record."""
    found: dict[Predicate, None] = {}
    for i in rng.permutation(len(predicates)):
        if _fits(records, predicates[i]).sum() == 1:
            found[predicates[i]] = None
        if len(found) == ATTACKS:
            break
    return list(found)


def _of_one_column(v: Victims) -> Iterator[Predicate]:
    for j, is_word in enumerate(v.is_word):
        values, counts = np.unique(v.records[:, j], return_counts=True)
        for value in values[counts == 1]:
            yield ((j, "==", float(value)),)
        if not is_word:
            yield ((j, "<=", float(values[0])),)
            yield ((j, ">=", float(values[-1])),)


def _of_several(v: Victims, rng: np.random.Generator) -> Iterator[Predicate]:
    """Yield the values of records in some columns, numbers towards the extreme."""
    middle, m = np.median(v.records, axis=0), len(v.columns)
    for i in rng.integers(len(v.records), size=TRIES):
        chosen = np.sort(rng.permutation(m)[:COLUMNS_AT_ONCE])
        yield tuple(
            (int(j), _side(value, middle[j], is_word=v.is_word[j]), float(value))
            for j, value in zip(chosen, v.records[i, chosen], strict=True)
        )


def _side(value: float, middle: float, *, is_word: bool) -> str:
    if is_word:
        return "=="
    return ">=" if value > middle else "<="


def _fits(table: Array, predicate: Predicate) -> Array:
    fits = np.ones(len(table), dtype=bool)
    for j, relation, value in predicate:
        x = table[:, j]
        fits &= x == value if relation == "==" else x <= value if relation == "<=" else x >= value
    return fits


def linking(v: Victims, first: Sequence[str], detail: str) -> Attack | None:
    """Return the attack that joins the columns ``first`` to the others; none where all are one."""
    one = np.array([name in first for name in v.columns])
    if one.all() or not one.any():
        return None
    hits = []
    for targets in (v.people[:ATTACKS], v.control[:ATTACKS]):
        mine, others = (_nearest(v, columns, targets) for columns in (one, ~one))
        hits.append(mine == others)
    return _attack("linking", detail, *hits)


def inferring(v: Victims, secret: str) -> Attack | None:
    """Return the attack on one column by all others."""
    j = v.columns.index(secret)
    others = np.arange(len(v.columns)) != j
    hits = []
    for targets in (v.people[:ATTACKS], v.control[:ATTACKS]):
        guess, truth = v.records[_nearest(v, others, targets), j], targets[:, j]
        within = 0.0 if v.is_word[j] else TOLERANCE * np.abs(guess)
        hits.append(np.abs(guess - truth) <= within)
    return _attack("inferring", secret.replace("_", " "), *hits)


def _nearest(v: Victims, columns: Array, targets: Array) -> Integers:
    """Return the record nearest to each target in some columns."""
    return _tree(v, columns, v.records).query(_places(v, columns, targets), p=1)[1]


def distances(v: Victims, to: Array) -> Array:
    """Return the distance of each record to the nearest of the people ``to``."""
    everything = np.ones(len(v.columns), dtype=bool)
    return _tree(v, everything, to).query(_places(v, everything, v.records), p=1)[0]


def _tree(v: Victims, columns: Array, rows: Array) -> cKDTree:
    return cKDTree(_places(v, columns, rows))


def _places(v: Victims, columns: Array, rows: Array) -> Array:
    """Return points whose distance in the sum of differences is Gower's."""
    everyone = np.concatenate([v.people, v.records, v.control])
    low, width = everyone.min(axis=0), np.ptp(everyone, axis=0)
    parts = []
    for j in np.flatnonzero(columns):
        if v.is_word[j]:
            # Two different words are half away from each other in each of two places.
            parts.append(0.5 * (rows[:, j, None] == np.unique(everyone[:, j])))
        else:
            parts.append((rows[:, [j]] - low[j]) / (width[j] or 1.0))
    return np.concatenate(parts, axis=1)
