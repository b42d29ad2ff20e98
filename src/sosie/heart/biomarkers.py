r"""What is read off twelve leads of one beat.

    speed(t) = |d/dt (I, II, V1, ..., V6)|,    size(t) = |(I, II, V1, ..., V6) - at the start|

QRS      from where speed first exceeds THRESHOLD of its largest value to where, after it, it stays
         below for QUIET
T peak   largest size after the QRS and REST
T end    where the steepest tangent of size after its last hump meets zero: Lepeschkin and Surawicz
         (1952), doi:10.1161/01.CIR.6.3.378, there for one lead; a hump is HUMP of T peak or more
axis     angle of (I, 2 aVF / sqrt 3), the net areas of the QRS: 0 to the left, 90 degrees downwards

The eight leads are those that do not follow from others. The signal has no noise and one beat, and
starts at rest: no filter is applied, and a lead is measured from its first value.
"""

import math
from dataclasses import dataclass

import numpy as np

from sosie.errors import SosieError
from sosie.typing import Array

LEADS = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")
INDEPENDENT = [0, 1, 6, 7, 8, 9, 10, 11]
TIME = np.arange(-20, 801) * 1e-3
"""Instants of a record [s], a thousand a second from before the beat: the same of all hearts."""
THRESHOLD = 0.05
"""# ASSUME: of the largest speed, at which the QRS begins and ends."""
NANOVOLT = 9
"""Decimals [V] that leads are kept to: what lies beyond depends on how memory lies."""
QUIET, REST = 40e-3, 40e-3
"""# ASSUME: [s] the leads are slow after a QRS, and until the T wave may peak. A pause before
the base is activated, slowly and last, was up to 37 ms in sixteen adults of the survey."""
HUMP = 0.25
"""# ASSUME: of the size at T peak; a T wave of two phases has two humps and ends after the last."""


@dataclass(frozen=True, slots=True)
class Biomarkers:
    """Of one beat; times from the start of the record. NaN where there is no T wave."""

    qrs_onset: float  # [s]
    qrs_duration: float  # [s]
    qt: float  # from the onset of the QRS to the end of T [s]
    t_peak: float  # time of it [s]
    t_peak_end: float  # from the peak to the end of T [s]
    r_amplitude: Array  # (12,) largest deflection upwards within the QRS [V]
    axis: float  # in the frontal plane [rad]


NOTHING = Biomarkers(*[math.nan] * 5, np.full(len(LEADS), np.nan), math.nan)
"""Of a heart of which no leads can be had."""


def biomarkers(time: Array, ecg: Array) -> Biomarkers:
    """Return the biomarkers of leads (12, n_times) [V] at even times (n_times,) [s]."""
    if ecg.shape != (len(LEADS), len(time)) or not np.isfinite(ecg).all():
        raise SosieError(
            f"ECG of shape {ecg.shape}: give {len(LEADS)} leads at {len(time)} times, all finite"
        )
    signal = ecg - ecg[:, :1]
    leads = signal[INDEPENDENT]
    speed = np.linalg.norm(np.gradient(leads, time, axis=1), axis=0)
    size = np.linalg.norm(leads, axis=0)
    if not speed.max() > 0:
        raise SosieError("ECG: all leads are flat; give a beat that contains an activation")
    first, last = _qrs(time, speed)
    onset, offset = (_crossing(time, speed, THRESHOLD * speed.max(), i) for i in (first, last + 1))
    peak, end = _t_wave(time, size, offset)
    area = np.trapezoid(signal[:, first : last + 1], time[first : last + 1], axis=1)
    return Biomarkers(
        qrs_onset=onset,
        qrs_duration=offset - onset,
        qt=end - onset,
        t_peak=peak,
        t_peak_end=end - peak,
        r_amplitude=np.maximum(signal[:, first : last + 1].max(axis=1), 0.0),
        axis=float(np.arctan2(2 * area[LEADS.index("aVF")] / np.sqrt(3), area[0])),
    )


def _qrs(time: Array, speed: Array) -> tuple[int, int]:
    """Return the first and the last place of the QRS."""
    fast = speed > THRESHOLD * speed.max()
    first = int(fast.argmax())
    places = np.flatnonzero(fast)
    places = places[places >= speed.argmax()]
    pause = np.flatnonzero(np.diff(time[places]) > QUIET)
    return first, int(places[pause[0]] if len(pause) else places[-1])


def _crossing(time: Array, speed: Array, level: float, i: int) -> float:
    """Return when speed is at ``level`` between places i - 1 and i."""
    if not 0 < i < len(time):
        return float(time[min(max(i, 0), len(time) - 1)])
    share = (level - speed[i - 1]) / (speed[i] - speed[i - 1])
    return float(time[i - 1] + share * (time[i] - time[i - 1]))


def _t_wave(time: Array, size: Array, offset: float) -> tuple[float, float]:
    """Return peak and end [s] of the T wave, NaN where it does not rise and fall."""
    start = int(np.searchsorted(time, offset + REST))
    wave = size[start:]
    if len(wave) < 3 or wave.argmax() in (0, len(wave) - 1):
        return np.nan, np.nan
    top = start + int(wave.argmax())
    rising = np.diff(size[top:]) > 0
    humps = top + np.flatnonzero(rising[:-1] & ~rising[1:]) + 1
    humps = humps[size[humps] >= HUMP * size[top]]
    after = int(humps[-1]) if len(humps) else top
    slope = np.gradient(size, time)
    steepest = after + int(slope[after:].argmin())
    return float(time[top]), float(time[steepest] - size[steepest] / slope[steepest])
