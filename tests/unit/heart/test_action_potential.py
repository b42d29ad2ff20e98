"""A wall's potentials have the activation and repolarisation they are asked for."""

import numpy as np
import pytest

from sosie.errors import SosieError
from sosie.heart.action_potential import LAYERS, ActionPotential, Wall
from sosie.heart.crossings import Crossings

REST, PEAK = -0.085, 0.030
T = np.arange(0, 0.6, 5e-5)
UPSTROKE = 1e-3


def beat(duration):
    """Rise within a millisecond 10 ms after the start, fall on a line over ``duration`` [s]."""
    up = np.clip((T - 0.01) / UPSTROKE, 0, 1)
    down = np.clip((T - 0.01 - UPSTROKE) / duration, 0, 1)
    return REST + (PEAK - REST) * np.minimum(up, 1 - down)


DURATIONS = {"endo": 0.30, "mid": 0.38, "epi": 0.26}


@pytest.fixture
def layers():
    return {name: ActionPotential.of(T, beat(d)) for name, d in DURATIONS.items()}


def test_apd90_is_from_0_mv_to_nine_tenths_of_the_way_back(layers):
    before_peak = UPSTROKE * PEAK / (PEAK - REST)
    for name, duration in DURATIONS.items():
        assert layers[name].apd90 == pytest.approx(0.9 * duration + before_peak, abs=1e-5)


def test_a_layer_is_itself_in_its_middle_and_a_blend_between(layers):
    wall = Wall.of(np.array([*LAYERS.values(), 1 / 3, 0.0, 1.0]), layers)
    endo, mid, epi = (layers[name].apd90 for name in LAYERS)
    assert wall.apd90 == pytest.approx([endo, mid, epi, (endo + mid) / 2, endo, epi], abs=1e-4)


def test_potentials_cross_where_they_are_asked_to(layers):
    """Seen by what watches simulated potentials, within the 0.15 ms of the table."""
    transmural = np.linspace(0, 1, 7)
    wall = Wall.of(transmural, layers)
    activation = 0.02 + 0.05 * transmural
    repolarisation = activation + wall.apd90 * np.linspace(0.8, 1.2, 7)
    dt = 1e-4
    t = np.arange(0, 0.6, dt)
    v = 1e3 * wall.potential(t, activation=activation, repolarisation=repolarisation).T
    crossings = Crossings(v[0], dt=dt)
    for step in range(1, len(t)):
        crossings.look(v[step], step)
    assert crossings.activation == pytest.approx(activation, abs=2e-4)
    assert crossings.repolarisation == pytest.approx(repolarisation, abs=1e-3)


def test_before_and_long_after_the_beat_the_wall_is_at_rest(layers):
    wall = Wall.of(np.array([0.5]), layers)
    v = wall.potential(
        np.array([-1.0, 0.0, 0.2, 2.0]),
        activation=np.array([0.1]),
        repolarisation=np.array([0.4]),
    )
    assert v[0, [0, 1, 3]] == pytest.approx(REST)
    assert v[0, 2] > -0.02


@pytest.mark.parametrize(
    ("v", "what"),
    [(np.full_like(T, REST), "does not fire"), (beat(5.0), "does not repolarise to 90 %")],
)
def test_half_a_beat_is_refused(v, what):
    with pytest.raises(SosieError, match=rf"action potential of mid: it {what} within 600 ms"):
        ActionPotential.of(T, v, name="mid")


def test_a_missing_layer_is_named(layers):
    del layers["mid"]
    with pytest.raises(SosieError, match="none for mid; give one for each of endo, mid, epi"):
        Wall.of(np.array([0.5]), layers)
