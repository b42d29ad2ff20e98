"""Human muscle pulls as measured and published, at any step, and tells how its pull changes."""

import numpy as np
import pytest

from sosie.errors import SosieError
from sosie.heart.tension import land
from sosie.heart.tension.calcium import transient
from sosie.heart.tension.parameters import SKINNED, Land

MODEL = Land()
DT = 1e-3


def held(model, calcium, stretch):
    """Return tension [Pa] of muscle held for ever."""
    Ca, lam = np.broadcast_arrays(np.asarray(calcium, float), np.asarray(stretch, float))
    return land.tension(model, land.steady(model, Ca, lam), lam)


def twitches(stretch, *, dt=DT, beats=3):
    """Return tension [kPa] of isometric twitches in the last beat, (n, n_stretches)."""
    lam = np.asarray(stretch, float)
    state = land.steady(MODEL, np.full_like(lam, transient(np.array(0.0))), lam)
    for _ in range(beats):
        trace = []
        for k in range(round(1 / dt)):
            Ca = np.full_like(lam, transient(np.array((k + 1) * dt)))
            state, T = land.step(MODEL, state, calcium=Ca, stretch=lam, stretch_old=lam, dt=dt)
            trace.append(T.value / 1e3)
    return np.array(trace)


@pytest.mark.parametrize("model", [MODEL, SKINNED], ids=["whole organ", "skinned"])
def test_force_against_calcium_is_half_and_as_steep_as_the_parameters_say(model):
    """Half the sites open where TRPN_50 = 0.35 of troponin has calcium: 0.591 and 1.834 uM.

    There the Hill slope is n_Tm n_TRPN (1 - TRPN_50): 6.5 and 2.86.
    """
    half = model.calcium * np.sqrt(0.35 / 0.65)
    assert held(model, half, 1.0) == pytest.approx(model.tension / 2, rel=1e-12)
    most = model.tension / (1 + 0.35**model.tropomyosin_power)
    assert held(model, 1000 * half, 1.0) == pytest.approx(most, rel=1e-5)
    share = held(model, half * np.exp([-1e-4, 1e-4]), 1.0) / model.tension
    slope = np.diff(np.log(share / (1 - share)))[0] / 2e-4
    assert slope == pytest.approx(model.tropomyosin_power * 2 * 0.65, rel=1e-6)


def test_longer_muscle_is_stronger_and_more_sensitive():
    """Eqs. 20 and 21: 2.3 of rest's tension by stretch, half at 0.24 uM less a tenth longer."""
    assert held(MODEL, 1.0, 1.1) / held(MODEL, 1.0, 1.0) == pytest.approx(1.23, rel=1e-6)
    half = (MODEL.calcium - 0.24e-3) * np.sqrt(0.35 / 0.65)
    assert held(MODEL, half, 1.1) == pytest.approx(1.23 * MODEL.tension / 2, rel=1e-12)
    short = held(MODEL, 1.0, np.array([0.85, 0.8])) / held(MODEL, 1.0, 1.0)
    assert np.diff(short)[0] == pytest.approx(-0.05 * 2 * 2.3, rel=1e-6)
    assert held(MODEL, 1.0, 0.6) == 0
    assert held(MODEL, 1.0, 1.3) == held(MODEL, 1.0, 1.2)


def test_an_isometric_twitch_is_the_published_one():
    """Land et al. (2017), final model, figure 6: 51 kPa at its height, 0.078 kPa at rest.

    Peak 175 ms after tension leaves rest, half gone 121 ms later, 95 % gone after 281 ms. Here
    with the calcium's fit; with the 50 points themselves 51.9, 0.081, 121 and 282.
    """
    T = twitches([1.0])[:, 0]
    top = T.argmax()
    share = (T - T.min()) / np.ptp(T)
    left = np.argmax(share > 0.002)
    assert T.max() == pytest.approx(51, rel=0.08)
    assert T.min() == pytest.approx(0.078, rel=0.12)
    assert (top - left) * DT == pytest.approx(0.175, abs=0.015)
    assert np.argmax(share[top:] < 0.5) * DT == pytest.approx(0.121, abs=0.008)
    assert np.argmax(share[top:] < 0.05) * DT == pytest.approx(0.281, abs=0.012)


def test_a_stretched_twitch_is_stronger_and_lasts_longer():
    """Figure 6: tension grows with stretch from 0.9 to 1.1, and relaxation slows."""
    T = twitches([0.9, 0.95, 1.0, 1.05, 1.1])
    assert (np.diff(T.max(axis=0)) > 0).all()
    half = [np.argmax(x[x.argmax() :] < x.max() / 2) for x in T.T]
    assert (np.diff(half) > 0).all()


def moving(t):
    """Return stretch that shortens from 1.05 to 0.93 and lengthens again, from 0.1 to 0.5 s."""
    return 1.05 - 0.12 * np.sin(np.pi * np.clip((t - 0.1) / 0.4, 0, 1)) ** 2


def shortened(dt, end=0.3):
    state = land.steady(MODEL, np.array([0.158e-3]), np.array([1.05]))
    for k in range(round(end / dt)):
        t = (k + 1) * dt
        state, T = land.step(
            MODEL,
            state,
            calcium=np.array([transient(np.array(t))]),
            stretch=np.array([moving(t)]),
            stretch_old=np.array([moving(t - dt)]),
            dt=dt,
        )
    return float(T.value[0])


def test_steps_converge_at_first_order_while_the_muscle_moves():
    T = [shortened(dt) for dt in (2e-3, 1e-3, 5e-4, 2.5e-4)]
    assert np.log2((T[1] - T[2]) / (T[2] - T[3])) == pytest.approx(1.0, abs=0.15)
    assert T[1] == pytest.approx(T[3], rel=0.01)


@pytest.mark.parametrize(
    ("time", "expected"), [(0.1, 41.44), (0.15, 64.89), (0.2, 51.58), (0.25, 31.48), (0.3, 17.56)]
)
def test_muscle_that_shortens_pulls_as_in_an_independent_program(time, expected):
    """PyPI's crossbridge 0.5.0, same parameters, calcium and stretch, steps of 0.25 ms.

    It lacks the authors' bound of 100, which takes 0.3 kPa off here.
    """
    assert shortened(5e-4, time) / 1e3 == pytest.approx(expected, abs=0.7)


def random_muscle(n=200):
    rng = np.random.default_rng(3)
    shares = rng.dirichlet([1, 1, 1, 1], n).T
    z = rng.normal(0, 0.7, (2, n))
    return land.Bridges(rng.uniform(0.02, 0.9, n), *shares[:3], *z), rng


@pytest.mark.parametrize("dt", [1e-4, 1e-2, 1.0])
def test_shares_stay_shares_at_any_step(dt):
    state, rng = random_muscle()
    stretch = rng.uniform(0.8, 1.25, (6, 200))
    for old, new in zip(stretch, stretch[1:], strict=False):
        state, T = land.step(
            MODEL,
            state,
            calcium=rng.uniform(1e-5, 5e-3, 200),
            stretch=new,
            stretch_old=old,
            dt=dt,
        )
        bridges = np.array(state[1:4])
        assert (bridges >= 0).all()
        assert (bridges.sum(axis=0) <= 1 + 1e-12).all()
        assert ((state.C >= 0) & (state.C <= 1)).all()
        assert np.isfinite(T.value).all()


@pytest.mark.parametrize("dt", [2e-4, 5e-3])
def test_derivatives_are_those_of_the_step_that_is_taken(dt):
    state, rng = random_muscle()
    old = rng.uniform(0.8, 1.15, 200)
    new = old + rng.normal(0, 0.01, 200)
    Ca = rng.uniform(1e-4, 2e-3, 200)

    def T(stretch, stretch_old):
        return land.step(MODEL, state, calcium=Ca, stretch=stretch, stretch_old=stretch_old, dt=dt)[
            1
        ]

    h = 1e-7
    found = T(new, old)
    whole = (T(new + h, old).value - T(new - h, old).value) / (2 * h)
    rate = -dt * (T(new, old + h).value - T(new, old - h).value) / (2 * h)
    smooth = (np.abs(new - 0.87) > h) & (np.abs(new - 1.2) > h)
    size = np.abs(whole).max()
    np.testing.assert_allclose(found.tangent(dt)[smooth], whole[smooth], atol=1e-5 * size)
    np.testing.assert_allclose(found.by_rate / dt, rate / dt, atol=1e-5 * size)


def test_held_muscle_comes_to_the_steady_state():
    lam, Ca = np.array([0.95, 1.1]), np.array([0.5e-3, 0.8e-3])
    state = land.steady(MODEL, np.full(2, 1e-4), np.ones(2))
    for _ in range(2000):
        state, T = land.step(MODEL, state, calcium=Ca, stretch=lam, stretch_old=lam, dt=5e-3)
    np.testing.assert_allclose(T.value, held(MODEL, Ca, lam), rtol=1e-9)


def contract(*, stabilised, dt=DT):
    """Let a spring be shortened by muscle, tension updated once a step after the deformation.

    stiffness (lambda - 1) + T = 0. Returns the trace of lambda.
    """
    stiffness = 40e3
    lam = lam_old = 1.0
    state = land.steady(MODEL, np.array([0.16e-3]), np.ones(1))
    T, slope, used, trace = 0.0, 0.0, 1.0, []
    for k in range(round(0.12 / dt)):
        lam_old, lam = lam, (stiffness - T + slope * used) / (stiffness + slope)
        lam = min(max(lam, 0.5), 1.5)
        state, tension = land.step(
            MODEL,
            state,
            calcium=np.array([transient(np.array((k + 1) * dt))]),
            stretch=np.array([lam]),
            stretch_old=np.array([lam_old]),
            dt=dt,
        )
        T, used = float(tension.value[0]), lam
        slope = float(tension.tangent(dt)[0]) if stabilised else 0.0
        trace.append(lam)
    return np.array(trace)


def turns(trace):
    """Count how often a trace changes direction by more than rounding."""
    moves = np.diff(trace)
    return int((moves[1:] * moves[:-1] < -1e-10).sum())


def test_updated_once_a_step_tension_swings_unless_it_is_stabilised():
    assert turns(contract(stabilised=False)) > 20
    assert turns(contract(stabilised=True)) <= 1
    fine = contract(stabilised=True, dt=1e-4)
    assert contract(stabilised=True)[-1] == pytest.approx(fine[-1], abs=5e-3)


def test_points_do_not_feel_one_another():
    state, _ = random_muscle(2)
    both, T = land.step(
        MODEL,
        state,
        calcium=np.array([1e-4, 2e-3]),
        stretch=np.array([0.9, 1.1]),
        stretch_old=np.ones(2),
        dt=DT,
    )
    second = land.Bridges(*(x[1:] for x in state))
    alone, T_alone = land.step(
        MODEL,
        second,
        calcium=np.array([2e-3]),
        stretch=np.array([1.1]),
        stretch_old=np.ones(1),
        dt=DT,
    )
    assert T.value[1] == T_alone.value[0]
    assert both.S[1] == alone.S[0]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"tension": 0.0}, "tension is 0; give a positive number"),
        ({"strong_share": 1.0}, "strong_share is 1; give one from 0 to 1"),
        ({"calcium_by_stretch": -5e-3}, "at a stretch of 1.2"),
    ],
)
def test_what_is_not_muscle_is_refused(wrong, message):
    with pytest.raises(SosieError, match=message):
        Land(**wrong)
