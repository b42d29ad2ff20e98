r"""Move vertices so that cells are well shaped and boundary vertices lie on their surface.

    E = sum over cells of f^3 + w sum over boundary vertices of ((x - t) . n / a)^2
    f = tr(S^T S) / (3 h^(2/3)),   h = (det S + sqrt(det S^2 + 4 delta^2)) / 2

S      map from the regular tetrahedron to the cell, f = 1 where the cell is regular
t, n   foot of the vertex on its level set and the normal there, found anew each round
a      spacing of the lattice

h keeps E finite through inverted cells, so that the minimiser also untangles
(Escobar et al. 2003, doi:10.1016/S0045-7825(03)00299-8).
"""

from collections.abc import Callable

import numpy as np
from scipy.optimize import minimize

from sosie.typing import Array, Integers

POWER = 3
"""Exponent of f: the worst cells count most."""
DELTA = 1e-2
"""delta in h, of the regular cell's det S = 1."""
ON_SURFACE = 100.0
"""w: what a boundary vertex pays for being one lattice spacing off its surface."""
_REGULAR = np.linalg.inv(
    np.array([[1, 0.5, 0.5], [0, np.sqrt(3) / 2, np.sqrt(3) / 6], [0, 0, np.sqrt(2 / 3)]])
)


def distortion(points: Array, cells: Integers, spacing: float) -> tuple[float, Array]:
    """Return the sum of f^POWER and its gradient, shape (n, 3)."""
    x = points[cells] / spacing
    S = (x[:, 1:] - x[:, :1]).transpose(0, 2, 1) @ _REGULAR
    a, b, c = np.moveaxis(S, 2, 0)
    cofactor = np.stack([np.cross(b, c), np.cross(c, a), np.cross(a, b)], axis=2)
    det = np.einsum("ij,ij->i", a, cofactor[:, :, 0])
    root = np.sqrt(det**2 + 4 * DELTA**2)
    h = (det + root) / 2
    f = np.einsum("nij,nij->n", S, S) / (3 * h ** (2 / 3))
    slope = POWER * f ** (POWER - 1)
    force = (slope * 2 / (3 * h ** (2 / 3)))[:, None, None] * S
    force -= (slope * (2 / 3) * f / root)[:, None, None] * cofactor
    dx = force @ _REGULAR.T / spacing
    gradient = np.empty_like(points)
    for k in range(3):
        corner = np.column_stack([-dx[:, k].sum(axis=1), dx[:, k]])
        gradient[:, k] = np.bincount(cells.ravel(), corner.ravel(), minlength=len(points))
    return float((f**POWER).sum()), gradient


def onto_surfaces(
    points: Array,
    cells: Integers,
    surfaces: list[tuple[Integers, Callable[[Array], Array], Callable[[Array], Array]]],
    *,
    spacing: float,
    rounds: int = 6,
) -> Array:
    """Return relaxed points; a surface is its vertices, its level set and that one's gradient."""
    points = points.copy()
    for _ in range(rounds):
        feet = []
        for vertices, level, gradient in surfaces:
            x = points[vertices]
            g = gradient(x)
            square = np.maximum(np.einsum("ij,ij->i", g, g), 0.25)
            step = np.clip(level(x) / square, -spacing / 2, spacing / 2)
            normal = g / np.linalg.norm(g, axis=1, keepdims=True).clip(0.1)
            feet.append((vertices, x - step[:, None] * g, normal))
        points = _minimise(points, cells, feet, np.arange(len(points)), spacing)
    return points


def inside(points: Array, cells: Integers, free: Integers, *, spacing: float) -> Array:
    """Return points where only the ``free`` vertices have moved, for better shapes."""
    return _minimise(points, cells, [], free, spacing)


def _minimise(
    points: Array,
    cells: Integers,
    feet: list[tuple[Integers, Array, Array]],
    free: Integers,
    spacing: float,
) -> Array:
    def energy(values: Array) -> tuple[float, Array]:
        x = points.copy()
        x[free] = values.reshape(-1, 3) * spacing
        total, gradient = distortion(x, cells, spacing)
        for vertices, foot, normal in feet:
            off = np.einsum("ij,ij->i", x[vertices] - foot, normal) / spacing
            total += ON_SURFACE * float(off @ off)
            gradient[vertices] += (2 * ON_SURFACE / spacing) * off[:, None] * normal
        return total, gradient[free].ravel() * spacing

    start = points[free].ravel() / spacing
    found = minimize(energy, start, jac=True, method="L-BFGS-B", options={"maxiter": 25})
    out = points.copy()
    out[free] = found.x.reshape(-1, 3) * spacing
    return out
