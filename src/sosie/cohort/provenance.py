"""Where cells are from, told beside them in a BIDS folder.

    phenotype/cell_origin.tsv       of participants.tsv: measured, imputed, sampled or n/a
    phenotype/cell_source.tsv       the number of each cell's source in cell_source.json, or n/a
    phenotype/cell_source.json      under Levels of each column: the sources; their status if drawn

Beside the label that BIDS gives a person stands the id of the record. In the sessions.tsv of a
person the same stands in columns of their own (sbp, sbp_origin, sbp_source), since a table of
phenotype/ has one row a person, and beside the label of the session the visit's own name.
"""

import json
from collections.abc import Mapping as Map
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from sosie.cohort.cell import Cell, Origin
from sosie.cohort.priors import Status
from sosie.cohort.schema import Column
from sosie.cohort.text import Cells, Claim, identify, label, read_columns, read_header
from sosie.errors import SosieError

PERSON, RECORD, VISIT = "participant_id", "record_id", "visit"
ORIGIN_TABLE, SOURCE_TABLE = "cell_origin.tsv", "cell_source.tsv"
ORIGIN, SOURCE = "_origin", "_source"
ABSENT = "n/a"
ORIGINS: dict[Origin, str] = {
    "measured": "as the table has it",
    "imputed": "a body value drawn given the measured ones",
    "sampled": "drawn from a distribution of the population",
}


@dataclass(frozen=True, slots=True)
class Told:
    """Of some rows and columns: origins, numbers of sources, and what sidecars say of both."""

    origins: list[list[str]]
    sources: list[list[str]]
    origin_entries: dict[str, object]
    source_entries: dict[str, object]


def tell(rows: Sequence[Map[str, Cell]], columns: Sequence[Column]) -> Told:
    """Return where the cells of some rows are from."""
    known: dict[str, dict[tuple[str, Status | None], str]] = {c.name: {} for c in columns}
    origins, sources = [], []
    for cells in rows:
        found = [(known[column.name], cells.get(column.name)) for column in columns]
        origins.append([ABSENT if cell is None else cell.origin for _, cell in found])
        sources.append(
            [
                ABSENT if cell is None
                else numbers.setdefault((cell.source, cell.status), str(len(numbers) + 1))
                for numbers, cell in found
            ]
        )  # fmt: skip
    return Told(
        origins,
        sources,
        {name: {"Description": f"origin of {name}", "Levels": ORIGINS} for name in known},
        {
            name: {
                "Description": f"source of {name}",
                "Levels": {
                    number: {"Description": source} | ({} if status is None else {"Status": status})
                    for (source, status), number in numbers.items()
                },
            }
            for name, numbers in known.items()
        },
    )


def claims_of(
    origins: Map[str, Cells], sources: Map[str, Cells], sidecar: Path
) -> list[dict[str, Claim | None]]:
    """Return what each row claims of its cells; None of a drawn one without a source."""
    size = max((len(cells.values) for cells in origins.values()), default=0)
    content = read_json(sidecar)
    claims: list[dict[str, Claim | None]] = [{} for _ in range(size)]
    for name, cells in origins.items():
        for row, word in enumerate(cells.values):
            if word in ORIGINS and name in sources:
                claims[row][name] = (word, *_source(sources[name], row, content, sidecar))
            elif word in ORIGINS and word != "measured":
                claims[row][name] = None
            elif word not in {*ORIGINS, ABSENT, ""}:
                raise SosieError(
                    f"{cells.where(row)}: the origin is {word!r}, which is none of "
                    f"{', '.join(ORIGINS)}, {ABSENT}: correct it"
                )
    return claims


def _source(
    numbers: Cells, row: int, content: dict[str, object], sidecar: Path
) -> tuple[str, Status | None]:
    """Return the source and status whose number stands in a row."""
    try:
        entry = content[numbers.name]["Levels"][numbers.values[row]]
        source, status = entry["Description"], entry.get("Status")
    except (KeyError, TypeError, AttributeError) as error:
        raise SosieError(
            f"{numbers.where(row)}: {numbers.values[row]!r} is no source in {sidecar}: "
            f"write the folder again"
        ) from error
    if status not in {None, *get_args(Status)}:
        raise SosieError(
            f"{sidecar}: the status {status!r} of '{numbers.name}' is none of "
            f"{', '.join(get_args(Status))}: correct it"
        )
    return source, status


def read_people(folder: Path) -> dict[str, tuple[str, dict[str, Claim | None]]]:
    """Return, by participant, the record's id and what the folder claims of each cell."""
    path = folder / "phenotype" / ORIGIN_TABLE
    if not path.exists():
        return {}
    columns = read_header(path)
    cells = read_columns(path, columns, {}, empty=True)
    people = [label(cell) for cell in cells[PERSON].values]
    ids = identify(cells[RECORD]) if RECORD in cells else people
    origins = {name: cells[name] for name in columns if name not in {PERSON, RECORD}}
    path = path.with_name(SOURCE_TABLE)
    sources: dict[str, Cells] = {}
    if path.exists():
        sources = read_columns(path, [PERSON, *origins], {}, empty=True)
        if [label(cell) for cell in sources[PERSON].values] != people:
            raise SosieError(
                f"{path}: the people are not those of {ORIGIN_TABLE}: write the folder again"
            )
    claims = claims_of(origins, sources, path.with_suffix(".json"))
    claims = claims or [{} for _ in people]
    return dict(zip(people, zip(ids, claims, strict=True), strict=True))


def write_table(path: Path, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Write a table as BIDS has them."""
    lines = ["\t".join(line) + "\n" for line in (header, *rows)]
    path.write_text("".join(lines), encoding="utf-8")


def write_json(path: Path, content: Map[str, object]) -> None:
    """Write a sidecar as BIDS has them."""
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def read_json(path: Path) -> dict[str, object]:
    """Read a sidecar; an absent one says nothing."""
    if not path.exists():
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SosieError(f"{path}: this is not JSON ({error}): correct it or remove it") from error
    return content if isinstance(content, dict) else {}
