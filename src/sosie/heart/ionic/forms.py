"""Forms that ionic models share; for numbers, arrays and symbols alike."""

from numpy import abs as absolute
from numpy import exp, where

from sosie.heart.ionic.model import Value

SMALL = 0.1
"""Below it the series of x / (exp(x) - 1) to x^8 is exact to 1e-18, and exp(x) - 1 cancels."""


def sigmoid(v: Value, half: float, slope: float) -> Value:
    """Return 1 / (1 + exp((half - v) / slope)): rises through 1/2 at ``half`` if slope > 0."""
    return 1 / (1 + exp((half - v) / slope))


def bernoulli(x: Value) -> Value:
    """Return x / (exp(x) - 1), which is 1 at x = 0; its series has the Bernoulli numbers."""
    small = absolute(x) < SMALL
    away = where(small, 1.0, x)
    y = x * x
    series = 1 - x / 2 + y * (1 / 12 - y * (1 / 720 - y * (1 / 30240 - y / 1209600)))
    return where(small, series, away / (exp(away) - 1))
