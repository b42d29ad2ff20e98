"""Weights that make a sample look like a population in what is known of both.

Raking: the weights of each level of each margin are scaled to the level's share, one margin after
the other, until all hold (Deming and Stephan (1940), doi:10.1214/aoms/1177731829). With a single
margin of joint cells that is post-stratification, done after one round.

    n_eff = (sum w)^2 / sum w^2

n_eff    effective sample size: what a mean loses by unequal weights (Kish (1965), Survey Sampling)
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sosie.typing import Array, Integers

TOLERANCE = 1e-10
ROUNDS = 500
"""A margin that is not met by then contradicts another one."""


@dataclass(frozen=True, slots=True)
class Margin:
    """The level of each person, and the share of each level in the population."""

    level: Integers  # (n_people,)
    shares: Array  # (n_levels,)


@dataclass(frozen=True, slots=True)
class Raked:
    """Weights (mean 1), the rounds it took, and the largest gap to a share that remains."""

    weights: Array  # (n_people,)
    rounds: int
    gap: float


def rake(start: Array, margins: Sequence[Margin]) -> Raked:
    """Return the weights near ``start`` that meet the margins.

    Levels in which nobody has weight are left out and the shares of the others grow.
    """
    w = start / start.mean()
    wanted = [_attainable(margin, w) for margin in margins]
    rounds, gap = 0, float("inf")
    while gap > TOLERANCE and rounds < ROUNDS:
        for margin, shares in zip(margins, wanted, strict=True):
            found = _shares(margin, w)
            w = (
                w
                * np.divide(shares, found, out=np.zeros_like(found), where=found > 0)[margin.level]
            )
        gaps = [
            np.abs(_shares(margin, w) - shares).max()
            for margin, shares in zip(margins, wanted, strict=True)
        ]
        rounds, gap = rounds + 1, float(max(gaps))
    return Raked(w / w.mean(), rounds, gap)


def _shares(margin: Margin, w: Array) -> Array:
    return np.bincount(margin.level, w, len(margin.shares)) / w.sum()


def _attainable(margin: Margin, w: Array) -> Array:
    shares = np.where(_shares(margin, w) > 0, margin.shares, 0.0)
    return shares / shares.sum()


def kish(w: Array) -> float:
    """Return the effective sample size of weights."""
    return float(w.sum() ** 2 / (w @ w))
