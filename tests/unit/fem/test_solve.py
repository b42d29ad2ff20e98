"""Solvers converge to the answer or say that they did not."""

from petsc4py import PETSc

import pytest
import ufl
from dolfinx import fem, mesh
from dolfinx.fem.petsc import assemble_matrix, assemble_vector

from sosie.errors import SolverDivergedError
from sosie.fem.solve import (
    CHOLESKY,
    DIRECT,
    SPD,
    DirectSolver,
    LinearSolver,
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


def test_a_solve_that_does_not_converge_names_the_equation_and_why(space):
    u, w, found = ufl.TrialFunction(space), ufl.TestFunction(space), fem.Function(space)
    once = SPD | {"ksp_max_it": 1}
    solver = LinearSolver(ufl.inner(ufl.grad(u), ufl.grad(w)) * ufl.dx, name="flow", options=once)
    solver.assemble()
    b = assemble_vector(fem.form(ufl.SpatialCoordinate(space.mesh)[0] * w * ufl.dx))
    with pytest.raises(SolverDivergedError, match="flow diverged: reason -3 after 1 iterations"):
        solver.solve(b, found.x.petsc_vec)


def mass(space, stiff):
    """Return the form of a mass matrix, which is zero where x < 0.6 if it is not ``stiff``."""
    u, w = ufl.TrialFunction(space), ufl.TestFunction(space)
    x = ufl.SpatialCoordinate(space.mesh)
    there = 1.0 if stiff else ufl.conditional(x[0] < 0.6, 0.0, 1.0)
    return there * u * w * ufl.dx


def factors(space, options, *, stiff):
    """Return MUMPS' factors of the form, by one of the two ways there are."""
    a = mass(space, stiff)
    if options == "DIRECT":
        f = fem.Function(space)
        solver = DirectSolver(ufl.action(a, f), a, name="zero", bcs=[])
        solver.assemble()
        solver.factorise()
        return solver.ksp.getPC().getFactorMatrix()
    A = assemble_matrix(fem.form(a))
    A.assemble()
    ksp = configured(space.mesh.comm, "zero", CHOLESKY)
    factorise(ksp, A, name="zero", options=CHOLESKY)
    return ksp.getPC().getFactorMatrix()


@pytest.mark.parametrize("options", ["DIRECT", "CHOLESKY"])
def test_a_matrix_that_cannot_be_factorised_is_said_to_be_singular(space, options):
    """Rows of zeros: -10 is MUMPS' status of a singular matrix, before any factor is used."""
    with pytest.raises(SolverDivergedError, match="zero diverged: reason -10 after 0 iterations"):
        factors(space, options, stiff=False)


@pytest.mark.parametrize("options", [DIRECT, CHOLESKY], ids=["DIRECT", "CHOLESKY"])
def test_a_solver_that_has_met_a_singular_matrix_factorises_the_next(space, options):
    """PETSc leaves MUMPS' last status where it is, and takes it for the next one's."""
    ksp = configured(space.mesh.comm, "next", options)
    singular, regular = (assemble_matrix(fem.form(mass(space, stiff))) for stiff in (False, True))
    for known in (singular, regular):
        known.assemble()
    A = regular.copy()
    factorise(ksp, A, name="next", options=options)
    for _ in range(2):
        singular.copy(A)
        with pytest.raises(SolverDivergedError, match="reason -10"):
            factorise(ksp, A, name="next", options=options)
        regular.copy(A)
        factorise(ksp, A, name="next", options=options)
        b, x = A.createVecRight(), A.createVecRight()
        b.set(1.0)
        ksp.solve(b, x)
        assert (A * x - b).norm() < 1e-10 * b.norm()


def test_factors_are_made_as_their_options_say_and_the_database_is_left_clean(space):
    """MUMPS reads its options late: they are there when it does, and afterwards no more."""
    assert factors(space, "DIRECT", stiff=True).getMumpsIcntl(14) == 60
    low_rank = factors(space, "CHOLESKY", stiff=True)
    assert [low_rank.getMumpsIcntl(i) for i in (14, 35)] == [100, 2]
    assert low_rank.getMumpsCntl(7) == 1e-12
    assert not any(name.startswith("zero_") for name in PETSc.Options().getAll())
