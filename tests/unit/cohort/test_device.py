"""Readings of connected devices become one value a person, by rules with sources, or a sentence."""

from datetime import datetime, timedelta

import pytest

from sosie.cohort.mapping import Mapping
from sosie.cohort.record import build_record
from sosie.cohort.records import members_digest
from sosie.cohort.table import read_table
from sosie.errors import SosieError

from .conftest import SMALL

DAY = datetime(2024, 3, 4)


def device(rule="home", **more):
    unit = "1/min" if rule == "resting" else "mmHg"
    return {"file": "d.csv", "id": "who", "time": "when", "value": "x", "unit": unit} | {
        "rule": rule,
        **more,
    }


@pytest.fixture
def read(tmp_path):
    """Read a table of two people and the readings beside it."""

    def read_devices(readings, **devices):
        (tmp_path / "people.csv").write_text("ID,Age,Sex\nA,50,1\nB,60,2\n")
        lines = [",".join(map(str, reading)) for reading in readings]
        (tmp_path / "d.csv").write_text("\n".join(["who,when,x", *lines]) + "\n")
        columns = {name: SMALL["columns"][name] for name in ("age", "sex")}
        mapping = Mapping.model_validate({**SMALL, "columns": columns, "devices": devices})
        return read_table(tmp_path / "people.csv", mapping)

    return read_devices


def series(days, hours, value, *, who="A"):
    """Return readings at some hours of some days; ``value`` takes day and hour."""
    times = [(day, hour) for day in range(days) for hour in hours]
    return [(who, DAY + timedelta(days=d, hours=h), value(d, h)) for d, h in times]


def refusal(read, readings, **devices):
    with pytest.raises(SosieError) as error:
        read(readings, **devices)
    assert "\n" not in str(error.value)
    return str(error.value)


def test_home_pressure_is_the_mean_after_the_first_day(read):
    readings = series(7, (7, 7.1, 20, 20.1), lambda day, hour: 180 if day == 0 else 120 + day)
    rows = read([*readings, ("C", "never", "?")], sbp=device()).rows
    assert rows[0].cells["sbp"] == pytest.approx(123.5)
    assert "sbp" not in rows[1].cells


def test_pressure_over_a_day_is_weighted_by_hours(read):
    hours = [h / 2 for h in range(16, 44)] + list(range(22, 32))
    readings = series(1, hours, lambda day, hour: 140 if 8 <= hour < 22 else 116)
    assert len(readings) == 38
    cells = read(readings, sbp=device("ambulatory")).rows[0].cells
    assert cells["sbp"] == pytest.approx((14 * 140 + 10 * 116) / 24)


def test_heart_rate_at_rest_is_the_median_before_dawn(read):
    rates = {2.9: 90, 3: 50, 4: 52, 5.5: 54, 6.9: 58, 6.95: 99, 7: 120, 15: 80}
    readings = series(1, rates, lambda day, hour: rates[hour])
    assert read(readings, heart_rate=device("resting")).rows[0].cells["heart_rate"] == 54


def test_the_clock_of_the_person_counts(read):
    readings = [("A", "2024-03-04T05:00:00+09:00", 55), ("A", "2024-03-04 15:00", 80)]
    assert read(readings, heart_rate=device("resting")).rows[0].cells["heart_rate"] == 55


def test_units_are_those_of_the_file_and_artefacts_do_not_count(read):
    readings = series(5, (7, 8, 20, 21), lambda day, hour: 16.0 if day else 20)
    readings[8] = (*readings[8][:2], 0)
    readings[9] = (*readings[9][:2], "")
    readings[10] = (*readings[10][:2], 99)
    cells = read(readings, sbp=device(unit="kPa")).rows[0].cells
    assert cells["sbp"] == pytest.approx(16 * 7.50062, abs=1e-3)


@pytest.mark.parametrize(
    ("rule", "readings", "sentence"),
    [
        ("home", series(3, range(24), lambda d, h: 120), "3 days and 48 readings after the first"),
        (
            "home",
            series(5, (7, 20), lambda d, h: 120),
            "5 days and 8 readings after the first, not",
        ),
        (
            "ambulatory",
            series(1, range(24), lambda d, h: 120),
            "14 readings by day and 10 by night",
        ),
        ("resting", series(1, (9, 10), lambda d, h: 60), "no reading from 3 to 7 h"),
        (
            "home",
            series(7, (7, 8, 20, 21), lambda d, h: 120 if d < 4 else 0),
            "only 57% of 28 readings lie between 40 and 320 mmHg, not 70%",
        ),
    ],
)
def test_a_series_that_is_too_short_is_refused_or_left_out(read, rule, readings, sentence):
    name = "heart_rate" if rule == "resting" else "sbp"
    found = refusal(read, readings, **{name: device(rule)})
    assert (
        f"d.csv, column 'x': the rule '{rule}' makes no {name} of 1 of 1 people, first 'A'" in found
    )
    assert sentence in found
    assert name not in read(readings, **{name: device(rule, short="missing")}).rows[0].cells


@pytest.mark.parametrize(
    ("reading", "sentence"),
    [
        (
            ("A", "04/03/2024 07:00", 120),
            "d.csv, line 2, column 'when': '04/03/2024 07:00' is not a",
        ),
        (("A", DAY, "120/80"), "d.csv, line 2, column 'x': sbp is '120/80', which is not a number"),
        (("Z", DAY, 120), "there is no reading of sbp of anybody in the table: check column 'who'"),
    ],
)
def test_bad_readings_are_one_sentence(read, reading, sentence):
    assert sentence in refusal(read, [reading], sbp=device())


def test_a_file_that_is_not_there_is_one_sentence(read):
    assert "absent.csv: the table cannot be read" in refusal(
        read, [], sbp=device(file="absent.csv")
    )


def test_two_pressures_that_cannot_be_together_are_refused(read):
    readings = series(5, (7, 8, 20, 21), lambda day, hour: 120)
    found = refusal(read, readings, sbp=device(), dbp=device())
    assert "d.csv: A: dbp is 120 and sbp 120 mmHg, but dbp is the smaller one" in found


@pytest.mark.parametrize(
    ("devices", "sentence"),
    [
        ({"sbp": device("resting")}, "the rule 'resting' of 'sbp' makes 'heart_rate'"),
        ({"sbp": device(unit="kg")}, "'kg' of 'sbp' is not in units of mmHg"),
        ({"sbpp": device()}, "'sbpp' is no canonical column; near it: sbp"),
        ({"dbp": device()}, "'dbp' is both of the table and of a device: keep one"),
    ],
)
def test_a_mapping_of_devices_that_cannot_work_is_refused(devices, sentence):
    columns = {name: SMALL["columns"][name] for name in ("age", "sex", "dbp")}
    with pytest.raises(ValueError, match=sentence):
        Mapping.model_validate({**SMALL, "columns": columns, "devices": devices})


def test_a_record_says_which_rule_made_it(read, priors):
    table = read(series(5, (7, 8, 20, 21), lambda day, hour: 120 + day), sbp=device())
    cell = build_record(table.rows[0], table.mapping, priors, 1).cells["sbp"]
    assert (cell.origin, cell.source) == ("measured", "Small: d.csv, x, by the rule 'home'")
    other = table.mapping.model_copy(update={"devices": {}})
    rows = [table.rows[1]]
    assert members_digest(rows, table.mapping, 1) != members_digest(rows, other, 1)
