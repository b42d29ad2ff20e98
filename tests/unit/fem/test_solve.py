"""Solvers converge to the answer or say that they did not."""

import numpy as np
import pytest
import ufl
from dolfinx import fem, mesh
from dolfinx.fem.petsc import assemble_matrix

from sosie.errors import SolverDivergedError
from sosie.fem.solve import (
    CHOLESKY,
    TRANSPORT,
    DirectSolver,
    NonlinearSolver,
    configured,
    factorise,
    solve_linear,
)


@pytest.fixture
def space(comm):
    return fem.functionspace(mesh.create_unit_cube(comm, 3, 3, 3), ("Lagrange", 1))


def test_a_projection_returns_what_is_in_the_space(space):
    u, w, found = ufl.TrialFunction(space), ufl.TestFunction(space), fem.Function(space)
    given = fem.Function(space)
    given.interpolate(lambda x: 1 + x[0] - x[2])
    iterations = solve_linear(u * w * ufl.dx, given * w * ufl.dx, found, name="projection", bcs=[])
    assert iterations > 0
    assert found.x.array == pytest.approx(given.x.array, abs=1e-10)


def cubed(space, target):
    """Return the solver of u^3 = target."""
    u, w, du = fem.Function(space), ufl.TestFunction(space), ufl.TrialFunction(space)
    u.x.array[:] = 1.0
    F = (u**3 - target) * w * ufl.dx
    J = ufl.derivative(F, u, du)
    return u, NonlinearSolver(F, u, J=J, name="cubed", bcs=[], options=TRANSPORT)


def test_newton_finds_a_root_to_the_residual_asked_for(space):
    u, solver = cubed(space, 8.0)
    assert 2 < solver.solve(residual=1e-12, most=30) < 30
    assert u.x.array == pytest.approx(np.full(len(u.x.array), 2.0), abs=1e-9)


def test_a_solve_that_does_not_converge_names_the_equation_and_why(space):
    _, solver = cubed(space, 8.0)
    with pytest.raises(SolverDivergedError, match="cubed diverged: reason -5 after 2 iterations"):
        solver.solve(residual=1e-12, most=2)


def test_a_step_on_the_way_is_content_with_less(space):
    _, solver = cubed(space, 8.0)
    assert solver.advance(residual=1e-12, most=2) == 2


def mass(space, stiff):
    """Return the form of a mass matrix, which is zero where x < 0.6 if it is not ``stiff``."""
    u, w = ufl.TrialFunction(space), ufl.TestFunction(space)
    x = ufl.SpatialCoordinate(space.mesh)
    there = 1.0 if stiff else ufl.conditional(x[0] < 0.6, 0.0, 1.0)
    return there * u * w * ufl.dx


@pytest.mark.parametrize("options", ["DIRECT", "CHOLESKY"])
def test_a_matrix_that_cannot_be_factorised_is_said_to_be_singular(space, options):
    """Rows of zeros: -10 is MUMPS' status of a singular matrix, before any factor is used."""

    def factors(*, stiff):
        a = mass(space, stiff)
        if options == "DIRECT":
            f = fem.Function(space)
            solver = DirectSolver(ufl.action(a, f), a, name="zero", bcs=[])
            solver.assemble()
            return solver.factorise()
        A = assemble_matrix(fem.form(a))
        A.assemble()
        return factorise(configured(space.mesh.comm, "zero", CHOLESKY), A, name="zero")

    factors(stiff=True)
    with pytest.raises(SolverDivergedError, match="zero diverged: reason -10 after 0 iterations"):
        factors(stiff=False)
