"""One person's brain from three volumes: a place among the keyframes, then one scale.

    V_ventricles / (V_brain + V_ventricles)  chooses the place: the ratio does not know the scale
    scale = (V_brain / V_tissue)^(1/3)       of tissue and ventricles alike

V_tissue is the sum over cells, V_ventricles follows from the divergence theorem over their wall.
The pia moves with the scale alone, so tissue and ventricles together are the same at every place.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from sosie.errors import RejectedError
from sosie.geometry.brain.quality import check, enclosed
from sosie.geometry.brain.template import BrainTemplate
from sosie.typing import Array

TOLERANCE = 1e-6
"""Relative error of both volumes that is accepted."""


@dataclass(frozen=True)
class BrainShape:
    """A person's vertices and what they came out as."""

    points: Array  # (n, 3) [m]
    brain_volume: float  # of the cells [m^3]
    ventricular_volume: float  # inside the wall [m^3]
    place: float  # keyframes passed, with a fraction
    scale: float  # of lengths, over the template's
    brain_ratio: float  # brain over intracranial volume
    det_min: float  # smallest det J over the mean
    dihedral_min: float  # [degrees]


@cache
def _path(template: BrainTemplate) -> tuple[Array, Array]:
    """Return ventricles over ventricles and tissue at keyframes (K,), as cubics between (K-1, 4).

    The volume is a cubic of the position along a straight segment: four values give it exactly.
    """
    t = np.linspace(0, 1, 4)
    whole = enclosed(template.points, template.facets) + ventricles(template, template.points)
    pairs = zip(template.keyframes[:-1], template.keyframes[1:], strict=True)
    values = [[ventricles(template, (1 - s) * p + s * q) / whole for s in t] for p, q in pairs]
    cubics = np.linalg.solve(np.vander(t), np.array(values).T).T
    return np.array([values[0][0], *(row[-1] for row in values)]), cubics


def ventricles(template: BrainTemplate, points: Array) -> float:
    """Return the volume [m^3] inside the ventricles' wall, whose facets point into it."""
    return -enclosed(points, template.wall)


def place(template: BrainTemplate, ratio: float) -> float:
    """Return where on the keyframes' path ventricles over ventricles and tissue is ``ratio``."""
    ratios, cubics = _path(template)
    if not ratios[0] <= ratio <= ratios[-1]:
        raise RejectedError(
            f"geometry: ventricles are {ratio:.4f} of ventricles and tissue;"
            f" the template reaches {ratios[0]:.4f} to {ratios[-1]:.4f}"
        )
    k = min(int(np.searchsorted(ratios, ratio, side="right")) - 1, len(cubics) - 1)
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if np.polyval(cubics[k], middle) < ratio else (low, middle)
    return k + low


def at(template: BrainTemplate, where: float) -> Array:
    """Return the points at a place among the keyframes, shape (n, 3) [m]."""
    k = min(int(where), len(template.keyframes) - 2)
    t = where - k
    return (1 - t) * template.keyframes[k] + t * template.keyframes[k + 1]


def personalise(
    template: BrainTemplate,
    *,
    intracranial_volume: float,
    brain_volume: float,
    ventricular_volume: float,
) -> BrainShape:
    """Return the template with a person's volumes [m^3]; raise RejectedError where it cannot."""
    whole = brain_volume + ventricular_volume
    if not (0 < brain_volume < np.inf and 0 < ventricular_volume < np.inf):
        raise RejectedError(
            f"geometry: brain {1e6 * brain_volume:.4g} mL and ventricles"
            f" {1e6 * ventricular_volume:.4g} mL must be positive"
        )
    if not whole <= intracranial_volume:
        raise RejectedError(
            f"geometry: brain and ventricles, {1e6 * whole:.1f} mL, exceed the intracranial"
            f" volume, {1e6 * intracranial_volume:.1f} mL"
        )
    where = place(template, ventricular_volume / whole)
    points = at(template, where)
    scale = float(
        np.cbrt(whole / (enclosed(points, template.facets) + ventricles(template, points)))
    )
    points *= scale
    found, inside = check(points, template.cells), ventricles(template, points)
    if not found.det_min > 0:
        raise RejectedError(
            f"geometry: inverted cells (smallest det J {found.det_min:.2g} of mean)"
        )
    assert abs(found.volume / brain_volume - 1) < TOLERANCE
    assert abs(inside / ventricular_volume - 1) < TOLERANCE
    return BrainShape(
        points=points,
        brain_volume=found.volume,
        ventricular_volume=inside,
        place=where,
        scale=scale,
        brain_ratio=brain_volume / intracranial_volume,
        det_min=found.det_min,
        dihedral_min=found.dihedral_min,
    )
