"""The axes that results of all hearts share, beside the mesh's. No solver is imported here."""

from collections.abc import Sequence

import numpy as np

from sosie.geometry.segments import COUNT as SEGMENTS
from sosie.geometry.template import build
from sosie.heart.beat.parameters import INSTANTS, PHASES, Mechanics
from sosie.heart.biomarkers import LEADS, TIME

Axes = dict[str, tuple[tuple[str, ...], np.ndarray, dict[str, object]]]
"""name -> (dims, values, attributes), as the store keeps them."""


def heart_axes(mechanics: Mechanics) -> Axes:
    """Return leads and their instants, and the phases, instants, segments and mesh of a beat."""
    template = build(mechanics.layers, mechanics.rings, mechanics.around)
    t, s, theta = template.nodes[: template.n_vertices].T
    cells = template.cells[:, :4].astype("int32")
    mesh: Axes = {
        "mechanics_cells": (("mechanics_cell", "corner"), cells, {}),
        "mechanics_facets": (("mechanics_facet", "side"), template.facets.astype("int32"), {}),
        "mechanics_facet_tag": (("mechanics_facet",), template.facet_tags.astype("int8"), {}),
        "mechanics_transmural": (("mechanics_vertex",), t, {"units": "1"}),
        "mechanics_apicobasal": (("mechanics_vertex",), s, {"units": "1"}),
        "mechanics_rotational": (("mechanics_vertex",), theta, {"units": "radian"}),
    }
    for name, (_, _, attributes) in mesh.items():
        word = name.removeprefix("mechanics_")
        attributes["long_name"] = f"`{word}` of the mesh that contracts"
    time = {"long_name": "time since the beat's start", "units": "ms"}
    phase = {"long_name": "share of the beat, of which the R wave is the start", "units": "1"}
    aha = {"long_name": "segment of the American Heart Association"}
    return mesh | {
        "lead": (("lead",), _words(LEADS), {"long_name": "lead of the electrocardiogram"}),
        "time": (("time",), np.round(1e3 * TIME), time),
        "phase": (("phase",), np.arange(PHASES) / PHASES, phase),
        "instant": (("instant",), _words(INSTANTS), {"long_name": "instant of the beat"}),
        "segment": (("segment",), np.arange(1, SEGMENTS + 1, dtype="int8"), aha),
    }


def _words(names: Sequence[str]) -> np.ndarray:
    return np.array(names, dtype=np.dtypes.StringDType())
