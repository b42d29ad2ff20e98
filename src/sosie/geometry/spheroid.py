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


def surfaces(coefficients: Array, s: Array, theta: Array) -> tuple[Array, Array, Array]:
    """Return harmonics times coefficients (m, n), and their slopes along s and theta, (m, ...)."""
    order = np.minimum([0] + [j for j in range(1, HARMONICS + 1) for _ in (0, 1)], 2)
    C = coefficients.reshape(-1, DEGREE + 1)
    slope = 2 * np.polynomial.chebyshev.chebder(C, axis=1)  # of functions of 2 s - 1
    T = np.polynomial.chebyshev.chebvander(2 * s.ravel() - 1, DEGREE).T
    shape = (len(coefficients), len(order), *s.shape)
    along, steep = (C @ T).reshape(shape), (slope @ T[:-1]).reshape(shape)
    power = [np.ones_like(s), s, s * s]
    rise = [0.0, 1.0, 2 * s]
    out = np.zeros((3, len(coefficients), *s.shape))
    for j, (F, turning) in enumerate(zip(*waves(theta), strict=True)):
        p = power[order[j]]
        out[0] += F * p * along[:, j]
        out[1] += F * (p * steep[:, j] + rise[order[j]] * along[:, j])
        out[2] += turning * p * along[:, j]
    return out[0], out[1], out[2]


def waves(theta: Array) -> tuple[list[Array], list[Array]]:
    """Return the columns of `fourier` and their slopes."""
    c, s = np.cos(theta), np.sin(theta)
    columns, slopes = [np.ones_like(c)], [np.zeros_like(c)]
    cosine, sine = c, s
    for j in range(1, HARMONICS + 1):
        columns += [cosine, sine]
        slopes += [-j * sine, j * cosine]
        cosine, sine = cosine * c - sine * s, sine * c + cosine * s  # addition theorem
    return columns, slopes


def tangents(
    lam: tuple[Array, Array, Array], mu: tuple[Array, Array, Array], theta: Array
) -> tuple[Array, Array]:
    """Return dx/ds and dx/dtheta for a = 1, components first, shape (3, ...).

    ``lam`` and ``mu`` are values, and slopes along s and theta.
    """
    (lam, lam_s, lam_t), (mu, mu_s, mu_t) = lam, mu
    up = np.exp(lam)
    cosh, sinh = (up + 1 / up) / 2, (up - 1 / up) / 2
    cos, sin = np.cos(mu), np.sin(mu)
    c, s = np.cos(theta), np.sin(theta)
    by_lam, by_mu = cosh * sin, sinh * cos  # slopes of the radius; of x the other way round
    outwards = by_lam * lam_s + by_mu * mu_s
    turned = by_lam * lam_t + by_mu * mu_t
    along = np.stack([by_mu * lam_s - by_lam * mu_s, outwards * c, outwards * s])
    radius = sinh * sin
    around = np.stack(
        [by_mu * lam_t - by_lam * mu_t, turned * c - radius * s, turned * s + radius * c]
    )
    return along, around
