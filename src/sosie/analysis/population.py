"""The simulated hearts as a population: one row a patient, mean and spread at each vertex.

Sums run over blocks of patients, so that a store of thousands needs the memory of a block. Vertices
correspond between patients: they share one template.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from sosie.store import layout
from sosie.typing import Array, Integers


@dataclass(frozen=True)
class MeanHeart:
    """Mean geometry and activation of the patients that are done."""

    points: Array  # (n_vertices, 3) [mm]
    time: Array  # (n_vertices,) [ms]
    spread: Array | None  # (n_vertices,) standard deviation [ms]; None for a single patient


def done(heart: xr.Dataset) -> Integers:
    """Return the indices of the patients whose heart was simulated."""
    return np.flatnonzero(heart["status"].values == layout.STATUS.index("done"))


def mean_heart(heart: xr.Dataset) -> MeanHeart:
    """Return the mean heart of at least one patient."""
    fields = heart[["points", "activation_time"]].isel(patient=done(heart)).astype("float64")
    time = fields["activation_time"]
    points = fields["points"].mean("patient", skipna=False)
    moments = {"points": points, "time": time.mean("patient", skipna=False)}
    if fields.sizes["patient"] > 1:
        moments["spread"] = time.std("patient", ddof=1, skipna=False)
    found = xr.Dataset(moments).compute()
    spread = found["spread"].values if "spread" in found else None
    return MeanHeart(found["points"].values, found["time"].values, spread)


def frame(heart: xr.Dataset, patients: xr.Dataset) -> pd.DataFrame:
    """Return one row for each simulated heart: age, sex, seconds, and the heart's scalars."""
    rows = done(heart)
    names = [variable.name for variable in layout.HEART if not variable.dims]
    scalars = heart[[*names, "seconds"]].load()
    columns = {name: scalars[name].values[rows] for name in [*names, "seconds"]}
    columns |= {name: patients[name].values[rows] for name in ("age", "sex")}
    return pd.DataFrame(columns, index=patients["patient"].values[rows])


def spread_over(values: Array, n: int) -> Integers:
    """Return the places of at most ``n`` values, evenly ranked from the least to the largest."""
    n = min(n, len(values))
    return np.argsort(values, kind="stable")[np.linspace(0, len(values) - 1, n).round().astype(int)]
