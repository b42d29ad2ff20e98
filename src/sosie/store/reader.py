"""Open a store: lazily, refused where not whole, masked where an array is not its digest's."""

import json
from pathlib import Path

import numpy as np
import xarray as xr

from sosie.errors import SosieError
from sosie.store import layout
from sosie.store.pipeline import fast_reading
from sosie.store.planned import refuse_absent
from sosie.store.writer import key


def open_cohort(path: str | Path) -> xr.DataTree:
    """Open ``cohort.zarr`` as a DataTree with groups ``patients`` and one per organ.

    Results are lazy (dask), dims ``patient, vertex, ...``, CF ``units``; the record is in memory.
    Patients whose arrays do not carry the digest of their status are masked. Raises SosieError
    where there is no store, its layout is another, or it was not finalised.
    """
    path = Path(path)
    refuse_absent(path)
    if not json.loads((path / "zarr.json").read_text())["attributes"].get("committed"):
        raise SosieError(f"{path} is not finished: run the study again, done patients are kept")
    with fast_reading():
        tree = xr.open_datatree(path, engine="zarr", consolidated=True, chunks=None)
    tree["patients"].dataset = tree["patients"].to_dataset().load()  # a group-by needs its values
    for organ in layout.ORGANS:
        if organ in tree.children:
            tree[organ].dataset = _organ(tree[organ].to_dataset(inherit=False), organ)
    return tree


def _organ(dataset: xr.Dataset, organ: str) -> xr.Dataset:
    names = [variable.name for variable in layout.ORGANS[organ]]
    lazy = {name: dataset[name].chunk({"patient": layout.SHARD}) for name in names}
    done = dataset["status"].values == layout.DONE
    expected = np.array([key(str(digest)) for digest in dataset["digest"].values])
    trusted = done & (dataset["key"].values == expected)
    if not trusted[done].all():
        mask = xr.DataArray(trusted, dims="patient")
        lazy = {name: array.where(mask) for name, array in lazy.items()}
    return dataset.drop_vars(layout.MARKS).assign(lazy)
