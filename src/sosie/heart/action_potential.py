r"""The transmembrane potential of a wall whose activation and repolarisation are known.

    v(x, t) = sum_k w_k(x) V_k(s),    s = (t - T) / (R - T),    sum_k w_k = 1

T, R     activation and repolarisation time (90 %) [s]
V_k      potential of a single cell of layer k [V], over time since activation per its own APD90
w_k      share of a layer: 1 at its middle, linear in the transmural coordinate to the next middle

Phases are blended, not clock times: between a short and a long action potential lies one of middle
length, not one with two ends. # ASSUME: three layers, endo, mid and epi, of a third of the wall.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sosie.errors import SosieError
from sosie.heart.crossings import LEFT
from sosie.typing import Array

LAYERS = {"endo": 1 / 6, "mid": 1 / 2, "epi": 5 / 6}
"""Transmural coordinates of the layers' middles."""
THRESHOLD = 0.0
"""[V] of activation, as where the potential is simulated (heart.crossings)."""
START, END, POINTS = -0.05, 3.0, 6101
"""Phases V_k is tabulated at; beyond them the cell is at rest."""
LEVELS = 600
"""Transmural coordinates are told apart to 1 / LEVELS."""


@dataclass(frozen=True)
class ActionPotential:
    """One action potential of a paced cell, by phase."""

    rest: float  # [V]
    apd90: float  # [s]
    table: Array  # (POINTS,) [V] at PHASES

    @classmethod
    def of(cls, t: Array, v: Array, *, name: str = "cell") -> "ActionPotential":
        """Take a beat, times (n,) [s] from before its upstroke to its rest, and v (n,) [V]."""
        after = np.flatnonzero((v[1:] >= THRESHOLD) & (v[:-1] < THRESHOLD))
        rest, top = float(v[0]), int(v.argmax())
        level = rest + LEFT * (v[top] - rest)
        back = np.flatnonzero(v[top:] < level)
        if not len(after) or not len(back):
            what = "does not fire" if not len(after) else "does not repolarise to 90 %"
            raise SosieError(
                f"action potential of {name}: it {what} within {1e3 * (t[-1] - t[0]):.0f} ms;"
                " give one whole beat [V] of a paced cell"
            )
        i, j = int(after[0]), top + int(back[0])
        onset = np.interp(THRESHOLD, v[i : i + 2], t[i : i + 2])
        end = np.interp(-level, -v[j - 1 : j + 1], t[j - 1 : j + 1])
        phase = (t - onset) / (end - onset)
        table = np.interp(PHASES, phase, v, left=rest, right=rest)
        return cls(rest, float(end - onset), table)


PHASES = np.linspace(START, END, POINTS)


@dataclass(frozen=True)
class Wall:
    """Action potentials through the wall."""

    apd90: Array  # (n_vertices,) [s], each cell by itself
    kinds: Array  # (n_vertices,) row of ``tables`` of each vertex
    tables: Array  # (n_kinds, POINTS) [V]

    @classmethod
    def of(cls, transmural: Array, layers: Mapping[str, ActionPotential]) -> "Wall":
        """Blend ``layers``, one for each of LAYERS, at transmural coordinates (n_vertices,)."""
        missing = LAYERS.keys() - layers.keys()
        if missing:
            raise SosieError(
                f"action potentials: none for {', '.join(sorted(missing))};"
                f" give one for each of {', '.join(LAYERS)}"
            )
        depths, kinds = np.unique(np.round(LEVELS * transmural), return_inverse=True)
        middles = list(LAYERS.values())
        shares = np.array([np.interp(depths / LEVELS, middles, row) for row in np.eye(len(LAYERS))])
        apd90 = shares.T @ np.array([layers[name].apd90 for name in LAYERS])
        return cls(
            apd90[kinds], kinds, shares.T @ np.array([layers[name].table for name in LAYERS])
        )

    def potential(self, t: Array, *, activation: Array, repolarisation: Array) -> Array:
        """Return v [V], shape (n_vertices, n_times), at times t (n_times,) [s]."""
        scale = (POINTS - 1) / (END - START)
        pace = scale / (repolarisation - activation)
        place = (t - activation[:, None]) * pace[:, None] - START * scale
        np.clip(place, 0, POINTS - 1.001, out=place)
        left = place.astype(np.int32)
        place -= left
        left += (self.kinds * POINTS).astype(np.int32)[:, None]
        flat = self.tables.ravel()
        before = flat[left]
        left += 1
        return before + place * (flat[left] - before)
