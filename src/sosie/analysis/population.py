"""The simulated organs as a population: one row a patient, mean and spread at each vertex.

Sums run over blocks of patients, so that a store of thousands needs the memory of a block. Vertices
correspond between patients: they share one template.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from sosie.store import layout
from sosie.typing import Array, Integers

Variables = tuple[layout.Variable, ...]
PERSON = ("age", "sex")
"""What a frame has of the record, before the results."""


@dataclass(frozen=True)
class MeanHeart:
    """Mean geometry and activation of the patients that are done."""

    points: Array  # (n_vertices, 3) [mm]
    time: Array  # (n_vertices,) [ms]
    spread: Array | None  # (n_vertices,) standard deviation [ms]; None for a single patient


def done(organ: xr.Dataset) -> Integers:
    """Return the indices of the patients whose organ was simulated."""
    return np.flatnonzero(organ["status"].values == layout.DONE)


def mean_heart(heart: xr.Dataset) -> MeanHeart:
    """Return the mean heart of at least one patient."""
    points, time, spread = moments(heart[["points", "activation_time"]].isel(patient=done(heart)))
    return MeanHeart(points, time, spread)


def moments(fields: xr.Dataset) -> tuple[Array, Array, Array | None]:
    """Return mean points, and mean and standard deviation of the other variable of ``fields``."""
    (name,) = fields.data_vars.keys() - {"points"}
    fields = fields.astype("float64")
    found = {name: fields[name].mean("patient", skipna=False) for name in ("points", name)}
    if fields.sizes["patient"] > 1:
        found["spread"] = fields[name].std("patient", ddof=1, skipna=False)
    computed = xr.Dataset(found).compute()
    spread = computed["spread"].values if "spread" in computed else None
    return computed["points"].values, computed[name].values, spread


def frame(organ: xr.Dataset, patients: xr.Dataset, variables: Variables) -> pd.DataFrame:
    """Return one row for each patient whose organ is done: age, sex, seconds, and the scalars.

    Of what there is for each region, the first's: that of the whole organ.
    """
    rows = done(organ)
    names = [v.name for v in variables if v.dims in ((), ("region",))] + ["seconds"]
    results = organ[names].isel(patient=rows)
    if "region" in results.dims:
        results = results.isel(region=0)
    results = results.load()
    columns = {name: patients[name].values[rows] for name in PERSON}
    columns |= {name: results[name].values for name in names}
    return pd.DataFrame(columns, index=patients["patient"].values[rows])


def spread_over(values: Array, n: int) -> Integers:
    """Return the places of at most ``n`` values, evenly ranked from the least to the largest."""
    n = min(n, len(values))
    return np.argsort(values, kind="stable")[np.linspace(0, len(values) - 1, n).round().astype(int)]
