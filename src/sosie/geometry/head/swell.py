r"""Bring the hull next to the inner skull by small steps of elasticity: a full head.

    div sigma = 0,   sigma = E (2 mu eps(u) + lambda tr(eps(u)) I - chi 3 kappa e I)

u     displacement of one step [m], given on the hull; the geometry moves after each step
E     SOFT in cisterns and 1 elsewhere, times the mean cell's volume over the cell's own
chi   1 in brain and ventricles, 0 in the cisterns; e is the strain that leaves the cisterns the
      volume wanted (symbols and source of the strain: `brain.inflate`)

A vertex of the hull moves along its line to the inner skull, so that the fluid over it keeps its
place, until the fluid is LEFT lattice spacings thick, but not farther than FARTHEST. An atrophied
brain is scaled instead.
"""

import logging

from mpi4py import MPI

import numpy as np
import ufl
from dolfinx import fem

from sosie.fem.mesh import TemplateMesh
from sosie.fem.solve import solve_linear
from sosie.geometry.brain.inflate import NU
from sosie.geometry.brain.quality import volumes
from sosie.typing import Array, Integers

LEFT = 0.16
"""Thickness of the fluid that is left, in lattice spacings."""
FARTHEST = 8e-3
"""Largest displacement of the hull outwards [m]."""
SHRUNK, CENTRE = 0.922, np.array([0.0, -25e-3, 0.0])
"""Scale of lengths in the most atrophied head, about a point [m] in the brain's middle."""
# ASSUME: fluid widens on all sides alike
SOFT = 0.1
"""Modulus of cisterns over that of the rest."""  # ASSUME: shapes only
CISTERNS = 0.6
"""Of the cisterns' volume that is left in a full head."""
STEPS = 3

log = logging.getLogger(__name__)


def moved(
    points: Array,
    cells: Integers,
    parts: Integers,
    hull: Integers,
    displacement: Array,
    *,
    cisterns: float,
) -> Array:
    """Return the points (n, 3) [m] of the body when its ``hull`` (n_hull,) is displaced.

    ``parts`` (m,) are 0 in tissue, 1 in ventricles, 2 in cisterns, of whose volume the part
    ``cisterns`` is left.
    """
    given = np.zeros_like(points)
    given[hull] = displacement / STEPS
    mesh = TemplateMesh(MPI.COMM_SELF, cells, points, n_vertices=len(points))
    V = fem.functionspace(mesh.domain, ("Lagrange", 1, (3,)))
    vertex = np.empty(len(points), dtype=np.int64)
    vertex[V.dofmap.list.ravel()] = mesh.cell_vertices.ravel()
    fixed = np.flatnonzero(np.isin(vertex, hull)).astype(np.int32)
    u, on_hull = fem.Function(V, name="u"), fem.Function(V)
    E = mesh.cell_function("modulus", np.ones(len(cells)))
    e = mesh.cell_function("strain", np.zeros(len(cells)))
    v, w = ufl.TrialFunction(V), ufl.TestFunction(V)
    mu, lam = 1 / (2 * (1 + NU)), NU / ((1 + NU) * (1 - 2 * NU))
    sigma = 2 * mu * ufl.sym(ufl.grad(v)) + lam * ufl.div(v) * ufl.Identity(3)
    a = E * ufl.inner(sigma, ufl.grad(w)) * ufl.dx
    L = E * e / (1 - 2 * NU) * ufl.div(w) * ufl.dx
    bcs = [fem.dirichletbc(on_hull, fixed)]
    index = mesh.domain.topology.original_cell_index

    def solve(boundary: Array, strain: Array) -> Array:
        on_hull.x.array[:] = boundary[vertex].ravel()
        e.x.array[:] = strain[index]
        solve_linear(a, L, u, name="swelling", bcs=bcs)
        out = np.empty_like(points)
        out[vertex] = u.x.array.reshape(-1, 3)
        return out

    pockets = cells[parts == 2]
    whole = volumes(points, pockets).sum()
    for step in range(1, STEPS + 1):
        mesh.move(points)
        size = volumes(points, cells)
        E.x.array[:] = (np.where(parts == 2, SOFT, 1.0) * size.mean() / np.maximum(size, 1e-12))[
            index
        ]
        points = points + solve(given, np.zeros(len(cells)))
        grow = solve(np.zeros_like(points), (parts < 2).astype(float))
        wanted = whole * cisterns ** (step / STEPS)
        now, amount = volumes(points, pockets).sum(), 0.0
        slope = (volumes(points + 1e-3 * grow, pockets).sum() - now) / 1e-3
        for _ in range(8):  # nearly linear in so small a step
            amount += (wanted - now) / slope
            now = volumes(points + amount * grow, pockets).sum()
        points = points + amount * grow
        bad = int((volumes(points, cells) <= 0).sum())
        log.info("hull moved: cisterns %.1f mL, %d cells inverted", 1e6 * now, bad)
    return points


def outwards(hull: Array, inner: Array, triangles: Integers, spacing: float) -> Array:
    """Return the displacements of the hull (n_hull, 3) [m] that leave thin fluid."""
    x = hull[triangles]
    area = np.cross(x[:, 1] - x[:, 0], x[:, 2] - x[:, 0])
    normal = np.zeros_like(hull)
    for corner in range(3):
        np.add.at(normal, triangles[:, corner], area)
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    line = inner - hull
    length = np.linalg.norm(line, axis=1)
    across = np.maximum(np.einsum("ij,ij->i", line, normal), 0.3 * length)
    amount = np.clip(length * (1 - LEFT * spacing / across), 0, FARTHEST)
    amount = np.minimum(amount, _mean(amount, triangles))
    log.info("hull moves %.2f mm outwards (mean)", 1e3 * amount.mean())
    return line * (amount / length)[:, None]


def shrunk(points: Array) -> Array:
    """Return the points (n, 3) [m] of the body of the most atrophied head."""
    return CENTRE + SHRUNK * (points - CENTRE)


def _mean(values: Array, triangles: Integers) -> Array:
    """Return the mean over the neighbours of each vertex of a closed surface."""
    ends = triangles[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2)
    total, count = np.zeros(len(values)), np.zeros(len(values))
    np.add.at(total, ends[:, 0], values[ends[:, 1]])
    np.add.at(count, ends[:, 0], 1)
    return total / count
