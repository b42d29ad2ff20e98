"""Write records the way brain imagers keep them: as a BIDS data set without images.

    dataset_description.json, README.md
    participants.tsv, .json             the people, one column a canonical column, "n/a" if absent
    phenotype/cell_origin.tsv, .json    for each of those cells: measured, imputed, sampled or n/a
    phenotype/cell_source.tsv, .json    on whose word each is (``provenance``)
    sub-*/sub-*_sessions.tsv            of who has visits that do not simulate: a row a visit
    sessions.json                       what the columns of those mean
    sub-*/sub-*_scans.tsv               empty, of the first person, where nobody has visits: BIDS
                                        wants one person's folder, with a file in it

Origins lie apart because ``phenotype/`` is where BIDS expects further tables of participants, and
because participants.tsv stays readable by whatever reads BIDS. Ages of more than 89 are written 89,
as BIDS 1.11 asks for privacy; the records keep them.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path

from sosie.cohort import provenance
from sosie.cohort.cell import Cell
from sosie.cohort.provenance import (
    ABSENT,
    ORIGIN,
    PERSON,
    RECORD,
    SOURCE,
    VISIT,
    write_json,
    write_table,
)
from sosie.cohort.record import Record
from sosie.cohort.schema import COLUMNS, Column
from sosie.errors import SosieError

BIDS_VERSION = "1.11.1"
OLD = 89.0
README = """# Records of sosie

One row a person in participants.tsv: values that were measured, and values that sosie drew for its
simulations. phenotype/cell_origin.tsv says of each cell which it is, phenotype/cell_source.tsv from
what. Visits that do not simulate are in the sessions.tsv of each person. There are no images.
"""

OF_A_PERSON = ("sessions", "scans")
"""Tables in the folder of a person."""


def write_participants(folder: Path, records: Sequence[Record]) -> None:
    """Write the data set into ``folder``."""
    (folder / "phenotype").mkdir(parents=True, exist_ok=True)
    write_json(
        folder / "dataset_description.json",
        {
            "Name": "Records of sosie",
            "BIDSVersion": BIDS_VERSION,
            "DatasetType": "derivative",
            "GeneratedBy": [{"Name": "sosie", "Version": version("sosie")}],
        },
    )
    (folder / "README.md").write_text(README, encoding="utf-8")
    labels = _labels(records)
    people = [record.cells for record in records]
    columns = _columns(people)
    names = [column.name for column in columns]
    texts = [[label, *_texts(r.cells, columns)] for label, r in zip(labels, records, strict=True)]
    write_table(folder / "participants.tsv", [PERSON, *names], texts)
    write_json(folder / "participants.json", _describe(columns, people))
    told = provenance.tell(people, columns)
    keys = [[label, record.id] for label, record in zip(labels, records, strict=True)]
    path = folder / "phenotype" / provenance.ORIGIN_TABLE
    write_table(path, [PERSON, RECORD, *names], _beside(keys, told.origins))
    rejected = {label: r.rejected for label, r in zip(labels, records, strict=True) if r.rejected}
    what = {
        "Description": "where each cell of participants.tsv is from",
        "Rejected": rejected,
    }
    own = {RECORD: {"Description": "id of the person's record"}}
    write_json(
        path.with_suffix(".json"), {"MeasurementToolMetadata": what} | own | told.origin_entries
    )
    path = path.with_name(provenance.SOURCE_TABLE)
    write_table(path, [PERSON, *names], _beside([key[:1] for key in keys], told.sources))
    write_json(path.with_suffix(".json"), told.source_entries)
    _write_visits(folder, labels, records)


def _beside(left: list[list[str]], right: list[list[str]]) -> list[list[str]]:
    """Return the rows of two tables as those of one."""
    return [[*a, *b] for a, b in zip(left, right, strict=True)]


def _write_visits(folder: Path, labels: list[str], records: Sequence[Record]) -> None:
    """Write the visits that do not simulate; those of a cohort written before go."""
    for path in [p for name in OF_A_PERSON for p in folder.glob(f"sub-*/sub-*_{name}.tsv")]:
        path.unlink()
        if not any(path.parent.iterdir()):
            path.parent.rmdir()
    (folder / "sessions.json").unlink(missing_ok=True)
    visits = [visit.cells for record in records for visit in record.visits]
    if not visits:
        path = folder / labels[0] / f"{labels[0]}_scans.tsv"
        path.parent.mkdir(exist_ok=True)
        write_table(path, ["filename"], [])
        return
    columns = _columns(visits)
    names = [column.name for column in columns]
    told = provenance.tell(visits, columns)
    header = ["session_id", VISIT, *names]
    header += [name + what for what in (ORIGIN, SOURCE) for name in names]
    write_json(
        folder / "sessions.json",
        {
            "session_id": {"Description": "a visit that does not simulate"},
            VISIT: {"Description": "the visit's name in the record"},
        }
        | _describe(columns, visits)
        | {name + ORIGIN: entry for name, entry in told.origin_entries.items()}
        | {name + SOURCE: entry for name, entry in told.source_entries.items()},
    )
    texts = [_texts(cells, columns) for cells in visits]
    rest = iter(_beside(_beside(texts, told.origins), told.sources))
    for label, record in zip(labels, records, strict=True):
        if record.visits:
            path = folder / label / f"{label}_sessions.tsv"
            path.parent.mkdir(exist_ok=True)
            keys = zip(_sessions(record), record.visits, strict=True)
            rows = [[session, visit.name, *next(rest)] for session, visit in keys]
            write_table(path, header, rows)


def _columns(people: Iterable[dict[str, Cell]]) -> list[Column]:
    """Return the columns that anybody has."""
    names = set().union(*people)
    return [column for column in COLUMNS if column.name in names]


def _bare(name: str) -> str:
    """Return what BIDS labels may hold of a name: letters and digits."""
    return "".join(letter for letter in name if letter.isascii() and letter.isalnum())


def _sessions(record: Record) -> list[str]:
    """Return the BIDS labels of a person's visits; refuse two that become one."""
    owner: dict[str, str] = {}
    for visit in record.visits:
        label = f"ses-{_bare(visit.name)}"
        if not visit.name.isprintable() or '"' in visit.name or visit.name != visit.name.strip():
            raise SosieError(
                f"visit {visit.name!r} of participant '{record.id}' cannot be a cell of a table: "
                f"rename it"
            )
        if label in owner or label == "ses-":
            raise SosieError(
                f"visit '{visit.name}' of participant '{record.id}' becomes {label} in BIDS, which "
                f"knows letters and digits only, as does '{owner.get(label, '')}': rename one"
            )
        owner[label] = visit.name
    return list(owner)


def _labels(records: Sequence[Record]) -> list[str]:
    """Return BIDS labels, which hold letters and digits only; refuse two that become one."""
    owner: dict[str, str] = {}
    for record in records:
        label = f"sub-{_bare(record.id)}"
        if label in owner:
            raise SosieError(
                f"participants '{owner[label]}' and '{record.id}' both become {label} in BIDS, "
                f"which knows letters and digits only: rename one"
            )
        owner[label] = record.id
    return list(owner)


def _texts(cells: dict[str, Cell], columns: list[Column]) -> list[str]:
    return [_text(cells.get(column.name), column) for column in columns]


def _text(cell: Cell | None, column: Column) -> str:
    if cell is None:
        return ABSENT
    if column.name == "age":
        return repr(min(cell.value, OLD))
    return cell.value if column.levels else repr(cell.value)


def _describe(columns: list[Column], people: Sequence[dict[str, Cell]]) -> dict[str, object]:
    """Return the sidecar of some columns."""
    found = {c.name: [cells[c.name] for cells in people if c.name in cells] for c in columns}
    return {column.name: _entry(column, found[column.name]) for column in columns}


def _entry(column: Column, cells: list[Cell]) -> dict[str, object]:
    entry: dict[str, object] = {"Description": column.long_name}
    if column.name == "age":
        entry["Description"] = f"{column.long_name}; more than {OLD:.0f} is written {OLD:.0f}"
    if column.levels:
        entry["Levels"] = {level: level.replace("_", " ") for level in column.levels}
    elif column.unit != "1":
        entry["Units"] = column.unit
    entry["Origins"] = dict(sorted(Counter(cell.origin for cell in cells).items()))
    entry["Sources"] = sorted({cell.source for cell in cells})
    return entry
