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

Steps: the derivative of |grad T|_D alone, b in the weight held. As |.|_D is convex this is policy
iteration, which needs no line search; Newton's full derivative stalls where fronts meet.
"""

from dataclasses import dataclass

import numpy as np
import ufl
from dolfinx import fem, mesh

from sosie.errors import SolverDivergedError
from sosie.fem.mesh import measure
from sosie.fem.solve import TRANSPORT, NonlinearSolver, solve_linear

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
        self.epsilon = fem.Constant(domain, 1.0)
        c_f, c_t, epsilon = self.fibre_velocity, self.transverse_velocity, self.epsilon
        w = ufl.TestFunction(V)
        T = self.T
        g = ufl.grad(T)

        def D(a: ufl.core.expr.Expr) -> ufl.core.expr.Expr:
            return c_t**2 * a + (c_f**2 - c_t**2) * ufl.inner(fibre, a) * fibre

        speed = ufl.sqrt(ufl.inner(g, D(g)) + FLAT**2)
        b = D(g) / speed
        K = ufl.inv(ufl.Jacobian(domain))
        u = ufl.TrialFunction(V)
        across = c_t**2 * ufl.tr(K * K.T)
        along = (c_f**2 - c_t**2) * ufl.inner(K * fibre, K * fibre)
        fade = 4 * epsilon * (across + along)
        floor = FLAT**2 * across / (1 + ufl.inner(g, D(g)) ** 2) ** 2
        tau = 1 / ufl.sqrt(4 * ufl.inner(K * b, K * b) + floor + fade**2)
        dx = measure(domain, degree=QUADRATURE)
        weight = w + tau * ufl.inner(b, ufl.grad(w))
        F = (
            SLOPE * (speed - ufl.sqrt(source**2 + FLAT**2)) * weight * dx
            + epsilon * ufl.inner(D(g), ufl.grad(w)) * dx
        )
        J = SLOPE * ufl.inner(b, ufl.grad(u)) * weight * dx
        J += epsilon * ufl.inner(D(ufl.grad(u)), ufl.grad(w)) * dx
        lumped = ufl.dx(
            domain=domain, metadata={"quadrature_rule": "vertex", "quadrature_degree": 1}
        )
        self.a = u * w * lumped + REACH**2 * ufl.inner(D(ufl.grad(u)), ufl.grad(w)) * dx
        self.L = fem.Constant(domain, 0.0) * w * dx
        self.rows = fem.Constant(domain, 1.0)  # makes rows of order one, whatever the mesh
        self.volume = fem.form(fem.Constant(domain, 1.0) * ufl.dx)
        # 0: policy iteration, the weight held; 1: Newton's full derivative.
        self.newton = fem.Constant(domain, 0.0)
        J += self.newton * (ufl.derivative(F, T, u) - J)
        self.F, self.J = self.rows * F, self.rows * J

    def solve(self, *, c_f: float, c_t: float, epsilon: float) -> Iterations:
        """Solve for ``T`` with the prescribed values where ``known`` is 1.

        Raises SolverDivergedError. ``T`` starts from the diffusion-dominated end.
        """
        self.fibre_velocity.value, self.transverse_velocity.value = c_f, c_t
        known = np.flatnonzero(self.known.x.array > 0.5).astype(np.int32)
        self._start(known)
        comm, V = self.T.function_space.mesh.comm, self.T.function_space
        volume = comm.allreduce(fem.assemble_scalar(self.volume))
        self.rows.value = V.dofmap.index_map.size_global / volume
        problem = NonlinearSolver(
            self.F,
            self.T,
            J=self.J,
            name="eikonal",
            bcs=[fem.dirichletbc(self.value, known)],
            options=TRANSPORT,
        )
        self.newton.value = 0.0
        iterations = self._continue(problem, epsilon)
        for near in NEAR:
            self.newton.value = 0.0
            iterations += problem.advance(residual=near, most=STEPS)
            reached = self.T.x.array.copy()
            self.newton.value = 1.0
            try:
                return Iterations(iterations + problem.solve(residual=SOLVED, most=STEPS))
            except SolverDivergedError:
                self.T.x.array[:] = reached
        self.newton.value = 0.0
        return Iterations(iterations + problem.solve(residual=SOLVED, most=MOST))

    def _continue(self, problem: NonlinearSolver, epsilon: float) -> int:
        """Bring ``T`` near the solution at epsilon, in shorter strides where one fails."""
        iterations, multiple, stride = 0, LARGEST, STRIDE
        reached, last = self.T.x.array.copy(), LARGEST
        while True:
            self.epsilon.value = multiple * epsilon
            try:
                iterations += problem.solve(residual=ROUGH, most=STEPS)
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

    def _start(self, known: np.ndarray) -> None:
        """Set ``T`` to -REACH ln u, u - REACH^2 div(D grad u) = 0: Varadhan's distance."""
        on_source = fem.Function(self.T.function_space)
        on_source.x.array[:] = np.exp(-self.value.x.array / REACH)
        bcs = [fem.dirichletbc(on_source, known)]
        solve_linear(self.a, self.L, self.T, name="eikonal_start", bcs=bcs)
        self.T.x.array[:] = -REACH * np.log(np.maximum(self.T.x.array, 1e-15))
