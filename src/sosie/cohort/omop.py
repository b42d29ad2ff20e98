"""Read a folder of OMOP CDM v5.4: PERSON, and the events of its people as concepts.

A source is a column of PERSON ("gender_concept_id") or a concept in an event table ("measurement
3036277", "condition 4329847", "observation 43054909"). Of several results the latest on or before
the mapping's reference date counts, over all the concepts of a canonical column; a flag is looked
for in each event table by itself. Results with an operator other than "=" are bounds and are left
out, as are events of people who are not in PERSON.

A condition is recorded as any of its kinds: CONCEPT_ANCESTOR, where it lies in the folder, says
which these are. Without it nobody is said not to have a condition.

With ``visit: visit_occurrence_id`` the events of each visit in VISIT_OCCURRENCE until the reference
date are kept beside, but for those that simulate; age is then the person's at the visit, and
visit_delay the days since the person's first. ``session: first`` or ``last`` lets a person's first
or last visit simulate: its last day is the person's own reference date.
"""

from dataclasses import dataclass
from datetime import date, datetime, time
from functools import partial
from pathlib import Path

from sosie.cohort.mapping import MISSING, Mapping, Source, plain
from sosie.cohort.omop_events import VISIT, Events, moment_of
from sosie.cohort.omop_folder import file_of, where
from sosie.cohort.text import Cells, Seen, Text, identify, label, named_rows, word
from sosie.errors import SosieError

BIRTH = "year_of_birth"
VISITS = "VISIT_OCCURRENCE"
START, END = "visit_start_date", "visit_end_date"
OLDEST = 120
DELAY = Source.model_validate({"from": START, "unit": "day"})


@dataclass(frozen=True, slots=True)
class _Visit:
    """One stay: whose, its name, its first and last day, and the line it stands on."""

    person: str
    name: str
    start: date
    end: date
    line: int


def read_omop(folder: Path, mapping: Mapping) -> Text:
    """Read what ``mapping`` names of the people in PERSON."""
    if mapping.reference_date is None:
        raise SosieError(
            f"{folder}: the mapping '{mapping.title}' has no reference_date, at which ages are "
            f"taken and events end: write a mapping with 'extends: omop' and "
            f"'reference_date: 2024-01-31'"
        )
    person = _person(file_of(folder, "PERSON", mapping.id), mapping)
    ids = identify(person[mapping.id])
    visits = _visits(folder, ids, mapping)
    at = _dates(ids, visits, mapping)
    until = {one: datetime.combine(day, time.max) for one, day in zip(ids, at, strict=True)}
    owners = [(visit.person, visit.name) for visit in visits]
    events = Events(folder, mapping, until, frozenset(owners))
    parts = {
        name: [person[column] for column in source.columns]
        for name, source in mapping.columns.items()
        if not source.of_concepts
    }
    born = person[BIRTH] if mapping.columns.get("age") and BIRTH in person else None
    if born is not None and mapping.columns["age"].columns == (BIRTH,):
        parts["age"] = [_ages(born, at)]
    parts |= events.of_people(ids)
    if not visits:
        return Text(ids, parts)
    seen = events.of_visits(owners)
    return Text(ids, parts, (_seen(seen, visits, ids, born, mapping),))


def _person(path: Path, mapping: Mapping) -> dict[str, Cells]:
    """Read the columns of PERSON that the mapping names."""
    names = [mapping.id]
    names += [n for s in mapping.columns.values() if not s.of_concepts for n in s.columns]
    lines: list[int] = []
    values: dict[str, list[str]] = {name: [] for name in names}
    for line, row in named_rows(path, list(values), omop=True):
        lines.append(line)
        for name, cell in row.items():
            values[name].append(mapping.replace.get(cell, cell))
    if not lines:
        raise SosieError(f"{path}: the table has no rows: give one with a row per person")
    return {name: Cells(path, name, lines, values[name]) for name in values}


def _visits(folder: Path, ids: list[str], mapping: Mapping) -> list[_Visit]:
    """Return the visits of the people until the reference date, each person's in their order."""
    if mapping.visit not in (None, VISIT) or (mapping.session and mapping.visit is None):
        raise SosieError(
            f"{folder}: visits of OMOP are told apart by {VISIT}: write 'visit: {VISIT}' in the "
            f"mapping '{mapping.title}', or take 'visit' and 'session' out"
        )
    if mapping.visit is None:
        return []
    path = file_of(folder, VISITS, VISIT)
    known, found = frozenset(ids), {}
    for line, row in named_rows(path, ["person_id", VISIT, START], (END,), omop=True):
        person, name = label(row["person_id"]), plain(row[VISIT])
        if person not in known:
            continue
        if (person, name) in found:
            raise SosieError(
                f"{where(path, line, VISIT)}: visit {name!r} of person {person} is already on "
                f"{word(path)} {found[person, name].line}: keep one"
            )
        start = moment_of(row, START, START, partial(where, path, line)).date()
        last = END if row.get(END, "") not in MISSING else START
        end = moment_of(row, last, last, partial(where, path, line)).date()
        if start <= mapping.reference_date:
            found[person, name] = _Visit(person, name, start, max(start, end), line)
    return sorted(found.values(), key=lambda visit: (visit.start, visit.end, visit.line))


def _dates(ids: list[str], visits: list[_Visit], mapping: Mapping) -> list[date]:
    """Return each person's own reference date; who has no visit keeps that of the mapping."""
    if mapping.session is None:
        return [mapping.reference_date] * len(ids)
    if mapping.session not in ("first", "last"):
        raise SosieError(
            f"the mapping '{mapping.title}': session is '{mapping.session}', but of OMOP visits "
            f"first or last simulates: correct it, or take it out"
        )
    ordered = visits if mapping.session == "last" else visits[::-1]
    chosen = {visit.person: min(visit.end, mapping.reference_date) for visit in ordered}
    return [chosen.get(person, mapping.reference_date) for person in ids]


def _seen(
    parts: dict[str, list[Cells]],
    visits: list[_Visit],
    ids: list[str],
    born: Cells | None,
    mapping: Mapping,
) -> Seen:
    """Return the visits of which anything is left, with when they were."""
    kept = [
        row
        for row in range(len(visits))
        if any(part.values[row] for found in parts.values() for part in found)
    ]
    stays = [visits[row] for row in kept]
    parts = {name: [part.at(kept) for part in found] for name, found in parts.items()}
    if born is not None:
        place = {person: row for row, person in enumerate(ids)}
        mine = born.at([place[stay.person] for stay in stays])
        parts["age"] = [_ages(mine, [stay.start for stay in stays])]
    first: dict[str, date] = {}
    for visit in visits:
        first.setdefault(visit.person, visit.start)
    delays = [str((stay.start - first[stay.person]).days) for stay in stays]
    path = Path(VISITS)
    parts["visit_delay"] = [Cells(path, START, [stay.line for stay in stays], delays)]
    return Seen(
        mapping.columns | {"visit_delay": DELAY},
        [stay.person for stay in stays],
        [stay.name for stay in stays],
        parts,
    )


def _ages(born: Cells, at: list[date]) -> Cells:
    """Return the difference of the years, as OHDSI takes it: up to a year too much."""
    # ASSUME: month and day of birth, often withheld, are not used.
    ages = []
    for row, (cell, day) in enumerate(zip(born.values, at, strict=True)):
        year = plain(cell)
        if year in MISSING:
            ages.append("")
            continue
        if not (year.isascii() and year.isdigit() and 0 <= day.year - int(year) <= OLDEST):
            raise SosieError(
                f"{born.where(row)}: {cell!r} is no year of birth of somebody alive at {day}: "
                f"correct it, or the reference_date of the mapping"
            )
        ages.append(str(day.year - int(year)))
    return Cells(born.path, born.name, born.line, ages)
