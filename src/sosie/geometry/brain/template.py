"""The brain template as it is loaded: geometry, labels and keyframes, the same for every patient.

Points are MNI coordinates [m] of the ICBM 152 brain with its own ventricles. The keyframes are
positions of the same vertices with the ventricles emptied or filled, in order of ventricular
volume and with the pia in place; positions in between are linear between neighbours.
"""

import hashlib
from dataclasses import dataclass, replace
from functools import cache, cached_property
from importlib import resources

import numpy as np

from sosie.errors import SosieError
from sosie.typing import Array, Integers

TAGS = {"pial": 1, "ventricles": 2}
TISSUES = {"grey": 1, "white": 2}
STEP = 5e-6
"""Positions are stored in whole steps [m]."""
_DATA = resources.files("sosie.geometry.brain") / "data"
_PAIRS = np.array([(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)])
_CHILDREN = np.array(
    [
        *[(0, 4, 5, 6), (4, 1, 7, 8), (5, 7, 2, 9), (6, 8, 9, 3)],
        *[(4, 5, 6, 8), (4, 5, 8, 7), (5, 6, 8, 9), (5, 8, 7, 9)],
    ]
)
"""Four corners, and the octahedron between them cut along the diagonal of midpoints 02 and 13."""


@dataclass(frozen=True, eq=False)
class BrainTemplate:
    """Topology, labels and keyframes of one resolution."""

    points: Array  # (n, 3) [m]
    cells: Integers  # (m, 4) of positive volume
    tissue: Integers  # (m,) values of TISSUES
    region: Integers  # (m,) index into regions
    regions: tuple[str, ...]  # Desikan-Killiany names, the first is "none"
    facets: Integers  # (k, 3) boundary triangles, outward from the tissue
    facet_tags: Integers  # (k,) values of TAGS
    keyframes: Array  # (K, n, 3) [m], ventricles from smallest to largest
    intracranial_volume: float  # of the ICBM 152 brain mask [m^3]

    @property
    def n_vertices(self) -> int:
        """Number of vertices; all nodes are vertices."""
        return len(self.points)

    @property
    def nodes(self) -> Array:
        """The points, by the name the store has for them."""
        return self.points

    @cached_property
    def digest(self) -> str:
        """A name for exactly this template."""
        text = hashlib.sha256(f"{self.regions} {self.intracranial_volume!r}".encode())
        for name in ("points", "cells", "tissue", "region", "facets", "facet_tags", "keyframes"):
            text.update(np.ascontiguousarray(getattr(self, name)).tobytes())
        return text.hexdigest()[:16]

    @cached_property
    def edges(self) -> Integers:
        """Vertices of each edge, the lower first, in order, shape (n_edges, 2)."""
        low, high = np.moveaxis(np.sort(self.cells[:, _PAIRS], axis=-1), -1, 0)
        return np.stack(np.divmod(np.unique(self.n_vertices * low + high), self.n_vertices), axis=1)

    @cached_property
    def wall(self) -> Integers:
        """Facets of the ventricles, outward from the tissue, so into the ventricles."""
        return self.facets[self.facet_tags == TAGS["ventricles"]]


def names() -> list[str]:
    """Return the names of the templates that ship."""
    files = (entry.name for entry in _DATA.iterdir())
    found = (name for name in files if name.startswith("brain_") and name.endswith(".npz"))
    return sorted(name[len("brain_") : -len(".npz")] for name in found)


@cache
def load(name: str) -> BrainTemplate:
    """Return the template of a resolution."""
    if name not in names():
        raise SosieError(f"brain.mesh: no template {name!r}; there are {', '.join(names())}")
    with resources.as_file(_DATA / f"brain_{name}.npz") as path, np.load(path) as file:
        return BrainTemplate(
            points=file["points"] * STEP,
            cells=file["cells"].astype(np.int64),
            tissue=file["tissue"],
            region=file["region"],
            regions=tuple(file["regions"].tolist()),
            facets=file["facets"].astype(np.int64),
            facet_tags=file["facet_tags"],
            keyframes=(file["points"] + file["moves"].astype(np.int32)) * STEP,
            intracranial_volume=float(file["intracranial_volume"]),
        )


def refined(template: BrainTemplate) -> BrainTemplate:
    """Return the template with each cell cut into eight at straight midpoints; labels stay."""
    n = template.n_vertices
    low, high = template.edges.T

    def middle(p: Integers, q: Integers) -> Integers:
        return n + np.searchsorted(n * low + high, n * np.minimum(p, q) + np.maximum(p, q))

    ten = np.hstack([template.cells, middle(*np.moveaxis(template.cells[:, _PAIRS], -1, 0))])
    a, b, c = template.facets.T
    ab, bc, ca = middle(a, b), middle(b, c), middle(c, a)
    triangles = [(a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca)]
    return replace(
        template,
        points=np.vstack([template.points, template.points[[low, high]].mean(axis=0)]),
        cells=ten[:, _CHILDREN].reshape(-1, 4),
        tissue=np.repeat(template.tissue, 8),
        region=np.repeat(template.region, 8),
        facets=np.stack([np.stack(t, axis=1) for t in triangles], axis=1).reshape(-1, 3),
        facet_tags=np.repeat(template.facet_tags, 4),
        keyframes=np.concatenate(
            [template.keyframes, template.keyframes[:, [low, high]].mean(axis=1)], axis=1
        ),
    )
