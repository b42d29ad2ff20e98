"""Who is shown beside their own heart: some with tau, and somebody without, where there is."""

import numpy as np
import pytest

from sosie.analysis import pictures


@pytest.mark.parametrize(
    ("since", "shown"),
    [
        ([-9.0, 5.0, -3.0, 1.0, 2.0, 8.0], [-9, 1, 5, 8]),
        ([4.0, -30.0, -20.0, -10.0, -1.0], [-30, -10, -1, 4]),
        ([-2.0, -1.0], [-2, -1]),
        ([3.0, 1.0, 2.0, 5.0, 4.0], [1, 2, 4, 5]),
    ],
)
def test_people_past_the_onset_come_first_and_leave_a_place_to_others(since, shown):
    since = np.array(since)
    assert list(since[pictures.either_side(since)]) == shown


@pytest.mark.parametrize(
    ("since", "words"),
    [
        (-0.5, "before amyloid onset"),
        (12.4, "12 y after amyloid onset"),
        (45.0, "45 y after amyloid onset, shown at 40"),
    ],
)
def test_the_note_says_when_a_brain_is_shown(since, words):
    assert pictures.when(since, np.array([0.0, 20.0, 40.0])) == words
