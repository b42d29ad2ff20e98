"""The ball of shells is a mesh, round where it is curved, of shells that have their volume."""

import numpy as np
import pytest

from sosie.brain.head.elements import gradients
from sosie.geometry.template import EDGES
from sosie.verification.spheres import ball, lattice

RADII = np.array([0.078, 0.080, 0.092])
NODES, CELLS, SHELL = ball(4, RADII)


def test_a_lattices_cells_fill_its_corner():
    grid, cells = lattice(3)
    edges = grid[cells[:, 1:]] - grid[cells[:, :1]]
    np.testing.assert_allclose(np.abs(np.linalg.det(edges)), 1.0)
    assert len(cells) == 3**3


def test_cells_meet_face_to_face():
    faces = np.sort(CELLS[:, [(1, 2, 3), (0, 2, 3), (0, 1, 3), (0, 1, 2)]].reshape(-1, 3), axis=1)
    faces, count = np.unique(faces, axis=0, return_counts=True)
    on_surface = np.isclose(np.linalg.norm(NODES[faces], axis=-1), RADII[-1]).all(axis=1)
    np.testing.assert_array_equal(count, np.where(on_surface, 1, 2))


def test_middles_of_edges_are_on_the_spheres_they_join():
    ends = NODES[CELLS[:, EDGES]]
    middles = np.linalg.norm(NODES[CELLS[:, 4:]], axis=-1)
    for radius in RADII:
        both = np.isclose(np.linalg.norm(ends, axis=-1), radius).all(axis=-1)
        np.testing.assert_allclose(middles[both], radius)


def test_shells_have_their_volume():
    """Of the curved cells, by the rule of degree 2."""
    points = 0.1381966 + 0.4472136 * np.vstack([np.zeros(3), np.eye(3)])
    det = np.mean([gradients(NODES[CELLS], xi)[1] for xi in points], axis=0)
    assert det.min() > 0
    ours = np.bincount(SHELL, det / 6)
    exact = 4 / 3 * np.pi * np.diff(RADII**3, prepend=0.0)
    assert ours == pytest.approx(exact, rel=5e-3)
