r"""A stand-in for a 3D left ventricle, by which the loop finds its periodic state in no time.

    p = p_0 (exp(k (V - V_0)) - 1) + e(t) (V - V_0)

The first term is the passive ventricle, fitted to its inflation in 3D; e(t) [Pa/m^3] is what is
left of one beat in 3D, periodic or not. The 3D ventricle then starts from the state that the loop
repeats with this stand-in, instead of beating until the veins have filled; each further beat in 3D
makes a better stand-in.
Idea: Regazzoni and Quarteroni (2021), doi:10.1016/j.compbiomed.2021.104641, who fit more of it.
# ASSUME: at every time of the beat, tension that lifts pressure pivots about the passive V_0.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.optimize import least_squares

from sosie.errors import SosieError
from sosie.heart.circulation.cavity import Cavity, Closure
from sosie.typing import Array


class Passive(NamedTuple):
    """The ventricle without tension."""

    scale: float  # p_0 [Pa]
    steepness: float  # k [1/m^3]
    unstressed: float  # V_0 [m^3]

    def pressure(self, V: Array | float) -> Array:
        """Return pressure [Pa] at volumes [m^3]."""
        return self.scale * np.expm1(self.steepness * (np.asarray(V) - self.unstressed))


def passive(V: Array, p: Array) -> Passive:
    """Return the law nearest to an inflation from its unstressed volume, the first of ``V``."""
    if len(V) < 3 or not (np.diff(V) > 0).all():
        raise SosieError(
            f"passive inflation has {len(V)} volumes; give at least 3 that grow, unstressed first"
        )
    span = V[-1] - V[0]

    def miss(logs: Array) -> Array:
        scale, steepness = np.exp(logs)
        return Passive(scale, steepness / span, V[0]).pressure(V) - p

    scale, steepness = np.exp(least_squares(miss, np.log([p[-1] / 6, 2.0]), x_scale=0.1).x)
    return Passive(float(scale), float(steepness / span), float(V[0]))


def emulate(law: Passive, V: Array, p: Array) -> Callable[[int], Cavity]:
    """Return the ventricle that had volumes and pressures (n,) at the ends of a beat's n steps."""
    stretch = V - law.unstressed
    if (stretch <= 0).any():
        raise SosieError(
            f"the beat empties to {V.min() * 1e6:.1f} mL, the passive ventricle holds"
            f" {law.unstressed * 1e6:.1f} mL without pressure; give a smaller unstressed volume"
        )
    e = (p - law.pressure(V)) / stretch

    def cavity(k: int) -> Cavity:
        lift = float(e[k % len(e)])

        def closure(volume: float, pressure: float) -> Closure:
            resting = float(law.pressure(volume))
            slope = law.steepness * (resting + law.scale) + lift
            held = resting + lift * (volume - law.unstressed)
            return Closure(pressure - held, -slope, 1.0)

        return closure

    return cavity
