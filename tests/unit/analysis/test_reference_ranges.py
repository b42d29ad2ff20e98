"""The cohort's ventricles are compared with the healthy people of the same age and sex."""

import numpy as np
import pytest
import xarray as xr

from sosie.analysis.reference_ranges import reference_ranges, reference_table


def patients(n=400, **columns):
    rng = np.random.default_rng(0)
    sex = np.array(["female", "male"] * (n // 2))
    of_men = sex == "male"
    known = {
        "age": np.full(n, 60.0),
        "sex": sex,
        "height": np.full(n, 170.0),
        "weight": np.full(n, 70.0),
        "sbp": np.full(n, 120.0),
        "dbp": np.full(n, 70.0),
        "heart_attack": np.full(n, "no"),
        "lv_edv": np.where(
            of_men, 166 + 32 * rng.standard_normal(n), 124 + 21 * rng.standard_normal(n)
        ),
    }
    return xr.Dataset({name: ("patient", values) for name, values in (known | columns).items()})


def test_people_like_the_reference_are_within_it():
    lines = reference_ranges(patients())
    assert {(line.sex, line.selected) for line in lines} == {
        (sex, selected) for sex in ("female", "male") for selected in (False, True)
    }
    for line in lines:
        assert line.n == 200
        assert line.offset == pytest.approx(0, abs=0.25)
        assert line.within == pytest.approx(0.95, abs=0.05)


def test_larger_hearts_lie_above_it():
    made = patients()
    made["lv_edv"] = made["lv_edv"] + 40
    offsets = {line.sex: line.offset for line in reference_ranges(made)}
    assert offsets["female"] == pytest.approx(40 / 21, abs=0.25)
    assert offsets["male"] == pytest.approx(40 / 32, abs=0.25)


def test_only_people_of_its_ages_are_compared():
    age = np.where(np.arange(400) < 100, 44.9, 75.0)
    assert reference_ranges(patients(age=age)) == []


@pytest.mark.parametrize(
    "reason",
    [
        {"sbp": np.full(400, 150.0)},
        {"weight": np.full(400, 95.0)},
        {"heart_attack": np.full(400, "yes")},
        {"smoking": np.full(400, "current")},
        {"sbp": np.full(400, np.nan)},
    ],
    ids=["pressure", "mass index", "heart attack", "smoking", "pressure unknown"],
)
def test_whom_the_reference_left_out_is_compared_apart(reason):
    lines = reference_ranges(patients(**reason))
    assert {line.selected for line in lines} == {False}


def test_what_nobody_has_is_not_compared_and_the_table_says_the_rest():
    lines = reference_ranges(patients(lv_mass=np.full(400, 80.0)))
    assert {line.label for line in lines} == {
        "end-diastolic volume [mL]",
        "mass over surface area [g/m^2]",
    }
    page = reference_table(lines)
    assert page.count("<tr>") == 1 + len(lines)
    assert "ejection" not in page
    assert "166 ± 32" in page
