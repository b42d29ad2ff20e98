"""Valves let blood through one way, open smoothly, and never give energy."""

import numpy as np
import pytest

from sosie.errors import SosieError
from sosie.heart.circulation import valve
from sosie.heart.circulation.parameters import MMHG, Valves

X = np.linspace(-100, 20, 2001) * MMHG
VALVES = Valves()


def test_blood_flows_towards_the_lower_pressure_and_more_so_the_more_it_is():
    Q, slope = valve.flow(X, VALVES)
    assert (Q * X >= 0).all()
    assert (np.diff(Q) > 0).all()
    assert (slope > 0).all()


def test_open_and_closed_they_have_the_resistances_that_are_said():
    (out, back), _ = valve.flow(np.array([10.0, -80.0]) * MMHG, VALVES)
    assert 10 * MMHG / out == pytest.approx(VALVES.open, rel=1e-6)
    assert -80 * MMHG / back == pytest.approx(VALVES.closed, rel=1e-6)


def test_the_slope_is_the_flows_and_has_no_jump_at_opening():
    h = 1e-4 * MMHG
    x = np.concatenate([X, np.linspace(-1, 1, 401) * MMHG])
    _, slope = valve.flow(x, VALVES)
    difference = (valve.flow(x + h, VALVES)[0] - valve.flow(x - h, VALVES)[0]) / (2 * h)
    np.testing.assert_allclose(slope, difference, atol=1e-3 / VALVES.open)
    (shut, ajar), _ = valve.flow(np.array([-h, h]), VALVES)[1], None
    assert abs(ajar - shut) < 2e-3 / VALVES.open


def test_valves_that_would_not_shut_are_refused():
    with pytest.raises(SosieError, match="give closed more"):
        Valves(open=1e8, closed=1e7)
