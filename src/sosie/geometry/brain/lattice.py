"""A body-centred-cubic lattice of tetrahedra, cut along its faces into tissue and ventricles.

Vertices are the corners and the centres of cubes of side a; two neighbouring centres and each edge
of the face between their cubes make a cell, edges a (twice) and a sqrt(3)/2 (four times), dihedral
angles 60 and 90 degrees (Labelle and Shewchuk 2007, doi:10.1145/1276377.1276448). Cells are
labelled outside, tissue or ventricles; `repair` relabels a few until the tissue's boundary is a
closed surface, a disc round each of its vertices, with no vertex on both pia and ventricles.
"""

from collections.abc import Callable

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from sosie.typing import Array, Integers

OUTSIDE, TISSUE, VENTRICLES = 0, 1, 2
FACES = ((1, 2, 3), (0, 3, 2), (0, 1, 3), (0, 2, 1))
"""Corners of the face opposite each corner, turning about the outward normal."""


def bcc(low: Array, high: Array, spacing: float) -> tuple[Array, Integers]:
    """Return points (n, 3) and cells (m, 4) of positive volume that cover the box.

    Planes through the origin are planes of the lattice, so a symmetric box gives a symmetric mesh.
    """
    first = np.floor(low / spacing).astype(int) - 2
    last = np.ceil(high / spacing).astype(int) + 2
    axes = [np.arange(i, j) for i, j in zip(first, last, strict=True)]
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    centres = 2 * grid.reshape(-1, 3) + 1  # in halves of the spacing
    blocks = []
    for axis in range(3):
        d, e, f = np.roll(np.eye(3, dtype=int), -axis, axis=0)
        ring = np.array([e + f, f - e, -e - f, e - f]) + d
        here = centres[centres[:, axis] + 2 < 2 * last[axis]]
        for p, q in zip(ring, np.roll(ring, -1, axis=0), strict=True):
            corners = [here, here + 2 * d, here + p, here + q]
            blocks.append(np.stack(corners, axis=1))
    corners = np.concatenate(blocks)
    keys, cells = np.unique(corners.reshape(-1, 3), axis=0, return_inverse=True)
    points, cells = keys * (spacing / 2), cells.reshape(-1, 4)
    x = points[cells]
    wrong = np.linalg.det(x[:, 1:] - x[:, :1]) < 0
    cells[wrong] = cells[wrong][:, [0, 1, 3, 2]]
    return points, cells


def label(
    points: Array, cells: Integers, pia: Callable[[Array], Array], wall: Callable[[Array], Array]
) -> Integers:
    """Label each cell by the level sets (positive inside) averaged over centre and corners."""
    x = points[cells]
    x = np.concatenate([x, x.mean(axis=1, keepdims=True)], axis=1)
    inside, ventricles = (f(x.reshape(-1, 3)).reshape(-1, 5).mean(axis=1) for f in (pia, wall))
    return np.where(inside <= 0, OUTSIDE, np.where(ventricles > 0, VENTRICLES, TISSUE))


def neighbours(cells: Integers) -> tuple[Integers, Integers]:
    """Return pairs of cells that share a face (k, 2), and the faces' three vertices (k, 3)."""
    faces = np.sort(cells[:, FACES], axis=-1).reshape(-1, 3)
    order = np.lexsort(faces.T)
    same = (faces[order[1:]] == faces[order[:-1]]).all(axis=1)
    first, second = order[:-1][same], order[1:][same]
    return np.stack([first, second], axis=1) // 4, faces[first]


def largest(pairs: Integers, chosen: Integers) -> Integers:
    """Return where ``chosen`` cells belong to their largest set joined by faces."""
    n = len(chosen)
    a, b = pairs[chosen[pairs].all(axis=1)].T
    _, part = connected_components(coo_array((np.ones(len(a)), (a, b)), shape=(n, n)))
    return chosen & (part == np.bincount(part[chosen]).argmax())


def repair(cells: Integers, labels: Integers, *, rounds: int = 60) -> Integers:
    """Return labels whose tissue is one part with a manifold boundary.

    In the star of a vertex, cells with and without tissue must each hang together by faces: on
    the sphere round the vertex they are then two discs. What hangs apart changes sides.
    """
    labels = labels.copy()
    pairs, faces = neighbours(cells)
    corner_of, n = cells.ravel(), len(cells)
    # A node for each corner of each cell; where two cells share a face, three pairs are joined.
    left, right = (
        (
            4 * side[:, None] + np.argmax(cells[side][:, None, :] == faces[:, :, None], axis=2)
        ).ravel()
        for side in pairs.T
    )
    for attempt in range(rounds):
        old = labels.copy()
        labels[(labels == TISSUE) & ~largest(pairs, labels == TISSUE)] = OUTSIDE
        if attempt < rounds // 2:
            _thin(pairs, labels)
        side = np.repeat(labels == TISSUE, 4)
        joined = side[left] == side[right]
        graph = coo_array(
            (np.ones(joined.sum()), (left[joined], right[joined])), shape=(4 * n, 4 * n)
        )
        _, part = connected_components(graph)
        size = np.bincount(part)[part]
        best = np.zeros((2, corner_of.max() + 1), dtype=int)
        name = np.zeros((2, corner_of.max() + 1), dtype=int)
        for s in (0, 1):  # the largest part of each side at each vertex, ties to the last
            own = side == bool(s)
            np.maximum.at(best[s], corner_of[own], size[own])
            winner = own & (size == best[s][corner_of])
            name[s][corner_of[winner]] = part[winner]
        apart = (part != name[side.astype(int), corner_of]).reshape(-1, 4).any(axis=1)
        fill = apart & (labels != TISSUE)
        cut = apart & (labels == TISSUE)
        labels[fill] = TISSUE
        if not fill.any():
            labels[cut] = OUTSIDE
        touched = np.zeros((3, corner_of.max() + 1), dtype=bool)
        for value in (OUTSIDE, VENTRICLES):
            touched[value][cells[labels == value]] = True
        both = touched[OUTSIDE] & touched[VENTRICLES]
        labels[(labels == VENTRICLES) & both[cells].any(axis=1)] = TISSUE
        if (labels == old).all():
            return labels
    raise AssertionError(f"the lattice has no manifold boundary after {rounds} rounds")


def _thin(pairs: Integers, labels: Integers) -> None:
    """Give cells with two or more faces on the boundary to the other side, ventricles last."""
    for _ in range(20):
        a, b = pairs.T
        across = (labels[a] == TISSUE) != (labels[b] == TISSUE)
        count = np.bincount(pairs[across].ravel(), minlength=len(labels))
        flat = (labels == TISSUE) & (count >= 3)
        nick = (labels != TISSUE) & (count >= 3)
        if not flat.any() and not nick.any():
            return
        other = np.zeros(len(labels), dtype=bool)  # beside the ventricles
        other[a[across & (labels[b] == VENTRICLES)]] = True
        other[b[across & (labels[a] == VENTRICLES)]] = True
        labels[nick] = TISSUE
        labels[flat & ~nick] = np.where(other, VENTRICLES, OUTSIDE)[flat & ~nick]


def boundary(cells: Integers, labels: Integers) -> tuple[Integers, Integers]:
    """Return facets (k, 3) outward from the tissue, and the label of what lies beyond (k,)."""
    pairs, _ = neighbours(cells)
    pairs = np.concatenate([pairs, pairs[:, ::-1]])
    across = (labels[pairs[:, 0]] == TISSUE) & (labels[pairs[:, 1]] != TISSUE)
    inside, beyond = pairs[across].T
    own = cells[inside]
    shared = (own[:, :, None] == cells[beyond][:, None, :]).any(axis=2)
    opposite = np.argmin(shared, axis=1)
    facets = np.take_along_axis(own, np.array(FACES)[opposite], axis=1)
    return facets, labels[beyond]
