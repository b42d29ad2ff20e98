"""Interpolation is exact for linear functions, wherever in the mesh the points lie."""

import numpy as np
import pytest

from sosie.geometry.locate import interpolation
from sosie.geometry.torso import REFERENCE, unit_mesh


@pytest.fixture(scope="module")
def torso():
    points, cells = unit_mesh(20e-3, 40e-3)
    return REFERENCE.fill(points), cells


def test_linear_functions_are_met_anywhere(torso):
    vertices, cells = torso
    share = np.random.default_rng(1).dirichlet(np.ones(4), 500)
    points = np.einsum("pa,paj->pj", share, vertices[cells[:: len(cells) // 500][:500]])
    assert interpolation(vertices, cells, points) @ vertices == pytest.approx(points, abs=1e-12)


def test_vertices_keep_their_values(torso):
    vertices, cells = torso
    at = interpolation(vertices, cells, vertices[::37])
    assert at @ np.arange(len(vertices)) == pytest.approx(np.arange(len(vertices))[::37])


def test_points_on_a_round_skin_take_values_of_the_mesh_next_to_them(torso):
    vertices, cells = torso
    electrodes = REFERENCE.electrodes()
    at = interpolation(vertices, cells, electrodes)
    assert at.sum(axis=1) == pytest.approx(np.ones(9))
    assert (at.data >= 0).all()
    assert np.abs(at @ vertices - electrodes).max() < 1e-3
