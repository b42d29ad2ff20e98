"""Action potentials at the template's vertices are those of paced cells of each layer."""

import numpy as np
import pytest

from sosie.errors import SosieError
from sosie.geometry.template import build
from sosie.heart.action_potential import LAYERS, Wall
from sosie.heart.ionic.biomarkers import biomarkers
from sosie.heart.ionic.pace import pace
from sosie.heart.parameters import Electrophysiology
from sosie.heart.simulate import action_potentials


def test_a_vertex_in_the_middle_of_a_layer_has_its_cell_s_duration():
    template = build(6, 3, 12)
    depth = template.nodes[: template.n_vertices, 0]
    wall = Wall.of(depth, action_potentials("ttp06"))
    for kind, middle in LAYERS.items():
        alone = biomarkers(pace("ttp06", variant=kind)[2][1]).apd90[0]
        assert wall.apd90[np.isclose(depth, middle)] == pytest.approx(alone, abs=1e-3)


def test_half_of_the_rapid_rectifier_lengthens_every_layer():
    whole, half = (action_potentials("torord", ikr_density=k) for k in (1.0, 0.5))
    assert all(half[kind].apd90 > whole[kind].apd90 + 0.03 for kind in whole)


def test_an_unknown_model_of_cells_is_refused_in_one_sentence():
    with pytest.raises(SosieError, match="no ionic model 'lr91'; give one of torord, ttp06"):
        Electrophysiology(model="lr91")
