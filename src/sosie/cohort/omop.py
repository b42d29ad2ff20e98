"""Read a folder of OMOP CDM v5.4: PERSON.csv, and the events of its people as concepts.

A source is a column of PERSON ("gender_concept_id") or a concept in an event table ("measurement
3036277", "condition 4329847", "observation 43054909"). Of several results the latest on or before
the mapping's reference date counts, over all the concepts of a canonical column; a flag is looked
for in each event table by itself. Results with an operator other than "=" are bounds and are left
out, as are events of people who are not in PERSON.

A condition is recorded as any of its kinds: CONCEPT_ANCESTOR.csv, where it lies in the folder, says
which these are. Without it nobody is said not to have a condition.
"""

from collections.abc import Callable, Iterator
from collections.abc import Mapping as Map
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import partial
from pathlib import Path

from sosie.cohort.mapping import CONCEPT, MISSING, Mapping, plain
from sosie.cohort.schema import COLUMN
from sosie.cohort.text import Cells, Text, find, identify, label, rows
from sosie.errors import SosieError

BIRTH = "year_of_birth"
ANCESTORS = "CONCEPT_ANCESTOR"
OLDEST = 120
EQUAL = "4172703"
NOTHING = MISSING | {"0"}


@dataclass(frozen=True, slots=True)
class _Kind:
    """An event table: its name, its columns' first word, and that of its dates."""

    table: str
    word: str
    date: str


KINDS = {
    "measurement": _Kind("MEASUREMENT", "measurement", "measurement"),
    "condition": _Kind("CONDITION_OCCURRENCE", "condition", "condition_start"),
    "observation": _Kind("OBSERVATION", "observation", "observation"),
}


@dataclass(frozen=True, slots=True)
class _Event:
    """One row of an event table that says something of a person."""

    moment: datetime
    line: int
    value: str
    unit: str


def is_omop(folder: Path) -> bool:
    """Say whether a folder holds PERSON.csv, in whatever case."""
    return folder.is_dir() and bool(_files(folder, "PERSON"))


def _files(folder: Path, table: str) -> list[Path]:
    names = {f"{table.lower()}{ending}" for ending in (".csv", ".tsv")}
    return sorted(path for path in folder.iterdir() if path.name.lower() in names)


def _file(folder: Path, table: str, needed_by: str) -> Path:
    files = _files(folder, table)
    if not files:
        raise SosieError(
            f"{folder}: there is no {table}.csv, from which the mapping takes '{needed_by}': "
            f"add it, or take what needs it out of the mapping"
        )
    if len(files) > 1:
        names = " and ".join(path.name for path in files)
        raise SosieError(f"{folder}: {names} both are {table}: keep one")
    return files[0]


def read_omop(folder: Path, mapping: Mapping) -> Text:
    """Read what ``mapping`` names of the people in PERSON."""
    if mapping.reference_date is None:
        raise SosieError(
            f"{folder}: the mapping '{mapping.title}' has no reference_date, at which ages are "
            f"taken and events end: write a mapping with 'extends: omop' and "
            f"'reference_date: 2024-01-31'"
        )
    person = _person(_file(folder, "PERSON", mapping.id), mapping)
    ids = identify(person[mapping.id])
    parts: dict[str, list[Cells]] = {}
    for name, source in mapping.columns.items():
        if not source.of_concepts:
            parts[name] = [person[column] for column in source.columns]
    if "age" in parts and mapping.columns["age"].columns == (BIRTH,):
        parts["age"] = [_ages(person[BIRTH], mapping.reference_date)]
    events = _Events(folder, mapping, frozenset(ids))
    for kind in KINDS:
        events.read(kind)
    for name, source in mapping.columns.items():
        if source.of_concepts:
            parts[name] = events.cells(name, ids)
    return Text(ids, parts)


def _person(path: Path, mapping: Mapping) -> dict[str, Cells]:
    """Read the columns of PERSON that the mapping names."""
    names = [mapping.id]
    names += [n for s in mapping.columns.values() if not s.of_concepts for n in s.columns]
    lines: list[int] = []
    values: dict[str, list[str]] = {name: [] for name in names}
    for line, row in _rows(path, list(values)):
        lines.append(line)
        for name, cell in row.items():
            values[name].append(mapping.replace.get(cell, cell))
    if not lines:
        raise SosieError(f"{path}: the table has no rows: give one with a row per person")
    return {name: Cells(path, name, lines, values[name]) for name in values}


def _rows(
    path: Path, names: list[str], optional: tuple[str, ...] = ()
) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield line number and the named cells of each row; an optional column may be absent."""
    stream = rows(path, sniff=True)
    _, header = next(stream, (0, names))
    header = [name.strip().lower() for name in header]
    place = {name: find(path, name, header) for name in names}
    place |= {name: find(path, name, header) for name in optional if name in header}
    for line, row in stream:
        yield line, {name: row[index].strip() for name, index in place.items()}


def _ages(born: Cells, at: date) -> Cells:
    """Return the difference of the years, as OHDSI takes it: up to a year too much."""
    # ASSUME: month and day of birth, often withheld, are not used.
    ages = []
    for row, cell in enumerate(born.values):
        year = plain(cell)
        if year in MISSING:
            ages.append("")
            continue
        if not (year.isascii() and year.isdigit() and 0 <= at.year - int(year) <= OLDEST):
            raise SosieError(
                f"{born.where(row)}: {cell!r} is no year of birth of somebody alive at {at}: "
                f"correct it, or the reference_date of the mapping"
            )
        ages.append(str(at.year - int(year)))
    return Cells(born.path, born.name, born.line, ages)


class _Events:
    """The latest event of each person, canonical column and event table."""

    def __init__(self, folder: Path, mapping: Mapping, people: frozenset[str]) -> None:
        self.folder, self.mapping, self.people = folder, mapping, people
        self.until = datetime.combine(mapping.reference_date, time.max)
        self.paths: dict[str, Path] = {}
        self.found: dict[tuple[str, str], dict[str, _Event]] = {}
        self.ancestors = bool(_files(folder, ANCESTORS))

    def read(self, kind: str) -> None:
        """Read one event table, if the mapping names a concept of it."""
        wanted: dict[str, list[str]] = {}
        for name, source in self.mapping.columns.items():
            for match in filter(None, map(CONCEPT.fullmatch, source.columns)):
                if match.group(1) == kind:
                    wanted.setdefault(match.group(2), []).append(name)
                    self.found[name, kind] = {}
        if not wanted:
            return
        if kind == "condition" and self.ancestors:
            self._add_descendants(wanted)
        table = KINDS[kind]
        needed_by = next(iter(wanted.values()))[0]
        path = self.paths[kind] = _file(self.folder, table.table, needed_by)
        concept = f"{table.word}_concept_id"
        day, moment = f"{table.date}_date", f"{table.date}_datetime"
        values = {
            "measurement": ("value_as_number", "unit_concept_id"),
            "condition": (),
            "observation": ("value_as_concept_id", "value_as_number", "unit_concept_id"),
        }[kind]
        optional = (moment, "operator_concept_id", "value_as_concept_id", "value_as_string")
        for line, row in _rows(path, ["person_id", concept, day, *values], optional):
            person = label(row["person_id"])
            names = wanted.get(plain(row[concept]))
            if names is None or person not in self.people:
                continue
            if plain(row.get("operator_concept_id", "")) not in NOTHING | {EQUAL}:
                continue
            when = _moment(row, day, moment, partial(_where, path, line))
            if when > self.until:
                continue
            for name in names:
                self._keep(name, kind, person, self._event(name, kind, when, line, row))

    def _add_descendants(self, wanted: dict[str, list[str]]) -> None:
        """Let every kind of a wanted condition say what the condition says."""
        named = {concept: tuple(names) for concept, names in wanted.items()}
        ancestor, descendant = "ancestor_concept_id", "descendant_concept_id"
        path = _file(self.folder, ANCESTORS, "conditions")
        for _, row in _rows(path, [ancestor, descendant]):
            if row[ancestor] in named:
                names = wanted.setdefault(row[descendant], [])
                names += [name for name in named[row[ancestor]] if name not in names]

    def _event(
        self, name: str, kind: str, when: datetime, line: int, row: Map[str, str]
    ) -> _Event | None:
        """Return what a row says, or None if it says nothing."""
        source, replace = self.mapping.columns[name], self.mapping.replace
        if replace:
            row = {column: replace.get(cell, cell) for column, cell in row.items()}
        if kind == "condition":
            return _Event(when, line, "yes", "")
        if COLUMN[name].levels:
            concept = plain(row.get("value_as_concept_id", ""))
            value = concept if concept not in NOTHING else row.get("value_as_string", "")
            return None if value in MISSING.union(source.missing) else _Event(when, line, value, "")
        value, unit = row["value_as_number"], plain(row["unit_concept_id"]) or "0"
        if value in MISSING or plain(value) in source.missing:
            return None
        if unit not in source.units:
            known = ", ".join(f"{key} ({text})" for key, text in source.units.items())
            raise SosieError(
                f"{_where(self.paths[kind], line, 'unit_concept_id')}: {name} is {value!r} in "
                f"unit {row['unit_concept_id']!r}, which is none of {known}: correct it, or say "
                f"what one of it is under 'units' in the mapping"
            )
        return _Event(when, line, value, source.units[unit])

    def _keep(self, name: str, kind: str, person: str, event: _Event | None) -> None:
        if event is None:
            return
        known = self.found[name, kind].get(person)
        if known is None or event.moment > known.moment:
            self.found[name, kind][person] = event
            return
        differs = (event.value, event.unit) != (known.value, known.unit)
        if differs and event.moment == known.moment:
            raise SosieError(
                f"{self.paths[kind]}, line {event.line}: {name} of person {person} is "
                f"{event.value!r} {event.unit}".rstrip()
                + f", but {known.value!r} {known.unit}".rstrip()
                + f" on line {known.line} at the same time ({event.moment:%Y-%m-%d %H:%M}): "
                f"keep one, or give the times in {KINDS[kind].date}_datetime"
            )

    def cells(self, name: str, ids: list[str]) -> list[Cells]:
        """Return the cells of a canonical column, one part an event table."""
        kinds = [kind for kind in KINDS if (name, kind) in self.found]
        if COLUMN[name].kind != "flag":
            self._only_latest(name, kinds)
        parts = []
        for kind in kinds:
            found = [self.found[name, kind].get(person) for person in ids]
            column = "value_as_number" if kind == "measurement" else f"{kind}_concept_id"
            parts.append(
                Cells(
                    self.paths[kind],
                    column,
                    [event.line if event else 0 for event in found],
                    [event.value if event else "" for event in found],
                    None if COLUMN[name].levels else [e.unit if e else "" for e in found],
                )
            )
        absent = self.mapping.columns[name].absent
        if absent is not None and ("condition" not in kinds or self.ancestors):
            for row in range(len(ids)):
                if not any(part.values[row] for part in parts):
                    parts[0].values[row] = absent
        return parts

    def _only_latest(self, name: str, kinds: list[str]) -> None:
        """Keep the latest event of each person, whichever table it stands in."""
        tables = [self.found[name, kind] for kind in kinds]
        for person in set().union(*tables):
            having = [table for table in tables if person in table]
            latest = max(having, key=lambda table: table[person].moment)
            for table in having:
                if table is not latest:
                    del table[person]


def _where(path: Path, line: int, column: str) -> str:
    return f"{path}, line {line}, column '{column}'"


def _moment(row: Map[str, str], day: str, moment: str, where: Callable[[str], str]) -> datetime:
    """Return when an event was: to the second where the row says so."""
    column = moment if row.get(moment, "") not in MISSING else day
    try:
        return datetime.fromisoformat(row[column]).replace(tzinfo=None)
    except ValueError as error:
        raise SosieError(
            f"{where(column)}: {row[column]!r} is not a date: write it like 2024-01-31"
        ) from error
