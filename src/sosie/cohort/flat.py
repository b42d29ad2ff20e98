"""Read one flat table: a row a person, or a row a visit of a person.

Where rows are visits, the mapping says under ``visit`` which column tells them apart. Where later
visits are columns of the one row instead, it lists them under ``visits``.
"""

from collections.abc import Mapping as Map
from pathlib import Path

from sosie.cohort.mapping import Mapping
from sosie.cohort.text import (
    Cells,
    Seen,
    Text,
    at,
    by_canonical,
    identify,
    participant,
    read_columns,
    read_header,
)
from sosie.cohort.visits import choose, rows_of
from sosie.errors import SosieError


def read_file(path: Path, mapping: Mapping) -> Text:
    """Read the columns that ``mapping`` names from one .csv, .tsv or .parquet file."""
    if mapping.session is not None and mapping.visit is None:
        raise SosieError(
            f"{path}: the mapping '{mapping.title}' picks session '{mapping.session}', but says "
            f"not in which column visits are told apart: write it under 'visit', or take 'session' "
            f"out"
        )
    blocks = [mapping.columns, *mapping.visits.values()]
    names = [name for block in blocks for source in block.values() for name in source.columns]
    if mapping.optional:
        header = read_header(path)
        names = [name for name in names if name in header]
    visit = [] if mapping.visit is None else [mapping.visit]
    cells = read_columns(path, [mapping.id, *visit, *names], mapping.replace)
    if mapping.visit is not None:
        return _by_visit(cells[mapping.id], cells[mapping.visit], cells, mapping)
    ids = identify(cells[mapping.id])
    seen = tuple(
        Seen(columns, ids, [name] * len(ids), by_canonical(columns, cells))
        for name, columns in mapping.visits.items()
    )
    return Text(ids, by_canonical(mapping.columns, cells), seen)


def _by_visit(people: Cells, labels: Cells, cells: Map[str, Cells], mapping: Mapping) -> Text:
    """Tell the row of each person that simulates from those of the other visits."""
    for row in range(len(people.values)):
        participant(people, row)
    rows = rows_of(people, labels)
    chosen = choose(rows, labels, mapping.session)
    others = [
        (person, visit, row)
        for person, visits in rows.items()
        for visit, row in visits.items()
        if row != chosen[person]
    ]
    parts = by_canonical(mapping.columns, cells)
    seen = Seen(
        mapping.columns,
        [person for person, _, _ in others],
        [visit for _, visit, _ in others],
        at(parts, [row for _, _, row in others]),
    )
    return Text(list(rows), at(parts, list(chosen.values())), (seen,))
