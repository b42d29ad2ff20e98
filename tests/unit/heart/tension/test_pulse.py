"""Tension by the clock rises in systole and falls in diastole as its rates say."""

import numpy as np
import pytest

from sosie.errors import SosieError
from sosie.heart.tension import pulse
from sosie.heart.tension.parameters import Pulse


def beat(dt):
    T, trace = np.zeros(1), []
    for k in range(round(1 / dt)):
        T = pulse.step(Pulse(), T, time=k * dt, dt=dt)
        trace.append(float(T[0]))
    return np.arange(1, len(trace) + 1) * dt, np.array(trace)


def test_it_peaks_as_diastole_starts_at_what_the_fastest_rate_reaches():
    time, T = beat(1e-3)
    reached = Pulse().tension * (1 - np.exp(-Pulse().fastest * (0.484 - 0.170)))
    assert T.max() == pytest.approx(reached, rel=0.02)
    assert time[T.argmax()] == pytest.approx(0.484, abs=0.01)


def test_it_falls_at_the_slowest_rate():
    _, T = beat(1e-3)
    assert T[599] / T[549] == pytest.approx(np.exp(-30 * 0.05), rel=1e-3)


def test_it_converges_at_second_order():
    at = [beat(dt)[1][round(0.2 / dt) - 1] for dt in (5e-4, 2.5e-4, 1.25e-4)]
    assert np.log2((at[0] - at[1]) / (at[1] - at[2])) == pytest.approx(2.0, abs=0.2)


def test_a_step_of_any_length_stays_between_rest_and_the_most():
    for dt in (1e-3, 0.05, 0.5):
        _, T = beat(dt)
        assert T.min() >= 0
        assert T.max() <= Pulse().tension


def test_diastole_before_systole_is_refused():
    with pytest.raises(SosieError, match="give diastole later"):
        Pulse(systole=0.5)
