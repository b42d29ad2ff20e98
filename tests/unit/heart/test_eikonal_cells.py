"""What cells give to the eikonal equation is what its forms say, on curved cells and any ranks."""

from petsc4py import PETSc

import numpy as np
import pytest
import ufl
from dolfinx import fem
from dolfinx.fem.petsc import assemble_matrix, assemble_vector

from sosie.fem.mesh import TemplateMesh, measure, quadrature_order
from sosie.geometry.template import build
from sosie.geometry.ventricle import from_scores
from sosie.heart.eikonal import FLAT, QUADRATURE, SLOPE, Eikonal

C_F, C_T, EPSILON = 0.6, 0.3, 3e-3


@pytest.fixture(scope="module")
def case(comm):
    """Make a small curved ventricle with fibres, and a field T that is nothing's solution."""
    template = build(1, 6, 12)
    points = from_scores(np.zeros(6)).at(template.nodes)
    mesh = TemplateMesh(comm, template.cells, points, n_vertices=template.n_vertices)
    fibre, barycentric = mesh.quadrature_function("fibre", degree=QUADRATURE)
    x = np.einsum("qv,nvj->nqj", barycentric, points[mesh.cell_vertices])
    across = np.stack([x[..., 1], 0.03 - x[..., 0], x[..., 2]], axis=-1)
    across /= np.linalg.norm(across, axis=-1, keepdims=True)
    fibre.x.array[:] = quadrature_order(fibre, across)
    problem = Eikonal(mesh.domain, fibre)
    problem.fibre_velocity.value, problem.transverse_velocity.value = C_F, C_T
    x, y, z = points[: mesh.n_vertices].T
    mesh.scatter(problem.T, 2.5 * x + 40 * y * z + 0.01 * np.sin(300 * z))
    problem._place()
    return problem, fibre


def forms(problem, fibre):
    """Return residual and policy step of heart.eikonal's docstring, in the mesh's own axes."""
    domain, T = problem.T.function_space.mesh, problem.T
    u, w = ufl.TrialFunction(T.function_space), ufl.TestFunction(T.function_space)
    g, K = ufl.grad(T), ufl.inv(ufl.Jacobian(domain))

    def D(a):
        return C_T**2 * a + (C_F**2 - C_T**2) * ufl.inner(fibre, a) * fibre

    speed = ufl.sqrt(ufl.inner(g, D(g)) + FLAT**2)
    b = D(g) / speed
    across = C_T**2 * ufl.tr(K * K.T)
    along = (C_F**2 - C_T**2) * ufl.inner(K * fibre, K * fibre)
    floor = FLAT**2 * across / (1 + ufl.inner(g, D(g)) ** 2) ** 2
    fade = 4 * EPSILON * (across + along)
    tau = 1 / ufl.sqrt(4 * ufl.inner(K * b, K * b) + floor + fade**2)
    weight, dx = w + tau * ufl.inner(b, ufl.grad(w)), measure(domain, degree=QUADRATURE)
    F = SLOPE * (speed - ufl.sqrt(1 + FLAT**2)) * weight * dx
    F += EPSILON * ufl.inner(D(g), ufl.grad(w)) * dx
    J = SLOPE * ufl.inner(b, ufl.grad(u)) * weight * dx
    J += EPSILON * ufl.inner(D(ufl.grad(u)), ufl.grad(w)) * dx
    return F, J


def evaluate(problem, newton):
    """Return the sums of all cells, rows of order one."""
    problem.sums.gather(problem.T.x.array, problem.cells.T)
    problem.cells.evaluate(epsilon=EPSILON, flat=FLAT, slope=SLOPE, newton=newton)
    F = problem.sums.assemble_vector(problem.cells.F)
    return F, problem.sums.assemble_matrix(problem.cells.J, problem.held)


def rows(problem):
    """Return what makes rows of order one: vertices over the volume that points add up to."""
    V = problem.T.function_space
    one = fem.form(fem.Constant(V.mesh, 1.0) * measure(V.mesh, degree=QUADRATURE))
    return V.dofmap.index_map.size_global / V.mesh.comm.allreduce(fem.assemble_scalar(one))


@pytest.mark.parametrize("newton", [0.0, 1.0], ids=["policy", "Newton"])
def test_cells_give_what_the_forms_give(case, newton):
    problem, fibre = case
    F, policy = forms(problem, fibre)
    J = ufl.derivative(F, problem.T, ufl.TrialFunction(problem.T.function_space))
    b = assemble_vector(fem.form(F))
    b.ghostUpdate(addv=PETSc.InsertMode.ADD, mode=PETSc.ScatterMode.REVERSE)
    A = assemble_matrix(fem.form(J if newton else policy))
    A.assemble()
    found, step = evaluate(problem, newton)
    scale = rows(problem)
    b.scale(scale)
    A.scale(scale)
    size, largest = b.norm(), A.norm()
    b.axpy(-1.0, found)
    A.axpy(-1.0, step, structure=PETSc.Mat.Structure.DIFFERENT_NONZERO_PATTERN)
    assert size > 1
    assert b.norm() < 1e-12 * size
    assert A.norm() < 1e-12 * largest


def test_where_the_time_is_known_no_step_is_taken(case):
    problem, _ = case
    first = problem.T.function_space.tabulate_dof_coordinates()[:, 0] < 0
    problem.known.x.array[:] = first
    problem._place()
    F, J = evaluate(problem, 1.0)
    held = problem.held.astype(bool)
    assert (F.array_r[: len(held)][held] == 0).all()
    x, y = J.createVecs()
    x.array[:] = np.arange(len(x.array)) + 1.0
    J.mult(x, y)
    assert (y.array[held] == x.array[held]).all()
    problem.known.x.array[:] = 0
    problem._place()
