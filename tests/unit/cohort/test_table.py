"""A table is read as it was meant, or refused in one sentence with file, line, value and cure."""

import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sosie.cohort.mapping import Mapping
from sosie.cohort.table import read_table
from sosie.cohort.text import NUMBER
from sosie.errors import SosieError

from .conftest import HEADER, SMALL

WHOLE = "1,50,1,1.7,120,,80,0,"


def test_units_levels_means_and_flags_become_canonical(read):
    row = read("7.0,50,1,1.7,120,130,80,0,1").rows[0]
    assert row.id == "7"
    assert row.cells == {
        "age": 50.0,
        "sex": "male",
        "height": pytest.approx(170),
        "sbp": 125.0,
        "dbp": 80.0,
        "heart_attack": "yes",
    }


def test_missing_cells_stay_absent(read):
    row = read("1,-9,2,n/a,,NA,,,").rows[0]
    assert row.cells == {"sex": "female"}


def test_an_age_written_for_privacy_is_read(read):
    assert read("1,89+,1,,,,,,").rows[0].cells["age"] == 89.0


def test_of_several_categories_the_first_present_counts(tmp_path):
    columns = {"smoking": {"from": ["Now", "Ever"], "levels": {"0": "never"}, "missing": [1]}}
    mapping = Mapping.model_validate({**SMALL, "columns": columns})
    path = tmp_path / "people.tsv"
    path.write_text("ID\tNow\tEver\n1\t\t0\n2\tcurrent\t1\n3\t\t1\n")
    cells = [row.cells.get("smoking") for row in read_table(path, mapping).rows]
    assert cells == ["never", "current", None]


def test_a_cell_is_replaced_before_it_is_read(tmp_path):
    mapping = Mapping.model_validate({**SMALL, "replace": {"5e-79": 0}})
    path = tmp_path / "people.csv"
    path.write_text(HEADER + "1,5e-79,1,,,,,5e-79,\n")
    assert read_table(path, mapping).rows[0].cells == {
        "age": 0.0, "sex": "male", "heart_attack": "no",
    }  # fmt: skip


def test_byte_order_mark_crlf_and_blank_lines_change_nothing(tmp_path, mapping):
    path = tmp_path / "people.csv"
    text = "\ufeff" + HEADER + WHOLE + "\n\n"
    path.write_bytes(text.replace("\n", "\r\n").encode())
    assert len(read_table(path, mapping).rows) == 1


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("2,-3,1,1.7,120,,80,0,", "line 3, column 'Age': age is '-3' year, but lies between 0 and"),
        ("2,abc,1,1.7,120,,80,0,", "line 3, column 'Age': age is 'abc', which is not a number"),
        ("2,1_0,1,1.7,120,,80,0,", "age is '1_0', which is not a number"),
        ("2,inf,1,1.7,120,,80,0,", "age is 'inf', which is not a number"),
        ('2,"50,5",1,1.7,120,,80,0,', "age is '50,5', which is not a number: write it like 12.5"),
        ("2,50,1,176,120,,80,0,", "column 'Height': height is '176' m, but lies between 30 and"),
        ("2,50,3,1.7,120,,80,0,", "column 'Sex': sex is '3', which is none of female, male"),
        ("2,50,1,1.7,120,,130,0,", "dbp is 130 and sbp 120 mmHg, but dbp is the smaller one"),
        ("1.0,50,1,1.7,120,,80,0,", "participant id '1' is already on line 2"),
        (",50,1,1.7,120,,80,0,", "'' cannot be a participant id"),
        ("../x,50,1,1.7,120,,80,0,", "'../x' cannot be a participant id"),
        ("2,50,1", "line 3: 3 cells where the header has 9"),
        ('2,50,1,1.7,120,,80,0,"', "this is not a table"),
    ],
)
def test_what_cannot_be_true_is_refused_where_it_stands(read, line, sentence):
    with pytest.raises(SosieError) as error:
        read(WHOLE, line)
    assert sentence in str(error.value)
    assert "people.csv" in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "the table has no rows"),
        (HEADER.encode(), "the table has no rows"),
        (HEADER.replace("Age", "age").encode() + b"1,2,3,4,5,6,7,8,9\n", "'Age'.*near it: 'age'"),
        (HEADER.replace("Sex", "Age").encode(), "column 'Age' stands 2 times"),
        (HEADER.replace(",", ";").encode(), "no column 'ID' .*near it: 'ID;Age"),
        (HEADER.encode() + b"\xff\xfe", "not UTF-8 text"),
    ],
)
def test_a_file_that_is_no_such_table_is_refused(tmp_path, mapping, content, sentence):
    path = tmp_path / "people.csv"
    path.write_bytes(content)
    with pytest.raises(SosieError, match=sentence):
        read_table(path, mapping)


def test_a_file_that_cannot_be_read_is_refused(tmp_path, mapping):
    with pytest.raises(SosieError, match="cannot be read .No such file"):
        read_table(tmp_path / "absent.csv", mapping)
    (tmp_path / "people.xlsx").write_bytes(b"PK")
    with pytest.raises(SosieError, match=r"tables end in \.csv .commas., \.tsv .tabs. or \.par"):
        read_table(tmp_path / "people.xlsx", mapping)


@given(st.text(max_size=8))
def test_any_cell_gives_an_age_a_gap_or_a_sentence(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("any") / "people.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["ID", "Age"], ["1", text]])
    columns = {"age": {"from": "Age", "unit": "year"}}
    mapping = Mapping.model_validate({**SMALL, "columns": columns})
    outcome: float | str
    try:
        outcome = read_table(path, mapping).rows[0].cells.get("age", 0.0)
    except SosieError as error:
        outcome = str(error)
    if isinstance(outcome, str):
        assert "people.csv, line" in outcome
        assert "\n" not in outcome
    else:
        assert 0 <= outcome <= 120


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_finite_number_is_understood_as_python_writes_it(number):
    assert NUMBER.fullmatch(repr(number))


def test_the_survey_is_read_with_its_traps(survey):
    rows = {row.id: row.cells for row in survey.rows}
    assert len(rows) == 8366
    assert max(cells["age"] for cells in rows.values()) == 80
    assert min(cells["dbp"] for cells in rows.values() if "dbp" in cells) > 0
    assert max(c["sedentary_time"] for c in rows.values() if "sedentary_time" in c) < 1440
    assert {c["smoking"] for c in rows.values() if "smoking" in c} == {"never", "former", "current"}
    assert sum(c.get("diabetes") == "yes" for c in rows.values()) == 853
    assert 0.0 in {c.get("alcohol") for c in rows.values()}
