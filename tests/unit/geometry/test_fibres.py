"""Fibres are unit, lie in the wall and turn through it as in the human heart."""

import math
from dataclasses import replace

import numpy as np
import pytest

from sosie.geometry.fibres import fibres
from sosie.geometry.template import build
from sosie.geometry.ventricle import Ventricle, from_scores

TURN = {"endocardium": math.radians(60), "epicardium": math.radians(-60)}
FOCAL, LAMBDA = 0.04, (0.5, 0.75)


@pytest.fixture(scope="module")
def ellipsoid():
    base, wall = np.zeros((2, 7)), np.zeros((2, 56))
    base[:, 0], wall[:, 0] = 2.0, LAMBDA
    return Ventricle(FOCAL, base, wall)


def places(t):
    s, theta = np.meshgrid(np.linspace(0.1, 1, 10), np.linspace(0, 6, 13), indexing="ij")
    return np.stack([np.full_like(s, t), s, theta], axis=-1).reshape(-1, 3)


def directions(ellipsoid, t):
    """Return fibre, outward normal and circumferential direction on the ellipsoid at depth t."""
    where = places(t)
    x = ellipsoid.at(where)
    lam = LAMBDA[0] + t * (LAMBDA[1] - LAMBDA[0])
    n = x / (FOCAL * np.array([math.cosh(lam), math.sinh(lam), math.sinh(lam)])) ** 2
    n /= np.linalg.norm(n, axis=1)[:, None]
    theta = where[:, 2]
    c = np.stack([0 * theta, -np.sin(theta), np.cos(theta)], axis=-1)
    return fibres(ellipsoid, where, **TURN), n, c


@pytest.mark.parametrize("t", [0.0, 0.3, 1.0])
def test_fibres_are_unit_and_tangential_to_the_wall(ellipsoid, t):
    f, n, _ = directions(ellipsoid, t)
    assert np.linalg.norm(f, axis=1) == pytest.approx(1.0, abs=1e-12)
    assert np.abs((f * n).sum(axis=1)).max() < 1e-12


@pytest.mark.parametrize(("t", "degrees"), [(0.0, 60), (0.25, 30), (0.5, 0), (1.0, -60)])
def test_the_helix_angle_falls_linearly_from_60_to_minus_60_degrees(ellipsoid, t, degrees):
    """Right-handed about the long axis at the cavity, left-handed outside (Streeter 1969)."""
    f, n, c = directions(ellipsoid, t)
    apexwards = np.cross(n, c)
    assert (apexwards[:, 0] > 0).all()
    angle = np.arctan2((f * apexwards).sum(axis=1), (f * c).sum(axis=1))
    assert np.degrees(angle) == pytest.approx(degrees, abs=1e-5)


def test_the_fibres_of_a_real_heart_are_finite_and_unit_everywhere():
    template = build(2, 18, 36)
    f = fibres(from_scores(np.zeros(6)), template.nodes, **TURN)
    assert np.linalg.norm(f, axis=1) == pytest.approx(1.0, abs=1e-12)


def test_tangents_are_the_slopes_of_positions():
    """Centred differences of 1e-5 are good to 1e-8 or so; the thin wall at the apex bends most."""
    heart = replace(from_scores(np.array([1.0, -0.5, 2.0, 0.3, -1.0, 0.5])), thickening=1.3)
    where = np.random.default_rng(1).uniform([0, 0.05, -3], [1, 1, 3], (500, 3))
    for axis, slope in zip((1, 2), heart.tangents(where), strict=True):
        step = 1e-5 * np.eye(3)[axis]
        expected = (heart.at(where + step) - heart.at(where - step)) / 2e-5 / heart.focal
        assert pytest.approx(expected, abs=1e-6) == slope.T
