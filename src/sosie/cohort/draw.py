"""Random numbers that belong to one person and one quantity, and the draws made of them.

Every stream is keyed by (seed, person, quantity): a draw knows nothing of the order of people,
of the batch, of the size of the cohort, or of the other quantities drawn.
"""

import hashlib
from collections.abc import Mapping
from statistics import NormalDist
from typing import NamedTuple, Protocol

import numpy as np

CANDIDATES = 32
"""Draws made at once, of which the first admissible one is kept: a fixed cost, no loop."""


class Stream(Protocol):
    """The numbers that one quantity of one person is drawn with: a numpy generator, or a point."""

    def random(self, size: int) -> np.ndarray:
        """Return uniform numbers in (0, 1)."""

    def uniform(self, low: float, high: float) -> float:
        """Return a uniform number between two others."""

    def logistic(self) -> float:
        """Return the logit of a uniform number."""

    def standard_normal(self, size: tuple[int, int]) -> np.ndarray:
        """Return standard normal numbers."""


def generator(seed: int, person: str, quantity: str) -> np.random.Generator:
    """Return the stream of one quantity of one person (a Philox counter with a hashed key)."""
    key = hashlib.sha256(f"{seed}\n{person}\n{quantity}".encode()).digest()[:16]
    return np.random.Generator(np.random.Philox(key=int.from_bytes(key, "little")))


class Gaussian(NamedTuple):
    """Mean (k,) and covariance (k, k) of jointly Gaussian values."""

    mean: np.ndarray
    covariance: np.ndarray


def condition(joint: Gaussian, known: Mapping[int, float]) -> Gaussian:
    """Return the distribution of the other values, in their order, given the known ones.

    mean_u + C_uk C_kk^-1 (x_k - mean_k)  and  C_uu - C_uk C_kk^-1 C_ku
    """
    k = sorted(known)
    u = [i for i in range(len(joint.mean)) if i not in known]
    C = joint.covariance
    gain = np.linalg.solve(C[np.ix_(k, k)], C[np.ix_(k, u)]).T
    x = np.array([known[i] for i in k])
    return Gaussian(
        joint.mean[u] + gain @ (x - joint.mean[k]), C[np.ix_(u, u)] - gain @ C[np.ix_(k, u)]
    )


def draw(joint: Gaussian, stream: Stream) -> np.ndarray:
    """Return the candidates, shape (CANDIDATES, k)."""
    z = stream.standard_normal((CANDIDATES, len(joint.mean)))
    return joint.mean + z @ np.linalg.cholesky(joint.covariance).T


def first_inside(candidates: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Return the first candidate within the bounds, or the first one moved to them."""
    inside = ((candidates >= low) & (candidates <= high)).all(axis=1)
    return np.clip(candidates[inside.argmax()], low, high)


def truncated_normal(stream: Stream, mean: float, sd: float, *, low: float, high: float) -> float:
    """Return one draw of a normal distribution cut off at the bounds."""
    normal = NormalDist(mean, sd)
    return normal.inv_cdf(stream.uniform(normal.cdf(low), normal.cdf(high)))
