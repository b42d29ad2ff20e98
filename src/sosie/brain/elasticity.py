r"""Where tissue moves that shrinks or swells: linear elasticity with growth.

    div sigma = 0,   sigma = 2 mu (eps - e I) + lambda tr(eps - e I) I,   eps = sym grad u
    sigma n = -mu k u on the tethered part of the boundary, sigma n = -mu p n on the rest

u        displacement from the shape on which the mesh lies [m], shape (3,)
e        stretch of a free piece of tissue less one [1]: its volume grows by (1 + e)^3
k        stiffness of the tether over the shear modulus mu [1/m], which else drops out
p        pressure of the fluid at the wall over mu [1]
lambda   2 mu nu / (1 - 2 nu)

P1. With w = x in the weak form, a homogeneous body without tether has int div u = int 3 e exactly.
Growth as a stress-free strain: Rodriguez, Hoger and McCulloch (1994),
doi:10.1016/0021-9290(94)90021-3, linearised.
"""

from petsc4py import PETSc

import numpy as np
import ufl
from dolfinx import fem
from dolfinx import mesh as meshes
from dolfinx.fem.petsc import assemble_vector

from sosie.fem.solve import ELASTIC, LinearSolver

NU = 0.45
"""Poisson's ratio."""  # ASSUME: tissue is nearly incompressible; above 0.45 P1 cells stiffen
TETHERED, WALL = 1, 2
"""Values of the facets' tags."""


def stress(strain: ufl.core.expr.Expr) -> ufl.core.expr.Expr:
    """Return the stress over mu of an elastic strain."""
    lam = 2 * NU / (1 - 2 * NU)
    return 2 * strain + lam * ufl.tr(strain) * ufl.Identity(3)


class Elasticity:
    """Moves one mesh, for one patient after the other; all ranks call together."""

    def __init__(self, domain: meshes.Mesh, tags: meshes.MeshTags) -> None:
        """``tags`` say of each facet of the boundary whether it is TETHERED or WALL."""
        V = fem.functionspace(domain, ("Lagrange", 1, (3,)))
        self.u = fem.Function(V, name="u")
        self.e = fem.Function(fem.functionspace(domain, ("Lagrange", 1)), name="e")
        self.tether, self.pressure = (fem.Constant(domain, 0.0) for _ in range(2))
        u, w = ufl.TrialFunction(V), ufl.TestFunction(V)
        ds = ufl.Measure("ds", domain=domain, subdomain_data=tags)
        inside = ufl.inner(stress(ufl.sym(ufl.grad(u))), ufl.grad(w)) * ufl.dx
        a = inside + self.tether * ufl.inner(u, w) * ds(TETHERED)
        self.solver = LinearSolver(a, name="elasticity", options=ELASTIC)
        growth = ufl.inner(stress(self.e * ufl.Identity(3)), ufl.grad(w)) * ufl.dx
        push = self.pressure * ufl.dot(ufl.FacetNormal(domain), w) * ds(WALL)
        self.load = fem.form(growth - push)
        self.b = self.u.x.petsc_vec.duplicate()

    def prepare(self, *, tether: float, fresh: bool = True) -> None:
        """Assemble for a tether of stiffness k [1/m] on the mesh as it now lies.

        Where not ``fresh``, the multigrid's aggregates are those of the last mesh, near this one.
        """
        self.tether.value = tether
        if fresh:
            self.solver.ksp.reset()
        self.solver.assemble()
        motions = PETSc.NullSpace().create(vectors=self._rigid(), comm=self.b.comm)
        self.solver.S.setNearNullSpace(motions)
        if tether == 0:
            self.solver.S.setNullSpace(motions)

    def solve(self) -> int:
        """Set ``u`` to equilibrium with ``e`` and ``pressure``; return the iterations taken."""
        with self.b.localForm() as local:
            local.set(0.0)
        assemble_vector(self.b, self.load)
        self.b.ghostUpdate(addv=PETSc.InsertMode.ADD, mode=PETSc.ScatterMode.REVERSE)
        iterations = self.solver.solve(self.b, self.u.x.petsc_vec)
        self.u.x.scatter_forward()
        return iterations

    def _rigid(self) -> list[PETSc.Vec]:
        """Return the six rigid motions, orthonormal."""
        V = self.u.function_space
        n = V.dofmap.index_map.size_local
        x = V.tabulate_dof_coordinates()[:n]
        x = x - V.mesh.comm.allreduce(x.sum(axis=0)) / V.dofmap.index_map.size_global
        axes = np.eye(3)
        fields = [np.broadcast_to(axis, x.shape) for axis in axes]
        fields += [np.cross(axis, x) for axis in axes]
        motions: list[PETSc.Vec] = []
        for field in fields:
            motion = self.b.duplicate()
            motion.array[:] = field.ravel()
            for other in motions:
                motion.axpy(-other.dot(motion), other)
            motion.normalize()
            motions.append(motion)
        return motions
