"""The closed loop keeps its blood, has exact derivatives, and answers a 3D ventricle."""

import numpy as np
import pytest

from sosie.errors import SosieError
from sosie.heart.circulation import beats
from sosie.heart.circulation.cavity import Closure, at_pressure, at_volume, elastic
from sosie.heart.circulation.parameters import ML, MMHG, Chamber, Circulation
from sosie.heart.circulation.ring import LV, SCALE, Ring

STEPS = 80
INSTANTS = {"filling": 70, "ejection": 20, "isovolumic": 3, "relaxation": 36}
"""Steps of the beat."""


@pytest.fixture(scope="module")
def ring():
    return Ring(Circulation(), steps=STEPS)


@pytest.fixture(scope="module")
def states(ring):
    """Return the state before each step of a beat."""
    state, seen = beats.start(ring), []
    for k in range(STEPS):
        seen.append(state)
        state = ring.step(state, k)
    return seen


@pytest.mark.parametrize("cavity", [elastic(3e7, 1e-5), at_pressure(9e3), at_volume(9e-5)])
def test_the_jacobian_is_the_residuals_derivative(ring, states, cavity):
    rng = np.random.default_rng(1)
    old = states[20]
    u = np.append(old.V, old.p_lv) * rng.uniform(0.9, 1.1, 9)
    _, J, _ = ring.residual(u, old, 20, cavity)
    for j in range(9):
        h = np.zeros(9)
        h[j] = 1e-6 * SCALE[j]
        difference = (
            ring.residual(u + h, old, 20, cavity)[0] - ring.residual(u - h, old, 20, cavity)[0]
        ) / (2 * h[j])
        size = SCALE / SCALE[j]
        np.testing.assert_allclose(J[:, j] / size, difference / size, atol=1e-6)


def test_blood_is_neither_made_nor_lost(ring):
    state = beats.start(ring)
    for k in range(5 * STEPS):
        state = ring.step(state, k)
    assert state.V.sum() == pytest.approx(ring.circulation.volume, rel=1e-14)


@pytest.mark.parametrize("k", INSTANTS.values(), ids=INSTANTS)
def test_a_step_at_the_pressure_it_ends_with_is_the_same_step(ring, states, k):
    free = ring.step(states[k], k)
    told, _ = ring.respond(states[k], k, free.p_lv)
    np.testing.assert_allclose(told.V, free.V, rtol=1e-9)


@pytest.mark.parametrize("k", INSTANTS.values(), ids=INSTANTS)
def test_the_interface_knows_how_much_less_blood_a_higher_pressure_leaves(ring, states, k):
    p = ring.step(states[k], k).p_lv
    h = 0.01 * MMHG
    _, slope = ring.respond(states[k], k, p)
    (above, _), (below, _) = (ring.respond(states[k], k, p + s) for s in (h, -h))
    assert slope <= 0
    assert slope == pytest.approx((above.V[LV] - below.V[LV]) / (2 * h), rel=0.02, abs=1e-16)


@pytest.mark.parametrize("k", INSTANTS.values(), ids=INSTANTS)
def test_a_ventricle_told_its_volume_finds_the_pressure(ring, states, k):
    free = ring.step(states[k], k)
    told, _ = ring.solve(states[k], k, at_volume(float(free.V[LV])))
    assert told.p_lv == pytest.approx(free.p_lv, abs=0.02 * MMHG)


def test_bordering_by_the_interface_finds_what_solving_all_at_once_does(ring, states):
    """A stiffening ventricle outside the loop, as a 3D one is, from a poor guess of pressure."""

    def pressure(V):
        return 2.0 * MMHG * np.expm1(V / (30 * ML)), 2.0 * MMHG / (30 * ML) * np.exp(V / (30 * ML))

    def closure(V, p):
        value, slope = pressure(V)
        return Closure(p - value, -slope, 1.0)

    old = states[20]
    p, V, dp, count = old.p_lv, float(old.V[LV]), np.inf, 0
    while abs(dp) > 1e-6 * MMHG and count < 30:
        count += 1
        state, slope = ring.respond(old, 20, p)
        value, stiffness = pressure(V)
        residual, gap = value - p, V - state.V[LV]
        own = -residual / stiffness  # what the ventricle's step at fixed pressure adds
        dp = (gap + own) / (slope - 1 / stiffness)
        V, p = V + own + dp / stiffness, p + dp
    direct, _ = ring.solve(old, 20, closure)
    assert count < 12
    assert p == pytest.approx(direct.p_lv, rel=1e-8)
    assert pytest.approx(direct.V[LV], rel=1e-8) == V


def test_a_chamber_that_is_never_at_rest_is_refused():
    with pytest.raises(SosieError, match=r"take 1\.1 of a beat; give at most 1"):
        Chamber(1e8, 1e7, 0.0, 0.0, 0.7, 0.4)


def test_a_circulation_without_a_beat_is_refused():
    with pytest.raises(SosieError, match="rate is 0; give a positive number"):
        Circulation(rate=0)
