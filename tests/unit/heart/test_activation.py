"""Balls of fixed radius: their surface is the front at the onset, on any mesh."""

import math

import numpy as np
import pytest

from sosie.errors import RejectedError
from sosie.geometry.ventricle import from_scores
from sosie.heart.activation import centres_of, prescribed
from sosie.heart.parameters import Activation, Site

R, C_F, C_T = 5e-3, 0.6, 0.3


def times(points, *, onset=0.0, sites=1):
    activation = Activation(radius=R, sites=(Site("one", 0.0, 0.5, 0.0, onset),) * sites)
    vertices = np.array(points, dtype=float)
    fibre = np.tile([1.0, 0.0, 0.0], (len(vertices), 1))
    return prescribed(vertices, fibre, np.zeros((sites, 3)), activation, c_f=C_F, c_t=C_T)


def test_the_front_is_on_the_sphere_at_the_onset_whatever_the_direction():
    directions = np.random.default_rng(1).normal(size=(50, 3))
    surface = directions * (R * (1 - 1e-9) / np.linalg.norm(directions, axis=1)[:, None])
    assert times(surface, onset=0.01) == pytest.approx(0.01, abs=1e-9)


def test_inside_the_front_is_earlier_and_outside_nothing_is_prescribed():
    x = np.linspace(0.1 * R, 0.9 * R, 9)[:, None] * np.array([[1.0, 0.0, 0.0]])
    inside = times(x)
    assert (inside < 0).all()
    assert (np.diff(inside) > 0).all()
    assert np.isnan(times([[0.0, 0.0, 0.0], [1.01 * R, 0.0, 0.0]])[1])


def test_near_the_sphere_the_front_runs_with_the_velocity_of_its_direction():
    near = times([[0.99 * R, 0.0, 0.0], [0.0, 0.99 * R, 0.0]])
    assert near == pytest.approx([-0.01 * R / C_F, -0.01 * R / C_T], rel=1e-3)


def test_a_ball_between_the_vertices_is_rejected_by_name():
    with pytest.raises(RejectedError, match="no vertex within 5 mm of the site 'one'"):
        times([[1.0, 0.0, 0.0]])


def test_sites_lie_where_their_coordinates_say():
    heart = from_scores(np.zeros(6))
    sites = (Site("septal", 0.0, 0.5, 0.0), Site("inferior", 1.0, 0.5, math.pi / 2))
    septal, inferior = centres_of(heart, Activation(sites=sites))
    assert septal[1] > 10e-3
    assert inferior[2] > 20e-3
