"""Compare two stores field by field: a reviewer's tool.

A patient counts as different where status or any value differs; timings, attempts and provenance
are not compared.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import xarray as xr

from sosie.store import layout
from sosie.store.reader import open_cohort


@dataclass(frozen=True, slots=True)
class Difference:
    """How far one field of two stores is apart."""

    field: str
    worst: float  # max over patients of max|a - b| / max|a|
    patient: str  # the patient it occurs in
    equal: bool  # to the last bit


def compare(a: Path, b: Path) -> list[Difference]:
    """Return a row per field, over the patients that both stores hold, in the order of ``a``."""
    left, right = open_cohort(a), open_cohort(b)
    ids = left["patients"]["patient"].values
    common = ids[np.isin(ids, right["patients"]["patient"].values)]
    rows = []
    missing = set(ids.tolist()) ^ set(right["patients"]["patient"].values.tolist())
    if missing:
        rows.append(_other("patients", sorted(missing)[0]))
    for group in ("patients", *(organ for organ in layout.ORGANS if organ in left.children)):
        x, y = (tree[group].to_dataset().sel(patient=common) for tree in (left, right))
        fields = layout.COMPARED.get(group, list(x.data_vars))
        rows += [_compared(f"{group}/{name}", x[name], y[name], common) for name in fields]
    return rows


def _compared(field: str, x: xr.DataArray, y: xr.DataArray, ids: np.ndarray) -> Difference:
    """Compare one array, a shard of patients in memory at a time."""
    if x.shape != y.shape:
        return _other(field, "")
    found = Difference(field, 0.0, "", equal=True)
    for first in range(0, len(ids), layout.SHARD):
        rows = slice(first, first + layout.SHARD)
        u, v = x[rows].values, y[rows].values
        compare_values = _numbers if np.issubdtype(u.dtype, np.floating) else _labels
        part = compare_values(field, u, v, ids[rows])
        worst = part if not found.patient or part.worst > found.worst else found
        found = replace(worst, equal=found.equal and part.equal)
    return found


def _other(field: str, patient: str) -> Difference:
    return Difference(field, float("inf"), patient, equal=False)


def _labels(field: str, u: np.ndarray, v: np.ndarray, ids: np.ndarray) -> Difference:
    unequal = (u != v).reshape(len(ids), -1).any(axis=1)
    if unequal.any():
        return _other(field, str(ids[np.argmax(unequal)]))
    return Difference(field, 0.0, str(ids[0]), equal=True)


def _numbers(field: str, u: np.ndarray, v: np.ndarray, ids: np.ndarray) -> Difference:
    u, v = u.reshape(len(ids), -1), v.reshape(len(ids), -1)
    holes = np.isnan(u) != np.isnan(v)
    gap = np.abs(np.nan_to_num(u) - np.nan_to_num(v)).max(axis=1)
    size = np.maximum(np.abs(np.nan_to_num(u)).max(axis=1), np.finfo(float).tiny)
    relative = np.where(holes.any(axis=1), np.inf, np.where(gap > 0, gap / size, 0.0))
    worst = int(np.argmax(relative))
    equal = bool(np.array_equal(u, v, equal_nan=True))
    return Difference(field, float(relative[worst]), str(ids[worst]), equal=equal)
