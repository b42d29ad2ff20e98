"""A head round the brain: electrodes see it, stimulation reaches it, tau slows its EEG."""

from dataclasses import replace

from mpi4py import MPI

import numpy as np
import pytest

from sosie.batch.checkpoint import Checkpoint
from sosie.brain.axes import FREQUENCIES, head_axes
from sosie.brain.electric import Electric
from sosie.brain.parameters import YEAR, BrainParameters, Head, Times
from sosie.brain.simulate import Brain
from sosie.brain.vulnerability import of_regions
from sosie.errors import SosieError
from sosie.store import layout

PARAMETERS = BrainParameters(
    template="coarse",
    times=Times(duration=20 * YEAR, every=10 * YEAR, step=0.5 * YEAR),
    head=Head(electrodes=20, eeg=8.0),
)
CURRENT = 2e-3


@pytest.fixture(scope="module")
def electric():
    return Electric(MPI.COMM_SELF, PARAMETERS)


@pytest.fixture(scope="module")
def spreading(electric):
    """Tau that fills the brain: none, half of what a person of capacity 1.1 holds, all."""
    full = 1.1 * of_regions(electric.template.regions[1:])[:, 0]
    return np.outer([0.0, 0.5, 1.0], np.concatenate([[1.0], full]))


@pytest.fixture(scope="module")
def found(electric, patient, spreading):
    return electric.simulate(patient(), spreading)


def test_results_are_as_large_as_the_axes_say(found):
    axes = head_axes(PARAMETERS)
    lengths = {name: len(axes[name][1]) for name in ("electrode", "source", "frequency")}
    lengths |= {"xyz": 3, "shape_year": 3}
    room = {name: dims for name, dims, *_ in layout.HEAD}
    assert room.keys() == found.keys()
    for name, dims in room.items():
        assert found[name].shape == tuple(lengths[dim] for dim in dims), name
        assert np.isfinite(found[name]).all(), name


def test_potentials_are_over_the_mean_of_the_electrodes(found):
    gain = found["lead_field"]
    assert np.abs(gain.sum(axis=0)).max() < 1e-2 * np.abs(gain).max()


def test_the_dose_is_the_current_that_gives_the_target_what_is_wanted(found):
    wanted = found["field_at_target"] * found["dose"] / CURRENT
    assert wanted == pytest.approx(PARAMETERS.head.wanted)
    assert found["field_mean"] < found["field_at_target"] < found["field_peak"]


def test_a_thick_skull_that_conducts_badly_shields_the_brain(electric, patient, found, spreading):
    for change in ({"skull_thickness": 8.0}, {"conductivity_skull": 0.004}):
        shielded = electric.simulate(patient(**change), spreading)
        assert shielded["dose"] > 1.05 * found["dose"]
        ratio = np.linalg.norm(shielded["lead_field"]) / np.linalg.norm(found["lead_field"])
        assert ratio < 0.95


def test_tau_slows_the_eeg_and_without_tau_it_stays_as_it_is(electric, patient, found, spreading):
    assert 8 < found["alpha_peak"][0] < 12
    assert (np.diff(found["alpha_peak"]) < -0.5).all()
    assert found["theta_alpha_ratio"][-1] > 10 * found["theta_alpha_ratio"][0]
    alike = electric.simulate(patient(), np.zeros_like(spreading))
    np.testing.assert_allclose(alike["alpha_peak"], alike["alpha_peak"][0], rtol=1e-9)
    power = found["eeg_power"][0].mean(axis=0)
    assert power.sum() * (FREQUENCIES[1] - FREQUENCIES[0]) == pytest.approx(1.0, abs=1e-6)


def test_ventricles_below_the_template_s_are_no_reason_to_lose_the_eeg(electric, patient):
    """Young people have as little as 5 mL."""
    electric.simulate(patient(brain_ventricle_volume=4.5), np.zeros((3, 84)))


def test_a_brain_whose_head_cannot_be_built_ages_without_eeg(patient, tmp_path):
    brain = Brain(MPI.COMM_SELF, PARAMETERS)
    checkpoint = Checkpoint(tmp_path / "state.npz", MPI.COMM_SELF)
    values = brain.simulate(patient(brain_volume=1370.0, icv=1400.0), checkpoint)
    assert "no EEG and no stimulation: head: brain and ventricles fill" in checkpoint.remark
    assert "lead_field" not in values
    assert np.isfinite(values["tau"]).all()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"electrodes": 21}, r"brain\.head\.electrodes is 21; give one of \(20, 10, 5\)"),
        ({"eeg": 1.0}, r"brain\.head\.eeg is 1 s; spectra take 4 s or more"),
        ({"wanted": 0.0}, r"brain\.head\.wanted is 0 V/m"),
        ({"pad": -1e-3}, r"brain\.head\.pad is -0\.001 m"),
        ({"montage": {}}, r"brain\.head\.montage: no current enters anywhere"),
        ({"montage": {"F3": 1e-3}}, r"brain\.head\.montage: currents sum to 1 mA"),
        ({"montage": {"F3": 1e-3, "X9": -1e-3}}, r"brain\.head\.montage: no electrode 'X9'"),
        ({"target": "nowhere"}, r"brain\.head\.target: the template has no region 'nowhere'"),
    ],
)
def test_a_head_that_makes_no_sense_is_refused(change, said):
    with pytest.raises(SosieError, match=said):
        replace(PARAMETERS, head=Head(**change))
