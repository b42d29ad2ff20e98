r"""Cells some of which are activated from outside, each at a given time.

    v >= SLOPE (t - T)    for RISE before T, and up to TOP for HELD after it

T        time [s] at which the potential passes 0 mV, NaN where nothing comes from outside

It is how early sites and Purkinje fibres reach the muscle: the times that the eikonal tier
prescribes are met to half a millisecond on any mesh, where a current's effect hangs on how much
tissue a vertex stands for. A front of the muscle's own that comes earlier is not held back.
"""

import numpy as np

from sosie.heart.monodomain import MILLI, Reaction
from sosie.typing import Array

SLOPE, TOP = 80e3, 20.0
"""# ASSUME: [mV/s] and [mV] of the upstroke, of the order of muscle's own."""
RISE, HELD = 1e-3, 2e-3
"""[s]: the upstroke begins near rest; its end lasts as long as the slab benchmark's stimulus."""


class Driven:
    """Cells, and upstrokes that come from outside."""

    def __init__(self, cells: Reaction, times: Array, *, start: float) -> None:
        """Drive ``cells`` at ``times`` (n,) [s]; their clock starts at ``start`` [s]."""
        self.cells, self.rest = cells, cells.rest
        self.driven = np.flatnonzero(np.isfinite(times))
        self.times, self.now = times[self.driven], start
        self.last = self.times.max(initial=-np.inf) + HELD

    def step(self, v: Array, dt: float, stimulus: Array | float = 0.0) -> None:
        """Advance ``v`` (n,) [mV] and the cells in place by ``dt`` [ms]; stimulus in [mV/ms]."""
        self.cells.step(v, dt, stimulus)
        self.now += dt / MILLI
        if self.now <= self.last:
            since = self.now - self.times
            on = (since > -RISE) & (since < HELD)
            which = self.driven[on]
            v[which] = np.maximum(v[which], np.minimum(SLOPE * since[on], TOP))

    def save(self) -> Array:
        """Return the states of the cells, and the clock as one state more."""
        states = self.cells.save().astype(float)
        return np.vstack([states, np.full(states.shape[1], self.now)])

    def load(self, states: Array) -> None:
        """Take states that were saved."""
        self.cells.load(states[:-1])
        self.now = float(states[-1].max(initial=self.now))
