r"""Newton's method for a wall, alone or with the pressure of its cavity unknown, and load steps.

    K dw + c dP = -R,     g_V dV . dw + g_P dP = -g         K = dR/dw,  c = dR/dP

g(V, P) = 0  closes the cavity: a volume that is given, or a circulation, linearised or not

By bordering: K y = R and K z = c from one factorisation, and then

    dP = (g_V dV . y - g) / (g_P - g_V dV . z),     dw = -y - z dP

A factorisation is used as long as each step is a small share of the one before: it costs as much
as many residuals. Steps, not residuals, end the iteration, since the rows of u and p have different
units: the last was ``CLOSE`` of the wall's size, and what is left is smaller.
"""

from collections.abc import Callable
from dataclasses import dataclass

from mpi4py import MPI
from petsc4py import PETSc

import numpy as np

from sosie.errors import SolverDivergedError
from sosie.heart.mechanics.mixing import Mixing
from sosie.heart.mechanics.wall import Wall

CLOSE = 1e-8
"""Of the wall's size."""
RENEW = 0.3
"""Share of the step before beyond which the tangent is made anew. Measured on the ellipsoid of Land
et al. (2015), problems 2 and 3: half the time of a tangent for every iteration."""
WILD = 0.5
"""Steps of this share of the wall's size lead nowhere."""
JUMP = 4e3
"""[Pa] a cavity's pressure changes by at most in one iteration: where valves open and shut, a step
by the old slope leads anywhere."""
FAR = 0.01
"""Of the wall's size: around a closed cavity muscle may be stiffening, where a step by an old
tangent that goes so far is not taken but found anew."""
MOST = 40
"""Iterations; those that converge take 5 to 15."""
EASY = 6
"""Iterations of a step at most, after which the next is twice as long."""
SMALLEST = 1 / 256
"""Share of the whole load below which steps are not halved."""
TOO_MANY, LINE_SEARCH, NOT_A_NUMBER, INVERTED = -5, -6, -4, -1
"""Reasons of divergence, numbered as PETSc's SNES does."""

Closure = Callable[[float, float], tuple[float, float, float]]
"""Takes V [m^3] and P [Pa]; returns g [Pa], dg/dV and dg/dP."""


@dataclass
class Effort:
    """What solutions have cost."""

    iterations: int = 0
    factorisations: int = 0
    steps: int = 0
    failures: int = 0


class Newton:
    """Finds equilibria of one wall, and remembers its last factorisation."""

    def __init__(
        self, wall: Wall, *, close: float = CLOSE, renew: float = RENEW, mixed: int = 0
    ) -> None:
        """Take a wall as it is; measure its size.

        ``close`` and ``renew`` are CLOSE and RENEW of this wall; steps are ``mixed`` with as many.
        """
        self.wall, self.close, self.renew, self.effort = wall, close, renew, Effort()
        self.mixing = Mixing(wall, mixed)
        self.y, self.z = wall.solver.r.duplicate(), wall.solver.r.duplicate()
        x = wall.domain.geometry.x
        corners = np.concatenate([x.max(axis=0), -x.min(axis=0)])
        wall.comm.Allreduce(MPI.IN_PLACE, corners, MPI.MAX)
        self.size = float(np.linalg.norm(corners[:3] + corners[3:]))
        self.fresh = self.bordered = False

    def solve(self, closure: Closure | None = None, *, carefully: bool = False) -> None:
        """Bring the wall to equilibrium, at its pressure or at that which ``closure`` asks for.

        ``carefully`` is without what only saves time: tangents that are kept beyond RENEW, steps
        that are mixed. Raises SolverDivergedError, and leaves the state as it is then.
        """
        wall, before = self.wall, np.inf
        self.mixing.clear()
        share = min(self.renew, RENEW) if carefully else self.renew
        renew = not self.fresh
        for iteration in range(MOST):
            R = wall.residual()
            if not np.isfinite(R.norm()):
                raise self._diverged(NOT_A_NUMBER, iteration)
            step, dP = self._step(R, closure, renew=renew)
            if closure is not None and not (renew or carefully) and step > FAR:
                step, dP = self._step(R, closure, renew=True)
            if step > WILD:
                raise self._diverged(LINE_SEARCH, iteration)
            if step >= self.close and self.mixing.depth and not carefully:
                dP = self.mixing.mix(self.y, dP)
            wall.add(self.y, scale=-1.0)
            if closure is not None:
                wall.pressure.value += dP
            if step < self.close:
                return
            renew = step > share * before
            before = step
        raise self._diverged(TOO_MANY, MOST)

    def _step(self, R: PETSc.Vec, closure: Closure | None, *, renew: bool) -> tuple[float, float]:
        """Set y to -dw; return its size and dP."""
        wall, dP = self.wall, 0.0
        if renew:
            wall.linearise()
            self.fresh, self.bordered = True, False
            self.effort.factorisations += 1
            self.mixing.clear()
        self.effort.iterations += 1
        wall.solve(R, self.y)
        if closure is not None:
            dP = self._border(closure)
            self.y.axpy(dP, self.z)
        return wall.largest(self.y) / self.size, dP

    def _border(self, closure: Closure) -> float:
        """Return dP; z is made as often as the tangent."""
        wall = self.wall
        if not self.bordered:
            wall.solve(wall.pressure_column(), self.z)
            self.bordered = True
        gradient = wall.cavity.gradient()
        g, g_V, g_P = closure(wall.cavity.volume(), float(wall.pressure.value))
        dP = (g_V * gradient.dot(self.y) - g) / (g_P - g_V * gradient.dot(self.z))
        return min(max(dP, -JUMP), JUMP)

    def refuse_inverted(self) -> None:
        """Raise SolverDivergedError where a cell is inside out: no equilibrium of muscle."""
        if not self.wall.volume_ratio() > 0:
            raise self._diverged(INVERTED, 0)

    def _diverged(self, reason: int, iterations: int) -> SolverDivergedError:
        self.fresh = False
        return SolverDivergedError("mechanics", reason, iterations)


def ramp(
    newton: Newton,
    apply: Callable[[float], Closure | None],
    *,
    steps: int,
) -> None:
    """Bring loads from where they are to their end, in steps that shrink and grow as it goes.

    ``apply`` sets the loads at a share of the way, in (0, 1], and returns what closes the cavity,
    if anything does. The first step is 1 / ``steps``; each starts on the line through the last two
    equilibria. Raises SolverDivergedError where steps become too short; the state is then that of
    the last equilibrium, whatever the loads.
    """
    wall, effort = newton.wall, newton.effort
    state = wall.w.x.array
    known = [(0.0, state.copy(), float(wall.pressure.value))]
    step = 1 / steps
    while known[-1][0] < 1:
        at, now, pressure = known[-1]
        goal = min(at + step, 1.0)
        goal = 1.0 if 1 - goal < SMALLEST / 2 else goal
        if len(known) > 1:
            earlier, before, _ = known[-2]
            state[:] = now + (goal - at) / (at - earlier) * (now - before)
        closure, spent = apply(goal), effort.iterations
        try:
            newton.solve(closure)
            newton.refuse_inverted()
        except SolverDivergedError:
            effort.failures += 1
            state[:] = now
            wall.pressure.value = pressure
            step /= 2
            if step < SMALLEST:
                raise
        else:
            effort.steps += 1
            known = [known[-1], (goal, state.copy(), float(wall.pressure.value))]
            if effort.iterations - spent <= EASY:
                step *= 2
