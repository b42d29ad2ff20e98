"""One patient's left ventricle: atlas shape from scores, scaled to cavity volume and wall.

The cavity is closed by the fan from the endocardial rim to its centroid c, whose cone adds nothing
to the integral of (x - c) . n, so

    V = -1/3 int_endocardium (x - c) . n dA      (n outwards from the muscle)

The whole ventricle is scaled to V; then the wall is made k times as thick, from the endocardium
outwards, until the muscle has its mass (density 1.05 g/mL) or, where it was measured, its mean
thickness:

    lambda = lambda_endo + t k w(lambda_epi - lambda_endo),   w(d) = (d + sqrt(d^2 + 4 d0^2)) / 2
    mu     = s (mu_endo + t k (mu_epi - mu_endo))

The atlas's six modes let the two surfaces touch or cross at thin apices and scars (in one real
heart of seven); w is d there no longer, but a thin wall, and hardly changes d elsewhere.
"""

import json
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

import numpy as np
from scipy.optimize import brentq

from sosie.errors import RejectedError
from sosie.geometry import spheroid
from sosie.geometry.template import Template
from sosie.typing import Array

DENSITY = 1050.0  # ASSUME: [kg/m^3] of myocardium, the value cardiac MRI multiplies volumes with
THINNEST = 0.03
"""# ASSUME: d0, in lambda: the wall where the atlas has none, a millimetre before it is scaled."""
GRID = np.meshgrid(np.linspace(0.0, 1.0, 73), np.linspace(0, 2 * np.pi, 120, endpoint=False))
"""s and theta where a wall is asked whether it folds."""
OPEN, THICKEST = 0.5, 1.5
"""# ASSUME: the share of its volume that a piece of wall keeps at least, whatever the tilt of the
base's rim, up to this k."""
THICKNESS_RANGE = (0.15, 4.0)
"""Wall scale factors k that are tried."""


@dataclass(frozen=True)
class Ventricle:
    """The smooth geometry of one patient, evaluated anywhere in the wall."""

    focal: float  # [m]
    base: Array  # (2, n) mu_base of endocardium and epicardium
    wall: Array  # (2, n) lambda of endocardium and epicardium
    thickening: float = 1.0  # k
    thinnest: float = 0.0  # d0

    def at(self, coordinates: Array) -> Array:
        """Return positions [m], shape (..., 3), of (t, s, theta), shape (..., 3)."""
        t, s, theta = np.moveaxis(coordinates, -1, 0)
        shape = spheroid.harmonics(s, theta)
        rim = spheroid.fourier(theta)
        width, _ = self._width(shape @ (self.wall[1] - self.wall[0]))
        outwards = t * self.thickening
        lam = shape @ self.wall[0] + outwards * width
        mu = s * (rim @ self.base[0] + outwards * (rim @ (self.base[1] - self.base[0])))
        return spheroid.cartesian(self.focal, lam, mu, theta)

    def tangents(self, coordinates: Array) -> tuple[Array, Array]:
        """Return dx/ds and dx/dtheta over the focal length, components first, shape (3, ...)."""
        t, s, theta = np.moveaxis(coordinates, -1, 0)
        outwards = t * self.thickening
        walls = np.stack([self.wall[0], self.wall[1] - self.wall[0]])
        (lam, apart), (lam_s, apart_s), (lam_t, apart_t) = spheroid.surfaces(walls, s, theta)
        width, slope = self._width(apart)
        share = outwards * slope
        lam = lam + outwards * width
        lam_s, lam_t = lam_s + share * apart_s, lam_t + share * apart_t
        rim, turning = (
            sum(
                (a + outwards * b) * wave
                for a, b, wave in zip(self.base[0], self.base[1] - self.base[0], found, strict=True)
            )
            for found in spheroid.waves(theta)
        )
        return spheroid.tangents((lam, lam_s, lam_t), (s * rim, rim, s * turning), theta)

    def _width(self, apart: Array) -> tuple[Array, Array]:
        """Return w of how far the surfaces are apart, and its slope."""
        root = np.sqrt(apart**2 + 4 * self.thinnest**2)
        return (apart + root) / 2, (1 + apart / root) / 2

    def unfolded(self) -> "Ventricle":
        """Return the ventricle whose epicardial rim is as far towards its own as no wall folds."""
        s, theta = GRID
        walls = np.stack([self.wall[0], self.wall[1] - self.wall[0]])
        (_, apart), (steep, apart_s), _ = spheroid.surfaces(walls, s, theta)
        width, slope = self._width(apart)
        width_s = slope * apart_s
        rim = spheroid.fourier(theta)
        inner, tilt = rim @ self.base[0], rim @ (self.base[1] - self.base[0])
        folds = [tilt * (s * (steep + t * width_s) - t * width) for t in (0.0, THICKEST)]
        room = (1 - OPEN) * width * inner
        share = min(1.0, float((room / np.maximum(folds, 1e-12)).min()))
        outer = self.base[0] + share * (self.base[1] - self.base[0])
        return replace(self, base=np.stack([self.base[0], outer]))


@dataclass(frozen=True)
class Anatomy:
    """A ventricle on the template, with what was asked and what was met."""

    ventricle: Ventricle
    points: Array  # (n_nodes, 3) [m]
    cavity_volume: float  # [m^3]
    cavity_volume_error: float  # [m^3], met minus asked
    muscle_volume: float  # [m^3]
    wall_thickness: float  # [m], mean over the endocardium

    @property
    def mass(self) -> float:
        """Muscle mass [kg]."""
        return DENSITY * self.muscle_volume


@cache
def _model() -> dict:
    return json.loads((files("sosie.geometry") / "data" / "lv_atlas.json").read_text())


def from_scores(scores: Array, *, phase: str = "ed") -> Ventricle:
    """Return the atlas ventricle of six centred scores at end diastole (ed) or end systole (es)."""
    row = np.concatenate([[1.0], scores])
    model = _model()["surfaces"]
    surfaces = [model[f"{phase}_{name}"] for name in ("endocardium", "epicardium")]
    base = np.array([row @ np.array(surface["base"]) for surface in surfaces])
    wall = np.array([row @ np.array(surface["wall"]) for surface in surfaces])
    shape = Ventricle(_model()["focal_length_m"], base, wall, thinnest=THINNEST)
    return shape.unfolded()


def personalise(
    template: Template,
    scores: Array,
    *,
    volume: float,
    mass: float,
    thickness: float | None = None,
) -> Anatomy:
    """Return the ventricle of these scores with this cavity volume [m^3] and mass [kg].

    ``thickness`` [m], where it was measured, takes the place of the mass.
    Raises RejectedError where no wall within THICKNESS_RANGE meets it.
    """
    shape = from_scores(scores)
    points = shape.at(template.nodes)
    scale = (volume / cavity_volume(template, points)) ** (1 / 3)
    shape = replace(shape, focal=shape.focal * scale)

    def excess(k: float) -> float:
        thick = replace(shape, thickening=k)
        points[template.surface] = thick.at(template.nodes[template.surface])
        if thickness is not None:
            return wall_thickness(template, points) / thickness - 1
        return muscle_volume(template, points) * DENSITY / mass - 1

    low, high = (excess(k) for k in THICKNESS_RANGE)
    if not low < 0 < high:
        asked = f"{thickness * 1e3:.1f} mm" if thickness is not None else f"{mass * 1e3:.0f} g"
        raise RejectedError(
            f"geometry: no wall of {asked} fits a cavity of {volume * 1e6:.0f} mL"
            f" (wall scale outside {THICKNESS_RANGE[0]}-{THICKNESS_RANGE[1]})"
        )
    ventricle = replace(shape, thickening=brentq(excess, *THICKNESS_RANGE, xtol=1e-10))
    points = ventricle.at(template.nodes)
    met = cavity_volume(template, points)
    return Anatomy(
        ventricle,
        points,
        met,
        met - volume,
        muscle_volume(template, points),
        wall_thickness(template, points),
    )


# Quadrature of degree 4 on the triangle (Strang and Fix 1973, six points), and the six
# second-order shape functions and their gradients at its points.
_A, _B = 0.445948490915965, 0.091576213509771
_POINTS = np.array(
    [[_A, _A], [1 - 2 * _A, _A], [_A, 1 - 2 * _A], [_B, _B], [1 - 2 * _B, _B], [_B, 1 - 2 * _B]]
)
_WEIGHTS = np.repeat([0.223381589678011, 0.109951743655322], 3) / 2


def _triangle(points: Array) -> tuple[Array, Array]:
    """Return the P2 shape functions (q, 6) and gradients (q, 6, 2) at reference points."""
    r, s = points.T
    u = 1 - r - s
    values = np.stack(
        [u * (2 * u - 1), r * (2 * r - 1), s * (2 * s - 1), 4 * r * s, 4 * u * s, 4 * u * r], 1
    )
    d_r = np.stack([1 - 4 * u, 4 * r - 1, 0 * r, 4 * s, -4 * s, 4 * (u - r)], 1)
    d_s = np.stack([1 - 4 * u, 0 * s, 4 * s - 1, 4 * r, 4 * (u - s), -4 * r], 1)
    return values, np.stack([d_r, d_s], axis=-1)


_SHAPE, _GRADIENT = _triangle(_POINTS)


def _flux(points: Array, origin: Array) -> float:
    """Integrate (x - origin) . n / 3 over curved triangles, nodes of shape (n, 6, 3)."""
    x = np.einsum("qa,naj->nqj", _SHAPE, points) - origin
    tangents = np.einsum("qak,naj->nqkj", _GRADIENT, points)
    normal = np.cross(tangents[..., 0, :], tangents[..., 1, :])
    return float(np.einsum("q,nqj,nqj->", _WEIGHTS, x, normal) / 3)


def cavity_volume(template: Template, points: Array) -> float:
    """Return the volume [m^3] inside the endocardium, closed at the base."""
    rim = (template.nodes[:, 0] == 0) & (template.nodes[:, 1] == 1)
    return -_flux(points[template.surface_nodes["endocardium"]], points[rim].mean(axis=0))


def muscle_volume(template: Template, points: Array) -> float:
    """Return the volume [m^3] of the wall (divergence theorem over its boundary)."""
    return sum(_flux(points[nodes], np.zeros(3)) for nodes in template.surface_nodes.values())


def wall_thickness(template: Template, points: Array) -> float:
    """Return the mean distance [m] from endocardial vertices to the epicardium across the wall."""
    per_surface = template.n_vertices // (template.layers + 1)
    inner = points[:per_surface]
    outer = points[template.layers * per_surface : template.n_vertices]
    return float(np.linalg.norm(outer - inner, axis=1).mean())
