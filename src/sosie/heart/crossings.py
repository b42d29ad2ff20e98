r"""When each vertex is activated and when it has repolarised, watched while the potential runs by.

activation      v rises through 0 mV, for the first time since it was below READY
repolarisation  v falls below rest + (peak - rest) / 10: nine tenths of the way back, APD90

rest is v when it last stood still below READY (or at the start, or at the last repolarisation), not
the lowest v: where cells are oblique, v dips before a front by ten mV. peak is the highest since
activation. Times are interpolated linearly between two looks: at every step for activation; for the
rest, which is slow, every LOOK, where the curvature of v costs less than 0.01 mV. A vertex that is
activated again forgets its last beat, so in the end each has its last.

All arrays are of this rank's own vertices, made once; a step writes into them.
"""

import numpy as np

from sosie.typing import Array

THRESHOLD = 0.0
"""[mV] of activation, as in Niederer et al. (2011), doi:10.1098/rsta.2011.0139."""
READY = -40.0
"""[mV] ASSUME: a vertex that has not been below it is still in its last beat, whose notch or
plateau may cross 0 mV."""
LEFT = 0.1
"""Of the amplitude is left at repolarisation."""
LOOK = 2e-4
"""[s] between two looks at repolarisation, or one step where that is longer."""
STILL = 0.01
"""[mV] ASSUME: what changes by less from one look to the next stands still."""


class Crossings:
    """Watches ``v`` [mV], shape (n,); times in [s], NaN where nothing has happened."""

    def __init__(self, v: Array, *, dt: float) -> None:
        """Start from ``v`` and look after every step of ``dt`` [s]."""
        n = len(v)
        self.dt, self.stride = dt, max(1, round(LOOK / dt))
        self.before, self.seen, self.low, self.peak = (v.copy() for _ in range(4))
        self.activation, self.repolarisation, self.rest = (np.full(n, np.nan) for _ in range(3))
        self.level = np.empty(n)
        self.ready = v < THRESHOLD
        self.crossed, self.still = (np.empty(n, dtype=bool) for _ in range(2))

    def state(self) -> dict[str, Array]:
        """Return the arrays that a restart needs, to read or to write into."""
        names = ("before", "seen", "low", "peak", "rest", "activation", "repolarisation", "ready")
        return {name: getattr(self, name) for name in names}

    def look(self, v: Array, step: int) -> None:
        """See ``v`` after step number ``step``, counted from 1."""
        np.greater(v, THRESHOLD, out=self.crossed)
        np.logical_and(self.crossed, self.ready, out=self.crossed)
        if self.crossed.any():
            i = np.flatnonzero(self.crossed)
            share = (THRESHOLD - self.before[i]) / (v[i] - self.before[i])
            self.activation[i] = (step - 1 + share) * self.dt
            self.repolarisation[i] = np.nan
            self.rest[i], self.peak[i] = self.low[i], v[i]
            self.ready[i] = False
        np.copyto(self.before, v)
        if step % self.stride == 0:
            self._repolarise(v, step)

    def _repolarise(self, v: Array, step: int) -> None:
        np.maximum(self.peak, v, out=self.peak)
        np.subtract(self.peak, self.rest, out=self.level)  # NaN where no beat is under way
        np.multiply(self.level, LEFT, out=self.level)
        np.add(self.level, self.rest, out=self.level)
        np.less(v, self.level, out=self.crossed)
        if self.crossed.any():
            i = np.flatnonzero(self.crossed)
            share = (self.seen[i] - self.level[i]) / (self.seen[i] - v[i])
            self.repolarisation[i] = (step - (1 - share) * self.stride) * self.dt
            self.low[i], self.rest[i] = v[i], np.nan
        np.subtract(v, self.seen, out=self.level)
        np.abs(self.level, out=self.level)
        np.less(v, READY, out=self.crossed)
        np.less(self.level, STILL, out=self.still)
        np.logical_and(self.still, self.crossed, out=self.still)
        np.copyto(self.low, v, where=self.still)
        np.copyto(self.seen, v)
        np.logical_or(self.ready, self.crossed, out=self.ready)
