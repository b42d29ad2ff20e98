r"""A wall of incompressible muscle in equilibrium, under pressure and its own tension.

    find u, p:  int (dpsi/dF + T + F S_v) : grad v + (p + k (J - 1)) cof F : grad v
                + int_endo P cof F N . v  +  boundary(u; v)  =  load(v)        for all v
                int q (J - 1) = 0                                              for all q

u        displacement [m], shape (3,): P2;   p  pressure of the muscle [Pa]: P1 (Taylor-Hood)
F, J     I + grad u, det F;  cof F = J F^-T;  N  outward normal at rest
psi      strain energy, see `material`: of muscle, and of fibrous tissue a share a of a valve's
         annulus, mu_a / 2 (tr F^T F - 3 - 2 ln J), in which muscle ends
T        (1 - a) (S_a + S_a' (lambda - lambda_0)) F (f (x) f + m g (x) g), lambda = |F f|: active
         tension along fibres f and, a share m of it, across them along g
S_v      eta (E - E_old) / dt, E = (F^T F - I) / 2: viscous stress of a step from the strain E_old,
         eta [Pa s]; none unless ``move`` says that there is a step
P        pressure of the cavity [Pa], which follows the endocardium
k        kappa (1 + c (J - 1)^2), c the stiffening. At the solution J - 1 vanishes on average, and
         with it this term, the multiplier's consistent augmentation (Land et al. 2015,
         doi:10.1109/TBME.2014.2373399), without which Newton's method stalls on coarse ventricles
         at a third of the load. ASSUME: kappa of 100 kPa, the most accurate on these; a beam that
         bends locks with it and wants the muscle's stiffness.
m        0.4 brings simulated strain nearer to what is seen of tagged muscle: Walker et al. (2005),
         doi:10.1152/ajpheart.01226.2004

boundary(u; v), each where it is asked for:
    epicardium   int (k_n (d . N) N + k_t (d - (d . N) N)) . v,  d = u - u_0  (pericardium)
                 u_0: where springs are slack, at rest unless ``anchor`` says otherwise
    base         u = 0,  or springs alike,  or the traction of what is not there, on which blood
                 pushes as it does on the rest of the cavity (`traction`)

Forms are compiled for the processor at hand, and named by it.
"""

import hashlib
from collections.abc import Callable
from typing import Literal

from mpi4py import MPI
from petsc4py import PETSc

import basix
import basix.ufl
import numpy as np
import ufl
from dolfinx import fem, mesh

from sosie.fem.solve import DirectSolver
from sosie.geometry.template import TAGS
from sosie.heart.ionic.build import processor
from sosie.heart.mechanics.cavity import Cavity, cofactor
from sosie.heart.mechanics.material import Expression, Numbers, neo_hookean
from sosie.heart.mechanics.parameters import Material, Springs
from sosie.heart.mechanics.traction import Traction
from sosie.typing import Array, Integers

QUADRATURE = 4
"""Degree, in cells and on facets; a cavity's volume is exact with it."""
_NAME = hashlib.sha256(processor().encode()).hexdigest()[:16]
FAST = ("-O3", "-march=native", "-fno-math-errno", f"-DPROCESSOR_{_NAME}")
"""The compiler's flags; the last lets each kind of processor keep its own forms."""
ENDOCARDIUM, EPICARDIUM, BASE = (TAGS[name] for name in ("endocardium", "epicardium", "base"))
Base = Literal["fixed", "traction"] | Springs


class Wall:
    """One wall: its state ``w`` = (u, p), its loads, and what Newton's method asks of it."""

    def __init__(
        self,
        domain: mesh.Mesh,
        material: Material,
        *,
        tags: mesh.MeshTags,
        fibre: Expression,
        sheet: Expression | None = None,
        across: Expression | None = None,
        share: float = 0.0,
        base: Base = "fixed",
        pericardium: Springs | None = None,
        kappa: float = 1e5,
        stiffening: float = 0.0,
        annulus: float = 0.0,
        rim: Integers | None = None,
        load: Callable[[Expression], ufl.Form] | None = None,
    ) -> None:
        """Build residual and tangent at rest.

        ``tags`` are facets with values of the template's TAGS; ``rim`` this rank's geometry nodes
        where endocardium and base meet, without which the wall has no cavity; ``load`` work of
        forces that do not follow, of the test function v. ``share`` m of the tension is across the
        fibre, along g = ``across``, if that is given; ``annulus`` is mu_a [Pa], see ``ends``.
        """
        self.domain, self.comm = domain, domain.comm
        cell = domain.basix_cell()
        quadratic = basix.ufl.element("Lagrange", cell, 2, shape=(3,))
        linear = basix.ufl.element("Lagrange", cell, 1)
        self.W = fem.functionspace(domain, basix.ufl.mixed_element([quadratic, linear]))
        self.w = fem.Function(self.W, name="w")
        self.numbers, self.fibre, self.sheet = Numbers(material, domain), fibre, sheet
        self.pressure, self.kappa = fem.Constant(domain, 0.0), fem.Constant(domain, kappa)
        tension = basix.ufl.quadrature_element(cell, degree=QUADRATURE)
        Q = fem.functionspace(domain, tension)
        self.S_a, self.dS_a, self.stretch_used = (fem.Function(Q) for _ in range(3))
        self.stretch_used.x.array[:] = 1.0
        self.stiffening = fem.Constant(domain, stiffening)
        self.annulus = fem.Constant(domain, annulus) if annulus else None  # mu_a
        self.fibrous = fem.Function(Q)  # a
        self.cells = np.arange(domain.topology.index_map(3).size_local, dtype=np.int32)
        self._displacements()
        self.anchor = fem.Function(self.V)  # u_0
        self.earlier = fem.Function(self.V)  # u of E_old
        self.damping = fem.Constant(domain, 0.0)  # eta / dt [Pa]

        u, p = ufl.split(self.w)
        v, _ = ufl.TestFunctions(self.W)
        dx = ufl.Measure("dx", domain=domain, metadata={"quadrature_degree": QUADRATURE})
        ds = ufl.Measure(
            "ds",
            domain=domain,
            subdomain_data=tags,
            metadata={"quadrature_degree": QUADRATURE},
        )
        F = ufl.Identity(3) + ufl.grad(u)
        J = ufl.det(F)
        Ff = F * fibre
        stretch = ufl.sqrt(ufl.dot(Ff, Ff))
        excess = (J - 1) ** 2
        energy = self.passive(F) + p * (J - 1)
        energy += self.kappa / 2 * excess * (1 + self.stiffening / 2 * excess)
        S = self.S_a + self.dS_a * (stretch - self.stretch_used)
        self.internal = ufl.derivative(energy * dx, self.w, ufl.TestFunction(self.W))
        self.internal += S * ufl.dot(Ff, ufl.grad(v) * fibre) * dx
        if across is not None:
            pulled = S * ufl.dot(F * across, ufl.grad(v) * across)
            self.internal += fem.Constant(domain, share) * pulled * dx
        F_old = ufl.Identity(3) + ufl.grad(self.earlier)
        strained = (F.T * F - F_old.T * F_old) / 2
        self.internal += self.damping * ufl.inner(F * strained, ufl.grad(v)) * dx
        outward = ufl.FacetNormal(domain)
        area = cofactor(F) * outward
        column = ufl.inner(area, v) * ds(ENDOCARDIUM)  # dR/dP
        self.traction, self.update = None, None
        if base == "traction":
            self.traction = Traction(self.w, area, endocardium=ds(ENDOCARDIUM), base=ds(BASE))
            column -= self.traction.form
        residual = self.internal + self.pressure * column
        if pericardium is not None:
            residual += pull(pericardium, domain, u - self.anchor, v, outward) * ds(EPICARDIUM)
        if isinstance(base, Springs):
            residual += pull(base, domain, u - self.anchor, v, outward) * ds(BASE)
        if load is not None:
            residual -= load(v)
        bcs = [self._clamp(tags)] if base == "fixed" else []
        self.solver = DirectSolver(
            residual,
            ufl.derivative(residual, self.w),
            name="mechanics",
            bcs=bcs,
            flags=FAST,
        )
        self._column = fem.form(column)
        self.points, _ = basix.make_quadrature(cell, QUADRATURE)
        self._stretch = fem.Expression(stretch, self.points)
        self._ratio = fem.Expression(J, self.points)
        self.cavity = None
        if rim is not None:
            nodes = rim[(self.dofs[rim] < self.owned).all(axis=1)]
            self.cavity = Cavity(self.w, u, ds(ENDOCARDIUM), self.dofs[nodes], nodes)

    def passive(self, F: Expression) -> Expression:
        """Return psi [Pa] of a deformation, per volume at rest."""
        psi = self.numbers.energy(F, self.fibre, self.sheet)
        if self.annulus is not None:
            psi += self.fibrous * neo_hookean(F, self.annulus)
        return psi

    def ends(self, share: Array) -> None:
        """Let a share of the wall be the annulus, at this rank's quadrature points (n_cells, q)."""
        self._at_points(self.fibrous, share)

    def _displacements(self) -> None:
        """Find the unknowns that are displacements, and those of the mesh's nodes."""
        V, of = self.W.sub(0).collapse()
        of = np.asarray(of, dtype=np.int32).reshape(-1, 3)
        self.owned = self.W.dofmap.index_map.size_local * self.W.dofmap.index_map_bs
        self.own = of[(of < self.owned).all(axis=1)]  # (n, 3), each on one rank
        geometry = self.domain.geometry
        cells = geometry.dofmaps[0]
        self.dofs = np.empty((len(geometry.x), 3), dtype=np.int32)  # of each geometry node
        self.dofs[cells] = of[V.dofmap.list[:, : cells.shape[1]]]
        self.V, self.of = V, of

    def hold(self, displacement: Array) -> None:
        """Let springs be slack at displacements (n, 3) of this rank's geometry nodes."""
        w = np.zeros_like(self.w.x.array)
        w[self.dofs] = displacement
        self.anchor.x.array[:] = w[self.of].ravel()

    def move(self, damping: float) -> None:
        """Resist what moves from here, with a viscosity over the step [Pa]; 0 ends it."""
        self.damping.value = damping
        self.earlier.x.array[:] = self.w.x.array[self.of].ravel()

    def _clamp(self, tags: mesh.MeshTags) -> fem.DirichletBC:
        zero = fem.Function(self.V)
        where = fem.locate_dofs_topological((self.W.sub(0), self.V), 2, tags.find(BASE))
        return fem.dirichletbc(zero, where, self.W.sub(0))

    @property
    def displacement(self) -> Array:
        """Displacement [m] of this rank's geometry nodes, shape (n, 3)."""
        return self.w.x.array[self.dofs]

    def residual(self) -> PETSc.Vec:
        """Return R(w, P), which the next call writes over."""
        if self.traction is not None:
            self.traction.refresh()
        return self.solver.residual()

    def linearise(self) -> None:
        """Make and factorise K = dR/dw where the wall is."""
        if self.traction is not None:
            self.traction.refresh()
        self.solver.assemble()
        self.solver.factorise()
        if self.traction is not None:
            self.update = self.traction.lacking(self.solver, float(self.pressure.value))

    def solve(self, b: PETSc.Vec, x: PETSc.Vec) -> None:
        """Set ``x`` to K^-1 b, with the K that was made last."""
        self.solver.solve(b, x)
        if self.update is not None:
            self.update.correct(x)

    def pressure_column(self) -> PETSc.Vec:
        """Return dR/dP as a new vector."""
        if self.traction is not None:
            self.traction.refresh()
        return self.solver.vector(self._column)

    def add(self, dw: PETSc.Vec, *, scale: float) -> None:
        """Add ``scale`` dw to the state."""
        self.w.x.petsc_vec.axpy(scale, dw)
        self.w.x.scatter_forward()

    def largest(self, dw: PETSc.Vec) -> float:
        """Return the largest displacement [m] in a vector, infinite where it is not a number."""
        found = float(np.abs(dw.array_r[self.own]).max(initial=0.0))
        return self.comm.allreduce(np.inf if np.isnan(found) else found, MPI.MAX)

    def stretch(self) -> Array:
        """Return lambda at this rank's quadrature points, shape (n_cells, q)."""
        return self._stretch.eval(self.domain, self.cells)

    def volume_ratio(self) -> float:
        """Return the smallest J; cells where it is negative are inverted."""
        return self.smallest(self._ratio)

    def smallest(self, expression: fem.Expression) -> float:
        """Return the smallest value at quadrature points."""
        found = expression.eval(self.domain, self.cells).min(initial=np.inf)
        return self.comm.allreduce(float(found), MPI.MIN)

    def contract(self, tension: Array, slope: Array | None = None) -> None:
        """Pull with a tension [Pa] per area at rest, (n_cells, q), at the stretch as it is.

        ``slope`` is its derivative by stretch (see `tension.land`), for which tension answers
        while equilibrium is sought. Divided by stretch, it is the S of T = S F f (x) f.
        """
        stretch = self.stretch()
        muscle = 1 - self.fibrous.x.array[self.fibrous.function_space.dofmap.list[self.cells]]
        S = muscle * tension / stretch
        self._at_points(self.S_a, S)
        self._at_points(self.stretch_used, stretch)
        answer = np.zeros_like(S) if slope is None else (muscle * slope - S) / stretch
        self._at_points(self.dS_a, answer)

    def _at_points(self, f: fem.Function, values: Array) -> None:
        f.x.array[f.function_space.dofmap.list[self.cells]] = values


def pull(
    springs: Springs, domain: mesh.Mesh, u: Expression, v: Expression, outward: Expression
) -> Expression:
    """Return the work of springs stretched by u, per area at rest."""
    k_n, k_t = (fem.Constant(domain, k) for k in (springs.normal, springs.tangential))
    across = ufl.inner(u, outward)
    return k_n * across * ufl.inner(v, outward) + k_t * ufl.inner(u - across * outward, v)
