r"""How stiff a chamber is at a time of the beat.

    E(t) = E_passive + E_active phi(t)
    phi  = (1 - cos(pi s / T_C)) / 2  for s < T_C,
           (1 + cos(pi (s - T_C) / T_R)) / 2  for T_C <= s < T_C + T_R,   else 0

s        time since the onset of contraction, as a fraction of the beat
T_C, T_R how long contraction and relaxation take, as fractions of the beat

Source: Regazzoni et al. (2022), doi:10.1016/j.jcp.2022.111083, after Blanco and Feijoo (2010),
Mecanica Computacional 29, 5887-5911.
"""

import numpy as np

from sosie.heart.circulation.parameters import Chamber
from sosie.typing import Array


def activation(chamber: Chamber, phase: Array) -> Array:
    """Return phi at phases of the beat, of which 0 and 1 are the same."""
    s = np.mod(phase - chamber.onset, 1.0)
    rising = (1 - np.cos(np.pi * s / chamber.contraction)) / 2
    falling = (1 + np.cos(np.pi * (s - chamber.contraction) / chamber.relaxation)) / 2
    end = chamber.contraction + chamber.relaxation
    return np.where(s < chamber.contraction, rising, np.where(s < end, falling, 0.0))


def elastance(chamber: Chamber, phase: Array) -> Array:
    """Return E [Pa/m^3] at phases of the beat."""
    return chamber.passive + chamber.active * activation(chamber, phase)
