"""Tau of a population is that of the done patients, and of the right year of each."""

import numpy as np
import pytest

from sosie.analysis.brain_population import (
    copies_of_e4,
    instants,
    mean_brain,
    regional_curves,
    tau_at,
)

YEARS = np.array([0.0, 10.0, 20.0])
TAU = np.array([[0.2, 0.0], [0.4, 0.1], [0.8, 0.3]])


@pytest.mark.parametrize(
    ("since", "expected"),
    [
        (-1e-9, [0, 0]),
        (0.0, [0.2, 0.0]),
        (5.0, [0.3, 0.05]),
        (20.0, [0.8, 0.3]),
        (33.0, [0.8, 0.3]),
    ],
)
def test_tau_is_none_before_onset_then_between_years_and_last_that_of_the_last(since, expected):
    assert tau_at(YEARS, TAU, since) == pytest.approx(expected)


def test_the_years_shown_are_the_first_half_three_quarters_and_the_last():
    assert list(instants(np.arange(0.0, 42.0, 2.0))) == [0, 10, 15, 20]
    assert list(instants(YEARS)) == [0, 1, 2]
    assert list(instants(np.array([0.0, 2.0]))) == [0, 1]


def test_mean_and_spread_leave_out_who_is_not_done(store, person):
    people = [person("a", age=30.0), person("b", age=50.0), person("c", age=90.0)]
    brain = store(people, {"b": ("failed", "slow")}, ["brain"])[0]["brain"].to_dataset()
    mean = mean_brain(brain, [1, 4])
    tau = brain["tau"].values[[0, 2]][:, [1, 4]].astype(float)
    assert list(mean.years) == [10, 40]
    assert mean.tau == pytest.approx(tau.mean(axis=0))
    assert mean.spread == pytest.approx(tau.std(axis=0, ddof=1))
    assert mean.points == pytest.approx(brain["points"].values[[0, 2]].astype(float).mean(axis=0))


def test_left_and_right_are_averaged_and_a_region_that_the_atlas_lacks_has_no_curve(store, person):
    brain = store([person("a"), person("b")], organs=["brain"])[0]["brain"].to_dataset()
    curves = regional_curves(brain)
    assert list(curves) == ["all grey matter", "entorhinal", "precentral"]
    assert curves["all grey matter"].shape == (2, 5)
    assert curves["entorhinal"][0, -1] == pytest.approx(0.8 * 1.1)


def test_copies_of_the_allele_are_counted_and_an_unknown_genotype_is_not_none():
    assert list(copies_of_e4(np.array(["e3e3", "e2e4", "e4e4", ""]))) == [0, 1, 2, -1]
