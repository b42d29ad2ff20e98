"""Who lies outside a source is counted where the source's range is known."""

import pytest

from sosie.analysis.extrapolation import extrapolated
from sosie.cohort.record import Cell


@pytest.fixture
def patients(store, person):
    height = Cell(170.0, "cm", "measured", "made up", None)
    heavy = Cell(100.0, "kg", "measured", "made up", None)
    people = [person(f"p{i:02d}", age=30.0, height=height) for i in range(12)]
    people += [person(f"q{i}", age=60.0, height=height, weight=heavy) for i in range(3)]
    return store(people)[0]["patients"].to_dataset()


def line(patients, first, *, protected):
    found = extrapolated(patients, protected=protected)
    return next(one for one in found if one.columns[0] == first)


def test_ages_and_body_mass_indices_outside_are_counted(patients):
    volume = line(patients, "lv_edv", protected=False)  # of 45 to 74 years, below 30 kg/m^2
    assert (volume.drawn, volume.outside_age, volume.outside_bmi) == (15, 12, 3)


def test_neither_a_few_real_people_nor_all_but_a_few_are_told_exactly(patients):
    volume = line(patients, "lv_edv", protected=True)
    assert (volume.drawn, volume.outside_age, volume.outside_bmi) == (
        15,
        "all but 1 to 10",
        "1 to 10",
    )


def test_an_unknown_range_is_said_to_be_unknown(patients):
    assert line(patients, "apoe", protected=False).outside_age == "range not known"


def test_what_was_measured_of_everybody_is_not_drawn(patients):
    columns = {name for one in extrapolated(patients, protected=False) for name in one.columns}
    assert "heart_attack" not in columns
    assert line(patients, "height", protected=False).drawn == 12  # their weight
