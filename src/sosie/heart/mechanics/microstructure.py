r"""Fibres and sheets at the quadrature points of a ventricle on the template.

    f = cos(alpha) e_c + sin(alpha) e_l,     s = e_n = f x g,     n = f x s

g        the fibre of the angle alpha + 90 degrees
ASSUME: sheets are across the wall, as rules do that know of no sheet angle. See geometry.fibres.
"""

import math
from typing import Protocol

import numpy as np
from dolfinx import fem

from sosie.fem.mesh import TemplateMesh
from sosie.geometry.fibres import fibres
from sosie.geometry.template import Template, unwrapped
from sosie.heart.mechanics.wall import QUADRATURE
from sosie.typing import Array


class Shape(Protocol):
    """A ventricle's smooth geometry."""

    def at(self, coordinates: Array) -> Array:
        """Return positions [m], shape (..., 3), of (t, s, theta)."""

    def tangents(self, coordinates: Array) -> tuple[Array, Array]:
        """Return dx/ds and dx/dtheta, components first, shape (3, ...), of one scale."""


def microstructure(
    domain: TemplateMesh,
    template: Template,
    shape: Shape,
    *,
    endocardium: float,
    epicardium: float,
) -> tuple[fem.Function, fem.Function]:
    """Return fibre and sheet, of helix angles [rad] that turn linearly through the wall."""
    fibre, barycentric = domain.quadrature_function("fibre", degree=QUADRATURE)
    sheet, _ = domain.quadrature_function("sheet", degree=QUADRATURE)
    corners = unwrapped(template.nodes[domain.cell_vertices])
    places = np.einsum("qv,nvj->nqj", barycentric, corners)
    f, g = (
        fibres(shape, places, endocardium=endocardium + turn, epicardium=epicardium + turn)
        for turn in (0.0, math.pi / 2)
    )
    fibre.x.array[:] = f.ravel()
    sheet.x.array[:] = np.cross(f, g).ravel()
    return fibre, sheet
