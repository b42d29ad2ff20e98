"""Electrodes on the scalp: where their current enters, as weights of the mesh's nodes.

An electrode is a point, or a disc that carries its current evenly: a spiral of places of equal area
in the plane that touches the scalp (Vogel 1979, doi:10.1016/0025-5564(79)90080-4), each put on it.

# ASSUME: no contact impedance, and no metal that shunts current along the skin.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from sosie.brain.head.elements import project, slopes, values
from sosie.errors import SosieError
from sosie.typing import Array, Integers

OFF = 10e-3
"""[m]: an electrode further than that from the scalp is refused, a nearer one is put on it."""
PLACES = 100
"""Of a disc."""


@dataclass(frozen=True, eq=False)
class Electrodes:
    """Electrodes as they lie on one head."""

    names: tuple[str, ...]
    places: Array  # (n, 3) [m], on the scalp
    spots: Array  # (n, k, 3) [m], on the scalp: where each takes up its current, in equal parts
    rows: csr_array  # (n, n_nodes): an electrode's potential from the nodes' [1]


def place(
    points: Array,
    scalp: Integers,
    positions: Array,
    names: Sequence[str],
    *,
    radius: float = 0.0,
) -> Electrodes:
    """Put electrodes (n, 3) [m] on the scalp's facets; those of a ``radius`` [m] are discs."""
    if len(names) != len(positions):
        raise SosieError(f"{len(names)} names for {len(positions)} electrodes: give one for each")
    facet, xi, found = project(points, scalp, positions)
    off = np.linalg.norm(found - positions, axis=1)
    if len(off) and off.max() > OFF:
        worst = int(off.argmax())
        raise SosieError(
            f"electrode {names[worst]} at {_mm(positions[worst])} mm is {1e3 * off[worst]:.1f} mm"
            f" off the scalp: give a place on it, to within {1e3 * OFF:.0f} mm"
        )
    spots = found[:, None]
    if radius > 0:
        i = np.arange(PLACES)
        spread, turn = radius * np.sqrt((i + 0.5) / PLACES), np.pi * (3 - 5**0.5) * i
        disc = np.stack([spread * np.cos(turn), spread * np.sin(turn)], axis=1)
        spots = spots + disc @ _tangents(points[scalp[facet]], xi)
        facet, xi, spots = project(points, scalp, spots.reshape(-1, 3))
        spots = spots.reshape(len(names), -1, 3)
    k = spots.shape[1]
    share = values(xi, scalp.shape[1]) / k
    start = np.arange(len(names) + 1) * k * share.shape[1]
    rows = csr_array((share.ravel(), scalp[facet].ravel(), start), shape=(len(names), len(points)))
    rows.sum_duplicates()
    return Electrodes(tuple(names), found, spots, rows)


def _tangents(x: Array, xi: Array) -> Array:
    """Return two unit vectors in the plane of each facet, shape (n, 2, 3)."""
    J = np.swapaxes(x, -1, -2) @ slopes(xi, x.shape[1])
    return np.swapaxes(np.linalg.qr(J)[0], -1, -2)


def _mm(place: Array) -> str:
    return "(" + ", ".join(f"{1e3 * x:.1f}" for x in place) + ")"
