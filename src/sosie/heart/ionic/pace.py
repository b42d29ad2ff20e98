r"""Pace cells until they hardly change, and watch their last two beats.

v' = -I_ion + s(t),    s(t) = stimulus for t modulo cycle length < duration, else 0

The stimulus of both models' authors is 52 or 53 pA/pF, which is V/s, for 1 ms; potassium carries
it, so that charge is kept over any number of beats (Hund et al. 2001,
doi:10.1016/S0006-3495(01)75982-2).

Paced states are kept in the user's cache under a digest of the equations in C, which hold every
parameter and the scheme, of the scales and of the pacing.

Seconds, volts and mol/m^3 outside, ms, mV and mM inside. A mM is a mol/m^3.
"""

import hashlib
import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import numpy as np

from sosie.errors import SosieError
from sosie.heart.ionic import kernel
from sosie.heart.ionic.build import cache_folder
from sosie.heart.ionic.cells import NONE, Cells
from sosie.heart.ionic.trace import record
from sosie.typing import Array
from sosie.units import SI

MILLI = 1e3
"""[ms/s] and [mV/V]."""


@dataclass(frozen=True, slots=True)
class Pacing:
    """Beats of a single cell."""

    cycle_length: Annotated[float, SI("s")] = 1.0  # from beat to beat
    beats: int = 100  # before the last is looked at, with it
    stimulus: Annotated[float, SI("V/s")] = 52.0  # current per capacitance
    duration: Annotated[float, SI("s")] = 1e-3  # of the stimulus
    dt: Annotated[float, SI("s")] = 2e-5  # time step

    def __post_init__(self) -> None:
        """Refuse what is no series of beats."""
        for name in ("cycle_length", "stimulus", "duration", "dt"):
            if not getattr(self, name) > 0:
                raise SosieError(f"pacing: {name} is {getattr(self, name)}; give a positive number")
        if self.beats < 2:
            raise SosieError(f"pacing: {self.beats} beats; give at least 2, the last are compared")
        if self.duration >= self.cycle_length:
            raise SosieError(
                f"pacing: a stimulus of {self.duration:g} s is no shorter than the cycle of"
                f" {self.cycle_length:g} s; shorten it"
            )

    @property
    def steps(self) -> int:
        """Return the steps of one beat."""
        return round(self.cycle_length / self.dt)

    @property
    def on(self) -> int:
        """Return the steps of the stimulus."""
        return round(self.duration / self.dt)


@dataclass(frozen=True)
class Trace:
    """What cells do over some time, from the onset of a stimulus."""

    t: Array  # (n_times,) [s]
    v: Array  # (n_times, n) [V]
    Ca: Array  # (n_times, n) [mol/m^3], free in the cytosol


STANDARD = Pacing()


def pace(
    model: str,
    *,
    variant: str = "epi",
    scales: Mapping[str, float | Array] = NONE,
    pacing: Pacing = STANDARD,
) -> tuple[Cells, Array, list[Trace]]:
    """Return paced cells, their potentials [mV], and their last two beats.

    There are as many cells as a scale has numbers, one if all scales are one number.
    """
    n = max((np.size(factor) for factor in scales.values()), default=1)
    cells = Cells(model, n, variant=variant, scales=scales)
    v = np.full(n, cells.rest)
    path = _path(cells, pacing)
    if path.exists():
        kept = np.load(path)
        v[:], states = kept["v"], kept["states"]
        cells.load(states)
    else:
        _advance(cells, v, pacing, beats=pacing.beats - 2)
        _keep(path, v=v, states=cells.save())
    return cells, v, [beat(cells, v, pacing) for _ in range(2)]


def beat(cells: Cells, v: Array, pacing: Pacing) -> Trace:
    """Advance cells by one beat, watched at every step; ``v`` (n,) [mV] in place."""
    calcium = cells.states[cells.model.states.index(cells.model.calcium)]
    first = np.stack([v, calcium])[None]
    kept = np.concatenate([first, _advance(cells, v, pacing, beats=1, every=1)])
    if not np.isfinite(v).all():
        raise SosieError(
            f"model {cells.model.name} was lost at steps of {pacing.dt:g} s with the scales"
            f" {cells.scales}; shorten the step or give scales nearer to 1"
        )
    return Trace(np.arange(len(kept)) * pacing.dt, kept[:, 0] / MILLI, kept[:, 1])


def _advance(cells: Cells, v: Array, pacing: Pacing, *, beats: int, every: int = 0) -> Array:
    steps = beats * pacing.steps
    return cells.march(
        v,
        pacing.dt * MILLI,
        steps=steps,
        stimulus=pacing.stimulus,
        period=pacing.steps,
        duration=pacing.on,
        every=every or steps + 1,
    )


def _path(cells: Cells, pacing: Pacing) -> Path:
    each = [name for name, factor in cells.scales.items() if np.ndim(factor)]
    source = kernel.source(
        record(cells.model, cells.variant, each=each), single=False, tables=False
    )
    text = hashlib.sha256(source.encode())
    start = cells.model.start[cells.variant]
    text.update(repr((asdict(pacing), start, sorted(cells.scales))).encode())
    for name in sorted(cells.scales):
        text.update(np.asarray(cells.scales[name], dtype=float).tobytes())
    return cache_folder("paced") / f"{text.hexdigest()[:24]}.npz"


def _keep(path: Path, **arrays: Array) -> None:
    """Write under another name, then rename: others may keep the same at the same time."""
    handle, name = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "wb") as file:
        np.savez(file, **arrays)
    Path(name).replace(path)
