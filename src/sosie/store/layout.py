"""The layout of ``cohort.zarr``, defined once: names, dimensions, units, chunks.

    /            committed (attribute), study, versions, seeds
    /patients    record columns (patient), origin and source of each cell (patient, column)
    /heart       results (patient, ...), status and reason (patient), mesh topology

SI inside sosie; here the units people read. ``scale`` is the one conversion.
"""

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from sosie.units import factor

VERSION = 1
"""Raised with every change of the layout; a store of another version is refused."""
SHARD = 50
"""Patients to a shard: fixed, and written by one job. Batches may be of any size."""
CHUNK_PATIENTS, CHUNK_VERTICES = 10, 2500
"""Inner chunks: a population's percentile at some vertices and one patient both read fast."""
STATUS = ("pending", "done", "rejected", "failed")
ORIGIN = ("missing", "measured", "imputed", "sampled")
EVIDENCE = ("none", "measured", "published", "computed", "assumed")


@dataclass(frozen=True, slots=True)
class Variable:
    """One array of an organ's group."""

    name: str
    dims: tuple[str, ...]  # after patient
    si: str  # unit of the results
    unit: str  # unit of the store (CF)
    long_name: str
    dtype: Literal["float32", "float64"] = "float32"

    @property
    def scale(self) -> float:
        """What SI values are multiplied with."""
        return factor(self.si, self.unit)


HEART = (
    Variable("points", ("vertex", "xyz"), "m", "mm", "position: apexward, septal, inferior"),
    Variable("activation_time", ("vertex",), "s", "ms", "local activation time"),
    Variable("total_activation_time", (), "s", "ms", "last minus first activation"),
    Variable("cavity_volume", (), "m^3", "mL", "left ventricular end-diastolic cavity volume"),
    Variable("cavity_volume_error", (), "m^3", "mL", "cavity volume met minus asked"),
    Variable("mass", (), "kg", "g", "left ventricular muscle mass"),
    Variable("wall_thickness", (), "m", "mm", "mean end-diastolic wall thickness"),
    Variable("det_min", (), "1", "1", "smallest over mean Jacobian determinant of the mesh"),
    Variable("mean_ratio_min", (), "1", "1", "worst mean-ratio quality of a cell (1 regular)"),
    Variable("iterations", (), "1", "1", "nonlinear iterations of the activation solve"),
)
ORGANS = {"heart": HEART}
COMPARED = {organ: ("status", *(v.name for v in variables)) for organ, variables in ORGANS.items()}
"""What two stores are compared by: no timings, attempts or digests."""


class Mesh(Protocol):
    """What the store needs to know of an organ's template."""

    digest: str
    n_vertices: int
    nodes: np.ndarray
    cells: np.ndarray
    facets: np.ndarray
    facet_tags: np.ndarray


def topology(template: Mesh) -> dict[str, tuple[tuple[str, ...], np.ndarray, dict]]:
    """Return the mesh arrays: name -> (dims, values, attributes)."""
    n = template.n_vertices
    t, s, theta = template.nodes[:n].T
    return {
        "cells": (
            ("cell", "corner"),
            template.cells[:, :4].astype("int32"),
            {"long_name": "vertices of each tetrahedron"},
        ),
        "facets": (
            ("facet", "side"),
            template.facets.astype("int32"),
            {"long_name": "vertices of each boundary triangle, outward normal"},
        ),
        "facet_tag": (
            ("facet",),
            template.facet_tags.astype("int8"),
            {
                "long_name": "part of the boundary",
                "flag_values": [1, 2, 3],
                "flag_meanings": "endocardium epicardium base",
            },
        ),
        "transmural": (("vertex",), t, {"long_name": "0 endocardium, 1 epicardium", "units": "1"}),
        "apicobasal": (("vertex",), s, {"long_name": "0 apex, 1 base", "units": "1"}),
        "rotational": (
            ("vertex",),
            theta,
            {"long_name": "0 mid-septum, towards the inferior wall", "units": "radian"},
        ),
    }
