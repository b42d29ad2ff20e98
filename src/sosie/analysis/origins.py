"""How much of the record was measured, and how much rests on an assumption, group by group."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import xarray as xr

from sosie.analysis.groups import HEADINGS, group
from sosie.store import layout
from sosie.typing import Array


@dataclass(frozen=True, slots=True)
class Share:
    """A group of quantities: its cells that have a value, and where these are from."""

    heading: str
    quantities: int
    known: int
    missing: int
    origin: tuple[tuple[str, float], ...]  # (word, percentage of the known cells), none that is 0
    assumed: float  # percentage of the known cells


def shares(patients: xr.Dataset) -> list[Share]:
    """Return the share of each group, and of the whole record last."""
    found = [
        _share(HEADINGS[name], *_cells(patients, [name]))
        for name in HEADINGS
        if _cells(patients, [name])[0].any()
    ]
    return [*found, _share("Whole record", *_cells(patients, HEADINGS))]


def origin_of(patients: xr.Dataset, organs: Iterable[str]) -> dict[str, float]:
    """Return which percentage of the values of organs and their tissue has each origin."""
    names = [f"{scale} {organ}" for scale in ("organ", "tissue") for organ in organs]
    return dict(_percentages(_cells(patients, names)[0]))


def _cells(patients: xr.Dataset, names: Iterable[str]) -> tuple[Array, Array]:
    """Return origin and evidence of the quantities of some groups that anybody has."""
    wanted = set(names)
    inside = [
        group(str(name), patients[str(name)].attrs["scale"]) in wanted
        for name in patients["column"].values
    ]
    kept = np.array(inside) & patients["origin"].values.any(axis=0)
    return patients["origin"].values[:, kept], patients["evidence"].values[:, kept]


def _share(heading: str, origin: Array, evidence: Array) -> Share:
    known = int((origin > 0).sum())
    weak = (origin > 1) & (evidence == layout.EVIDENCE.index("assumed"))
    return Share(
        heading,
        origin.shape[1],
        known,
        origin.size - known,
        _percentages(origin),
        100 * float(weak.sum()) / max(known, 1),
    )


def _percentages(origin: Array) -> tuple[tuple[str, float], ...]:
    known = origin[origin > 0]
    parts = ((word, 100 * float((known == i).mean())) for i, word in enumerate(layout.ORIGIN))
    return tuple((word, share) for word, share in parts if share > 0) if len(known) else ()
