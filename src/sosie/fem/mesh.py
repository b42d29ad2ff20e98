"""DOLFINx meshes on a template, and vertex values in template order whatever the ranks."""

from mpi4py import MPI

import basix.ufl
import numpy as np
import ufl
from dolfinx import fem, mesh

from sosie.typing import Array, Integers


class TemplateMesh:
    """A tetrahedral mesh of a template, straight or curved, whose nodes move for each patient."""

    def __init__(self, comm: MPI.Comm, cells: Integers, points: Array, *, n_vertices: int) -> None:
        """Distribute cells (n, 4) or (n, 10) and points (n_nodes, 3) [m], known on every rank."""
        degree = {4: 1, 10: 2}[cells.shape[1]]
        element = basix.ufl.element("Lagrange", "tetrahedron", degree, shape=(3,))
        first = comm.rank == 0
        own = cells if first else cells[:0]
        x = points if first else points[:0]
        self.domain = mesh.create_mesh(comm, own, element, np.ascontiguousarray(x))
        self.n_vertices = n_vertices
        self.nodes = np.asarray(self.domain.geometry.input_global_indices)
        V = fem.functionspace(self.domain, ("Lagrange", 1))
        self.space = V
        self.vertex_of_dof = input_vertices(V)

    @property
    def cell_vertices(self) -> Integers:
        """Template vertices of this rank's cells (ghosts too), shape (n, 4)."""
        return self.nodes[self.domain.geometry.dofmaps[0][:, :4]]

    def move(self, points: Array) -> None:
        """Put the nodes at ``points``, shape (n_nodes, 3) [m], in template order."""
        self.domain.geometry.x[:] = points[self.nodes]

    def gather(self, u: fem.Function) -> Array:
        """Return vertex values of a P1 function in template order, on every rank."""
        return self.together(u.x.array[: len(self.own)])

    @property
    def own(self) -> Integers:
        """Template vertices that are this rank's own, in the order of P1 functions."""
        return self.vertex_of_dof[: self.space.dofmap.index_map.size_local]

    def together(self, values: Array) -> Array:
        """Return values (n_own,) of every rank's own vertices in template order, on every rank."""
        out = np.zeros(self.n_vertices)
        out[self.own] = values
        self.domain.comm.Allreduce(MPI.IN_PLACE, out)
        return out

    def scatter(self, u: fem.Function, values: Array) -> None:
        """Set a P1 function from vertex values in template order."""
        u.x.array[:] = values[self.vertex_of_dof]

    def cell_function(self, name: str, values: Array) -> fem.Function:
        """Return a function constant in each cell, from values (n_cells, ...) of the template."""
        element = ("Discontinuous Lagrange", 0, values.shape[1:])
        f = fem.Function(fem.functionspace(self.domain, element), name=name)
        f.x.array[:] = values[self.domain.topology.original_cell_index].ravel()
        return f

    def quadrature_function(self, name: str, *, degree: int) -> tuple[fem.Function, Array]:
        """Return a vector at quadrature points, and the barycentric points, shape (q, 4)."""
        element = basix.ufl.quadrature_element("tetrahedron", value_shape=(3,), degree=degree)
        f = fem.Function(fem.functionspace(self.domain, element), name=name)
        points, _ = basix.make_quadrature(basix.CellType.tetrahedron, degree)
        return f, np.column_stack([1 - points.sum(axis=1), points])


def input_vertices(V: fem.FunctionSpace) -> Integers:
    """Return the vertex of the mesh's input at each dof of a P1 space, ghosts too."""
    nodes = np.asarray(V.mesh.geometry.input_global_indices)
    geometry, dofs = V.mesh.geometry.dofmaps[0], V.dofmap.list
    vertices = np.empty(
        V.dofmap.index_map.size_local + V.dofmap.index_map.num_ghosts, dtype=np.int64
    )
    vertices[dofs.ravel()] = nodes[geometry[:, :4].ravel()]
    return vertices


def quadrature_order(f: fem.Function, values: Array) -> Array:
    """Put vectors (n_cells, q, 3) at quadrature points in the order of the function's array."""
    out = np.empty((len(f.x.array) // 3, 3))
    out[f.function_space.dofmap.list] = values
    return out.ravel()


def constant(domain: mesh.Mesh, value: float) -> fem.Function:
    """Return a function that has one value in every cell."""
    f = fem.Function(fem.functionspace(domain, ("Discontinuous Lagrange", 0)))
    f.x.array[:] = value
    return f


def measure(domain: mesh.Mesh, *, degree: int) -> ufl.Measure:
    """Return the volume measure with a fixed quadrature degree."""
    return ufl.Measure("dx", domain=domain, metadata={"quadrature_degree": degree})
