r"""Amyloid over the years since it turned positive, treatment included, and what it leaves behind.

    da/dt = s a (1 - a) - l(t) a,   a(0) = a_0,   q(t) = max over [0, t] of a

a        amyloid over its plateau [1], the same for the whole brain
s        rate of growth [1/s]
l        clearance by a treatment [1/s], of constant value between two ages
q        amyloid that tau has met [1]

Tau's capacity follows q, not a: taking amyloid away stops tau from spreading further but does not
take back what tau may reach (no trial of an amyloid antibody saw it fall).

Sources: s is 0.163 1/year of the logistic curve of florbetaben through 205 people, in the public
code of Chaggar et al. (2026), bioRxiv (see ``vulnerability``); florbetapir, 763 people, gave 0.137.
"""

import numpy as np

from sosie.brain.fisher_kpp import grow
from sosie.brain.parameters import YEAR, Treatment
from sosie.typing import Array

RATE = 0.163 / YEAR
"""s."""
AT_ONSET = 0.2
"""a_0."""  # ASSUME: positive from 20 Centiloids, where 100 are of typical Alzheimer's disease
FINE = 0.05 * YEAR
"""Step [s] in which the course is found, exact but for the treatment's beginning and end."""


def course(times: Array, *, onset: float, treatment: Treatment) -> tuple[Array, Array]:
    """Return a and q at ``times`` [s] since ``onset``, an age [s], in ascending order."""
    grid = np.arange(0.0, times[-1] + 2 * FINE, FINE)
    level = np.empty_like(grid)
    level[0] = AT_ONSET
    for i, clearance in enumerate(treatment.at(onset + grid[:-1] + FINE / 2)[0]):
        level[i + 1] = grow(level[i], RATE - clearance, RATE, FINE)
    return np.interp(times, grid, level), np.interp(times, grid, np.maximum.accumulate(level))
