"""Fields from one template's vertices to any place in the wall."""

import numpy as np
import pytest

from sosie.geometry.between import between_vertices
from sosie.geometry.template import build


def test_vertex_values_linear_in_depth_and_height_are_met_anywhere():
    template = build(2, 6, 12)
    t, s, _ = template.nodes[: template.n_vertices].T
    rng = np.random.default_rng(1)
    places = rng.uniform([0, 0, -7], [1, 1, 7], (200, 3))
    found = between_vertices(template, places) @ (3 * t - 2 * s + 1)
    assert found == pytest.approx(3 * places[:, 0] - 2 * places[:, 1] + 1, abs=1e-12)


def test_vertex_values_are_met_at_the_vertices_all_the_way_around():
    template = build(1, 4, 12)
    values = np.random.default_rng(2).normal(size=template.n_vertices)
    places = template.nodes[: template.n_vertices]
    assert between_vertices(template, places) @ values == pytest.approx(values, abs=1e-9)
    turned = places + [0, 0, 2 * np.pi]
    assert between_vertices(template, turned) @ values == pytest.approx(values, abs=1e-9)


def test_between_two_vertices_of_a_ring_lies_their_mean():
    template = build(1, 3, 12)
    theta = template.nodes[: template.n_vertices, 2]
    places = np.array([[0.0, 1.0, np.pi / 12], [1.0, 1.0, 2 * np.pi - np.pi / 12]])
    found = between_vertices(template, places) @ theta
    assert found == pytest.approx([np.pi / 12, 11 * np.pi / 12])
