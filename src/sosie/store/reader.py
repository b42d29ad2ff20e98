"""Open a store: lazily, refused where not whole, masked where an array is not its digest's."""

from pathlib import Path

import numpy as np
import xarray as xr

from sosie.errors import SosieError
from sosie.store import layout
from sosie.store.planned import check_layout
from sosie.store.writer import key


def open_cohort(path: str | Path) -> xr.DataTree:
    """Open ``cohort.zarr`` as a DataTree with groups ``patients`` and one per organ.

    Arrays are lazy (dask), dims ``patient, vertex, ...``, CF ``units``. Patients whose arrays do
    not carry the digest of their status are masked. Raises SosieError where there is no store, its
    layout is another, or it was not finalised.
    """
    path = Path(path)
    if not path.exists():
        raise SosieError(f"{path}: there is no store; run the study first")
    check_layout(path)
    tree = xr.open_datatree(
        path, engine="zarr", consolidated=True, chunks={"patient": layout.SHARD}
    )
    if not tree.attrs.get("committed"):
        raise SosieError(f"{path} is not finished: run the study again, done patients are kept")
    for organ in layout.ORGANS:
        if organ in tree.children:
            tree[organ].dataset = _masked(tree[organ].to_dataset(inherit=False), organ)
    return tree


def _masked(dataset: xr.Dataset, organ: str) -> xr.Dataset:
    done = dataset["status"].values == layout.STATUS.index("done")
    expected = np.array([key(str(digest)) for digest in dataset["digest"].values])
    trusted = done & (dataset["key"].values == expected)
    dataset = dataset.drop_vars("key")
    if trusted[done].all():
        return dataset
    mask = xr.DataArray(trusted, dims="patient")
    names = [variable.name for variable in layout.ORGANS[organ]]
    return dataset.assign({name: dataset[name].where(mask) for name in names})
