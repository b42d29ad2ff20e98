"""Values of a distributed mesh in template order, and integrals that every rank agrees on."""

import numpy as np
import pytest
from dolfinx import fem

from sosie.fem.integrate import integrate, norm
from sosie.fem.mesh import TemplateMesh, measure
from sosie.geometry.template import build
from sosie.geometry.ventricle import from_scores, muscle_volume


@pytest.fixture(scope="module")
def template():
    return build(1, 8, 12)


@pytest.fixture(scope="module")
def points(template):
    return from_scores(np.zeros(6)).at(template.nodes)


@pytest.fixture(scope="module")
def mesh(comm, template, points):
    return TemplateMesh(comm, template.cells, points, n_vertices=template.n_vertices)


def test_what_is_scattered_is_gathered_again_to_the_last_bit(mesh, template):
    values = np.random.default_rng(1).normal(size=template.n_vertices)
    u = fem.Function(mesh.space)
    mesh.scatter(u, values)
    assert np.array_equal(mesh.gather(u), values)


def test_a_value_sits_at_the_vertex_it_is_named_after(mesh, template, points):
    u = fem.Function(mesh.space)
    u.interpolate(lambda x: x[0] - 2 * x[1] + 3 * x[2])
    expected = points[: template.n_vertices] @ np.array([1.0, -2.0, 3.0])
    assert mesh.gather(u) == pytest.approx(expected, abs=1e-15)


def test_moved_nodes_are_a_mesh_built_there(comm, mesh, template, points):
    mesh.move(2 * points)
    volume = integrate(1 * measure(mesh.domain, degree=3), comm)
    mesh.move(points)
    assert volume == pytest.approx(8 * muscle_volume(template, points), rel=1e-12)


def test_a_quadrature_function_holds_a_vector_at_each_point_of_each_cell(mesh):
    f, weights = mesh.quadrature_function("f", degree=2)
    assert weights.shape == (4, 4)
    assert weights.sum(axis=1) == pytest.approx(1.0)
    assert len(f.x.array) == 3 * len(weights) * len(mesh.cell_vertices)


def test_the_norm_of_a_constant_is_the_root_of_the_volume(comm, mesh, template, points):
    u = fem.Function(mesh.space)
    u.x.array[:] = 3.0
    volume = integrate(1 * measure(mesh.domain, degree=3), comm)
    assert norm(u, comm) == pytest.approx(3 * np.sqrt(volume), rel=1e-6)
