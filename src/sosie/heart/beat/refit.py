r"""A circulation and a contractility for the next beat, from the last one.

    p = p_passive(V) + (a e(t)+ - e(t)-) (V - V_d)

e(t)     [Pa/m^3] what tension added in the beat that was seen, see `circulation.emulate`; where it
         is below zero, viscosity and not tension made it so
a        how much more contractile the ventricle is to be: T_ref of the next beat over the last's
V_d      where tension lifts no pressure, seen from where it acts: DEAD times the geometric mean of
         the end-systolic volumes that there were and that there are to be

    minimise sum ((y_i - y_i(theta)) / s_i)^2   over theta = log (a, resistance, compliance, blood)
    y        end-diastolic and end-systolic volume, systolic and diastolic pressure

of the periodic beat that the loop has with this stand-in: least squares with exact derivatives, as
in `circulation.fit`, of which it is the continuation with a ventricle that is no elastance.

Source of the emulation: Regazzoni and Quarteroni (2021), doi:10.1016/j.compbiomed.2021.104641.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import least_squares

from sosie.heart.circulation.beats import TOTAL, Beat, Forcing, Slopes, periodic
from sosie.heart.circulation.cavity import Cavity, Closure
from sosie.heart.circulation.emulate import Passive
from sosie.heart.circulation.fit import REPEATS
from sosie.heart.circulation.parameters import ML, MMHG, Circulation
from sosie.heart.circulation.person import Measured
from sosie.heart.circulation.ring import LV, SA, Ring, State
from sosie.typing import Array

DEAD = 0.5
"""End-systolic volumes of seven hearts, of T_ref 0.7, 1 and 1.5 times what fits them, go with
(P / T_ref)^0.5 (0.34 to 0.69), whose tangent is V_d + b P / T_ref with this share."""
UNITS = np.array([ML, ML, MMHG, MMHG])
REACH = np.log([4.0, 4.0, 4.0, 1.5])
"""ASSUME: how far one beat is trusted."""


@dataclass(frozen=True)
class Next:
    """What the next beat is to be."""

    circulation: Circulation
    contractility: float  # a
    state: State  # to start from
    misfit: float  # [mL and mmHg], root mean square of what the stand-in itself misses


@dataclass(frozen=True)
class Emulated:
    """The stand-in of a ventricle."""

    law: Passive
    e: Array  # (n_steps,) [Pa/m^3]
    dead: float  # V_d [m^3]

    @classmethod
    def of(cls, law: Passive, beat: Beat, *, smallest: float) -> "Emulated":
        """Return the stand-in of a beat, for one whose smallest volume [m^3] is to be another."""
        V, p = beat.V[:, LV], beat.p[:, LV]
        ended = float(V.min())
        dead = min(DEAD * float(np.sqrt(ended * smallest)), 0.9 * ended)
        return cls(law, (p - law.pressure(V)) / (V - dead), dead)

    def lift(self, a: float, k: int) -> float:
        """Return what of e tension of ``a`` makes: where e is negative, it is not tension's."""
        e = float(self.e[k % len(self.e)])
        return a * e if e > 0 else e

    def cavities(self, a: float) -> Callable[[int], Cavity]:
        """Return the cavity at the end of each step."""

        def cavity(k: int) -> Cavity:
            lift = self.lift(a, k)

            def closure(V: float, p: float) -> Closure:
                passive = float(self.law.pressure(V))
                slope = self.law.steepness * (passive + self.law.scale) + lift
                return Closure(p - passive - lift * (V - self.dead), -slope, 1.0)

            return closure

        return cavity


def refit(
    measured: Measured, circulation: Circulation, beat: Beat, state: State, law: Passive
) -> Next:
    """Return the next beat of who had ``beat``; ``state`` is where its periodic start is sought."""
    emulated = Emulated.of(law, beat, smallest=measured.end_systolic_volume)
    wanted = np.array(
        [
            measured.end_diastolic_volume,
            measured.end_systolic_volume,
            measured.systolic_pressure,
            measured.diastolic_pressure,
        ]
    )
    known: dict[bytes, tuple[Circulation, State, Array, Array]] = {}
    near = state

    def evaluate(theta: Array) -> tuple[Circulation, State, Array, Array]:
        nonlocal near
        key = theta.tobytes()
        if key not in known:
            a, resistance, compliance, blood = map(float, np.exp(theta))
            arteries = circulation.systemic_arteries
            changed = replace(
                circulation,
                volume=circulation.volume * blood,
                systemic_arteries=replace(
                    arteries,
                    resistance=arteries.resistance * resistance,
                    compliance=arteries.compliance * compliance,
                ),
            )
            ring = Ring(changed, steps=len(beat.time), ventricle=emulated.cavities(a))
            guess = near._replace(V=near.V * (changed.volume / near.V.sum()))

            def forcing(ring: Ring, state: State, k: int) -> Forcing:
                p, Q, g = np.zeros((8, 4)), np.zeros((8, 4)), np.zeros(4)
                pull = max(float(emulated.e[k]), 0.0)
                g[0] = -a * pull * (state.V[LV] - emulated.dead)
                Q[SA, 1] = -ring.R[SA] * ring.conductance[SA] * state.Q[SA]
                p[SA, 2] = -ring.E[k, SA] * state.V[SA]
                return Forcing(p, Q, g)

            last, near, slopes = periodic(ring, guess, forcing, tolerance=REPEATS)
            known[key] = changed, near, *_observe(last, slopes, changed.volume)
        return known[key]

    found = least_squares(
        lambda theta: (evaluate(theta)[2] - wanted) / UNITS,
        np.zeros(4),
        jac=lambda theta: evaluate(theta)[3] / UNITS[:, None],
        bounds=(-REACH, REACH),
        xtol=1e-5,
        ftol=1e-6,
    )
    changed, start, values, _ = evaluate(found.x)
    misfit = float(np.sqrt(np.mean(((values - wanted) / UNITS) ** 2)))
    return Next(changed, float(np.exp(found.x[0])), start, misfit)


def _observe(beat: Beat, slopes: Slopes, volume: float) -> tuple[Array, Array]:
    """Return y (4,) of a periodic beat and dy/dtheta (4, 4)."""
    blood = np.array([0.0, 0.0, 0.0, volume])
    system = np.vstack([np.eye(16) - slopes.end[:, :16], TOTAL])
    dx = np.linalg.lstsq(system, np.vstack([slopes.end[:, 16:], blood]))[0]
    V, arteries = beat.V[:, LV], beat.p[:, SA]
    values = [V.max(), V.min(), arteries.max(), arteries.min()]
    along = [
        slopes.V[V.argmax(), LV],
        slopes.V[V.argmin(), LV],
        slopes.p[arteries.argmax(), SA],
        slopes.p[arteries.argmin(), SA],
    ]
    return np.array(values), np.array([row[:16] @ dx + row[16:] for row in along])
