"""Standardised differences are the published ones; small groups are hidden."""

import numpy as np
import pytest

from sosie.analysis.balance import Moments, balance, difference, share
from sosie.analysis.strata import by_age, by_sex
from sosie.analysis.subgroups import cross
from sosie.analysis.target import load_target
from sosie.cohort.record import Cell


def test_a_difference_of_means_is_in_pooled_standard_deviations():
    assert difference(Moments(10, 3), Moments(7, 4)) == pytest.approx(3 / np.sqrt(12.5))


def test_half_and_a_third_differ_as_austin_defines_it():
    expected = (1 / 2 - 1 / 3) / np.sqrt((1 / 4 + 2 / 9) / 2)
    assert difference(share(1 / 2), share(1 / 3)) == pytest.approx(expected)


def test_without_a_spread_or_a_target_there_is_no_difference():
    assert difference(Moments(1, 0), Moments(2, 0)) is None
    assert difference(Moments(1, 1), None) is None


@pytest.fixture
def lines(store, person):
    def make(n_yes, n_unknown=0, protected=True):
        stroke = {k: Cell(k, "", "measured", "made up", None) for k in ("yes", "no")}
        people = []
        for i in range(40):
            extra = {} if i < n_unknown else {"stroke": stroke["yes" if i >= 40 - n_yes else "no"]}
            people.append(person(f"p{i:02d}", ("female", "male")[i % 2], 25.0 + i // 2, **extra))
        patients = store(people)[0]["patients"].to_dataset()
        table = cross((by_age(patients), by_sex(patients)), protected=protected)
        w = np.where(patients["sex"].values == "male", 1.5, 0.5)
        found = balance(patients, table, w, load_target("france"), protected=protected)
        return {line.label: line for line in found}

    return make


def test_raw_weighted_and_target_stand_side_by_side(lines):
    men = lines(20)["sex: men"]
    assert (men.raw.mean, men.weighted.mean) == pytest.approx((0.5, 0.75))
    assert men.target.mean == pytest.approx(load_target("france").cells[:, 1].sum())
    assert men.weighted_difference == pytest.approx(difference(share(0.75), men.target))
    assert abs(men.raw_difference) < 0.1 < men.weighted_difference


def test_the_shares_of_heavy_people_have_frances_as_a_target(lines):
    line = lines(20, protected=False)["women of 18–74 with 25 kg/m² and more"]
    assert line.target.mean == 0.44


def test_a_flag_of_few_is_hidden_and_so_is_one_that_few_lack(lines):
    label = "told to have had a stroke"
    assert lines(5)[label].raw is None
    assert lines(35)[label].raw is None
    assert lines(5, protected=False)[label].raw.mean == pytest.approx(5 / 40)


def test_a_few_of_whom_a_flag_is_not_known_do_not_hide_it(lines):
    found = lines(15, n_unknown=3)
    assert found["told to have had a stroke"].raw.mean == pytest.approx(15 / 40)
    assert "told to have had a stroke: not known" not in found


def test_many_of_whom_it_is_not_known_have_a_line(lines):
    assert lines(15, n_unknown=12)["told to have had a stroke: not known"].raw.mean == 0.3


def test_how_many_a_number_is_of_is_told_unless_few_lack_it(store, person):
    weighed = [person(f"p{i}") for i in range(30)]
    for one in weighed[:4]:
        del one.cells["sbp"]
    patients = store(weighed)[0]["patients"].to_dataset()
    table = cross((by_age(patients), by_sex(patients)), protected=True)
    lines = {line.label: line for line in balance(patients, table, None, None, protected=True)}
    assert lines["systolic blood pressure"].people is None
    assert lines["systolic blood pressure"].raw is not None
    assert lines["weight"].people == 30
