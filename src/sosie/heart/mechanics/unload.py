r"""The shape a ventricle has without pressure, from the one that was seen under pressure.

    X <- X + (x_seen - x(X)),     x(X) = X + u: the equilibrium that the shape X has under the loads

X, x     nodes at rest and under load [m], shape (n, 3)

The fixed point is a shape that comes to lie where it was seen. The wall's mesh is moved from
iteration to iteration, and its last equilibrium is the start of the next. Measured at 1 and 2 kPa
on the ellipsoid of Land et al. (2015): 11 and 13 iterations to 0.01 um; Anderson's mixing saves two
of them, and is not here. ASSUME: fibres, given at quadrature points, keep their directions in
space: they are those of the shape at rest.

Source: Sellier (2011), doi:10.1016/j.jfluidstructs.2011.08.002.
"""

from collections.abc import Callable
from dataclasses import dataclass

from mpi4py import MPI

import numpy as np

from sosie.errors import SolverDivergedError
from sosie.heart.mechanics.equilibrium import TOO_MANY, Closure, Newton, ramp

MOST = 40
"""ASSUME: iterations, enough where there is a shape at rest."""


@dataclass(frozen=True)
class Unloaded:
    """How it went; the shape itself is the wall's mesh."""

    iterations: int
    misfit: float  # [m], largest distance between where a node comes to lie and where it was seen


def unload(
    newton: Newton,
    apply: Callable[[float], Closure | None],
    *,
    tolerance: float,
    steps: int = 5,
) -> Unloaded:
    """Move the wall's mesh, which lies where it was seen, to its shape at rest.

    ``apply`` sets the loads it was seen under, as in `ramp`; the wall ends in equilibrium with
    them, where it was seen to ``tolerance`` [m]. Raises SolverDivergedError.
    """
    wall = newton.wall
    X = wall.domain.geometry.x
    seen = X.copy()
    ramp(newton, apply, steps=steps)
    for iteration in range(1, MOST + 1):
        back = seen - (X + wall.displacement)
        farthest = float(np.linalg.norm(back, axis=1).max(initial=0.0))
        misfit = wall.comm.allreduce(farthest, MPI.MAX)
        if misfit <= tolerance:
            return Unloaded(iteration, misfit)
        X += back
        newton.solve(apply(1.0))
        newton.refuse_inverted()
    raise SolverDivergedError("unloading", TOO_MANY, MOST)
