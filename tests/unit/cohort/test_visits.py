"""Of a table with visits one simulates, as the mapping says, and the others are kept beside it."""

import hashlib
import json
from dataclasses import replace

import pytest

from sosie.cohort.cell import Cell, Visit
from sosie.cohort.mapping import Mapping
from sosie.cohort.priors import priors_digest
from sosie.cohort.record import RECORD_VERSION, build_record
from sosie.cohort.records import members_digest, read_batch, write_batch
from sosie.cohort.schema import SCHEMA_VERSION
from sosie.cohort.table import Row, read_table
from sosie.errors import SosieError

from .conftest import SMALL

COLUMNS = {
    "age": {"from": "Age", "unit": "year"},
    "sex": {"from": "Sex"},
    "weight": {"from": "W", "unit": "kg"},
}
LONG = [
    "ID,Exam,Age,Sex,W",
    "A,2,53.5,female,71",
    "A,1,50,female,70",
    "A,10,61,female,",
    "B,2,44,male,90",
]


@pytest.fixture
def read(tmp_path):
    def read_lines(lines=LONG, **more):
        path = tmp_path / "people.csv"
        path.write_text("\n".join(lines) + "\n")
        mapping = Mapping.model_validate({**SMALL, "columns": COLUMNS, "visit": "Exam"} | more)
        return read_table(path, mapping).rows

    return read_lines


def seen(row: Row) -> dict[str, dict[str, float | str]]:
    return {v.name: {name: cell.value for name, cell in v.cells.items()} for v in row.visits}


def test_the_baseline_of_the_table_simulates(read):
    first, second = read()
    assert first.cells == {"age": 50.0, "sex": "female", "weight": 70.0}
    assert seen(first) == {
        "2": {"age": 53.5, "sex": "female", "weight": 71.0},
        "10": {"age": 61.0, "sex": "female"},
    }
    assert second.cells == {}  # not seen at the baseline
    assert list(seen(second)) == ["2"]
    assert first.visits[0].cells["weight"] == Cell(71.0, "kg", "measured", "Small: W", None)


@pytest.mark.parametrize(
    ("session", "ages"),
    [("baseline", [50, None]), ("first", [50, 44]), ("last", [61, 44]), (2, [53.5, 44])],
)
def test_the_mapping_says_which_visit_simulates(read, session, ages):
    rows = read(session=session)
    assert [row.cells.get("age") for row in rows] == ages
    assert [len(row.visits) + bool(row.cells) for row in rows] == [3, 1]


def test_dates_are_visits_of_each_persons_own(read):
    days = {",1,": ",2009-01-31,", ",2,": ",2011-06-30,", ",10,": ",2019-02-01,"}
    lines = LONG
    for label, day in days.items():
        lines = [line.replace(label, day) for line in lines]
    first, second = read(lines)
    assert (first.cells["age"], second.cells["age"]) == (50.0, 44.0)
    assert list(seen(first)) == ["2011-06-30", "2019-02-01"]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (
            "A,2.0,53,female,71",
            "line 6, column 'ID': participant 'A' is already on line 2 at visit",
        ),
        (
            "C,,53,female,71",
            "line 6, column 'Exam': '' tells no visit from another: give every row",
        ),
        ("C,later,53,female,71", "which of '2', '1', '10', 'later' is the baseline cannot be told"),
        ("../C,1,53,female,71", "line 6, column 'ID': '../C' cannot be a participant id"),
        (
            "C,3,530,female,71",
            "line 6, column 'Age': age is '530' year, but lies between 0 and 120",
        ),
    ],
)
def test_visits_that_cannot_be_are_refused_where_they_stand(read, line, sentence):
    with pytest.raises(SosieError) as error:
        read([*LONG, line])
    assert sentence in str(error.value)


def test_a_visit_that_nobody_made_is_refused(read):
    with pytest.raises(SosieError, match=r"no session 'V3' that the mapping names, only '2', '1'"):
        read(session="V3")


def test_without_a_column_of_visits_a_second_row_is_refused(read):
    with pytest.raises(SosieError, match="already on line 2.* says in which column under 'visit'"):
        read(visit=None)
    with pytest.raises(SosieError, match="picks session 'last', but says not in which column"):
        read(visit=None, session="last")


WIDE = ["ID,Age,Sex,W,W82,Smokes82", "A,50,female,70,75,1", "B,44,male,90,,"]
SMOKES = {"from": "Smokes82", "levels": {1: "current"}}
LATER = {1982: {"weight": {"from": "W82", "unit": "kg"}, "smoking": SMOKES}}


def test_a_later_visit_in_columns_of_its_own_is_kept(read):
    first, second = read(WIDE, visit=None, visits=LATER)
    assert (first.cells["weight"], seen(first)) == (
        70.0,
        {"1982": {"weight": 75.0, "smoking": "current"}},
    )
    assert first.visits[0].cells["weight"].source == "Small: W82"
    assert (second.cells["weight"], second.visits) == (90.0, ())
    with pytest.raises(SosieError, match="column 'W82': weight is '9000' kg, but lies between"):
        read([*WIDE, "C,50,female,70,9000,1"], visit=None, visits=LATER)


def test_visits_are_told_in_one_way():
    with pytest.raises(ValueError, match="visits are columns of a row a person: leave out"):
        Mapping.model_validate({**SMALL, "visit": "Exam", "visits": LATER})
    wrong = {1982: {"weight": {"from": "W82", "unit": "cm"}}}
    with pytest.raises(ValueError, match="'cm' of 'weight' is not in units of kg"):
        Mapping.model_validate({**SMALL, "visits": wrong})


def test_a_record_keeps_its_visits_and_draws_nothing_for_them(read, tmp_path, priors):
    mapping = Mapping.model_validate({**SMALL, "columns": COLUMNS, "visit": "Exam"})
    rows = read(session="first")
    records = [build_record(row, mapping, priors, 1) for row in rows]
    assert records[0].visits == rows[0].visits
    once = build_record(Row("A", rows[0].cells), mapping, priors, 1)
    assert records[0].cells == once.cells
    write_batch(tmp_path / "0.json", records)
    assert read_batch(tmp_path / "0.json") == records
    content = json.loads((tmp_path / "0.json").read_text())
    assert [len(person.get("visits", ())) for person in content] == [2, 0]
    assert "visits" not in content[1]


def test_who_was_seen_once_has_the_digest_of_ever(person, mapping):
    """Studies of tables without visits are not made again."""
    parts = {
        "versions": [SCHEMA_VERSION, RECORD_VERSION],
        "priors": priors_digest(),
        "seed": 1,
        "title": "Small",
        "columns": {name: list(source.columns) for name, source in mapping.columns.items()},
        "rows": [["1", person("1").cells]],
    }
    digest = members_digest([person("1")], mapping, 1)
    assert digest == hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
    visit = Visit("2", {"weight": Cell(80.0, "kg", "measured", "Small: W", None)})
    assert members_digest([replace(person("1"), visits=(visit,))], mapping, 1) != digest
    told = {"height": Cell(176.0, "cm", "imputed", "a prior", "computed")}
    assert members_digest([replace(person("1"), told=told)], mapping, 1) != digest
