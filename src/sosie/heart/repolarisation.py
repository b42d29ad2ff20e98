r"""When tissue repolarises, given when it is activated and how long each cell's beat is alone.

    u - tau div(D grad u) = exp(-(T + A) / s),    n . D grad u = 0,    R = -s ln u

T, A, R  activation time, APD90 of a cell by itself, repolarisation time [s], shape ()
D        sigma / (chi C_m) [m^2/s], shape (3, 3)
tau, s   [s]: sqrt(tau D) is how far neighbours are felt, and of them the early more than the late

Coupled cells cannot end far apart: this is the diffusion that shifted action potentials lack, in
one linear solve. A reaction-eikonal model (Neic et al. 2017, doi:10.1016/j.jcp.2017.06.020) gets it
from steps of the whole beat instead. The equation is a rule; tau and s were fitted to the
monodomain equation, on cables of ten Tusscher-Panfilov cells whose middle third has a quarter of
I_Ks and alone lasts 88 ms longer. Root mean square difference of R from the cable's, and of T + A:

    fitted, conductivity along and across the fibre       3.0 and 18.0 ms
    half of I_Ks in the middle third                      2.9 and  8.8 ms
    10 mm of wall in three layers, a quarter of I_Ks      2.8 and 28.7 ms
    ToR-ORd cells, 60 % of I_Kr in the middle third       1.9 and 13.7 ms
    10 mm of wall in three layers of them                 2.9 and 22.5 ms
"""

from mpi4py import MPI

import numpy as np
import ufl
from dolfinx import fem

from sosie.fem.solve import LinearSolver
from sosie.heart.diffusion import lumped_mass, mass, shared, stiffness
from sosie.typing import Array

TAU, S = 94e-3, 59e-3
"""[s]."""


class Repolarisation:
    """Solves for R on one mesh, as often as it moves."""

    def __init__(self, V: fem.FunctionSpace, D: ufl.core.expr.Expr) -> None:
        """Compile; ``V`` is P1."""
        self.V = V
        self.solver = LinearSolver(mass(V, lumping=1.0) + TAU * stiffness(V, D), name="repolarise")
        self.b, self.rhs = shared(V)
        self.u, self.vector = shared(V)

    def solve(self, alone: Array) -> Array:
        """Return R [s] at this rank's own vertices, of T + A there, (n_own,) [s] (collective)."""
        self.solver.assemble()
        first = self.V.mesh.comm.allreduce(alone.min(initial=np.inf), MPI.MIN)
        self.b[:] = np.exp((first - alone) / S) * lumped_mass(self.V)
        self.solver.solve(self.rhs, self.vector)
        return first - S * np.log(self.u)
