"""Raking meets its margins and changes nothing else; Kish's number is known for two weights."""

import numpy as np
import pytest

from sosie.analysis.weights import Margin, kish, rake


def shares(level, w):
    return np.bincount(level, w) / w.sum()


def test_one_margin_is_met_in_one_round_with_the_ratio_of_shares():
    level = np.array([0, 0, 0, 1])
    raked = rake(np.ones(4), [Margin(level, np.array([0.5, 0.5]))])
    assert raked.rounds == 1
    assert raked.weights == pytest.approx([2 / 3, 2 / 3, 2 / 3, 2])


def test_two_margins_are_met_and_the_odds_ratio_of_the_sample_stays():
    """That is what raking keeps (Deming and Stephan 1940): the table's association."""
    rows, columns = (
        np.repeat([0, 0, 1, 1], [10, 20, 30, 5]),
        np.repeat([0, 1, 0, 1], [10, 20, 30, 5]),
    )
    wanted = np.array([0.3, 0.7]), np.array([0.6, 0.4])
    raked = rake(np.ones(65), [Margin(rows, wanted[0]), Margin(columns, wanted[1])])
    assert shares(rows, raked.weights) == pytest.approx(wanted[0])
    assert shares(columns, raked.weights) == pytest.approx(wanted[1])
    (a, b), (c, d) = np.bincount(2 * rows + columns, raked.weights).reshape(2, 2)
    assert a * d / (b * c) == pytest.approx(10 * 5 / (20 * 30))
    assert raked.weights.mean() == pytest.approx(1)


def test_a_level_that_nobody_has_leaves_its_share_to_the_others():
    raked = rake(np.ones(4), [Margin(np.array([0, 0, 0, 2]), np.array([0.3, 0.5, 0.2]))])
    assert shares(np.array([0, 0, 0, 2]), raked.weights) == pytest.approx([0.6, 0, 0.4])


def test_margins_that_contradict_each_other_leave_a_gap():
    level = np.array([0, 0, 1, 1])
    raked = rake(np.ones(4), [Margin(level, np.array([s, 1 - s])) for s in (0.3, 0.6)])
    assert raked.gap == pytest.approx(0.3)


def test_survey_weights_are_kept_within_a_level():
    start = np.array([1.0, 3.0, 5.0])
    w = rake(start, [Margin(np.array([0, 0, 1]), np.array([0.5, 0.5]))]).weights
    assert w[1] / w[0] == pytest.approx(3)


def test_half_the_people_with_thrice_the_weight_leave_four_fifths():
    assert kish(np.array([1.0, 3.0] * 10)) == pytest.approx(16)
    assert kish(np.ones(7)) == 7
