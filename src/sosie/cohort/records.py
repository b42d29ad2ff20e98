"""Files of records, one per batch, and the digest that says whether they must be made again."""

import hashlib
import json
from collections.abc import Iterable, Sequence
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
        "rows": [[row.id, row.cells] for row in rows],
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def write_batch(path: Path, records: Sequence[Record]) -> None:
    """Write records as JSON, a cell to a line; the file appears whole or not at all."""
    blocks = []
    for record in records:
        content = record.to_json()
        cells = ",\n".join(
            f"   {json.dumps(name)}: {json.dumps(cell, allow_nan=False)}"
            for name, cell in content["cells"].items()
        )
        blocks.append(
            f' {{"id": {json.dumps(record.id)}, "rejected": {json.dumps(record.rejected)},'
            f' "cells": {{\n{cells}}}}}'
        )
    partial = path.with_name(path.name + ".partial")
    partial.write_text("[\n" + ",\n".join(blocks) + "\n]\n", encoding="utf-8")
    partial.replace(path)


def read_batch(path: Path) -> list[Record]:
    """Read the records that ``write_batch`` wrote."""
    return [Record.from_json(item) for item in json.loads(path.read_text(encoding="utf-8"))]
