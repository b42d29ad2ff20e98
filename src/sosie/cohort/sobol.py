r"""Evenly spread numbers: person i of a population is point i of a scrambled Sobol sequence.

    x' = L x + s  (mod 2),   u = (x' + 1/2) / 2^32

x        32 binary digits of a coordinate of point i (direction numbers of Joe and Kuo 2008)
L, s     lower triangular matrix with unit diagonal, and digits: random, one pair a coordinate
u        uniform number in (0, 1)

Source: Matoušek (1998), doi:10.1006/jcom.1998.0489 (random linear scrambling and digital shift).
L and s are keyed by seed, population, quantity and coordinate, never by the number of people or of
quantities: a larger population keeps its first people, and a further quantity moves no other.
"""

from collections.abc import Mapping

import numpy as np
from scipy.special import logit, ndtri
from scipy.stats.qmc import Sobol

from sosie.cohort.draw import generator
from sosie.typing import Array

BITS = 32

COORDINATES: Mapping[str, int] = {
    "sex": 1,
    "age": 1,
    "body": 5,
    "heart_attack": 1,
    "lv_edv": 1,
    "lv_mass": 1,
    "lv_scores": 6,
    "cv_fibre": 1,
    "cv_transverse": 1,
    "icv": 1,
    "brain_volume": 1,
    "brain_ventricle_volume": 1,
    "apoe": 2,
    "amyloid_onset_age": 1,
    "tau_growth_rate": 1,
    "tau_capacity": 1,
    "tau_diffusivity": 1,
    "lv_ejection_fraction": 1,
    "skull_thickness": 1,
    "conductivity_white": 1,
    "conductivity_grey": 1,
    "conductivity_csf": 1,
    "conductivity_skull": 1,
    "conductivity_scalp": 1,
}
"""How many coordinates each quantity has. Append only: the order is that of the sequence."""


def points(seed: int, population: str, n: int) -> dict[str, Array]:
    """Return the coordinates of the first ``n`` people for each quantity, (n, coordinates)."""
    engine = Sobol(sum(COORDINATES.values()), scramble=False, bits=BITS)
    plain = (engine.random_base2((n - 1).bit_length())[:n] * 2.0**BITS).astype(np.uint32)
    found, first = {}, 0
    for quantity, size in COORDINATES.items():
        columns = [
            _scrambled(plain[:, first + k], generator(seed, population, f"sobol {quantity} {k}"))
            for k in range(size)
        ]
        found[quantity], first = np.column_stack(columns), first + size
    return found


def _scrambled(x: np.ndarray, stream: np.random.Generator) -> Array:
    """Return u of the digits ``x`` (n,) of one coordinate."""
    place = np.uint32(1) << np.arange(BITS - 1, -1, -1, dtype=np.uint32)
    # Column j of L: a one on the diagonal, random digits below it.
    column = place | (stream.integers(0, 1 << BITS, BITS, dtype=np.uint32) & (place - np.uint32(1)))
    scrambled = np.full(len(x), stream.integers(0, 1 << BITS, dtype=np.uint32))
    for j in range(BITS):
        scrambled ^= np.where(x & place[j], column[j], np.uint32(0))
    return (scrambled + 0.5) / 2.0**BITS


class PointStream:
    """A stream that starts with the coordinates of a point, one a number asked for.

    What is asked for beyond them (candidates after the first) comes from the person's generator.
    """

    def __init__(self, coordinates: Array, others: np.random.Generator) -> None:
        self.coordinates, self.others = coordinates, others

    def random(self, size: int) -> Array:
        """Return uniform numbers in (0, 1)."""
        u = self.others.random(size)
        known = self.coordinates[:size]
        u[: len(known)] = known
        return u

    def uniform(self, low: float, high: float) -> float:
        """Return a uniform number between two others."""
        return low + (high - low) * float(self.random(1)[0])

    def logistic(self) -> float:
        """Return log(u / (1 - u))."""
        return float(logit(self.random(1)[0]))

    def standard_normal(self, size: tuple[int, int]) -> Array:
        """Return standard normal numbers."""
        z = self.others.standard_normal(size)
        z.flat[: len(self.coordinates)] = ndtri(self.coordinates)
        return z
