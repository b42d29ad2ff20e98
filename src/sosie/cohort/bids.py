"""Write records the way brain imagers keep them: BIDS participants.tsv and its sidecar.

    participants.tsv                the people, one column a canonical column, "n/a" where absent
    participants.json               what each column means, its unit or levels, counts of origins
    phenotype/cell_origin.tsv       for each of those cells: measured, imputed, sampled or n/a
    phenotype/cell_origin.json      what that table is, and why anybody was rejected

Origins lie apart because ``phenotype/`` is where BIDS expects further tables of participants, and
because participants.tsv stays readable by whatever reads BIDS. Ages of 89 and more are written
"89+", as BIDS recommends; the records keep them.
"""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from sosie.cohort.record import Record
from sosie.cohort.schema import COLUMNS, Column
from sosie.errors import SosieError

OLD = 89.0
ABSENT = "n/a"


def write_participants(folder: Path, records: Sequence[Record]) -> None:
    """Write the four files into ``folder``."""
    phenotype = folder / "phenotype"
    phenotype.mkdir(parents=True, exist_ok=True)
    columns = [c for c in COLUMNS if any(c.name in record.cells for record in records)]
    labels = _labels(records)
    people = [[_text(record, column) for column in columns] for record in records]
    _write_table(folder / "participants.tsv", labels, columns, people)
    _write_json(folder / "participants.json", {c.name: _describe(c, records) for c in columns})
    origins = [[_origin(record, column) for column in columns] for record in records]
    _write_table(phenotype / "cell_origin.tsv", labels, columns, origins)
    _write_json(phenotype / "cell_origin.json", _describe_origins(columns, labels, records))


def _labels(records: Sequence[Record]) -> list[str]:
    """Return BIDS labels, which hold letters and digits only; refuse two that become one."""
    owner: dict[str, str] = {}
    for record in records:
        label = "sub-" + "".join(letter for letter in record.id if letter.isalnum())
        if label in owner:
            raise SosieError(
                f"participants '{owner[label]}' and '{record.id}' both become {label} in BIDS, "
                f"which knows letters and digits only: rename one"
            )
        owner[label] = record.id
    return list(owner)


def _text(record: Record, column: Column) -> str:
    if column.name not in record.cells:
        return ABSENT
    value = record.cells[column.name].value
    if column.name == "age" and value >= OLD:
        return f"{OLD:.0f}+"
    return value if column.levels else repr(value)


def _origin(record: Record, column: Column) -> str:
    return record.cells[column.name].origin if column.name in record.cells else ABSENT


def _write_table(
    path: Path, labels: list[str], columns: list[Column], cells: list[list[str]]
) -> None:
    lines = [["participant_id", *(column.name for column in columns)]]
    lines += [[label, *row] for label, row in zip(labels, cells, strict=True)]
    path.write_text("".join("\t".join(line) + "\n" for line in lines), encoding="utf-8")


def _write_json(path: Path, content: dict[str, object]) -> None:
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def _describe(column: Column, records: Sequence[Record]) -> dict[str, object]:
    cells = [record.cells[column.name] for record in records if column.name in record.cells]
    entry: dict[str, object] = {"Description": column.long_name}
    if column.name == "age":
        entry["Description"] = f"{column.long_name}; {OLD:.0f} and more is written {OLD:.0f}+"
    if column.levels:
        entry["Levels"] = {level: level.replace("_", " ") for level in column.levels}
    elif column.unit != "1":
        entry["Units"] = column.unit
    entry["Origins"] = dict(sorted(Counter(cell.origin for cell in cells).items()))
    entry["Sources"] = sorted({cell.source for cell in cells})
    return entry


def _describe_origins(
    columns: list[Column], labels: list[str], records: Sequence[Record]
) -> dict[str, object]:
    levels = {
        "measured": "as the table has it",
        "imputed": "a body value drawn given the measured ones",
        "sampled": "drawn from a distribution of the population",
    }
    rejected = {
        label: record.rejected
        for label, record in zip(labels, records, strict=True)
        if record.rejected is not None
    }
    return {
        "MeasurementToolMetadata": {
            "Description": "where each cell of participants.tsv is from",
            "Rejected": rejected,
        },
        **{c.name: {"Description": f"origin of {c.name}", "Levels": levels} for c in columns},
    }
