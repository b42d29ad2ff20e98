"""The events of an OMOP folder: the latest that says something of a column, by whose it is.

Whose is a person, or a person's visit. Of several results the latest counts, over all the concepts
of a canonical column; a flag is looked for in each event table by itself.
"""

from collections.abc import Callable
from collections.abc import Mapping as Map
from dataclasses import dataclass
from datetime import datetime, time
from functools import partial
from pathlib import Path

from sosie.cohort.mapping import CONCEPT, MISSING, Mapping, plain
from sosie.cohort.omop_folder import file_of, files_of, where
from sosie.cohort.schema import COLUMN
from sosie.cohort.text import Cells, Parts, label, named_rows, word
from sosie.errors import SosieError

ANCESTORS = "CONCEPT_ANCESTOR"
VISIT = "visit_occurrence_id"
EQUAL = "4172703"
NOTHING = MISSING | {"0"}

Owner = tuple[str, ...]
"""A person, or a person and a visit."""


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


class Events:
    """The latest event of each person, canonical column and event table."""

    def __init__(
        self, folder: Path, mapping: Mapping, until: Map[str, datetime], visits: frozenset[Owner]
    ) -> None:
        """Take until when each person's events count, and the visits whose events are kept."""
        self.folder, self.mapping, self.until, self.visits = folder, mapping, until, visits
        self.end = datetime.combine(mapping.reference_date, time.max)
        self.paths: dict[str, Path] = {}
        self.found: dict[tuple[str, str], dict[Owner, _Event]] = {}
        self.ancestors = bool(files_of(folder, ANCESTORS))
        for kind in KINDS:
            self._read(kind)

    def _read(self, kind: str) -> None:
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
        path = self.paths[kind] = file_of(self.folder, table.table, needed_by)
        concept = f"{table.word}_concept_id"
        day, moment = f"{table.date}_date", f"{table.date}_datetime"
        values = {
            "measurement": ("value_as_number", "unit_concept_id"),
            "condition": (),
            "observation": ("value_as_concept_id", "value_as_number", "unit_concept_id"),
        }[kind]
        optional = (moment, "operator_concept_id", "value_as_concept_id", "value_as_string")
        needed = ["person_id", concept, day, *values, *([VISIT] if self.visits else [])]
        for line, row in named_rows(path, needed, optional, omop=True):
            person = label(row["person_id"])
            names = wanted.get(plain(row[concept]))
            if names is None or person not in self.until:
                continue
            if plain(row.get("operator_concept_id", "")) not in NOTHING | {EQUAL}:
                continue
            when = moment_of(row, day, moment, partial(where, path, line))
            owners = [(person,)] if when <= self.until[person] else []
            visit = (person, plain(row.get(VISIT, "")))
            owners += [visit] if visit in self.visits and when <= self.end else []
            for name in names if owners else ():
                event = self._event(name, kind, when, line, row)
                for owner in owners if event else ():
                    self._keep(name, kind, owner, event)

    def _add_descendants(self, wanted: dict[str, list[str]]) -> None:
        """Let every kind of a wanted condition say what the condition says."""
        named = {concept: tuple(names) for concept, names in wanted.items()}
        ancestor, descendant = "ancestor_concept_id", "descendant_concept_id"
        path = file_of(self.folder, ANCESTORS, "conditions")
        for _, row in named_rows(path, [ancestor, descendant], omop=True):
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
                f"{where(self.paths[kind], line, 'unit_concept_id')}: {name} is {value!r} in "
                f"unit {row['unit_concept_id']!r}, which is none of {known}: correct it, or say "
                f"what one of it is under 'units' in the mapping"
            )
        return _Event(when, line, value, source.units[unit])

    def _keep(self, name: str, kind: str, owner: Owner, event: _Event) -> None:
        known = self.found[name, kind].get(owner)
        if known is None or event.moment > known.moment:
            self.found[name, kind][owner] = event
            return
        differs = (event.value, event.unit) != (known.value, known.unit)
        if differs and event.moment == known.moment:
            line = word(self.paths[kind])
            raise SosieError(
                f"{self.paths[kind]}, {line} {event.line}: {name} of person {owner[0]} is "
                f"{event.value!r} {event.unit}".rstrip()
                + f", but {known.value!r} {known.unit}".rstrip()
                + f" on {line} {known.line} at the same time ({event.moment:%Y-%m-%d %H:%M}): "
                f"keep one, or give the times in {KINDS[kind].date}_datetime"
            )

    def of_people(self, ids: list[str]) -> Parts:
        """Return the cells of the people, with what the absence of a record says."""
        parts = {}
        for name, source in self.mapping.columns.items():
            if not source.of_concepts:
                continue
            found = self._tables(name, [(person,) for person in ids])
            parts[name] = self._cells(name, found)
            if source.absent is not None and ("condition" not in found or self.ancestors):
                for row in range(len(ids)):
                    if not any(part.values[row] for part in parts[name]):
                        parts[name][0].values[row] = source.absent
        return parts

    def of_visits(self, owners: list[Owner]) -> Parts:
        """Return the cells of visits, without the events that are the person's."""
        parts = {}
        people = [owner[:1] for owner in owners]
        for name, source in self.mapping.columns.items():
            if not source.of_concepts:
                continue
            taken = self._tables(name, people)
            found = {
                kind: [
                    None if event is mine else event
                    for event, mine in zip(events, taken[kind], strict=True)
                ]
                for kind, events in self._tables(name, owners).items()
            }
            parts[name] = self._cells(name, found)
        return parts

    def _tables(self, name: str, owners: list[Owner]) -> dict[str, list[_Event | None]]:
        """Return a column's events, by kind of event table; only a flag's stand in several."""
        found = {
            kind: [self.found[name, kind].get(owner) for owner in owners]
            for kind in KINDS
            if (name, kind) in self.found
        }
        if COLUMN[name].kind == "flag":
            return found
        latest = [
            max((event for event in events if event), key=lambda event: event.moment, default=None)
            for events in zip(*found.values(), strict=True)
        ]
        return {
            kind: [
                event if event is last else None for event, last in zip(events, latest, strict=True)
            ]
            for kind, events in found.items()
        }

    def _cells(self, name: str, tables: dict[str, list[_Event | None]]) -> list[Cells]:
        return [
            Cells(
                self.paths[kind],
                "value_as_number" if kind == "measurement" else f"{kind}_concept_id",
                [event.line if event else 0 for event in found],
                [event.value if event else "" for event in found],
                None if COLUMN[name].levels else [e.unit if e else "" for e in found],
            )
            for kind, found in tables.items()
        ]


def moment_of(row: Map[str, str], day: str, moment: str, where: Callable[[str], str]) -> datetime:
    """Return when an event was: to the second where the row says so."""
    column = moment if row.get(moment, "") not in MISSING else day
    try:
        return datetime.fromisoformat(row[column]).replace(tzinfo=None)
    except ValueError as error:
        raise SosieError(
            f"{where(column)}: {row[column]!r} is not a date: write it like 2024-01-31"
        ) from error
