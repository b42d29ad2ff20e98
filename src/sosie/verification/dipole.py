r"""A dipole in a homogeneous ball, whose potential on the surface is known in closed form.

    phi(r) = p . [2 (r - q) / d^3 + (r + R (r - q) / d) / (R (R^2 - r . q + R d))] / (4 pi sigma)

q, p     place [m] and moment [A m] of the dipole;  r  a point of the surface [m], d = |r - q|
R, sigma radius [m] and conductivity [S/m] of the ball

It is the gradient in q of the potential of a point source without flux through the surface,
2 / d - ln(R^2 - r . q + R d) / R; for q = 0 it is 3 p . r / (4 pi sigma R^3). Wilson and Bayley
(1950), Circulation 1:84, and Frank (1952), J. Appl. Phys. 23:1225, give it for dipoles off the
centre.

The source is a small ball of muscle in which v is linear: it has the moment -sigma_i grad v times
its volume, and as lead fields are harmonic it acts as a dipole in its middle, exactly. So what is
compared is the whole way of an ECG: lead fields, their interpolation to the muscle, K_i, weights.
"""

from itertools import combinations

from mpi4py import MPI

import numpy as np
import ufl

from sosie.fem.mesh import TemplateMesh
from sosie.geometry.locate import interpolation
from sosie.heart.lead_field import TORSO_CONDUCTIVITY, Conductor, Source
from sosie.typing import Array, Integers
from sosie.verification.check import Check

RADIUS = 0.12
"""[m] of the ball: half of a chest's breadth or so."""
PLACE = np.array([0.4, -0.3, 0.1]) * RADIUS
"""[m] of the dipole, half way out."""
MUSCLE = 0.15 * RADIUS
"""[m], radius of the ball of muscle."""
INSIDE = 0.17
"""[S/m] in the muscle, isotropic."""
TURN = np.array([[0.36, 0.48, -0.8], [-0.8, 0.6, 0.0], [0.48, 0.64, 0.6]])
"""A rotation: electrodes on no axis of the mesh."""
LEVELS = (3, 4)
"""Refinements of the icosahedron."""
CLOSED = "Wilson and Bayley (1950), Circulation 1:84"
SLOPE = np.array([30.0, 20.0, -40.0])
"""[V/m], the gradient of v."""


def ball(levels: int) -> tuple[Array, Integers]:
    """Return vertices (n, 3) and tetrahedra (20 8^levels, 4) of the unit ball."""
    golden = (1 + 5**0.5) / 2
    corners = [(0, a, b * golden) for a in (-1, 1) for b in (-1, 1)]
    points = np.array([np.roll(c, k) for k in range(3) for c in corners] + [(0, 0, 0)], dtype=float)
    points[:-1] /= np.linalg.norm(points[0])
    apart = np.linalg.norm(points[:, None] - points, axis=-1)
    side = apart[:-1, :-1][apart[:-1, :-1] > 0].min() * 1.01
    faces = [f for f in combinations(range(12), 3) if apart[np.ix_(f, f)].max() < side]
    cells = np.array([(*face, 12) for face in faces])
    for _ in range(levels):
        points, cells = _refined(points, cells)
    return points, cells


def _refined(points: Array, cells: Integers) -> tuple[Array, Integers]:
    """Halve every edge, new vertices as far from the centre as the ends are on average."""
    pairs = np.array(list(combinations(range(4), 2)))
    edges, which = np.unique(
        np.sort(cells[:, pairs].reshape(-1, 2), axis=1), axis=0, return_inverse=True
    )
    middle = points[edges].mean(axis=1)
    far = np.linalg.norm(points[edges], axis=2).mean(axis=1)
    middle *= (far / np.linalg.norm(middle, axis=1))[:, None]
    a, b, c, d = cells.T
    ab, ac, ad, bc, bd, cd = which.reshape(-1, 6).T + len(points)
    eight = [
        (a, ab, ac, ad),
        (b, ab, bc, bd),
        (c, ac, bc, cd),
        (d, ad, bd, cd),
        (ab, cd, ac, ad),  # the octahedron in the middle, about its diagonal ab cd
        (ab, cd, ad, bd),
        (ab, cd, bd, bc),
        (ab, cd, bc, ac),
    ]
    return np.vstack([points, middle]), np.vstack([np.column_stack(four) for four in eight])


def closed_form(places: Array, moment: Array) -> Array:
    """Return the potential [V] at places (n, 3) [m] of the surface, to a constant."""
    apart = places - PLACE
    d = np.linalg.norm(apart, axis=1, keepdims=True)
    outward = places + RADIUS * apart / d
    field = 2 * apart / d**3 + outward / (
        RADIUS * (RADIUS**2 - (places @ PLACE)[:, None] + RADIUS * d)
    )
    return field @ moment / (4 * np.pi * TORSO_CONDUCTIVITY)


def error(comm: MPI.Comm, *, levels: int) -> float:
    """Return the root mean square error of six electrodes' potentials over their spread."""
    points, cells = ball(levels)
    conductor = Conductor(comm, RADIUS * points, cells)
    electrodes = RADIUS * np.vstack([np.eye(3), -np.eye(3)]) @ TURN
    inner, muscle = ball(2)
    inner = PLACE + MUSCLE * inner
    heart = TemplateMesh(comm, muscle, inner, n_vertices=len(inner))
    own = heart.own
    source = Source(heart.space, INSIDE * ufl.Identity(3))
    at = interpolation(conductor.points, cells, inner[own])
    weights = source.weights((at @ conductor.potentials(electrodes).T).T)
    ours = comm.allreduce(weights @ (inner[own] @ SLOPE))
    edges = inner[muscle[:, 1:]] - inner[muscle[:, :1]]
    volume = np.abs(np.linalg.det(edges)).sum() / 6
    exact = closed_form(electrodes, -INSIDE * volume * SLOPE)
    exact -= exact.mean()
    return float(np.linalg.norm(ours - exact) / np.linalg.norm(exact))


def checks(comm: MPI.Comm) -> list[Check]:
    """Check lead fields against the closed form, on two meshes (collective)."""
    coarse, fine = (error(comm, levels=n) for n in LEVELS)
    size = 1e3 * RADIUS / 2 ** LEVELS[1]
    what = f"dipole in a ball, error of six electrodes, cells of {size:.1f} mm"
    order = "the same, order between that mesh and one of twice the size"
    rate = float(np.log2(coarse / fine))
    return [
        Check("lead field", what, fine, 0.0, "1", 0.02, CLOSED),
        Check("lead field", order, rate, 2.0, "1", 0.6, CLOSED),
    ]
