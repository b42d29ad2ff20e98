r"""The three problems that eleven groups of cardiac mechanics solved.

    1  a beam of 10 x 1 x 1 mm, fibres along it, clamped at one end and bent by pressure from below:
       height of the upper edge's middle at the free end
    2  half an ellipsoid of isotropic muscle, inflated: its apex inside and outside, its cavity
    3  the same of muscle with fibres that turn by 180 degrees through the wall, under pressure and
       tension at once

    ellipsoid, [mm]:  x = -r_l cos u,  r = r_s sin u,  r_s = 7 + 3 t,  r_l = 17 + 3 t,
                      t in [0, 1] through the wall, cut by the base at x = 5, where it is clamped

Problem: Land et al. (2015), doi:10.1098/rspa.2015.0641. The references are one group's solutions on
meshes so fine that they change no more (S. Pezzuto, summary_results.txt of github.com/finsberg/
mechbench); all groups' lie within about half a per cent of each other, as the paper's abstract has
it. Tolerances are acceptance limits of this project.
"""

import logging
import math
from dataclasses import dataclass

from mpi4py import MPI

import numpy as np
import ufl
from dolfinx import mesh

from sosie.fem.mesh import TemplateMesh
from sosie.geometry.template import build
from sosie.heart.mechanics import surfaces
from sosie.heart.mechanics.equilibrium import Effort, Newton, ramp
from sosie.heart.mechanics.microstructure import microstructure
from sosie.heart.mechanics.parameters import Guccione
from sosie.heart.mechanics.wall import BASE, ENDOCARDIUM, Wall
from sosie.typing import Array
from sosie.verification.check import Check

LOG = logging.getLogger(__name__)
MM, MM3 = 1e3, 1e9
NAME = "cardiac mechanics benchmark"
SOURCE = (
    "Land et al. (2015), doi:10.1098/rspa.2015.0641; finest mesh of S. Pezzuto, github.com/"
    "finsberg/mechbench; tolerance is an acceptance limit of this project"
)
BENDING, INFLATION, CONTRACTION = 4.0, 10e3, 15e3
"""Pressures [Pa]."""
TENSION = 60e3
"""[Pa]: S of S f (x) f, the second Piola-Kirchhoff stress."""
ANISOTROPIC = Guccione()
ISOTROPIC = Guccione(stiffness=10e3, fibre=1.0, transverse=1.0, shear=1.0)
BEAM = (10e-3, 1e-3, 1e-3)
TIP = 4.169
"""[mm] z, problem 1."""
INFLATED = (-26.612, -28.279, 10734.3)
CONTRACTED = (-12.347, -15.452, 1795.9)
"""[mm, mm, mm^3] apex inside and outside, and cavity, of problems 2 and 3."""


@dataclass(frozen=True)
class Ellipsoid:
    """The truncated ellipsoid; rings are closer to the apex the greater ``graded`` is than 1.

    The template's apex is at positive x, so it is turned half about z.
    """

    graded: float = 1.0

    def at(self, coordinates: Array) -> Array:
        """Return positions [m], shape (..., 3), of (t, s, theta)."""
        t, s, theta = np.moveaxis(coordinates, -1, 0)
        short, long = (7 + 3 * t) / MM, (17 + 3 * t) / MM
        u = s**self.graded * (np.pi - np.arccos(5 / (MM * long)))
        radius = short * np.sin(u)
        return np.stack(
            [-long * np.cos(u), -radius * np.cos(theta), radius * np.sin(theta)], axis=-1
        )

    def tangents(self, coordinates: Array) -> tuple[Array, Array]:
        """Return dx/ds and dx/dtheta [m], components first, shape (3, ...)."""
        t, s, theta = np.moveaxis(coordinates, -1, 0)
        short, long = (7 + 3 * t) / MM, (17 + 3 * t) / MM
        end = np.pi - np.arccos(5 / (MM * long))
        u, slope = s**self.graded * end, self.graded * s ** (self.graded - 1) * end
        radius, wider = short * np.sin(u), slope * short * np.cos(u)
        along = [slope * long * np.sin(u), -wider * np.cos(theta), wider * np.sin(theta)]
        around = [np.zeros_like(u), radius * np.sin(theta), radius * np.cos(theta)]
        return np.stack(along), np.stack(around)

    def wall(
        self, comm: MPI.Comm, sizes: tuple[int, int, int], material: Guccione
    ) -> tuple[Wall, Array]:
        """Return a wall of (layers, rings, around) and (t, s) of this rank's nodes, (n, 2)."""
        template = build(*sizes)
        domain = TemplateMesh(
            comm, template.cells, self.at(template.nodes), n_vertices=template.n_vertices
        )
        turn = {"endocardium": math.pi / 2, "epicardium": -math.pi / 2}
        fibre, _ = microstructure(domain, template, self, **turn)
        wall = Wall(
            domain.domain,
            material,
            tags=surfaces.facet_tags(domain, template),
            fibre=fibre,
            rim=surfaces.rim(domain, template),
        )
        return wall, template.nodes[domain.nodes, :2]


def unknowns(wall: Wall) -> int:
    """Return how many there are, of displacement and pressure."""
    return wall.W.dofmap.index_map.size_global * wall.W.dofmap.index_map_bs


def beam(comm: MPI.Comm, cells: tuple[int, int], *, graded: float = 1.0) -> Wall:
    """Return the beam in hexahedra, along it and (an even number) across it.

    ``graded`` beyond 1 draws them together at the clamp.
    """
    along, across = cells
    domain = mesh.create_box(
        comm, [np.zeros(3), np.array(BEAM)], (along, across, across), mesh.CellType.hexahedron
    )
    x = domain.geometry.x
    x[:, 0] = BEAM[0] * (x[:, 0] / BEAM[0]) ** graded
    domain.topology.create_connectivity(2, 3)
    clamp = mesh.locate_entities_boundary(domain, 2, lambda x: x[0] < 1e-9)
    below = mesh.locate_entities_boundary(domain, 2, lambda x: x[2] < 1e-9)
    facets = np.concatenate([clamp, below])
    values = np.repeat([BASE, ENDOCARDIUM], [len(clamp), len(below)]).astype(np.int32)
    order = np.argsort(facets)
    tags = mesh.meshtags(domain, 2, facets[order], values[order])
    along_x = ufl.as_vector((1.0, 0.0, 0.0))
    return Wall(domain, ANISOTROPIC, tags=tags, fibre=along_x, kappa=ANISOTROPIC.stiffness)


def bend(wall: Wall) -> tuple[float, Effort]:
    """Bend the beam; return z [mm] of the upper edge's middle at its free end."""

    def apply(share: float) -> None:
        wall.pressure.value = share * BENDING

    newton = Newton(wall)
    ramp(newton, apply, steps=8)
    end = np.array([BEAM[0], BEAM[1] / 2, BEAM[2]])
    here = np.linalg.norm(wall.domain.geometry.x - end, axis=1) < 1e-9
    x = wall.domain.geometry.x + wall.displacement
    return MM * _one(wall.comm, x[here, 2]), newton.effort


def inflate(wall: Wall, places: Array) -> tuple[tuple[float, float, float], Effort]:
    """Inflate the ellipsoid; return apex inside and outside [mm] and cavity [mm^3]."""

    def apply(share: float) -> None:
        wall.pressure.value = share * INFLATION

    newton = Newton(wall)
    ramp(newton, apply, steps=8)
    return _ends(wall, places), newton.effort


def contract(wall: Wall, places: Array) -> tuple[tuple[float, float, float], Effort]:
    """Inflate and contract it at once; return the same."""

    def apply(share: float) -> None:
        wall.pressure.value = share * CONTRACTION
        wall.S_a.x.array[:] = share * TENSION

    newton = Newton(wall)
    ramp(newton, apply, steps=20)
    return _ends(wall, places), newton.effort


def _ends(wall: Wall, places: Array) -> tuple[float, float, float]:
    t, s = places.T
    x = (wall.domain.geometry.x + wall.displacement)[:, 0]
    inside, outside = (MM * _one(wall.comm, x[(t == layer) & (s == 0)]) for layer in (0, 1))
    return inside, outside, MM3 * wall.cavity.volume()


def _one(comm: MPI.Comm, values: Array) -> float:
    """Return the value of one node, which at least one rank has."""
    return float(comm.allreduce(values.max(initial=-np.inf), MPI.MAX))


def checks(comm: MPI.Comm) -> list[Check]:
    """Solve the three problems, each on a coarse and on a fine mesh."""
    return [*bending(comm), *inflation(comm), *contraction(comm)]


def bending(comm: MPI.Comm, *, fine: bool = True) -> list[Check]:
    """Check problem 1."""
    out = []
    for cells, graded in (((20, 2), 1.0), ((20, 4), 1.5))[: 1 + fine]:
        wall = beam(comm, cells, graded=graded)
        z, effort = bend(wall)
        LOG.info("land: problem 1: %s unknowns, %s: %.4f mm", unknowns(wall), effort, z)
        quantity = f"problem 1, tip, {unknowns(wall)} unknowns"
        out.append(Check(NAME, quantity, z, TIP, "mm", 3e-3 * TIP, SOURCE))
    return out


def inflation(comm: MPI.Comm, *, fine: bool = True) -> list[Check]:
    """Check problem 2."""
    out = []
    for sizes in ((2, 9, 12), (2, 12, 12))[: 1 + fine]:
        wall, places = Ellipsoid().wall(comm, sizes, ISOTROPIC)
        ours, effort = inflate(wall, places)
        LOG.info("land: problem 2: %s unknowns, %s: %s", unknowns(wall), effort, ours)
        out += _three("problem 2", ours, INFLATED, (1e-3, 1e-3, 3e-3), unknowns(wall))
    return out


def contraction(comm: MPI.Comm) -> list[Check]:
    """Check problem 3, and what its apex tends to with more and more layers."""
    out, apex = [], {}
    shape = Ellipsoid(graded=1.2)
    for sizes in ((3, 12, 12), (4, 12, 12), (3, 18, 18)):
        wall, places = shape.wall(comm, sizes, ANISOTROPIC)
        ours, effort = contract(wall, places)
        LOG.info("land: problem 3: %s unknowns, %s: %s", unknowns(wall), effort, ours)
        apex[sizes] = ours[0]
        if sizes[0] == 3:
            out += _three("problem 3", ours, CONTRACTED, (2e-2, 5e-3, 5e-3), unknowns(wall))
    three, four = 3.0**-3, 4.0**-3
    first, second = apex[3, 12, 12], apex[4, 12, 12]
    limit = second + (second - first) * four / (three - four)
    quantity = "problem 3, apex inside, limit of 3 and 4 layers at order 3"
    reference = CONTRACTED[0]
    return [*out, Check(NAME, quantity, limit, reference, "mm", 1e-2 * abs(reference), SOURCE)]


def _three(
    problem: str,
    ours: tuple[float, float, float],
    references: tuple[float, float, float],
    allowed: tuple[float, float, float],
    n: int,
) -> list[Check]:
    rows = zip(
        ("apex inside", "apex outside", "cavity"),
        ours,
        references,
        ("mm", "mm", "mm^3"),
        allowed,
        strict=True,
    )
    return [
        Check(
            NAME, f"{problem}, {what}, {n} unknowns", met, value, unit, share * abs(value), SOURCE
        )
        for what, met, value, unit, share in rows
    ]
