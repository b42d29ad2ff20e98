r"""Find points in a tetrahedral mesh, and how to interpolate vertex values to them.

    u(p) = sum_a w_a u_a,    sum_a w_a = 1,    sum_a w_a x_a = p

A point's cell is the one of the NEAREST whose smallest weight w is largest. On the chord side of a
curved boundary a weight is a little negative: it is cut to 0, which moves the point onto the mesh.
"""

import numpy as np
from scipy.sparse import csr_array
from scipy.spatial import cKDTree

from sosie.typing import Array, Integers

NEAREST = 40
"""Cells, by their centroids, that are tried."""


def interpolation(vertices: Array, cells: Integers, points: Array) -> csr_array:
    """Return the matrix (n_points, n_vertices) that interpolates to ``points`` (n_points, 3)."""
    corners = vertices[cells]
    tree = cKDTree(corners.mean(axis=1))
    _, near = tree.query(points, k=min(NEAREST, len(cells)))
    edges = (corners[:, 1:] - corners[:, :1]).transpose(0, 2, 1)
    used, which = np.unique(near, return_inverse=True)
    inverse = np.linalg.inv(edges[used])[which.reshape(near.shape)]
    inner = np.einsum("pkij,pkj->pki", inverse, points[:, None] - corners[near, 0])
    weights = np.concatenate([1 - inner.sum(axis=-1, keepdims=True), inner], axis=-1)
    best = weights.min(axis=-1).argmax(axis=1)
    rows = np.arange(len(points))
    weights = np.maximum(weights[rows, best], 0.0)
    weights /= weights.sum(axis=1, keepdims=True)
    columns = cells[near[rows, best]]
    shape = (len(points), len(vertices))
    return csr_array((weights.ravel(), (np.repeat(rows, 4), columns.ravel())), shape=shape)
