"""Read a clinical table through its mapping and refuse, in one sentence, what cannot be true.

The cells are read as text first, so that a refusal shows the value as it was written and the line
it stands on. What is impossible is refused; what is absent stays absent. The checks are plain code
over ``schema.COLUMNS``: a data-frame validator would see the converted value without its line, and
its import would be a third of the time of planning a survey of 8,000 people.
"""

from collections import defaultdict
from collections.abc import Mapping as Map
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from sosie.cohort.bids_folder import PARTICIPANTS, read_bids
from sosie.cohort.cell import Cell, Visit
from sosie.cohort.device import read_devices
from sosie.cohort.flat import read_file
from sosie.cohort.mapping import FLAG_WORDS, MISSING, Mapping, Source, plain, scale_of, to_canonical
from sosie.cohort.omop import read_omop
from sosie.cohort.omop_folder import is_omop
from sosie.cohort.schema import COLUMN, SMALLER, Column
from sosie.cohort.text import NUMBER, Cells, Claim, Parts, Seen, Text
from sosie.errors import SosieError


@dataclass(frozen=True, slots=True)
class Row:
    """What the table says of one person, in canonical units and words; no cell is empty.

    ``told`` are those of the cells of which the table itself says where they are from; ``visits``
    what it has of other visits than the one in ``cells``.
    """

    id: str
    cells: dict[str, float | str]
    told: dict[str, Cell] = field(default_factory=dict)
    visits: tuple[Visit, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """The people of one table, in its order."""

    path: Path
    mapping: Mapping
    rows: tuple[Row, ...]


Values = dict[str, float | str]


def read_table(path: Path, mapping: Mapping) -> Table:
    """Read what ``mapping`` names: a .csv, .tsv or .parquet file, a BIDS or an OMOP folder."""
    text = _read_text(path, mapping)
    cells = _understand(text.parts, mapping.columns, len(text.ids))
    for name, values in read_devices(path, mapping, text.ids).items():
        for row, value in values.items():
            cells[row][name] = value
            _check_device(cells[row], name, f"{mapping.devices[name].file}: {text.ids[row]}")
    visits: dict[str, list[Visit]] = defaultdict(list)
    for seen in text.seen:
        _add_visits(visits, seen, mapping.title)
    told = text.told or [{}] * len(cells)
    rows = [
        Row(person, found, _cells(found, claims), tuple(visits[person]))
        for person, found, claims in zip(text.ids, cells, told, strict=True)
    ]
    return Table(path, mapping, tuple(rows))


def _cells(values: Values, claims: Map[str, Claim]) -> dict[str, Cell]:
    """Return the cells of which the table says where they are from."""
    return {
        name: Cell(value, COLUMN[name].unit, *claims[name])
        for name, value in values.items()
        if name in claims
    }


def _understand(parts: Parts, columns: Map[str, Source], size: int) -> list[Values]:
    """Return the canonical cells of each row of some source columns."""
    cells: list[Values] = [{} for _ in range(size)]
    for name, found in parts.items():
        read = _words if COLUMN[name].levels else _numbers
        for row, value in zip(cells, read(found, COLUMN[name], columns[name]), strict=True):
            if value is not None:
                row[name] = value
    for small, large in SMALLER:
        if small in parts and large in parts:
            _check_pair(cells, parts[small], small, large)
    return cells


def _add_visits(visits: dict[str, list[Visit]], seen: Seen, title: str) -> None:
    """Add what was seen at visits to what is known of each person, empty visits left out."""
    found = _understand(seen.parts, seen.columns, len(seen.person))
    measured: dict[str, Claim] = {
        name: ("measured", source_of(title, source), None) for name, source in seen.columns.items()
    }
    told = seen.told or [{}] * len(found)
    for person, visit, values, claims in zip(seen.person, seen.visit, found, told, strict=True):
        if values:
            visits[person].append(Visit(visit, _cells(values, measured | claims)))


def _check_device(cells: Values, name: str, where: str) -> None:
    """Refuse a value of a device that cannot stand beside another of the person."""
    for small, large in SMALLER:
        a, b = cells.get(small), cells.get(large)
        if name in (small, large) and a is not None and b is not None and a >= b:
            raise SosieError(
                f"{where}: {small} is {a:g} and {large} {b:g} {COLUMN[small].unit}, but {small} is "
                f"the smaller one in any person: correct the readings, or take one from elsewhere"
            )


def source_of(title: str, source: Source) -> str:
    """Return how a cell names the table and the columns that it is from."""
    return f"{title}: {', '.join(source.columns)}"


def _read_text(path: Path, mapping: Mapping) -> Text:
    bids, omop = (path / PARTICIPANTS).exists(), is_omop(path)
    if path.is_dir() and bids == omop:
        raise SosieError(
            f"{path}: the folder holds {'both' if bids else 'neither'} {PARTICIPANTS} (BIDS) "
            f"{'and' if bids else 'nor'} PERSON.csv (OMOP): give a folder with one of them, "
            f"or the path of a table"
        )
    if omop:
        return read_omop(path, mapping)
    if mapping.of_concepts:
        raise SosieError(
            f"{path}: the mapping '{mapping.title}' is of OMOP concepts: "
            f"give a folder with PERSON.csv, or another mapping"
        )
    return read_bids(path, mapping) if bids else read_file(path, mapping)


def _numbers(cells: list[Cells], column: Column, source: Source) -> list[float | None]:
    """Return the canonical numbers of one column, None where missing."""
    with np.errstate(over="ignore"):  # what is infinite is refused below
        parts = np.stack(
            [_parse(part, column, source) * _scale(part, column, source) for part in cells]
        )
    outside = np.argwhere((parts < column.low) | (parts > column.high))
    if outside.size:
        part, row = cells[outside[0][0]], outside[0][1]
        unit = source.unit if part.units is None else part.units[row]
        times = "x " if unit is not None and unit[0].isdigit() and " " in unit else ""
        raise SosieError(
            f"{part.where(row)}: {column.name} is {part.values[row]!r}"
            f"{'' if unit is None else ' ' + times + unit}, but lies between {column.low:g} "
            f"and {column.high:g} {column.unit} in any person: correct it, or list it under "
            f"'missing' in the mapping"
        )
    count = np.isfinite(parts).sum(axis=0)
    total = np.nansum(parts, axis=0)
    return [float(t / n) if n else None for t, n in zip(total, count, strict=True)]


def _scale(cells: Cells, column: Column, source: Source) -> float | np.ndarray:
    """Return what turns the values into the canonical unit, row by row where they differ in it."""
    if cells.units is None:
        return to_canonical(column, source)
    return np.array([scale_of(unit, column) if unit else np.nan for unit in cells.units])


def _parse(cells: Cells, column: Column, source: Source) -> np.ndarray:
    missing = MISSING.union(source.missing)
    numbers = np.full(len(cells.values), np.nan)
    for row, cell in enumerate(cells.values):
        if cell in missing or plain(cell) in missing:
            continue
        # BIDS writes ages of 89 and more as "89+", for privacy.
        number = cell.removesuffix("+") if column.name == "age" else cell
        if not NUMBER.fullmatch(number):
            raise SosieError(
                f"{cells.where(row)}: {column.name} is {cell!r}, which is not a number: "
                f"write it like 12.5, or list it under 'missing' in the mapping"
            )
        numbers[row] = float(number)
    return numbers


def _words(cells: list[Cells], column: Column, source: Source) -> list[str | None]:
    """Return the canonical levels of one column, None where missing."""
    known = {level: level for level in column.levels}
    if column.kind == "flag":
        known |= FLAG_WORDS
    known |= source.levels
    known |= dict.fromkeys(MISSING.union(source.missing), "")
    merged: list[str | None] = [None] * len(cells[0].values)
    for part in cells:
        for row, cell in enumerate(part.values):
            word = known.get(cell, known.get(plain(cell)))
            if word is None:
                raise SosieError(
                    f"{part.where(row)}: {column.name} is {cell!r}, which is none of "
                    f"{', '.join(column.levels)}: say what it means under 'levels', or list it "
                    f"under 'missing' in the mapping"
                )
            if word and (merged[row] is None or (column.kind == "flag" and word == "yes")):
                merged[row] = word
    return merged


def _check_pair(rows: list[Values], cells: list[Cells], small: str, large: str) -> None:
    """Refuse the first row whose smaller quantity is not the smaller one."""
    for number, row in enumerate(rows):
        a, b = row.get(small), row.get(large)
        if a is not None and b is not None and a >= b:
            written = next(part for part in cells if part.values[number] not in MISSING)
            raise SosieError(
                f"{written.where(number)}: {small} is {a:g} and {large} {b:g} "
                f"{COLUMN[small].unit}, but {small} is the smaller one in any person: "
                f"correct the row"
            )
