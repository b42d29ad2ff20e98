"""Calcium at points that are activated one after the other."""

import numpy as np
import pytest

from sosie.heart.beat.excitation import Excitation, of_cells, published
from sosie.heart.tension.calcium import transient


def test_calcium_comes_after_activation_and_repeats():
    times = np.array([0.0, 0.04])
    excitation = published(beat=0.8, activation=times)
    assert excitation.at(0.2)[1] == pytest.approx(excitation.at(0.16)[0])
    assert excitation.at(0.1) == pytest.approx(excitation.at(0.9))
    assert excitation.at(0.15)[0] == pytest.approx(transient(np.array(0.15), beat=0.8), rel=1e-4)


def test_a_point_between_two_layers_has_the_mean_of_their_calcium():
    depth = np.array([1 / 6, 1 / 2, 1 / 3, 0.0])
    cells = of_cells("ttp06", beat=0.81, activation=np.zeros(4), depth=depth)
    endo, mid, between, inside = cells.at(0.1)
    assert between == pytest.approx((endo + mid) / 2)
    assert inside == endo
    assert mid > endo  # the model's mid-myocardial cells have more


def test_the_last_sample_is_joined_to_the_first():
    traces = np.zeros((1, 1000))
    traces[0, 0] = 1.0
    excitation = Excitation(1.0, np.zeros(1), np.ones((1, 1)), traces)
    assert excitation.at(0.9995) == pytest.approx([0.5])
