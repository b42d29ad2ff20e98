"""The one place that builds PETSc solvers. Options are named, the command line wins."""

from collections.abc import Iterator
from contextlib import contextmanager

from mpi4py import MPI
from petsc4py import PETSc

import ufl
from dolfinx import fem
from dolfinx.fem.petsc import (
    LinearProblem,
    assemble_matrix,
    assemble_vector,
    create_matrix,
    create_vector,
    set_bc,
)

from sosie.errors import SolverDivergedError

Options = dict[str, str | int | float]

SPD: Options = {"ksp_type": "cg", "ksp_rtol": 1e-12, "ksp_max_it": 5000, "pc_type": "jacobi"}
"""Conjugate gradients with diagonal scaling, for mass-dominated symmetric positive systems."""

ELASTIC: Options = {
    "ksp_type": "cg",
    "ksp_rtol": 1e-8,
    "ksp_max_it": 500,
    "pc_type": "gamg",
    "pc_gamg_reuse_interpolation": True,
}
"""Conjugate gradients with algebraic multigrid, for small strains given their rigid motions; on a
mesh that has moved a little the aggregates stay."""

TRANSPORT: Options = {
    "ksp_type": "gmres",
    "ksp_pc_side": "right",
    "ksp_rtol": 1e-4,
    "ksp_max_it": 500,
    "ksp_gmres_restart": 100,
    "pc_type": "asm",
    "pc_asm_overlap": 1,
    "sub_pc_type": "ilu",
    "sub_pc_factor_levels": 1,
}
"""Right-preconditioned GMRES, for the steps of policy iteration on stabilised transport, whose rows
are of order one."""

DIRECT: Options = {
    "ksp_type": "preonly",
    "pc_type": "lu",
    "pc_factor_mat_solver_type": "mumps",
    "mat_mumps_icntl_14": 60,
}
"""Factorisation, for saddle points with a follower load, neither symmetric nor definite; with 60 %
of space to spare, for pivots that cannot be foreseen."""

CHOLESKY: Options = {
    "ksp_type": "preonly",
    "pc_type": "cholesky",
    "pc_factor_mat_solver_type": "mumps",
    "mat_mumps_icntl_14": 100,
    "mat_mumps_icntl_35": 2,
    "mat_mumps_cntl_7": 1e-12,
}
"""Factorisation, for many right-hand sides of one symmetric positive definite system; with twice
the space that is foreseen, which is now and then too little for small heads on several ranks.
Blocks of the factors are kept as products of low rank, to 1e-12."""


@contextmanager
def database(name: str, options: Options) -> Iterator[None]:
    """Put options into PETSc's database, under the prefix ``name``, for as long as it is needed."""
    entries = PETSc.Options(f"{name}_")
    chosen = {key: value for key, value in options.items() if not entries.hasName(key)}
    for key, value in chosen.items():  # the command line wins over the code
        entries[key] = value
    try:
        yield
    finally:
        for key in chosen:  # the global database is left as it was
            entries.delValue(key)


def configured(comm: MPI.Comm, name: str, options: Options) -> PETSc.KSP:
    """Return a solver with these options, whose prefix is ``name``."""
    ksp = PETSc.KSP().create(comm)
    ksp.setOptionsPrefix(f"{name}_")
    with database(name, options):
        ksp.setFromOptions()
    return ksp


def factorise(ksp: PETSc.KSP, A: PETSc.Mat, *, name: str, options: Options) -> None:
    """Factorise a matrix for a solver by MUMPS; raise SolverDivergedError where that fails.

    PETSc says nothing of it until the factors are used, which may then corrupt memory.
    """
    ksp.setOperators(A)  # says that it has changed
    with database(name, options):  # MUMPS reads its own here, not when the solver is configured
        ksp.setUp()
    status = ksp.getPC().getFactorMatrix().getMumpsInfog(1)
    if status < 0:  # -10 where the matrix is singular
        ksp.reset()  # or PETSc would take this status for that of every matrix to come
        raise SolverDivergedError(name, status, 0)


def solve(ksp: PETSc.KSP, b: PETSc.Vec, x: PETSc.Vec, *, name: str) -> int:
    """Set ``x`` to a solver's solution; return the iterations, or raise SolverDivergedError."""
    ksp.solve(b, x)
    reason, iterations = ksp.getConvergedReason(), ksp.getIterationNumber()
    if reason <= 0:
        raise SolverDivergedError(name, reason, iterations)
    return iterations


def solve_linear(
    a: ufl.Form, L: ufl.Form, u: fem.Function, *, name: str, bcs: list[fem.DirichletBC]
) -> int:
    """Solve a(u, w) = L(w) once by conjugate gradients; return the iterations taken."""
    problem = LinearProblem(a, L, u=u, bcs=bcs, petsc_options_prefix=f"{name}_", petsc_options=SPD)
    problem.solve()
    reason, iterations = problem.solver.getConvergedReason(), problem.solver.getIterationNumber()
    if reason <= 0:
        raise SolverDivergedError(name, reason, iterations)
    return iterations


class LinearSolver:
    """Solve S u = b by conjugate gradients many times, S assembled anew when the mesh moves."""

    def __init__(self, a: ufl.Form, *, name: str, options: Options = SPD) -> None:
        """Compile the form ``a`` of S; ``name`` prefixes the PETSc options."""
        self.name, self.form = name, fem.form(a)
        self.S = create_matrix(self.form)
        self.ksp = configured(self.form.mesh.comm, name, options)
        self.ksp.setOperators(self.S)

    def assemble(self) -> None:
        """Assemble S on the mesh as it now lies."""
        self.S.zeroEntries()
        assemble_matrix(self.S, self.form)
        self.S.assemble()
        self.ksp.setOperators(self.S)  # says that it has changed

    def solve(self, b: PETSc.Vec, u: PETSc.Vec) -> int:
        """Set ``u`` to the solution; return the iterations taken."""
        return solve(self.ksp, b, u, name=self.name)


class DirectSolver:
    """Linearise F(w; v) = 0 about w; factorise once, solve for many right-hand sides.

    Rows of Dirichlet conditions hold w as it is: their values are put into w beforehand.
    """

    def __init__(
        self,
        F: ufl.Form,
        J: ufl.Form,
        *,
        name: str,
        bcs: list[fem.DirichletBC],
        flags: tuple[str, ...] = (),
    ) -> None:
        """Compile residual and tangent with the compiler's ``flags``; ``name`` prefixes options."""
        self.name, self.bcs = name, bcs
        jit = {"cffi_extra_compile_args": list(flags)} if flags else {}
        self.F, self.J = fem.form(F, jit_options=jit), fem.form(J, jit_options=jit)
        self.K = create_matrix(self.J)
        self.r = create_vector(F.arguments()[0].ufl_function_space())
        self.ksp = configured(self.J.mesh.comm, name, DIRECT)

    def vector(self, form: fem.Form) -> PETSc.Vec:
        """Return a linear form as a new vector, zero where w is held."""
        b = self.r.duplicate()
        self._assemble(b, form)
        return b

    def residual(self) -> PETSc.Vec:
        """Return F, which the next call writes over."""
        self._assemble(self.r, self.F)
        return self.r

    def _assemble(self, b: PETSc.Vec, form: fem.Form) -> None:
        with b.localForm() as local:
            local.set(0.0)
        assemble_vector(b, form)
        b.ghostUpdate(addv=PETSc.InsertMode.ADD, mode=PETSc.ScatterMode.REVERSE)
        set_bc(b, self.bcs, alpha=0.0)

    def assemble(self) -> None:
        """Assemble the tangent at w as it is."""
        self.K.zeroEntries()
        assemble_matrix(self.K, self.J, bcs=self.bcs)
        self.K.assemble()

    def factorise(self) -> None:
        """Factorise the tangent as it is assembled."""
        factorise(self.ksp, self.K, name=self.name, options=DIRECT)

    def solve(self, b: PETSc.Vec, x: PETSc.Vec) -> None:
        """Set ``x`` to the solution with the tangent that was factorised last."""
        solve(self.ksp, b, x, name=self.name)
