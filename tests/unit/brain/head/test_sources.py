"""Source rows give gradients: exact ones of the polynomials that each way knows."""

import numpy as np
import pytest

from sosie.brain.head.elements import locate
from sosie.brain.head.moments import harmonic, polynomials, st_venant
from sosie.brain.head.sources import cellwise, recovered
from sosie.errors import SosieError
from sosie.verification.spheres import ball

NODES, CELLS, SHELL = ball(4, np.array([0.07, 0.08]))
PLACES = 0.055 * np.random.default_rng(1).uniform(-1, 1, (40, 3)) / 3**0.5
POINTS = NODES[: CELLS[:, :4].max() + 1]


def ways(points, cells):
    cell, xi = locate(points, cells, PLACES)
    return {
        "cellwise": cellwise(points, cells, cell, xi),
        "recovered": recovered(points, cells, SHELL, cell, xi),
        "harmonic": harmonic(points, cells, SHELL, cell, PLACES),
        "st_venant": st_venant(points, cells, SHELL, cell, PLACES),
    }


def given(rows, u):
    return np.stack([part @ u for part in rows], axis=1)


@pytest.mark.parametrize("way", ["cellwise", "recovered", "harmonic", "st_venant"])
@pytest.mark.parametrize(("points", "nodes"), [(POINTS, 4), (NODES, 10)])
def test_the_gradient_of_a_linear_function_is_exact(way, points, nodes):
    slope = np.array([3.0, -2.0, 5.0])
    ours = given(ways(points, CELLS[:, :nodes])[way], 7 + points @ slope)
    np.testing.assert_allclose(ours, np.tile(slope, (len(PLACES), 1)), rtol=2e-5)


@pytest.mark.parametrize(("degree", "trace", "n"), [(2, False, 9), (2, True, 10), (3, False, 16)])
def test_moments_are_of_harmonic_polynomials_and_as_many_as_there_are(degree, trace, n):
    d, step = np.random.default_rng(1).uniform(-1, 1, (50, 3)), 1e-3
    f, of = polynomials(d, degree=degree, trace=trace)
    assert np.linalg.matrix_rank(f) == n == len(of)
    around = [polynomials(d + s, degree=degree, trace=trace)[0] for s in step * np.eye(3)]
    around += [polynomials(d - s, degree=degree, trace=trace)[0] for s in step * np.eye(3)]
    laplacian = (sum(around) - 6 * f) / step**2
    assert (np.abs(laplacian).max(axis=0) < 1e-6).sum() == n - trace


def test_of_few_nodes_the_first_moments_are_kept():
    """One cell of its tissue alone gives its own gradient."""
    x = np.array([[0.01, 0.02, 0.03]])
    cell, xi = locate(POINTS, CELLS[:, :4], x)
    tissue = np.zeros(len(CELLS), dtype=int)
    tissue[cell] = 1
    u = np.sin(40 * POINTS[:, 0]) + POINTS @ [3.0, -2.0, 1.0]
    own = given(cellwise(POINTS, CELLS[:, :4], cell, xi), u)
    ours = given(harmonic(POINTS, CELLS[:, :4], tissue, cell, x), u)
    np.testing.assert_allclose(ours, own, atol=1e-3 * np.abs(own).max())


def test_second_order_gradients_are_exact_for_quadratic_functions():
    """In straight cells, as all within the core are."""
    A = np.array([[1.0, 2.0, 0.0], [2.0, -3.0, 1.0], [0.0, 1.0, 2.0]])
    u = np.einsum("ni,ij,nj->n", NODES, A, NODES)
    for way in ("cellwise", "recovered", "harmonic"):
        np.testing.assert_allclose(given(ways(NODES, CELLS)[way], u), 2 * PLACES @ A, atol=1e-6)


def test_recovery_is_nearer_than_the_cells_own_gradient_of_a_smooth_function():
    """And harmonic moments by far, of a harmonic function."""
    a, b = np.array([9.0, 12.0, 0.0]), np.array([0.0, 0.0, 15.0])
    grown, turn = np.exp(PLACES @ a)[:, None], (PLACES @ b)[:, None]
    exact = grown * (a * np.cos(turn) - b * np.sin(turn))
    u = np.exp(POINTS @ a) * np.cos(POINTS @ b)
    error = {
        name: np.linalg.norm(given(rows, u) - exact)
        for name, rows in ways(POINTS, CELLS[:, :4]).items()
    }
    assert error["recovered"] < 0.7 * error["cellwise"]
    assert error["st_venant"] < 0.7 * error["cellwise"]
    assert error["harmonic"] < 0.5 * error["recovered"]


def test_recovery_looks_at_its_own_tissue_alone():
    """A kink at the core's surface is not seen from within."""
    x = np.array([[0.068, 0.005, 0.002]])
    cell, xi = locate(NODES, CELLS[SHELL == 0], x)
    u = np.maximum(np.linalg.norm(NODES, axis=1) - 0.07, 0.0)
    cell = np.flatnonzero(SHELL == 0)[cell]
    for rows in (
        recovered(NODES, CELLS, SHELL, cell, xi),
        harmonic(NODES, CELLS, SHELL, cell, x),
        st_venant(NODES, CELLS, SHELL, cell, x),
    ):
        np.testing.assert_allclose(given(rows, u), 0.0, atol=1e-6)


def test_currents_of_a_dipole_add_up_to_none():
    for rows in ways(NODES, CELLS).values():
        for part in rows:
            assert np.abs(part.sum(axis=1)).max() < 2e-5 * np.abs(part).sum(axis=1).max()


@pytest.mark.parametrize("alone", [True, False], ids=["one cell", "a cell and another far away"])
def test_st_venant_in_a_tissue_one_cell_thick_is_refused(alone):
    x = np.array([[0.0, 0.0, 0.05]])
    cell, _ = locate(NODES, CELLS, x)
    tissue = np.where(SHELL == 1, 0 if alone else 1, 0)
    tissue[cell] = 1
    with pytest.raises(SosieError, match="source 0: .* take harmonic moments"):
        st_venant(NODES, CELLS, tissue, cell, x)
