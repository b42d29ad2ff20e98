r"""A human calcium transient, for muscle without an ionic model of its own.

    Ca(t) = Ca_0 + A s exp(1 - s),   s = (t - t_0) / tau  after t_0, else 0;   t within the beat

Ca       [mol/m^3], that is mM, as the ionic models count

The four numbers were fitted here to figure 6 of Land et al. (2017),
doi:10.1016/j.yjmcc.2017.03.008, the transient of Coppini et al. in human trabeculae at 37 degrees
and 1 Hz that the paper's twitches start from, as read off at 50 points 20 ms apart. What is left
over has a root mean square of 7.4e-6 mol/m^3, 1.7 % of the amplitude.
"""

import numpy as np

from sosie.typing import Array

REST, AMPLITUDE = 0.158e-3, 0.446e-3
"""[mol/m^3]"""
ONSET, TAU = 0.007, 0.123
"""[s]"""


def transient(time: Array, *, beat: float = 1.0) -> Array:
    """Return calcium [mol/m^3] at times [s] of beats of length ``beat`` [s]."""
    s = np.maximum(np.mod(time, beat) - ONSET, 0.0) / TAU
    return REST + AMPLITUDE * s * np.exp(1 - s)
