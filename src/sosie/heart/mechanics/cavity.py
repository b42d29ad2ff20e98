r"""Volume of the cavity in a deformed ventricle, and its derivative.

    V = -1/3 int_endo (x - c) . cof F N,     x = X + u

c        mean of the nodes x on the rim, where endocardium and base meet; the cavity is closed by
         the fan from the rim to c, whose cone adds nothing to the integral of (x - c) . n
dV/du    as c moves with the rim: d/du at fixed c, and 1/3 int_endo cof F N spread over the rim

The integrand is a polynomial of the reference triangle's coordinates if geometry and displacement
are both P2, so quadrature of degree 4 has it exactly. At rest it is `geometry.ventricle`'s volume.
"""

from petsc4py import PETSc

import numpy as np
import ufl
from dolfinx import fem
from dolfinx.fem.petsc import assemble_vector, create_vector

from sosie.heart.mechanics.material import Expression
from sosie.typing import Integers


def cofactor(F: Expression) -> Expression:
    """Return J F^-T, a polynomial of F, which UFL's own is not."""
    a, b, c = (ufl.as_vector([F[i, j] for i in range(3)]) for j in range(3))
    columns = (ufl.cross(b, c), ufl.cross(c, a), ufl.cross(a, b))
    return ufl.as_matrix([[column[i] for column in columns] for i in range(3)])


class Cavity:
    """The cavity of one wall, whose state is ``w``."""

    def __init__(
        self, w: fem.Function, u: Expression, ds: ufl.Measure, rim: Integers, nodes: Integers
    ) -> None:
        """Take displacements ``u`` of ``w``, endocardium ``ds`` and the rim.

        The rim is this rank's own unknowns (n, 3) and the geometry nodes (n,) they belong to.
        """
        self.w, self.rim, self.nodes = w, rim, nodes
        self.domain = w.function_space.mesh
        self.comm = self.domain.comm
        self.count = self.comm.allreduce(len(rim))
        self.centre = fem.Constant(self.domain, np.zeros(3))
        x = ufl.SpatialCoordinate(self.domain) + u
        area = cofactor(ufl.Identity(3) + ufl.grad(u)) * ufl.FacetNormal(self.domain)
        volume = -ufl.inner(x - self.centre, area) / 3 * ds
        self._volume = fem.form(volume)
        self._gradient = fem.form(ufl.derivative(volume, w))
        self._opening = [fem.form(area[i] * ds) for i in range(3)]

    def _close(self) -> None:
        x = self.domain.geometry.x[self.nodes] + self.w.x.array[self.rim]
        self.centre.value = self.comm.allreduce(x.sum(axis=0)) / self.count

    def volume(self) -> float:
        """Return V [m^3]."""
        self._close()
        return float(self.comm.allreduce(fem.assemble_scalar(self._volume)))

    def gradient(self) -> PETSc.Vec:
        """Return dV/dw [m^2] as a new vector, zero for the muscle's pressure."""
        self._close()
        g = create_vector(self.w.function_space)
        assemble_vector(g, self._gradient)
        g.ghostUpdate(addv=PETSc.InsertMode.ADD, mode=PETSc.ScatterMode.REVERSE)
        opening = np.array([fem.assemble_scalar(form) for form in self._opening])
        g.array_w[self.rim] += self.comm.allreduce(opening) / (3 * self.count)
        return g
