r"""Flow through a heart valve: a diode that opens smoothly.

    Q = x tanh(x / w) / R_min + x / R_max  for x > 0,   Q = x / R_max  for x <= 0

Q        flow [m^3/s]
x        pressure before less pressure behind the valve [Pa]
R_min    resistance of the open valve, R_max of the closed one [Pa s/m^3]
w        pressure over which it opens [Pa]

Regazzoni et al. (2022), doi:10.1016/j.jcp.2022.111083, jump from 1 / R_max to 1 / R_min, a factor
of 10^7, where x changes sign. Here dQ/dx is continuous; Q grows with x and has its sign, so that a
valve takes energy and never gives any, and Newton's method does not jump to and fro.
"""

import numpy as np

from sosie.heart.circulation.parameters import Valves
from sosie.typing import Array


def flow(x: Array, valves: Valves) -> tuple[Array, Array]:
    """Return Q and dQ/dx at pressure differences ``x``."""
    forward = np.maximum(x, 0.0) / valves.opening
    opened = np.tanh(forward)
    leak = 1 / valves.closed
    slope = (opened + forward * (1 - opened**2)) / valves.open + leak
    return x * opened / valves.open + x * leak, slope
