r"""Lay the skull and the scalp round the hull of the brain.

    laplace U = 0 between hull and scalp,    U = 0 in the hull,  U = 1 outside the scalp

A vertex of the hull goes along grad U, whose lines do not cross, to the inner skull, the outer
skull and the scalp; on each it is moved towards the mean of its neighbours a few times, and in the
end all layers are settled together. The three surfaces are level sets on a grid, nested by
construction: the inner skull is the measured one, or GAP from the hull where that is farther out;
the outer skull is THICKNESS from the inner; the scalp is the measured one, or SCALP from the outer
skull.
"""

import logging
from dataclasses import dataclass

import numpy as np
from scipy import ndimage
from scipy.sparse import csr_array, diags_array
from scipy.sparse.linalg import cg

from sosie.geometry.brain.mask import Grid, distance
from sosie.geometry.head.settle import Target, settle
from sosie.geometry.head.shells import INNER, OUTER, SCALP_LAYERS, SKIN, SKULL_LAYERS, prisms
from sosie.geometry.head.surfaces import Surface, voxels
from sosie.typing import Array, Integers

THICKNESS = 5.97e-3
"""Of the skull [m]: mean of 20 adults (SD between them 1.19 mm), Antonakakis et al. (2020),
doi:10.1016/j.neuroimage.2020.117353, abstract."""  # ASSUME: uniform, no sutures
SCALP = 4e-3
"""Least thickness of the scalp [m]."""  # ASSUME: of the mesh; active where skulls nearly touch it
GAP = 0.39
"""Least distance from hull to inner skull, in lattice spacings."""
SMOOTHING = 1.5e-3
"""Standard deviation [m] of the smoothing of the level sets."""
CUT = (np.array([0.0, -0.26, 1.0]), -84e-3)
"""The head ends at this plane, n . x = d [m], below the nose and the brain stem's end."""
STRIDE = 0.4e-3
"""Step [m] along grad U."""
SCALES = (4.0, 4.0, 3.0, 3.0, 2.0, 2.0, 1.5, 1.5, *[1.0] * 8)
"""Rounds of settling, in lattice spacings: the first ones untangle."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Levels:
    """Distances [m], positive inside."""

    hull: Grid
    inner: Grid
    outer: Grid
    scalp: Grid


def levels(
    hull: Surface,
    skull: Surface,
    head: Surface,
    *,
    low: Array,
    shape: tuple,
    size: float,
    gap: float,
) -> Levels:
    """Return the nested surfaces on a grid."""
    hull_, skull_, head_ = (
        distance(voxels(surface, low, shape, size), size) for surface in (hull, skull, head)
    )
    axes = [origin + size * np.arange(n) for origin, n in zip(low, shape, strict=True)]
    normal, offset = CUT
    above = sum(n * axis for n, axis in zip(normal, np.ix_(*axes), strict=True)) - offset
    inner = smooth(np.maximum(skull_, hull_ + gap), size)
    outer = smooth(distance(inner > 0, size) + THICKNESS, size)
    skin = np.minimum(head_, above / np.linalg.norm(normal))
    skin = smooth(np.maximum(skin, distance(outer > 0, size) + SCALP), size)
    return Levels(*(Grid(values, low, size) for values in (hull_, inner, outer, skin)))


def lay(found: Levels, points: Array, facets: Integers, *, spacing: float) -> Array:
    """Return the vertices (SKIN, n_hull, 3) of the layers over a hull with ``facets`` (k, 3)."""
    hull = np.unique(facets)
    n, x = len(hull), points[hull]
    climb, mean = _climb(found), _mean(np.searchsorted(hull, facets), n)
    layers, below = [], x
    for grid, count in ((found.inner, 1), (found.outer, SKULL_LAYERS), (found.scalp, SCALP_LAYERS)):
        x = _walk(below, climb, grid)
        for _ in range(3):
            x = _onto(x + 0.5 * (mean @ x - x), grid)
        layers += [below + (x - below) * k / count for k in range(1, count + 1)]
        below = x
    everything = np.concatenate([points[hull], *layers])
    cells = prisms(np.searchsorted(hull, facets), np.arange(n), n, SKIN)
    targets = surfaces(found, 0, n)
    settled = settle(
        everything, cells, np.arange(n, len(everything)), targets, spacing=spacing, scales=SCALES
    )
    for (own, level, _), name in zip(targets, ("inner skull", "outer skull", "scalp"), strict=True):
        off = 1e3 * np.quantile(np.abs(level(settled[own])), [0.5, 0.99, 1])
        log.info("%s: vertices off by %.2f, %.2f, %.2f mm (median, 99 %%, all)", name, *off)
    return settled[n:].reshape(SKIN, n, 3)


def surfaces(found: Levels, hull: int, n: int) -> list[Target]:
    """Return the vertices on the three surfaces, of layers that follow ``n`` from ``hull`` on."""
    return [
        (hull + n * k + np.arange(n), grid.at, grid.gradient())
        for k, grid in ((INNER, found.inner), (OUTER, found.outer), (SKIN, found.scalp))
    ]


def smooth(values: Array, size: float) -> Array:
    """Smooth by SMOOTHING."""
    return ndimage.gaussian_filter(values, SMOOTHING / size)


def _climb(found: Levels) -> Grid:
    """Return U on a grid of twice the size."""
    hull, skin = (grid.values[::2, ::2, ::2] for grid in (found.hull, found.scalp))
    U = np.where(hull > 0, 0.0, 1.0)
    free = (hull <= 0) & (skin >= 0)
    n = int(free.sum())
    number = np.full(free.shape, -1)
    number[free] = np.arange(n)
    rows, columns, known = [], [], np.zeros(n)
    for axis in range(3):
        for side in (1, -1):
            beside = np.roll(number, side, axis)[free]
            inside = beside >= 0
            rows.append(np.flatnonzero(inside))
            columns.append(beside[inside])
            known[~inside] += np.roll(U, side, axis)[free][~inside]
    place = (np.concatenate(rows), np.concatenate(columns))
    A = diags_array(np.full(n, 6.0)).tocsr() - csr_array(
        (np.ones(len(place[0])), place), shape=(n, n)
    )
    U[free], failed = cg(A, known, rtol=1e-6)
    assert not failed
    return Grid(ndimage.gaussian_filter(U, 1.0), found.hull.origin, 2 * found.hull.size)


def _mean(triangles: Integers, n: int) -> csr_array:
    """Return the matrix of the mean over neighbours."""
    ends = triangles[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2)
    beside = csr_array((np.ones(len(ends)), ends.T), shape=(n, n))
    return diags_array(1 / beside.sum(axis=1)).tocsr() @ beside


def _walk(x: Array, climb: Grid, level: Grid) -> Array:
    """Return where the lines of grad ``climb`` from ``x`` leave a body."""
    gradient, x = climb.gradient(), x.copy()
    value = level.at(x)
    while (inside := np.flatnonzero(value > 0)).size:
        g = gradient(x[inside])
        y = x[inside] + STRIDE * g / np.linalg.norm(g, axis=1, keepdims=True).clip(1e-9)
        new = level.at(y)
        old = value[inside]
        part = np.where(new > 0, 1.0, old / (old - new))
        x[inside] += part[:, None] * (y - x[inside])
        value[inside] = new
    return x


def _onto(x: Array, level: Grid) -> Array:
    gradient = level.gradient()
    for _ in range(2):
        g = gradient(x)
        square = np.maximum(np.einsum("ij,ij->i", g, g), 0.25)
        x = x - np.clip(level.at(x) / square, -3e-3, 3e-3)[:, None] * g
    return x
