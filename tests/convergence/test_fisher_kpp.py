"""Tau spreads as the Fisher-KPP equation's closed-form solutions do."""

import numpy as np
import pytest

from sosie.brain.fisher_kpp import grow
from sosie.verification import fisher_kpp


def test_the_travelling_wave_is_met_at_second_order(comm):
    errors = [fisher_kpp.wave_error(comm, cells=n) for n in (160, 320, 640)]
    assert errors[-1] < 2e-3
    assert np.log2(errors[-2] / errors[-1]) == pytest.approx(2.0, abs=0.1)


@pytest.mark.parametrize(("cells_per_width", "late"), [(2, 0.02), (1, 0.05), (0.5, 0.13)])
def test_a_front_runs_at_the_known_speed_as_near_as_its_cells_let_it(comm, cells_per_width, late):
    assert fisher_kpp.front_speed(comm, cells_per_width=cells_per_width) == pytest.approx(
        1, abs=late
    )


def test_without_growth_no_mass_is_lost(comm):
    assert fisher_kpp.drift_of_mass(comm) < 1e-12


@pytest.mark.parametrize("rate", [0.3, 0.0, -0.2])
def test_growth_alone_is_exact_for_every_rate(rate):
    c = np.array([0.0, 1e-6, 0.2, 1.0, 1.2])
    halves = grow(grow(c, rate, 1.1, 2.0), rate, 1.1, 3.0)
    np.testing.assert_allclose(grow(c, rate, 1.1, 5.0), halves, rtol=1e-14)
    slope = (grow(c, rate, 1.1, 1e-6) - c) / 1e-6
    np.testing.assert_allclose(slope, rate * c * (1 - c / 1.1), atol=1e-5)


def test_what_diffusion_undershoots_by_does_not_grow():
    assert grow(np.array([-1e-3]), 0.5, 1.0, 40.0) == -1e-3
