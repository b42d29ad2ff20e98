"""A kernel in C bound to the arrays of some cells."""

import ctypes
from collections.abc import Mapping
from functools import cache

import numpy as np

from sosie.heart.ionic import build, kernel
from sosie.heart.ionic.model import Model
from sosie.heart.ionic.trace import Step, columns, evaluate, record
from sosie.typing import Array

DT_KEPT = 4
"""Tables are kept for so many lengths of step; splittings use one or two."""


class Kernel:
    """Steps the padded states ``y`` (n_states, stride) of ``n`` cells."""

    def __init__(
        self,
        step: Step,
        library: ctypes.CDLL,
        y: Array,
        n: int,
        *,
        scales: Mapping[str, float | Array],
        tables: bool,
    ) -> None:
        """Bind a library to arrays that it will step in place."""
        self.recorded, self.library, self.y, self.n = step, library, y, n
        self.uniform = np.array([float(scales.get(name, 1.0)) for name in step.uniform])
        self.each = np.ones((len(step.each), y.shape[1]), dtype=y.dtype)
        for k, name in enumerate(step.each):
            self.each[k, :n] = scales[name]
        self.stimulus = np.zeros(n)  # a stimulus that is one number, spread out
        self.spread = 0.0
        self.tables: dict[float, Array] | None = {} if tables else None
        self.nothing = np.empty(0, dtype=y.dtype)

    def step(self, v: Array, dt: float, stimulus: Array | float) -> None:
        """Advance by one step."""
        if not isinstance(stimulus, np.ndarray):
            if stimulus != self.spread:
                self.stimulus[:] = self.spread = stimulus
            stimulus = self.stimulus
        assert stimulus.dtype == np.float64
        assert stimulus.shape == v.shape
        self.library.step(*self._common(v, dt), _pointer(stimulus), _pointer(self._table(dt)))

    def march(
        self, v: Array, dt: float, kept: Array, counts: tuple[int, ...], stimulus: float
    ) -> None:
        """Advance by many steps; ``counts`` as the C function takes them."""
        on, off = np.full(self.n, stimulus), np.zeros(self.n)
        self.library.march(
            *self._common(v, dt),
            _pointer(on),
            _pointer(off),
            _pointer(self._table(dt)),
            *map(ctypes.c_long, counts),
            _pointer(kept),
        )

    def _common(self, v: Array, dt: float) -> tuple[object, ...]:
        assert v.dtype == np.float64
        assert v.shape == (self.n,)
        self.uniform[0] = dt
        return (
            ctypes.c_long(self.n),
            _pointer(v),
            _pointer(self.y),
            ctypes.c_long(self.y.shape[1]),
            _pointer(self.uniform),
            _pointer(self.each),
        )

    def _table(self, dt: float) -> Array:
        """Return what hangs on v alone at every row's v, shape (ROWS, n_columns)."""
        if self.tables is None:
            return self.nothing
        if dt not in self.tables:
            if len(self.tables) == DT_KEPT:
                self.tables.clear()
            v = np.linspace(kernel.LOWEST, kernel.HIGHEST, kernel.ROWS)
            leaves = dict(zip(self.recorded.uniform, self.uniform, strict=True)) | {"v": v}
            held = evaluate(columns(self.recorded), leaves)
            self.tables[dt] = np.column_stack(held).astype(self.y.dtype)
        return self.tables[dt]


@cache
def library(
    model: Model, variant: str, each: tuple[str, ...], *, single: bool, tables: bool
) -> tuple[Step, ctypes.CDLL | None]:
    """Return one step of a model and its library, None where it cannot be built."""
    step = record(model, variant, each=each)
    return step, build.load(kernel.source(step, single=single, tables=tables))


def _pointer(array: Array) -> ctypes.c_void_p:
    assert array.flags.c_contiguous
    return ctypes.c_void_p(array.ctypes.data)
