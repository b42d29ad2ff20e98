r"""Elasticity with growth against what is known exactly, on cubes and on the head.

free body       int div u = int 3 e, of a homogeneous one
manufactured    u = grad phi with e = (2 + lam) / (2 + 3 lam) lap phi, held where grad phi is
                zero: on the faces, of phi = prod sin^2(pi x_i) / 20
closed head     tissue lost, by its cells, and fluid gained, by the surfaces, cancel
"""

from mpi4py import MPI

import numpy as np
import ufl
from dolfinx import fem, mesh

from sosie.brain.atrophy import Shrinking, healthy, measure
from sosie.brain.elasticity import NU, TETHERED, WALL, Elasticity
from sosie.fem.integrate import integrate, norm
from sosie.fem.mesh import TemplateMesh
from sosie.geometry.brain.shape import personalise
from sosie.geometry.brain.template import load
from sosie.typing import Array
from sosie.verification.check import Check

LAM = 2 * NU / (1 - 2 * NU)
HELD = 1e7
"""Stiffness of a tether [1/m] that does not give on a cube of 1 m."""
SKULL, BRAIN, VENTRICLES = 1.5e-3, 1.15e-3, 3e-5
"""Volumes [m^3] of the head."""
CLOSED = "Gauss's theorem"
OURS = "acceptance limit of this project"


def checks(comm: MPI.Comm) -> list[Check]:
    """Run all (collective)."""
    return [
        Check(
            "elasticity with growth",
            "order of the L2 error of the displacement, manufactured solution",
            manufactured_order(comm, cells=10),
            *(2.0, "1", 0.15),
            "closed form, stated in sosie.verification.elasticity",
        ),
        Check(
            "elasticity with growth",
            "volume change of a free body over what its tissue grows, less one",
            free_body(comm),
            *(0.0, "1", 1e-6),
            "the body's weak form tested with x; to 1e-10 with an exact solver in the tests",
        ),
        Check(
            "atrophy",
            "tissue lost and fluid gained over 20 % of uneven loss, sum over the skull's volume",
            closed_head(),
            *(0.0, "1", 1e-6),
            CLOSED,
        ),
        Check(
            "atrophy",
            "tissue lost over what was asked for, 10 % everywhere, less one",
            obedience(),
            *(0.0, "1", 0.02),
            OURS,
        ),
        Check(
            "atrophy",
            "tissue that the healthy lose at 72 years, a brain of 1.1 L; 3.7 of the very healthy",
            1e6 * ageing(72.0) * 1.1e-3,
            *(5.4, "mL/year", 1.7),
            "Resnick (2003), doi:10.1523/JNEUROSCI.23-08-03295.2003, 92 people of 59 to 85 years",
        ),
    ]


def ageing(age: float) -> float:
    """Return the share of tissue that the healthy lose a year at an age [year]."""
    before, after = healthy(np.array([age - 0.5, age + 0.5]))
    return float(before - after)


def cube(comm: MPI.Comm, cells: int, *, tethered: bool) -> Elasticity:
    """Return an elastic unit cube, its boundary all held or all free."""
    domain = mesh.create_box(comm, [np.zeros(3), np.ones(3)], (cells, cells, cells))
    domain.topology.create_connectivity(2, 3)
    facets = mesh.exterior_facet_indices(domain.topology)
    values = np.full(len(facets), TETHERED if tethered else WALL, dtype=np.int32)
    return Elasticity(domain, mesh.meshtags(domain, 2, facets, values))


def free_body(comm: MPI.Comm) -> float:
    """Return the volume change of a free cube over the growth of its tissue, less one."""
    problem = cube(comm, 4, tethered=False)
    problem.e.interpolate(lambda x: 0.1 * np.sin(5 * x[0]) - 0.3 * x[1] * x[2])
    problem.prepare(tether=0.0)
    problem.solve()
    grown = integrate(3 * problem.e * ufl.dx, comm)
    return integrate(ufl.div(problem.u) * ufl.dx, comm) / grown - 1


def manufactured_error(comm: MPI.Comm, *, cells: int) -> float:
    """Return the L2 error of the displacement over its norm."""
    problem = cube(comm, cells, tethered=True)
    factor = (2 + LAM) / (2 + 3 * LAM)
    problem.e.interpolate(lambda x: factor * sum(_phi(x, i, 2) for i in range(3)))
    problem.prepare(tether=HELD)
    problem.solve()
    exact = fem.Function(fem.functionspace(problem.u.function_space.mesh, ("Lagrange", 3, (3,))))
    exact.interpolate(lambda x: np.stack([_phi(x, i, 1) for i in range(3)]))
    return norm(problem.u - exact, comm) / norm(exact, comm)


def manufactured_order(comm: MPI.Comm, *, cells: int) -> float:
    """Return the order measured between ``cells`` and twice as many along each edge."""
    coarse, fine = (manufactured_error(comm, cells=n) for n in (cells, 2 * cells))
    return float(np.log2(coarse / fine))


def _phi(x: Array, axis: int, order: int) -> Array:
    """Return phi of points (3, n), derived ``order`` times in one direction."""
    double = 2 * np.pi * x
    derived = np.sin(np.pi * x) ** 2, np.pi * np.sin(double), 2 * np.pi**2 * np.cos(double)
    return np.prod([derived[order if i == axis else 0][i] for i in range(3)], axis=0) / 20


def _head() -> tuple[Shrinking, Array]:
    template = load("coarse")
    domain = TemplateMesh(
        MPI.COMM_SELF, template.cells, template.points, n_vertices=template.n_vertices
    )
    shape = personalise(
        template, intracranial_volume=SKULL, brain_volume=BRAIN, ventricular_volume=VENTRICLES
    )
    return Shrinking(domain, template), shape.points


def closed_head() -> float:
    """Return tissue lost and fluid gained, their sum over the skull's volume."""
    shrinking, points = _head()
    inferior = points[:, 2] < np.median(points[:, 2])
    G = np.where(inferior, -0.1, -0.3)[None]
    moved = shrinking.march(G, points, share=0.26)[0]
    before, after = (measure(shrinking.template, x) for x in (points, moved))
    fluid = [SKULL - v.inside_pia + v.ventricular for v in (before, after)]
    return (after.brain - before.brain + fluid[1] - fluid[0]) / SKULL


def obedience() -> float:
    """Return the tissue lost over what the growth asks for, less one."""
    shrinking, points = _head()
    moved = shrinking.march(np.full((1, len(points)), -0.1), points, share=0.26)[0]
    before, after = (measure(shrinking.template, x).brain for x in (points, moved))
    return (before - after) / (before * (1 - np.exp(-0.1))) - 1
