"""One person's head from volumes and a skull thickness.

    x_body  = S (f(p) + |a| w)                      f: the keyframes at place p
    x_inner = S x
    x_outer = x_inner + (t / t_template) (x_outer - x_inner in the template)
    S       = (V_intracranial / V_template)^(1/3)   scale of the skull and of the scalp's thickness
    t       skull's thickness, its median above the base

w is the template's swelling where a > 0 and its shrinking where a < 0. a and p give brain and
ventricles their volumes: the first is known from both together, which are what the pia holds. A
small brain has wide fluid round it, a large one thin.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.optimize import brentq

from sosie.errors import RejectedError
from sosie.geometry.brain.quality import check, enclosed
from sosie.geometry.head.shells import INNER, OUTER, SKIN
from sosie.geometry.head.template import TAGS, HeadTemplate
from sosie.typing import Array, Integers

THICKNESS = 5.97e-3
"""Of a skull [m] of which nothing is known, see `lay`."""
DIHEDRAL_MIN = 5.0
"""What every cell must exceed [degrees]; the template's exceed 10. Full heads have thin fluid."""
MORE = 1.01
"""Times the smallest ventricles, which the template has for sure: they grow with the brain."""
TOLERANCE = 1e-6
"""Relative error of the volumes that is accepted."""


@dataclass(frozen=True)
class Head:
    """A person's vertices and what they came out as."""

    points: Array  # (n, 3) [m]
    electrodes: Array  # (n_electrodes, 3) [m]
    sources: Array  # (n_sources, 3) [m]
    normals: Array  # (n_sources, 3) out of the cortex, of unit length
    intracranial_volume: float  # [m^3]
    brain_volume: float  # of the cells [m^3]
    ventricular_volume: float  # [m^3]
    place: float  # keyframes passed, with a fraction
    swelling: float  # a: 1 when full, -1 when most atrophied
    det_min: float  # smallest det J over the mean
    dihedral_min: float  # [degrees]


def personalise(
    template: HeadTemplate,
    *,
    intracranial_volume: float,
    brain_volume: float,
    ventricular_volume: float,
    skull_thickness: float = THICKNESS,
    smallest: bool = False,
) -> Head:
    """Return the template with a person's volumes [m^3]; raise RejectedError where it cannot.

    Where ``smallest``, ventricles that are smaller than the template's are as small as it has.
    """
    wanted = (intracranial_volume, brain_volume, ventricular_volume, skull_thickness)
    if not all(0 < value < np.inf for value in wanted):
        volumes = ", ".join(f"{1e6 * value:.4g}" for value in wanted[:3])
        raise RejectedError(
            f"head: intracranial, brain and ventricular volume ({volumes} mL) and skull thickness"
            f" ({1e3 * skull_thickness:.4g} mm) must be positive"
        )
    inner = template.facets[template.facet_tags == TAGS["inner_skull"]]
    S = float(np.cbrt(intracranial_volume / enclosed(template.points, inner)))
    whole, ventricles = (
        value / S**3 for value in (brain_volume + ventricular_volume, ventricular_volume)
    )
    path = _path(template)
    if smallest and ventricles < (least := MORE * path.smallest(whole)):
        whole, ventricles = whole - ventricles + least, least
        ventricular_volume = S**3 * least
    where, swelling = path.find(whole, ventricles, intracranial_volume / S**3)
    body = S * (_between(template.keyframes, where) + template.displacement(swelling))
    points = np.concatenate([body, _layers(template, S, skull_thickness)])
    found = check(points, template.cells)
    if not found.det_min > 0:
        raise RejectedError(f"head: inverted cells (smallest det J {found.det_min:.2g} of mean)")
    if not found.dihedral_min > DIHEDRAL_MIN:
        raise RejectedError(
            f"head: a dihedral angle of {found.dihedral_min:.1f} degrees;"
            f" more than {DIHEDRAL_MIN:g} are wanted"
        )
    inside = -enclosed(points, template.brain.wall)
    brain = enclosed(points, template.brain.facets)
    assert abs(brain / brain_volume - 1) < TOLERANCE
    assert abs(inside / ventricular_volume - 1) < TOLERANCE
    places, normals = _sources(template, points)
    return Head(
        points=points,
        electrodes=template.electrodes_at(points),
        sources=places,
        normals=normals,
        intracranial_volume=enclosed(points, inner),
        brain_volume=brain,
        ventricular_volume=inside,
        place=where,
        swelling=swelling,
        det_min=found.det_min,
        dihedral_min=found.dihedral_min,
    )


class _Path:
    """The keyframes of the surfaces alone: volumes at a place, a swelling."""

    def __init__(self, template: HeadTemplate) -> None:
        self.pial = _Part(template, template.surface("pial"))
        self.wall = _Part(template, template.surface("ventricles"))
        self.last = len(template.keyframes) - 1.0

    def smallest(self, whole: float) -> float:
        """Return the smallest ventricles [m^3] of a brain that fills ``whole`` with them [m^3]."""
        return -self.wall.volume(0.0, self._swelling(whole))

    def _swelling(self, whole: float) -> float:
        """Return the swelling at which the pia holds ``whole`` [m^3], within -1 and 1."""

        def excess(swelling: float) -> float:
            return self.pial.volume(0.0, swelling) - whole  # the same at every place

        if excess(-1.0) >= 0 or excess(1.0) <= 0:
            return -1.0 if excess(-1.0) >= 0 else 1.0
        return float(brentq(excess, -1, 1, xtol=1e-13, rtol=1e-13))

    def find(self, whole: float, ventricles: float, skull: float) -> tuple[float, float]:
        """Return place and swelling that give the volumes [m^3], in the template's skull."""
        low, high = (self.pial.volume(0.0, end) for end in (-1.0, 1.0))
        if not low <= whole <= high:
            raise RejectedError(
                f"head: brain and ventricles fill {whole / skull:.3f} of the skull;"
                f" the template reaches {low / skull:.3f} to {high / skull:.3f}"
            )
        swelling = self._swelling(whole)

        def beyond(where: float) -> float:
            return -self.wall.volume(where, swelling) - ventricles

        low, high = (beyond(end) + ventricles for end in (0.0, self.last))
        if not low <= ventricles <= high:
            raise RejectedError(
                f"head: ventricles are {ventricles / whole:.4f} of ventricles and tissue;"
                f" the template reaches {low / whole:.4f} to {high / whole:.4f}"
            )
        return float(brentq(beyond, 0, self.last, xtol=1e-13, rtol=1e-13)), swelling


class _Part:
    """A surface along the keyframes, only its own vertices."""

    def __init__(self, template: HeadTemplate, facets: Integers) -> None:
        used, local = np.unique(facets, return_inverse=True)
        self.facets = local.reshape(-1, 3)
        self.keyframes = template.keyframes[:, used]
        self.displacements = {sign: template.displacement(sign)[used] for sign in (1.0, -1.0)}

    def volume(self, where: float, swelling: float) -> float:
        """Return the volume [m^3] that the surface holds, negative where it faces inwards."""
        moved = abs(swelling) * self.displacements[1.0 if swelling > 0 else -1.0]
        return enclosed(_between(self.keyframes, where) + moved, self.facets)


@cache
def _path(template: HeadTemplate) -> _Path:
    return _Path(template)


def _between(keyframes: Array, where: float) -> Array:
    k = min(int(where), len(keyframes) - 2)
    t = where - k
    return (1 - t) * keyframes[k] + t * keyframes[k + 1]


def _layers(template: HeadTemplate, S: float, thickness: float) -> Array:
    """Return the vertices outside the hull, shape (SKIN * n_hull, 3) [m]."""
    x = template.points[template.n_body :].reshape(SKIN, -1, 3)
    inner, outer = x[INNER - 1], x[OUTER - 1]
    skull = S * inner + (thickness / template.skull_thickness) * (x[INNER - 1 : OUTER] - inner)
    scalp = skull[-1] + S * (x[OUTER:] - outer)
    return np.concatenate([skull, scalp]).reshape(-1, 3)


def _sources(template: HeadTemplate, points: Array) -> tuple[Array, Array]:
    """Return places and normals; a normal goes with the surface, n = F^-T n0."""
    corners = template.cells[template.source_cell]
    old, new = template.points[corners], points[corners]
    before, after = (x[:, 1:] - x[:, :1] for x in (old, new))  # rows are edges
    F = np.linalg.solve(before, after)  # transposed: before @ F^T = after
    normals = np.linalg.solve(F, template.source_normal[..., None])[..., 0]
    return template.sources_at(points), normals / np.linalg.norm(normals, axis=1, keepdims=True)
