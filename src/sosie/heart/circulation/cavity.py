r"""What closes the loop at the left ventricle: one equation g(V, p) = 0 of its volume and pressure.

    elastance:  g = p - E (V - V_0)       the 0D ventricle
    pressure:   g = p - p_given           the 3D ventricle tries a pressure
    volume:     g = (V - V_given) 1 mmHg/mL

A 3D ventricle linearised about (V*, p*) is one more: g = p - p* - (V - V*) dp/dV.
"""

from collections.abc import Callable
from typing import NamedTuple

from sosie.heart.circulation.parameters import ML, MMHG


class Closure(NamedTuple):
    """The value [Pa] of g and its derivatives."""

    value: float
    by_volume: float  # dg/dV [Pa/m^3]
    by_pressure: float  # dg/dp


Cavity = Callable[[float, float], Closure]
"""Takes V [m^3] and p [Pa] at the end of a step."""


def elastic(elastance: float, unstressed: float) -> Cavity:
    """Return the ventricle that has E [Pa/m^3] and V_0 [m^3] now."""
    return lambda V, p: Closure(p - elastance * (V - unstressed), -elastance, 1.0)


def at_pressure(given: float) -> Cavity:
    """Return the ventricle that holds a pressure [Pa]."""
    return lambda V, p: Closure(p - given, 0.0, 1.0)


def at_volume(given: float) -> Cavity:
    """Return the ventricle that holds a volume [m^3]."""
    scale = MMHG / ML
    return lambda V, p: Closure((V - given) * scale, scale, 0.0)
