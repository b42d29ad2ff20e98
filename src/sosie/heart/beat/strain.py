r"""Strain of the wall since end diastole, in the directions that imaging knows.

    E_d = |F F_ED^-1 d| - 1,     d = circumferential, longitudinal, radial at end diastole
    E_f = |F f| / |F_ED f| - 1   along the fibre

F, F_ED  deformation from rest, now and where the heart was seen, at quadrature points, (3, 3)
d        unit vectors of the shape that was seen; E is the change of length over the length at end
         diastole, Lagrangian strain as Voigt et al. (2015), doi:10.1093/ehjci/jeu184, define it

Means are over muscle volume, which deformation keeps: "full wall" strain in the same source's
words, global over the whole wall and segmental over each of the seventeen segments. Wall thickening
is the change of the mean distance from endocardial to epicardial vertices of the same column.
"""

from dataclasses import dataclass

from mpi4py import MPI

import numpy as np
import ufl
from dolfinx import fem

from sosie.geometry.fibres import fibres
from sosie.geometry.segments import COUNT, segment
from sosie.geometry.ventricle import Ventricle, wall_thickness
from sosie.heart.beat.ventricle import Ventricle3D
from sosie.typing import Array

DIRECTIONS = ("circumferential", "longitudinal", "radial")


@dataclass(frozen=True)
class Strains:
    """At one instant."""

    overall: dict[str, float]  # of DIRECTIONS
    segments: dict[str, Array]  # of DIRECTIONS and fibre, each (17,)
    fibre: Array  # at the template's vertices, (n_vertices,)


class Strain:
    """Measures strain of one patient's ventricle; the wall is where it was seen when it is made."""

    def __init__(self, ventricle: Ventricle3D, shape: Ventricle) -> None:
        """Note the deformation now, and directions and volumes."""
        self.ventricle, self.wall = ventricle, ventricle.wall
        places = ventricle.coordinates
        flat = {"endocardium": 0.0, "epicardium": 0.0}
        steep = dict.fromkeys(flat, np.pi / 2)
        around = fibres(shape, places, **flat)
        along = fibres(shape, places, **steep)
        self.directions = np.stack([around, along, np.cross(around, along)], axis=-1)
        u = ufl.split(self.wall.w)[0]
        F = ufl.Identity(3) + ufl.grad(u)
        self.F = fem.Expression(F, self.wall.points)
        self.before = np.linalg.solve(self._deformation(), self.directions)
        self.stretch = self.wall.stretch()
        _, weights = ventricle.quadrature
        volume = ventricle.determinant.eval(self.wall.domain, self.wall.cells)
        self.volume = weights * volume.reshape(self.stretch.shape)
        self.segment = segment(places[..., 1].ravel(), places[..., 2].ravel()) - 1
        self.of_segments = self._sum(self.segment, np.ones_like(self.stretch), COUNT)

    def measure(self) -> Strains:
        """Return the strains of the wall as it is (collective)."""
        lines = self._deformation() @ self.before
        strain = dict(
            zip(
                DIRECTIONS,
                np.moveaxis(np.linalg.norm(lines, axis=-2) - 1, -1, 0),
                strict=True,
            )
        )
        total = self.of_segments.sum()
        strain["fibre"] = self.wall.stretch() / self.stretch - 1
        sums = {name: self._sum(self.segment, values, COUNT) for name, values in strain.items()}
        return Strains(
            {name: float(sums[name].sum() / total) for name in DIRECTIONS},
            {name: values / self.of_segments for name, values in sums.items()},
            self._at_vertices(strain["fibre"]),
        )

    def _deformation(self) -> Array:
        F = self.F.eval(self.wall.domain, self.wall.cells)
        return F.reshape(len(self.wall.cells), -1, 3, 3)

    def _sum(self, where: Array, values: Array, n: int) -> Array:
        weighted = (self.volume * values).ravel()
        return self._together(np.bincount(where, weights=weighted, minlength=n))

    def _at_vertices(self, values: Array) -> Array:
        """Return means about each vertex, weighted by its linear shape function."""
        n = self.ventricle.template.n_vertices
        corners = self.ventricle.mesh.cell_vertices[: len(self.wall.cells)]
        barycentric, _ = self.ventricle.quadrature
        out = []
        for what in (values, np.ones_like(values)):
            share = np.einsum("nq,qv->nv", self.volume * what, barycentric)
            counted = np.bincount(corners.ravel(), weights=share.ravel(), minlength=n)
            out.append(self._together(counted))
        return out[0] / out[1]

    def _together(self, values: Array) -> Array:
        self.wall.comm.Allreduce(MPI.IN_PLACE, values)
        return values


def positions(ventricle: Ventricle3D) -> Array:
    """Return where the template's vertices are now [m], (n_vertices, 3), on every rank."""
    mesh, wall = ventricle.mesh, ventricle.wall
    n = ventricle.template.n_vertices
    mine = np.flatnonzero(mesh.nodes < n)
    x, seen = np.zeros((n, 3)), np.zeros(n)
    x[mesh.nodes[mine]] = wall.domain.geometry.x[mine] + wall.displacement[mine]
    seen[mesh.nodes[mine]] = 1
    wall.comm.Allreduce(MPI.IN_PLACE, x)
    wall.comm.Allreduce(MPI.IN_PLACE, seen)
    return x / seen[:, None]


def thickening(ventricle: Ventricle3D, before: Array, after: Array) -> float:
    """Return the share by which the wall has become thicker between two sets of positions."""
    thick, thin = (wall_thickness(ventricle.template, x) for x in (after, before))
    return thick / thin - 1
