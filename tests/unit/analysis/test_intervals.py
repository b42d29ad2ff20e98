"""Intervals are the published ones."""

import numpy as np
import pytest
from scipy.stats import ttest_1samp

from sosie.analysis.intervals import weighted_mean, weighted_sd, wilson


def test_the_share_of_one_in_ten_has_the_interval_that_textbooks_give():
    """Altman et al. (2000), Statistics with confidence, and any table of Wilson's interval."""
    one = wilson(1, 10)
    assert (one.value, one.low, one.high) == pytest.approx((0.1, 0.0179, 0.4042), abs=1e-4)


def test_none_of_many_leaves_room_above_and_not_below_zero():
    one = wilson(0, 100)
    assert one.low == 0
    assert one.high == pytest.approx(1.96**2 / (100 + 1.96**2), rel=1e-3)


def test_equal_weights_give_the_usual_t_interval():
    x = np.array([3.0, 5.0, 4.0, 9.0, 7.5])
    one = weighted_mean(x, np.full(5, 2.5))
    usual = ttest_1samp(x, 0).confidence_interval()
    assert (one.low, one.high) == pytest.approx((usual.low, usual.high))


def test_who_has_no_weight_does_not_count():
    x, w = np.array([1.0, 2.0, 100.0]), np.array([1.0, 1.0, 0.0])
    assert weighted_mean(x, w) == weighted_mean(x[:2], w[:2])
    assert weighted_mean(x, np.zeros(3)) is None


def test_a_single_value_has_no_interval():
    one = weighted_mean(np.array([4.0]), np.ones(1))
    assert (one.value, one.low, one.high) == (4, None, None)


def test_the_interval_holds_the_mean_as_often_as_it_says():
    rng, hits = np.random.default_rng(1), 0
    for _ in range(400):
        w = rng.uniform(0.2, 3, 40)
        one = weighted_mean(rng.normal(10, 2, 40), w)
        hits += one.low < 10 < one.high
    assert wilson(hits, 400).low < 0.95 < wilson(hits, 400).high


def test_weights_repeat_people():
    x, w = np.array([1.0, 4.0]), np.array([3.0, 1.0])
    assert weighted_sd(x, w) == pytest.approx(np.std([1, 1, 1, 4]))
