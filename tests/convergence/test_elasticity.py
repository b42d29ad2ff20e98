"""Tissue that shrinks moves as linear elasticity with growth says."""

from petsc4py import PETSc

import pytest
import ufl

from sosie.fem.integrate import integrate, norm
from sosie.verification import elasticity
from sosie.verification.elasticity import LAM, cube


@pytest.fixture
def exact_solver():
    """Solve to rounding, which production does not need."""
    PETSc.Options("elasticity_")["ksp_rtol"] = 1e-13
    yield
    PETSc.Options("elasticity_").delValue("ksp_rtol")


def test_a_free_body_changes_its_volume_by_what_its_tissue_grows(comm, exact_solver):
    assert abs(elasticity.free_body(comm)) < 1e-10


def test_displacement_by_growth_converges_at_second_order(comm):
    assert elasticity.manufactured_error(comm, cells=20) < 0.05
    assert elasticity.manufactured_order(comm, cells=10) == pytest.approx(2.0, abs=0.15)


def test_uniform_growth_of_a_free_body_scales_it_without_stress(comm, exact_solver):
    problem = cube(comm, 3, tethered=False)
    problem.e.x.array[:] = -0.2
    problem.prepare(tether=0.0)
    problem.solve()
    strain = ufl.sym(ufl.grad(problem.u))
    assert norm(strain + 0.2 * ufl.Identity(3), comm) < 1e-9


def test_a_pressure_on_all_sides_compresses_by_the_bulk_modulus(comm, exact_solver):
    problem = cube(comm, 3, tethered=False)
    problem.pressure.value = 0.01
    problem.prepare(tether=0.0)
    problem.solve()
    assert integrate(ufl.div(problem.u) * ufl.dx, comm) == pytest.approx(-0.01 / (LAM + 2 / 3))


def test_every_check_of_the_table_is_met(comm):
    assert all(check.passed for check in elasticity.checks(comm))
