"""The disc has the septum left and the anterior wall on top, in the segments cardiologists use."""

import numpy as np
import pytest

from sosie.analysis.bullseye import segment, through_wall

SEPTUM, INFERIOR, LATERAL, ANTERIOR = np.pi * np.array([0, 0.5, 1, 1.5])


@pytest.mark.parametrize(
    ("s", "theta", "number"),
    [
        (0.9, ANTERIOR, 1),
        (0.9, SEPTUM - 0.5, 2),
        (0.9, SEPTUM + 0.5, 3),
        (0.9, INFERIOR, 4),
        (0.9, LATERAL - 0.5, 5),
        (0.9, LATERAL + 0.5, 6),
        (0.6, ANTERIOR, 7),
        (0.6, INFERIOR, 10),
        (0.3, ANTERIOR, 13),
        (0.3, SEPTUM, 14),
        (0.3, INFERIOR, 15),
        (0.3, LATERAL, 16),
        (0.0, 0.0, 17),
    ],
)
def test_segments_are_numbered_as_the_heart_association_does(s, theta, number):
    assert segment(np.array([s]), np.array([theta])) == [number]


def test_every_column_of_the_wall_is_one_point_of_the_map():
    s = np.array([0.0, 0.5, 0.5, 0.0, 0.5, 0.5])
    theta = np.array([0.0, 0.0, np.pi, 0.0, 2 * np.pi, np.pi])
    found = through_wall(s, theta, np.array([1.0, 2.0, 3.0, 3.0, 4.0, 7.0]))
    assert found[0] == pytest.approx([0, 0.5, 0.5])
    assert found[1] == pytest.approx([0, 0, np.pi])
    assert found[2] == pytest.approx([2, 3, 5])
