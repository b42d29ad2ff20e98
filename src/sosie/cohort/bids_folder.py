"""Read a BIDS folder: participants.tsv, and the tables of phenotype/ and of sessions joined to it.

A source column is looked for in participants.tsv, then in the tables of phenotype/ and in the
sessions.tsv of each person; where several of those have it, "vitals/sbp" names the one of
phenotype/vitals.tsv and "sessions/sbp" those of the persons. Who is not in participants.tsv is not
of the study. Of a table with sessions one row a person counts (``visits.choose``), and the others
are visits; where the mapping names a ``session``, what sessions.tsv has comes before
participants.tsv.

Of a folder that ``bids.write_participants`` wrote, each cell comes back with the origin, source and
status it had. A drawn value never comes back as a measured one: where its source is not told, or
the mapping takes the column for another or in another unit, it is left out.
"""

from collections.abc import Mapping as Map
from dataclasses import dataclass, replace
from pathlib import Path

import pint

from sosie.cohort import provenance
from sosie.cohort.mapping import Mapping, Source
from sosie.cohort.provenance import ORIGIN, SOURCE, VISIT, read_json
from sosie.cohort.schema import COLUMN
from sosie.cohort.text import (
    Cells,
    Claim,
    Parts,
    Seen,
    Text,
    by_canonical,
    find,
    identify,
    read_columns,
    read_header,
)
from sosie.cohort.visits import Rows, choose, rows_of
from sosie.errors import SosieError
from sosie.units import factor

PARTICIPANTS = "participants.tsv"
SESSIONS = "sessions.tsv"
SESSION = "session_id"
OWN = frozenset({provenance.ORIGIN_TABLE, provenance.SOURCE_TABLE})
SAME = 1e-9
"""Units that differ by less are one unit written in two ways."""


@dataclass(frozen=True, slots=True)
class _Joined:
    """A table of visits: its columns, where each visit stands, and the rows that simulate.

    Of sosie's own also the visits' own names, and what it claims of the cells, both by row.
    """

    cells: dict[str, Cells]
    rows: Rows
    chosen: dict[str, int | None]
    names: dict[int, str]
    claims: list[dict[str, Claim | None]]


def read_bids(folder: Path, mapping: Mapping) -> Text:
    """Read what ``mapping`` names of the people in participants.tsv."""
    if mapping.visit is not None or mapping.visits:
        raise SosieError(
            f"{folder}: visits of a BIDS folder are told apart by {SESSION}: take "
            f"'{'visits' if mapping.visits else 'visit'}' out of the mapping '{mapping.title}'"
        )
    path = folder / PARTICIPANTS
    names = [name for source in mapping.columns.values() for name in source.columns]
    header, tables = read_header(path), _tables(folder)
    of_sessions = tables.get(folder / SESSIONS, [])
    here = [name for name in names if name in header]
    if mapping.session is not None:
        here = [name for name in here if name not in of_sessions]
    cells = read_columns(path, [mapping.id, *here], mapping.replace)
    ids = identify(cells[mapping.id])
    places: dict[Path, dict[str, str]] = {}
    for name in dict.fromkeys(names):
        found = (folder / SESSIONS, name) if name in here and name in of_sessions else None
        if name not in here:
            found = _table_of(name, tables)
        if found is not None:
            places.setdefault(found[0], {})[name] = found[1]
        elif name not in here and not mapping.optional:
            find(path, name, [*header, *(name for names in tables.values() for name in names)])
    told = provenance.read_people(folder)
    # Of a folder of sosie's, sessions.tsv has the visits that do not simulate.
    rest = folder / SESSIONS if told and mapping.session is None else None
    joined = [
        _join(table, columns, ids, mapping, simulates=table != rest)
        for table, columns in places.items()
    ]
    for one in joined:
        for name in one.cells.keys() - set(here):
            cells[name] = one.cells[name].at([one.chosen.get(person) for person in ids])
    for name, source in mapping.columns.items():
        _check_unit(name, source, cells)
    of_people = [told.get(person, (person, {})) for person in ids]
    own_names = {person: own for person, (own, _) in zip(ids, of_people, strict=True)}
    parts = by_canonical(mapping.columns, cells)
    claims = _settle(parts, path, [claims for _, claims in of_people], mapping)
    seen = _seen(folder, joined, own_names, frozenset(here), mapping)
    return Text(list(own_names.values()), parts, (seen,), claims)


def _tables(folder: Path) -> dict[Path, list[str]]:
    """Return the columns of the tables beside participants.tsv; one stands for all sessions.tsv."""
    paths = sorted(folder.glob("phenotype/*.tsv"))
    tables = {path: read_header(path) for path in paths if path.name not in OWN}
    sessions = [name for path in _sessions(folder) for name in read_header(path)]
    return tables | ({folder / SESSIONS: list(dict.fromkeys(sessions))} if sessions else {})


def _sessions(folder: Path) -> list[Path]:
    return sorted(folder.glob("sub-*/sub-*_sessions.tsv"))


def _table_of(name: str, tables: dict[Path, list[str]]) -> tuple[Path, str] | None:
    """Return the phenotype table that holds a column, and the column's name there."""
    stem, _, column = name.rpartition("/")
    found = [(path, name) for path, header in tables.items() if name in header]
    found += [(path, column) for path, header in tables.items() if path.stem == stem]
    if len(found) > 1:
        choices = " or ".join(f"'{path.stem}/{column}'" for path, column in found)
        raise SosieError(
            f"{found[0][0].parent}: column '{name}' stands in {len(found)} tables: "
            f"write {choices} in the mapping"
        )
    return found[0] if found else None


def _join(
    table: Path, columns: Map[str, str], ids: list[str], mapping: Mapping, *, simulates: bool
) -> _Joined:
    """Return the visits of the participants in a table, and which of them simulate."""
    names = list(columns.values())
    claims: list[dict[str, Claim | None]] = []
    if table.name == SESSIONS and table.parent.name != "phenotype":
        told = [name + what for name in names for what in (ORIGIN, SOURCE)]
        cells = _read_sessions(table, [VISIT, *names, *told], mapping)
        origins, sources = (
            {name: cells[name + what] for name in names} for what in (ORIGIN, SOURCE)
        )
        claims = provenance.claims_of(origins, sources, table.with_suffix(".json"))
    else:
        session = [SESSION] if SESSION in read_header(table) else []
        cells = read_columns(table, [mapping.id, *session, *names], mapping.replace, empty=True)
    people = cells[mapping.id]
    once = Cells(table, SESSION, people.line, ["baseline"] * len(people.values))
    labels = cells.get(SESSION, once)
    rows = rows_of(people, labels)
    named = mapping.session if SESSION in cells else None
    chosen = choose(rows, labels, named) if simulates else {}
    known = frozenset(ids)
    rows = {person: visits for person, visits in rows.items() if person in known}
    own = {} if simulates else dict(enumerate(cells[VISIT].values))
    return _Joined(
        {name: cells[column] for name, column in columns.items()}, rows, chosen, own, claims
    )


def _read_sessions(table: Path, names: list[str], mapping: Mapping) -> dict[str, Cells]:
    """Read the sessions.tsv of every person as one table."""
    lines: list[int] = []
    paths: list[Path] = []
    values: dict[str, list[str]] = {name: [] for name in (mapping.id, SESSION, *names)}
    for path in _sessions(table.parent):
        header = read_header(path)
        present = [SESSION, *(name for name in names if name in header)]
        cells = read_columns(path, present, mapping.replace, empty=True)
        number = cells[SESSION].line
        lines += number
        paths += [path] * len(number)
        values[mapping.id] += [path.parent.name] * len(number)
        for name in (SESSION, *names):
            values[name] += cells[name].values if name in cells else [""] * len(number)
    return {name: Cells(table, name, lines, cells, None, paths) for name, cells in values.items()}


def _seen(
    folder: Path,
    joined: list[_Joined],
    own_names: Map[str, str],
    here: frozenset[str],
    mapping: Mapping,
) -> Seen:
    """Return the visits of all tables, without the cells that simulate."""
    pairs = list(
        dict.fromkeys(
            (person, visit)
            for one in joined
            for person, visits in one.rows.items()
            for visit in visits
        )
    )
    cells = {}
    names = [visit for _, visit in pairs]
    claims: list[dict[str, Claim | None]] = [{} for _ in pairs]
    for one in joined:
        everywhere = [one.rows.get(person, {}).get(visit) for person, visit in pairs]
        others = [
            None if row == one.chosen.get(person) else row
            for row, (person, _) in zip(everywhere, pairs, strict=True)
        ]
        for name, column in one.cells.items():
            cells[name] = column.at(everywhere if name in here else others)
        names = [one.names.get(row, name) for row, name in zip(everywhere, names, strict=True)]
        if one.claims:
            claims = [{} if row is None else one.claims[row] for row in everywhere]
    parts = by_canonical(mapping.columns, cells)
    told = _settle(parts, folder / SESSIONS, claims, mapping)
    people = [own_names[person] for person, _ in pairs]
    return Seen(mapping.columns, people, names, parts, told)


def _settle(
    parts: Parts, path: Path, claims: list[dict[str, Claim | None]], mapping: Mapping
) -> list[dict[str, Claim]]:
    """Return what each row of a table of sosie's tells of its cells; leave out drawn ones else."""
    told: list[dict[str, Claim]] = [{} for _ in claims]
    for name, found in parts.items():
        source, column = mapping.columns[name], COLUMN[name]
        own = source.columns == (name,) and not source.levels and source.unit in {None, column.unit}
        for index, part in enumerate(found):
            if part.path != path:
                continue
            values = list(part.values)
            for row, of_row in enumerate(claims):
                if part.name not in of_row:
                    continue
                claim = of_row[part.name]
                if own and claim is not None:
                    told[row][name] = claim
                elif claim is None or claim[0] != "measured":
                    values[row] = ""
            found[index] = replace(part, values=values)
    return told


def _check_unit(name: str, source: Source, cells: Map[str, Cells]) -> None:
    """Refuse a sidecar that gives a column another unit than the mapping does."""
    for column in source.columns:
        if column not in cells or source.unit is None:
            continue
        sidecar = cells[column].path.with_suffix(".json")
        entry = read_json(sidecar).get(cells[column].name)
        unit = entry.get("Units") if isinstance(entry, dict) else None
        if not isinstance(unit, str):
            continue
        try:
            ratio = factor(unit, source.unit)
        except (pint.PintError, ValueError, AssertionError, AttributeError, TypeError):
            continue  # "beats per minute", "mm Hg": words, which cannot be compared
        if abs(ratio - 1.0) > SAME:
            raise SosieError(
                f"{sidecar}: '{cells[column].name}' is in {unit!r}, but the mapping says "
                f"'{source.unit}' of {COLUMN[name].name}: correct one of them"
            )
