"""What is hidden cannot be computed from what is shown; and no more is hidden than needed."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy.optimize import linprog

from sosie.analysis.disclosure import LEAST, hidden, with_totals


def test_totals_stand_last_on_each_axis():
    assert with_totals(np.array([[1, 2], [3, 4]])).tolist() == [[1, 2, 3], [3, 4, 7], [4, 6, 10]]


def test_large_groups_are_all_shown():
    assert not hidden(np.full((3, 4), LEAST)).any()


def test_nobody_is_no_secret():
    assert not hidden(np.array([0, 30, 40])).any()


def test_one_small_group_takes_the_smallest_other_with_it():
    assert hidden(np.array([5, 20, 30, 40])).tolist() == [True, True, False, False, False]


def test_two_tiny_groups_are_not_told_by_their_sum():
    assert hidden(np.array([1, 1, 20, 30])).tolist() == [True, True, True, False, False]


def test_a_cohort_smaller_than_a_group_is_hidden_whole():
    assert hidden(np.array([2, 1])).all()


def test_a_small_cell_of_a_square_takes_its_row_and_column():
    found = hidden(np.array([[5, 20, 50], [21, 40, 50], [50, 50, 50]]))
    assert found[0, 0]
    assert found[:2, :2].all()
    assert not found[2].any()
    assert not found[:, 2:].any()


def test_what_must_be_hidden_anyway_stays_hidden():
    already = np.zeros(4, dtype=bool)
    already[0] = True
    assert hidden(np.array([50, 20, 30]), already).tolist() == [True, True, False, False]


@settings(max_examples=40, deadline=None)
@given(
    arrays(np.int64, array_shapes(min_dims=1, max_dims=3, max_side=4), elements=st.integers(0, 40))
)
def test_no_hidden_group_follows_from_those_shown(counts):
    """Asked of a linear programme, which knows nothing of how cells were chosen."""
    out = hidden(counts)
    table = with_totals(counts)
    assert not ((table > 0) & (table < LEAST) & ~out).any()
    A, b = _equations(table, out)
    for j in range(A.shape[1]):
        ends = [
            linprog(sign * np.eye(A.shape[1])[j], A_eq=A, b_eq=b, bounds=(None, None)).status
            for sign in (1, -1)
        ]
        assert ends == [3, 3]  # unbounded: nothing is known of it


def _equations(table, out):
    """Return A x = b for the hidden cells x."""
    place = np.full(table.shape, -1)
    place[out] = np.arange(out.sum())
    rows, b = [], []
    for axis in range(table.ndim):
        lines = np.moveaxis(place, axis, -1).reshape(-1, table.shape[axis])
        values = np.moveaxis(table, axis, -1).reshape(-1, table.shape[axis])
        for line, value in zip(lines, values, strict=True):
            sign = np.append(np.ones(len(line) - 1), -1)
            row = np.zeros(out.sum())
            row[line[line >= 0]] = sign[line >= 0]
            rows.append(row)
            b.append(-(sign * value)[line < 0].sum())
    return np.array(rows), np.array(b)
