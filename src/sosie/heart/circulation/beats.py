r"""Beats after beats, until they repeat.

    x_(n+1) = B(x_n),   periodic where B(x) = x;   x the volumes and flows at a beat's start, (16,)

Newton's method on B(x) - x with the exact derivative M = dB/dx, which every step hands on by
implicit differentiation of its residual: from the reference's start 4 beats, where the loop by
itself takes 22 to come within 1 mL, for the veins fill slowly. Blood is conserved, so M has an
eigenvalue 1, and the total is kept.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from sosie.errors import SolverDivergedError
from sosie.heart.circulation.parameters import ML, MMHG
from sosie.heart.circulation.ring import (
    BALANCE,
    DROP,
    LA,
    LV,
    PA,
    PV,
    RA,
    RV,
    SA,
    SV,
    TOO_MANY,
    Ring,
    State,
)
from sosie.typing import Array

VOLUME, PRESSURE = 1.0 * ML, 1.0 * MMHG
"""Beats repeat when no compartment's volume and pressure differ by more, at the same time."""
MOST = 30
"""ASSUME: of Newton's beats; the reference takes 4."""
START = np.empty(8)
START[[LV, LA, PV]] = 8.0
START[[SA, SV, RA, RV, PA]] = 80.0, 6.0, 4.0, 4.0, 15.0
START *= MMHG
"""ASSUME: pressures (8,) [Pa] of a person at rest, from which beats start."""
STORES = [SV, PA, PV]
"""What takes up blood that this leaves over, each as it is compliant."""
TOTAL = np.repeat([1.0, 0.0], 8)
"""All the blood there is, from volumes and flows."""


@dataclass(frozen=True)
class Beat:
    """One beat: at the end of each step, time (n,), and volumes, pressures, flows (n, 8)."""

    time: Array
    V: Array
    p: Array
    Q: Array


class Forcing(NamedTuple):
    """How parameters enter a step directly: derivatives at fixed V, x and p of the ventricle."""

    p: Array  # of the compartments' pressures, (8, n_parameters)
    Q: Array  # of the links' flows, (8, n_parameters)
    g: Array  # of the left ventricle's equation, (n_parameters,)


@dataclass(frozen=True)
class Slopes:
    """Derivatives of volumes and pressures (n, 8, m) and of the end (16, m); m = 16 + parameters.

    First by the beat's start, volumes then flows, then by the parameters.
    """

    V: Array
    p: Array
    end: Array


def start(ring: Ring) -> State:
    """Return a state at rest that holds the person's blood."""
    rest = ring.rest(START)
    missing = ring.circulation.volume - rest.V.sum()
    share = np.zeros(8)
    share[STORES] = 1 / ring.E[-1, STORES]
    return rest._replace(V=rest.V + missing * share / share.sum())


def run(ring: Ring, state: State, beats: int = 1) -> tuple[Beat, State]:
    """Return the last of some beats, and the state at its end."""
    for _ in range(beats):
        states = []
        for k in range(ring.steps):
            state = ring.step(state, k)
            states.append(state)
    return record(ring, states), state


def record(ring: Ring, states: Sequence[State]) -> Beat:
    """Return the beat that has these states at its steps' ends."""
    p = np.array([ring.pressures(state, k) for k, state in enumerate(states)])
    V, Q = (np.array([state[i] for state in states]) for i in (0, 1))
    return Beat(ring.dt * np.arange(1, ring.steps + 1), V, p, Q)


def differentiate(
    ring: Ring,
    state: State,
    forcing: Callable[[Ring, State, int], Forcing] | None = None,
) -> tuple[Beat, State, Slopes]:
    """Return a beat, the state at its end, and how both depend on its start and parameters."""
    m = 16 + (forcing(ring, state, 0).g.size if forcing else 0)
    dV, dQ = np.eye(8, m), np.eye(8, m, k=8)
    states, slopes_V, slopes_p = [], [], []
    for k in range(ring.steps):
        new, J = ring.solve(state, k, ring.cavity(k))
        links = ring.links(ring.pressures(new, k), state.Q)
        direct_p, direct_g = np.zeros((8, m)), np.zeros(m)
        direct_Q = links.by_memory[:, None] * dQ
        if forcing:
            own = forcing(ring, new, k)
            direct_p[:, 16:], direct_g[16:] = own.p, own.g
            direct_Q[:, 16:] += own.Q
        through = links.by_drop[:, None] * DROP
        dr = ring.dt * BALANCE @ (direct_Q + through @ direct_p) - dV
        du = np.linalg.solve(J, -np.vstack([dr, direct_g]))
        dV = du[:8]
        dp = ring.E[k][:, None] * dV + direct_p
        dp[LV] = du[8]
        dQ = direct_Q + through @ dp
        state = new
        states.append(state)
        slopes_V.append(dV)
        slopes_p.append(dp)
    slopes = Slopes(np.array(slopes_V), np.array(slopes_p), np.vstack([dV, dQ]))
    return record(ring, states), state, slopes


def periodic(
    ring: Ring,
    state: State,
    forcing: Callable[[Ring, State, int], Forcing] | None = None,
    *,
    tolerance: float = 1.0,
) -> tuple[Beat, State, Slopes]:
    """Return the beat that repeats itself, near a state whose blood it keeps.

    ``tolerance`` is in units of VOLUME and PRESSURE.
    """
    blood = state.V.sum()
    for _ in range(MOST):
        beat, end, slopes = differentiate(ring, state, forcing)
        miss = np.concatenate([end.V - state.V, end.Q - state.Q])
        if _repeats(ring, state, end, tolerance):
            return beat, end, slopes
        system = np.vstack([np.eye(16) - slopes.end[:, :16], TOTAL])
        step = np.linalg.lstsq(system, np.append(miss, blood - state.V.sum()))[0]
        V = state.V + step[:8]
        # A volume never falls by more than half at once: far from the solution B bends.
        V = np.maximum(V, state.V / 2)
        V *= blood / V.sum()
        state = State(V, state.Q + step[8:], state.p_lv)
    raise SolverDivergedError("periodic beat", TOO_MANY, MOST)


def _repeats(ring: Ring, state: State, end: State, tolerance: float) -> bool:
    dV = np.abs(end.V - state.V)
    return bool(
        (dV <= tolerance * VOLUME).all() and (ring.E[-1] * dV <= tolerance * PRESSURE).all()
    )
