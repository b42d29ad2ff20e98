"""A table as it is written: text with the line each cell stands on, before anything is understood.

Whatever the way in (one file, a BIDS folder, an OMOP folder), it becomes a ``Text``: people in
order, and for each canonical column the source columns that feed it, a cell a person. What was
seen of them at other visits than the one that simulates comes beside it, a cell a visit.
"""

import csv
import difflib
import re
from collections.abc import Iterable, Iterator
from collections.abc import Mapping as Map
from dataclasses import dataclass
from pathlib import Path

from sosie.cohort import parquet
from sosie.cohort.cell import Origin
from sosie.cohort.mapping import MISSING, Source, plain
from sosie.cohort.priors import Status
from sosie.errors import SosieError

NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
ID_CHARACTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")


@dataclass(frozen=True, slots=True)
class Cells:
    """One source column: a value a person as written, and where each stands.

    ``units`` says what one of each value is ("cm", "38.67 mg/dL") where the rows differ in it,
    ``paths`` in which file it stands where they differ in that.
    """

    path: Path
    name: str
    line: list[int]
    values: list[str]
    units: list[str] | None = None
    paths: list[Path] | None = None

    def where(self, row: int) -> str:
        """Return file, line and column of a person's cell."""
        path = self.path if self.paths is None else self.paths[row]
        return f"{path}, {word(path)} {self.line[row]}, column '{self.name}'"

    def at(self, rows: list[int | None]) -> "Cells":
        """Return the cells of some rows; those of None are missing."""

        def pick[T](values: list[T], absent: T) -> list[T]:
            return [absent if row is None else values[row] for row in rows]

        units = None if self.units is None else pick(self.units, "")
        paths = None if self.paths is None else pick(self.paths, self.path)
        return Cells(self.path, self.name, pick(self.line, 0), pick(self.values, ""), units, paths)


Claim = tuple[Origin, str, Status | None]
"""Where a cell is from, where the table itself says it: origin, source and status."""

Parts = dict[str, list[Cells]]
"""By canonical column, the cells that feed it."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen at visits: whose and which each was, and a cell a visit of each column."""

    columns: Map[str, Source]
    person: list[str]
    visit: list[str]
    parts: Parts
    told: list[dict[str, Claim]] | None = None


@dataclass(frozen=True, slots=True)
class Text:
    """The people of a table, the cells of the visit that simulates, and those of the others."""

    ids: list[str]
    parts: Parts
    seen: tuple[Seen, ...] = ()
    told: list[dict[str, Claim]] | None = None


def word(path: Path) -> str:
    """Return what the numbers of a file's rows count."""
    return "row" if path.suffix.lower() == parquet.SUFFIX else "line"


def at(parts: Parts, rows: list[int | None]) -> Parts:
    """Return the cells of some rows; those of None are missing."""
    return {name: [part.at(rows) for part in found] for name, found in parts.items()}


def by_canonical(columns: Map[str, Source], cells: Map[str, Cells]) -> Parts:
    """Return the source columns that were found, under the canonical column that each feeds."""
    found = {
        name: [cells[column] for column in source.columns if column in cells]
        for name, source in columns.items()
    }
    return {name: parts for name, parts in found.items() if parts}


def read_header(path: Path) -> list[str]:
    """Return the names of a file's columns."""
    if path.suffix.lower() == parquet.SUFFIX:
        return [name.strip() for name in parquet.header(path)]
    stream = rows(path)
    _, header = next(stream, (0, []))
    return [cell.strip() for cell in header]


def read_columns(
    path: Path, names: Iterable[str], replace: Map[str, str], *, empty: bool = False
) -> dict[str, Cells]:
    """Read some columns whole; refuse a table without rows unless it may be ``empty``."""
    wanted = list(dict.fromkeys(names))
    line: list[int] = []
    values: dict[str, list[str]] = {name: [] for name in wanted}
    for number, row in named_rows(path, wanted):
        line.append(number)
        for name, cell in row.items():
            values[name].append(replace.get(cell, cell))
    if not line and not empty:
        raise SosieError(f"{path}: the table has no rows: give one with a row per person")
    return {name: Cells(path, name, line, values[name]) for name in wanted}


def named_rows(
    path: Path, names: list[str], optional: tuple[str, ...] = (), *, omop: bool = False
) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield number and named cells of each row; an optional column may be absent.

    The names of OMOP columns are in any case, and a tab in its header is what separates cells.
    """
    fold = (lambda name: name.strip().lower()) if omop else str.strip
    if path.suffix.lower() == parquet.SUFFIX:
        stream = parquet.stream(path, names, optional, fold=fold)
    else:
        stream = rows(path, sniff=omop)
    _, first = next(stream, (0, names))
    header = [fold(name) for name in first]
    place = {name: find(path, name, header) for name in names}
    place |= {name: find(path, name, header) for name in optional if name in header}
    for number, row in stream:
        yield number, {name: row[index].strip() for name, index in place.items()}


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
        raise SosieError(
            f"{path}: tables end in .csv (commas), .tsv (tabs) or .parquet: save it as one"
        )
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
    for row in range(len(cells.values)):
        name = participant(cells, row)
        if name in first:
            raise SosieError(
                f"{cells.where(row)}: participant id '{name}' is already on {word(cells.path)} "
                f"{cells.line[first[name]]}: each person needs one row and an id of their own; "
                f"of a table with a row a visit, the mapping says in which column under 'visit'"
            )
        first[name] = row
    return list(first)


def participant(cells: Cells, row: int) -> str:
    """Return the id in a cell; refuse what could not name a file."""
    name = label(cells.values[row])
    if name in MISSING or not ID_CHARACTERS.issuperset(name) or name.startswith("."):
        raise SosieError(
            f"{cells.where(row)}: {cells.values[row]!r} cannot be a participant id: "
            f"use letters, digits, '-', '_' and '.'"
        )
    return name
