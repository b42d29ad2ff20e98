"""Tissue that shrinks moves as linear elasticity with growth says."""

from petsc4py import PETSc

import numpy as np
import pytest
import ufl
from dolfinx import fem, mesh

from sosie.brain.elasticity import NU, TETHERED, WALL, Elasticity
from sosie.fem.integrate import integrate, norm

LAM = 2 * NU / (1 - 2 * NU)


@pytest.fixture
def exact_solver():
    """Solve to rounding, which production does not need."""
    PETSc.Options("elasticity_")["ksp_rtol"] = 1e-13
    yield
    PETSc.Options("elasticity_").delValue("ksp_rtol")


def cube(comm, cells, *, tethered):
    """Return a distorted unit cube and an elastic problem on it; a part of its faces is held."""
    domain = mesh.create_box(comm, [np.zeros(3), np.ones(3)], (cells, cells, cells))
    domain.topology.create_connectivity(2, 3)
    facets = mesh.exterior_facet_indices(domain.topology)
    held = mesh.locate_entities_boundary(domain, 2, tethered)
    values = np.where(np.isin(facets, held), TETHERED, WALL).astype(np.int32)
    return domain, Elasticity(domain, mesh.meshtags(domain, 2, facets, values))


def nobody(x):
    return np.zeros(x.shape[1], dtype=bool)


def everybody(x):
    return np.ones(x.shape[1], dtype=bool)


def test_a_free_body_changes_its_volume_by_what_its_tissue_grows(comm, exact_solver):
    domain, problem = cube(comm, 4, tethered=nobody)
    problem.e.interpolate(lambda x: 0.1 * np.sin(5 * x[0]) - 0.3 * x[1] * x[2])
    problem.prepare(tether=0.0)
    problem.solve()
    grown = integrate(3 * problem.e * ufl.dx, comm)
    assert integrate(ufl.div(problem.u) * ufl.dx, comm) == pytest.approx(grown, rel=1e-10)


def test_uniform_growth_of_a_free_body_scales_it_without_stress(comm, exact_solver):
    domain, problem = cube(comm, 3, tethered=nobody)
    problem.e.x.array[:] = -0.2
    problem.prepare(tether=0.0)
    problem.solve()
    strain = ufl.sym(ufl.grad(problem.u))
    assert norm(strain + 0.2 * ufl.Identity(3), comm) < 1e-9


def test_a_pressure_on_all_sides_compresses_by_the_bulk_modulus(comm, exact_solver):
    domain, problem = cube(comm, 3, tethered=nobody)
    problem.e.x.array[:] = 0.0
    problem.pressure.value = 0.01
    problem.prepare(tether=0.0)
    problem.solve()
    assert integrate(ufl.div(problem.u) * ufl.dx, comm) == pytest.approx(-0.01 / (LAM + 2 / 3))


def test_displacement_by_growth_converges_at_second_order(comm, exact_solver):
    """Growth (2 + lam) / (2 + 3 lam) lap phi moves tissue by grad phi, held where that is zero.

    On the faces it is, where phi = prod sin^2(pi x_i) / 20.
    """
    errors = []
    for cells in (10, 20):
        domain, problem = cube(comm, cells, tethered=everybody)
        problem.e.interpolate(
            lambda x: (2 + LAM) / (2 + 3 * LAM) * sum(product(x, i, 2) for i in range(3))
        )
        problem.prepare(tether=1e7)
        problem.solve()
        exact = fem.Function(fem.functionspace(domain, ("Lagrange", 3, (3,))))
        exact.interpolate(lambda x: np.stack([product(x, i, 1) for i in range(3)]))
        errors.append(norm(problem.u - exact, comm) / norm(exact, comm))
    assert errors[-1] < 0.05
    assert np.log2(errors[0] / errors[1]) == pytest.approx(2.0, abs=0.15)


def product(x, axis, order):
    """Return phi of points (3, n), derived ``order`` times in one direction."""
    derived = (
        np.sin(np.pi * x) ** 2,
        np.pi * np.sin(2 * np.pi * x),
        2 * np.pi**2 * np.cos(2 * np.pi * x),
    )
    factors = [derived[order if i == axis else 0][i] for i in range(3)]
    return np.prod(factors, axis=0) / 20
