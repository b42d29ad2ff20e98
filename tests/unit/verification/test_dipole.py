"""The closed form is a harmonic potential without flux, and the ball it is checked in is round."""

import numpy as np
import pytest

from sosie.heart.lead_field import TORSO_CONDUCTIVITY
from sosie.verification import dipole

SKIN = dipole.RADIUS * np.vstack([np.eye(3), -np.eye(3)]) @ dipole.TURN


def test_a_dipole_in_the_middle_has_three_times_the_potential_of_free_space(monkeypatch):
    monkeypatch.setattr(dipole, "PLACE", np.zeros(3))
    moment = np.array([1.0, 2.0, -1.0])
    ours = dipole.closed_form(SKIN, moment)
    free = SKIN @ moment / (4 * np.pi * TORSO_CONDUCTIVITY * dipole.RADIUS**3)
    assert ours == pytest.approx(3 * free)


def test_a_dipole_is_two_sources_close_to_each_other(monkeypatch):
    """Of the closed form of one source, the difference of two by finite differences."""
    q, radius, step = dipole.PLACE, dipole.RADIUS, 1e-6

    def source(place):
        d = np.linalg.norm(SKIN - place, axis=1)
        logarithm = np.log(radius**2 - SKIN @ place + radius * d)
        return (2 / d - logarithm / radius) / (4 * np.pi * TORSO_CONDUCTIVITY)

    for axis in np.eye(3):
        difference = (source(q + step * axis) - source(q - step * axis)) / (2 * step)
        assert dipole.closed_form(SKIN, axis) == pytest.approx(difference, rel=1e-6)


def test_the_ball_is_round_and_filled():
    points, cells = dipole.ball(3)
    x = points[cells]
    volume = np.linalg.det(x[:, 1:] - x[:, :1])
    assert np.abs(volume).sum() / 6 == pytest.approx(4 / 3 * np.pi, rel=0.01)
    assert np.abs(volume).min() > 0.5 * np.abs(volume).mean()
    assert np.linalg.norm(points, axis=1).max() == pytest.approx(1.0)
