"""Vectors and matrices of a P1 space on tetrahedra, summed from arrays of all cells' own.

Arrays have the cells last, in as many columns as asked for: (4, columns) of vectors and (4, 4,
columns) of matrices, rows first. Columns beyond this rank's own cells count for nothing.
"""

from petsc4py import PETSc

import numpy as np
from dolfinx import fem, la

from sosie.typing import Array


class Cellwise:
    """Sums what cells give; one pattern for many matrices."""

    def __init__(self, V: fem.FunctionSpace, *, columns: int) -> None:
        """Lay out the pattern (collective)."""
        vertices, n = V.dofmap.index_map, V.mesh.topology.index_map(3).size_local
        dofs = np.zeros((4, columns), dtype=np.int32)
        dofs[:, :n] = V.dofmap.list[:n].T
        self.dofs, self.cells = dofs, n
        self.own, self.all = vertices.size_local, vertices.size_local + vertices.num_ghosts
        self.sum = la.vector(vertices)
        everywhere = vertices.local_to_global(np.arange(self.all, dtype=np.int32))
        at = np.full((4, columns), -1, dtype=PETSc.IntType)  # negative: left out
        at[:, :n] = everywhere[dofs[:, :n]]
        rows, entries = np.broadcast_to(at[:, None], (4, 4, columns)), (4, 4, columns)
        diagonal = everywhere[: self.own].astype(PETSc.IntType)
        self.entries = np.zeros(rows.size + self.own)
        self.matrix = PETSc.Mat().create(V.mesh.comm)
        self.matrix.setSizes(((self.own, vertices.size_global),) * 2)
        self.matrix.setType("aij")
        self.matrix.setPreallocationCOO(
            np.concatenate([rows.ravel(), diagonal]),
            np.concatenate([np.broadcast_to(at[None], entries).ravel(), diagonal]),
        )

    def gather(self, values: Array, into: Array) -> None:
        """Put values (n_local,) at this rank's vertices, ghosts too, to those of the cells."""
        np.take(values, self.dofs, out=into)

    def assemble_vector(self, cells: Array) -> PETSc.Vec:
        """Return the sum of the cells' vectors, which the next call writes over (collective)."""
        n = self.cells
        parts = cells[:, :n].ravel()
        self.sum.array[:] = np.bincount(self.dofs[:, :n].ravel(), parts, minlength=self.all)
        self.sum.scatter_reverse(la.InsertMode.add)
        self.sum.petsc_vec.stateIncrease()  # its memory was written behind its back
        return self.sum.petsc_vec

    def assemble_matrix(self, cells: Array, diagonal: Array) -> PETSc.Mat:
        """Return the sum of the cells' matrices and a diagonal (n_own,) (collective)."""
        self.entries[: cells.size] = cells.ravel()
        self.entries[cells.size :] = diagonal
        self.matrix.setValuesCOO(self.entries, addv=PETSc.InsertMode.INSERT)
        return self.matrix
