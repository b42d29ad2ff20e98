"""Beats come to repeat, as published, and their derivatives are exact."""

import numpy as np
import pytest

from sosie.heart.circulation import beats
from sosie.heart.circulation.cavity import at_pressure
from sosie.heart.circulation.indices import indices
from sosie.heart.circulation.parameters import ML, MMHG, Circulation
from sosie.heart.circulation.ring import LA, LV, RV, SA, Ring


@pytest.fixture(scope="module")
def ring():
    return Ring(Circulation(), steps=160)


@pytest.fixture(scope="module")
def repeated(ring):
    return beats.periodic(ring, beats.start(ring), tolerance=1e-3)


def test_newtons_beat_is_the_one_that_beating_comes_to():
    coarse = Ring(Circulation(), steps=32)
    beat, _, _ = beats.periodic(coarse, beats.start(coarse), tolerance=1e-3)
    last, _ = beats.run(coarse, beats.start(coarse), 70)
    np.testing.assert_allclose(beat.V, last.V, atol=0.01 * ML)
    np.testing.assert_allclose(beat.p, last.p, atol=0.01 * MMHG)


def test_the_beat_repeats_within_a_millilitre_and_a_millimetre_of_mercury(ring):
    beat, state, _ = beats.periodic(ring, beats.start(ring))
    after, _ = beats.run(ring, state)
    assert np.abs(after.V - beat.V).max() < 1 * ML
    assert np.abs(after.p - beat.p).max() < 1 * MMHG


def test_an_independent_program_finds_the_same_beat(repeated):
    """PyPI's circulation 0.4.0 at these parameters and this blood, forward Euler of 1 ms, beat 60.

    It has hard valves and steps half as long.
    """
    beat, _, _ = repeated
    found = indices(beat)
    assert found.end_diastolic_volume == pytest.approx(121.67 * ML, abs=0.3 * ML)
    assert found.end_systolic_volume == pytest.approx(48.80 * ML, abs=0.3 * ML)
    assert found.systolic_pressure == pytest.approx(125.36 * MMHG, abs=0.3 * MMHG)
    assert found.diastolic_pressure == pytest.approx(79.44 * MMHG, abs=0.3 * MMHG)
    assert found.peak_pressure == pytest.approx(126.35 * MMHG, abs=0.3 * MMHG)
    assert found.filling_pressure == pytest.approx(8.00 * MMHG, abs=0.1 * MMHG)
    assert beat.V[:, RV].max() == pytest.approx(150.6 * ML, abs=0.3 * ML)


def test_how_a_beat_ends_depends_on_its_start_as_is_said(ring, repeated):
    _, state, _ = repeated
    _, end, slopes = beats.differentiate(ring, state)
    for i, size in ((LV, ML), (LA, ML), (8 + SA, 10 * ML)):
        shifted = np.concatenate([state.V, state.Q])
        shifted[i] += 0.01 * size
        _, other = beats.run(ring, state._replace(V=shifted[:8], Q=shifted[8:]))
        difference = np.concatenate([other.V - end.V, other.Q - end.Q]) / (0.01 * size)
        np.testing.assert_allclose(slopes.end[:8, i], difference[:8], atol=2e-3 * ML / size)
        np.testing.assert_allclose(slopes.end[8:, i], difference[8:], atol=0.05 * ML / size)


def test_a_ventricle_held_at_a_pressure_keeps_it_wherever_the_beat_starts(repeated):
    held = Ring(Circulation(), steps=8, ventricle=lambda _: at_pressure(9 * MMHG))
    _, state, _ = repeated
    beat, _, slopes = beats.differentiate(held, state)
    assert beat.p[:, LV] == pytest.approx(9 * MMHG)
    assert np.abs(slopes.p[:, LV]).max() == 0


def test_both_ventricles_eject_the_same(repeated):
    beat, _, _ = repeated
    assert np.ptp(beat.V[:, RV]) == pytest.approx(np.ptp(beat.V[:, LV]), rel=1e-3)


def test_indices_of_a_loop_of_four_corners_are_its_sides_and_area():
    V = np.zeros((4, 8))
    p = np.zeros((4, 8))
    V[:, LV] = np.array([110, 10, 10, 110]) * ML
    p[:, LV] = np.array([120, 100, 20, 30]) * MMHG
    p[:, SA] = np.array([120, 100, 90, 80]) * MMHG
    found = indices(beats.Beat(np.array([0.2, 0.4, 0.6, 0.8]), V, p, V))
    assert found.ejection_fraction == pytest.approx(100 / 110)
    assert found.cardiac_output == pytest.approx(100 * ML / 0.8)
    assert found.stroke_work == pytest.approx(100 * ML * 85 * MMHG)
    assert found.fastest_rise == pytest.approx(90 * MMHG / 0.2)
    assert found.mean_pressure == pytest.approx(97.5 * MMHG)
