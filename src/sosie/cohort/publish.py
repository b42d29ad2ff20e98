"""Publish the canonical record, for programs as JSON Schema and for people as a page.

    config/record.schema.json       a record as ``records.write_batch`` writes it
    docs/record.md                  the columns by scale

Both are made of ``schema.COLUMNS``, and tests hold them to it. In the schema each column says, as
annotations of its own beside JSON Schema's, its ``scale`` and its ``unit``.
"""

from typing import get_args

from sosie.cohort.priors import Status
from sosie.cohort.record import Origin
from sosie.cohort.schema import COLUMNS, SCALES, SCHEMA_VERSION, Column, Scale

TITLES: dict[Scale, str] = {
    "genome": "Genome",
    "cell": "Cell",
    "tissue": "Tissue",
    "organ": "Organ",
    "body": "Body",
    "behaviour": "Behaviour",
    "environment": "Environment",
    "population": "Population",
}
CELL = {
    "value": "the value, in the column's unit or one of its levels",
    "unit": "the unit, empty where there are levels",
    "origin": "measured (in the table, or the product of two of its cells), imputed as a clinic "
    "would have measured it, or sampled",
    "source": "the table and its columns, or the source of the prior",
    "status": "of the weakest prior that it was drawn from; null where measured",
}
"""What a cell of a record holds."""

VISITS = (
    "visits of the person that do not simulate, in the order of the table; when a visit was, where "
    "known, is in its cells age and visit_delay"
)


def record_schema() -> dict[str, object]:
    """Return the JSON Schema (draft 2020-12) of one record."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "sosie record",
        "description": "One person; a file of a batch is an array of these",
        "version": SCHEMA_VERSION,
        "type": "object",
        "properties": {
            "id": {"type": "string", "pattern": r"^[A-Za-z0-9_-][A-Za-z0-9_.-]*$"},
            "rejected": {
                "description": "why the person cannot be simulated, if so",
                "type": ["string", "null"],
            },
            "cells": {
                "description": "what is known; a column that is absent is missing",
                "type": "object",
                "properties": {column.name: _cell(column) for column in COLUMNS},
                "additionalProperties": False,
            },
            "visits": {
                "description": VISITS,
                "type": "array",
                "minItems": 1,
                "items": {
                    "type": "object",
                    "properties": {
                        "name": {
                            "description": "as the table tells visits apart",
                            "type": "string",
                            "minLength": 1,
                        },
                        "cells": {"$ref": "#/properties/cells"},
                    },
                    "required": ["name", "cells"],
                    "additionalProperties": False,
                },
            },
        },
        "required": ["id", "rejected", "cells"],
        "additionalProperties": False,
        "$defs": {
            "origin": {"description": CELL["origin"], "enum": list(get_args(Origin))},
            "source": {"description": CELL["source"], "type": "string"},
            "status": {"description": CELL["status"], "enum": [*get_args(Status), None]},
            "provenance": {
                "description": "a measured cell has no status, a drawn one has",
                "if": {"properties": {"origin": {"const": "measured"}}},
                "then": {"properties": {"status": {"const": None}}},
                "else": {"properties": {"status": {"type": "string"}}},
            },
        },
    }


def _cell(column: Column) -> dict[str, object]:
    """Return the schema of one column's cell."""
    if column.levels:
        value: dict[str, object] = {"enum": list(column.levels)}
    else:
        value = {"type": "number", "minimum": column.low, "maximum": column.high}
    references = {part: {"$ref": f"#/$defs/{part}"} for part in ("origin", "source", "status")}
    return {
        "title": column.long_name,
        "scale": column.scale,
        "unit": column.unit,
        "type": "object",
        "properties": {
            "value": value,
            "unit": {"const": column.unit},
            **references,
        },
        "required": list(CELL),
        "additionalProperties": False,
        "allOf": [{"$ref": "#/$defs/provenance"}],
    }


def record_page() -> str:
    """Return the page on records, in Markdown."""
    parts = [
        "# The record",
        "<!-- Made by: sosie record-schema --page > docs/record.md -->",
        f"Version {SCHEMA_VERSION} of the canonical columns: what sosie may know of a person, by\n"
        "scale. `config/record.schema.json` says the same to programs (JSON Schema, draft\n"
        "2020-12). [The cohort](cohort.md) says how a table becomes records.",
        "A record has an `id`, the reason for which it was `rejected` (or null), and `cells`. A\n"
        "column that is not among the cells is missing. A cell has:",
        _table(["part", "meaning"], [[f"`{part}`", text] for part, text in CELL.items()]),
        "Who was seen at several visits has `visits` too: those that do not simulate, in the\n"
        "order of the table, each with its `name` and its `cells`. When a visit was, where known,\n"
        "is in its cells `age` and `visit_delay`. Nothing is drawn for them; nothing simulates\n"
        "them.",
        "Bounds refuse the impossible; they say nothing of health.",
    ]
    for scale in SCALES:
        columns = [column for column in COLUMNS if column.scale == scale]
        parts += [f"## {TITLES[scale]}", _table(HEAD, [_row(column) for column in columns])]
    return "\n\n".join(parts) + "\n"


HEAD = ["column", "what it is", "unit", "range or levels"]


def _row(column: Column) -> list[str]:
    if column.levels:
        return [f"`{column.name}`", column.long_name, "", ", ".join(column.levels)]
    bounds = f"{column.low:g} to {column.high:g}"
    return [f"`{column.name}`", column.long_name, column.unit, bounds]


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
