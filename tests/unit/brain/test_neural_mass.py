"""Columns of the cortex have an alpha rhythm that tau slows, by the rule that is put in."""

import numpy as np
import pytest

from sosie.brain import neural_mass as masses
from sosie.brain.vulnerability import of_regions

CENTRES = 0.05 * np.random.default_rng(3).standard_normal((12, 3))
LOADS = np.array([0.0, 0.25, 0.5, 0.75, 1.0])


@pytest.fixture(scope="module")
def signals():
    W, stream = masses.connections(CENTRES), np.random.default_rng(1)
    return masses.potentials(np.repeat(LOADS[:, None], 12, 1), W, duration=10.0, stream=stream)


def test_without_tau_the_rhythm_is_alpha(signals):
    frequencies, power = masses.spectrum(signals[:, 0])
    peaks = masses.peak(frequencies, power)
    assert ((peaks >= 8) & (peaks <= 12)).all()


def test_tau_slows_the_rhythm_smoothly_and_moves_power_from_alpha_to_theta(signals):
    frequencies, power = masses.spectrum(signals)
    power = power.mean(axis=-1)
    peaks = masses.peak(frequencies, power)
    falls = -np.diff(peaks)
    assert ((falls > 0.2) & (falls < 1.5)).all()
    np.testing.assert_allclose(peaks / peaks[0], 1 - masses.SLOWING * LOADS, atol=0.05)
    ratio = masses.theta_over_alpha(frequencies, power)
    assert ratio[-1] > 10 > ratio[0]


def test_a_synapse_answers_one_pulse_as_jansen_and_rit_s():
    """The response to an impulse is H t exp(-k t)."""
    synapse = masses._Synapse(masses.A, masses.RATE_E, np.ones(1))
    state = np.array([[0.0], [masses.A * masses.RATE_E]])
    for step in range(1, 31):
        state = synapse.after(state, np.zeros(1))
        t = step * masses.STEP
        exact = masses.A * masses.RATE_E * t * np.exp(-masses.RATE_E * t)
        assert state[0, 0] == pytest.approx(exact, rel=1e-12)
    for _ in range(400):
        state = synapse.after(state, np.full(1, 7.0))
    assert state[0, 0] == pytest.approx(7 * masses.A / masses.RATE_E)


def test_states_differ_by_tau_alone_and_the_same_stream_gives_the_same(signals):
    W = masses.connections(CENTRES)
    load = np.zeros((2, 12))
    twice = masses.potentials(load, W, duration=1.0, stream=np.random.default_rng(1))
    np.testing.assert_array_equal(twice[:, 0], twice[:, 1])
    np.testing.assert_array_equal(twice[:, 0], signals[:1000, 0])


def test_near_regions_are_connected_more_and_none_to_itself():
    W = masses.connections(CENTRES)
    np.testing.assert_allclose(W.sum(axis=1), 1.0)
    assert (np.diag(W) == 0).all()
    far = np.linalg.norm(CENTRES - CENTRES[0], axis=1)[1:]
    assert (np.diff(W[0, 1:][np.argsort(far)]) < 0).all()


def test_a_region_s_load_is_its_tau_over_what_it_holds():
    regions = ("none", "precuneus_left", "hippocampus_left")
    full = of_regions(regions)[:, 0]
    tau = np.array([[0.5, 0.6 * full[1], 3.0]])
    np.testing.assert_allclose(masses.loads(tau, regions, capacity=1.2), [[0.5, 1.0]])


def test_the_scalp_sees_the_sum_of_the_regions_dipoles(signals):
    gain = np.array([[1.0] * 12, [0.0] * 11 + [2.0]])
    eeg = masses.scalp(gain, signals)
    np.testing.assert_allclose(eeg[:, 3, 0], signals[:, 3].sum(axis=-1))
    np.testing.assert_allclose(eeg[:, 3, 1], 2 * signals[:, 3, -1])
