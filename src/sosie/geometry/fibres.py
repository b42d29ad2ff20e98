"""Rule-based fibres: a helix angle that turns linearly through the wall.

    f = cos(alpha) e_c + sin(alpha) e_l,   alpha(t) = (1 - t) alpha_endo + t alpha_epi

e_c points along increasing theta, e_n across the wall (out), e_l = e_n x e_c towards the apex.
Streeter et al. (1969), doi:10.1161/01.RES.24.3.339, found the turn; the angles are parameters.
"""

import numpy as np

from sosie.geometry.ventricle import Ventricle
from sosie.typing import Array

APEX = 1e-4
"""s below which directions are those at it: the apex has none."""


def fibres(
    ventricle: Ventricle, coordinates: Array, *, endocardium: float, epicardium: float
) -> Array:
    """Return unit fibre directions, shape (..., 3), at (t, s, theta); angles in [rad]."""
    inside = coordinates.copy()
    inside[..., 1] = np.maximum(inside[..., 1], APEX)
    along, around = ventricle.tangents(inside)
    e_c = around / _length(around)
    e_l = _across(_across(along, e_c), e_c)  # e_n x e_c, as long as along is across e_c
    e_l /= _length(e_l)
    alpha = endocardium + (epicardium - endocardium) * coordinates[..., 0]
    return np.ascontiguousarray(np.moveaxis(np.cos(alpha) * e_c + np.sin(alpha) * e_l, 0, -1))


def _length(v: Array) -> Array:
    return np.sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2])


def _across(a: Array, b: Array) -> Array:
    """Return a x b, components first."""
    return np.stack(
        [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
    )
