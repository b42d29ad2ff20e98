"""The torso has a person's size, its electrodes are on the skin and the heart lies in it."""

import numpy as np
import pytest

from sosie.errors import RejectedError, SosieError
from sosie.geometry.locate import interpolation
from sosie.geometry.template import build
from sosie.geometry.torso import (
    ELECTRODES,
    FRONTAL,
    TRANSVERSE,
    Torso,
    at_skin,
    check_place,
    placed,
    torso_of,
    unit_mesh,
    within,
)
from sosie.geometry.ventricle import from_scores

APEX, SEPTUM = np.array([0.05, 0.0, 0.0]), np.array([0.0, 0.03, 0.0])


@pytest.fixture
def torso():
    return torso_of(height=1.75, weight=80.0)


@pytest.fixture(scope="module")
def ventricle():
    """Vertices [m] of a heart of average shape, its cells and its apex."""
    template, shape = build(3, 12, 24), from_scores(np.zeros(6))
    points = 1.25 * shape.at(template.nodes[: template.n_vertices])
    return points, template.cells[:, :4], 1.25 * shape.at(np.array([1.0, 0.0, 0.0]))


def test_a_torso_is_as_wide_and_deep_as_the_survey_says(torso):
    """Men of 1.756 m and 85.5 kg on average: 289 and 254 mm."""
    average = torso_of(height=1.756, weight=85.5)
    assert average.breadth == pytest.approx(0.289, rel=0.01)
    assert average.depth == pytest.approx(0.254, rel=0.02)


def test_the_mesh_fills_the_torso(torso):
    points, cells = unit_mesh()
    x = torso.fill(points)[cells]
    volume = np.abs(np.linalg.det(x[:, 1:] - x[:, :1])).sum() / 6
    bottom, top = torso.ends
    assert volume == pytest.approx(np.pi * np.prod(torso.semi_axes) * (top - bottom), rel=2e-3)


def test_no_cell_of_the_mesh_is_flat(torso):
    points, cells = unit_mesh()
    x = torso.fill(points)[cells]
    assert np.abs(np.linalg.det(x[:, 1:] - x[:, :1])).min() > 1e-7  # of a cell of 10 mm 1e-6


def test_all_electrodes_are_on_the_skin(torso):
    places = torso.electrodes()
    assert torso.inside(places, within=1e-9).all()
    assert not torso.inside(places, within=-1e-6).any()


def test_chest_electrodes_go_round_from_right_to_left(torso):
    chest = torso.electrodes()[ELECTRODES.index("V1") :]
    angle = np.arctan2(chest[:, 0] / torso.semi_axes[0], -chest[:, 1] / torso.semi_axes[1])
    assert (np.diff(angle) > 0.1).all()
    assert angle[0] == -angle[1]
    assert angle[-1] == pytest.approx(np.pi / 2)


def test_the_long_axis_has_the_angles_that_were_measured(torso):
    axis = np.subtract(*placed(torso, np.array([APEX, 0 * APEX]), apex=APEX))
    assert np.arctan2(-axis[2], axis[0]) == pytest.approx(FRONTAL)
    assert np.arctan2(-axis[1], axis[0]) == pytest.approx(TRANSVERSE)


def test_the_septum_faces_right_and_forward_and_the_inferior_wall_down(torso):
    origin, septum, inferior = placed(
        torso, np.array([0 * SEPTUM, SEPTUM, np.roll(SEPTUM, 1)]), apex=APEX
    )
    assert (septum - origin)[0] < -0.01
    assert (septum - origin)[1] < -0.01
    assert (inferior - origin)[2] < -0.02


def test_placing_moves_but_does_not_bend(torso, ventricle):
    points, _, apex = ventricle
    moved = placed(torso, points, apex=apex)
    apart = np.linalg.norm(points[::50, None] - points[::50], axis=-1)
    assert np.linalg.norm(moved[::50, None] - moved[::50], axis=-1) == pytest.approx(apart)
    axes = moved[1:4] - moved[0]
    assert np.linalg.det(axes) == pytest.approx(np.linalg.det(points[1:4] - points[0]))


def test_a_heart_fits_into_thin_and_heavy_people(ventricle):
    points, cells, apex = ventricle
    for height, weight in ((1.5, 45.0), (1.75, 75.0), (1.9, 140.0)):
        torso = torso_of(height=height, weight=weight)
        check_place(torso, placed(torso, points, apex=apex), cells, torso.electrodes())


def test_a_heart_outside_the_torso_is_refused(ventricle):
    points, cells, apex = ventricle
    child = torso_of(height=0.6, weight=5.0)
    with pytest.raises(RejectedError, match=r"vertices of the heart lie outside the torso"):
        check_place(child, placed(child, points, apex=apex), cells, child.electrodes())


@pytest.mark.parametrize("where", ["inside the heart", "outside the torso"])
def test_a_misplaced_electrode_is_named(torso, ventricle, where):
    points, cells, apex = ventricle
    heart, electrodes = placed(torso, points, apex=apex), torso.electrodes()
    wall = heart[cells[100]].mean(axis=0)
    electrodes[4] = wall if where == "inside the heart" else 1.2 * electrodes[4]
    with pytest.raises(SosieError, match=rf"electrode V2 at \(.*\) cm is {where}; put it"):
        check_place(torso, heart, cells, electrodes)


def test_a_torso_without_depth_is_refused():
    with pytest.raises(SosieError, match="depth is 0.0 m; give a positive length"):
        Torso(1.7, 0.3, 0.0)


def test_places_inside_are_found_in_the_tetrahedra_that_the_mesh_has(torso, ventricle):
    points, _, apex = ventricle
    places = placed(torso, points, apex=apex)
    vertices, cells = unit_mesh()
    found, filled = within(torso.unit(places)), torso.fill(vertices)
    assert found @ filled == pytest.approx(places, abs=1e-12)
    assert abs(found - interpolation(filled, cells, places)).max() < 1e-9


def test_between_any_levels_places_are_interpolated_linearly():
    places = np.random.default_rng(1).uniform(-0.6, 0.6, (500, 3))
    vertices, _ = unit_mesh()
    places[:, 2] = np.linspace(vertices[0, 2], vertices[-1, 2], 500)
    assert within(places) @ vertices == pytest.approx(places, abs=1e-12)


@pytest.mark.parametrize("place", [[0.9, 0.9, 0.7], [0.0, 0.0, 0.3]], ids=["beside", "below"])
def test_a_place_outside_is_not_found(place):
    assert within(np.array([[0.0, 0.0, 0.7], place])) is None


def test_electrodes_are_found_in_the_cells_at_the_skin(torso):
    vertices, cells = unit_mesh()
    skin = at_skin(vertices, cells)
    assert len(skin) < len(cells) / 4
    places = torso.electrodes()
    filled = torso.fill(vertices)
    among_all = interpolation(filled, cells, places)
    assert abs(interpolation(filled, skin, places) - among_all).max() < 1e-12
