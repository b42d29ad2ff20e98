"""The head template as it is loaded: brain, fluid, skull and scalp, the same for every patient.

Points are MNI coordinates [m]. The first vertices are those of the brain template of the same name,
in its order, so what is known at the brain's vertices is known here. Then come the fluid in
ventricles and cisterns, which together with the brain is the body inside the hull, and five layers
of copies of the hull's vertices: inner skull, middle and outer skull, middle of the scalp and skin.
Pia, ventricles' wall, skull and scalp are faces of the mesh; grey and white meet in a staircase.
"""

import hashlib
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources

import numpy as np

from sosie.errors import SosieError
from sosie.geometry.brain.template import STEP, BrainTemplate
from sosie.geometry.brain.template import load as load_brain
from sosie.geometry.head.shells import INNER, OUTER, SKIN, prisms
from sosie.typing import Array, Integers

TISSUES = {"grey": 1, "white": 2, "csf": 3, "skull": 4, "scalp": 5}
"""Grey and white as in the brain template."""
TAGS = {"pial": 1, "ventricles": 2, "inner_skull": 3, "outer_skull": 4, "scalp": 5}
"""Surfaces; pial and ventricles as in the brain template."""
SYSTEMS = (20, 10, 5)
"""Systems of electrodes: 10-20, 10-10 and 10-5, each with those before it."""
_DATA = resources.files("sosie.geometry.head") / "data"
_LAYERS = ("csf", *["skull"] * (OUTER - INNER), *["scalp"] * (SKIN - OUTER))


@dataclass(frozen=True, eq=False)
class HeadTemplate:
    """Topology, labels, keyframes, electrodes and sources of one resolution."""

    brain: BrainTemplate  # its vertices come first
    points: Array  # (n, 3) [m]
    cells: Integers  # (m, 4) of positive volume
    tissue: Integers  # (m,) values of TISSUES
    region: Integers  # (m,) index into regions, 0 outside grey matter and deep nuclei
    hull: Integers  # (n_hull,) vertices that the layers repeat
    facets: Integers  # (k, 3) triangles of surfaces, outward from the brain, ventricles' inward
    facet_tags: Integers  # (k,) values of TAGS
    keyframes: Array  # (K, n_body, 3) [m], ventricles from smallest to largest
    swelling: Array  # (n_body, 3) [m], what brings the hull next to the inner skull
    shrinking: Array  # (n_body, 3) [m], what brings it away: the most atrophied brain
    electrodes: tuple[str, ...]
    electrode_system: Integers  # (n_electrodes,) the coarsest of SYSTEMS that has it
    electrode_facet: Integers  # (n_electrodes, 3) vertices of the scalp
    electrode_weights: Array  # (n_electrodes, 3) barycentric
    source_cell: Integers  # (n_sources,) of grey matter
    source_weights: Array  # (n_sources, 4) barycentric
    source_normal: Array  # (n_sources, 3) out of the cortex, of unit length

    @property
    def regions(self) -> tuple[str, ...]:
        """Desikan-Killiany names, the first is "none"."""
        return self.brain.regions

    @property
    def n_body(self) -> int:
        """Number of vertices inside the hull and on it."""
        return len(self.swelling)

    def displacement(self, swelling: float) -> Array:
        """Return what is added to a keyframe, (n_body, 3) [m]: 1 is full, -1 most atrophied."""
        return abs(swelling) * (self.swelling if swelling > 0 else self.shrinking)

    @property
    def source_region(self) -> Integers:
        """Index into regions of each source."""
        return self.region[self.source_cell]

    @cached_property
    def skull_thickness(self) -> float:
        """Median distance [m] across the skull above z = 0, where its base is below."""
        inner, outer = (self.points[self.surface(name)] for name in ("inner_skull", "outer_skull"))
        normal = np.cross(inner[:, 1] - inner[:, 0], inner[:, 2] - inner[:, 0])
        across = ((outer - inner).mean(axis=1) * normal).sum(axis=1) / np.linalg.norm(
            normal, axis=1
        )
        return float(np.median(across[inner[:, :, 2].mean(axis=1) > 0]))

    @cached_property
    def digest(self) -> str:
        """A name for exactly this template."""
        text = hashlib.sha256(f"{self.regions} {self.electrodes}".encode())
        for name, value in vars(self).items():
            if isinstance(value, np.ndarray):
                text.update(name.encode() + np.ascontiguousarray(value).tobytes())
        return text.hexdigest()[:16]

    def surface(self, name: str) -> Integers:
        """Return the facets of one of TAGS, shape (k, 3)."""
        return self.facets[self.facet_tags == TAGS[name]]

    def electrodes_at(self, points: Array) -> Array:
        """Return the places of the electrodes (n_electrodes, 3) of vertices (n, 3)."""
        return np.einsum("ek,ekj->ej", self.electrode_weights, points[self.electrode_facet])

    def sources_at(self, points: Array) -> Array:
        """Return the places of the sources (n_sources, 3) of vertices (n, 3)."""
        return np.einsum("sa,saj->sj", self.source_weights, points[self.cells[self.source_cell]])

    def sources_of(self, region: str) -> Integers:
        """Return the sources of a region."""
        if region not in self.regions[1:]:
            raise SosieError(f"head: no region {region!r}; there are {', '.join(self.regions[1:])}")
        return np.flatnonzero(self.source_region == self.regions.index(region))

    def montage(self, system: int) -> Integers:
        """Return the electrodes of one of SYSTEMS."""
        if system not in SYSTEMS:
            raise SosieError(
                f"head: no electrode system {system}; there are 20, 10 and 5 (10-20, 10-10, 10-5)"
            )
        return np.flatnonzero(self.electrode_system >= system)


def names() -> list[str]:
    """Return the names of the templates that ship."""
    files = (entry.name for entry in _DATA.iterdir())
    found = (name for name in files if name.startswith("head_") and name.endswith(".npz"))
    return sorted(name[len("head_") : -len(".npz")] for name in found)


@cache
def load(name: str) -> HeadTemplate:
    """Return the template of a resolution."""
    if name not in names():
        raise SosieError(f"head.mesh: no template {name!r}; there are {', '.join(names())}")
    with resources.as_file(_DATA / f"head_{name}.npz") as path, np.load(path) as file:
        stored = {key: file[key] for key in file.files}
    return assemble(load_brain(name), stored)


def assemble(brain: BrainTemplate, stored: dict[str, Array]) -> HeadTemplate:
    """Put together what the file holds and what follows from it."""
    body = stored["body"] * STEP
    n, n_body = brain.n_vertices, len(body)
    keyframes = np.repeat(body[None], len(brain.keyframes), axis=0)
    keyframes[:, :n] += brain.keyframes - brain.points
    keyframes[:, n:] += stored["moves"] * STEP
    hull_facets = stored["hull"].astype(np.int64)
    hull = np.unique(hull_facets)
    layers = prisms(hull_facets, hull, n_body, SKIN)
    per_layer = 3 * len(hull_facets)
    fluid = stored["fluid"].astype(np.int64)
    outside = np.repeat([TISSUES[name] for name in _LAYERS], per_layer)
    tissue = np.concatenate([brain.tissue, np.full(len(fluid), TISSUES["csf"]), outside])
    local = np.searchsorted(hull, hull_facets)
    surfaces = {
        name: n_body + (layer - 1) * len(hull) + local
        for name, layer in (("inner_skull", INNER), ("outer_skull", OUTER), ("scalp", SKIN))
    }
    tags = np.repeat([TAGS[name] for name in surfaces], len(local))
    scalp = surfaces["scalp"]
    return HeadTemplate(
        brain=brain,
        points=np.concatenate([body, stored["layers"].reshape(-1, 3) * STEP]),
        cells=np.concatenate([brain.cells, fluid, layers]),
        tissue=tissue.astype(np.int8),
        region=np.concatenate([brain.region, np.zeros(len(fluid) + len(layers), dtype=np.int16)]),
        hull=hull,
        facets=np.concatenate([brain.facets, *surfaces.values()]),
        facet_tags=np.concatenate([brain.facet_tags, tags]).astype(np.int8),
        keyframes=keyframes,
        swelling=stored["swelling"] * STEP,
        shrinking=stored["shrinking"] * STEP,
        electrodes=tuple(stored["electrodes"].tolist()),
        electrode_system=stored["electrode_system"],
        electrode_facet=scalp[stored["electrode_facet"]],
        electrode_weights=stored["electrode_weights"],
        source_cell=stored["source_cell"].astype(np.int64),
        source_weights=stored["source_weights"],
        source_normal=stored["source_normal"],
    )
