"""What the builder is made of: surfaces are checked, layers are whole, places are found."""

from itertools import combinations

import numpy as np
import pytest

from sosie.errors import SosieError
from sosie.geometry.brain import lattice
from sosie.geometry.brain.quality import check, enclosed, volumes
from sosie.geometry.head import place
from sosie.geometry.head.mend import mend
from sosie.geometry.head.quality import dihedral
from sosie.geometry.head.settle import settle
from sosie.geometry.head.shells import SKIN, prisms
from sosie.geometry.head.surfaces import Surface, box, check_closed, check_nested, voxels

OCTAHEDRON = np.array(
    [[0, 2, 4], [2, 1, 4], [1, 3, 4], [3, 0, 4], [2, 0, 5], [1, 2, 5], [3, 1, 5], [0, 3, 5]]
)


def octahedron(radius, name="ball"):
    """Cut each of its triangles into 16, so that it is nearly a ball."""
    points = np.array([[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1.0]])
    x = points[OCTAHEDRON]
    for _ in range(2):
        a, b, c = np.moveaxis(x, 1, 0)
        d, e, f = a + b, b + c, c + a
        d, e, f = (p / np.linalg.norm(p, axis=1, keepdims=True) for p in (d, e, f))
        parts = [(a, d, f), (d, b, e), (f, e, c), (d, e, f)]
        x = np.concatenate([np.stack(part, axis=1) for part in parts])
    points, triangles = np.unique(np.round(x.reshape(-1, 3), 12), axis=0, return_inverse=True)
    return Surface(name, radius * points, triangles.reshape(-1, 3))


def test_a_ball_of_voxels_has_the_volume_of_its_surface():
    ball = octahedron(0.08)
    low, shape = box(ball, size=2e-3)
    found = voxels(ball, low, shape, 2e-3).sum() * 2e-3**3
    assert found == pytest.approx(enclosed(ball.points, ball.triangles), rel=0.01)


def test_an_open_surface_is_refused_in_a_sentence():
    ball = octahedron(0.08, "scalp")
    check_closed(ball)
    torn = Surface("scalp", ball.points, ball.triangles[1:])
    with pytest.raises(SosieError, match=r"'scalp' is not closed .* 3 of 192 edges") as caught:
        check_closed(torn)
    assert "\n" not in str(caught.value)


def test_a_triangle_that_turns_the_other_way_is_refused():
    ball = octahedron(0.08)
    triangles = ball.triangles.copy()
    triangles[5] = triangles[5, ::-1]
    with pytest.raises(SosieError, match="not oriented"):
        check_closed(Surface("ball", ball.points, triangles))


def test_surfaces_that_intersect_are_refused_in_a_sentence():
    skull, scalp = octahedron(0.08, "skull"), octahedron(0.085, "scalp")
    check_nested(skull, scalp, size=3e-3)
    moved = Surface("skull", skull.points + [0.01, 0, 0], skull.triangles)
    with pytest.raises(SosieError, match=r"'skull' reaches .* mL beyond 'scalp'") as caught:
        check_nested(moved, scalp, size=3e-3)
    assert "\n" not in str(caught.value)


def test_layers_fill_the_space_between_surfaces_and_fit_together():
    ball = octahedron(0.08)
    n = len(ball.points)
    points = np.concatenate([ball.points * (1 + 0.05 * k) for k in range(SKIN + 1)])
    cells = prisms(ball.triangles, np.arange(n), n, SKIN)
    assert (volumes(points, cells) > 0).all()
    outer = enclosed(points, ball.triangles + SKIN * n)
    assert volumes(points, cells).sum() == pytest.approx(
        outer - enclosed(points, ball.triangles), rel=1e-12
    )
    faces = np.sort(cells[:, list(combinations(range(4), 3))].reshape(-1, 3), axis=1)
    _, count = np.unique(faces, axis=0, return_counts=True)
    assert (count == 1).sum() == 2 * len(ball.triangles)
    assert count.max() == 2


def test_the_smallest_angle_of_cells_is_that_of_the_mesh():
    points, cells = lattice.bcc(np.full(3, -0.01), np.full(3, 0.01), 0.01)
    points = points + 1e-3 * np.random.default_rng(0).standard_normal(points.shape)
    assert dihedral(points, cells).min() == pytest.approx(check(points, cells).dihedral_min)


def pushed_in():
    """Return a lattice with one vertex pushed through its neighbours, and that vertex."""
    points, cells = lattice.bcc(np.full(3, -0.01), np.full(3, 0.01), 0.01)
    inner = int(np.linalg.norm(points, axis=1).argmin())
    points = points.copy()
    points[inner] += [0.011, 0.002, 0.0]
    return points, cells, inner


def test_a_folded_mesh_is_untangled():
    points, cells, inner = pushed_in()
    assert (volumes(points, cells) <= 0).any()
    found = settle(points, cells, np.array([inner]), [], spacing=0.01, scales=[4, 2, 1, 1])
    assert dihedral(found, cells).min() > 55
    assert (np.delete(found, inner, axis=0) == np.delete(points, inner, axis=0)).all()


def test_mending_moves_only_what_may_move():
    points, cells, inner = pushed_in()
    movable = np.zeros(len(points), dtype=bool)
    movable[inner] = True
    found = mend(points, cells, movable, np.full(len(cells), 40.0), [], spacing=0.01)
    assert dihedral(found, cells).min() > 40
    assert (found[~movable] == points[~movable]).all()


def test_an_electrode_stands_on_the_nearest_point_of_the_scalp():
    ball = octahedron(0.08)
    facet, weights = place.on_surface(
        ball.points, ball.triangles, np.array([[0, 0, 0.085], [0.047, 0.047, 0.047]]), ("Cz", "X")
    )
    found = np.einsum("ek,ekj->ej", weights, ball.points[ball.triangles[facet]])
    assert found[0] == pytest.approx([0, 0, 0.08], abs=1e-6)
    assert weights.sum(axis=1) == pytest.approx(1)
    assert np.linalg.norm(found[1]) == pytest.approx(0.08, rel=0.08)


def test_an_electrode_off_the_scalp_is_refused_in_a_sentence():
    ball = octahedron(0.08)
    with pytest.raises(SosieError, match=r"electrode Oz is 20\.0 mm off the scalp") as caught:
        place.on_surface(
            ball.points, ball.triangles, np.array([[0, 0, 0.08], [0, 0.1, 0.0]]), ("Cz", "Oz")
        )
    assert "\n" not in str(caught.value)


def test_a_source_in_a_cell_stays_and_one_outside_goes_into_the_nearest():
    points, cells = lattice.bcc(np.full(3, -0.01), np.full(3, 0.01), 0.01)
    inside = points[cells[7]].mean(axis=0)
    beyond = points.max(axis=0) + 0.001
    cell, weights, away = place.in_cells(points, cells, np.stack([inside, beyond]))
    assert cell[0] == 7
    assert away[0] == pytest.approx(0, abs=1e-12)
    assert away[1] > 1e-3
    assert (weights > 0).all()
