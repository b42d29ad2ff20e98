"""A ball in concentric shells as tetrahedra of second order, curved where it must be.

The core is an icosahedron, each of whose twenty tetrahedra is cut into m^3 (those of Kuhn's cut of
a lattice of cubes that lie in one corner of it); layer j of the vertices goes to the j-th radius.
Its surface is extruded through the shells, three tetrahedra a prism by the lowest-vertex rule.
Middles of edges lie on the sphere between their ends from the core's surface outward; within it
edges are straight, for curved cells are less accurate: ten times at the centre.
"""

from itertools import combinations, permutations

import numpy as np

from sosie.geometry.template import EDGES
from sosie.typing import Array, Integers


def ball(m: int, radii: Array) -> tuple[Array, Integers, Integers]:
    """Return nodes (n, 3) [m], cells (k, 10) and the shell of each cell (k,), 0 for the core.

    The core's ``m`` layers are equally thick up to the first of the ``radii`` [m].
    """
    towards, layer, cells = core(m)
    radius = radii[0] * layer / m
    shell = np.zeros(len(cells), dtype=np.int64)
    a, b, c = np.sort(_surface(layer, cells), axis=1).T
    skin = np.flatnonzero(layer == m)
    straight = len(layer)
    below = np.arange(straight)
    for k, r in enumerate(radii[1:], start=1):
        above = np.zeros(straight, dtype=np.int64)
        above[skin] = len(radius) + np.arange(len(skin))
        towards = np.vstack([towards, towards[skin]])
        radius = np.append(radius, np.full(len(skin), r))
        prisms = (
            (below[a], below[b], below[c], above[c]),
            (below[a], below[b], above[b], above[c]),
            (below[a], above[a], above[b], above[c]),
        )
        cells = np.vstack([cells, *(np.column_stack(four) for four in prisms)])
        shell = np.append(shell, np.full(3 * len(a), k))
        below = above
    p = (radius[:, None] * towards)[cells]
    wrong = np.linalg.det(p[:, 1:] - p[:, :1]) < 0
    cells[wrong] = cells[wrong][:, [0, 1, 3, 2]]
    return *second_order(towards, radius, cells, curved=radius >= radii[0]), shell


def icosphere(m: int) -> tuple[Array, Integers]:
    """Return points (n, 3) of the unit sphere, and triangles (20 m^2, 3) that face outwards."""
    towards, layer, cells = core(m)
    skin = np.flatnonzero(layer == m)
    triangles = np.searchsorted(skin, _surface(layer, cells))
    points = towards[skin]
    inwards = np.linalg.det(points[triangles]) < 0
    triangles[inwards] = triangles[inwards][:, [1, 0, 2]]
    return points, triangles


def _surface(layer: Integers, cells: Integers) -> Integers:
    """Return the core's outermost triangles (n, 3)."""
    outer = layer[cells] == layer.max()
    three = outer.sum(axis=1) == 3
    return cells[three][outer[three]].reshape(-1, 3)


def core(m: int) -> tuple[Array, Integers, Integers]:
    """Return unit directions (n, 3) of a ball's vertices, their layers (n,) and cells (k, 4)."""
    corners, faces = icosahedron()
    grid, within = lattice(m)
    x, y, z = grid.T
    towards = np.concatenate([np.column_stack([x - y, y - z, z]) @ corners[f] for f in faces])
    _, first, which = np.unique(
        np.round(1e6 * towards).astype(np.int64), axis=0, return_index=True, return_inverse=True
    )
    cells = which[(within + len(grid) * np.arange(len(faces))[:, None, None]).reshape(-1, 4)]
    towards, layer = towards[first], np.tile(x, len(faces))[first]
    length = np.linalg.norm(towards, axis=1, keepdims=True)
    return towards / np.where(length > 0, length, 1.0), layer, cells


def icosahedron() -> tuple[Array, Integers]:
    """Return vertices (12, 3) of an icosahedron, and its faces (20, 3)."""
    golden = (1 + 5**0.5) / 2
    corners = [(0, a, b * golden) for a in (-1, 1) for b in (-1, 1)]
    points = np.array([np.roll(c, k) for k in range(3) for c in corners], dtype=float)
    apart = np.linalg.norm(points[:, None] - points, axis=-1)
    faces = [f for f in combinations(range(12), 3) if apart[np.ix_(f, f)].max() < 2.1]
    return points, np.array(faces)


def lattice(m: int) -> tuple[Integers, Integers]:
    """Return the points m >= x >= y >= z >= 0 of a lattice (n, 3), and its m^3 cells (m^3, 4)."""
    axis = np.arange(m + 1)
    grid = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1).reshape(-1, 3)
    grid = grid[(grid[:, 0] >= grid[:, 1]) & (grid[:, 1] >= grid[:, 2])]
    number = np.full((m + 2,) * 3, -1)
    number[tuple(grid.T)] = np.arange(len(grid))
    cells = []
    for order in permutations(np.eye(3, dtype=int)):
        path = np.vstack([np.zeros(3, dtype=int), np.cumsum(order, axis=0)])
        four = number[tuple(np.moveaxis(grid[:, None] + path, -1, 0))]
        cells.append(four[(four >= 0).all(axis=1)])
    return grid, np.concatenate(cells)


def second_order(
    towards: Array, radius: Array, cells: Integers, *, curved: Array
) -> tuple[Array, Integers]:
    """Return nodes (n, 3) with the middles of edges after the vertices, and cells (k, 10)."""
    pairs = np.sort(cells[:, EDGES].reshape(-1, 2), axis=1)
    edges, which = np.unique(pairs, axis=0, return_inverse=True)
    points = radius[:, None] * towards
    middle = points[edges].mean(axis=1)
    arch = radius[edges].mean(axis=1) / np.maximum(np.linalg.norm(middle, axis=1), 1e-12)
    middle *= np.where(curved[edges].all(axis=1), arch, 1.0)[:, None]
    return np.vstack([points, middle]), np.hstack([cells, len(points) + which.reshape(-1, 6)])
