r"""When the front of activation passes: the anisotropic eikonal-diffusion equation.

    sqrt(grad T . D grad T) - div(epsilon D grad T) = 1,    n . D grad T = 0 on the boundary

T        activation time [s], shape ()
D        c_f^2 f (x) f + c_t^2 (I - f (x) f) [m^2/s^2], shape (3, 3): squared front velocities
f        unit fibre; c_f, c_t the velocities along and across it [m/s]
epsilon  [s]: slows convex fronts, and gives T a unique solution

It follows from the monodomain equation with epsilon D = sigma / (chi C_m) (Colli Franzone et al.
1990, doi:10.1016/0025-5564(90)90020-Y). The slab benchmark's tissue (Niederer et al. 2011,
doi:10.1098/rsta.2011.0139) has sigma / (chi C_m) = 95 and 12.6 mm^2/s along and across the fibre,
at 0.6 and 0.3 m/s: epsilon = 0.26 and 0.14 ms. ASSUME: one epsilon, 0.2 ms.

P1 in space, stabilised along the characteristic b = D grad T / |grad T|_D (streamline upwinding,
Brooks and Hughes 1982, doi:10.1016/0045-7825(82)90071-8), because the mesh is far coarser than
epsilon c. tau = 1 / (2 |K b|), K the inverse Jacobian, is the time the front takes for half a cell;
it fades where diffusion resolves the front, and has a ceiling where T is flat and b vanishes.
heart.eikonal_cells has the sums of a cell.

Steps: the derivative of |grad T|_D alone, b in the weight held. As |.|_D is convex this is policy
iteration, which needs no line search; Newton's full derivative stalls where fronts meet.
"""

from dataclasses import dataclass

import basix
import numpy as np
import ufl
from dolfinx import fem, mesh

from sosie.errors import SolverDivergedError
from sosie.fem.cellwise import Cellwise
from sosie.fem.solve import SPD, TRANSPORT, configured, solve
from sosie.heart.eikonal_cells import VOLUME, Cells

QUADRATURE = 2
"""Degree: the fibre is known at the four points of it."""
FLAT = 0.8
"""delta: |grad T|_D is sqrt(grad T . D grad T + delta^2), so T is smooth where fronts meet. The
source is changed alike: a front that meets nobody keeps its speed."""
SLOPE = (1 + FLAT**2) ** 0.5
"""Makes the smoothed speed's slope at a front one, as |.|_D's is: epsilon keeps its meaning."""
LARGEST, STRIDE, SHORTEST = 30.0, 3.0, 1.1
"""Multiple of epsilon that is solved first, and what it is divided by from step to step: a cold
start at epsilon itself diverges.
"""
ROUGH, NEAR, SOLVED = 0.1, (1e-2, 1e-3, 1e-4, 1e-5), 1e-9
"""Residuals (rows of order one): between steps of the continuation, where Newton is tried, the end.
"""
STEPS, MOST = 25, 200
"""Iterations of one step, and of the last, policy iteration alone."""
TOO_MANY, NOT_A_NUMBER = -5, -4
"""Why iterations end, in PETSc's numbers."""
REACH = 0.02
"""[s] of the linear start: its front is c REACH wide, a cell or more."""


@dataclass(frozen=True, slots=True)
class Iterations:
    """Newton iterations, over all steps of the continuation."""

    newton: int


class Eikonal:
    """Solves for the activation time ``T`` on one mesh, as often as the geometry moves."""

    def __init__(
        self,
        domain: mesh.Mesh,
        fibre: ufl.core.expr.Expr,
        *,
        source: ufl.core.expr.Expr | float = 1.0,
    ) -> None:
        """``source`` is the right-hand side: a number or an expression (manufactured tests)."""
        V = fem.functionspace(domain, ("Lagrange", 1))
        self.T = fem.Function(V, name="T")
        self.known = fem.Function(V, name="known")  # 1 where T is prescribed
        self.value = fem.Function(V, name="value")
        self.fibre_velocity = fem.Constant(domain, 1.0)
        self.transverse_velocity = fem.Constant(domain, 1.0)
        points, weights = basix.make_quadrature(basix.CellType.tetrahedron, QUADRATURE)
        phi = np.column_stack([1 - points.sum(axis=1), points])
        self.cells = Cells(domain.topology.index_map(3).size_local, phi)
        self.geometry = self._geometry(domain, fibre, source, points, weights[0])
        self.sums = Cellwise(V, columns=self.cells.stride)
        self.held = self.known.x.array[: self.sums.own]
        self.ksp = configured(domain.comm, "eikonal", TRANSPORT)
        self.start = configured(domain.comm, "eikonal_start", SPD)
        self.step = self.sums.matrix.createVecRight()

    def _geometry(
        self,
        domain: mesh.Mesh,
        fibre: ufl.core.expr.Expr,
        source: ufl.core.expr.Expr | float,
        points: np.ndarray,
        weight: float,
    ) -> fem.Expression:
        """Return what the cells' kernel wants to know at its points."""
        c_f, c_t = self.fibre_velocity, self.transverse_velocity
        K = ufl.inv(ufl.Jacobian(domain))
        M = c_t**2 * K * K.T + (c_f**2 - c_t**2) * ufl.outer(K * fibre, K * fibre)
        upper = [M[i, j] for i in range(3) for j in range(i, 3)]
        volume = weight * abs(ufl.JacobianDeterminant(domain))
        smooth = ufl.sqrt(source**2 + FLAT**2)
        numbers = [*upper, c_t**2 * ufl.tr(K * K.T), volume, smooth]
        return fem.Expression(ufl.as_vector(numbers), points)

    def solve(self, *, c_f: float, c_t: float, epsilon: float) -> Iterations:
        """Solve for ``T`` with the prescribed values where ``known`` is 1.

        Raises SolverDivergedError. ``T`` starts from the diffusion-dominated end.
        """
        self.fibre_velocity.value, self.transverse_velocity.value = c_f, c_t
        self._place()
        self._start()
        iterations = self._continue(epsilon)
        for near in NEAR:
            iterations += self._advance(epsilon, residual=near, most=STEPS)[0]
            reached = self.T.x.array.copy()
            try:
                last = self._solve(epsilon, residual=SOLVED, most=STEPS, newton=1.0)
                return Iterations(iterations + last)
            except SolverDivergedError:
                self.T.x.array[:] = reached
        return Iterations(iterations + self._solve(epsilon, residual=SOLVED, most=MOST))

    def _place(self) -> None:
        """Take the mesh, fibres, velocities and known values as they now are."""
        domain, cells = self.T.function_space.mesh, self.cells
        at = self.geometry.eval(domain, np.arange(cells.n, dtype=np.int32))
        at = at.reshape(cells.n, *cells.point.shape[:2])
        cells.point[:, :, : cells.n] = np.moveaxis(at, 0, -1)
        volumes = cells.point[:, VOLUME]
        volumes[:, cells.n :] = 0.0
        vertices = self.T.function_space.dofmap.index_map.size_global
        volumes *= vertices / domain.comm.allreduce(volumes.sum())  # rows of order one on any mesh
        self.sums.gather(1 - self.known.x.array, cells.free)

    def _solve(self, epsilon: float, *, residual: float, most: int, newton: float = 0.0) -> int:
        """Iterate until |F| <= ``residual``; return how often (collective).

        Raises SolverDivergedError after ``most`` iterations.
        """
        iterations, size = self._advance(epsilon, residual=residual, most=most, newton=newton)
        if size > residual:
            raise SolverDivergedError("eikonal", TOO_MANY, iterations)
        return iterations

    def _advance(
        self, epsilon: float, *, residual: float, most: int, newton: float = 0.0
    ) -> tuple[int, float]:
        """Do the same, content with less; return |F| too.

        ``newton`` is 0 for policy iteration and 1 for Newton's full derivative.
        """
        cells, sums, T = self.cells, self.sums, self.T.x
        for iteration in range(most + 1):
            sums.gather(T.array, cells.T)
            cells.evaluate(epsilon=epsilon, flat=FLAT, slope=SLOPE, newton=newton)
            F = sums.assemble_vector(cells.F)
            size = F.norm()
            if not np.isfinite(size):
                raise SolverDivergedError("eikonal", NOT_A_NUMBER, iteration)
            if size <= residual or iteration == most:
                break
            self.ksp.setOperators(sums.assemble_matrix(cells.J, self.held))
            solve(self.ksp, F, self.step, name="eikonal")
            T.array[: sums.own] -= self.step.array_r
            T.scatter_forward()
        return iteration, size

    def _continue(self, epsilon: float) -> int:
        """Bring ``T`` near the solution at epsilon, in shorter strides where one fails."""
        iterations, multiple, stride = 0, LARGEST, STRIDE
        reached, last = self.T.x.array.copy(), LARGEST
        while True:
            try:
                iterations += self._solve(multiple * epsilon, residual=ROUGH, most=STEPS)
            except SolverDivergedError:
                if stride < SHORTEST or multiple == LARGEST:
                    raise
                self.T.x.array[:] = reached
                stride = stride**0.5
            else:
                if multiple == 1:
                    return iterations
                reached[:], last = self.T.x.array, multiple
            multiple = max(last / stride, 1.0)

    def _start(self) -> None:
        """Set ``T`` to -REACH ln u, u - REACH^2 div(D grad u) = 0: Varadhan's distance."""
        known, sums = self.known.x.array, self.sums
        guess = known * np.exp(-self.value.x.array / REACH)
        at = np.zeros_like(self.cells.T)
        sums.gather(guess, at)
        A = self.cells.diffusion(REACH**2)
        b = sums.assemble_vector(-self.cells.free * np.einsum("ijc,jc->ic", A, at))
        A *= self.cells.free[:, None] * self.cells.free[None]
        self.start.setOperators(sums.assemble_matrix(A, self.held))
        solve(self.start, b, self.step, name="eikonal_start")
        guess[: sums.own] += self.step.array_r
        self.T.x.array[:] = -REACH * np.log(np.maximum(guess, 1e-15))
        self.T.x.scatter_forward()
