"""Draws belong to a person and a quantity, and follow the distribution they are said to."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sosie.cohort.draw import (
    Gaussian,
    condition,
    draw,
    first_inside,
    generator,
    truncated_normal,
)

JOINT = Gaussian(np.array([1.0, 2.0]), np.array([[4.0, 1.2], [1.2, 1.0]]))


def test_a_stream_depends_on_seed_person_and_quantity_and_on_nothing_else():
    first = generator(1, "a", "x").random()
    assert generator(1, "a", "x").random() == first
    others = [generator(2, "a", "x"), generator(1, "b", "x"), generator(1, "a", "y")]
    assert first not in {stream.random() for stream in others}


def test_conditioning_is_linear_regression():
    found = condition(JOINT, {0: 3.0})
    assert found.mean == pytest.approx([2.0 + 1.2 / 4.0 * 2.0])
    assert found.covariance == pytest.approx(np.array([[1.0 - 1.2**2 / 4.0]]))
    assert condition(JOINT, {}).mean == pytest.approx(JOINT.mean)


def test_gaussian_draws_have_the_mean_and_covariance_asked_for():
    found = np.concatenate([draw(JOINT, generator(0, str(i), "x")) for i in range(200)])
    # 12,800 draws: standard errors of about 0.018 and 0.05.
    assert found.mean(axis=0) == pytest.approx(JOINT.mean, abs=0.06)
    assert np.cov(found.T) == pytest.approx(JOINT.covariance, abs=0.2)


@given(st.integers(0, 2**32), st.floats(-2, 2), st.floats(0.01, 2))
def test_a_truncated_draw_stays_within_its_bounds(seed, low, width):
    value = truncated_normal(generator(seed, "a", "x"), 0, 1, low=low, high=low + width)
    assert low - 1e-9 <= value <= low + width + 1e-9


def test_the_first_admissible_candidate_is_kept_or_else_the_first_is_moved():
    candidates = np.array([[5.0, 0.0], [0.5, 0.5], [0.1, 0.1]])
    low, high = np.zeros(2), np.ones(2)
    assert first_inside(candidates, low, high).tolist() == [0.5, 0.5]
    assert first_inside(candidates[:1], low, high).tolist() == [1.0, 0.0]
