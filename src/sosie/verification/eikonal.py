r"""Activation against solutions known in closed form, on blocks of muscle with straight fibres.

    plane wave       T = x / c - epsilon (exp((x - L) / (epsilon c)) - exp(-L / (epsilon c)))
    ball             T = distance to the ball's surface, lengths scaled by 1/c along and across
    manufactured     T = p . x + A sin(pi x / L) cos(pi y / L) sin(pi z / L), source made to fit
    slower muscle    T(c / 2, 2 epsilon) = 2 T(c, epsilon), as the equation says term by term

The plane wave's exponential is the layer at the outflow, where no front is to come. The distance is
the limit epsilon -> 0: in the equation a round front of radius r is late by 2 epsilon ln(r / R).
So with epsilon unchanged, halving the velocities does not quite double the times: they differ by
epsilon (1 + 2 ln(r / R)), layer and roundness; twice that is allowed, for the mesh.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from mpi4py import MPI

import numpy as np
import ufl
from dolfinx import fem, mesh

from sosie.fem.integrate import norm
from sosie.heart.activation import prescribed
from sosie.heart.eikonal import FLAT, SLOPE, Eikonal
from sosie.heart.parameters import Activation, Site
from sosie.typing import Array

C_F, C_T = 0.6, 0.3
"""Front velocities [m/s] along and across the fibre."""
EPSILON = Activation().diffusion_time
"""[s] of the heart model."""
SLAB = (60e-3, 30e-3, 12e-3)
"""Edges [m], fibre along the first."""
BALL = Activation().radius
"""Radius [m] of the source in the slab's corner."""
CORRECTION = 2 * EPSILON * (1 + 2 * math.log(math.hypot(*SLAB) / BALL))
"""[s] that halved velocities may keep the times from doubling, r the slab's diagonal."""
CUBE = 20e-3
"""Edge [m] of the manufactured solution's block."""

Rule = Callable[[Array], Array]  # of the vertices, shape (n, 3) [m]


@dataclass(frozen=True)
class Solution:
    """Activation of this rank's vertices."""

    T: fem.Function
    x: Array  # (n, 3) [m]
    times: Array  # (n,) [s]

    def largest(self, error: Array) -> float:
        """Return the largest absolute value over all ranks."""
        comm: MPI.Comm = self.T.function_space.mesh.comm
        return float(comm.allreduce(np.abs(error).max(initial=0.0), MPI.MAX))


def solve(
    domain: mesh.Mesh,
    *,
    known: Rule,
    value: Rule,
    fibre: tuple[float, float, float] = (1.0, 0.0, 0.0),
    slower: float = 1.0,
    epsilon: float = EPSILON,
    source: ufl.core.expr.Expr | float = 1.0,
) -> Solution:
    """Prescribe ``value`` where ``known`` is true and solve, velocities divided by ``slower``."""
    problem = Eikonal(domain, ufl.as_vector(fibre), source=source)
    x = problem.T.function_space.tabulate_dof_coordinates()
    where = known(x)
    problem.known.x.array[:] = where
    problem.value.x.array[:] = np.where(where, value(x), 0.0)
    problem.solve(c_f=C_F / slower, c_t=C_T / slower, epsilon=epsilon)
    return Solution(problem.T, x, problem.T.x.array)


def slab(comm: MPI.Comm, h: float) -> mesh.Mesh:
    """Return the slab with cells of edge ``h`` [m]."""
    cells = np.round(np.array(SLAB) / h).astype(int)
    return mesh.create_box(comm, [np.zeros(3), np.array(SLAB)], cells)


def plane_wave(comm: MPI.Comm, *, h: float, axis: int) -> float:
    """Return the largest error [s] of a plane front along ``axis``, upstream of its outflow face.

    On that face the layer, which no cell resolves, makes T uncertain by up to epsilon.
    """
    c, length = (C_F, C_T, C_T)[axis], SLAB[axis]
    front = solve(
        slab(comm, h), known=lambda x: np.isclose(x[:, axis], 0.0), value=lambda x: 0.0 * x[:, 0]
    )
    x, layer = front.x[:, axis], EPSILON * c
    exact = x / c - EPSILON * (np.exp((x - length) / layer) - np.exp(-length / layer))
    return front.largest(np.where(x < length - h / 2, front.times - exact, 0.0))


def ball(comm: MPI.Comm, *, h: float, slower: float = 1.0, epsilon: float = EPSILON) -> Solution:
    """Return activation of the slab from the ball in its corner, 0 inside it."""
    corner = Activation(radius=BALL, sites=(Site("corner", 0.0, 0.0, 0.0),))

    def source(x: Array) -> Array:
        if not (np.linalg.norm(x, axis=1) <= BALL).any():  # a rank that holds none of the ball
            return np.full(len(x), np.nan)
        fibre = np.tile([1.0, 0.0, 0.0], (len(x), 1))
        velocities = {"c_f": C_F / slower, "c_t": C_T / slower}
        return prescribed(x, fibre, np.zeros((1, 3)), corner, **velocities)

    front = solve(
        slab(comm, h),
        known=lambda x: np.isfinite(source(x)),
        value=source,
        slower=slower,
        epsilon=epsilon,
    )
    return Solution(front.T, front.x, np.maximum(front.times, 0.0))


def distance(x: Array) -> Array:
    """Return the time [s] from the ball's surface, shape (n,): the distance to an ellipsoid.

    In lengths over velocities the ball is an ellipsoid of semi-axes e; the nearest point of it to y
    is e^2 y / (t + e^2) with t >= 0 the root of sum (e y / (t + e^2))^2 = 1, found by bisection.
    """
    c = np.array([C_F, C_T, C_T])
    e, y = BALL / c, x / c
    low, high = np.zeros(len(x)), np.linalg.norm(e * y, axis=1)
    for _ in range(80):
        t = (low + high) / 2
        outside = (np.square(e * y / (t[:, None] + e**2)).sum(axis=1)) > 1
        low, high = np.where(outside, t, low), np.where(outside, high, t)
    return np.linalg.norm(high[:, None] * y / (high[:, None] + e**2), axis=1)


def ball_error(comm: MPI.Comm, *, h: float) -> float:
    """Return the largest difference [s] between activation from the ball and the distance."""
    front = ball(comm, h=h)
    outside = np.linalg.norm(front.x, axis=1) > BALL
    return front.largest((front.times - distance(front.x)) * outside)


@dataclass(frozen=True)
class Halved:
    """How activation from the ball at half the velocities compares with twice the times [s]."""

    same_diffusion: float  # largest difference, epsilon unchanged
    doubled_diffusion: float  # largest difference, epsilon doubled as well
    latest: float  # last activation at half the velocities


def halved(comm: MPI.Comm, *, h: float) -> Halved:
    """Solve the slab at full and at half the velocities."""
    full = ball(comm, h=h)
    same, doubled = (ball(comm, h=h, slower=2.0, epsilon=e) for e in (EPSILON, 2 * EPSILON))
    return Halved(
        full.largest(same.times - 2 * full.times),
        full.largest(doubled.times - 2 * full.times),
        full.largest(same.times),
    )


def manufactured_error(comm: MPI.Comm, *, cells: int, epsilon: float) -> float:
    """Return the L2 error of the manufactured solution over its L2 norm."""
    domain = mesh.create_box(comm, [np.zeros(3), np.full(3, CUBE)], (cells,) * 3)
    f = (2 / 3, 2 / 3, 1 / 3)

    def time(x: Array | ufl.SpatialCoordinate, sin: Callable, cos: Callable) -> Array:
        wave = sin(np.pi * x[0] / CUBE) * cos(np.pi * x[1] / CUBE) * sin(np.pi * x[2] / CUBE)
        return 1.2 * x[0] + 1.0 * x[1] + 0.8 * x[2] + 1.5e-3 * wave

    exact = time(ufl.SpatialCoordinate(domain), ufl.sin, ufl.cos)
    g, fibre = ufl.grad(exact), ufl.as_vector(f)
    flux = C_T**2 * g + (C_F**2 - C_T**2) * ufl.inner(fibre, g) * fibre
    smooth = ufl.sqrt(ufl.inner(g, flux) + FLAT**2)
    source = ufl.sqrt((smooth - epsilon * ufl.div(flux) / SLOPE) ** 2 - FLAT**2)
    front = solve(
        domain,
        known=lambda x: np.isclose(np.abs(x / CUBE - 0.5).max(axis=1), 0.5),
        value=lambda x: time(x.T, np.sin, np.cos),
        fibre=f,
        epsilon=epsilon,
        source=source,
    )
    return norm(front.T - exact, comm) / norm(exact, comm)


def manufactured_order(comm: MPI.Comm, *, cells: int, epsilon: float) -> float:
    """Return the order measured between ``cells`` to an edge and twice as many."""
    coarse, fine = (manufactured_error(comm, cells=n, epsilon=epsilon) for n in (cells, 2 * cells))
    return float(np.log2(coarse / fine))
