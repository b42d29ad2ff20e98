"""Read a BIDS folder: participants.tsv, and the tables of phenotype/ joined to it.

A source column is looked for in participants.tsv, then in the tables of phenotype/; where several
of those have it, "vitals/sbp" names the one of phenotype/vitals.tsv. Who is not in
participants.tsv is not of the study. Of a table with sessions one row a person counts: that of the
mapping's ``session``, or else of the table's baseline. Cells that phenotype/cell_origin.tsv, as
``bids.write_participants`` leaves it, calls imputed or sampled are left out: a drawn value must not
come back as a measured one.
"""

import json
import re
from pathlib import Path

import pint

from sosie.cohort.mapping import Mapping, Source
from sosie.cohort.schema import COLUMN
from sosie.cohort.text import (
    Cells,
    Text,
    by_canonical,
    find,
    identify,
    label,
    read_columns,
    read_header,
)
from sosie.errors import SosieError
from sosie.units import factor

PARTICIPANTS = "participants.tsv"
ORIGIN = "cell_origin.tsv"
SESSION = "session_id"
DRAWN = {"measured": False, "n/a": False, "imputed": True, "sampled": True}
BASELINE = frozenset({"baseline", "bl"})
SAME = 1e-9
"""Units that differ by less are one unit written in two ways."""

NUMBERED = re.compile(r"([A-Za-z]*?)([0-9]+)")


def read_bids(folder: Path, mapping: Mapping) -> Text:
    """Read what ``mapping`` names of the people in participants.tsv."""
    path = folder / PARTICIPANTS
    names = [name for source in mapping.columns.values() for name in source.columns]
    header = read_header(path)
    here = [name for name in names if name in header]
    cells = read_columns(path, [mapping.id, *here], mapping.replace)
    ids = identify(cells[mapping.id])
    phenotype = sorted(folder.glob("phenotype/*.tsv"))
    tables = {path: read_header(path) for path in phenotype if path.name != ORIGIN}
    for name in dict.fromkeys(names):
        if name not in cells:
            found = _table_of(name, tables)
            if found is not None:
                cells[name] = _join(*found, ids, mapping)
            elif not mapping.optional:
                find(path, name, [*header, *(name for names in tables.values() for name in names)])
    for source_name, source in mapping.columns.items():
        _check_unit(source_name, source, cells)
    _leave_out_drawn(folder / "phenotype" / ORIGIN, ids, {name: cells[name] for name in here})
    return Text(ids, by_canonical(mapping, cells))


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


def _join(path: Path, column: str, ids: list[str], mapping: Mapping) -> Cells:
    """Return a column of a phenotype table in the order of the participants."""
    sessions = SESSION in read_header(path)
    names = [mapping.id, column, *([SESSION] if sessions else [])]
    cells = read_columns(path, names, mapping.replace, empty=True)
    session = _baseline(cells[SESSION], mapping.session) if sessions else None
    taken: dict[str, int] = {}
    for row, cell in enumerate(cells[mapping.id].values):
        if session is not None and _bare(cells[SESSION].values[row]) != session:
            continue
        person = label(cell)
        if person in taken:
            raise SosieError(
                f"{cells[mapping.id].where(row)}: participant '{person}' is already on line "
                f"{cells[mapping.id].line[taken[person]]}: keep one row a person and session, "
                f"or tell sessions apart in a column '{SESSION}'"
            )
        taken[person] = row
    rows = [taken.get(person) for person in ids]
    line = [0 if row is None else cells[column].line[row] for row in rows]
    values = ["n/a" if row is None else cells[column].values[row] for row in rows]
    return Cells(path, column, line, values)


def _bare(session: str) -> str:
    return session.removeprefix("ses-")


def _baseline(cells: Cells, named: str | None) -> str | None:
    """Return the session whose rows count; refuse to guess which came first.

    Without a name it is the only one, the one called baseline (or bl), or the lowest number where
    all are one word and a number (01 and 02, M00 and M06).
    """
    labels = list(dict.fromkeys(map(_bare, cells.values)))
    known = ", ".join(map(repr, labels))
    if named is not None:
        if _bare(named) not in labels:
            raise SosieError(
                f"{cells.path}, column '{cells.name}': there is no session '{named}' that the "
                f"mapping names, only {known}: correct 'session' in the mapping"
            )
        return _bare(named)
    called = [label for label in labels if label.lower() in BASELINE]
    numbered = [NUMBERED.fullmatch(label) for label in labels]
    words = {match.group(1) for match in numbered if match}
    if len(labels) < 2 or len(called) == 1:
        return (called or labels or [None])[0]
    if None in numbered or len(words) != 1:
        raise SosieError(
            f"{cells.path}, column '{cells.name}': which of {known} is the baseline cannot be "
            f"told: name it under 'session' in the mapping"
        )
    return min(labels, key=lambda label: int(re.search(r"[0-9]+", label)[0]))


def _check_unit(name: str, source: Source, cells: dict[str, Cells]) -> None:
    """Refuse a sidecar that gives a column another unit than the mapping does."""
    for column in source.columns:
        if column not in cells or source.unit is None:
            continue
        sidecar = cells[column].path.with_suffix(".json")
        entry = _sidecar(sidecar).get(cells[column].name)
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


def _sidecar(path: Path) -> dict[str, object]:
    if not path.exists():
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SosieError(f"{path}: this is not JSON ({error}): correct it or remove it") from error
    return content if isinstance(content, dict) else {}


def _leave_out_drawn(path: Path, ids: list[str], cells: dict[str, Cells]) -> None:
    """Make the cells missing that sosie drew when it wrote the folder."""
    if not path.exists():
        return
    header = read_header(path)
    names = [name for name in cells if name in header]
    origins = read_columns(path, ["participant_id", *names], {}, empty=True)
    place = {person: row for row, person in enumerate(ids)}
    people = identify(origins["participant_id"])
    for name in names:
        for row, person in enumerate(people):
            word = origins[name].values[row]
            if word not in DRAWN:
                raise SosieError(
                    f"{origins[name].where(row)}: the origin is {word!r}, which is none of "
                    f"{', '.join(DRAWN)}: correct it"
                )
            if DRAWN[word] and person in place:
                cells[name].values[place[person]] = "n/a"
