r"""What an electrode sees of the heart: lead fields, one vector of weights for each electrode.

    div(sigma grad Z) = 0 in the torso,  n . sigma grad Z = delta_e - mean(delta) on its skin
    phi_e(t) = -int_heart sigma_i grad v . grad Z dx = w_e . v(t),    w_e = -K_i P Z

Z        potential per current that enters at electrode e and leaves in equal parts at all of the
         electrodes, so only the differences count that leads are [V/A], shape ()
v        transmembrane potential [V], shape ()
sigma    conductivity of the torso [S/m], one number: homogeneous, the heart's volume included
sigma_i  intracellular conductivity of muscle [S/m], shape (3, 3)
K_i      stiffness of sigma_i on the heart's mesh; P interpolation from the torso's vertices to its
phi_e    potential of electrode e less the mean of all electrodes [V]

It is reciprocity (Helmholtz 1853; McFee and Johnston 1953, doi:10.1161/01.CIR.8.4.554): the same
number as the electrode's value of the solution of div(sigma grad phi) = -div(sigma_i grad v), one
solve for every instant. On one discretisation they agree to the solver's tolerance, so the nine
solves that a torso takes serve any number of instants and hearts: Potse (2018),
doi:10.3389/fphys.2018.00370. P1 on the torso, whose mesh knows nothing of the heart's.

# ASSUME: 0.2 S/m, the round value of a homogeneous thorax. All potentials are inversely
proportional to it. Lungs, blood and the heart's own conductivity are not told from the rest.
"""

from mpi4py import MPI
from petsc4py import PETSc

import numpy as np
import ufl
from dolfinx import fem
from dolfinx.fem.petsc import assemble_matrix, create_matrix

from sosie.fem.mesh import TemplateMesh, measure
from sosie.fem.solve import SPD, LinearSolver, Options
from sosie.geometry.locate import interpolation
from sosie.heart.diffusion import shared, stiffness
from sosie.typing import Array, Integers

TORSO_CONDUCTIVITY = 0.2
"""[S/m]."""
RTOL = 1e-9
"""Of the residual."""
RELAXED: Options = SPD | {"pc_type": "sor", "pc_sor_local_symmetric": True, "pc_sor_omega": 1.5}
"""Conjugate gradients with symmetric over-relaxation, for stiffness alone."""
ALONE: Options = SPD | {"pc_type": "eisenstat", "pc_eisenstat_omega": 1.5}
"""The same on one rank, in half the work (Eisenstat 1981, doi:10.1137/0902001). Measured on the
torso: 71 iterations for 268 with diagonal scaling, and 2.4 times faster."""


class Conductor:
    """A conductor distributed over a team of ranks, solved for one electrode after the other."""

    def __init__(
        self,
        comm: MPI.Comm,
        points: Array,
        cells: Integers,
        *,
        conductivity: float = TORSO_CONDUCTIVITY,
    ) -> None:
        """Assemble on vertices (n, 3) [m] and tetrahedra (n_cells, 4), known on every rank."""
        self.points, self.cells = points, cells
        self.mesh = TemplateMesh(comm, cells, points, n_vertices=len(points))
        V = self.mesh.space
        u, w = ufl.TrialFunction(V), ufl.TestFunction(V)
        sigma = fem.Constant(self.mesh.domain, conductivity)
        a = sigma * ufl.inner(ufl.grad(u), ufl.grad(w)) * measure(self.mesh.domain, degree=0)
        self.solver = LinearSolver(a, name="torso", options=ALONE if comm.size == 1 else RELAXED)
        self.move(points)
        constant = PETSc.NullSpace().create(constant=True, comm=comm)
        self.solver.S.setNullSpace(constant)
        self.solver.ksp.setTolerances(rtol=RTOL)

    def move(self, points: Array) -> None:
        """Take the shape of another torso, ``points`` (n, 3) [m]."""
        self.points = points
        self.mesh.move(points)
        self.solver.assemble()

    def potentials(self, electrodes: Array) -> Array:
        """Return Z [V/A] of each electrode (n, 3) [m] on its skin, shape (n, n_vertices)."""
        at = interpolation(self.points, self.cells, electrodes).toarray()
        return np.array([self.solve(current) for current in at - at.mean(axis=0)])

    def solve(self, current: Array) -> Array:
        """Return the potential [V] of currents [A] into the vertices, the same on every rank.

        Their sum is zero.
        """
        b, rhs = shared(self.mesh.space)
        b[:] = current[self.mesh.own]
        x, solution = shared(self.mesh.space)
        self.solver.solve(rhs, solution)
        return self.mesh.together(x)


class Source:
    """The heart's muscle as a source of current: K_i on the mesh of its potential."""

    def __init__(self, V: fem.FunctionSpace, sigma_i: ufl.core.expr.Expr) -> None:
        """Compile; ``V`` is P1."""
        self.form = fem.form(stiffness(V, sigma_i))
        self.K = create_matrix(self.form)
        self.z, self.vector = shared(V)
        self.w, self.product = shared(V)
        self.assemble()

    def assemble(self) -> None:
        """Assemble K_i on the mesh and fibres as they now lie."""
        self.K.zeroEntries()
        assemble_matrix(self.K, self.form)
        self.K.assemble()

    def weights(self, potentials: Array) -> Array:
        """Return w [1] at this rank's own vertices, shape (n, n_own).

        ``potentials`` are Z [V/A] at the same vertices.
        """
        out = np.empty_like(potentials)
        for row, potential in zip(out, potentials, strict=True):
            self.z[:] = potential
            self.K.mult(self.vector, self.product)
            row[:] = -self.w
        return out
