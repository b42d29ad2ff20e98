r"""Current that is put into a box or a ball of tissue: what each vertex gets of it.

    b_i = integral of phi_i over region and tissue [m^3],    sum of b_i = their common volume

A stimulus of density I [A/m^3] gives vertex i the current I b_i whatever the mesh; the vertices
inside a region stand for more than its volume (those of a cube of 1.5 mm, 0.5 mm apart: 1.75 mm).

A region is where all its levels are positive. Each tetrahedron is cut by one level after the other
into tetrahedra, as if the level were linear in it: exact for a box. A ball's cells are halved
first, and its level is moved by the mean error of its linear interpolation, which for a quadratic
is 4/5 of the error at the centre.
"""

from dataclasses import dataclass, replace
from typing import Protocol

from mpi4py import MPI

import numpy as np
from dolfinx import fem, la

from sosie.errors import SosieError
from sosie.typing import Array, Integers

PAIRS = np.array([[0, 1], [0, 2], [0, 3], [1, 2], [1, 3], [2, 3]])
"""Edges of a tetrahedron; their midpoints are points 4 to 9 of the halved one."""
HALVED = np.array(
    [[0, 4, 5, 6], [4, 1, 7, 8], [5, 7, 2, 9], [6, 8, 9, 3]]  # at the corners
    + [[4, 5, 6, 8], [4, 5, 7, 8], [5, 6, 8, 9], [5, 7, 8, 9]]  # the octahedron between them
)
PRISM = np.array([[0, 1, 2, 3], [1, 2, 3, 4], [2, 3, 4, 5]])
"""Tetrahedra of a prism whose triangles are 0, 1, 2 and 3, 4, 5."""


class Region(Protocol):
    """A convex part of space."""

    halvings: int  # of the edges of cells that its surface cuts

    def levels(self, x: Array) -> Array:
        """Return functions (m, ...) [m] of points (..., 3) [m], all positive inside the region.

        Near the surface their slope is one.
        """


@dataclass(frozen=True)
class Box:
    """A box along the axes."""

    low: tuple[float, float, float]  # [m]
    high: tuple[float, float, float]  # [m]
    halvings = 0

    def levels(self, x: Array) -> Array:
        """Return distances from the six planes."""
        return np.moveaxis(np.concatenate([x - self.low, self.high - x], axis=-1), -1, 0)


@dataclass(frozen=True)
class Ball:
    """A ball."""

    centre: tuple[float, float, float]  # [m]
    radius: float  # [m]
    halvings = 2

    def levels(self, x: Array) -> Array:
        """Return (R^2 - r^2) / 2 R."""
        r2 = np.square(x - np.array(self.centre)).sum(axis=-1)
        return (self.radius**2 - r2)[None] / (2 * self.radius)


@dataclass(frozen=True, slots=True)
class Stimulus:
    """A current of one density in a region, on from ``onset`` for ``duration``."""

    region: Region
    density: float  # [A/m^3]
    onset: float  # [s]
    duration: float  # [s]

    def __post_init__(self) -> None:
        """Refuse a stimulus that does nothing."""
        if not self.duration > 0:
            raise SosieError(f"stimulus lasts {self.duration} s; give a positive duration")


def train(stimulus: Stimulus, *, beats: int, cycle: float) -> list[Stimulus]:
    """Return a stimulus given ``beats`` times, every ``cycle`` [s]."""
    if beats < 1 or not cycle > stimulus.duration:
        raise SosieError(
            f"{beats} beats every {cycle} s of a stimulus of {stimulus.duration} s;"
            " give at least one beat and a cycle longer than the stimulus"
        )
    return [replace(stimulus, onset=stimulus.onset + beat * cycle) for beat in range(beats)]


def s1_s2(stimulus: Stimulus, *, beats: int, cycle: float, interval: float) -> list[Stimulus]:
    """Return a train of S1 and one premature S2, ``interval`` [s] after the last of them."""
    first = train(stimulus, beats=beats, cycle=cycle)
    return [*first, replace(stimulus, onset=first[-1].onset + interval)]


def load(V: fem.FunctionSpace, region: Region) -> Array:
    """Return b_i [m^3] at this rank's own vertices (collective); V is P1 on straight cells."""
    domain, own = V.mesh, V.dofmap.index_map.size_local
    n_cells = domain.topology.index_map(3).size_local
    corners = domain.geometry.x[domain.geometry.dofmaps[0][:n_cells, :4]]
    cells, shares = _shares(corners, region)
    b = la.vector(V.dofmap.index_map)
    np.add.at(b.array, V.dofmap.list[cells], shares)
    b.scatter_reverse(la.InsertMode.add)
    if not domain.comm.allreduce(b.array[:own].sum(), MPI.SUM) > 0:
        raise SosieError(f"stimulus: there is no tissue in {region}; move or enlarge it")
    return b.array[:own].copy()


def _shares(corners: Array, region: Region) -> tuple[Integers, Array]:
    """Return cells that meet the region and the integrals of their four phi over it, (n, 4)."""
    centres = corners.mean(axis=1)
    reach = np.linalg.norm(corners - centres[:, None], axis=2).max(axis=1)
    near = np.flatnonzero((region.levels(centres) > -2 * reach).all(axis=0))
    whole = (region.levels(corners[near]) >= 0).all(axis=(0, 2))
    parts, of = np.tile(np.eye(4), (len(near), 1, 1)), np.arange(len(near))
    uncut, parts, of = parts[whole], parts[~whole], of[~whole]
    for _ in range(region.halvings):
        points = np.concatenate([parts, parts[:, PAIRS].mean(axis=2)], axis=1)
        parts, of = points[:, HALVED].reshape(-1, 4, 4), np.repeat(of, len(HALVED))
    for k in range(len(region.levels(centres[:0]))):
        x = parts @ corners[near[of]]
        level = region.levels(x)[k]
        error = region.levels(x.mean(axis=1))[k] - level.mean(axis=1)
        parts, source = _cut(parts, level + 0.8 * error[:, None])
        of = of[source]
    parts, of = np.concatenate([uncut, parts]), np.concatenate([np.flatnonzero(whole), of])
    cells = near[of]
    edges = corners[cells, 1:] - corners[cells, :1]
    share = np.abs(np.linalg.det(parts)) * np.abs(np.linalg.det(edges)) / 6
    return cells, share[:, None] * parts.mean(axis=1)


def _cut(parts: Array, level: Array) -> tuple[Array, Integers]:
    """Return tetrahedra of the part where the level is positive, and which they were cut from.

    ``parts`` (n, 4, 4) are corners in barycentric coordinates of a cell, ``level`` (n, 4).
    """
    order = np.argsort(-level, axis=1)
    parts = np.take_along_axis(parts, order[:, :, None], axis=1)
    level = np.take_along_axis(level, order, axis=1)
    inside = (level > 0).sum(axis=1)

    def crossing(i: Integers, a: int, b: int) -> Array:
        t = level[i, a] / (level[i, a] - level[i, b])
        return parts[i, a] + t[:, None] * (parts[i, b] - parts[i, a])

    found, source = [parts[inside == 4]], [np.flatnonzero(inside == 4)]
    one, two, three = (np.flatnonzero(inside == k) for k in (1, 2, 3))
    found.append(np.stack([parts[one, 0], *(crossing(one, 0, b) for b in (1, 2, 3))], axis=1))
    source.append(one)
    wedge = [parts[two, 0], crossing(two, 0, 2), crossing(two, 0, 3)]
    wedge += [parts[two, 1], crossing(two, 1, 2), crossing(two, 1, 3)]
    stump = [parts[three, a] for a in (0, 1, 2)] + [crossing(three, a, 3) for a in (0, 1, 2)]
    for i, prism in ((two, wedge), (three, stump)):
        found.append(np.stack(prism, axis=1)[:, PRISM].reshape(-1, 4, 4))
        source.append(np.repeat(i, len(PRISM)))
    return np.concatenate(found), np.concatenate(source)
