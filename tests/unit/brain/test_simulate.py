"""One brain ages: tau starts in the entorhinal cortex, spreads and grows as the record says."""

from dataclasses import replace

from mpi4py import MPI

import numpy as np
import pytest

from sosie.batch.checkpoint import Checkpoint
from sosie.brain.parameters import YEAR, BrainParameters, Seed, Times, Treatment
from sosie.brain.simulate import Brain, now, regional, seeded
from sosie.errors import RejectedError
from sosie.geometry.brain.quality import volumes
from sosie.geometry.brain.template import load
from sosie.store import layout

PARAMETERS = BrainParameters(
    template="coarse", times=Times(duration=20 * YEAR, every=5 * YEAR, step=0.5 * YEAR)
)


@pytest.fixture(scope="module")
def brain():
    return Brain(MPI.COMM_SELF, PARAMETERS)


@pytest.fixture(scope="module")
def template():
    return load("coarse")


def place(template, name):
    return template.regions.index(name)


def test_results_are_those_the_store_has_room_for(brain, patient):
    assert set(brain.simulate(patient())) == {variable.name for variable in layout.BRAIN}


def test_the_brain_of_the_patient_s_age_is_the_measured_one_and_it_shrinks(brain, patient):
    values = brain.simulate(patient(age=55.0))  # ten years after onset
    now = PARAMETERS.times.shapes.index(10.0)
    assert np.abs(values["displacement"][now]).max() == 0
    assert values["brain_volume_course"][now] == pytest.approx(1150e-6)
    assert values["ventricular_volume_course"][now] == pytest.approx(25e-6)
    for name in ("brain", "grey", "hippocampal"):
        assert (np.diff(values[f"{name}_volume_course"]) < 0).all()
    assert (np.diff(values["ventricular_volume_course"]) > 0).all()


def test_who_has_shapes_that_cannot_be_reached_says_at_which_years(
    brain, patient, tmp_path, monkeypatch
):
    march = brain.shrinking.march

    def stops(*args, **options):
        shapes = march(*args, **options)
        shapes[-1] = np.nan
        return shapes

    monkeypatch.setattr(brain.shrinking, "march", stops)
    kept = Checkpoint(tmp_path / "p.state", MPI.COMM_SELF)
    values = brain.simulate(patient(), kept)
    assert kept.remark == "no shape at year 20: cells would turn inside out"
    lacking = {name for name, value in values.items() if np.isnan(value).any()}
    assert lacking <= layout.optional("brain")


def test_tau_starts_in_the_medial_temporal_lobe_alone(brain, patient, template):
    start = brain.spread(patient())["regional_tau"][0]
    first = {template.regions[i].rsplit("_", 1)[0] for i in np.argsort(start)[::-1][:8]}
    assert {"entorhinal", "amygdala", "parahippocampal"} < first
    assert start[place(template, "precentral_left")] < 0.01 * start.max()


def test_tau_grows_everywhere_and_stays_below_the_capacity(brain, patient):
    tau = brain.spread(patient(tau_growth_rate=0.35))["tau"]
    means = tau.mean(axis=1)
    assert (np.diff(means) > 0).all()
    assert tau.max() < 1.1
    assert tau.min() > -1e-6


def test_in_the_end_each_region_holds_what_it_can(brain, patient, template):
    """Fast growth, slow spreading: tau ends near the regional capacities, which differ twofold."""
    times = Times(duration=60 * YEAR, every=60 * YEAR, step=0.5 * YEAR)
    late = Brain(MPI.COMM_SELF, BrainParameters(template="coarse", times=times)).spread(
        patient(tau_growth_rate=0.7, tau_diffusivity=12.0, tau_capacity=1.0)
    )["regional_tau"][-1]
    least, most = late[place(template, "hippocampus_left")], late[place(template, "precuneus_left")]
    assert least == pytest.approx(0.82 / 1.62, rel=0.35)  # coarse cells share their vertices
    assert most == pytest.approx(2.36 / 1.62, rel=0.25)


def test_treating_amyloid_early_leaves_less_tau(brain, patient):
    def late(**treatment):
        parameters = replace(PARAMETERS, treatment=Treatment(start=46 * YEAR, **treatment))
        values = Brain(MPI.COMM_SELF, parameters).spread(patient(tau_growth_rate=0.35))
        return values["regional_tau"][-1, 0]

    usual = brain.spread(patient(tau_growth_rate=0.35))["regional_tau"][-1, 0]
    assert late() == usual
    assert 0.01 * usual < late(amyloid_clearance=0.8 / YEAR) < 0.6 * usual
    assert late(tau_clearance=0.5 / YEAR) < 0.01 * usual


def test_axons_lead_tau_along_them(patient, template):
    """Axons from left to right everywhere: the right side of a left seed gets more."""
    parameters = BrainParameters(
        template="coarse", seed=Seed(regions=("precentral_left",)), times=PARAMETERS.times
    )
    axes = np.tile([2.0, 0.0, 0.0], (len(template.cells), 1))
    along, usual = (
        Brain(MPI.COMM_SELF, parameters, axes=directions).spread(patient())["regional_tau"][-1]
        for directions in (axes, None)
    )
    across = place(template, "precentral_right")
    assert along[across] > 1.5 * usual[across]


def test_without_growth_tau_spreads_and_its_mass_stays(brain, patient, template):
    values = brain.spread(patient(tau_growth_rate=0.0))
    edges = values["points"][template.cells[:, 1:]] - values["points"][template.cells[:, :1]]
    volume = np.linalg.det(edges) / 6
    masses = [volume @ field[template.cells].mean(axis=1) for field in values["tau"]]
    np.testing.assert_allclose(masses, masses[0], rtol=1e-11)
    assert values["tau"][-1].max() < 0.5 * values["tau"][0].max()


def test_where_tau_is_cleared_it_vanishes(brain, patient):
    masses = brain.spread(patient(tau_growth_rate=-0.3))["regional_tau"][:, 0]
    assert masses[-1] < 0.01 * masses[0]


def test_before_onset_there_is_no_tau_and_after_it_that_of_the_years_since(brain, patient):
    young = brain.spread(patient(age=40.0))
    assert young["years_since_onset"] == pytest.approx(-5 * YEAR)
    assert (young["tau_now"] == 0).all()
    old = brain.spread(patient(age=55.0))
    np.testing.assert_allclose(old["tau_now"], old["regional_tau"][2])
    older = brain.spread(patient(age=90.0))
    np.testing.assert_allclose(older["tau_now"], older["regional_tau"][-1])


def test_tau_between_two_stored_years_lies_between():
    region = np.array([[0.0, 0.2], [0.4, 0.4]])
    np.testing.assert_allclose(now(region, np.array([0.0, 10.0]), 2.5), [0.1, 0.25])


def test_halving_the_step_changes_tau_by_less_than_a_hundredth(brain, patient):
    half = BrainParameters(
        template="coarse", times=Times(duration=20 * YEAR, every=5 * YEAR, step=0.25 * YEAR)
    )
    coarse = brain.spread(patient())["regional_tau"]
    fine = Brain(MPI.COMM_SELF, half).spread(patient())["regional_tau"]
    assert np.abs(coarse - fine).max() < 0.01 * np.ptp(fine)


def test_seeds_elsewhere_grow_elsewhere(patient, template):
    seed = Seed(regions=("precentral_left",))
    parameters = BrainParameters(template="coarse", seed=seed, times=PARAMETERS.times)
    tau = Brain(MPI.COMM_SELF, parameters).spread(patient())["regional_tau"]
    assert tau[0].argmax() == place(template, "precentral_left")


def test_regional_means_of_one_are_one(template):
    means = regional(template, volumes(template.points, template.cells)) @ np.ones(
        template.n_vertices
    )
    present = np.isin(np.arange(1, len(means)), template.region)
    np.testing.assert_allclose(means[1:][present], 1.0)
    assert means[0] == pytest.approx(1.0)


def test_the_seed_fills_its_regions_by_volume(template):
    share = seeded(template, volumes(template.points, template.cells), ("entorhinal_left",))
    assert 0 <= share.min() <= share.max() <= 1
    cells = template.region == place(template, "entorhinal_left")
    edges = template.points[template.cells[:, 1:]] - template.points[template.cells[:, :1]]
    volume = np.linalg.det(edges) / 6
    whole = np.bincount(template.cells.ravel(), np.repeat(volume / 4, 4), template.n_vertices)
    assert whole @ share == pytest.approx(volume[cells].sum())


def test_a_brain_larger_than_its_skull_is_rejected(brain, patient):
    with pytest.raises(RejectedError, match="geometry"):
        brain.spread(patient(brain_volume=1500.0))


class KilledError(Exception):
    """What befell the worker."""


def test_a_brain_that_is_killed_goes_on_from_its_last_state_to_the_same_bits(
    brain, patient, tmp_path, monkeypatch
):
    whole = brain.spread(patient())
    kept = Checkpoint(tmp_path / "p.state", MPI.COMM_SELF, interval=0.0)
    save, steps = kept.save, []

    def save_twice(state):
        save(state)
        steps.append(len(state["tau"]))
        if len(steps) == 2:
            raise KilledError

    monkeypatch.setattr(kept, "save", save_twice)
    with pytest.raises(KilledError):
        brain.spread(patient(), kept)
    brain.spread(patient(icv=1600.0))
    again = brain.spread(patient(), Checkpoint(tmp_path / "p.state", MPI.COMM_SELF))
    assert steps == [2, 3]
    for name, values in whole.items():
        np.testing.assert_array_equal(again[name], values, err_msg=name)


def test_the_time_before_a_kept_state_counts(tmp_path):
    first = Checkpoint(tmp_path / "p.state", MPI.COMM_SELF, interval=0.0)
    first.start -= 100.0
    first.save({"tau": np.zeros(3)})
    again = Checkpoint(tmp_path / "p.state", MPI.COMM_SELF)
    assert again.seconds < 10
    assert again.load().keys() == {"tau"}
    assert again.seconds >= 100


def test_a_state_is_kept_no_more_often_than_its_interval(tmp_path):
    kept = Checkpoint(tmp_path / "p.state", MPI.COMM_SELF, interval=3600.0)
    kept.save({"tau": np.zeros(3)})
    assert kept.load() == {}
    kept.interval = 0.0
    kept.save({"tau": np.zeros(3)})
    assert kept.load()["tau"].shape == (3,)
    kept.forget()
    assert kept.load() == {}
