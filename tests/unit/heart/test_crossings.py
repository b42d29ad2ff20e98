"""Activation and repolarisation are read off a potential that runs by, to the time and the beat."""

import tracemalloc

import numpy as np
import pytest

from sosie.heart.crossings import Crossings

DT = 5e-5
REST, PEAK = -85.0, 30.0


def beat(t, onset, duration):
    """Rise from rest to peak within 1 ms, fall back linearly over ``duration`` [s], rest again."""
    up = np.clip((t - onset) / 1e-3, 0, 1)
    down = np.clip((t - onset - 2e-3) / duration, 0, 1)
    return REST + (PEAK - REST) * np.minimum(up, 1 - down)


def watch(potential, end, dt=DT):
    """Look at potential(t) of shape (n,) until ``end``."""
    crossings = Crossings(potential(0.0), dt=dt)
    for step in range(1, round(end / dt) + 1):
        crossings.look(potential(step * dt), step)
    return crossings


ONSETS = np.array([0.0101, 0.01234567, 0.02])
UP = -REST / (PEAK - REST) * 1e-3
"""[s] after its onset the beat is at 0 mV."""


@pytest.mark.parametrize("dt", [5e-5, 1e-4])
def test_times_are_exact_where_the_potential_is_linear(dt):
    found = watch(lambda t: beat(t, ONSETS, 0.25), 0.3, dt)
    assert found.activation == pytest.approx(ONSETS + UP, abs=1e-12)
    assert found.repolarisation == pytest.approx(ONSETS + 2e-3 + 0.9 * 0.25, abs=1e-9)


def test_of_several_beats_the_last_is_kept():
    found = watch(lambda t: np.maximum(beat(t, ONSETS, 0.2), beat(t, ONSETS + 0.4, 0.1)), 0.6)
    assert found.activation == pytest.approx(0.4 + ONSETS + UP, abs=1e-12)
    assert found.repolarisation == pytest.approx(0.4 + ONSETS + 2e-3 + 0.09, abs=1e-9)


def test_a_beat_under_way_has_no_repolarisation_yet():
    found = watch(lambda t: np.maximum(beat(t, ONSETS, 0.2), beat(t, ONSETS + 0.4, 0.1)), 0.45)
    assert found.activation == pytest.approx(0.4 + ONSETS + UP, abs=1e-12)
    assert np.isnan(found.repolarisation).all()


def test_a_vertex_at_rest_is_never_activated():
    found = watch(lambda _: np.array([REST]), 0.1)
    assert np.isnan(found.activation).all()


def test_a_dip_before_the_front_is_not_taken_for_rest():
    """Nine tenths of the way back are counted from rest, which a front's dip lies 14 mV below."""

    def potential(t):
        return beat(t, np.array([0.02]), 0.25) - 14 * np.exp(-(((t - 0.014) / 2e-3) ** 2))

    found = watch(potential, 0.35)
    assert found.repolarisation == pytest.approx([0.02 + 2e-3 + 0.9 * 0.25], abs=1e-4)


def test_a_notch_through_0_mv_is_no_second_activation():
    found = watch(lambda t: beat(t, ONSETS, 0.25) - 40 * np.exp(-(((t - 0.03) / 2e-3) ** 2)), 0.3)
    assert found.activation == pytest.approx(ONSETS + UP, abs=1e-5)


def test_a_beat_on_one_that_has_not_repolarised_is_measured_from_the_same_rest():
    """The first falls to -50 mV, is overtaken, and the second's amplitude still is 115 mV."""
    found = watch(lambda t: np.maximum(beat(t, ONSETS, 0.2), beat(t, ONSETS + 0.142, 0.1)), 0.4)
    assert found.activation == pytest.approx(0.142 + ONSETS + UP, abs=1e-12)
    assert found.repolarisation == pytest.approx(0.142 + ONSETS + 2e-3 + 0.09, abs=1e-9)


def test_looking_allocates_nothing_but_what_crosses():
    v = np.full(100_000, REST)
    crossings = Crossings(v, dt=DT)
    crossings.look(v, 4)
    tracemalloc.start()
    for step in range(5, 45):
        crossings.look(v, step)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < v.nbytes / 10
