"""The ellipsoid of the mechanics benchmark is the paper's."""

import numpy as np
import pytest

from sosie.geometry.template import build
from sosie.geometry.ventricle import cavity_volume, muscle_volume
from sosie.verification.land import Ellipsoid


def volume(short, long):
    """Volume [mm^3] of half an ellipsoid from its apex to x = 5."""
    end = 5.0
    return np.pi * short**2 * ((end + long) - (end**3 + long**3) / (3 * long**2))


@pytest.mark.parametrize("graded", [1.0, 1.2])
def test_its_surfaces_are_ellipsoids_cut_at_the_base(graded):
    shape = Ellipsoid(graded)
    grid = np.stack(np.meshgrid([0.0, 0.5, 1.0], np.linspace(0, 1, 7), [0.3, 2.0]), axis=-1)
    x, y, z = 1e3 * np.moveaxis(shape.at(grid), -1, 0)
    t, s = grid[..., 0], grid[..., 1]
    level = (x / (17 + 3 * t)) ** 2 + (y**2 + z**2) / (7 + 3 * t) ** 2
    assert level == pytest.approx(np.ones_like(level))
    assert x[s == 1] == pytest.approx(5.0)
    assert x[s == 0] == pytest.approx(-17 - 3 * t[s == 0])


@pytest.mark.parametrize("graded", [1.0, 1.2])
def test_its_tangents_are_the_slopes_of_positions(graded):
    shape, step = Ellipsoid(graded), 1e-6
    where = np.random.default_rng(2).uniform([0, 0.05, -3], [1, 0.99, 3], (100, 3))
    for axis, slope in zip((1, 2), shape.tangents(where), strict=True):
        away = step * np.eye(3)[axis]
        expected = (shape.at(where + away) - shape.at(where - away)) / (2 * step)
        assert pytest.approx(expected, abs=1e-10) == slope.T


def test_volumes_of_cavity_and_wall_converge_to_the_exact_ones():
    inner, outer = volume(7, 17), volume(10, 20)
    errors = []
    for sizes in ((1, 6, 12), (2, 12, 24)):
        template = build(*sizes)
        points = 1e3 * Ellipsoid().at(template.nodes)
        cavity, muscle = cavity_volume(template, points), muscle_volume(template, points)
        errors.append([abs(cavity / inner - 1), abs(muscle / (outer - inner) - 1)])
    assert max(errors[1]) < 2e-4
    assert (np.log2(np.divide(*errors)) > 3.5).all()
