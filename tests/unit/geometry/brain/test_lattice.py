"""The lattice: regular cells, cut into closed surfaces, relaxed onto them, filled elastically."""

from collections import Counter
from itertools import combinations

import numpy as np
import pytest

from sosie.geometry.brain import lattice, relax
from sosie.geometry.brain.inflate import Filling
from sosie.geometry.brain.quality import check, enclosed, volumes

OUTER, INNER, SIDE = 0.05, 0.02, 0.01


def outer(x):
    return OUTER - np.linalg.norm(x, axis=1)


def inner(x):
    return INNER - np.linalg.norm(x, axis=1)


def inwards(x):
    return -x / np.linalg.norm(x, axis=1, keepdims=True)


def reaching(radius):
    return lattice.bcc(np.full(3, -radius), np.full(3, radius), SIDE)


@pytest.fixture(scope="module")
def shell():
    """Return a hollow ball: points, cells, labels, facets and the labels beyond them."""
    points, cells = reaching(OUTER)
    labels = lattice.repair(cells, lattice.label(points, cells, outer, inner))
    facets, beyond = lattice.boundary(cells, labels)
    kept = labels != lattice.OUTSIDE
    used, cells = np.unique(cells[kept], return_inverse=True)
    cells, facets = cells.reshape(-1, 4), np.searchsorted(used, facets)
    surfaces = [
        (np.unique(facets[beyond == lattice.OUTSIDE]), outer, inwards),
        (np.unique(facets[beyond == lattice.VENTRICLES]), inner, inwards),
    ]
    points = relax.onto_surfaces(points[used], cells, surfaces, spacing=SIDE)
    return points, cells, labels[kept], facets, beyond


def test_cells_are_alike_and_meet_face_to_face():
    points, cells = reaching(2 * SIDE)
    found = check(points, cells)
    assert found.dihedral_min == pytest.approx(60)
    assert found.dihedral_max == pytest.approx(90)
    assert volumes(points, cells) == pytest.approx(SIDE**3 / 12)
    count = Counter(tuple(sorted(f)) for cell in cells.tolist() for f in combinations(cell, 3))
    assert set(count.values()) == {1, 2}


def test_the_lattice_of_a_symmetric_box_is_symmetric():
    points, _ = reaching(2 * SIDE)
    mirrored = points * [-1, 1, 1]
    assert {tuple(p) for p in np.rint(points / SIDE * 2)} == {
        tuple(p) for p in np.rint(mirrored / SIDE * 2)
    }


def test_pinches_bridges_and_islands_are_repaired():
    points, cells = reaching(OUTER)
    labels = lattice.label(points, cells, outer, inner)
    rng = np.random.default_rng(3)
    labels[rng.choice(np.flatnonzero(labels == lattice.TISSUE), 80)] = lattice.OUTSIDE
    labels[rng.choice(np.flatnonzero(labels == lattice.OUTSIDE), 80)] = lattice.TISSUE
    facets, beyond = lattice.boundary(cells, lattice.repair(cells, labels))
    edges = Counter(
        tuple(sorted(e)) for f in facets.tolist() for e in zip(f, np.roll(f, 1), strict=True)
    )
    assert set(edges.values()) == {2}
    sides = [set(facets[beyond == value].ravel().tolist()) for value in set(beyond.tolist())]
    assert not set.intersection(*sides) or len(sides) == 1


def test_facets_turn_about_the_outward_normal(shell):
    points, cells, labels, facets, beyond = shell
    tissue = volumes(points, cells[labels == lattice.TISSUE]).sum()
    hollow = volumes(points, cells[labels == lattice.VENTRICLES]).sum()
    assert enclosed(points, facets) == pytest.approx(tissue)
    assert enclosed(points, facets[beyond == lattice.VENTRICLES]) == pytest.approx(-hollow)


def test_a_relaxed_ball_has_good_cells_on_the_sphere(shell):
    points, cells, labels, facets, beyond = shell
    assert check(points, cells).dihedral_min > 25
    radii = np.linalg.norm(points[np.unique(facets[beyond == lattice.OUTSIDE])], axis=1)
    off = (radii - OUTER) / SIDE
    assert np.sqrt(np.mean(off**2)) < 0.15
    assert np.abs(off).max() < 0.5  # no vertex left where the lattice had it


def test_the_gradient_of_the_distortion_is_its_derivative():
    rng = np.random.default_rng(0)
    points, cells = reaching(SIDE)
    points = points + 0.1 * SIDE * rng.standard_normal(points.shape)
    direction = rng.standard_normal(points.shape)
    step = 1e-6 * SIDE
    ahead, behind = (
        relax.distortion(points + s * direction, cells, SIDE)[0] for s in (step, -step)
    )
    slope = (relax.distortion(points, cells, SIDE)[1] * direction).sum()
    assert (ahead - behind) / (2 * step) == pytest.approx(slope, rel=1e-6)


@pytest.mark.parametrize("factor", [0.3, 3.0], ids=["emptied", "filled"])
def test_a_hollow_is_emptied_and_filled_while_the_outer_surface_stays(shell, factor):
    points, cells, labels, facets, beyond = shell
    pia, wall = (
        np.unique(facets[beyond == value]) for value in (lattice.OUTSIDE, lattice.VENTRICLES)
    )
    hollow = labels == lattice.VENTRICLES
    filling = Filling(points, cells, filled=hollow, pia=pia, wall=wall, spacing=SIDE)
    target = factor * filling.ventricles(points)
    moved = filling.towards(points, target)
    assert filling.ventricles(moved) == pytest.approx(target, rel=1e-9)
    assert (moved[pia] == points[pia]).all()
    assert check(moved, cells).det_min > 0
    radii = np.linalg.norm(moved[wall], axis=1) / np.linalg.norm(points[wall], axis=1)
    assert radii == pytest.approx(np.cbrt(factor), rel=0.15)  # the mesh is coarse
