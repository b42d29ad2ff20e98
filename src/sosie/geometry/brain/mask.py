"""From tissue probabilities to two level sets [m], positive inside: the pia and the ventricles.

Tissue is where grey + white >= 1/2, its largest connected part. The pia is the tissue closed by a
ball, so that sulci narrower than the mesh are filled, without holes. The ventricles are the
fluid that lies deep in that body and in the box of the lateral and third ventricles; their wall is
the smooth surface parallel to theirs that holds a chosen volume, never closer to the pia than a
chosen depth, since a mesh has to resolve both.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from sosie.typing import Array

CLOSING = 4e-3
"""Radius [m] of the ball that closes the tissue: sulci up to 8 mm wide are filled."""
SMOOTHING = 1.5e-3
"""Standard deviation [m] of the smoothing of both level sets."""
BOX = np.array([[-40e-3, -60e-3, -12e-3], [40e-3, 35e-3, 32e-3]])
"""Corners [m] of the box of the lateral and third ventricles, MNI coordinates."""
CISTERN = np.array([[-13e-3, -70e-3, -20e-3], [13e-3, -27e-3, 20e-3]])
"""Corners [m] of the quadrigeminal cistern and velum, fluid that is not ventricular."""
PARTS_OVER = 1e-6
"""Smallest connected part [m^3] of the ventricles: the lateral pair, and the third."""
DEEP = 12e-3
"""Depth [m] under the pia beyond which fluid in the box is ventricular."""

MARGIN = 12
"""Empty voxels added all round: the map ends in the brain stem."""


@dataclass(frozen=True)
class Grid:
    """Values at voxels: voxel i has its centre at ``origin + size i``."""

    values: Array  # (nx, ny, nz)
    origin: Array  # (3,) [m]
    size: float  # [m]

    def at(self, x: Array, *, order: int = 1) -> Array:
        """Return the values at points ``(n, 3)`` [m], interpolated, nearest beyond the edge."""
        index = ((x - self.origin) / self.size).T
        return ndimage.map_coordinates(self.values, index, order=order, mode="nearest")

    def gradient(self) -> Callable[[Array], Array]:
        """Return a function that gives the gradient at points, shape (n, 3)."""
        parts = [Grid(d, self.origin, self.size) for d in np.gradient(self.values, self.size)]
        return lambda x: np.stack([part.at(x) for part in parts], axis=1)

    def within(self, box: Array) -> Array:
        """Return where voxel centres lie in a box."""
        axes = [self.origin[k] + self.size * np.arange(self.values.shape[k]) for k in range(3)]
        inside = [(a > low) & (a < high) for a, low, high in zip(axes, *box, strict=True)]
        return inside[0][:, None, None] & inside[1][:, None] & inside[2]


@dataclass(frozen=True)
class Anatomy:
    """What the mesh is cut from."""

    pia: Grid  # distance [m], positive inside
    wall: Grid  # distance [m], positive in the ventricles
    ventricular_volume: float  # of the voxels [m^3], before it is enlarged


def distance(inside: Array, size: float) -> Array:
    """Return the signed distance [m] to the surface of a set of voxels, positive inside."""
    inner, outer = (ndimage.distance_transform_edt(m) for m in (inside, ~inside))
    return size * (np.maximum(inner - 0.5, 0) - np.maximum(outer - 0.5, 0))


def parts(mask: Array) -> tuple[Array, Array]:
    """Return the connected parts of a mask, numbered from 1, and their voxel counts from 0."""
    number, _ = ndimage.label(mask)
    counts = np.bincount(number.ravel())
    counts[0] = 0
    return number, counts


def smooth(values: Array, size: float) -> Array:
    """Smooth by SMOOTHING."""
    return ndimage.gaussian_filter(values, SMOOTHING / size)


def anatomy(tissue: Grid, *, ventricles: float, apart: float) -> Anatomy:
    """Return the level sets; the wall holds ``ventricles`` [m^3], ``apart`` [m] from the pia."""
    size, voxel = tissue.size, tissue.size**3
    tissue = Grid(np.pad(tissue.values, MARGIN), tissue.origin - MARGIN * size, size)
    number, counts = parts(tissue.values >= 0.5)
    brain = number == counts.argmax()
    dilated = distance(brain, size) > -CLOSING
    body = ndimage.binary_fill_holes((distance(dilated, size) > CLOSING) | brain)
    depth = distance(body, size)
    fluid = body & (tissue.values < 0.5) & (depth > DEEP)
    number, counts = parts(fluid & tissue.within(BOX) & ~tissue.within(CISTERN))
    cavity = np.isin(number, np.flatnonzero(counts * voxel > PARTS_OVER))
    pia = smooth(depth, size)
    wall = smooth(distance(cavity, size), size)
    low, high = 0.0, 10e-3  # how far the wall is moved outwards
    for _ in range(40):
        middle = (low + high) / 2
        moved = np.minimum(wall + middle, depth - apart)
        low, high = (middle, high) if (moved > 0).sum() * voxel < ventricles else (low, middle)
    moved = smooth(np.minimum(wall + low, depth - apart), size)
    return Anatomy(
        Grid(pia, tissue.origin, size),
        Grid(moved, tissue.origin, size),
        float(cavity.sum() * voxel),
    )
