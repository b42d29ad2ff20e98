"""How many people share what somebody may know of them from elsewhere.

k is the size of the smallest class of people alike in all of some columns; who is alone is unique.
Quasi-identifiers are what neighbours, colleagues and registers know, or can see: not an identity,
but what leads to one. They are declared here, with what each is rounded to before it is compared.

Source: Sweeney (2002), doi:10.1142/S0218488502001648.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

QUASI_IDENTIFIERS: Mapping[str, float | None] = {
    "age": 1.0,
    "sex": None,
    "ethnicity": None,
    "region": None,
    "education": None,
    "height": 1.0,
    "weight": 1.0,
    "income_ratio": 0.1,
}
"""Columns in the order in which they are added, and what numbers are rounded to [their unit]."""

DECADE = 10.0
"""To what age is rounded in the coarsest set."""


@dataclass(frozen=True, slots=True)
class Classes:
    """People alike in some columns."""

    columns: tuple[str, ...]
    k: int
    unique: float  # share of the people that are alone
    small: float  # share in classes of fewer than 11
    people: int


def anonymity(people: pd.DataFrame, *, least: int) -> list[Classes]:
    """Return k and the shares for growing sets of the quasi-identifiers that ``people`` have.

    ``least`` is the size below which a class counts as small. A missing value is like another one.
    """
    names = [name for name in QUASI_IDENTIFIERS if name in people and people[name].notna().any()]
    rounded = pd.DataFrame(
        {name: _rounded(people[name], QUASI_IDENTIFIERS[name]) for name in names}
    )
    coarse = rounded[["age", "sex"]].assign(age=np.floor(people["age"] / DECADE))
    sets = [(("age by decade", "sex"), coarse)]
    sets += [(tuple(names[:i]), rounded[names[:i]]) for i in range(2, len(names) + 1)]
    return [_classes(columns, table, least) for columns, table in sets]


def _rounded(values: pd.Series, unit: float | None) -> pd.Series:
    return values if unit is None else (values.astype(float) / unit).round()


def _classes(columns: tuple[str, ...], table: pd.DataFrame, least: int) -> Classes:
    size = class_sizes(table)
    return Classes(
        columns,
        int(size.min()),
        float((size == 1).mean()),
        float((size < least).mean()),
        len(size),
    )


def class_sizes(table: pd.DataFrame) -> np.ndarray:
    """Return for each row how many rows are like it, itself included."""
    codes = np.stack([pd.factorize(table[name])[0] for name in table], axis=1)
    _, inverse, counts = np.unique(codes, axis=0, return_inverse=True, return_counts=True)
    return counts[inverse]
