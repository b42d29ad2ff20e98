r"""A wall that moves: muscle with inertia and viscosity, which can be compressed.

    int rho a . w + (dpsi/dF + T F f (x) f + eta F E') : grad w + int_endo P cof F N . w
        + int_epi ((k_e u + c_e v) . N) N . w + int_base (k_b u + c_b v) . w = 0      for all w

    psi = a / 2b (exp(b (J^-2/3 I_1 - 3)) - 1) + a_fs / 2b_fs (exp(b_fs I_8fs^2) - 1)
        + sum over f, s of a_i / 2b_i (exp(b_i (I_4i - 1)^2) - 1) / (1 + exp(-h (I_4i - 1)))
        + kappa / 4 (J^2 - 1 - 2 ln J)

u, v, a  displacement [m], velocity, acceleration, shape (3,): P2
E'       (F^T F' + F'^T F) / 2, F' = grad v
T        active tension [Pa], the same everywhere;  P  pressure of the cavity [Pa]
k, c     springs [Pa/m] and dashpots [Pa s/m] of epicardium and base, whose N stays as at rest

Generalised alpha, of second order: inertia is taken at 1 - alpha_m of a step, all else, the loads
too, at 1 - alpha_f, with alpha_m = 0.2 and alpha_f = 0.4, which leave 2/3 of the highest
frequencies in a step.

Source: Arostica et al. (2025), doi:10.1016/j.cma.2024.117485, benchmark 1; Erlicher et al. (2002),
doi:10.1007/s00466-001-0273-z.
"""

from collections.abc import Callable
from dataclasses import dataclass

from mpi4py import MPI

import basix.ufl
import numpy as np
import ufl
from dolfinx import fem, mesh

from sosie.errors import SolverDivergedError
from sosie.fem.solve import DirectSolver
from sosie.heart.mechanics.cavity import cofactor
from sosie.heart.mechanics.equilibrium import LINE_SEARCH, RENEW, TOO_MANY, Effort
from sosie.heart.mechanics.material import Expression, Numbers
from sosie.heart.mechanics.parameters import HolzapfelOgden, Springs
from sosie.heart.mechanics.wall import BASE, ENDOCARDIUM, EPICARDIUM, FAST, QUADRATURE, pull

ALPHA_M, ALPHA_F = 0.2, 0.4
GAMMA = 0.5 + ALPHA_F - ALPHA_M
BETA = (GAMMA + 0.5) ** 2 / 4
CLOSE = 1e-7
"""[m] of the last step of an iteration; what is left is smaller."""
WILD = 0.05
"""[m] that no step of an iteration goes."""
MOST = 30
"""Iterations; those that converge take 3 to 10."""
SHORTEST = 1e-4
"""[s] of a step."""
Loads = Callable[[float], tuple[float, float]]
"""Tension and pressure [Pa] at a time [s]."""


@dataclass(frozen=True)
class Body:
    """Numbers of benchmark 1."""

    muscle: HolzapfelOgden = HolzapfelOgden()
    bulk: float = 1e6  # kappa [Pa]
    switch: float = 100.0  # h
    density: float = 1e3  # rho [kg/m^3]
    viscosity: float = 100.0  # eta [Pa s]
    epicardium: tuple[Springs, Springs] = (Springs(1e8), Springs(5e3))  # k_e; c_e [Pa s/m]
    base: tuple[Springs, Springs] = (Springs(1e5, 1e5), Springs(5e3, 5e3))  # k_b; c_b


BENCHMARK = Body()


def energy(
    body: Body, domain: mesh.Mesh, F: Expression, f: Expression, s: Expression
) -> Expression:
    """Return psi [Pa], per volume at rest."""
    of = Numbers(body.muscle, domain).of
    J = ufl.det(F)

    def stiff(which: str, x: Expression) -> Expression:
        a, b = of[f"a{which}"], of[f"b{which}"]
        return a / (2 * b) * (ufl.exp(b * x) - 1)

    def stretched(which: str, i: Expression) -> Expression:
        x = ufl.dot(F * i, F * i) - 1
        return stiff(which, x**2) / (1 + ufl.exp(-body.switch * x))

    psi = stiff("", J ** (-2 / 3) * ufl.inner(F, F) - 3) + stiff("_fs", ufl.dot(F * f, F * s) ** 2)
    psi += stretched("_f", f) + stretched("_s", s)
    return psi + body.bulk / 4 * (J**2 - 1 - 2 * ufl.ln(J))


class Moving:
    """A wall that moves from rest: ``u``, and ``v`` and ``a`` with it."""

    def __init__(
        self,
        domain: mesh.Mesh,
        tags: mesh.MeshTags,
        fibre: Expression,
        sheet: Expression,
        *,
        body: Body = BENCHMARK,
    ) -> None:
        """Build residual and tangent of a step; facets are tagged as those of `wall`."""
        self.domain, self.dt = domain, fem.Constant(domain, 1.0)
        V = fem.functionspace(domain, ("Lagrange", 2, (3,)))
        self.u, self.u_old, self.v, self.a = (fem.Function(V) for _ in range(4))
        self.tension, self.pressure = (fem.Constant(domain, 0.0) for _ in range(2))
        f, s = (_at_points(domain, direction) for direction in (fibre, sheet))
        w = ufl.TestFunction(V)
        a = _acceleration(self.dt, self.u, self.u_old, self.v, self.a)
        v = _velocity(self.dt, a, self.v, self.a)
        a_m = (1 - ALPHA_M) * a + ALPHA_M * self.a
        v_f = (1 - ALPHA_F) * v + ALPHA_F * self.v
        u_f = (1 - ALPHA_F) * self.u + ALPHA_F * self.u_old
        F, rate = ufl.variable(ufl.Identity(3) + ufl.grad(u_f)), ufl.grad(v_f)
        P = ufl.diff(energy(body, domain, F, f, s), F) + self.tension * ufl.outer(F * f, f)
        P += body.viscosity / 2 * F * (F.T * rate + rate.T * F)
        outward = ufl.FacetNormal(domain)
        degree = {"quadrature_degree": QUADRATURE}
        dx = ufl.Measure("dx", domain=domain, metadata=degree)
        ds = ufl.Measure("ds", domain=domain, subdomain_data=tags, metadata=degree)
        residual = (body.density * ufl.inner(a_m, w) + ufl.inner(P, ufl.grad(w))) * dx
        residual += self.pressure * ufl.inner(cofactor(F) * outward, w) * ds(ENDOCARDIUM)
        for tag, (springs, dashpots) in ((EPICARDIUM, body.epicardium), (BASE, body.base)):
            residual += pull(springs, domain, u_f, w, outward) * ds(tag)
            residual += pull(dashpots, domain, v_f, w, outward) * ds(tag)
        tangent = ufl.derivative(residual, self.u)
        self.solver = DirectSolver(residual, tangent, name="moving", bcs=[], flags=FAST)
        self.y = self.solver.r.duplicate()
        self.fresh = False
        self.effort = Effort()

    def advance(self, loads: Loads, time: float, dt: float) -> None:
        """Go on from ``time`` by ``dt`` [s], in halves where that diverges.

        Raises SolverDivergedError where they become too short.
        """
        try:
            self._step(*loads(time + (1 - ALPHA_F) * dt), dt)
        except SolverDivergedError:
            self.effort.failures += 1
            self.u.x.array[:] = self.u_old.x.array
            self.fresh = False
            if dt / 2 < SHORTEST:
                raise
            for start in (time, time + dt / 2):
                self.advance(loads, start, dt / 2)

    def _step(self, tension: float, pressure: float, dt: float) -> None:
        self.tension.value, self.pressure.value = tension, pressure
        self.fresh = self.fresh and self.dt.value == dt
        self.dt.value = dt
        u, u_old, v, a = (f.x.array for f in (self.u, self.u_old, self.v, self.a))
        u_old[:] = u
        u += dt * v
        self._solve()
        new = _acceleration(dt, u, u_old, v, a)
        v[:] = _velocity(dt, new, v, a)
        a[:] = new
        self.effort.steps += 1

    def _solve(self) -> None:
        before, renew = np.inf, not self.fresh
        for _ in range(MOST):
            R = self.solver.residual()
            if renew:
                self.solver.assemble()
                self.solver.factorise()
                self.fresh = True
                self.effort.factorisations += 1
            self.solver.solve(R, self.y)
            self.effort.iterations += 1
            far = float(np.abs(self.y.array_r).max(initial=0.0))
            far = self.domain.comm.allreduce(np.inf if np.isnan(far) else far, MPI.MAX)
            if far > WILD:
                raise SolverDivergedError("moving", LINE_SEARCH, 0)
            self.u.x.petsc_vec.axpy(-1.0, self.y)
            self.u.x.scatter_forward()
            if far < CLOSE:
                return
            renew, before = far > RENEW * before, far
        raise SolverDivergedError("moving", TOO_MANY, MOST)


def _acceleration[T](dt: T | float, u: T, u_old: T, v: T, a: T) -> T:
    return (u - u_old - dt * v) / (BETA * dt**2) - (0.5 / BETA - 1) * a


def _velocity[T](dt: T | float, new: T, v: T, a: T) -> T:
    return v + dt * ((1 - GAMMA) * a + GAMMA * new)


def _at_points(domain: mesh.Mesh, direction: Expression) -> fem.Function:
    """Return a direction's values at quadrature points."""
    element = basix.ufl.quadrature_element("tetrahedron", value_shape=(3,), degree=QUADRATURE)
    f = fem.Function(fem.functionspace(domain, element))
    f.interpolate(fem.Expression(direction, f.function_space.element.interpolation_points))
    return f
