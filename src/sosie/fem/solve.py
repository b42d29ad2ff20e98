"""The one place that builds PETSc solvers. Options are named, the command line wins."""

from petsc4py import PETSc

import ufl
from dolfinx import fem
from dolfinx.fem.petsc import LinearProblem, NonlinearProblem, assemble_matrix, create_matrix

from sosie.errors import SolverDivergedError

Options = dict[str, str | int | float]

SPD: Options = {"ksp_type": "cg", "ksp_rtol": 1e-12, "ksp_max_it": 5000, "pc_type": "jacobi"}
"""Conjugate gradients with diagonal scaling, for mass-dominated symmetric positive systems."""

TRANSPORT: Options = {
    "snes_type": "newtonls",
    "snes_linesearch_type": "basic",
    "snes_rtol": 1e-30,
    "snes_stol": 0.0,
    "snes_divergence_tolerance": -1,
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
"""Full steps, right-preconditioned GMRES: for policy iteration on stabilised transport, whose rows
are of order one. The residual's own size ends it, so that every rank count stops at one truth."""


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

    def __init__(self, a: ufl.Form, *, name: str) -> None:
        """Compile the form ``a`` of S; ``name`` prefixes the PETSc options."""
        self.name, self.form = name, fem.form(a)
        self.S = create_matrix(self.form)
        self.ksp = PETSc.KSP().create(self.form.mesh.comm)
        self.ksp.setOperators(self.S)
        self.ksp.setOptionsPrefix(f"{name}_")
        database = PETSc.Options(f"{name}_")
        chosen = {key: value for key, value in SPD.items() if not database.hasName(key)}
        for key, value in chosen.items():  # the command line wins over the code
            database[key] = value
        self.ksp.setFromOptions()
        for key in chosen:  # the global database is left as it was
            database.delValue(key)

    def assemble(self) -> None:
        """Assemble S on the mesh as it now lies."""
        self.S.zeroEntries()
        assemble_matrix(self.S, self.form)
        self.S.assemble()

    def solve(self, b: PETSc.Vec, u: PETSc.Vec) -> int:
        """Set ``u`` to the solution; return the iterations taken."""
        self.ksp.solve(b, u)
        reason, iterations = self.ksp.getConvergedReason(), self.ksp.getIterationNumber()
        if reason <= 0:
            raise SolverDivergedError(self.name, reason, iterations)
        return iterations


class NonlinearSolver:
    """Solve F(u; w) = 0 by Newton's method, with one sparsity pattern for many calls."""

    def __init__(
        self,
        F: ufl.Form,
        u: fem.Function,
        *,
        J: ufl.Form,
        name: str,
        bcs: list[fem.DirichletBC],
        options: Options,
    ) -> None:
        """Compile the form and the step matrix ``J``; ``name`` prefixes the PETSc options."""
        self.name = name
        self.problem = NonlinearProblem(
            F,
            u,
            J=J,
            bcs=bcs,
            petsc_options_prefix=f"{name}_",
            petsc_options={"snes_error_if_not_converged": False, **options},
        )
        self.snes = self.problem.solver

    def solve(self, *, residual: float, most: int = 60) -> int:
        """Update ``u`` until |F| <= ``residual`` in at most ``most`` iterations; return them.

        Raises SolverDivergedError.
        """
        iterations = self.advance(residual=residual, most=most)
        reason = self.snes.getConvergedReason()
        if reason <= 0:
            raise SolverDivergedError(self.name, reason, iterations)
        return iterations

    def advance(self, *, residual: float, most: int) -> int:
        """Do the same, content with less: for steps on the way to another problem."""
        self.snes.setTolerances(atol=residual, max_it=most)
        self.problem.solve()
        return self.snes.getIterationNumber()
