"""Rule-based fibres: a helix angle that turns linearly through the wall.

    f = cos(alpha) e_c + sin(alpha) e_l,   alpha(t) = (1 - t) alpha_endo + t alpha_epi

e_c points along increasing theta, e_n across the wall (out), e_l = e_n x e_c towards the apex.
Streeter et al. (1969), doi:10.1161/01.RES.24.3.339, found the turn; the angles are parameters.
"""

import numpy as np

from sosie.geometry.ventricle import Ventricle
from sosie.typing import Array

STEP = 1e-5
"""Of the centred differences in s and theta; the surfaces are smooth, so errors are 1e-9."""


def fibres(
    ventricle: Ventricle, coordinates: Array, *, endocardium: float, epicardium: float
) -> Array:
    """Return unit fibre directions, shape (..., 3), at (t, s, theta); angles in [rad]."""
    inside = coordinates.copy()
    inside[..., 1] = np.clip(inside[..., 1], 10 * STEP, 1 - STEP)  # the apex has no direction
    d_s, d_theta = np.array([0, STEP, 0]), np.array([0, 0, STEP])
    along = ventricle.at(inside + d_s) - ventricle.at(inside - d_s)
    around = ventricle.at(inside + d_theta) - ventricle.at(inside - d_theta)
    e_c = around / np.linalg.norm(around, axis=-1, keepdims=True)
    normal = np.cross(along, around)
    e_n = normal / np.linalg.norm(normal, axis=-1, keepdims=True)
    e_l = np.cross(e_n, e_c)
    alpha = endocardium + (epicardium - endocardium) * coordinates[..., :1]
    return np.cos(alpha) * e_c + np.sin(alpha) * e_l
