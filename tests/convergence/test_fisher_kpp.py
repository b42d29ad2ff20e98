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


@pytest.mark.parametrize("along", [True, False], ids=["along", "across"])
def test_spreading_along_axons_is_met_at_second_order(comm, along):
    """cos(pi x) in a turned cube decays as exp(-D pi^2 t): every entry of D is at work."""
    assert fisher_kpp.mode_error(comm, cells=12, along=along, ratio=3.0) < 0.02
    order = fisher_kpp.mode_order(comm, cells=6, along=along, ratio=3.0)
    assert order == pytest.approx(2.0, abs=0.15)


def test_a_rate_that_changes_in_time_keeps_the_second_order(comm):
    """dc/dt = g(t) c with g = 1 + sin t, c uniform: c = exp(t + 1 - cos t)."""
    errors = []
    for steps in (20, 40):
        problem = fisher_kpp.equation(fisher_kpp.bar(comm, length=4.0, h=1.0), dt=3.0 / steps)
        problem.c.x.array[:] = 1.0
        for i in range(steps):
            first, second = ((i + part) * 3.0 / steps for part in (0.25, 0.75))
            problem.step(rate=1 + np.sin(first), rate_after=1 + np.sin(second), crowding=0.0)
        errors.append(abs(problem.c.x.array[0] / np.exp(4 - np.cos(3.0)) - 1))
    assert np.log2(errors[0] / errors[1]) == pytest.approx(2.0, abs=0.1)


def test_without_growth_no_mass_is_lost(comm):
    assert fisher_kpp.drift_of_mass(comm) < 1e-12


@pytest.mark.parametrize("rate", [0.3, 0.0, -0.2])
def test_growth_alone_is_exact_for_every_rate(rate):
    c = np.array([0.0, 1e-6, 0.2, 1.0, 1.2])
    halves = grow(grow(c, rate, 0.3, 2.0), rate, 0.3, 3.0)
    np.testing.assert_allclose(grow(c, rate, 0.3, 5.0), halves, rtol=1e-14)
    slope = (grow(c, rate, 0.3, 1e-6) - c) / 1e-6
    np.testing.assert_allclose(slope, c * (rate - 0.3 * c), atol=1e-5)


def test_growth_ends_at_the_capacity_of_each_place():
    rate, crowding = np.array([0.1, 0.3]), 0.2
    np.testing.assert_allclose(grow(np.full(2, 0.1), rate, crowding, 500.0), rate / crowding)


def test_what_diffusion_undershoots_by_does_not_grow():
    assert grow(np.array([-1e-3]), 0.5, 0.5, 40.0) == -1e-3
