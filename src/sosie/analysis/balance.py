"""The cohort beside the population it stands for: raw, weighted, target, standardised differences.

    d = (m_1 - m_2) / sqrt((s_1^2 + s_2^2) / 2)

m, s     mean and standard deviation; of a share p they are p and sqrt(p (1 - p))

Differences of more than 0.1 are flagged (Austin (2009), doi:10.1002/sim.3697).
"""

from dataclasses import dataclass, replace
from math import sqrt

import numpy as np
import xarray as xr

from sosie.analysis.disclosure import LEAST, hidden
from sosie.analysis.intervals import weighted_sd
from sosie.analysis.strata import UNKNOWN, Grouping, by
from sosie.analysis.subgroups import Cross
from sosie.analysis.target import Target, heavy_shares
from sosie.cohort.schema import COLUMN
from sosie.typing import Array

FLAG = 0.1
SCALES = ("genome", "body", "behaviour", "environment", "population")
"""What describes a person; organs and tissues are what is simulated."""

OF_THE_SURVEY = ("age", "sex", "survey_weight", "visit_delay", "follow_up")
"""Columns that are compared by themselves, or say how a person was observed."""

HEAVY = (25.0, 30.0)
"""Body mass indices [kg/m^2] whose shares are published."""

WORDS = {"female": "women", "male": "men"}


@dataclass(frozen=True, slots=True)
class Moments:
    """Mean and standard deviation of a number; of a share, the share itself."""

    mean: float
    sd: float


@dataclass(frozen=True, slots=True)
class Compared:
    """One line of the table; ``raw`` is None where it is hidden, the others where there is none."""

    label: str
    unit: str | None  # None: a share
    people: int | None  # of whom a number is known, or among whom a share is counted
    raw: Moments | None
    weighted: Moments | None
    target: Moments | None

    @property
    def raw_difference(self) -> float | None:
        """Return d of the cohort and the target."""
        return difference(self.raw, self.target)

    @property
    def weighted_difference(self) -> float | None:
        """Return d of the weighted cohort and the target."""
        return difference(self.weighted, self.target)


def difference(one: Moments | None, other: Moments | None) -> float | None:
    """Return the standardised difference; none where neither varies."""
    if one is None or other is None:
        return None
    spread = sqrt((one.sd**2 + other.sd**2) / 2)
    return (one.mean - other.mean) / spread if spread else None


def share(p: float) -> Moments:
    """Return the moments of a share."""
    return Moments(p, sqrt(max(p * (1 - p), 0.0)))


def balance(
    patients: xr.Dataset,
    table: Cross,
    weights: Array | None,
    target: Target | None,
    *,
    protected: bool,
) -> list[Compared]:
    """Return the comparison of everything that describes people.

    ``table`` cuts them by age and sex first: what it hides is hidden here as well.
    """
    ages, sexes = table.groupings[:2]
    lines = [_number(patients["age"], weights, _age(target), protected=protected)]
    shares = None if target is None else target.cells
    for grouping, axis in ((sexes, 0), (ages, 1)):
        wanted = None if shares is None else shares.sum(axis=axis)
        lines += _levels(grouping, table.hidden_levels(grouping.name), weights, wanted)
    if target is not None:
        lines += _heavy(patients, weights, target, protected=protected)
    for name in patients["column"].values.astype(str):
        column = COLUMN[str(name)]
        if column.scale not in SCALES or name in OF_THE_SURVEY:
            continue
        if column.levels:
            grouping = by(patients, str(name))
            if grouping is not None:
                grouping = _merged(grouping) if protected and column.kind == "flag" else grouping
                shut = _shut(grouping, table, protected=protected)
                lines += _levels(grouping, shut, weights, None)
        elif np.isfinite(patients[name].values).any():
            lines.append(_number(patients[name], weights, None, protected=protected))
    return lines


def _age(target: Target | None) -> Moments | None:
    if target is None:
        return None
    shares = target.shares.sum(axis=0)
    return Moments(float(shares @ target.ages), weighted_sd(target.ages, shares))


def _heavy(
    patients: xr.Dataset, weights: Array | None, target: Target, *, protected: bool
) -> list[Compared]:
    """Return the shares of people with a body mass index of 25 and 30 and more, by sex."""
    published = heavy_shares(target.name)
    if published is None:
        return []
    first, last, shares = published
    bmi = patients["weight"].values / (patients["height"].values / 100) ** 2
    age, sex = patients["age"].values, patients["sex"].values.astype(str)
    lines = []
    for name, wanted_shares in shares.items():
        inside = (sex == name) & (age >= first) & (age < last + 1) & np.isfinite(bmi)
        classes = np.bincount(np.digitize(bmi[inside], HEAVY), minlength=len(HEAVY) + 1)
        shut = protected and bool(((classes > 0) & (classes < LEAST)).any())
        for bound, wanted in zip(HEAVY, wanted_shares, strict=True):
            label = f"{WORDS[name]} of {first:g}–{last:g} with {bound:g} kg/m² and more"
            values = np.where(inside, bmi >= bound, np.nan)
            lines.append(_line(label, None, values, weights, share(wanted), shut=shut))
    return lines


def _merged(flag: Grouping) -> Grouping:
    """Count the few of whom a flag is not known as those who do not have it.

    Else the few would hide those who have it as well.
    """
    if flag.levels[-1] != UNKNOWN or flag.counts[-1] >= LEAST:
        return flag
    no = flag.levels.index("no")
    level = np.where(flag.level == len(flag.levels) - 1, no, flag.level)
    return replace(flag, levels=flag.levels[:-1], level=level)


def _shut(grouping: Grouping, table: Cross, *, protected: bool) -> Array:
    if grouping.name in {one.name for one in table.groupings}:
        return table.hidden_levels(grouping.name)
    return hidden(grouping.counts)[:-1] if protected else np.zeros(len(grouping.levels), dtype=bool)


def _number(
    variable: xr.DataArray, weights: Array | None, target: Moments | None, *, protected: bool
) -> Compared:
    label, unit, values = variable.attrs["long_name"], variable.attrs["units"], variable.values
    known = int(np.isfinite(values).sum())
    line = _line(label, unit, values, weights, target, shut=protected and known < LEAST)
    # Of how many it is not known may itself be a small group.
    return replace(line, people=None) if protected and 0 < len(values) - known < LEAST else line


def _levels(
    grouping: Grouping, shut: Array, weights: Array | None, target: Array | None
) -> list[Compared]:
    """Return one line a level that anybody or the target has; of a flag that for yes."""
    lines = []
    for i, word in enumerate(grouping.levels):
        of_target = target is not None and i < len(target)
        if word == "no" or not (of_target or (grouping.level == i).any()):
            continue
        label = grouping.label if word == "yes" else f"{grouping.label}: {WORDS.get(word, word)}"
        wanted = share(float(target[i])) if of_target else None
        values = (grouping.level == i).astype(float)
        lines.append(_line(label, None, values, weights, wanted, shut=bool(shut[i])))
    return lines


def _line(
    label: str,
    unit: str | None,
    values: Array,
    weights: Array | None,
    target: Moments | None,
    *,
    shut: bool,
) -> Compared:
    known = np.isfinite(values)
    x = values[known]
    if shut or len(x) == 0:
        return Compared(label, unit, None, None, None, target)
    raw, weighted = _moments(x, np.ones(len(x)), of_share=unit is None), None
    if weights is not None and (weights[known] > 0).any():
        weighted = _moments(x, weights[known], of_share=unit is None)
    return Compared(label, unit, len(x), raw, weighted, target)


def _moments(x: Array, w: Array, *, of_share: bool) -> Moments:
    mean = float(w @ x / w.sum())
    return share(mean) if of_share else Moments(mean, weighted_sd(x, w))
