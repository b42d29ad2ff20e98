"""Action potentials at the template's vertices are those of paced cells of each layer."""

import numpy as np
import pytest

from sosie.errors import SosieError
from sosie.geometry.template import build
from sosie.heart.action_potential import LAYERS
from sosie.heart.ionic.biomarkers import biomarkers
from sosie.heart.ionic.pace import pace
from sosie.heart.parameters import Electrophysiology
from sosie.heart.simulate import wall_of


def test_a_vertex_in_the_middle_of_a_layer_has_its_cell_s_duration():
    template = build(6, 3, 12)
    wall = wall_of(template, "ttp06")
    depth = template.nodes[: template.n_vertices, 0]
    for kind, middle in LAYERS.items():
        alone = biomarkers(pace("ttp06", variant=kind)[2][1]).apd90[0]
        assert wall.apd90[np.isclose(depth, middle)] == pytest.approx(alone, abs=1e-3)


def test_an_unknown_model_of_cells_is_refused_in_one_sentence():
    with pytest.raises(SosieError, match="no ionic model 'lr91'; give one of torord, ttp06"):
        Electrophysiology(model="lr91")
