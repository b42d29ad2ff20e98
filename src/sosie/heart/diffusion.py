r"""Diffusion alone: dv/dt = div(D grad v), no flux through the boundary, one step after the other.

    implicit   (M_a + dt/2 A) d = -dt A v, v <- v + d (Crank-Nicolson)                     order 2
    explicit   v <- v - h (I + (1 - a) (I - M_L^-1 M)) M_L^-1 A v, dt in sub-steps h        order 1

v        what diffuses, shape ()
D        diffusivity [m^2/s], shape (3, 3)
A, M     stiffness of D and mass, P1
M_L, M_a row sums of M, and a M_L + (1 - a) M

The bracket is the inverse of M_a to first order in 1 - a; without it, a = 1, a step is one product
with I - h M_L^-1 A. Explicit steps are stable to 2 / lambda, lambda the largest eigenvalue of what
multiplies -v dt, found by power iteration. Crank-Nicolson solves for the increment, so the
tolerance is of the increment; its mean, which is zero, is taken off: 1 . M v is kept.

A rank holds its own vertices only: products with matrices fetch what they need of the others.
"""

import math

from petsc4py import PETSc

import numpy as np
import ufl
from dolfinx import fem, la
from dolfinx.fem.petsc import assemble_matrix

from sosie.errors import SosieError
from sosie.fem.mesh import measure
from sosie.fem.solve import LinearSolver
from sosie.typing import Array

RTOL, ATOL = 1e-4, 1e-9
"""Of the increment (measured: it moves the slab benchmark's times by 1e-4 ms); and in the unit of
v, where the increment has fallen to rounding."""
MARGIN = 0.98
"""Of the stability limit is used: power iteration finds lambda from below."""
MOST, SETTLED = 1000, 1e-6
"""Power iterations, and the relative change over one that ends them."""
ROUGH = np.array([1.3e6, 7.8e6, 3.8e6])
"""[1/m], waves much shorter than a cell."""
SUBSTEPS = 10
"""More of them cost more than conjugate gradients."""


def lumped_mass(V: fem.FunctionSpace) -> Array:
    """Return M_L [m^3] at this rank's own vertices."""
    vertices = {"quadrature_rule": "vertex", "quadrature_degree": 1}
    dx = ufl.dx(domain=V.mesh, metadata=vertices)
    b = fem.assemble_vector(fem.form(ufl.TestFunction(V) * dx))
    b.scatter_reverse(la.InsertMode.add)
    return b.array[: V.dofmap.index_map.size_local].copy()


def stiffness(V: fem.FunctionSpace, D: ufl.core.expr.Expr) -> ufl.Form:
    """Return the form of A."""
    u, w = ufl.TrialFunction(V), ufl.TestFunction(V)
    return ufl.inner(D * ufl.grad(u), ufl.grad(w)) * measure(V.mesh, degree=2)


def mass(V: fem.FunctionSpace, *, lumping: float) -> ufl.Form:
    """Return the form of M_a."""
    u, w = ufl.TrialFunction(V), ufl.TestFunction(V)
    vertices = {"quadrature_rule": "vertex", "quadrature_degree": 1}
    lumped = ufl.dx(domain=V.mesh, metadata=vertices)
    return lumping * u * w * lumped + (1 - lumping) * u * w * measure(V.mesh, degree=2)


def matrix(form: ufl.Form) -> PETSc.Mat:
    """Return a form's matrix."""
    A = assemble_matrix(fem.form(form))
    A.assemble()
    return A


def halved(A: PETSc.Mat) -> PETSc.Mat:
    """Return a symmetric matrix of which one triangle is kept: products move half the memory."""
    A.setOption(PETSc.Mat.Option.SYMMETRIC, True)
    return A.convert("sbaij", out=PETSc.Mat())


def shared(V: fem.FunctionSpace) -> tuple[Array, PETSc.Vec]:
    """Return an array of zeros at this rank's own vertices, and the vector it is the memory of."""
    vertices = V.dofmap.index_map
    array = np.zeros(vertices.size_local)
    size = (vertices.size_local, vertices.size_global)
    return array, PETSc.Vec().createWithArray(array, size=size, comm=V.mesh.comm)


class Implicit:
    """Crank-Nicolson steps of ``v``."""

    def __init__(
        self, V: fem.FunctionSpace, D: ufl.core.expr.Expr, *, dt: float, lumping: float
    ) -> None:
        """Assemble for steps of ``dt`` [s]."""
        A = stiffness(V, D)
        self.solver = LinearSolver(mass(V, lumping=lumping) + dt / 2 * A, name="monodomain")
        self.solver.assemble()
        self.solver.ksp.setInitialGuessNonzero(True)
        self.solver.ksp.setTolerances(rtol=RTOL, atol=ATOL)
        self.B = matrix(A)
        self.v, self.vector = shared(V)
        self.increment, self.d = shared(V)
        self.increment_before, self.d_before = shared(V)
        self.b = self.d.duplicate()
        volumes = lumped_mass(V)
        self.volumes = PETSc.Vec().createWithArray(
            volumes, size=self.d.getSizes(), comm=V.mesh.comm
        )
        self.volume = self.volumes.sum()
        mean = self.volume / self.d.getSize()
        self.solver.S.scale(1 / mean)  # rows of order one: residuals are in the unit of v
        self.B.scale(-dt / mean)
        self.solver.S, self.B = halved(self.solver.S), halved(self.B)
        self.solver.ksp.setOperators(self.solver.S)
        self.solver.ksp.setNormType(PETSc.KSP.NormType.NATURAL)  # known without one more reduction

    def advance(self) -> int:
        """Advance ``v`` by dt; return the iterations of the solver."""
        self.B.mult(self.vector, self.b)
        self.d_before.axpby(2.0, -1.0, self.d)  # the guess: increments on a straight line
        self.d, self.d_before = self.d_before, self.d
        self.increment, self.increment_before = self.increment_before, self.increment
        iterations = self.solver.solve(self.b, self.d)
        self.d.shift(-self.volumes.dot(self.d) / self.volume)
        self.vector.axpy(1.0, self.d)
        return iterations

    def state(self) -> dict[str, Array]:
        """Return the arrays, beside ``v``, that a restart needs, to read or to write into."""
        return {"increment": self.increment, "increment_before": self.increment_before}


class Explicit:
    """Forward Euler steps of ``v``, which is another array after each."""

    def __init__(
        self, V: fem.FunctionSpace, D: ufl.core.expr.Expr, *, dt: float, lumping: float
    ) -> None:
        """Assemble for steps of ``dt`` [s]; refuse one that needs too many sub-steps."""
        self.v, self.vector = shared(V)
        self.w, self.other = shared(V)
        inverse = PETSc.Vec().createWithArray(
            1 / lumped_mass(V), size=self.vector.getSizes(), comm=V.mesh.comm
        )
        self.B = matrix(stiffness(V, D))
        self.B.diagonalScale(L=inverse)
        self.bracket = None
        if lumping < 1:
            self.bracket = matrix(mass(V, lumping=0.0))
            self.bracket.diagonalScale(L=inverse)
            self.bracket.scale(lumping - 1)
            self.bracket.shift(2 - lumping)
        self.limit = 2 / self._largest(V)
        self.substeps = math.ceil(dt / (MARGIN * self.limit))
        if self.substeps > SUBSTEPS:
            raise SosieError(
                f"time step of {dt * 1e3:g} ms: explicit diffusion is stable to"
                f" {self.limit * 1e3:.3g} ms on this mesh; choose implicit diffusion, a step under"
                f" {SUBSTEPS * MARGIN * self.limit * 1e3:.3g} ms or a coarser mesh"
            )
        self.B.scale(-dt / self.substeps)
        if self.bracket is None:
            self.B.shift(1.0)

    def _largest(self, V: fem.FunctionSpace) -> float:
        """Return lambda [1/s]: how much a vector grows that has been multiplied often enough."""
        x = V.tabulate_dof_coordinates()[: len(self.v)]
        self.v[:] = np.sin(x @ ROUGH)  # every mode, and the same on any number of ranks
        growth = 0.0
        for _ in range(MOST):
            self.vector.scale(1 / self.vector.norm())
            self.B.mult(self.vector, self.other)
            if self.bracket is None:
                self._exchange()
            else:
                self.bracket.mult(self.other, self.vector)
            before, growth = growth, self.vector.norm()
            if abs(growth - before) <= SETTLED * growth:
                break
        return growth

    def _exchange(self) -> None:
        self.v, self.w = self.w, self.v
        self.vector, self.other = self.other, self.vector

    def advance(self) -> int:
        """Advance ``v`` by dt; return 0, the iterations of no solver."""
        for _ in range(self.substeps):
            self.B.mult(self.vector, self.other)
            if self.bracket is None:
                self._exchange()
            else:
                self.bracket.multAdd(self.other, self.vector, self.vector)
        return 0

    def state(self) -> dict[str, Array]:
        """Return the arrays, beside ``v``, that a restart needs: none."""
        return {}
