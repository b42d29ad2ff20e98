"""Read a Parquet file as the text table it would be in CSV.

Typed columns become the cells that a CSV of the same table has: a null is empty, a whole number has
no point, a number of single precision its shortest digits, a date or time is ISO 8601, bytes are
UTF-8 text, categories (dictionaries) their words. What has no cell (lists, structures, durations)
is refused. Only the columns asked for are read.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sosie.errors import SosieError

if TYPE_CHECKING:
    import pyarrow

SUFFIX = ".parquet"


def stream(
    path: Path, names: Sequence[str], optional: Sequence[str], *, fold: Callable[[str], str]
) -> Iterator[tuple[int, list[str]]]:
    """Yield row numbers and cells, the header first: of the columns named, or all if one is absent.

    ``fold`` gives a name as it is compared. The whole header lets the caller say what is absent.
    """
    # Loading pyarrow takes a tenth of a second, which who plans a study of CSV files need not wait.
    from pyarrow import parquet

    with _refusals(path), parquet.ParquetFile(path, page_checksum_verification=True) as file:
        header = file.schema_arrow.names
        found = [fold(name) for name in header]
        wanted = [n for n, key in zip(header, found, strict=True) if key in {*names, *optional}]
        whole = any(found.count(name) != 1 for name in names)
        yield 0, header if whole else wanted
        if whole:
            return
        number = 0
        for batch in file.iter_batches(columns=wanted):
            columns = [_cells(path, name, batch.column(name)) for name in wanted]
            for row in zip(*columns, strict=True):
                number += 1
                yield number, list(row)


def header(path: Path) -> list[str]:
    """Return the names of the columns."""
    from pyarrow import parquet

    with _refusals(path):
        return list(parquet.read_schema(path).names)


@contextmanager
def _refusals(path: Path) -> Iterator[None]:
    from pyarrow import ArrowException

    try:
        yield
    except FileNotFoundError as error:
        raise SosieError(
            f"{path}: the table cannot be read (No such file or directory): check the path"
        ) from error
    except (ArrowException, OSError, ValueError) as error:
        reason = " ".join(ascii(str(error))[1:-1].split())
        raise SosieError(
            f"{path}: this is no whole Parquet file ({reason}): write or copy it again"
        ) from error


def _cells(path: Path, name: str, column: "pyarrow.Array") -> list[str]:
    from pyarrow import timestamp, types

    if types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if types.is_float32(column.type):
        numbers = column.to_numpy(zero_copy_only=False)
        return ["" if np.isnan(number) else str(number) for number in numbers]
    if types.is_timestamp(column.type):  # Python knows no nanoseconds
        column = column.cast(timestamp("us", column.type.tz), safe=False)
    return [_cell(path, name, value) for value in column.to_pylist()]


def _cell(path: Path, name: str, value: object) -> str:
    match value:
        case None:
            return ""
        case str():
            return value
        case bytes():
            try:
                return value.decode()
            except UnicodeDecodeError as error:
                raise SosieError(
                    f"{path}, column '{name}': the bytes {value[:20]!r} are not UTF-8 text: "
                    f"write the column as text"
                ) from error
        case Decimal():
            return f"{value:f}"
        case bool() | int() | float() | date():
            return str(value)
        case _:
            raise SosieError(
                f"{path}, column '{name}': {value!r} is of type {type(value).__name__}, which no "
                f"cell of a table holds: write the column as numbers or text"
            )
