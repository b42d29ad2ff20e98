"""Intervals of shares and of weighted means, at 95 % confidence.

    share    (k + z^2/2 ± z sqrt(k (n - k) / n + z^2/4)) / (n + z^2)
    mean     m ± t s,   m = sum w x / sum w,   s^2 = n/(n-1) sum w^2 (x - m)^2 / (sum w)^2

k, n     successes, trials; z the normal quantile
t        quantile of Student's distribution with (sum w)^2 / sum w^2 - 1 degrees of freedom

Source: Wilson (1927), doi:10.1080/01621459.1927.10502953; the variance of a ratio by linearisation,
Särndal, Swensson and Wretman (1992), doi:10.1007/978-1-4612-4378-6, section 5.6. With equal weights
the mean has its usual t interval.
"""

from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy.stats import norm, t

from sosie.typing import Array

CONFIDENCE = 0.95
Z = float(norm.ppf((1 + CONFIDENCE) / 2))


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number and its interval; no bounds where they cannot be told."""

    value: float
    low: float | None
    high: float | None


def wilson(k: float, n: int) -> Estimate:
    """Return the share of ``k`` among ``n`` > 0 with Wilson's interval."""
    centre, half = centre_and_half(k, n)
    return Estimate(k / n, max(centre - half, 0.0), min(centre + half, 1.0))


def centre_and_half(k: float, n: int) -> tuple[float, float]:
    """Return the centre and half the width of Wilson's interval."""
    half = Z / (n + Z**2) * sqrt(k * (n - k) / n + Z**2 / 4)
    return (k + Z**2 / 2) / (n + Z**2), half


def weighted_mean(x: Array, w: Array) -> Estimate | None:
    """Return the mean of ``x`` under ``w``; None where nothing has weight."""
    x, w = x[w > 0], w[w > 0]
    if len(x) == 0:
        return None
    total = w.sum()
    m = float(w @ x / total)
    if len(x) == 1:
        return Estimate(m, None, None)
    s = sqrt(len(x) / (len(x) - 1) * float(w**2 @ (x - m) ** 2)) / total
    half = float(t.ppf((1 + CONFIDENCE) / 2, total**2 / (w @ w) - 1)) * s
    return Estimate(m, m - half, m + half)


def weighted_sd(x: Array, w: Array) -> float:
    """Return the standard deviation of a population in which ``x`` have the weights ``w``."""
    return float(np.sqrt(w @ (x - w @ x / w.sum()) ** 2 / w.sum()))
