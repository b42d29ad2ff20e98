"""Compare two stores field by field: a reviewer's tool.

A patient counts as different where status or any value differs; timings, attempts and provenance
are not compared.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

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
        rows.append(Difference("patients", float("inf"), sorted(missing)[0], equal=False))
    for organ in layout.ORGANS:
        x, y = left[organ].sel(patient=common), right[organ].sel(patient=common)
        unequal = common[x["status"].values != y["status"].values]
        if len(unequal):
            rows.append(Difference(f"{organ}/status", float("inf"), str(unequal[0]), equal=False))
        for variable in layout.ORGANS[organ]:
            u, v = x[variable.name].values, y[variable.name].values
            rows.append(_difference(f"{organ}/{variable.name}", u, v, common))
    return rows


def _difference(field: str, u: np.ndarray, v: np.ndarray, ids: np.ndarray) -> Difference:
    if u.shape != v.shape:
        return Difference(field, float("inf"), "", equal=False)
    if not len(ids):
        return Difference(field, 0.0, "", equal=True)
    u, v = u.reshape(len(ids), -1), v.reshape(len(ids), -1)
    holes = np.isnan(u) != np.isnan(v)
    gap = np.abs(np.nan_to_num(u) - np.nan_to_num(v)).max(axis=1)
    size = np.maximum(np.abs(np.nan_to_num(u)).max(axis=1), np.finfo(float).tiny)
    relative = np.where(holes.any(axis=1), np.inf, np.where(gap > 0, gap / size, 0.0))
    worst = int(np.argmax(relative))
    return Difference(
        field,
        float(relative[worst]),
        str(ids[worst]),
        equal=bool(np.array_equal(u, v, equal_nan=True)),
    )
