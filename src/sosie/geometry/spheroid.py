r"""Prolate spheroidal coordinates and the surface harmonics that describe a ventricular wall.

    x = a cosh(lambda) cos(mu)
    y = a sinh(lambda) sin(mu) cos(theta)
    z = a sinh(lambda) sin(mu) sin(theta)

x        long axis, from base to apex; y towards the septum; z inferior
a        focal length [m]
lambda   grows from the cavity outwards; mu  0 at the apex, mu_base(theta) at the base

A surface is lambda(s, theta) with s = mu / mu_base in [0, 1]: Chebyshev polynomials in s times
Fourier harmonics in theta, the j-th harmonic times s^min(j, 2) so that the apex is regular.
"""

import numpy as np

from sosie.typing import Array

DEGREE = 7
"""Chebyshev degree along the long axis."""
HARMONICS = 3
"""Fourier harmonics around it."""


def cartesian(a: float, lam: Array, mu: Array, theta: Array) -> Array:
    """Return points, shape (..., 3), in the unit of ``a``."""
    radius = a * np.sinh(lam) * np.sin(mu)
    return np.stack(
        [a * np.cosh(lam) * np.cos(mu), radius * np.cos(theta), radius * np.sin(theta)], axis=-1
    )


def prolate(a: float, points: Array) -> tuple[Array, Array, Array]:
    """Return (lambda, mu, theta) of points of shape (..., 3): the inverse of `cartesian`."""
    x, radius = points[..., 0], np.hypot(points[..., 1], points[..., 2])
    far, near = np.hypot(x + a, radius), np.hypot(x - a, radius)
    lam = np.arccosh(np.maximum((far + near) / (2 * a), 1.0))
    mu = np.arccos(np.clip((far - near) / (2 * a), -1.0, 1.0))
    return lam, mu, np.arctan2(points[..., 2], points[..., 1])


def fourier(theta: Array) -> Array:
    """Return 1, cos j theta, sin j theta, shape (..., 2 HARMONICS + 1)."""
    waves = [f(j * theta) for j in range(1, HARMONICS + 1) for f in (np.cos, np.sin)]
    return np.stack([np.ones_like(theta), *waves], axis=-1)


def harmonics(s: Array, theta: Array) -> Array:
    """Return the surface harmonics at (s, theta), shape (..., (2 HARMONICS + 1) (DEGREE + 1))."""
    order = np.array([0] + [j for j in range(1, HARMONICS + 1) for _ in (0, 1)])
    around = fourier(theta) * s[..., None] ** np.minimum(order, 2)
    along = np.polynomial.chebyshev.chebvander(2 * s - 1, DEGREE)
    return (around[..., :, None] * along[..., None, :]).reshape(*s.shape, -1)
