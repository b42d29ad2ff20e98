"""Skull and scalp are laid round a ball, which is moved next to them; pockets are filled."""

import numpy as np
import pytest

from sosie.geometry.brain import lattice
from sosie.geometry.brain.mask import Grid
from sosie.geometry.brain.quality import volumes
from sosie.geometry.head import cisterns, lay, swell
from sosie.geometry.head.quality import dihedral
from sosie.geometry.head.settle import settle
from sosie.geometry.head.shells import INNER, OUTER, SKIN, prisms
from sosie.geometry.head.surfaces import Surface

SIDE, VOXEL = 0.012, 5e-3
BRAIN, SKULL, HEAD = 0.036, 0.042, 0.056


def ball(radius):
    """Return a lattice moved onto a ball: points, cells and facets outward."""
    points, cells = lattice.bcc(np.full(3, -radius), np.full(3, radius), SIDE)

    def level(x):
        return radius - np.linalg.norm(x, axis=1)

    labels = lattice.label(points, cells, level, lambda x: np.full(len(x), -1.0))
    labels = lattice.repair(cells, labels)
    facets, _ = lattice.boundary(cells, labels)
    used, cells = np.unique(cells[labels > 0], return_inverse=True)
    cells, facets, points = cells.reshape(-1, 4), np.searchsorted(used, facets), points[used]
    hull = np.unique(facets)
    points[hull] *= radius / np.linalg.norm(points[hull], axis=1, keepdims=True)
    free = np.setdiff1d(np.arange(len(points)), hull)
    return settle(points, cells, free, [], spacing=SIDE, scales=[1.0]), cells, facets


@pytest.fixture(scope="module")
def laid():
    """Return ball, facets and the layers over it, settled in few rounds: nothing is folded."""
    points, cells, facets = ball(BRAIN)
    shells = []
    for radius in (SKULL, HEAD):
        x, _, triangles = ball(radius)
        used, local = np.unique(triangles, return_inverse=True)
        shells.append(Surface("shell", x[used], local.reshape(-1, 3)))
    low, n = np.full(3, -0.08), 41
    found = lay.levels(
        Surface("hull", points, facets),
        *shells,
        low=low,
        shape=(n, n, n),
        size=VOXEL,
        gap=2e-3,
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lay, "SCALES", (1.0,))
        return points, cells, facets, lay.lay(found, points, facets, spacing=SIDE)


def test_layers_over_a_ball_are_nested_shells_of_good_cells(laid):
    points, _, facets, layers = laid
    radii = np.linalg.norm(layers, axis=2).mean(axis=1)
    assert (np.diff(radii) > 0).all()
    assert radii[INNER - 1] == pytest.approx(SKULL, abs=2e-3)
    assert radii[OUTER - 1] - radii[INNER - 1] > 0.9 * lay.THICKNESS
    assert HEAD - 2e-3 < radii[SKIN - 1] < 1.2 * HEAD  # settled in a single round
    hull = np.unique(facets)
    everything = np.concatenate([points[hull], layers.reshape(-1, 3)])
    cells = prisms(np.searchsorted(hull, facets), np.arange(len(hull)), len(hull), SKIN)
    assert dihedral(everything, cells).min() > 10


def test_the_hull_of_a_full_head_leaves_thin_fluid_and_moves_no_farther_than_allowed():
    points, _, facets = ball(BRAIN)
    hull = np.unique(facets)
    x, triangles = points[hull], np.searchsorted(hull, facets)
    near = swell.outwards(x, 1.1 * x, triangles, SIDE)
    left = np.linalg.norm(1.1 * x - (x + near), axis=1)
    assert left == pytest.approx(swell.LEFT * SIDE, rel=0.1)
    far = swell.outwards(x, 2 * x, triangles, SIDE)
    assert np.linalg.norm(far, axis=1) == pytest.approx(swell.FARTHEST)


def test_a_moved_body_follows_its_hull_and_leaves_the_cisterns_what_is_wanted():
    points, cells, facets = ball(BRAIN)
    hull = np.unique(facets)
    centre = points[cells].mean(axis=1)
    parts = np.where((centre[:, 2] > 0.4 * BRAIN) & (centre[:, 0] > 0), 2, 0)
    out = 0.05 * points[hull]
    full = swell.moved(points, cells, parts, hull, out, cisterns=0.8)
    assert full[hull] == pytest.approx(points[hull] + out, abs=1e-8)
    before, after = (volumes(x, cells) for x in (points, full))
    assert (after > 0).all()
    assert after.sum() / before.sum() == pytest.approx(1.05**3, rel=1e-6)
    assert after[parts == 2].sum() / before[parts == 2].sum() == pytest.approx(0.8, rel=1e-6)


def test_a_pocket_of_the_brain_is_filled_up_to_the_hull():
    """A ball with a notch: the hull is the ball, and cells of the brain stay cells of the brain."""
    points, cells = lattice.bcc(np.full(3, -BRAIN), np.full(3, BRAIN), SIDE)
    axes = [-0.06 + VOXEL * np.arange(31)] * 3
    x = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    sphere = BRAIN - np.linalg.norm(x, axis=-1)
    notched = np.minimum(sphere, np.maximum(np.abs(x[..., 0]) - 9e-3, 9e-3 - x[..., 2]))
    hull, pia = (Grid(values, np.full(3, -0.06), VOXEL) for values in (sphere, notched))
    labels = lattice.label(points, cells, pia.at, lambda x: np.full(len(x), -1.0))
    labels = lattice.repair(cells, labels)
    brain = labels == lattice.TISSUE
    found = cisterns.fill(points, cells, brain, pia=pia, hull=hull, spacing=SIDE)
    assert len(found.fluid) > 20
    assert dihedral(found.points, found.fluid).min() >= cisterns.LEAST
    ends = np.sort(found.facets[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
    assert set(np.unique(ends, axis=0, return_counts=True)[1].tolist()) == {2}
    centre = found.points[found.fluid].mean(axis=1)
    assert (centre[:, 2] > 0).mean() > 0.9  # where the notch is
