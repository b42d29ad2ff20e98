"""The realistic head is the same for both codes, and so is what they give."""

import numpy as np
import pytest

from sosie.errors import SosieError
from sosie.geometry.head.surfaces import Surface, check_closed
from sosie.geometry.head.template import load
from sosie.verification import nested


@pytest.fixture(scope="module")
def problem():
    return nested.problem()


def test_surfaces_for_boundary_elements_are_closed_and_face_outwards(problem):
    volumes = []
    for i, name in enumerate(nested.SURFACES):
        points, triangles = problem[f"points_{i}"], problem[f"triangles_{i}"]
        check_closed(Surface(name, points, triangles))
        volumes.append(np.linalg.det(points[triangles]).sum() / 6)
    assert 0 < volumes[0] < volumes[1] < volumes[2]


def test_middles_of_edges_are_nodes_of_cells(problem):
    points = np.array([(0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 1)], dtype=float)
    x, cells = nested.middles(points, np.array([(0, 1, 2, 3), (1, 2, 3, 4)]))
    assert x.shape == (5 + 9, 3)
    np.testing.assert_allclose(x[cells[:, 4:]].mean(axis=1), x[cells[:, :4]].mean(axis=1))


def test_linear_elements_and_openmeeg_agree_and_have_one_sign(comm):
    rdm, mag = nested.differences(nested.potentials(nested.head(comm, "linear")), nested.stored())
    assert np.median(rdm) < nested.LIMIT
    assert np.median(mag) == pytest.approx(1, abs=nested.LIMIT)


def test_potentials_of_another_template_are_refused(monkeypatch):
    monkeypatch.setattr(nested, "load", lambda _: load("production"))
    with pytest.raises(SosieError, match="another head template"):
        nested.stored()
