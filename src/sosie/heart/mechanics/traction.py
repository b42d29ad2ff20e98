r"""Traction of the base: what blood would push on were the ventricle closed there.

    R_b(v) = -P int_base |a| b . v,    b = int_endo a / int_base |a|,    a = cof F N

    dR_b/du = -P int_base d|a|/du b . v - P sum_i m_i g_i,
    m_i = int_base |a| v_i,    g_i = (d/du int_endo a_i - b_i d/du int_base |a|) / int_base |a|

P        pressure of the cavity [Pa];   b  traction over pressure, shape (3,)
m, g     vectors of all unknowns, three each: the second part of the derivative is dense, of rank 3

Forces of pressure add up to nothing and do no work but P dV: Regazzoni et al. (2022),
doi:10.1016/j.jcp.2022.111083. The first part of the derivative is in the sparse tangent K, the
second is left to Woodbury's formula, with U = -P m and Y = K^-1 U, made once a factorisation:

    (K + U g^T)^-1 r = y - Y (1 + g^T Y)^-1 g^T y,     y = K^-1 r
"""

from petsc4py import PETSc

import numpy as np
import ufl
from dolfinx import fem

from sosie.fem.solve import DirectSolver
from sosie.heart.mechanics.material import Expression


class Traction:
    """The traction of one wall, whose state is ``w``; ``b`` is to be brought up to date."""

    def __init__(
        self, w: fem.Function, area: Expression, *, endocardium: ufl.Measure, base: ufl.Measure
    ) -> None:
        """Take a = ``area`` and the two surfaces."""
        self.domain = w.function_space.mesh
        self.comm = self.domain.comm
        self.b = fem.Constant(self.domain, np.zeros(3))
        self._along = fem.Constant(self.domain, np.zeros(3))  # a direction
        v, _ = ufl.TestFunctions(w.function_space)
        size = ufl.sqrt(ufl.inner(area, area))
        self.form = size * ufl.inner(self.b, v) * base
        opening = ufl.inner(self._along, area) * endocardium
        self._opening = [fem.form(area[i] * endocardium) for i in range(3)]
        self._basal = fem.form(size * base)
        self._opening_slope = fem.form(ufl.derivative(opening, w))
        self._basal_slope = fem.form(ufl.derivative(size * base, w))
        self._push = fem.form(size * ufl.inner(self._along, v) * base)

    def refresh(self) -> None:
        """Bring b up to date (collective)."""
        forms = [*self._opening, self._basal]
        sums = self.comm.allreduce(np.array([fem.assemble_scalar(form) for form in forms]))
        self.b.value, self._size = sums[:3] / sums[3], float(sums[3])

    def lacking(self, solver: DirectSolver, pressure: float) -> "Update":
        """Return what the tangent, which ``solver`` has factorised, lacks (collective).

        b is up to date.
        """
        basal = solver.vector(self._basal_slope)
        columns, g = [], []
        for i in range(3):
            self._along.value = np.eye(3)[i]
            column = solver.vector(self._push)
            column.scale(-pressure)
            columns.append(column)
            row = solver.vector(self._opening_slope)
            row.axpy(-float(self.b.value[i]), basal)
            row.scale(1 / self._size)
            g.append(row)
        return Update(solver, columns, g)


class Update:
    """A factorised tangent and three products of vectors, by Woodbury's formula."""

    def __init__(
        self, solver: DirectSolver, columns: list[PETSc.Vec], rows: list[PETSc.Vec]
    ) -> None:
        """Take U and g."""
        self.columns, self.rows = columns, rows
        self.Y = [column.duplicate() for column in columns]
        for column, y in zip(columns, self.Y, strict=True):
            solver.solve(column, y)
        self.S = np.eye(len(rows)) + np.array([[g.dot(y) for y in self.Y] for g in rows])

    def correct(self, y: PETSc.Vec) -> None:
        """Turn K^-1 r into what the whole tangent gives."""
        share = np.linalg.solve(self.S, [g.dot(y) for g in self.rows])
        y.maxpy(-share, self.Y)
