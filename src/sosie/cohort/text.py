"""A table as it is written: text with the line each cell stands on, before anything is understood.

Whatever the way in (one file, a BIDS folder, an OMOP folder), it becomes a ``Text``: people in
order, and for each canonical column the source columns that feed it, a cell a person.
"""

import csv
import difflib
from collections.abc import Iterable, Iterator
from collections.abc import Mapping as Map
from dataclasses import dataclass
from pathlib import Path

from sosie.cohort.mapping import MISSING, Mapping, plain
from sosie.errors import SosieError

ID_CHARACTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")


@dataclass(frozen=True, slots=True)
class Cells:
    """One source column: a value a person as written, and where each stands.

    ``units`` says what one of each value is ("cm", "38.67 mg/dL") where the rows differ in it.
    """

    path: Path
    name: str
    line: list[int]
    values: list[str]
    units: list[str] | None = None

    def where(self, row: int) -> str:
        """Return file, line and column of a person's cell."""
        return f"{self.path}, line {self.line[row]}, column '{self.name}'"


@dataclass(frozen=True, slots=True)
class Text:
    """The people of a table and, by canonical column, the cells that feed it."""

    ids: list[str]
    parts: dict[str, list[Cells]]


def read_file(path: Path, mapping: Mapping) -> Text:
    """Read the columns that ``mapping`` names from one .csv or .tsv file."""
    names = [name for source in mapping.columns.values() for name in source.columns]
    if mapping.optional:
        header = read_header(path)
        names = [name for name in names if name in header]
    cells = read_columns(path, [mapping.id, *names], mapping.replace)
    return Text(identify(cells[mapping.id]), by_canonical(mapping, cells))


def by_canonical(mapping: Mapping, cells: Map[str, Cells]) -> dict[str, list[Cells]]:
    """Return the source columns that were found, under the canonical column that each feeds."""
    found = {
        name: [cells[column] for column in source.columns if column in cells]
        for name, source in mapping.columns.items()
    }
    return {name: parts for name, parts in found.items() if parts}


def read_header(path: Path) -> list[str]:
    """Return the names of a file's columns."""
    stream = rows(path)
    _, header = next(stream, (0, []))
    return [cell.strip() for cell in header]


def read_columns(
    path: Path, names: Iterable[str], replace: Map[str, str], *, empty: bool = False
) -> dict[str, Cells]:
    """Read some columns whole; refuse a table without rows unless it may be ``empty``."""
    wanted = dict.fromkeys(names)
    stream = rows(path)
    _, header = next(stream, (0, list(wanted)))
    place = {name: find(path, name, header) for name in wanted}
    line: list[int] = []
    values: dict[str, list[str]] = {name: [] for name in wanted}
    for number, row in stream:
        line.append(number)
        for name, index in place.items():
            cell = row[index].strip()
            values[name].append(replace.get(cell, cell))
    if not line and not empty:
        raise SosieError(f"{path}: the table has no rows: give one with a row per person")
    return {name: Cells(path, name, line, values[name]) for name in wanted}


def rows(path: Path, *, sniff: bool = False) -> Iterator[tuple[int, list[str]]]:
    """Yield line number and cells, header first, blank lines left out.

    The ending says what separates cells; ``sniff`` lets a tab in the header say it instead.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            separator = _separator(path)
            if sniff:
                separator = "\t" if "\t" in file.readline() else ","
                file.seek(0)
            yield from _split(path, file, separator)
    except OSError as error:
        raise SosieError(
            f"{path}: the table cannot be read ({error.strerror}): check the path"
        ) from error
    except UnicodeDecodeError as error:
        raise SosieError(f"{path}: the table is not UTF-8 text: save it as CSV in UTF-8") from error
    except csv.Error as error:
        raise SosieError(
            f"{path}: this is not a table ({error}): save it as CSV in UTF-8"
        ) from error


def _separator(path: Path) -> str:
    separators = {".csv": ",", ".tsv": "\t"}
    if path.suffix.lower() not in separators:
        raise SosieError(f"{path}: tables end in .csv (commas) or .tsv (tabs): save it as one")
    return separators[path.suffix.lower()]


def _split(path: Path, file: Iterator[str], separator: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(file, delimiter=separator, strict=True)
    width = 0
    for row in reader:
        if not any(row):
            continue
        width = width or len(row)
        if len(row) != width:
            raise SosieError(
                f"{path}, line {reader.line_num}: {len(row)} cells where the header has {width}: "
                f"quote the cell that holds the separator, or add what is missing"
            )
        yield reader.line_num, row


def find(path: Path, name: str, header: list[str]) -> int:
    """Return the position of a source column; refuse none and more than one."""
    names = [cell.strip() for cell in header]
    if names.count(name) == 1:
        return names.index(name)
    if name in names:
        raise SosieError(f"{path}: column '{name}' stands {names.count(name)} times: rename one")
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.5) or names[:8]
    raise SosieError(
        f"{path}: there is no column '{name}' that the mapping names; "
        f"near it: {', '.join(map(repr, near))}"
    )


def label(cell: str) -> str:
    """Return a participant's id without the "sub-" of BIDS and the ".0" of a float."""
    return plain(cell).removeprefix("sub-")


def identify(cells: Cells) -> list[str]:
    """Return the ids; refuse a missing, a repeated and one that could not name a file."""
    first: dict[str, int] = {}
    for row, cell in enumerate(cells.values):
        name = label(cell)
        if name in MISSING or not ID_CHARACTERS.issuperset(name) or name.startswith("."):
            raise SosieError(
                f"{cells.where(row)}: {cell!r} cannot be a participant id: "
                f"use letters, digits, '-', '_' and '.'"
            )
        if name in first:
            raise SosieError(
                f"{cells.where(row)}: participant id '{name}' is already on line "
                f"{cells.line[first[name]]}: each person needs one row and an id of their own"
            )
        first[name] = row
    return list(first)
