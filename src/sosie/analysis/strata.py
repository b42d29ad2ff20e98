"""The groups that people are counted in: bands of age, sex, ethnicity, and how well off they are.

Income over the poverty line is cut at 1.3 and 3.5, as the National Center for Health Statistics
cuts it (Ogden et al. (2010), NCHS data brief 50). The Townsend index is 0 in the mean area of the
census it was standardised on (Townsend, Phillimore and Beattie (1988), Health and Deprivation).
"""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from sosie.cohort.schema import COLUMN
from sosie.typing import Array, Integers

BANDS = (18.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0)
"""Lower ends of the bands of age [year]; the last has no end."""

CUTS = {
    "income_ratio": ((1.3, 3.5), ("below 1.3", "1.3 to 3.5", "3.5 and more")),
    "deprivation": ((0.0,), ("below 0 (better off)", "0 and more")),
}
"""Numbers that are cut into groups: where, and the groups' names."""

WEALTH = ("income_ratio", "deprivation", "education")
"""What tells how well off somebody is, the first that is known of anybody."""

UNKNOWN = "not known"


@dataclass(frozen=True, slots=True)
class Grouping:
    """Levels, and the place of each person's among them; ``UNKNOWN`` is the last where needed."""

    name: str
    label: str
    levels: tuple[str, ...]
    level: Integers  # (n_people,)

    @property
    def counts(self) -> Integers:
        """Return how many people each level has."""
        return np.bincount(self.level, minlength=len(self.levels))


def band_names() -> tuple[str, ...]:
    """Return the names of the bands of age."""
    ends = [f"{low:g}–{high - 1:g}" for low, high in zip(BANDS, BANDS[1:], strict=False)]
    return (*ends, f"{BANDS[-1]:g}+")


def band_of(age: Array) -> Integers:
    """Return the place of ages among the bands; -1 for those below, or not known."""
    place = np.searchsorted(BANDS, age, side="right") - 1
    return np.where(np.isfinite(age), place, -1)


def by_age(patients: xr.Dataset) -> Grouping:
    """Return the bands of age."""
    return _grouping("age", "age [year]", band_names(), band_of(patients["age"].values))


def by_sex(patients: xr.Dataset) -> Grouping:
    """Return the sexes."""
    return _of(patients["sex"])


def by(patients: xr.Dataset, name: str) -> Grouping | None:
    """Return the groups of a column with levels or cuts; None where it is known of nobody."""
    found = _of(patients[name])
    return None if found.levels[0] == UNKNOWN else found


def _of(variable: xr.DataArray) -> Grouping:
    name, values = str(variable.name), variable.values
    if name in CUTS:
        cuts, levels = CUTS[name]
        level = np.where(np.isfinite(values), np.searchsorted(cuts, values, side="right"), -1)
    else:
        levels = COLUMN[name].levels
        place = {word: i for i, word in enumerate(levels)}
        level = np.array([place.get(str(word), -1) for word in values], dtype=int)
    return _grouping(name, variable.attrs["long_name"], levels, level)


def wealth(patients: xr.Dataset) -> Grouping | None:
    """Return the groups of the first known measure of how well off people are."""
    found = (by(patients, name) for name in WEALTH)
    return next((grouping for grouping in found if grouping is not None), None)


def _grouping(name: str, label: str, levels: tuple[str, ...], level: Integers) -> Grouping:
    if (level < 0).all():
        levels = ()
    if (level < 0).any():
        levels, level = (*levels, UNKNOWN), np.where(level < 0, len(levels), level)
    words = tuple(word.replace("_", " ") for word in levels)
    return Grouping(name, label, words, level.astype(np.int64))
