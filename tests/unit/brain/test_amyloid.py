"""Amyloid grows as a logistic curve from the age of its onset, unless it is taken away."""

import numpy as np
import pytest

from sosie.brain.amyloid import AT_ONSET, RATE, course
from sosie.brain.parameters import YEAR, Treatment

ONSET = 60 * YEAR


def test_untreated_it_is_the_logistic_curve():
    times = np.linspace(0, 40, 9) * YEAR
    level, met = course(times, onset=ONSET, treatment=Treatment())
    exact = 1 / (1 + (1 / AT_ONSET - 1) * np.exp(-RATE * times))
    np.testing.assert_allclose(level, exact, rtol=1e-4)
    np.testing.assert_allclose(met, level)


def test_a_clearance_as_lecanemab_s_leaves_what_the_trial_found():
    """22 of 78 Centiloids were left after 1.5 years; what tau has met stays."""
    treatment = Treatment(start=75 * YEAR, amyloid_clearance=0.83 / YEAR)
    times = np.array([15.0, 16.5]) * YEAR
    level, met = course(times, onset=ONSET, treatment=treatment)
    assert level[1] / level[0] == pytest.approx(22.4 / 77.9, abs=0.05)
    assert met[1] == pytest.approx(met[0], rel=0.01)


def test_after_a_treatment_amyloid_comes_back():
    treatment = Treatment(start=65 * YEAR, end=67 * YEAR, amyloid_clearance=1 / YEAR)
    level, met = course(np.array([7.0, 60.0]) * YEAR, onset=ONSET, treatment=treatment)
    assert level[0] < 0.1
    assert level[1] > 0.9
    assert met[1] == pytest.approx(level[1])
