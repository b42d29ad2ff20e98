"""Numbers from functions, the same on every rank."""

from mpi4py import MPI

import numpy as np
import ufl
from dolfinx import fem


def integrate(form: ufl.Form, comm: MPI.Comm) -> float:
    """Return the integral over the whole mesh."""
    return float(comm.allreduce(fem.assemble_scalar(fem.form(form))))


def norm(expression: ufl.core.expr.Expr, comm: MPI.Comm) -> float:
    """Return the L2 norm over the expression's mesh."""
    return float(np.sqrt(integrate(ufl.inner(expression, expression) * ufl.dx, comm)))
