r"""The head as a conductor: one elliptic operator, factorised once for all electrodes.

    div(sigma grad u) = 0 in the head,    n . sigma grad u = current density on the scalp

u        potential [V], shape ()
sigma    conductivity [S/m], a number or a symmetric tensor (3, 3), constant in each cell

Elements are of the order of the mesh's cells, 1 or 2. Currents add up to none, so node 0 is held at
zero without taking any. The factors of Cholesky (MUMPS) serve a block of right-hand sides.
"""

from mpi4py import MPI
from petsc4py import PETSc

import numpy as np
import ufl
from dolfinx import fem
from dolfinx.fem.petsc import assemble_matrix, create_matrix

from sosie.fem.mesh import TemplateMesh, measure
from sosie.fem.solve import CHOLESKY, configured, factorise
from sosie.typing import Array, Integers


class Conductor:
    """A head distributed over a team of ranks, solved for one patient after the other."""

    def __init__(
        self, comm: MPI.Comm, points: Array, cells: Integers, *, anisotropic: bool = False
    ) -> None:
        """Compile on nodes (n, 3) [m] and tetrahedra (m, 4) or (m, 10), known on every rank."""
        self.n_nodes = len(points)
        self.mesh = TemplateMesh(comm, cells, points, n_vertices=self.n_nodes)
        domain = self.mesh.domain
        order = {4: 1, 10: 2}[cells.shape[1]]
        self.space = fem.functionspace(domain, ("Lagrange", order))
        shape = (3, 3) if anisotropic else ()
        self.sigma = fem.Function(fem.functionspace(domain, ("Discontinuous Lagrange", 0, shape)))
        u, w = ufl.TrialFunction(self.space), ufl.TestFunction(self.space)
        sigma = self.sigma if anisotropic else self.sigma * ufl.Identity(3)
        flux = ufl.inner(sigma * ufl.grad(u), ufl.grad(w))
        self.form = fem.form(flux * measure(domain, degree=2 * order - 2))
        self.K = create_matrix(self.form)
        self.K.setOption(PETSc.Mat.Option.SPD, True)
        self.ksp = configured(comm, "head", CHOLESKY)
        dofmap = self.space.dofmap
        n_own = dofmap.index_map.size_local
        self.node_of_dof = np.empty(n_own + dofmap.index_map.num_ghosts, dtype=np.int64)
        geometry = domain.geometry.dofmaps[0]
        self.node_of_dof[dofmap.list.ravel()] = self.mesh.nodes[geometry.ravel()]
        self.own = self.node_of_dof[:n_own]

    def factorise(self, points: Array, sigma: Array) -> None:
        """Take the nodes [m] and the conductivities [S/m], (m,) or (m, 3, 3), of a patient."""
        self.mesh.move(points)
        self.sigma.x.array[:] = sigma[self.mesh.domain.topology.original_cell_index].ravel()
        self.K.zeroEntries()
        assemble_matrix(self.K, self.form)
        self.K.assemble()
        held = self.K.getOwnershipRange()[0] + np.flatnonzero(self.own == 0)
        self.K.zeroRowsColumns(held.astype(PETSc.IntType))
        factorise(self.ksp, self.K, name="head", options=CHOLESKY)

    def potentials(self, currents: Array) -> Array:
        """Return u [V] at the nodes, (n, n_nodes), the same on every rank.

        ``currents`` [A] into the nodes are (n, n_nodes); each row sums to zero.
        """
        # Columns are left to PETSc: an explicit layout of them ends in an abort on two ranks.
        sizes = ((len(self.own), self.n_nodes), (PETSc.DECIDE, len(currents)))
        b, x = (PETSc.Mat().createDense(sizes, comm=self.K.comm) for _ in range(2))
        b.getDenseArray()[:] = np.where(self.own == 0, 0.0, currents[:, self.own]).T
        b.assemble()
        x.assemble()
        self.ksp.getPC().getFactorMatrix().matSolve(b, x)
        out = np.zeros((len(currents), self.n_nodes))
        out[:, self.own] = x.getDenseArray().T
        self.mesh.domain.comm.Allreduce(MPI.IN_PLACE, out)
        return out
