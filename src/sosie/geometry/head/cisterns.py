"""Cells between the pia and a smoother surface round it, the hull, filled with fluid.

The hull is the brain closed by a large ball: from it the layers of the skull can be laid without
folds, where the pia has pockets (cisterns, the notch of the cerebellum) and creases. The brain's
own lattice goes on into the pockets; its cells stay as they are, and its vertices too but for those
of the pia between which a cell of fluid would be flat. Creases that remain are filled with single
cells that have two facets for faces.
"""

import logging
from dataclasses import dataclass

import numpy as np

from sosie.geometry.brain import lattice
from sosie.geometry.brain.mask import Grid
from sosie.geometry.brain.quality import volumes
from sosie.geometry.head.quality import dihedral
from sosie.geometry.head.settle import settle
from sosie.typing import Array, Integers

LEAST = 13.0
"""Smallest dihedral angle [degrees] of a cell of fluid that is kept."""
CREASE = 75.0
"""Angle [degrees], measured in the fluid, under which a crease of the hull is filled."""
ROUNDS = 3

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Hull:
    """The lattice with the cells of the cisterns."""

    points: Array  # (n, 3) [m] of the whole lattice
    fluid: Integers  # (m, 4) cells between pia and hull
    facets: Integers  # (k, 3) of the hull, outward


def fill(
    points: Array, cells: Integers, brain: Integers, *, pia: Grid, hull: Grid, spacing: float
) -> Hull:
    """Return the hull round the cells that are the ``brain``'s, shape (n_cells,)."""
    x = points[cells]
    x = np.concatenate([x, x.mean(axis=1, keepdims=True)], axis=1)
    body = brain | (hull.at(x.reshape(-1, 3)).reshape(-1, 5).mean(axis=1) > 0)
    pairs, _ = lattice.neighbours(cells)
    body = ~lattice.largest(pairs, ~body)  # a void inside is fluid too
    body = lattice.repair(cells, np.where(body, lattice.TISSUE, lattice.OUTSIDE)) > 0
    assert body[brain].all()
    facets, _ = lattice.boundary(cells, np.where(body, lattice.TISSUE, lattice.OUTSIDE))
    fluid = cells[body & ~brain]
    free = np.setdiff1d(fluid, cells[brain])
    moved = points
    for attempt in range(ROUNDS):
        near = cells[body & np.isin(cells, free).any(axis=1)]
        outer = np.setdiff1d(np.intersect1d(free, facets), cells[brain])
        inner = np.intersect1d(free, cells[brain])  # slides along the pia
        targets = [(v, g.at, g.gradient()) for v, g in ((outer, hull), (inner, pia)) if len(v)]
        moved = settle(moved, near, free, targets, spacing=spacing, scales=[1.0] * 4)
        bad = fluid[dihedral(moved, fluid) < LEAST]
        log.info("cisterns: %d cells, %d bad after %d rounds", len(fluid), len(bad), attempt + 1)
        if not len(bad):
            break
        free = np.union1d(free, bad)
    held = np.intersect1d(free, cells[brain])
    off = 1e3 * np.linalg.norm((moved - points)[held], axis=1)
    log.info("pia: %d vertices moved, at most %.2f mm", len(held), off.max(initial=0.0))
    facets, wedges = _creases(moved, facets)
    return Hull(moved, np.concatenate([fluid, wedges]), facets)


def _creases(points: Array, facets: Integers) -> tuple[Integers, Integers]:
    """Return the hull without creases, and the cells that fill them."""
    wedges = np.empty((0, 4), dtype=facets.dtype)
    while True:
        edge = {}
        for i, (a, b, c) in enumerate(facets.tolist()):
            edge |= {(a, b): (i, c), (b, c): (i, a), (c, a): (i, b)}
        x = points[facets]
        normal = np.cross(x[:, 1] - x[:, 0], x[:, 2] - x[:, 0])
        normal /= np.linalg.norm(normal, axis=1, keepdims=True)
        found = []
        for (p, q), (i, r) in edge.items():
            j, s = edge[q, p]
            if p > q or (points[s] - points[p]) @ normal[i] <= 0 or {(r, s), (s, r)} & set(edge):
                continue
            found.append((float(normal[i] @ normal[j]), p, q, r, s, i, j))
        touched: set[int] = set()
        gone, new, cells = [], [], []
        for cosine, p, q, r, s, i, j in sorted(found):
            cell = np.array([[p, q, r, s]])  # s is above the facet (p, q, r)
            if -cosine < np.cos(np.radians(CREASE)) or touched & {p, q, r, s}:
                continue
            if volumes(points, cell)[0] <= 0 or dihedral(points, cell)[0] < LEAST:
                continue
            touched |= {p, q, r, s}
            gone += [i, j]
            new += [(r, p, s), (s, q, r)]
            cells += cell.tolist()
        if not cells:
            return facets, wedges
        log.info("creases: %d filled", len(cells))
        facets = np.concatenate([np.delete(facets, gone, axis=0), np.array(new)])
        wedges = np.concatenate([wedges, np.array(cells)])
