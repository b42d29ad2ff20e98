r"""Tetrahedra and triangles of first and second order as arrays, and where a place is in them.

    x(xi) = sum_a N_a(xi) X_a,    grad u = (dx/dxi)^-T sum_a dN_a/dxi u_a

N_a      shape functions, linear or quadratic: of vertices, then of the middles of edges
xi       local coordinates, the weights of all vertices but the first, whose weight is the rest
X_a      nodes [m]: second-order cells may be curved, unknowns are of the order of the geometry

Edges come in the order of `sosie.geometry.template.EDGES`, those of a triangle likewise.
"""

import numpy as np
from scipy.spatial import cKDTree

from sosie.geometry.template import EDGES
from sosie.typing import Array, Integers

NEAREST = 40
"""Cells, by their centroids, that are tried for a place."""
CURVED = 8
"""Of these, the best by straight edges, whose curved edges are looked at."""
NEWTON = 6
"""Steps to find xi in a curved cell."""
_EDGES = {2: np.array(((1, 2), (0, 2), (0, 1))), 3: np.array(EDGES)}


def weights(xi: Array) -> Array:
    """Return the vertices' weights at local coordinates (..., d), shape (..., d + 1)."""
    return np.concatenate([1 - xi.sum(axis=-1, keepdims=True), xi], axis=-1)


def corners(nodes: int) -> Array:
    """Return the local coordinates of the nodes of a tetrahedron, shape (nodes, 3)."""
    vertex = np.vstack([np.zeros(3), np.eye(3)])
    return vertex if nodes == 4 else np.vstack([vertex, vertex[_EDGES[3]].mean(axis=1)])


def values(xi: Array, nodes: int) -> Array:
    """Return N at local coordinates (..., d), shape (..., nodes)."""
    w, d = weights(xi), xi.shape[-1]
    if nodes == d + 1:
        return w
    a, b = _EDGES[d].T
    return np.concatenate([w * (2 * w - 1), 4 * w[..., a] * w[..., b]], axis=-1)


def slopes(xi: Array, nodes: int) -> Array:
    """Return dN/dxi at local coordinates (..., d), shape (..., nodes, d)."""
    d = xi.shape[-1]
    vertex = np.vstack([-np.ones(d), np.eye(d)])
    if nodes == d + 1:
        return np.broadcast_to(vertex, (*xi.shape[:-1], *vertex.shape))
    w = weights(xi)[..., None]
    a, b = _EDGES[d].T
    edge = w[..., a, :] * vertex[b] + w[..., b, :] * vertex[a]
    return np.concatenate([(4 * w - 1) * vertex, 4 * edge], axis=-2)


def gradients(x: Array, xi: Array) -> tuple[Array, Array]:
    """Return grad N [1/m] (n, nodes, 3) and det dx/dxi [m^3] (n,) at xi (n, 3) or (3,).

    ``x`` are the nodes of the cells, shape (n, nodes, 3) [m].
    """
    dN = slopes(xi, x.shape[-2])
    J = np.swapaxes(x, -1, -2) @ dN
    return dN @ np.linalg.inv(J), np.linalg.det(J)


def boundary(cells: Integers) -> Integers:
    """Return the facets of one cell only, shape (n, 3) or (n, 6) in the order of nodes above."""
    midpoint = {frozenset(edge): 4 + k for k, edge in enumerate(EDGES)}
    columns = []
    for i, j, k in ((1, 2, 3), (0, 2, 3), (0, 1, 3), (0, 1, 2)):
        middles = [midpoint[frozenset(edge)] for edge in ((j, k), (i, k), (i, j))]
        columns.append((i, j, k, *middles)[: 3 if cells.shape[1] == 4 else 6])
    facets = cells[:, columns].reshape(-1, len(columns[0]))
    a, b, c = np.sort(facets[:, :3], axis=1).T
    n = int(cells.max()) + 1
    low, which, count = np.unique(n * a + b, return_inverse=True, return_counts=True)
    _, first, count = np.unique(n * which + c, return_index=True, return_counts=True)
    return facets[np.sort(first[count == 1])]


def locate(points: Array, cells: Integers, places: Array) -> tuple[Integers, Array]:
    """Return the cell that holds each place (n, 3) [m], and xi there, shape (n, 3).

    A place outside all cells gets the one it is least far outside of, by its smallest weight.
    """
    centres = points[cells[:, :4]].mean(axis=1)
    _, near = cKDTree(centres).query(places, k=min(NEAREST, len(cells)))
    near = near.reshape(len(places), -1)
    x, nodes = points[cells[near]], cells.shape[1]
    xi = _solve(np.swapaxes(x[..., 1:4, :] - x[..., :1, :], -1, -2), places[:, None] - x[..., 0, :])
    keep = np.argsort(-weights(xi).min(axis=-1), axis=1)[:, :CURVED]
    rows = np.arange(len(places))[:, None]
    xi, x, near = xi[rows, keep], x[rows, keep], near[rows, keep]
    for _ in range(NEWTON if nodes > 4 else 0):
        off = places[:, None] - np.einsum("pka,pkai->pki", values(xi, nodes), x)
        xi = xi + _solve(np.swapaxes(x, -1, -2) @ slopes(xi, nodes), off)
    best = weights(xi).min(axis=-1).argmax(axis=1)
    return near[rows[:, 0], best], xi[rows[:, 0], best]


def project(points: Array, facets: Integers, places: Array) -> tuple[Integers, Array, Array]:
    """Return the facet nearest each place (n, 3) [m], xi (n, 2) and the point (n, 3) [m] there."""
    centres = points[facets[:, :3]].mean(axis=1)
    _, near = cKDTree(centres).query(places, k=min(NEAREST, len(facets)))
    near = near.reshape(len(places), -1)
    x, nodes = points[facets[near]], facets.shape[1]
    xi = np.full((*near.shape, 2), 1 / 3)
    for _ in range(NEWTON if nodes > 3 else 1):
        off = places[:, None] - np.einsum("pka,pkai->pki", values(xi, nodes), x)
        J = np.swapaxes(x, -1, -2) @ slopes(xi, nodes)
        normal = np.swapaxes(J, -1, -2) @ J
        xi = xi + _solve(normal, np.einsum("pkij,pki->pkj", J, off))
        inside = np.maximum(weights(xi), 0.0)
        xi = (inside / inside.sum(axis=-1, keepdims=True))[..., 1:]
    found = np.einsum("pka,pkai->pki", values(xi, nodes), x)
    best = np.linalg.norm(found - places[:, None], axis=-1).argmin(axis=1)
    rows = np.arange(len(places))
    return near[rows, best], xi[rows, best], found[rows, best]


def _solve(A: Array, b: Array) -> Array:
    return np.linalg.solve(A, b[..., None])[..., 0]
