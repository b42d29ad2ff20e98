r"""The shape a ventricle has at rest, from the one it was seen in under pressure, in one solution.

    find U, p:  int sigma : grad v + P int_endo n . v - P int_base b . v + springs(-e U; v) = 0
                int q (1 - j) = 0                     for all v, q, over the shape that was seen
    sigma = F dpsi/dF^T / J + (p + kappa (J - 1)) I,     F = f^-1,   f = I + grad U,   j = det f

U        from where a point was seen to where it is at rest [m], shape (3,): P2
n, b     outward normal there, and the traction of the base, int_endo n / int_base 1
e        share of the pericardium's springs that is tight where the heart was seen

These are the wall's own equations (see `wall`), point by point of the quadrature, in the
coordinates of the deformed shape, in which all pressure is known: the wall whose nodes are moved by
U is in equilibrium where they were seen, at once. Where `unload` follows a fixed point that thin
walls leave at pressures of a relaxed heart, this is Newton's method with load steps.

# ASSUME: springs are all but slack where the heart was seen; what is left of them holds it against
turning, since pressure on the base and in the cavity need not have one axis.

Source: Govindjee and Mihalic (1996), doi:10.1016/0045-7825(96)01069-6.
"""

from petsc4py import PETSc

import numpy as np
import ufl
from dolfinx import fem, mesh

from sosie.fem.solve import DirectSolver
from sosie.heart.mechanics.cavity import cofactor
from sosie.heart.mechanics.parameters import Springs
from sosie.heart.mechanics.wall import BASE, ENDOCARDIUM, EPICARDIUM, FAST, QUADRATURE, Wall, pull


class Inverse:
    """The inverse problem of one wall; Newton's method takes it as it takes a wall."""

    def __init__(
        self,
        wall: Wall,
        *,
        tags: mesh.MeshTags,
        pericardium: Springs,
        tight: float,
    ) -> None:
        """Build residual and tangent; the wall is at the shape that was seen when they are used."""
        self.wall, self.domain, self.comm, self.tight = wall, wall.domain, wall.comm, tight
        self.w = fem.Function(wall.W, name="inverse")
        self.pressure = fem.Constant(self.domain, 0.0)
        self.balance = fem.Constant(self.domain, np.zeros(3))
        U, p = ufl.split(self.w)
        v, q = ufl.TestFunctions(wall.W)
        options = {"metadata": {"quadrature_degree": QUADRATURE}}
        dx = ufl.Measure("dx", domain=self.domain, **options)
        ds = ufl.Measure("ds", domain=self.domain, subdomain_data=tags, **options)
        n = ufl.FacetNormal(self.domain)
        f = ufl.Identity(3) + ufl.grad(U)
        j = ufl.det(f)
        F = ufl.variable(cofactor(f).T / j)
        P = ufl.diff(wall.passive(F), F)
        excess = 1 / j - 1
        augmented = wall.kappa * excess * (1 + wall.stiffening * excess**2)
        sigma = j * P * F.T + (p + augmented) * ufl.Identity(3)
        area = cofactor(f) * n
        size = ufl.sqrt(ufl.inner(area, area))
        residual = ufl.inner(sigma, ufl.grad(v)) * dx + q * (1 - j) * dx
        residual += self.pressure * ufl.inner(n, v) * ds(ENDOCARDIUM)
        residual -= self.pressure * ufl.inner(self.balance, v) * ds(BASE)
        residual += (
            size * pull(pericardium, self.domain, -tight * U, v, area / size) * ds(EPICARDIUM)
        )
        self._opening = [fem.form(n[i] * ds(ENDOCARDIUM)) for i in range(3)]
        self._basal = fem.form(fem.Constant(self.domain, 1.0) * ds(BASE))
        self._ratio = fem.Expression(j, wall.points)
        self.solver = DirectSolver(
            residual, ufl.derivative(residual, self.w), name="unloading", bcs=[], flags=FAST
        )

    def residual(self) -> PETSc.Vec:
        """Return the residual, which the next call writes over."""
        return self.solver.residual()

    def linearise(self) -> None:
        """Make and factorise the tangent where the wall is."""
        self.solver.assemble()
        self.solver.factorise()

    def solve(self, b: PETSc.Vec, x: PETSc.Vec) -> None:
        """Set ``x`` to what the tangent that was made last gives."""
        self.solver.solve(b, x)

    def start(self) -> None:
        """Begin anew on the shape that the mesh has now."""
        self.w.x.array[:] = 0.0
        self.pressure.value = 0.0
        forms = [*self._opening, self._basal]
        sums = self.comm.allreduce(np.array([fem.assemble_scalar(form) for form in forms]))
        self.balance.value = sums[:3] / sums[3]

    def add(self, dw: PETSc.Vec, *, scale: float) -> None:
        """Add ``scale`` dw to the state."""
        self.w.x.petsc_vec.axpy(scale, dw)
        self.w.x.scatter_forward()

    def largest(self, dw: PETSc.Vec) -> float:
        """Return the largest displacement [m] in a vector."""
        return self.wall.largest(dw)

    def volume_ratio(self) -> float:
        """Return the smallest j."""
        return self.wall.smallest(self._ratio)

    def finish(self) -> None:
        """Move the mesh to rest, and put the wall where it was seen, in equilibrium."""
        wall = self.wall
        wall.domain.geometry.x[:] += self.w.x.array[wall.dofs]
        wall.w.x.array[:] = self.w.x.array
        wall.w.x.array[wall.of] *= -1
        wall.pressure.value = float(self.pressure.value)
        wall.hold((1 - self.tight) * wall.displacement)
