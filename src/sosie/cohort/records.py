"""Files of records, one per batch, and the digest that says whether they must be made again."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

from sosie.cohort.mapping import Mapping
from sosie.cohort.priors import priors_digest
from sosie.cohort.record import RECORD_VERSION, Record
from sosie.cohort.schema import SCHEMA_VERSION
from sosie.cohort.table import Row


def members_digest(rows: Iterable[Row], mapping: Mapping, seed: int) -> str:
    """Return a digest of everything that the records of these rows are made of.

    The mapped cells count, not the raw ones: a table that is written anew with the same meaning,
    or gains a column that no mapping names, has the digest it had.
    """
    parts = {
        "versions": [SCHEMA_VERSION, RECORD_VERSION],
        "priors": priors_digest(),
        "seed": seed,
        "title": mapping.title,
        "columns": {name: source.columns for name, source in mapping.columns.items()},
        "rows": [_parts(row) for row in rows],
    }
    if mapping.devices:
        parts["devices"] = mapping.model_dump(mode="json", include={"devices"})
    text = json.dumps(parts, sort_keys=True, default=asdict)
    return hashlib.sha256(text.encode()).hexdigest()


def _parts(row: Row) -> list[object]:
    """Return what a row's record is made of; a person seen once has the digest of ever."""
    more = [row.told, row.visits] if row.told or row.visits else []
    return [row.id, row.cells, *more]


def write_batch(path: Path, records: Sequence[Record]) -> None:
    """Write records as JSON, a cell to a line; the file appears whole or not at all."""
    blocks = []
    for record in records:
        content = record.to_json()
        visits = ",\n".join(
            f'  {{"name": {json.dumps(visit["name"])}, "cells": {{\n{_cells(visit["cells"])}}}}}'
            for visit in content.get("visits", ())
        )
        blocks.append(
            f' {{"id": {json.dumps(record.id)}, "rejected": {json.dumps(record.rejected)},'
            f' "cells": {{\n{_cells(content["cells"])}}}'
            + (f', "visits": [\n{visits}]' if visits else "")
            + "}"
        )
    partial = path.with_name(path.name + ".partial")
    partial.write_text("[\n" + ",\n".join(blocks) + "\n]\n", encoding="utf-8")
    partial.replace(path)


def _cells(cells: dict[str, dict]) -> str:
    return ",\n".join(
        f"   {json.dumps(name)}: {json.dumps(cell, allow_nan=False)}"
        for name, cell in cells.items()
    )


def read_batch(path: Path) -> list[Record]:
    """Read the records that ``write_batch`` wrote."""
    return [Record.from_json(item) for item in json.loads(path.read_text(encoding="utf-8"))]
