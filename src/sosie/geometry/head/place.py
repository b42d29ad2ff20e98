"""Put electrodes on the scalp and sources into grey matter, as weights of vertices.

An electrode goes to the nearest point of the nearest triangles; a source stays where it is if that
is in a cell of grey matter, and otherwise goes just inside the nearest one.
"""

import numpy as np
from scipy.spatial import cKDTree

from sosie.errors import SosieError
from sosie.typing import Array, Integers

NEAREST = 24
"""Triangles or cells, by their centroids, that are tried."""
FARTHEST = 6e-3
"""How far [m] a source may be moved; what is farther from grey matter is dropped."""
OFF_SCALP = 10e-3
"""How far [m] from the scalp an electrode is refused."""
INSIDE = 0.02
"""Smallest weight of a source's corner, so that rounding does not put it outside."""


def on_surface(
    points: Array, triangles: Integers, places: Array, names: tuple[str, ...]
) -> tuple[Integers, Array]:
    """Return the triangle (n,) and barycentric weights (n, 3) nearest to each of ``places``."""
    x = points[triangles]
    _, near = cKDTree(x.mean(axis=1)).query(places, k=NEAREST)
    a, u, v = x[near, 0], x[near, 1] - x[near, 0], x[near, 2] - x[near, 0]
    d = places[:, None] - a
    uu, uv, vv, du, dv = (
        np.einsum("nkj,nkj->nk", p, q) for p, q in ((u, u), (u, v), (v, v), (d, u), (d, v))
    )
    det = uu * vv - uv**2
    s, t = (du * vv - dv * uv) / det, (dv * uu - du * uv) / det
    weights = np.maximum(np.stack([1 - s - t, s, t], axis=-1), 0)
    weights /= weights.sum(axis=-1, keepdims=True)
    away = np.linalg.norm(np.einsum("nka,nkaj->nkj", weights, x[near]) - places[:, None], axis=-1)
    best = away.argmin(axis=1)
    rows = np.arange(len(places))
    worst = int(away[rows, best].argmax())
    if away[worst, best[worst]] > OFF_SCALP:
        raise SosieError(
            f"head: electrode {names[worst]} is {1e3 * away[worst, best[worst]]:.1f} mm off the"
            f" scalp; put it within {1e3 * OFF_SCALP:g} mm"
        )
    return near[rows, best], weights[rows, best]


def in_cells(points: Array, cells: Integers, places: Array) -> tuple[Integers, Array, Array]:
    """Return which cell (n,), barycentric weights (n, 4) and how far each was moved (n,) [m]."""
    x = points[cells]
    _, near = cKDTree(x.mean(axis=1)).query(places, k=NEAREST)
    edges = (x[near, 1:] - x[near, :1]).swapaxes(2, 3)
    inner = np.linalg.solve(edges, (places[:, None] - x[near, 0])[..., None])[..., 0]
    weights = np.concatenate([1 - inner.sum(axis=-1, keepdims=True), inner], axis=-1)
    weights = np.maximum(weights, INSIDE)
    weights /= weights.sum(axis=-1, keepdims=True)
    away = np.linalg.norm(np.einsum("nka,nkaj->nkj", weights, x[near]) - places[:, None], axis=-1)
    best = away.argmin(axis=1)
    rows = np.arange(len(places))
    return near[rows, best], weights[rows, best], away[rows, best]
