"""Draw a wall in 3D without a display: project, fill a depth buffer, shade each pixel.

A pixel shows the triangle p nearest to the viewer, its value v interpolated from the corners. The
colour c of v is shaded after Lambert, c (A + (1 - A) max(n . l, 0)), n the smoothed outward normal
and l the direction of the light. Isochrones are the pixels within WIDTH of a level, measured on the
surface: |v - level| / |grad v|. A wall can be cut open by a plane: tetrahedra across it are sliced.
"""

from dataclasses import dataclass

import numpy as np
from matplotlib.colors import Colormap, Normalize

from sosie.typing import Array, Integers

AMBIENT = 0.50
LIGHT = np.array([-0.40, 0.45, 0.80])
"""Towards the light, in the camera's axes: right, up, viewer."""
WIDTH = 0.28
"""Half the width of an isochrone [mm]."""
OVERSAMPLING = 2
CUT = 4
"""Part of a triangle on the plane of the cut; the others are tags of the boundary."""


@dataclass(frozen=True)
class Camera:
    """An orthographic view: unit vectors to the right, up, and towards the viewer."""

    right: Array
    up: Array
    viewer: Array

    @classmethod
    def looking(cls, viewer: Array, up: Array) -> "Camera":
        """Return the camera that is seen from ``viewer``'s direction, ``up`` upwards."""
        viewer = viewer / np.linalg.norm(viewer)
        right = np.cross(up, viewer)
        right /= np.linalg.norm(right)
        return cls(right, np.cross(viewer, right), viewer)

    @property
    def axes(self) -> Array:
        """Rows: right, up, viewer."""
        return np.stack([self.right, self.up, self.viewer])


@dataclass(frozen=True)
class Triangles:
    """Triangles, each with its own three corners."""

    corners: Array  # (n, 3, 3) [mm], counterclockwise from outside
    normals: Array  # (n, 3, 3) outward, smooth within a part
    values: Array  # (n, 3)
    parts: Integers  # (n,) tag of the boundary, or CUT
    heights: Array  # (n, 3) above the plane of the cut; what is below is not drawn


def wall(points: Array, facets: Integers, tags: Integers, values: Array) -> Triangles:
    """Return the whole boundary of a wall; ``points`` (n, 3) [mm], ``facets`` (m, 3)."""
    corners = points[facets]
    area = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals = np.empty_like(corners)
    for tag in np.unique(tags):
        mine = tags == tag
        total = np.zeros_like(points)
        for side in range(3):
            np.add.at(total, facets[mine, side], area[mine])
        normals[mine] = total[facets[mine]]
    normals /= np.linalg.norm(normals, axis=-1, keepdims=True)
    return Triangles(corners, normals, values[facets], tags, np.ones(facets.shape))


def opened(
    boundary: Triangles,
    points: Array,
    cells: Integers,
    values: Array,
    *,
    origin: Array,
    keep: Array,
) -> Triangles:
    """Return the wall cut by the plane through ``origin``: the half that ``keep`` points to."""
    section, interpolated = _slice(cells, (points - origin) @ keep, points, values)
    turned = np.cross(section[:, 1] - section[:, 0], section[:, 2] - section[:, 0]) @ keep > 0
    section[turned] = section[turned][:, ::-1]
    interpolated[turned] = interpolated[turned][:, ::-1]
    n = len(section)
    return Triangles(
        np.concatenate([boundary.corners, section]),
        np.concatenate([boundary.normals, np.broadcast_to(-keep, section.shape)]),
        np.concatenate([boundary.values, interpolated]),
        np.concatenate([boundary.parts, np.full(n, CUT)]),
        np.concatenate([(boundary.corners - origin) @ keep, np.ones((n, 3))]),
    )


def _slice(cells: Integers, height: Array, points: Array, values: Array) -> tuple[Array, Array]:
    """Return corners (n, 3, 3) and values (n, 3) where tetrahedra meet height 0."""
    crossing = cells[(height[cells].min(axis=1) < 0) & (height[cells].max(axis=1) >= 0)]
    order = np.argsort(height[crossing], axis=1)
    ordered = np.take_along_axis(crossing, order, axis=1)
    below = (height[ordered] < 0).sum(axis=1)
    edges = np.concatenate(
        [
            ordered[below == 1][:, [[0, 1], [0, 2], [0, 3]]],
            ordered[below == 3][:, [[3, 0], [3, 1], [3, 2]]],
            ordered[below == 2][:, [[0, 2], [0, 3], [1, 3]]],
            ordered[below == 2][:, [[0, 2], [1, 3], [1, 2]]],
        ]
    )
    a, b = edges[..., 0], edges[..., 1]
    w = height[a] / (height[a] - height[b])
    corners = points[a] + w[..., None] * (points[b] - points[a])
    return corners, values[a] + w * (values[b] - values[a])


def draw(
    triangles: Triangles,
    camera: Camera,
    frame: tuple[float, float, float, float],
    *,
    width: int,
    colours: Colormap,
    norm: Normalize,
    step: float | None = None,
) -> Array:
    """Return an RGBA image, row 0 on top, of the window (left, right, bottom, top) [mm].

    ``step`` is the spacing of the isochrones, None for none.
    """
    left, right, bottom, top = frame
    fine = width * OVERSAMPLING
    scale = fine / (right - left)
    height = round((top - bottom) * scale / OVERSAMPLING) * OVERSAMPLING
    seen = triangles.corners @ camera.axes.T
    x, y = (seen[..., 0] - left) * scale, (top - seen[..., 1]) * scale
    hit, index, weights = _nearest(x, y, seen[..., 2], triangles.heights, (height, fine))

    def at(corner_values: Array) -> Array:
        return np.einsum("pk,pk...->p...", weights, corner_values[index])

    value, normal = at(triangles.values), at(triangles.normals) @ camera.axes.T
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    lambert = np.maximum(normal @ (LIGHT / np.linalg.norm(LIGHT)), 0)
    rgb = colours(norm(value))[:, :3]
    if step is not None:
        rgb = _with_lines(rgb, value, _slope(triangles)[index], step)
    rgb *= (AMBIENT + (1 - AMBIENT) * lambert)[:, None]
    image = np.zeros((height * fine, 4), dtype=np.float32)
    image[hit, :3] = rgb
    image[hit, 3] = 1
    parts = np.zeros(height * fine, dtype=int)
    parts[hit] = triangles.parts[index]
    image[_edges(parts.reshape(height, fine)).ravel()] = (0.13, 0.13, 0.16, 1)
    return _coarsened(image.reshape(height, fine, 4))


def _nearest(
    x: Array, y: Array, depth: Array, heights: Array, shape: tuple[int, int]
) -> tuple[Integers, Integers, Array]:
    """Return the pixels that are hit, the nearest triangle at each, and its barycentric weights.

    A triangle is filled row by row, between the columns where its weights and its height are not
    negative: all are a x + b y + c, with (a, b, c) in the columns of ``plane``.
    """
    rows, columns = shape
    turning = np.linalg.det(np.stack([x, y, np.ones_like(x)], axis=-1))
    # y grows downwards: what faces the viewer turns clockwise; the wall is closed, the rest hidden.
    front = np.flatnonzero((turning < -1e-6) & (heights.max(axis=1) > 0))
    x, y = x[front], y[front]
    plane = np.linalg.inv(np.stack([x, y, np.ones_like(x)], axis=-1))
    towards = np.einsum("nck,nk->nc", plane, depth[front])
    limits = np.concatenate([plane, np.einsum("nck,nk->nc", plane, heights[front])[..., None]], -1)

    first, last = np.ceil(y.min(axis=1) - 0.5), np.floor(y.max(axis=1) - 0.5)
    of, row = _counted(np.maximum(first, 0), np.minimum(last, rows - 1))
    a, rest = limits[of, 0], limits[of, 1] * (row + 0.5)[:, None] + limits[of, 2]
    with np.errstate(divide="ignore", invalid="ignore"):
        bound = -rest / a
    low = np.where(a > 0, bound, -np.inf).max(axis=1)
    high = np.where(a < 0, bound, np.inf).min(axis=1)
    high[((a == 0) & (rest < 0)).any(axis=1)] = -np.inf
    first = np.clip(np.ceil(low - 0.5), 0, columns)
    last = np.clip(np.floor(high - 0.5), -1, columns - 1)
    span, column = _counted(first, last)

    of, row = of[span], row[span]
    place = np.stack([column + 0.5, row + 0.5, np.ones(len(of))], axis=-1)
    near = np.einsum("pc,pc->p", place, towards[of])
    pixel = row * columns + column
    nearest = np.full(rows * columns, -np.inf)
    np.maximum.at(nearest, pixel, near)
    shown = np.flatnonzero(near == nearest[pixel])
    winner = np.full(rows * columns, -1)
    winner[pixel[shown]] = shown
    hit = np.flatnonzero(winner >= 0)
    winner = winner[hit]
    return hit, front[of[winner]], np.einsum("pc,pck->pk", place[winner], plane[of[winner]])


def _counted(first: Array, last: Array) -> tuple[Integers, Integers]:
    """Return, for each range, its index and the whole numbers from first to last."""
    first = first.astype(int)
    count = np.maximum(last.astype(int) - first + 1, 0)
    of = np.repeat(np.arange(len(count)), count)
    return of, first[of] + np.arange(len(of)) - (np.cumsum(count) - count)[of]


def _slope(triangles: Triangles) -> Array:
    """Return |grad v| on each triangle."""
    a = triangles.corners[:, 1] - triangles.corners[:, 0]
    b = triangles.corners[:, 2] - triangles.corners[:, 0]
    dv_a = triangles.values[:, 1] - triangles.values[:, 0]
    dv_b = triangles.values[:, 2] - triangles.values[:, 0]
    aa, ab, bb = (np.einsum("ij,ij->i", p, q) for p, q in ((a, a), (a, b), (b, b)))
    square = dv_a**2 * bb - 2 * dv_a * dv_b * ab + dv_b**2 * aa
    return np.sqrt(np.maximum(square, 0) / np.maximum(aa * bb - ab**2, 1e-12))


def _with_lines(rgb: Array, value: Array, slope: Array, step: float) -> Array:
    level = np.round(value / step) * step
    distance = np.abs(value - level) / np.maximum(slope, 1e-6)
    strength = np.clip(1.5 - distance / WIDTH, 0, 1) * (level > 0) * 0.55
    luminance = rgb @ [0.2126, 0.7152, 0.0722]
    line = np.where(luminance > 0.30, 0.05, 0.95)
    return rgb + strength[:, None] * (line[:, None] - rgb)


def _edges(parts: Integers) -> Integers:
    """Mark the pixels where one part of the drawing, or the drawing, ends."""
    out = np.zeros(parts.shape, dtype=bool)
    out[:, 1:] |= parts[:, 1:] != parts[:, :-1]
    out[1:] |= parts[1:] != parts[:-1]
    return out


def _coarsened(image: Array) -> Array:
    """Average blocks of pixels; what is not drawn is black and transparent, and weighs nothing."""
    n = OVERSAMPLING
    mean = sum(image[i::n, j::n] for i in range(n) for j in range(n)) / n**2
    mean[..., :3] /= np.maximum(mean[..., 3:], 1e-9)
    return np.clip(mean, 0, 1)
