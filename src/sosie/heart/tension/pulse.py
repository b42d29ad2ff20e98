r"""Active tension by the clock: no calcium, no length dependence, four numbers.

    dT/dt = -|a| T + sigma_0 max(a, 0),     a = alpha_max f + alpha_min (1 - f)
    f = S(t - t_sys) S(t_dia - t),          S(s) = (1 + tanh(s / gamma)) / 2

T        active tension [Pa]; f how much of systole it is

Exact over a step in which ``a`` is that of its middle: never negative, never over sigma_0, second
order. Source: Pfaller et al. (2019), doi:10.1007/s10237-018-1098-4, after Bestel, Clement and
Sorine (2001), A biomechanical model of muscle contraction, MICCAI.
"""

import numpy as np

from sosie.heart.tension.parameters import Pulse
from sosie.typing import Array


def activation(pulse: Pulse, time: Array | float) -> Array:
    """Return a [1/s], ``time`` [s] after the beat's start."""
    systole = (1 + np.tanh((np.asarray(time) - pulse.systole) / pulse.steepness)) / 2
    f = systole * before_diastole(pulse, time)
    return pulse.fastest * f + pulse.slowest * (1 - f)


def before_diastole(pulse: Pulse, time: Array | float) -> Array:
    """Return S(t_dia - t)."""
    return (1 + np.tanh((pulse.diastole - np.asarray(time)) / pulse.steepness)) / 2


def step(pulse: Pulse, T: Array, *, time: Array | float, dt: float) -> Array:
    """Return tension at the end of a step that starts ``time`` [s] after the beat's start."""
    a = activation(pulse, np.asarray(time) + dt / 2)
    left = np.exp(-np.abs(a) * dt)
    return T * left + np.where(a > 0, pulse.tension, 0.0) * (1 - left)
