r"""What one beat of a cell is told by.

    APD_x = t(v back at peak - x (peak - rest)) - t(max dv/dt)

rest     potential at the onset of the stimulus [V]
peak     largest potential of the beat [V]

dv/dt is of single steps and contains the stimulus. NaN where a cell does not fire (peak below 0 V)
or has not repolarised to that level when the beat ends.
"""

from dataclasses import dataclass

import numpy as np

from sosie.heart.ionic.pace import Trace
from sosie.typing import Array


@dataclass(frozen=True, slots=True)
class Biomarkers:
    """Of one beat; all (n,)."""

    apd50: Array  # [s]
    apd90: Array  # [s]
    rest: Array  # [V]
    peak: Array  # [V]
    upstroke: Array  # largest dv/dt [V/s]
    calcium_rest: Array  # at the onset [mol/m^3]
    calcium_amplitude: Array  # peak less that [mol/m^3]


def biomarkers(trace: Trace) -> Biomarkers:
    """Return the biomarkers of one beat of each cell."""
    rate = np.diff(trace.v, axis=0) / np.diff(trace.t)[:, None]
    return Biomarkers(
        apd50=duration(trace, 0.5),
        apd90=duration(trace, 0.9),
        rest=trace.v[0],
        peak=trace.v.max(axis=0),
        upstroke=rate.max(axis=0),
        calcium_rest=trace.Ca[0],
        calcium_amplitude=trace.Ca.max(axis=0) - trace.Ca[0],
    )


def duration(trace: Trace, share: float) -> Array:
    """Return the duration of the action potential to ``share`` of repolarisation, (n,) [s]."""
    v, cells = trace.v, np.arange(trace.v.shape[1])
    top, start = v.argmax(axis=0), np.diff(v, axis=0).argmax(axis=0)
    peak = v[top, cells]
    level = peak - share * (peak - v[0])
    back = (v < level) & (np.arange(len(v))[:, None] > top)
    after = np.maximum(back.argmax(axis=0), 1)
    above, below = v[after - 1, cells], v[after, cells]
    with np.errstate(invalid="ignore", divide="ignore"):  # of cells that have no duration
        part = (above - level) / (above - below)
    ended = trace.t[after - 1] + part * (trace.t[after] - trace.t[after - 1])
    began = (trace.t[start] + trace.t[start + 1]) / 2
    return np.where(back.any(axis=0) & (peak > 0), ended - began, np.nan)
