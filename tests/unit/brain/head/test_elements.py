"""Shape functions, their gradients, and places found in straight and curved cells."""

import numpy as np
import pytest

from sosie.brain.head import elements
from sosie.verification.spheres import ball

RADII = np.array([0.07, 0.08])
POINTS, CELLS, _ = ball(3, RADII)
STRAIGHT = CELLS[:, :4]
INSIDE = 0.0795 * np.random.default_rng(1).uniform(-1, 1, (60, 3)) / 3**0.5


@pytest.mark.parametrize("nodes", [4, 10])
def test_shape_functions_are_one_at_their_own_node(nodes):
    np.testing.assert_allclose(
        elements.values(elements.corners(nodes), nodes), np.eye(nodes), atol=1e-15
    )


@pytest.mark.parametrize("cells", [STRAIGHT, CELLS], ids=["straight", "curved"])
def test_places_are_found_where_they_are(cells):
    cell, xi = elements.locate(POINTS, cells, INSIDE)
    share = elements.values(xi, cells.shape[1])
    found = np.einsum("na,nai->ni", share, POINTS[cells[cell]])
    np.testing.assert_allclose(found, INSIDE, atol=1e-14)
    assert elements.weights(xi).min() > -1e-9


@pytest.mark.parametrize("cells", [STRAIGHT, CELLS], ids=["straight", "curved"])
def test_the_gradient_of_a_linear_function_is_exact(cells):
    slope = np.array([3.0, -2.0, 5.0])
    dN, det = elements.gradients(POINTS[cells], np.array([0.2, 0.3, 0.1]))
    ours = np.einsum("cai,ca->ci", dN, (POINTS @ slope)[cells])
    np.testing.assert_allclose(ours, np.tile(slope, (len(cells), 1)), rtol=1e-9)
    assert det.min() > 0


def test_the_boundary_is_the_outer_sphere_alone():
    facets = elements.boundary(CELLS)
    assert len(facets) == 20 * 3**2
    np.testing.assert_allclose(np.linalg.norm(POINTS[facets], axis=-1), RADII[-1])


@pytest.mark.parametrize("cells", [STRAIGHT, CELLS], ids=["straight", "curved"])
def test_a_place_above_the_scalp_is_put_on_it(cells):
    facets = elements.boundary(cells)
    centres = POINTS[facets[:, :3]].mean(axis=1)
    facet, xi, found = elements.project(POINTS, facets, 1.05 * centres)
    np.testing.assert_array_equal(facet, np.arange(len(facets)))
    share = elements.values(xi, facets.shape[1])
    there = np.einsum("na,nai->ni", share, POINTS[facets])
    np.testing.assert_allclose(there, found, atol=1e-15)
    off = np.cross(found, centres)
    assert np.abs(off).max() < (1e-4 if cells.shape[1] == 4 else 2e-5)
