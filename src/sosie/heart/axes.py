"""The axes that results of all hearts share, beside the mesh's. No solver is imported here."""

import numpy as np

from sosie.geometry.segments import COUNT as SEGMENTS
from sosie.geometry.template import build
from sosie.heart.beat.parameters import INSTANTS, PHASES, Mechanics
from sosie.heart.biomarkers import LEADS, TIME
from sosie.store.layout import Arrays, words


def heart_axes(mechanics: Mechanics) -> Arrays:
    """Return leads and their instants, and the phases, instants, segments and mesh of a beat."""
    template = build(mechanics.layers, mechanics.rings, mechanics.around)
    t, s, theta = template.nodes[: template.n_vertices].T
    cells = template.cells[:, :4].astype("int32")
    mesh: Arrays = {
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
        "lead": (("lead",), words(LEADS), {"long_name": "lead of the electrocardiogram"}),
        "time": (("time",), np.round(1e3 * TIME), time),
        "phase": (("phase",), np.arange(PHASES) / PHASES, phase),
        "instant": (("instant",), words(INSTANTS), {"long_name": "instant of the beat"}),
        "segment": (("segment",), np.arange(1, SEGMENTS + 1, dtype="int8"), aha),
    }
