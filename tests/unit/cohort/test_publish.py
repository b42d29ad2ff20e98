"""The published schema and page are those of the code, and records keep to the schema."""

import json

import pytest
from jsonschema import Draft202012Validator
from typer.testing import CliRunner

from sosie.cli import app
from sosie.cohort.mapping import Mapping
from sosie.cohort.publish import record_page, record_schema
from sosie.cohort.record import build_record
from sosie.cohort.schema import COLUMNS, SCALES

SCHEMA = record_schema()
VALIDATOR = Draft202012Validator(SCHEMA)


@pytest.fixture
def record(person, body_mapping: Mapping, priors):
    """Return a record as JSON holds it."""
    return json.loads(json.dumps(build_record(person(), body_mapping, priors, 1).to_json()))


def test_the_published_schema_is_that_of_the_code(repository):
    published = json.loads((repository / "config" / "record.schema.json").read_text())
    assert published == SCHEMA, "run: sosie record-schema > config/record.schema.json"


def test_the_published_page_is_that_of_the_code(repository):
    published = (repository / "docs" / "record.md").read_text(encoding="utf-8")
    assert published == record_page(), "run: sosie record-schema --page > docs/record.md"


def test_the_command_prints_what_is_published():
    assert json.loads(CliRunner().invoke(app, ["record-schema"]).output) == SCHEMA
    assert CliRunner().invoke(app, ["record-schema", "--page"]).output == record_page()


def test_the_schema_is_one():
    Draft202012Validator.check_schema(SCHEMA)


def test_the_schema_says_all_of_every_column():
    cells = SCHEMA["properties"]["cells"]["properties"]
    assert list(cells) == [column.name for column in COLUMNS]
    for column in COLUMNS:
        cell, value = cells[column.name], cells[column.name]["properties"]["value"]
        assert (cell["title"], cell["scale"]) == (column.long_name, column.scale)
        assert cell["unit"] == cell["properties"]["unit"]["const"] == column.unit
        if column.levels:
            assert value["enum"] == list(column.levels)
        else:
            assert (value["minimum"], value["maximum"]) == (column.low, column.high)


def test_columns_stand_by_scale_from_small_to_large():
    order = [SCALES.index(column.scale) for column in COLUMNS]
    assert order == sorted(order)
    assert set(order) == set(range(len(SCALES)))


def test_the_page_shows_every_column_once():
    page = record_page()
    assert all(page.count(f"| `{column.name}` |") == 1 for column in COLUMNS)


def test_records_keep_to_the_schema(record, priors, body_mapping, person):
    VALIDATOR.validate(record)
    rejected = build_record(person(age=12.0), body_mapping, priors, 1).to_json()
    VALIDATOR.validate(rejected)


@pytest.mark.parametrize(
    ("column", "part", "value"),
    [
        ("sbp", "value", 900.0),
        ("sbp", "value", "high"),
        ("sbp", "unit", "kPa"),
        ("sbp", "status", "published"),
        ("sex", "value", "unknown"),
        ("lv_edv", "status", None),
        ("lv_edv", "origin", "guessed"),
        ("lv_edv", "colour", "red"),
    ],
)
def test_the_schema_refuses_what_no_record_says(record, column, part, value):
    record["cells"][column][part] = value
    assert not VALIDATOR.is_valid(record)


def test_the_schema_refuses_an_unknown_column(record):
    record["cells"]["shoe_size"] = record["cells"]["sbp"]
    assert not VALIDATOR.is_valid(record)
