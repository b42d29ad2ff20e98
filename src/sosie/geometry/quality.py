"""Check that every cell is the right way round, and how well shaped it is.

det J of the second-order map at quadrature points of degree 2 and at the vertices must be
positive, and so must that of the straight cell. Shape: mean ratio
q = 3 (det S^T S)^(1/3) / tr(S^T S) of the straight tetrahedron, with S its map from the regular
one; 1 is regular, 0 flat (Liu and Joe 1994, doi:10.1007/BF01955874).
"""

from dataclasses import dataclass

import numpy as np

from sosie.errors import RejectedError
from sosie.geometry.template import EDGES, Template
from sosie.typing import Array

_REGULAR = np.linalg.inv(
    np.array([[1, 0.5, 0.5], [0, np.sqrt(3) / 2, np.sqrt(3) / 6], [0, 0, np.sqrt(2 / 3)]])
)
_G, _H = 0.1381966011250105, 0.5854101966249685  # (5 -+ sqrt 5) / 20: degree 2 on the tetrahedron
_CHECKED = np.vstack([np.full((4, 3), _G) + (_H - _G) * np.eye(4)[:, 1:], np.eye(4)[:, 1:]])


@dataclass(frozen=True)
class Quality:
    """What the checks found."""

    det_min: float  # smallest det J over the mean det J of its mesh
    ratio_min: float
    ratio_p01: float
    ratio_median: float


def gradients(reference: Array) -> Array:
    """Return gradients of the ten P2 shape functions, shape (q, 10, 3), at reference points."""
    bary = np.column_stack([1 - reference.sum(axis=1), reference])
    d_bary = np.vstack([-np.ones(3), np.eye(3)])
    vertex = (4 * bary - 1)[..., None] * d_bary
    edge = [4 * (bary[:, i, None] * d_bary[j] + bary[:, j, None] * d_bary[i]) for i, j in EDGES]
    return np.concatenate([vertex, np.stack(edge, axis=1)], axis=1)


_GRADIENTS = gradients(_CHECKED)


def check(template: Template, points: Array) -> Quality:
    """Return the quality of a mesh; raise RejectedError where a cell is inverted."""
    nodes = points[template.cells]
    jacobian = np.einsum("qak,naj->nqkj", _GRADIENTS, nodes)
    det = np.linalg.det(jacobian)
    relative = det.min() / np.abs(det).mean()
    shape = (nodes[:, 1:4] - nodes[:, :1]).transpose(0, 2, 1) @ _REGULAR
    straight = np.linalg.det(shape)
    inverted = int(((det <= 0).any(axis=1) | (straight <= 0)).sum())
    if inverted or not np.isfinite(relative):
        raise RejectedError(
            f"geometry: {inverted} of {len(nodes)} cells are inverted"
            f" (smallest det J {relative:.2g} of the mean)"
        )
    metric = np.einsum("nij,nij->n", shape, shape)
    ratio = 3 * straight ** (2 / 3) / metric
    p01, median = np.quantile(ratio, [0.01, 0.5])
    return Quality(float(relative), float(ratio.min()), float(p01), float(median))
