r"""Many cells of one kind, stepped together.

    v <- v + dt (stimulus - I_ion),    states by Rush-Larsen or forward Euler

Potentials are given and kept in [mV] and double precision, states inside in the precision asked
for, times in [ms]; the tissue's seconds become milliseconds where it calls this.

In single precision a state does not feel what is less than 6e-8 of it in one step. Gates do not
mind; sodium and potassium inside hardly move in the beats of a tissue and drift over minutes, so
pacing to a steady state is done in double precision.
"""

from collections.abc import Mapping
from types import MappingProxyType, SimpleNamespace
from typing import Literal

import numpy as np

from sosie.errors import SosieError
from sosie.heart.ionic.compiled import Kernel, library
from sosie.heart.ionic.kernel import LANES
from sosie.heart.ionic.model import Flow, Gate, Model, check_scales, find
from sosie.typing import Array

NONE: Mapping[str, float | Array] = MappingProxyType({})


class Cells:
    """``n`` cells of one variant of a model, from rest."""

    def __init__(
        self,
        model: str | Model,
        n: int,
        *,
        variant: str = "epi",
        scales: Mapping[str, float | Array] = NONE,
        precision: Literal["double", "single"] = "double",
        tables: bool = False,
        compiled: bool = True,
    ) -> None:
        """Make cells; ``scales`` are factors of currents, one number or one a cell, (n,).

        With ``tables`` what hangs on v alone is looked up, every 0.05 mV. Numpy, which runs where
        ``compiled`` is false or there is no compiler, computes it.
        """
        self.model = model if isinstance(model, Model) else find(model)
        self.variant, self.n, self.scales = variant, n, dict(scales)
        self.model.values(variant)  # refuses an unknown variant
        check_scales(self.model, scales)
        self.dtype = np.dtype(np.float32 if precision == "single" else np.float64)
        self.rest = self.model.start[variant]["v"]  # [mV]
        start = [self.model.start[variant][name] for name in self.model.states]
        padded = -(-n // LANES) * LANES
        self._y = np.repeat(np.array(start, self.dtype)[:, None], padded, axis=1)
        own = {name: np.asarray(s, self.dtype) if np.ndim(s) else s for name, s in scales.items()}
        self._parameters = self.model.scaled(variant, own)
        self._kernel: Kernel | None = None
        if compiled:
            each = tuple(sorted(name for name, factor in scales.items() if np.ndim(factor)))
            single = precision == "single"
            step, built = library(self.model, variant, each, single=single, tables=tables)
            if built is not None:
                self._kernel = Kernel(step, built, self._y, n, scales=scales, tables=tables)

    @property
    def states(self) -> Array:
        """Return the states, shape (n_states, n), to read or to write into."""
        return self._y[:, : self.n]

    def step(self, v: Array, dt: float, stimulus: Array | float = 0.0) -> None:
        """Advance ``v`` (n,) [mV] and the states in place by ``dt`` [ms]; stimulus in [mV/ms]."""
        check_step(self.model, dt)
        if self._kernel is not None:
            self._kernel.step(v, dt, stimulus)
        else:
            self._step(v, dt, stimulus)

    def march(
        self,
        v: Array,
        dt: float,
        *,
        steps: int,
        stimulus: float,
        period: int,
        duration: int,
        every: int,
    ) -> Array:
        """Take many steps from the start of a period; return v and calcium of every few.

        ``stimulus`` [mV/ms] is on for the first ``duration`` steps of each ``period``; of every
        ``every`` steps the last is kept, shape (steps // every, 2, n) [mV, mM].
        """
        check_step(self.model, dt)
        calcium = self.model.states.index(self.model.calcium)
        kept = np.empty((steps // every, 2, self.n))
        if self._kernel is not None:
            counts = (steps, period, duration, every, calcium)
            self._kernel.march(v, dt, kept, counts, stimulus)
            return kept
        for k in range(steps):
            self._step(v, dt, stimulus if k % period < duration else 0.0)
            if (k + 1) % every == 0:
                kept[k // every] = v, self.states[calcium]
        return kept

    def flow(self, v: Array, stimulus: Array | float = 0.0) -> Flow:
        """Return currents [pA/pF] and laws at potentials ``v`` (n,) [mV], by numpy."""
        y = SimpleNamespace(**dict(zip(self.model.states, self.states, strict=True)))
        with np.errstate(all="ignore"):  # branches that where() does not take may be 0 / 0
            return self.model.equations(v, y, self._parameters, stimulus)

    def save(self) -> Array:
        """Return a copy of the states."""
        return self.states.copy()

    def load(self, states: Array) -> None:
        """Take states that were saved, to the same bits."""
        self.states[:] = states

    def _step(self, v: Array, dt: float, stimulus: Array | float) -> None:
        flow = self.flow(v.astype(self.dtype), np.asarray(stimulus, self.dtype))
        v += dt * (stimulus - sum(flow.currents.values()))
        for name, old in zip(self.model.states, self.states, strict=True):
            law = flow.laws[name]
            if isinstance(law, Gate):
                old += (law.inf - old) * -np.expm1(-dt / law.tau)
            else:
                old += dt * law.value


def check_step(model: Model, dt: float) -> None:
    """Refuse a step at which the model's own equations are not stable."""
    if not 0 < dt <= model.longest_step:
        raise SosieError(
            f"model {model.name} cannot take steps of {dt:g} ms; give one up to"
            f" {model.longest_step:g} ms"
        )
