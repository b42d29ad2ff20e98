"""Calcium at points that are activated one after the other."""

import numpy as np
import pytest

from sosie.heart.beat import excitation
from sosie.heart.beat.excitation import Excitation, of_cells, published
from sosie.heart.ionic.pace import Trace
from sosie.heart.tension.calcium import transient


def test_calcium_comes_after_activation_and_repeats():
    times = np.array([0.0, 0.04])
    given = published(beat=0.8, activation=times)
    assert given.at(0.2)[1] == pytest.approx(given.at(0.16)[0])
    assert given.at(0.1) == pytest.approx(given.at(0.9))
    assert given.at(0.15)[0] == pytest.approx(transient(np.array(0.15), beat=0.8), rel=1e-4)


def test_a_point_between_two_layers_has_the_mean_of_their_calcium():
    depth = np.array([1 / 6, 1 / 2, 1 / 3, 0.0])
    cells = of_cells("ttp06", beat=0.81, activation=np.zeros(4), depth=depth)
    endo, mid, between, inside = cells.at(0.1)
    assert between == pytest.approx((endo + mid) / 2)
    assert inside == endo
    assert mid > endo  # the model's mid-myocardial cells have more


def test_calcium_is_of_cells_with_the_persons_density_of_rapid_potassium_channels(monkeypatch):
    asked = []

    def paced(model, *, variant, scales, pacing):
        asked.append(dict(scales))
        return None, None, [Trace(np.linspace(0, 0.8, 9), np.zeros((9, 1)), np.ones((9, 1)))]

    monkeypatch.setattr(excitation, "pace", paced)
    of_cells("ttp06", beat=0.8, activation=np.zeros(1), depth=np.ones(1), ikr_density=0.5)
    assert asked == 3 * [{"I_Kr": 0.5}]


def test_the_last_sample_is_joined_to_the_first():
    traces = np.zeros((1, 1000))
    traces[0, 0] = 1.0
    given = Excitation(1.0, np.zeros(1), np.ones((1, 1)), traces)
    assert given.at(0.9995) == pytest.approx([0.5])
