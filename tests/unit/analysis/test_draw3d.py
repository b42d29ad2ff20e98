"""The renderer shows what is nearest, where it is, in its colour, and cuts where it is told to."""

import numpy as np
import pytest
from matplotlib import colormaps
from matplotlib.colors import Normalize
from scipy.spatial import ConvexHull

from sosie.analysis.draw3d import CUT, Camera, draw, opened, wall

FRAME = (-2.0, 2.0, -2.0, 2.0)
ABOVE = Camera.looking(np.array([0.0, 0.0, 1.0]), np.array([0.0, 1.0, 0.0]))
HALF = {"origin": np.zeros(3), "keep": np.array([1.0, 0.0, 0.0])}


@pytest.fixture
def cube():
    """Return points, five tetrahedra, facets and tags (2 on top, else 1) of a cube of side 2."""
    corners = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], dtype=float)
    cells = np.array([[0, 3, 5, 6], [1, 0, 3, 5], [2, 0, 3, 6], [4, 0, 5, 6], [7, 3, 5, 6]])
    hull = ConvexHull(corners)
    facets = hull.simplices.copy()
    a, b, c = np.moveaxis(corners[facets], 1, 0)
    inward = np.einsum("ij,ij->i", np.cross(b - a, c - a), hull.equations[:, :3]) < 0
    facets[inward] = facets[inward][:, ::-1]
    tags = np.where(hull.equations[:, 2] > 0.5, 2, 1)
    return corners, cells, facets, tags


def picture(triangles, **options):
    return draw(
        triangles,
        ABOVE,
        FRAME,
        width=80,
        colours=colormaps["gray"],
        norm=Normalize(0, 1),
        **options,
    )


def test_the_nearest_face_fills_its_outline_and_nothing_else(cube):
    corners, _, facets, tags = cube
    image = picture(wall(corners, facets, tags, (corners[:, 2] + 1) / 2))
    assert image.shape == (80, 80, 4)
    assert image[..., 3].mean() == pytest.approx(0.25, abs=0.02)
    inside = image[25:55, 25:55, :3]
    assert np.ptp(inside) < 1e-6
    assert inside.mean() > 0.85  # the value on top is 1, the light stands nearly above


def test_values_run_across_the_picture_as_they_do_on_the_face(cube):
    corners, _, facets, tags = cube
    row = picture(wall(corners, facets, tags, (corners[:, 0] + 1) / 2))[40, 22:58, 0]
    assert np.diff(row).min() > 0
    assert row[17:19].mean() == pytest.approx(row[[0, -1]].mean(), abs=0.01)


def test_lines_lie_where_the_value_is_a_multiple_of_the_step(cube):
    corners, _, facets, tags = cube
    boundary = wall(corners, facets, tags, corners[:, 0] * 3 + 4)
    plain, lined = (picture(boundary, step=step)[40, 22:58, 0] for step in (None, 4.0))
    different = np.flatnonzero(np.abs(plain - lined) > 0.05) + 22
    assert 40 in different
    assert set(different) <= set(range(30, 50))  # 0 and 8 are not on the face


def test_a_cut_shows_one_half_and_a_section_of_the_right_area_and_value(cube):
    corners, cells, facets, tags = cube
    values = corners[:, 1]
    half = opened(wall(corners, facets, tags, values), corners, cells, values, **HALF)
    section = half.parts == CUT
    a, b, c = np.moveaxis(half.corners[section], 1, 0)
    area = np.cross(b - a, c - a) / 2
    assert area.sum(axis=0) == pytest.approx([-4, 0, 0])  # outwards: away from what is kept
    assert half.values[section] == pytest.approx(half.corners[section][..., 1])
    shown = picture(half)[..., 3]
    assert shown[:, :38].max() == 0
    assert shown[25:55, 42:58].min() == 1


def test_a_camera_has_right_handed_axes():
    camera = Camera.looking(np.array([-0.3, -1.0, 0.0]), np.array([-1.0, 0.0, 0.0]))
    assert camera.axes @ camera.axes.T == pytest.approx(np.eye(3))
    assert np.linalg.det(camera.axes) == pytest.approx(1)
    assert camera.right == pytest.approx([0, 0, 1])
