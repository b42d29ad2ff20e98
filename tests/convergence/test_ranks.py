"""One truth, whatever the number of ranks."""

from mpi4py import MPI

import numpy as np
import pytest

from sosie.brain.electric import DECIMALS as OF_HEAD
from sosie.brain.parameters import BrainParameters
from sosie.brain.simulate import MICROMETRE, Brain
from sosie.heart.beat.parameters import Mechanics
from sosie.heart.biomarkers import NANOVOLT
from sosie.heart.parameters import Activation, HeartParameters, Mesh
from sosie.heart.simulate import Heart

COARSE = HeartParameters(
    mesh=Mesh(layers=3, rings=20, around=36),
    mechanics=Mechanics(enabled=False),
    activation=Activation(radius=8e-3, diffusion_time=1e-3),
)


ORGANS = {"heart": (Heart, COARSE), "brain": (Brain, BrainParameters(template="coarse"))}

DECIMALS = {"ecg": NANOVOLT, "displacement": MICROMETRE} | OF_HEAD
"""Fields that are kept to so many decimals: what differs at all may differ by the last of them."""
SPECTRAL, AMPLIFIED = ("eeg_power", "alpha_peak", "theta_alpha_ratio"), 1e-4
"""Narrow peaks of spectra move with tau, and so make more of what its solver leaves."""


@pytest.mark.parametrize("organ", ORGANS)
def test_a_team_of_ranks_gives_what_one_rank_gives(comm, patient, organ):
    if comm.size == 1:
        pytest.skip("compares several ranks with one")
    simulated, parameters = ORGANS[organ]
    team = simulated(comm, parameters).simulate(patient())
    alone = simulated(MPI.COMM_SELF, parameters).simulate(patient())
    assert team.keys() == alone.keys()
    for name in team.keys() - {"iterations"}:
        scale = np.abs(alone[name]).max()
        step = 10.0 ** -DECIMALS[name] if name in DECIMALS else 0.0
        close = AMPLIFIED if name in SPECTRAL else 1e-6
        assert np.abs(team[name] - alone[name]).max() <= close * scale + step, name


def test_a_heart_is_the_same_whoever_was_simulated_before(comm, patient):
    heart = Heart(comm, COARSE)
    first = heart.simulate(patient())
    heart.simulate(patient(lv_edv=220.0, lv_score_1=20.0, cv_fibre=0.7))
    again = heart.simulate(patient())
    for name in first:  # BLAS rounds by how memory lies, and memory lies anew each time
        assert again[name] == pytest.approx(first[name], rel=1e-12, abs=1e-15), name


def test_activation_reaches_the_whole_heart_later_in_slower_muscle(comm, patient):
    heart = Heart(comm, COARSE)
    fast = heart.simulate(patient())
    slow = heart.simulate(patient(cv_fibre=0.3, cv_transverse=0.15, cv_endocardial=1.25))
    times = fast["activation_time"]
    assert times.min() == 0.0
    assert fast["total_activation_time"] == times.max()
    assert 0.04 < times.max() < 0.2
    assert slow["total_activation_time"] == pytest.approx(2 * times.max(), abs=10e-3)  # 10 epsilon
