"""Calcium at points that are activated one after the other."""

import numpy as np
import pytest

from sosie.geometry.template import build
from sosie.heart.beat.excitation import Excitation, between_vertices, of_cells, published
from sosie.heart.tension.calcium import transient


def test_vertex_values_linear_in_depth_and_height_are_met_anywhere():
    template = build(2, 6, 12)
    t, s, _ = template.nodes[: template.n_vertices].T
    rng = np.random.default_rng(1)
    places = rng.uniform([0, 0, -7], [1, 1, 7], (200, 3))
    found = between_vertices(template, 3 * t - 2 * s + 1, places)
    assert found == pytest.approx(3 * places[:, 0] - 2 * places[:, 1] + 1, abs=1e-12)


def test_vertex_values_are_met_at_the_vertices_all_the_way_around():
    template = build(1, 4, 12)
    values = np.random.default_rng(2).normal(size=template.n_vertices)
    places = template.nodes[: template.n_vertices]
    assert between_vertices(template, values, places) == pytest.approx(values, abs=1e-9)
    turned = places + [0, 0, 2 * np.pi]
    assert between_vertices(template, values, turned) == pytest.approx(values, abs=1e-9)


def test_between_two_vertices_of_a_ring_lies_their_mean():
    template = build(1, 3, 12)
    theta = template.nodes[: template.n_vertices, 2]
    places = np.array([[0.0, 1.0, np.pi / 12], [1.0, 1.0, 2 * np.pi - np.pi / 12]])
    found = between_vertices(template, theta, places)
    assert found == pytest.approx([np.pi / 12, 11 * np.pi / 12])


def test_calcium_comes_after_activation_and_repeats():
    times = np.array([0.0, 0.04])
    excitation = published(beat=0.8, activation=times)
    assert excitation.at(0.2)[1] == pytest.approx(excitation.at(0.16)[0])
    assert excitation.at(0.1) == pytest.approx(excitation.at(0.9))
    assert excitation.at(0.15)[0] == pytest.approx(transient(np.array(0.15), beat=0.8), rel=1e-4)


def test_a_point_between_two_layers_has_the_mean_of_their_calcium():
    depth = np.array([1 / 6, 1 / 2, 1 / 3, 0.0])
    cells = of_cells("ttp06", beat=0.81, activation=np.zeros(4), depth=depth)
    endo, mid, between, inside = cells.at(0.1)
    assert between == pytest.approx((endo + mid) / 2)
    assert inside == endo
    assert mid > endo  # the model's mid-myocardial cells have more


def test_the_last_sample_is_joined_to_the_first():
    traces = np.zeros((1, 1000))
    traces[0, 0] = 1.0
    excitation = Excitation(1.0, np.zeros(1), np.ones((1, 1)), traces)
    assert excitation.at(0.9995) == pytest.approx([0.5])
