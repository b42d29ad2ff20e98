r"""Anderson's acceleration of Newton's steps with a tangent that is old.

    x_(k+1) = x_k + f_k - sum_j gamma_j (dx_j + df_j),    gamma = argmin |f_k - sum_j gamma_j df_j|

f_k      step that the tangent proposes at x_k; dx_j, df_j  what the last states and steps differ by

What the tangent has missed in the last steps is known from them. The norm is of displacements.
Source: Walker and Ni (2011), doi:10.1137/10078356X, type II.
"""

from petsc4py import PETSc

import numpy as np

from sosie.heart.mechanics.wall import Wall
from sosie.typing import Array


class Mixing:
    """The last ``depth`` steps since the tangent was made."""

    def __init__(self, wall: Wall, depth: int) -> None:
        """Start without any."""
        self.wall, self.depth = wall, depth
        self.clear()

    def clear(self) -> None:
        """Forget what another tangent proposed."""
        self.states: list[Array] = []  # differences of states, this rank's and the pressure
        self.steps: list[Array] = []
        self.last: Array | None = None  # the step proposed last
        self.taken: Array | None = None  # and the one that was taken

    def mix(self, y: PETSc.Vec, dP: float) -> float:
        """Put the better step into ``y``, whose sign is the other; return that of the pressure."""
        proposed = np.append(-y.array_r, dP)
        if self.last is not None and self.taken is not None:
            self.states.append(self.taken)
            self.steps.append(proposed - self.last)
            del self.states[: -self.depth], self.steps[: -self.depth]
        taken = proposed
        if self.steps:
            columns = np.array([step[self.wall.own].ravel() for step in self.steps])
            products = np.column_stack(
                [columns @ columns.T, columns @ proposed[self.wall.own].ravel()]
            )
            products = self.wall.comm.allreduce(products)
            gamma = np.linalg.lstsq(products[:, :-1], products[:, -1], rcond=1e-10)[0]
            taken = proposed - gamma @ (np.array(self.states) + np.array(self.steps))
        self.last, self.taken = proposed, taken
        y.array_w[:] = -taken[:-1]
        return float(taken[-1])
