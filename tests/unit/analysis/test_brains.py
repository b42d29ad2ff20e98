"""Brains are cut where tau starts, and drawn at one scale that hides no size and no level."""

import numpy as np
import pytest

from sosie.analysis import brains
from sosie.analysis.canvas import Scale
from sosie.analysis.draw3d import CUT


@pytest.fixture
def brain(store, person):
    return store([person("a")], organs=["brain"])[0]["brain"].to_dataset()


def test_the_section_goes_through_the_entorhinal_cortices_and_shows_what_is_behind(brain):
    shape = brains.Shape.of(brain)
    points = brain["points"].values[0].astype(float)
    half = shape.section(points, points[:, 1])
    middle = points[shape.middle].mean(axis=0)
    assert middle[2] < 0  # the entorhinal cortices of the store are below
    cut = half.corners[half.parts == CUT]
    assert len(cut)
    assert cut[..., 1] == pytest.approx(middle[1], abs=1e-6)
    kept = half.corners[(half.heights > 0).all(axis=1) & (half.parts != CUT)]
    assert kept[..., 1].max() < middle[1]


def test_the_left_hemisphere_faces_the_viewer_with_its_front_on_the_left():
    assert brains.LATERAL.viewer[0] < -0.9
    assert brains.LATERAL.right == pytest.approx([0, -1, 0])
    assert brains.FRONT.right == pytest.approx([-1, 0, 0])


def test_next_to_no_tau_is_not_drawn_as_much():
    assert brains.tau_scale([np.array([0.0, 1e-4])]).norm.vmax == pytest.approx(0.1)
    assert brains.tau_scale([np.array([0.3]), np.array([0.83])]).norm.vmax == pytest.approx(0.9)


@pytest.mark.parametrize("largest", [0.004, 0.1, 0.83, 7.0, 7.3, 155.0, 700.0])
def test_a_scale_reaches_its_largest_value_in_at_most_fifteen_steps(largest):
    scale = Scale.to(largest, brains.TAU)
    assert largest - 1e-6 * scale.step <= scale.norm.vmax < largest + scale.step
    assert round(scale.norm.vmax / scale.step) <= 15
