"""The files of an OMOP folder: a table is a .csv, .tsv or .parquet file, its name in any case."""

from pathlib import Path

from sosie.cohort.text import word
from sosie.errors import SosieError

ENDINGS = (".csv", ".tsv", ".parquet")


def is_omop(folder: Path) -> bool:
    """Say whether a folder holds the table PERSON."""
    return folder.is_dir() and bool(files_of(folder, "PERSON"))


def files_of(folder: Path, table: str) -> list[Path]:
    """Return the files that may be a table."""
    names = {f"{table.lower()}{ending}" for ending in ENDINGS}
    return sorted(path for path in folder.iterdir() if path.name.lower() in names)


def file_of(folder: Path, table: str, needed_by: str) -> Path:
    """Return the file of a table; refuse none and more than one."""
    files = files_of(folder, table)
    if not files:
        raise SosieError(
            f"{folder}: there is no {table}.csv, from which the mapping takes '{needed_by}': "
            f"add it, or take what needs it out of the mapping"
        )
    if len(files) > 1:
        names = " and ".join(path.name for path in files)
        raise SosieError(f"{folder}: {names} both are {table}: keep one")
    return files[0]


def where(path: Path, line: int, column: str) -> str:
    """Return file, line and column of a cell."""
    return f"{path}, {word(path)} {line}, column '{column}'"
