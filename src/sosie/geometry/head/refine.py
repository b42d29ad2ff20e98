"""Cut each cell into eight at the middles of its edges, to see what a finer mesh would give.

Vertices stay and come first; a cell's children follow one another, so labels are repeated.
"""

import numpy as np

from sosie.typing import Array, Integers

_PAIRS = np.array([(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)])
_CORNERS = np.array([(0, 4, 5, 6), (4, 1, 7, 8), (5, 7, 2, 9), (6, 8, 9, 3)])
_MIDDLES = {  # the octahedron that is left, by the pair of opposite midpoints it is cut along
    (4, 9): np.array([(4, 9, 5, 6), (4, 9, 6, 8), (4, 9, 8, 7), (4, 9, 7, 5)]),
    (5, 8): np.array([(5, 8, 4, 7), (5, 8, 7, 9), (5, 8, 9, 6), (5, 8, 6, 4)]),
    (6, 7): np.array([(6, 7, 4, 5), (6, 7, 5, 9), (6, 7, 9, 8), (6, 7, 8, 4)]),
}


def middles(points: Array, cells: Integers, pairs: Integers = _PAIRS) -> tuple[Array, Integers]:
    """Return points and cells (m, 10) with the middles of edges, between ``pairs`` of corners."""
    ends = np.sort(cells[:, pairs], axis=-1)
    edges, number = np.unique(ends.reshape(-1, 2), axis=0, return_inverse=True)
    x = np.concatenate([points, points[edges].mean(axis=1)])
    return x, np.hstack([cells, len(points) + number.reshape(-1, 6)])


def refined(points: Array, cells: Integers) -> tuple[Array, Integers]:
    """Return points (n + n_edges, 3) and cells (8 m, 4); octahedra are cut where they are thin."""
    x, ten = middles(points, cells)
    diagonals = np.array(list(_MIDDLES))
    p, q = np.moveaxis(x[ten[:, diagonals]], 2, 0)
    shortest = np.linalg.norm(p - q, axis=-1).argmin(axis=1)
    local = np.stack([np.vstack([_CORNERS, middle]) for middle in _MIDDLES.values()])
    children = np.take_along_axis(ten[:, None, :], local[shortest], axis=2)
    corners = x[children.reshape(-1, 4)]
    turned = np.linalg.det(corners[:, 1:] - corners[:, :1]) < 0
    out = children.reshape(-1, 4)
    out[turned] = out[turned][:, [0, 1, 3, 2]]
    return x, out
