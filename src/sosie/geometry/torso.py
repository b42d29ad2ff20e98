r"""A torso to carry potentials from the heart to the skin: an elliptic cylinder, NOT anyone's body.

    (x / a)^2 + (y / b)^2 <= 1,    crotch <= z <= notch,    2 a = 0.0417 q,  2 b = 0.0370 q,
    q = sqrt(weight / height) in sqrt(kg / m)

x, y, z  to the left, to the back and upwards from the floor [m]; x = y = 0 is its axis
a, b     half of the chest's breadth and of its depth [m]; q is the width of a body of given height

Means of 6068 soldiers, 4082 of them men, computed from the public table of Gordon et al. (2014),
"2012 anthropometric survey of US Army personnel", Natick/TR-15/007: chest breadth over q 0.0417 (SD
between people 5.5 %, women's and men's means 0.6 % apart), chest depth over q 0.0370 (6 %; 5 %),
crotch at 0.481 and notch of the sternum at 0.818 of the height, biacromial over chest breadth 1.41.

Electrodes stand where Kligfield et al. (2007), doi:10.1016/j.jacc.2007.01.024, ask for them, in
words of the skeleton; their places on the cylinder are measured or assumed one by one below. A limb
is a wire: its electrode stands at its root, an arm's at the side of the upper end, the leg's at the
middle of the left half of the lower.

The heart hangs from the place of its apex by the direction of its long axis.
"""

from dataclasses import dataclass
from functools import cache
from typing import Annotated

import numpy as np
from scipy.sparse import csr_array
from scipy.spatial import Delaunay

from sosie.errors import RejectedError, SosieError
from sosie.typing import Array, Integers
from sosie.units import SI

BREADTH, DEPTH = 0.0417, 0.0370
"""[m/sqrt(kg/m)] of the chest, over q."""
CROTCH, NOTCH, FOURTH = 0.481, 0.818, 0.735
"""Of the height: the torso's ends and the fourth intercostal space. The last is the mean height of
men's nipples in the survey, as nipples lie over that space."""
SPACE = 0.02
"""# ASSUME: of the height, from one intercostal space to the next."""
MARGIN = 20e-3
"""# ASSUME: [m] from the midline to either margin of the sternum."""
CLAVICLE = 1.41 / 2
"""Of a: the midclavicular line, a quarter of the biacromial breadth from the midline."""
APEX = 0.6
"""# ASSUME: of a; the apex beats a little medially of the clavicle's middle, in the fifth space."""
UNDER_SKIN = 30e-3
"""# ASSUME: [m] from the skin straight back to the apex: chest wall and pericardial fat."""
FRONTAL, TRANSVERSE = np.deg2rad(38.0), np.deg2rad(46.0)
"""Long axis: below the horizontal in the frontal plane and in front of the left in the transverse
one; means of 94 healthy people (SD 10 and 7 degrees), Engblom et al. (2005), Am Heart J 150:507."""
FINE, COARSE, STRETCH = 10e-3, 30e-3, 0.2
"""[m] between vertices near the chest electrodes and far from them, and how fast it grows.
Measured: leads' weights at the heart are within 2 % (root mean square) of those at 4 mm."""
ELECTRODES = ("RA", "LA", "LL", "V1", "V2", "V3", "V4", "V5", "V6")


@dataclass(frozen=True, slots=True)
class Torso:
    """An elliptic cylinder with nine electrodes."""

    height: Annotated[float, SI("m")]  # of the person
    breadth: Annotated[float, SI("m")]  # 2 a
    depth: Annotated[float, SI("m")]  # 2 b

    def __post_init__(self) -> None:
        """Refuse what is no torso."""
        for name in ("height", "breadth", "depth"):
            if not getattr(self, name) > 0:
                raise SosieError(
                    f"torso: {name} is {getattr(self, name)} m; give a positive length"
                )

    @property
    def semi_axes(self) -> Array:
        """Return (a, b) [m]."""
        return np.array([self.breadth, self.depth]) / 2

    @property
    def ends(self) -> tuple[float, float]:
        """Return the heights of the lower and the upper end [m]."""
        return CROTCH * self.height, NOTCH * self.height

    def front(self, x: float) -> float:
        """Return y of the skin of the chest at x [m]."""
        a, b = self.semi_axes
        return -b * np.sqrt(max(1 - (x / a) ** 2, 0.0))

    def electrodes(self) -> Array:
        """Return the places of ELECTRODES, shape (9, 3) [m]."""
        a, b = self.semi_axes
        bottom, top = self.ends
        fourth, fifth = FOURTH * self.height, (FOURTH - SPACE) * self.height
        beside = np.arcsin(MARGIN / a)  # angles from the front towards the left
        clavicle = np.arcsin(CLAVICLE)
        angle = {
            "V1": (-beside, fourth),
            "V2": (beside, fourth),
            "V3": ((beside + clavicle) / 2, (fourth + fifth) / 2),
            "V4": (clavicle, fifth),
            "V5": ((clavicle + np.pi / 2) / 2, fifth),
            "V6": (np.pi / 2, fifth),
        }
        limbs = [[-a, 0.0, top], [a, 0.0, top], [4 * a / (3 * np.pi), 0.0, bottom]]
        chest = [[a * np.sin(t), -b * np.cos(t), z] for t, z in angle.values()]
        return np.array(limbs + chest)

    def fill(self, points: Array) -> Array:
        """Return vertices (n, 3) [m] of this torso from those of ``unit_mesh``."""
        return points * np.append(self.semi_axes, self.height)

    def unit(self, places: Array) -> Array:
        """Return places (n, 3) [m] over (a, b, height): the inverse of ``fill``."""
        return places / np.append(self.semi_axes, self.height)

    def inside(self, points: Array, *, within: float = 0.0) -> Array:
        """Say which points (n, 3) [m] are in the torso, or not farther out than ``within`` [m]."""
        bottom, top = self.ends
        round_axis = np.hypot(*(points[:, :2] / (self.semi_axes + within)).T) <= 1
        return round_axis & (points[:, 2] >= bottom - within) & (points[:, 2] <= top + within)


REFERENCE = Torso(1.75, 0.28, 0.25)
"""Of about 80 kg, on which the mesh is laid out."""


def torso_of(*, height: float, weight: float) -> Torso:
    """Return the torso of a person of this height [m] and weight [kg]."""
    q = np.sqrt(weight / height)
    return Torso(height, BREADTH * q, DEPTH * q)


def placed(torso: Torso, points: Array, *, apex: Array) -> Array:
    """Move a ventricle into the torso: points (n, 3) and apex (3,) [m] of its own axes.

    Those are the store's: x to the apex, y to the septum, z to the inferior wall.
    # ASSUME: the inferior wall faces as far down as the long axis lets it.
    """
    long_axis = np.array([1.0, -np.tan(TRANSVERSE), -np.tan(FRONTAL)])
    long_axis /= np.linalg.norm(long_axis)
    inferior = np.array([0.0, 0.0, -1.0])
    inferior -= (inferior @ long_axis) * long_axis
    inferior /= np.linalg.norm(inferior)
    axes = np.array([long_axis, np.cross(inferior, long_axis), inferior])
    x = APEX * torso.semi_axes[0]
    place = np.array([x, torso.front(x) + UNDER_SKIN, (FOURTH - SPACE) * torso.height])
    return place + (points - apex) @ axes


def check_place(torso: Torso, heart: Array, cells: Integers, electrodes: Array) -> None:
    """Raise RejectedError where a heart leaves the torso, SosieError at a misplaced electrode.

    ``heart`` (n, 3) [m] with tetrahedra (n_cells, 4).
    """
    out = ~torso.inside(heart)
    if out.any():
        raise RejectedError(
            f"ECG: {out.sum()} of {len(heart)} vertices of the heart lie outside the torso"
            f" ({100 * torso.breadth:.0f} by {100 * torso.depth:.0f} cm); check height and weight"
        )
    lowest, highest = heart.min(axis=0), heart.max(axis=0)
    for name, place in zip(ELECTRODES, electrodes, strict=True):
        where = ", ".join(f"{100 * x:.1f}" for x in place)
        if not torso.inside(place[None], within=1e-6)[0]:
            raise SosieError(
                f"ECG: electrode {name} at ({where}) cm is outside the torso; put it on the skin"
            )
        if ((lowest <= place) & (place <= highest)).all() and _encloses(heart[cells], place):
            raise SosieError(
                f"ECG: electrode {name} at ({where}) cm is inside the heart; put it on the skin"
            )


def _encloses(corners: Array, place: Array) -> bool:
    """Say whether a place is in one of the tetrahedra (n, 4, 3)."""
    low, high = corners.min(axis=1), corners.max(axis=1)
    corners = corners[((low <= place) & (place <= high)).all(axis=1)]
    edges = (corners[:, 1:] - corners[:, :1]).transpose(0, 2, 1)
    weights = np.linalg.solve(edges, (place - corners[:, 0])[..., None])[..., 0]
    return bool(((weights >= 0).all(axis=1) & (weights.sum(axis=1) <= 1)).any())


@cache
def _disc(fine: float) -> tuple[Array, Delaunay]:
    """Return rings of 6 i vertices in the unit disc, shape (n, 2), and their triangles."""
    rings = round(max(REFERENCE.semi_axes) / fine)
    disc = [np.zeros((1, 2))]
    for i in range(1, rings + 1):
        angle = np.arange(6 * i) * 2 * np.pi / (6 * i)
        disc.append(i / rings * np.column_stack([np.cos(angle), np.sin(angle)]))
    flat = np.concatenate(disc)
    return flat, Delaunay(flat)


@cache
def unit_mesh(fine: float = FINE, coarse: float = COARSE) -> tuple[Array, Integers]:
    """Return vertices (n, 3), over (a, b, height), and tetrahedra (n_cells, 4) of all torsos.

    Rings on levels that are ``fine`` apart around the chest electrodes and up to ``coarse`` beyond
    [m] in a torso of REFERENCE.
    """
    flat, triangles = _disc(fine)
    a, b, c = np.sort(triangles.simplices, axis=1).T
    z = _levels(fine / REFERENCE.height, coarse / REFERENCE.height)
    n = len(flat)
    points = np.column_stack([np.tile(flat, (len(z), 1)), np.repeat(z, n)])
    layer = np.vstack(  # prisms are cut by the lowest-vertex rule, so neighbours agree
        [
            np.column_stack([a, b, c, c + n]),
            np.column_stack([a, b, b + n, c + n]),
            np.column_stack([a, a + n, b + n, c + n]),
        ]
    )
    cells = (layer + n * np.arange(len(z) - 1)[:, None, None]).reshape(-1, 4)
    return points, cells


def at_skin(points: Array, cells: Integers) -> Integers:
    """Return those tetrahedra of ``unit_mesh`` that touch its surface."""
    out = np.hypot(points[:, 0], points[:, 1]) > 1 - 1e-9
    out |= (points[:, 2] == points[0, 2]) | (points[:, 2] == points[-1, 2])
    return cells[out[cells].any(axis=1)]


def within(places: Array) -> csr_array | None:
    """Return the matrix (n, n_vertices) that interpolates from ``unit_mesh`` to places inside.

    ``places`` (n, 3) are over (a, b, height); None where one is outside. A place is found in a
    triangle and between two levels, and of the prism that these are in one of three tetrahedra:
    what ``locate.interpolation`` looks for among all.
    """
    flat, triangles = _disc(FINE)
    z = _levels(FINE / REFERENCE.height, COARSE / REFERENCE.height)
    found = triangles.find_simplex(places[:, :2])
    level = np.clip(np.searchsorted(z, places[:, 2], side="right") - 1, 0, len(z) - 2)
    up = (places[:, 2] - z[level]) / (z[level + 1] - z[level])
    if (found < 0).any() or up.min(initial=0.0) < 0 or up.max(initial=0.0) > 1:
        return None
    corners = np.sort(triangles.simplices, axis=1)[found]
    edges = (flat[corners[:, 1:]] - flat[corners[:, :1]]).transpose(0, 2, 1)
    inner = np.linalg.solve(edges, (places[:, :2] - flat[corners[:, 0]])[..., None])[..., 0]
    weight = np.maximum(np.column_stack([1 - inner.sum(axis=1), inner]), 0.0)
    # From the last vertex to the first, each goes up as far as the height is not used up.
    above = np.concatenate([np.zeros((len(up), 1)), np.cumsum(weight[:, :0:-1], axis=1)], axis=1)
    raised = np.clip(up[:, None] - above, 0.0, weight[:, ::-1])[:, ::-1]
    values = np.hstack([weight - raised, raised])
    columns = len(flat) * level[:, None] + np.hstack([corners, corners + len(flat)])
    shape = (len(places), len(flat) * len(z))
    return csr_array((values.ravel(), columns.ravel(), 6 * np.arange(len(places) + 1)), shape=shape)


def _levels(fine: float, coarse: float) -> Array:
    """Return heights of levels, farther apart by STRETCH of the distance from the chest's."""
    low, high = FOURTH - 3 * SPACE, FOURTH + 2 * SPACE
    z = np.linspace(CROTCH, NOTCH, 2001)
    away = np.maximum(np.maximum(low - z, z - high), 0.0)
    density = 1 / np.minimum(fine + STRETCH * away, coarse)
    count = np.concatenate([[0.0], np.cumsum((density[1:] + density[:-1]) / 2) * (z[1] - z[0])])
    return np.interp(np.linspace(0, count[-1], round(count[-1]) + 1), count, z)
