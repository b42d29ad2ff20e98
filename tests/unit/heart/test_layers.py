"""Layers of cells are cells of three kinds, each as it would be by itself."""

import numpy as np

from sosie.heart.ionic.cells import Cells
from sosie.heart.ionic.pace import pace
from sosie.heart.layers import KINDS, Layers, kind_of

DEPTHS = np.array([0.9, 0.0, 0.5, 0.1, 0.34, 1.0, 0.32, 0.67])


def test_kinds_follow_the_depth_in_the_wall():
    assert [KINDS[k] for k in kind_of(np.array([0.0, 0.33, 0.34, 0.66, 0.67, 1.0]))] == [
        *("endo", "endo", "mid", "mid", "epi", "epi")
    ]


def test_each_cell_steps_as_one_of_its_kind_alone():
    layers = Layers("ttp06", DEPTHS)
    v, stimulus = layers.rest.copy(), np.linspace(0, 50, len(DEPTHS))
    for _ in range(40):
        layers.step(v, 0.05, stimulus)
    for i, kind in enumerate(kind_of(DEPTHS)):
        paced, rest, _ = pace("ttp06", variant=KINDS[kind])
        alone = Cells("ttp06", 1, variant=KINDS[kind], precision="single", tables=True)
        alone.load(paced.save())
        w = rest.copy()
        for _ in range(40):
            alone.step(w, 0.05, stimulus[i])
        assert w[0] == v[i]


def test_layers_go_on_from_a_saved_state_to_the_same_bits():
    layers = Layers("ttp06", DEPTHS)
    v = layers.rest.copy()
    layers.step(v, 0.05, 30.0)
    kept, w = layers.save(), v.copy()
    layers.step(v, 0.05)
    again = Layers("ttp06", DEPTHS)
    again.load(kept)
    again.step(w, 0.05)
    np.testing.assert_array_equal(v, w)
    np.testing.assert_array_equal(again.save(), layers.save())
