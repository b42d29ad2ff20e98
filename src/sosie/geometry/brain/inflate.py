r"""Fill and empty the ventricles by small steps of linear elasticity, the pia held in place.

    div sigma = 0,   sigma = E (2 mu eps(u) + lambda tr(eps(u)) I - chi 3 kappa e I)
    eps = sym grad u,   mu = 1 / (2 (1 + nu)),   lambda = nu / ((1 + nu) (1 - 2 nu)),
    3 kappa = 1 / (1 - 2 nu),   u = 0 on the pia

u      displacement of one step [m], shape (3,); the geometry moves after each step
E      modulus of a cell over the mean, the mean cell's volume over its own: small cells are stiff
chi    1 in the ventricles, which the lattice fills with cells, 0 in the tissue
e      strain that the filling wants, which is a pressure on the ventricles' wall

The filling keeps the two sides of a narrow ventricle apart as it empties: while its cells have
positive volume the wall does not cross itself.
"""

import logging

from mpi4py import MPI

import numpy as np
import ufl
from dolfinx import default_scalar_type, fem

from sosie.fem.mesh import TemplateMesh
from sosie.fem.solve import solve_linear
from sosie.geometry.brain import relax
from sosie.geometry.brain.quality import volumes
from sosie.typing import Array, Integers

NU = 0.3
"""Poisson's ratio of tissue and filling."""  # ASSUME: shapes only, no brain's compressibility
STEP = 0.12
"""Largest change of the logarithm of the ventricles' volume in one step."""

log = logging.getLogger(__name__)


class Filling:
    """Moves the vertices of tissue and filling, the ventricles growing or shrinking."""

    def __init__(
        self,
        points: Array,
        cells: Integers,
        *,
        filled: Integers,
        pia: Integers,
        wall: Integers,
        spacing: float,
    ) -> None:
        """Build the elastic problem.

        ``filled`` (m,) says which cells are the ventricles', ``pia`` and ``wall`` are vertices.
        """
        self.cells, self.filled, self.spacing = cells, filled, spacing
        self.free = np.setdiff1d(np.arange(len(points)), np.concatenate([pia, wall]))
        self.mesh = TemplateMesh(MPI.COMM_SELF, cells, points, n_vertices=len(points))
        domain = self.mesh.domain
        V = fem.functionspace(domain, ("Lagrange", 1, (3,)))
        self.u = fem.Function(V, name="u")
        self.vertex = np.empty(len(points), dtype=np.int64)  # vertex of each block of dofs
        self.vertex[V.dofmap.list.ravel()] = self.mesh.cell_vertices.ravel()
        fixed = np.flatnonzero(np.isin(self.vertex, pia)).astype(np.int32)
        self.bcs = [fem.dirichletbc(np.zeros(3, dtype=default_scalar_type), fixed, V)]
        self.modulus = self.mesh.cell_function("modulus", np.ones(len(cells)))
        chi = self.mesh.cell_function("chi", filled.astype(float))
        u, w = ufl.TrialFunction(V), ufl.TestFunction(V)
        mu, lam = 1 / (2 * (1 + NU)), NU / ((1 + NU) * (1 - 2 * NU))
        sigma = 2 * mu * ufl.sym(ufl.grad(u)) + lam * ufl.div(u) * ufl.Identity(3)
        self.a = self.modulus * ufl.inner(sigma, ufl.grad(w)) * ufl.dx
        self.L = self.modulus * chi / (1 - 2 * NU) * ufl.div(w) * ufl.dx

    def ventricles(self, points: Array) -> float:
        """Return the volume of the ventricles [m^3]."""
        return float(volumes(points, self.cells[self.filled]).sum())

    def towards(self, points: Array, target: float) -> Array:
        """Return points whose ventricles hold ``target`` [m^3], the cells inside well shaped."""
        now = self.ventricles(points)
        steps = int(np.ceil(abs(np.log(target / now)) / STEP))
        for goal in np.geomspace(now, target, steps + 1)[1:]:
            u = self._direction(points)
            now, amount = self.ventricles(points), 1.0
            for _ in range(12):  # the volume is nearly linear in so small a step
                amount *= (goal - now) / (self.ventricles(points + amount * u) - now)
            points = points + amount * u
            log.info("ventricles %.2f mL", 1e6 * goal)
        return relax.inside(points, self.cells, self.free, spacing=self.spacing)

    def _direction(self, points: Array) -> Array:
        """Solve for the step of unit strain."""
        self.mesh.move(points)
        size = volumes(points, self.cells)
        index = self.mesh.domain.topology.original_cell_index
        self.modulus.x.array[:] = (size.mean() / size)[index]
        solve_linear(self.a, self.L, self.u, name="filling", bcs=self.bcs)
        out = np.empty_like(points)
        out[self.vertex] = self.u.x.array.reshape(-1, 3)
        return out
