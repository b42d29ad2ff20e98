"""The calcium transient is the one of the figure that it was fitted to."""

import numpy as np
import pytest

from sosie.heart.tension.calcium import transient


def test_it_rises_from_0_16_to_0_6_micromolar_within_130_ms_and_is_back_after_a_second():
    """Figure 6 of Land et al. (2017): 0.164 to 0.593 uM, highest 130 ms after the start."""
    t = np.arange(1000) * 1e-3
    Ca = 1e3 * transient(t)
    assert Ca.min() == pytest.approx(0.164, abs=0.01)
    assert Ca.max() == pytest.approx(0.593, abs=0.02)
    assert t[Ca.argmax()] == pytest.approx(0.130, abs=0.002)
    assert Ca[500] == pytest.approx(0.247, abs=0.02)


def test_beats_follow_one_another():
    t = np.linspace(0, 0.79, 50)
    np.testing.assert_allclose(transient(t + 2 * 0.8, beat=0.8), transient(t, beat=0.8), rtol=1e-9)
