"""The series is the closed form where all shells are one, and continuous where they are not."""

import numpy as np
import pytest

from sosie.brain.head.shells import Shells
from sosie.heart.lead_field import TORSO_CONDUCTIVITY
from sosie.verification import dipole
from sosie.verification.four_shell import SHELLS

ELECTRODES = np.random.default_rng(1).normal(size=(20, 3))


def test_equal_shells_are_the_homogeneous_ball_of_the_closed_form():
    one = dipole.RADIUS * np.array([0.5, 0.6, 0.9, 1.0])
    shells = Shells(tuple(one), (TORSO_CONDUCTIVITY,) * 4)
    places = dipole.RADIUS * ELECTRODES / np.linalg.norm(ELECTRODES, axis=1, keepdims=True)
    moment = np.array([1.0, 2.0, -1.0])
    ours = shells.gradients(dipole.PLACE[None], places)[:, 0] @ moment
    exact = dipole.closed_form(places, moment)
    np.testing.assert_allclose(ours - ours.mean(), exact - exact.mean(), rtol=1e-12)


@pytest.mark.parametrize("k", [0, 1, 2])
def test_flux_and_tangential_field_are_the_same_on_both_sides_of_an_interface(k):
    r = SHELLS.radii[k] * (1 + np.array([-1e-9, 1e-9]))
    towards = np.array([0.6, 0.0, 0.8])
    inner, outer = SHELLS.gradients(r[:, None] * towards, ELECTRODES).transpose(1, 0, 2)
    flux = [side @ towards * SHELLS.sigma[k + i] for i, side in enumerate((inner, outer))]
    np.testing.assert_allclose(*flux, rtol=1e-6)
    along = [side - (side @ towards)[:, None] * towards for side in (inner, outer)]
    np.testing.assert_allclose(*along, rtol=1e-6, atol=1e-6 * np.abs(inner).max())


def test_the_potential_is_harmonic_in_the_skull():
    """Of the gradient's divergence by central differences."""
    middle, step = np.array([0.03, 0.05, 0.0585]), 1e-5
    places = middle + step * np.vstack([np.eye(3), -np.eye(3)])
    gradients = SHELLS.gradients(places, ELECTRODES[:1])[0]
    slopes = (gradients[:3] - gradients[3:]) / (2 * step)
    assert abs(np.trace(slopes)) < 1e-5 * np.abs(slopes).max()
    np.testing.assert_allclose(slopes, slopes.T, atol=1e-5 * np.abs(slopes).max())
