"""Volumes and dihedral angles of straight tetrahedra.

With a_i the area vector of the face opposite corner i, outward, the dihedral angle between faces
i and j has the cosine -a_i . a_j / (|a_i| |a_j|).
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from sosie.typing import Array, Integers


@dataclass(frozen=True)
class Shape:
    """What the cells of a mesh are like."""

    volume: float  # of all cells [m^3]
    det_min: float  # smallest det J over the mean
    dihedral_min: float  # [degrees]
    dihedral_max: float  # [degrees]


def volumes(points: Array, cells: Integers) -> Array:
    """Return the volumes [m^3] of cells, shape (m,)."""
    x = points[cells]
    return np.linalg.det(x[:, 1:] - x[:, :1]) / 6


def check(points: Array, cells: Integers) -> Shape:
    """Return the shape of a mesh; components apart, so that arrays are walked in order."""
    x = np.ascontiguousarray(points.T)[:, cells.T]  # (3, 4, m)
    a, b, c = x[:, 1] - x[:, 0], x[:, 2] - x[:, 0], x[:, 3] - x[:, 0]
    faces = [_cross(b, c), _cross(c, a), _cross(a, b)]
    det = _dot(a, faces[0])
    faces.append(-(faces[0] + faces[1] + faces[2]))
    inverse = [1 / np.sqrt(_dot(face, face)) for face in faces]
    cosines = [
        _dot(faces[i], faces[j]) * inverse[i] * inverse[j] for i, j in combinations(range(4), 2)
    ]
    low, high = (float(value) for value in (min(map(np.min, cosines)), max(map(np.max, cosines))))
    return Shape(
        volume=float(det.sum()) / 6,
        det_min=float(det.min() / np.abs(det).mean()),
        dihedral_min=float(np.degrees(np.arccos(-low))),
        dihedral_max=float(np.degrees(np.arccos(-high))),
    )


def _cross(p: Array, q: Array) -> Array:
    return np.stack(
        [p[1] * q[2] - p[2] * q[1], p[2] * q[0] - p[0] * q[2], p[0] * q[1] - p[1] * q[0]]
    )


def _dot(p: Array, q: Array) -> Array:
    return p[0] * q[0] + p[1] * q[1] + p[2] * q[2]


def enclosed(points: Array, facets: Integers) -> float:
    """Return the volume [m^3] that a closed surface holds, by the divergence theorem."""
    a, b, c = (np.ascontiguousarray(points.T)[:, corner] for corner in facets.T)
    return float(_dot(a, _cross(b, c)).sum()) / 6
