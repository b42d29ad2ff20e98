r"""Spreading of tau against solutions known in closed form, on bars of tissue.

    travelling wave  c = (1 + exp(s (x - v t)))^-2,  s = sqrt(r / (6 D)),  v = 5 sqrt(r D / 6)
    front            its speed tends to 2 sqrt(r D) as 2 sqrt(r D) (1 - 3 / (4 r t))
    anisotropy       in a cube of edge L, cos(pi x / L) decays as exp(-D_x (pi / L)^2 t)
    no growth        the integral of c stays

Sources: Ablowitz and Zeppenfeld (1979), doi:10.1007/BF02462380; Bramson (1983),
doi:10.1090/memo/0285.
"""

from mpi4py import MPI

import numpy as np
import ufl
from dolfinx import fem, mesh

from sosie.brain.fisher_kpp import FisherKPP
from sosie.brain.parameters import YEAR
from sosie.fem.integrate import norm
from sosie.fem.mesh import constant

D, RATE = 30e-6 / YEAR, 0.5 / YEAR
"""Diffusivity [m^2/s] and growth rate [1/s] of the bars."""
WIDTH = np.sqrt(D / RATE)
"""[m], of a front."""


def bar(comm: MPI.Comm, *, length: float, h: float) -> mesh.Mesh:
    """Return a bar of one cube of edge ``h`` [m] across and ``length`` / ``h`` along."""
    n = round(length / h)
    return mesh.create_box(comm, [np.zeros(3), np.array([n * h, h, h])], (n, 1, 1))


def equation(domain: mesh.Mesh, *, dt: float) -> FisherKPP:
    """Return the equation on a bar, ready to step by ``dt`` [s]."""
    problem = FisherKPP(constant(domain, D))
    problem.prepare(dt=dt)
    return problem


def wave_error(comm: MPI.Comm, *, cells: int) -> float:
    """Return the L2 error of the travelling wave after 5 years, over its L2 norm.

    ``cells`` along a bar of 80 front widths; the time step halves with them.
    """
    length, end = 80 * WIDTH, 5 * YEAR
    domain = bar(comm, length=length, h=length / cells)
    steps = cells // 8
    problem = equation(domain, dt=end / steps)
    s, v = np.sqrt(RATE / (6 * D)), 5 * np.sqrt(RATE * D / 6)
    start = length / 2
    problem.c.interpolate(lambda x: (1 + np.exp(s * (x[0] - start))) ** -2)
    for _ in range(steps):
        problem.step(rate=RATE, crowding=RATE)
    x = ufl.SpatialCoordinate(domain)[0]
    exact = (1 + ufl.exp(s * (x - start - v * end))) ** -2
    return norm(problem.c - exact, comm) / norm(exact, comm)


def wave_order(comm: MPI.Comm, *, cells: int) -> float:
    """Return the order measured between ``cells`` and twice as many, space and time together."""
    coarse, fine = (wave_error(comm, cells=n) for n in (cells, 2 * cells))
    return float(np.log2(coarse / fine))


def front_speed(comm: MPI.Comm, *, cells_per_width: float) -> float:
    """Return the speed of a front over Bramson's, between years 20 and 40 after a step in c."""
    h, dt = WIDTH / cells_per_width, 0.1 * YEAR
    domain = bar(comm, length=60 * WIDTH, h=h)
    problem = equation(domain, dt=dt)
    problem.c.interpolate(lambda x: (x[0] < 2 * WIDTH).astype(float))
    reached = []
    for step in range(1, 401):
        problem.step(rate=RATE, crowding=RATE)
        if step in (200, 400):
            reached.append(problem.mass() / h**2)
    speed = (reached[1] - reached[0]) / (200 * dt)
    # The mean of 1 - 3 / (4 r t) from 20 to 40 years.
    bramson = 2 * np.sqrt(RATE * D) * (1 - 3 * np.log(2) / (4 * RATE * 20 * YEAR))
    return float(speed / bramson)


def mode_error(comm: MPI.Comm, *, cells: int, along: bool, ratio: float) -> float:
    """Return the L2 error of a decaying cosine, over its norm; ``cells`` along each edge.

    The cube is turned, and with it the axons, along one of its edges; they conduct ``ratio`` times
    as well as what lies across. The cosine runs along them or across. The step halves with cells.
    """
    length = 4 * WIDTH
    domain = mesh.create_box(comm, [np.zeros(3), np.full(3, length)], (cells, cells, cells))
    turn = np.linalg.qr(np.array([[1.0, 2.0, 3.0], [2.0, -1.0, 1.0], [0.5, 1.0, -2.0]]))[0]
    domain.geometry.x[:] = domain.geometry.x @ turn.T
    axis = fem.Function(fem.functionspace(domain, ("Discontinuous Lagrange", 0, (3,))))
    axis.x.array[:] = np.tile(np.sqrt(ratio - 1) * turn[:, 0], len(axis.x.array) // 3)
    problem = FisherKPP(constant(domain, D), axis)
    way = turn[:, 0 if along else 1]
    decay = D * (ratio if along else 1) * (np.pi / length) ** 2
    end = 1 / decay
    problem.prepare(dt=end / cells)
    problem.c.interpolate(lambda x: np.cos(np.pi / length * (way @ x)))
    for _ in range(cells):
        problem.step(rate=0.0, crowding=0.0)
    x = ufl.SpatialCoordinate(domain)
    across = sum(float(part) * x[i] for i, part in enumerate(way))
    exact = np.exp(-decay * end) * ufl.cos(np.pi / length * across)
    return norm(problem.c - exact, comm) / norm(exact, comm)


def mode_order(comm: MPI.Comm, *, cells: int, along: bool, ratio: float) -> float:
    """Return the order measured between ``cells`` and twice as many, space and time together."""
    coarse, fine = (mode_error(comm, cells=n, along=along, ratio=ratio) for n in (cells, 2 * cells))
    return float(np.log2(coarse / fine))


def drift_of_mass(comm: MPI.Comm) -> float:
    """Return the relative change of the integral of c over 40 years without growth."""
    domain = bar(comm, length=20 * WIDTH, h=WIDTH / 2)
    problem = equation(domain, dt=0.1 * YEAR)
    problem.c.interpolate(lambda x: 0.2 * (x[0] < 5 * WIDTH))
    before = problem.mass()
    for _ in range(400):
        problem.step(rate=0.0, crowding=0.0)
    return abs(problem.mass() / before - 1)
