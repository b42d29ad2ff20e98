"""sosie: virtual hearts and brains of real people, from a clinical table to one Zarr store."""

from importlib.metadata import version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    import xarray

__version__ = version("sosie")


def open_cohort(path: "str | Path") -> "xarray.DataTree":
    """Open a study's ``cohort.zarr``: see `sosie.store.reader.open_cohort`."""
    from sosie.store.reader import open_cohort

    return open_cohort(path)
