r"""Transcranial stimulation by direct current: the field of a montage, how focal it is, and dose.

    div(sigma grad u) = 0,    n . sigma grad u = sum_e I_e delta_e on the scalp,    E = -grad u

I_e      current into electrode e [A], positive at anodes; they sum to zero
E        electric field [V/m], shape (3,)

Measures are of grey matter. The peak is the 99.9th percentile of |E| by volume, focality the volume
where |E| is at least a half or three quarters of it: those that SimNIBS reports, Saturnino et al.
(2019), doi:10.1007/978-3-030-21293-3_1. A person's dose is the current that gives a wanted field at
a target, since E is proportional to it: Caulfield et al. (2020), doi:10.1016/j.brs.2020.04.007.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sosie.brain.head.electrodes import Electrodes
from sosie.brain.head.lead_field import ElectricHead
from sosie.brain.head.montage import currents
from sosie.typing import Array

PEAK = 0.999
"""Share of grey matter's volume below the peak."""


@dataclass(frozen=True, slots=True)
class Focality:
    """How strong a field is in a tissue, and in how much of it."""

    peak: float  # 99.9th percentile of |E| [V/m]
    mean: float  # of |E| by volume [V/m]
    half: float  # volume where |E| is at least half the peak [m^3]
    three_quarters: float  # volume where it is at least three quarters of it [m^3]


def field(head: ElectricHead, electrodes: Electrodes, montage: Mapping[str, float]) -> Array:
    """Return E [V/m] in the middle of each cell, shape (m, 3)."""
    return head.field(electrodes, currents(electrodes.names, montage))


def focality(E: Array, volume: Array) -> Focality:
    """Return the measures of a field (n, 3) [V/m] in a tissue's cells of ``volume`` (n,) [m^3]."""
    strength = np.linalg.norm(E, axis=1)
    order = np.argsort(strength)
    share = np.cumsum(volume[order]) / volume.sum()
    peak = strength[order][min(np.searchsorted(share, PEAK), len(order) - 1)]
    return Focality(
        peak=float(peak),
        mean=float(np.average(strength, weights=volume)),
        half=float(volume[strength >= 0.5 * peak].sum()),
        three_quarters=float(volume[strength >= 0.75 * peak].sum()),
    )


def dose(
    wanted: float, E: Array, *, normals: Array | None = None, volume: Array | None = None
) -> float:
    """Return what a montage's currents are to be multiplied by for a ``wanted`` field [V/m].

    E is the field (n, 3) [V/m] at the target's points: the mean of |E| is to be ``wanted``, or,
    where unit ``normals`` (n, 3) of the cortex are given, that of E along them. Points count alike,
    or by their ``volume`` (n,).
    """
    given = np.linalg.norm(E, axis=1) if normals is None else np.einsum("ni,ni->n", E, normals)
    return float(wanted / np.average(given, weights=volume))
