"""A patient's ventricle has the volume and the wall it was asked for, and no inverted cell."""

import numpy as np
import pytest

from sosie.errors import RejectedError
from sosie.geometry import quality
from sosie.geometry.template import build
from sosie.geometry.ventricle import (
    Ventricle,
    cavity_volume,
    from_scores,
    personalise,
    wall_thickness,
)

ML, GRAM, MM = 1e-6, 1e-3, 1e-3
FLARED = np.array([110.0, -40.0, -160.0, -20.0, 10.0, -50.0])
"""Scores of a wide heart whose cavity narrows steeply at the septal rim, as infarcted ones do."""


@pytest.fixture(scope="module")
def template():
    return build(2, 18, 36)


def test_the_cavity_is_met_to_a_microlitre_and_the_wall_to_its_mass(template):
    heart = personalise(template, np.zeros(6), volume=140 * ML, mass=110 * GRAM)
    assert abs(heart.cavity_volume_error) < 1e-6 * ML
    assert cavity_volume(template, heart.points) == pytest.approx(140 * ML, rel=1e-9)
    assert heart.mass == pytest.approx(110 * GRAM, rel=1e-8)
    assert 6 * MM < heart.wall_thickness < 12 * MM


def test_a_measured_thickness_takes_the_place_of_the_mass(template):
    heart = personalise(template, np.zeros(6), volume=140 * ML, mass=110 * GRAM, thickness=11 * MM)
    assert heart.wall_thickness == pytest.approx(11 * MM, rel=1e-8)
    assert heart.mass > 115 * GRAM


def test_ventricles_of_the_same_scores_and_ratio_are_the_same_but_for_size(template):
    one = personalise(template, np.zeros(6), volume=100 * ML, mass=80 * GRAM)
    two = personalise(template, np.zeros(6), volume=800 * ML, mass=640 * GRAM)
    assert two.points == pytest.approx(2 * one.points, abs=1e-9)


@pytest.mark.parametrize("mass", [2.0, 3000.0], ids=["thin", "thick"])
def test_a_wall_that_fits_no_cavity_is_rejected_with_both_sizes(template, mass):
    with pytest.raises(RejectedError, match=f"no wall of {mass:.0f} g fits a cavity of 140 mL"):
        personalise(template, np.zeros(6), volume=140 * ML, mass=mass * GRAM)


def test_the_mean_heart_is_one_of_the_atlas_at_both_phases(template):
    """Zhang et al. (2014): asymptomatic volumes near 120 mL and 45 mL; absolute size is biased."""
    ed, es = (from_scores(np.zeros(6), phase=p).at(template.nodes) for p in ("ed", "es"))
    ejected = 1 - cavity_volume(template, es) / cavity_volume(template, ed)
    assert 0.5 < ejected < 0.7
    assert wall_thickness(template, es) > 1.2 * wall_thickness(template, ed)


def test_the_apex_points_along_x_and_the_septum_lies_at_theta_zero():
    heart = from_scores(np.zeros(6))
    apex, base = heart.at(np.array([[1.0, 0.0, 0.0], [1.0, 1.0, 0.0]]))
    assert apex[0] > base[0] + 60 * MM
    septum, inferior = heart.at(np.array([[1.0, 0.6, 0.0], [1.0, 0.6, np.pi / 2]]))
    assert septum[1] > 20 * MM
    assert abs(septum[2]) < 1e-12
    assert inferior[2] > 20 * MM
    assert abs(inferior[1]) < 1e-12


def test_no_cell_of_the_mean_heart_is_inverted(template):
    heart = personalise(template, np.zeros(6), volume=140 * ML, mass=110 * GRAM)
    found = quality.check(template, heart.points)
    assert found.det_min > 0.01
    assert 0.1 < found.ratio_min < found.ratio_p01 < found.ratio_median <= 1


def test_no_wall_folds_at_a_flaring_rim(template, monkeypatch):
    heart = personalise(template, FLARED, volume=220 * ML, mass=130 * GRAM)
    assert quality.check(template, heart.points).det_min > 0
    monkeypatch.setattr(Ventricle, "unfolded", lambda self: self)
    folded = personalise(template, FLARED, volume=220 * ML, mass=130 * GRAM)
    with pytest.raises(RejectedError, match="cells are inverted"):
        quality.check(template, folded.points)


def test_the_mean_hearts_rim_is_left_as_it_is(monkeypatch):
    mean = from_scores(np.zeros(6))
    monkeypatch.setattr(Ventricle, "unfolded", lambda self: self)
    assert np.array_equal(mean.base[0], from_scores(np.zeros(6)).base[0])
    assert mean.base[1] == pytest.approx(from_scores(np.zeros(6)).base[1], abs=1e-15)


def test_an_inverted_cell_is_rejected_and_counted(template):
    points = from_scores(np.zeros(6)).at(template.nodes)
    points[0] -= np.array([1.0, 0.0, 0.0])
    with pytest.raises(RejectedError, match=r"geometry: \d+ of \d+ cells are inverted"):
        quality.check(template, points)


def test_a_mirrored_heart_is_rejected_whole(template):
    points = from_scores(np.zeros(6)).at(template.nodes) * np.array([1, 1, -1])
    n = len(template.cells)
    with pytest.raises(RejectedError, match=f"{n} of {n} cells"):
        quality.check(template, points)


def test_a_regular_tetrahedron_has_quality_one():
    corners = np.array([[0, 0, 0], [1, 0, 0], [0.5, np.sqrt(3) / 2, 0], [0.5, np.sqrt(3) / 6, 0]])
    corners[3, 2] = np.sqrt(2 / 3)
    single = build(1, 2, 6)
    first = single.cells[0]
    points = np.zeros((len(single.nodes), 3))
    points[first[:4]] = corners
    points[first[4:]] = [(corners[i] + corners[j]) / 2 for i, j in quality.EDGES]
    object.__setattr__(single, "cells", single.cells[:1])
    found = quality.check(single, points)
    assert (found.ratio_min, found.det_min) == pytest.approx((1.0, 1.0))
