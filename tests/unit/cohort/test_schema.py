"""The canonical columns are consistent, and the documentation shows them as they are."""

from pathlib import Path

from sosie.cohort.schema import COLUMN, COLUMNS, SMALLER, column_table
from sosie.units import ureg

DOCS = Path(__file__).parents[3] / "docs" / "cohort.md"


def test_each_column_is_a_number_within_bounds_or_a_set_of_levels():
    assert len(COLUMN) == len(COLUMNS)
    for column in COLUMNS:
        if column.kind == "number":
            assert column.low < column.high
            assert ureg.Quantity(1.0, column.unit)
        else:
            assert len(set(column.levels)) > 1
            assert not column.unit


def test_flags_are_told_from_categories():
    assert COLUMN["diabetes"].kind == "flag"
    assert COLUMN["smoking"].kind == "category"


def test_ordered_pairs_share_their_unit():
    assert all(COLUMN[small].unit == COLUMN[large].unit for small, large in SMALLER)


def test_the_page_shows_the_columns_as_they_are():
    assert column_table() in DOCS.read_text(encoding="utf-8")
