"""The eikonal-diffusion equation is solved to its closed-form solutions, at the order of P1."""

import numpy as np
import pytest

from sosie.verification import eikonal

MS = 1e-3


@pytest.mark.parametrize("epsilon", [2e-4, 2e-2], ids=["front", "diffusion"])
def test_a_smooth_solution_is_met_at_second_order(comm, epsilon):
    """On meshes of 2.5 and 1.25 mm; the cell is 10 times epsilon c, and a tenth of it."""
    errors = [eikonal.manufactured_error(comm, cells=n, epsilon=epsilon) for n in (8, 16)]
    assert errors[-1] < 1e-3
    assert np.log2(errors[0] / errors[1]) > 1.5


@pytest.mark.parametrize("axis", [0, 1], ids=["along", "across"])
def test_a_plane_wave_is_exact_to_a_tenth_of_a_millisecond(comm, axis):
    assert eikonal.plane_wave(comm, h=3e-3, axis=axis) < 0.1 * MS


def test_a_ball_activates_the_slab_within_3_ms_of_the_distance(comm):
    """On cells of 1.5 mm; 3 mm, too few for a ball of 5 mm, give 5.4 ms."""
    assert eikonal.ball_error(comm, h=1.5e-3) < 3 * MS


def test_refinement_brings_the_ball_nearer_to_the_distance(comm):
    coarse, fine = (eikonal.ball_error(comm, h=h) for h in (3e-3, 1.5e-3))
    assert fine < coarse


def test_halving_both_velocities_doubles_the_times_within_the_diffusion_correction(comm):
    found = eikonal.halved(comm, h=1.5e-3)
    assert found.latest > 200 * MS
    assert found.doubled_diffusion < 1e-6 * found.latest
    assert 0.1 * eikonal.CORRECTION < found.same_diffusion < eikonal.CORRECTION


def test_the_distance_is_exact_along_the_axes_and_nearest_off_them():
    x = np.array([[50e-3, 0, 0], [0, 20e-3, 0], [0, 3e-3, 11e-3], [20e-3, 9e-3, 4e-3]])
    found = eikonal.distance(x)
    ball, c_f, c_t = eikonal.BALL, eikonal.C_F, eikonal.C_T
    across = (np.hypot(3e-3, 11e-3) - ball) / c_t
    assert found[:3] == pytest.approx([(50e-3 - ball) / c_f, (20e-3 - ball) / c_t, across])
    n = np.random.default_rng(1).normal(size=(200_000, 3))
    surface = ball * n / np.linalg.norm(n, axis=1)[:, None]
    sampled = np.linalg.norm((surface - x[3]) / [c_f, c_t, c_t], axis=1).min()
    assert found[3] <= sampled < found[3] + 0.01 * MS
