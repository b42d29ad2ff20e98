r"""The closed loop as a ring of eight elastic compartments and the eight links between them.

    dV_i/dt = Q_(i-1) - Q_i,     p_i = E_i(t) (V_i - V0_i)
    Q_i     = valve(x_i)                  at a valve
    L_i dQ_i/dt + R_i Q_i = x_i           at vessels,       x_i = p_i - p_(i+1)

V, p     volume [m^3] and pressure [Pa] of a compartment, shape (8,); E of vessels is 1 / C
Q        flow [m^3/s] out of compartment i into the next, shape (8,)
u        unknowns of a step: the eight V and the pressure of the left ventricle, shape (9,)

Backward Euler, so flows of vessels are Q = (a Q_old + x) / (a + R), a = L / dt, and drop out: a
step solves the eight balances of volume and the equation of the left ventricle's ``cavity`` by
Newton's method with exact derivatives. Balances add up to (sum V - sum V_old) / dt = 0: blood is
neither made nor lost, whatever the step.

The scalar interface of a 3D ventricle is V(p), what the loop leaves in the ventricle if its
pressure is p, and its derivative dV/dp (<= 0): see ``respond``. States know nothing of the step:
who must halve one takes two of a ring of twice the steps.

Source: Regazzoni et al. (2022), doi:10.1016/j.jcp.2022.111083, eq. 6, written in volumes.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from sosie.errors import SolverDivergedError
from sosie.heart.circulation import valve
from sosie.heart.circulation.cavity import Cavity, at_pressure, elastic
from sosie.heart.circulation.elastance import elastance
from sosie.heart.circulation.parameters import Circulation
from sosie.typing import Array

COMPARTMENTS = (
    "left_ventricle",
    "systemic_arteries",
    "systemic_veins",
    "right_atrium",
    "right_ventricle",
    "pulmonary_arteries",
    "pulmonary_veins",
    "left_atrium",
)
LV, SA, SV, RA, RV, PA, PV, LA = range(8)
CHAMBERS = [LV, RA, RV, LA]
VESSELS = [SA, SV, PA, PV]
VALVES = CHAMBERS
"""The valves are the links out of the chambers: aortic, tricuspid, pulmonary, mitral."""
EYE = np.eye(8)
DROP = EYE - np.roll(EYE, 1, axis=1)
"""Pressures into differences, x = DROP p."""
BALANCE = DROP.T
"""Flows into what leaves less what enters, Q_i - Q_(i-1)."""
CLOSE = 1e-9
"""Newton ends when a step's volumes and pressure change by less than this share of the scales."""
SCALE = np.append(np.full(8, 1e-4), 1e4)
"""[m^3], [Pa] that volumes and a ventricle's pressure are of the order of."""
ITERATIONS, HALVINGS = 40, 8
"""ASSUME: enough; a step of the reference takes 3 to 4 iterations and no halving."""
TOO_MANY, LINE_SEARCH = -5, -6
"""Reasons of divergence, numbered as PETSc's SNES does."""


class State(NamedTuple):
    """Volumes (8,), flows (8,) and the left ventricle's pressure at one instant."""

    V: Array
    Q: Array
    p_lv: float


class Links(NamedTuple):
    """What the links carry: flows, and their derivatives by x and by the flow before; (8,)."""

    Q: Array
    by_drop: Array
    by_memory: Array


class Ring:
    """One person's loop, to be stepped by ``dt`` [s]."""

    def __init__(
        self,
        circulation: Circulation,
        *,
        steps: int,
        ventricle: Callable[[int], Cavity] | None = None,
    ) -> None:
        """Lay out the loop for ``steps`` equal steps a beat.

        ``ventricle`` tells the left ventricle at the end of each step, in place of its elastance.
        """
        self.circulation, self.steps = circulation, steps
        self.cavity = ventricle or self._elastic
        self.dt = circulation.beat / steps
        parts = [getattr(circulation, name) for name in COMPARTMENTS]
        phase = np.arange(1, steps + 1) / steps
        self.E = np.empty((steps, 8))  # at the ends of a beat's steps
        self.V0 = np.zeros(8)
        self.R, a = np.zeros(8), np.zeros(8)
        for i in CHAMBERS:
            self.E[:, i] = elastance(parts[i], phase)
            self.V0[i] = parts[i].unstressed
        for i in VESSELS:
            self.E[:, i] = 1 / parts[i].compliance
            self.R[i] = parts[i].resistance
            a[i] = parts[i].inertance / self.dt
        vessels = np.isin(np.arange(8), VESSELS)
        self.conductance = np.divide(1, a + self.R, out=np.zeros(8), where=vessels)
        self._memory = a * self.conductance

    def rest(self, filling: Array) -> State:
        """Return a state without flow, of pressures ``filling`` (8,) [Pa] at a beat's end."""
        return State(self.V0 + filling / self.E[-1], np.zeros(8), float(filling[LV]))

    def pressures(self, state: State, k: int) -> Array:
        """Return p (8,) at the end of step ``k`` of a beat."""
        p = self.E[k % self.steps] * (state.V - self.V0)
        p[LV] = state.p_lv
        return p

    def _elastic(self, k: int) -> Cavity:
        return elastic(float(self.E[k % self.steps, LV]), float(self.V0[LV]))

    def links(self, p: Array, Q_old: Array) -> Links:
        """Return what flows at pressures ``p``."""
        x = DROP @ p
        Q = self._memory * Q_old + self.conductance * x
        by_drop = self.conductance.copy()
        Q[VALVES], by_drop[VALVES] = valve.flow(x[VALVES], self.circulation.valves)
        return Links(Q, by_drop, self._memory)

    def residual(self, u: Array, old: State, k: int, cavity: Cavity) -> tuple[Array, Array, Links]:
        """Return r (9,) [m^3 x 8, Pa], dr/du (9, 9) and the links' flows at the end of step ``k``.

        Balances are multiplied by the step, hence volumes.
        """
        E = self.E[k % self.steps]
        p = E * (u[:8] - self.V0)
        p[LV] = u[8]
        links = self.links(p, old.Q)
        closure = cavity(float(u[0]), float(u[8]))
        r = np.empty(9)
        r[:8] = u[:8] - old.V + self.dt * (BALANCE @ links.Q)
        r[8] = closure.value
        by_pressure = self.dt * (BALANCE * links.by_drop) @ DROP
        J = np.zeros((9, 9))
        J[:8, :8] = EYE + by_pressure * E
        J[:8, 0] = EYE[0]  # the left ventricle's pressure is an unknown of its own
        J[:8, 8] = by_pressure[:, 0]
        J[8, 0], J[8, 8] = closure.by_volume, closure.by_pressure
        return r, J, links

    def solve(self, old: State, k: int, cavity: Cavity) -> tuple[State, Array]:
        """Take step ``k`` of a beat; return the new state and dr/du there."""
        u = np.append(old.V, old.p_lv)
        r, J, links = self.residual(u, old, k, cavity)
        for iteration in range(ITERATIONS):
            du = np.linalg.solve(J, -r)
            size = _size(r)
            for _ in range(HALVINGS):
                r, J, links = self.residual(u + du, old, k, cavity)
                if _size(r) <= size or np.abs(du / SCALE).max() < CLOSE:
                    break
                du /= 2
            else:
                raise SolverDivergedError("circulation", LINE_SEARCH, iteration)
            u += du
            if np.abs(du / SCALE).max() < CLOSE:
                return State(u[:8], links.Q, float(u[8])), J
        raise SolverDivergedError("circulation", TOO_MANY, ITERATIONS)

    def step(self, old: State, k: int) -> State:
        """Take step ``k`` of a beat with the left ventricle that the ring has."""
        return self.solve(old, k, self.cavity(k))[0]

    def respond(self, old: State, k: int, p_lv: float) -> tuple[State, float]:
        """Take step ``k`` to a pressure [Pa] of the ventricle; return the state and dV/dp [m^3/Pa].

        What the bordered Newton step of a 3D ventricle asks for: with the volume V_3D that it has
        and dV_3D that its own step at fixed pressure adds, dp = (V_3D + dV_3D - V) / (dV/dp -
        dV_3D/dp).
        """
        state, J = self.solve(old, k, at_pressure(p_lv))
        return state, float(np.linalg.solve(J[:8, :8], -J[:8, 8])[LV])


def _size(r: Array) -> float:
    return float(np.abs(r / SCALE).max())
