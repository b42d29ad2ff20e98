"""Smallest dihedral angle of each straight tetrahedron (`brain.quality` has that of a mesh).

It is negative where the cell is inverted, since the mirror image of a good cell is not good.
"""

from itertools import combinations

import numpy as np

from sosie.typing import Array, Integers


def dihedral(points: Array, cells: Integers) -> Array:
    """Return the smallest dihedral angle [degrees] of each cell, shape (m,)."""
    x = points[cells]
    a, b, c = x[:, 1] - x[:, 0], x[:, 2] - x[:, 0], x[:, 3] - x[:, 0]
    faces = [np.cross(b, c), np.cross(c, a), np.cross(a, b)]
    faces.append(-(faces[0] + faces[1] + faces[2]))
    normals = [face / np.linalg.norm(face, axis=1, keepdims=True) for face in faces]
    cosines = [-(normals[i] * normals[j]).sum(axis=1) for i, j in combinations(range(4), 2)]
    angle = np.degrees(np.arccos(np.max(np.clip(cosines, -1, 1), axis=0)))
    return np.where(np.einsum("ij,ij->i", a, faces[0]) > 0, angle, -angle)
