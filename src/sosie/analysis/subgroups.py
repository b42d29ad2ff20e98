"""What became of each group of people, and what came out for it; small groups are hidden."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd
import xarray as xr

from sosie.analysis.disclosure import hidden
from sosie.analysis.intervals import Estimate, weighted_mean, wilson
from sosie.analysis.population import PERSON, done
from sosie.analysis.strata import Grouping
from sosie.store import layout
from sosie.typing import Array, Integers

ALL = "all"
"""The level of a group that is not cut by a grouping."""

OF_THE_RUN = (
    "seconds",
    "iterations",
    "det_min",
    "mean_ratio_min",
    "dihedral_min",
    "cavity_volume_error",
)
"""Results that say how a simulation went, not what came out."""


@dataclass(frozen=True, slots=True)
class Cross:
    """People cut by several groupings at once, totals too, and which of the cells are hidden."""

    groupings: tuple[Grouping, ...]
    hidden: Array  # of the table with totals

    @property
    def shape(self) -> tuple[int, ...]:
        """Return the number of levels of each grouping."""
        return tuple(len(one.levels) for one in self.groupings)

    def counts(self, rows: Integers) -> Integers:
        """Return how many of the people ``rows`` each cell has, without totals."""
        table = np.zeros(self.shape, dtype=np.int64)
        np.add.at(table, tuple(one.level[rows] for one in self.groupings), 1)
        return table

    def cells(self) -> Iterator[tuple[tuple[int, ...], dict[str, str], Array]]:
        """Yield place, names of the levels, and members (a mask) of each cell, totals included."""
        for place in product(*(range(length + 1) for length in self.shape)):
            names, inside = {}, np.ones(len(self.groupings[0].level), dtype=bool)
            for one, i in zip(self.groupings, place, strict=True):
                names[one.name] = ALL if i == len(one.levels) else one.levels[i]
                if i < len(one.levels):
                    inside &= one.level == i
            yield place, names, inside

    def hidden_levels(self, name: str) -> Array:
        """Return which levels of a grouping are hidden by themselves."""
        axis = [one.name for one in self.groupings].index(name)
        place = tuple(slice(-1) if i == axis else -1 for i in range(len(self.groupings)))
        return self.hidden[place]


def cross(groupings: tuple[Grouping, ...], *, protected: bool) -> Cross:
    """Cut people by ``groupings``; hide small groups of people who are ``protected``."""
    shape = tuple(len(one.levels) for one in groupings)
    open_table = Cross(groupings, np.zeros(tuple(length + 1 for length in shape), dtype=bool))
    if not protected:
        return open_table
    everyone = np.arange(len(groupings[0].level))
    return Cross(groupings, hidden(open_table.counts(everyone)))


@dataclass(frozen=True, slots=True)
class Loss:
    """Who of a group was not simulated; numbers are None where the group is hidden."""

    group: dict[str, str]
    patients: int | None
    rejected: int | None
    failed: int | None
    lost: Estimate | None  # share that is not done, whatever the reason


def losses(organ: xr.Dataset, table: Cross) -> tuple[Loss, ...]:
    """Return the losses of every group that has anybody.

    To fail says nothing of a person, so it is the group's size alone that hides it.
    """
    status = organ["status"].values
    found = []
    for place, names, inside in table.cells():
        n = int(inside.sum())
        if n == 0:
            continue
        if table.hidden[place]:
            found.append(Loss(names, None, None, None, None))
            continue
        count = np.bincount(status[inside], minlength=len(layout.STATUS))
        rejected, failed = (
            int(count[layout.STATUS.index(word)]) for word in ("rejected", "failed")
        )
        share = wilson(n - int(count[layout.DONE]), n)
        found.append(Loss(names, n, rejected, failed, share))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class GroupMean:
    """Mean of a group that was simulated, raw and weighted; None where hidden."""

    group: dict[str, str]
    patients: int | None
    raw: Estimate | None
    weighted: Estimate | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """A result by group."""

    organ: str
    name: str
    label: str
    unit: str
    groups: tuple[GroupMean, ...]


def outcomes(
    organs: Mapping[str, xr.Dataset],
    people: Mapping[str, pd.DataFrame],
    table: Cross,
    weights: Array | None,
    *,
    protected: bool,
) -> tuple[Outcome, ...]:
    """Return every scalar result of every organ by group, of those whose organ is done."""
    found = []
    for organ, frame in people.items():
        rows = done(organs[organ])
        shown = _hidden_means(table, rows) if protected else table.hidden
        for name in frame.columns.drop([*PERSON, *OF_THE_RUN], errors="ignore"):
            attributes = organs[organ][name].attrs
            values = np.full(len(table.groupings[0].level), np.nan)
            values[rows] = frame[name].to_numpy(dtype=float)
            groups = _means(values, table, shown, weights)
            found.append(Outcome(organ, name, attributes["long_name"], attributes["units"], groups))
    return tuple(found)


def _hidden_means(table: Cross, rows: Integers) -> Array:
    """Return which means are hidden: of the hidden groups, and of those of which few are done.

    Sizes are told with the means, hence hidden alike; that a group lost people is told elsewhere.
    """
    return hidden(table.counts(rows), already=table.hidden)


def _means(
    values: Array, table: Cross, shut: Array, weights: Array | None
) -> tuple[GroupMean, ...]:
    found = []
    for place, names, inside in table.cells():
        mine = inside & np.isfinite(values)
        if not mine.any():
            continue
        if shut[place]:
            found.append(GroupMean(names, None, None, None))
            continue
        x = values[mine]
        raw = weighted_mean(x, np.ones(len(x)))
        weighted = None if weights is None else weighted_mean(x, weights[mine])
        found.append(GroupMean(names, len(x), raw, weighted))
    return tuple(found)
