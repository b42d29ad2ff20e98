r"""Cells of the three kinds that lie one behind the other in the wall, from paced states.

endocardial    t < MID                 t  transmural coordinate, 0 at the cavity
mid-myocardial MID <= t < EPICARDIAL
epicardial     EPICARDIAL <= t

Every vertex starts from the state that a single cell of its kind, paced to a steady state, has at
the end of its beat.
"""

from collections.abc import Mapping
from typing import Literal

import numpy as np

from sosie.cohort.record import Record
from sosie.heart.ionic.cells import NONE, Cells
from sosie.heart.ionic.pace import pace
from sosie.typing import Array, Integers

MID, EPICARDIAL = 1 / 3, 2 / 3
"""ASSUME: thirds of the wall; wedges of human hearts have no sharp layers."""
KINDS = ("endo", "mid", "epi")


def kind_of(transmural: Array) -> Integers:
    """Return the place in KINDS of the cells at transmural coordinates (n,)."""
    return np.digitize(transmural, [MID, EPICARDIAL])


def ikr_density(record: Record) -> float:
    """Return the density of I_Kr over the wild type's, 1 where the record does not say."""
    return record.si("ikr_density") if "ikr_density" in record.cells else 1.0


class Layers:
    """Cells at vertices with transmural coordinates (n,), stepped as one."""

    def __init__(
        self,
        model: str,
        transmural: Array,
        *,
        scales: Mapping[str, float] = NONE,
        precision: Literal["double", "single"] = "single",
    ) -> None:
        """Make them, paced; ``scales`` are factors of currents."""
        kind = kind_of(transmural)
        self.rest = np.empty(len(transmural))  # [mV]
        self.parts: list[tuple[Integers, Cells]] = []
        for i, variant in enumerate(KINDS):
            where = np.flatnonzero(kind == i)
            paced, v, _ = pace(model, variant=variant, scales=scales)
            self.rest[where] = v[0]
            cells = Cells(
                model, len(where), variant=variant, scales=scales, precision=precision, tables=True
            )
            cells.load(np.repeat(paced.save(), len(where), axis=1))
            self.parts.append((where, cells))

    def step(self, v: Array, dt: float, stimulus: Array | float = 0.0) -> None:
        """Advance ``v`` (n,) [mV] and the cells in place by ``dt`` [ms]; stimulus in [mV/ms]."""
        for where, cells in self.parts:
            part = v[where]
            cells.step(part, dt, stimulus[where] if np.ndim(stimulus) else stimulus)
            v[where] = part

    def save(self) -> Array:
        """Return the states, shape (n_states, n)."""
        first = self.parts[0][1]
        states = np.empty((len(first.states), len(self.rest)), first.dtype)
        for where, cells in self.parts:
            states[:, where] = cells.states
        return states

    def load(self, states: Array) -> None:
        """Take states that were saved."""
        for where, cells in self.parts:
            cells.load(states[:, where])
