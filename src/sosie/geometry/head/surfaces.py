"""Closed surfaces of triangles: checked, and turned into voxels.

A voxel's centre is inside where a line parallel to z has crossed the surface an odd number of times
on its way there.
"""

from dataclasses import dataclass

import numpy as np

from sosie.errors import SosieError
from sosie.typing import Array, Integers

ASIDE = np.array([1.3e-4, 1.7e-4, 0.0])
"""Voxels by which lines are moved, so that none meets a vertex or an edge."""

MARGIN = 25e-3
"""Round the surfaces [m]: as a ball closes the brain it reaches farther out than the scalp."""


@dataclass(frozen=True)
class Surface:
    """A closed surface."""

    name: str
    points: Array  # (n, 3) [m]
    triangles: Integers  # (m, 3), counterclockwise from outside


def check_closed(surface: Surface) -> None:
    """Refuse a surface with an edge that does not join two triangles turning alike."""
    ends = surface.triangles[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2)
    _, turns = np.unique(ends, axis=0, return_counts=True)
    _, count = np.unique(np.sort(ends, axis=1), axis=0, return_counts=True)
    open_edges = int((count != 2).sum())
    if open_edges or (turns != 1).any():
        raise SosieError(
            f"head: surface {surface.name!r} is not closed or not oriented:"
            f" {open_edges} of {len(count)} edges do not join two triangles; repair it"
        )


def check_nested(inner: Surface, outer: Surface, *, size: float) -> None:
    """Refuse surfaces that intersect, on voxels of ``size`` [m]."""
    low, shape = box(outer, inner, size=size)
    outside = voxels(inner, low, shape, size) & ~voxels(outer, low, shape, size)
    if outside.any():
        raise SosieError(
            f"head: surface {inner.name!r} reaches {1e6 * outside.sum() * size**3:.2f} mL beyond"
            f" {outer.name!r}; they must be nested without intersecting"
        )


def box(*surfaces: Surface, size: float) -> tuple[Array, tuple[int, int, int]]:
    """Return origin and shape of a grid that surfaces fit in, MARGIN inside."""
    everything = np.concatenate([surface.points for surface in surfaces])
    low = everything.min(axis=0) - MARGIN
    counts = np.ceil((everything.max(axis=0) + MARGIN - low) / size).astype(int) + 1
    return low, (int(counts[0]), int(counts[1]), int(counts[2]))


def voxels(surface: Surface, low: Array, shape: tuple[int, int, int], size: float) -> Integers:
    """Return where voxel centres ``low + size i`` are inside a surface, which fits the grid."""
    crossings = np.zeros((shape[0], shape[1], shape[2] + 1), dtype=np.int32)
    for a, b, c in ((surface.points - low) / size + ASIDE)[surface.triangles]:
        first = np.ceil(np.minimum(np.minimum(a, b), c)[:2]).astype(int)
        last = np.floor(np.maximum(np.maximum(a, b), c)[:2]).astype(int)
        x, y = np.mgrid[first[0] : last[0] + 1, first[1] : last[1] + 1]
        area = (b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])
        if x.size == 0 or area == 0:
            continue
        u = ((x - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (y - a[1])) / area
        v = ((b[0] - a[0]) * (y - a[1]) - (x - a[0]) * (b[1] - a[1])) / area
        hit = (u >= 0) & (v >= 0) & (u + v <= 1)
        z = np.ceil(a[2] + u * (b[2] - a[2]) + v * (c[2] - a[2])).astype(int)
        np.add.at(crossings, (x[hit], y[hit], z[hit]), 1)
    return np.cumsum(crossings, axis=2)[:, :, :-1] % 2 == 1
