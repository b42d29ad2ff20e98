"""A malformed table gives the right people or one sentence: never a traceback, never another value.

A clean table of known people is spoilt in a known way. The way says what must follow: the same
people, the same but for a cell that is missing now, or a refusal that says where. What no reader
can see is not tried: a last cell cut short, or a value wrong by less than the bounds.
"""

import csv
import io
import struct
from collections.abc import Callable
from dataclasses import dataclass

import pyarrow
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from sosie.cohort.mapping import Mapping
from sosie.cohort.table import read_table
from sosie.errors import SosieError

from .conftest import SMALL

HEAD = ["ID", "Age", "Sex", "Height", "SBP", "DBP", "MI"]
MAPPING = Mapping.model_validate(
    {
        **SMALL,
        "columns": {
            "age": {"from": "Age", "unit": "year", "missing": [-9]},
            "sex": {"from": "Sex", "levels": {1: "male", 2: "female"}},
            "height": {"from": "Height", "unit": "m"},
            "sbp": {"from": "SBP", "unit": "mmHg"},
            "dbp": {"from": "DBP", "unit": "mmHg"},
            "heart_attack": {"from": "MI"},
        },
    }
)
NAMES = dict(zip(HEAD[1:], MAPPING.columns, strict=True))


@dataclass
class Case:
    """A table as cells, how it is written, and the people it means."""

    grid: list[list[str]]
    row: int
    column: int
    people: dict[str, dict[str, float | str]]
    suffix: str = ".csv"
    content: bytes | None = None

    @property
    def name(self) -> str:
        """The column of the cell."""
        return HEAD[self.column]

    @property
    def person(self) -> dict[str, float | str]:
        """What is true of the person of the cell."""
        return self.people[self.grid[self.row][0]]

    def set(self, text: str) -> None:
        """Write another cell."""
        self.grid[self.row][self.column] = text

    def text(self, separator: str = ",", quoting: int = csv.QUOTE_MINIMAL) -> str:
        """Return the table as a file has it."""
        stream = io.StringIO()
        writer = csv.writer(stream, delimiter=separator, quoting=quoting, lineterminator="\n")
        writer.writerows(self.grid)
        return stream.getvalue()


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Return a clean table of one to four people, and a cell of it."""
    grid, people = [list(HEAD)], {}
    size = draw(st.integers(1, 4))
    for number in range(size):
        age = draw(st.integers(18, 90))
        sex = draw(st.sampled_from(["1", "2"]))
        height = f"{draw(st.integers(120, 210)) / 100:.2f}"
        dbp = draw(st.integers(50, 90))
        sbp = f"{dbp + draw(st.integers(10, 90))}.{draw(st.integers(1, 9))}"
        attack = draw(st.sampled_from(["0", "1"]))
        name = str(101 + number)
        grid.append([name, str(age), sex, height, sbp, str(dbp), attack])
        people[name] = {
            "age": float(age),
            "sex": {"1": "male", "2": "female"}[sex],
            "height": float(height) * 100.0,
            "sbp": float(sbp),
            "dbp": float(dbp),
            "heart_attack": {"0": "no", "1": "yes"}[attack],
        }
    return Case(grid, draw(st.integers(1, size)), draw(st.integers(1, len(HEAD) - 1)), people)


Refusal = str | None
"""What the sentence must say, or None where the table must be read."""

WAYS: dict[str, Callable[[Case], Refusal]] = {}


def way(function: Callable[[Case], Refusal]) -> Callable[[Case], Refusal]:
    WAYS[function.__name__] = function
    return function


def cell(case: Case) -> str:
    """Return where a refusal finds the cell."""
    return f"line {case.row + 1}, column '{case.name}'"


# Ways that mean the same.


@way
def byte_order_mark(case):
    case.content = b"\xef\xbb\xbf" + case.text().encode()


@way
def line_ends_of_windows(case):
    case.content = case.text().replace("\n", "\r\n").encode()


@way
def line_ends_of_old_macs(case):
    case.content = case.text().replace("\n", "\r").encode()


@way
def no_last_line_end(case):
    case.content = case.text().removesuffix("\n").encode()


@way
def blank_lines(case):
    case.grid.insert(case.row, [""] * len(HEAD))
    case.content = (case.text() + "\n\n").encode()


@way
def tabs(case):
    case.suffix = ".TSV"
    case.content = case.text("\t").encode()


@way
def everything_quoted(case):
    case.content = case.text(quoting=csv.QUOTE_ALL).encode()


@way
def spaces_around(case):
    case.set(f" {case.grid[case.row][case.column]}\u00a0 ")


@way
def columns_in_another_order(case):
    case.grid = [line[::-1] for line in case.grid]


@way
def a_column_nobody_asked_for(case):
    case.grid = [[*line[:2], "na\u00efve; 1,5\n9", *line[2:]] for line in case.grid]


@way
def identifiers_that_went_through_a_float(case):
    case.grid = [case.grid[0], *([f"{line[0]}.0", *line[1:]] for line in case.grid[1:])]


@way
def numbers_written_otherwise(case):
    case.column = 1
    age = int(case.grid[case.row][1])
    case.set(["+{}", "0{}", "{}.", "{}e0", "{}.000"][age % 5].format(age))


@way
def codes_that_went_through_a_float(case):
    case.column = [2, 6][case.column % 2]
    case.set(case.grid[case.row][case.column] + ".0")


# Ways that take one value.


@way
def a_missing_cell(case):
    case.set(["", "n/a", "NA", "NaN", "nan", " "][case.column - 1])
    del case.person[NAMES[case.name]]


@way
def a_code_of_missing(case):
    case.column = 1
    case.set("-9")
    del case.person["age"]


# Ways that must be refused.


@way
def a_decimal_comma(case):
    case.column = 3
    case.set(case.grid[case.row][3].replace(".", ","))
    return f"{cell(case)}: height is"


@way
def an_unquoted_decimal_comma(case):
    case.grid[case.row][3] = case.grid[case.row][3].replace(".", ",")
    case.content = case.text().replace('"', "").encode()
    return f"line {case.row + 1}: 8 cells where the header has 7"


@way
def decimal_commas_and_semicolons(case):
    case.content = case.text(";").replace(".", ",").encode()
    return "there is no column 'ID'"


@way
def a_comma_of_thousands(case):
    case.column = 4
    case.set("1,120")
    return f"{cell(case)}: sbp is '1,120', which is not a number"


@way
def a_unit_in_the_cell(case):
    case.column = [1, 3, 4, 5][case.column % 4]
    case.set(case.grid[case.row][case.column] + " mmHg")
    return cell(case)


@way
def another_unit(case):
    case.column = 3
    case.set(str(case.person["height"]))
    return f"{cell(case)}: height is"


@way
def words_for_a_number(case):
    case.column = [1, 3, 4, 5][case.column % 4]
    words = ["high", "N/A", "#REF!", "None", "1_0", "0x10", "inf", "\u0661\u0660", "\u22121", "1e"]
    case.set(words[(len(case.grid) + case.column) % len(words)])
    return f"{cell(case)}: {NAMES[case.name]} is {case.grid[case.row][case.column]!r}"


@way
def an_absurd_number(case):
    case.column = [1, 3, 4, 5][case.column % 4]
    case.set(["-1", "999999", "1e308", "1e999", "-0.001"][len(case.grid) % 5])
    return f"{cell(case)}: {NAMES[case.name]} is"


@way
def an_unknown_code(case):
    case.column = [2, 6][case.column % 2]
    case.set(["3", "M", "-1", "1.5", "YES"][len(case.grid) % 5])
    return f"{cell(case)}: {NAMES[case.name]} is"


@way
def pressures_swapped(case):
    line = case.grid[case.row]
    line[4], line[5] = line[5], line[4]
    return f"line {case.row + 1}, column 'DBP': dbp is"


@way
def an_identifier_twice(case):
    case.grid.append([case.grid[case.row][0] + ".0", *case.grid[case.row][1:]])
    return f"line {len(case.grid)}, column 'ID': participant id"


@way
def no_identifier(case):
    case.column = 0
    case.set(["", "n/a", "a b", "../../x", "\u00e9"][len(case.grid) % 5])
    return f"{cell(case)}: "


@way
def a_column_absent(case):
    case.grid = [[*line[: case.column], *line[case.column + 1 :]] for line in case.grid]
    return f"there is no column '{case.name}'"


@way
def a_column_misspelt(case):
    case.grid[0][case.column] = case.name.swapcase()
    return f"there is no column '{case.name}' that the mapping names; near it: "


@way
def a_column_twice(case):
    case.grid = [[*line, line[case.column]] for line in case.grid]
    return f"column '{case.name}' stands 2 times"


@way
def a_line_cut_short(case):
    case.grid[case.row] = case.grid[case.row][: case.column]
    return f"line {case.row + 1}: {case.column} cells where the header has 7"


@way
def a_line_too_long(case):
    case.grid[case.row].append("1")
    return f"line {case.row + 1}: 8 cells where the header has 7"


@way
def a_file_cut_short(case):
    text = case.text()
    case.content = text[: -2 - case.column].encode()
    return " cells where the header has 7"


@way
def no_rows(case):
    case.grid = case.grid[:1]
    return "the table has no rows"


@way
def nothing(case):
    case.content = b""
    return "the table has no rows"


@way
def a_quote_left_open(case):
    case.content = (case.text() + '"').encode()
    return "this is not a table"


@way
def latin_letters(case):
    case.grid[0].append("Pr\u00e9nom")
    for line in case.grid[1:]:
        line.append("Zo\u00eb")
    case.content = case.text().encode("latin-1")
    return "the table is not UTF-8 text"


@way
def two_bytes_a_letter(case):
    case.content = case.text().encode("utf-16")
    return "the table is not UTF-8 text"


@way
def two_bytes_a_letter_unmarked(case):
    case.content = case.text().encode("utf-16-le")
    return "people.csv"


@way
def a_null_byte(case):
    case.set(case.grid[case.row][case.column] + "\0")
    return "people.csv, "


@way
def a_spreadsheet(case):
    case.content = b"PK\x03\x04" + case.text().encode()
    return "people.csv"


@way
def another_ending(case):
    case.suffix = ".xlsx"
    return "tables end in .csv"


# Parquet.


def as_parquet(case: Case, table: pyarrow.Table) -> bytes:
    case.suffix = ".parquet"
    stream = io.BytesIO()
    parquet.write_table(table, stream)
    return stream.getvalue()


def as_text(case: Case) -> pyarrow.Table:
    columns = zip(*case.grid[1:], strict=True)
    return pyarrow.table({name: list(cells) for name, cells in zip(HEAD, columns, strict=True)})


def as_types(case: Case) -> pyarrow.Table:
    """Return the columns in the types that a data frame would have."""
    table = as_text(case)
    whole, real = pyarrow.int64(), pyarrow.float64()
    types = [whole, whole, pyarrow.string(), pyarrow.float32(), real, real, pyarrow.int8()]
    return table.cast(pyarrow.schema(list(zip(HEAD, types, strict=True))))


@way
def parquet_of_text(case):
    table = as_text(case)
    case.content = as_parquet(case, table)


@way
def parquet_of_numbers(case):
    case.content = as_parquet(case, as_types(case))


@way
def parquet_of_categories(case):
    table = as_text(case)
    words = {name: table[name].dictionary_encode() for name in HEAD}
    case.content = as_parquet(case, pyarrow.table(words))


@way
def parquet_of_bytes(case):
    table = as_text(case)
    case.content = as_parquet(case, table.cast(pyarrow.schema([(n, "binary") for n in HEAD])))


@way
def parquet_with_a_null(case):
    table = as_types(case)
    values = table[case.name].to_pylist()
    values[case.row - 1] = None
    column = pyarrow.array(values, table[case.name].type)
    del case.person[NAMES[case.name]]
    case.content = as_parquet(case, table.set_column(case.column, case.name, column))


@way
def parquet_with_a_null_identifier(case):
    table = as_types(case)
    ids = table["ID"].to_pylist()
    ids[case.row - 1] = None
    case.content = as_parquet(case, table.set_column(0, "ID", pyarrow.array(ids)))
    return f"people.parquet, row {case.row}, column 'ID': '' cannot be a participant id"


@way
def parquet_with_an_absurd_number(case):
    table = as_types(case)
    values = table["SBP"].to_pylist()
    values[case.row - 1] = [1e9, -1.0, float("inf")][case.column % 3]
    case.content = as_parquet(case, table.set_column(4, "SBP", pyarrow.array(values)))
    return f"people.parquet, row {case.row}, column 'SBP': sbp is"


@way
def parquet_of_lists(case):
    table = as_text(case)
    lists = pyarrow.array([[value] for value in table[case.name].to_pylist()])
    case.content = as_parquet(case, table.set_column(case.column, case.name, lists))
    return f"people.parquet, column '{case.name}': "


@way
def parquet_cut_short(case):
    whole = as_parquet(case, as_types(case))
    case.content = whole[: len(whole) * case.column // len(HEAD)]
    return "people.parquet: this is no whole Parquet file"


@way
def text_called_parquet(case):
    case.content, case.suffix = case.text().encode(), ".parquet"
    return "people.parquet: this is no whole Parquet file"


EITHER = "people.parquet"
"""A sentence about the file, or the same people: a bit may lie where it says nothing."""


@way
def parquet_with_a_bit_changed_and_checksums(case):
    """Without them a changed value can be seen by nobody."""
    stream = io.BytesIO()
    parquet.write_table(as_types(case), stream, compression="none", write_page_checksum=True)
    content = bytearray(stream.getvalue())
    place = content.index(struct.pack("<d", case.person["sbp"])) + case.row
    content[place] ^= 1 << case.column
    case.content, case.suffix = bytes(content), ".parquet"
    return EITHER


EXAMPLES = 20
"""Of each way: a thousand tables in all."""


@pytest.mark.parametrize("spoil", sorted(WAYS))
@settings(max_examples=EXAMPLES, deadline=None)
@given(case=cases())
def test_a_malformed_table_gives_the_right_people_or_a_sentence(tmp_path_factory, spoil, case):
    refusal = WAYS[spoil](case)
    path = tmp_path_factory.getbasetemp() / f"people{case.suffix}"
    path.write_bytes(case.text().encode() if case.content is None else case.content)
    found, sentence = None, ""
    try:
        found = {row.id: row.cells for row in read_table(path, MAPPING).rows}
    except SosieError as error:
        sentence = str(error)
    if refusal is None or (refusal == EITHER and found is not None):
        assert found == case.people, sentence
    else:
        assert str(path) in sentence, f"read as {found}"
        assert refusal in sentence
        assert sentence.isprintable()


def test_a_thousand_tables_are_tried():
    assert len(WAYS) * EXAMPLES >= 1000
