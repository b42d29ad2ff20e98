r"""The circulation of one person, from an image of the left ventricle and a cuff on the arm.

    minimise  sum_i ((y_i(theta) - y_i) / s_i)^2     over theta = log of five factors

y        end-diastolic and end-systolic volume, systolic, diastolic and filling pressure
s        1 mL and 1 mmHg, what a beat is called periodic to
theta    factors on contractility (active elastance) and stiffness (passive elastance) of the left
         ventricle, resistance and compliance of the systemic arteries, and on the stressed blood
         volume, all of the circulation scaled to the person (see ``person``)

Five equations for five unknowns: where the model reaches a person, nothing is left over. Volumes
and arterial pressures alone do not tell stiffness from the amount of blood; filling pressure does,
and where it is not known a healthy one is assumed.

Least squares in a trust region (scipy) with exact derivatives. Of the periodic state x = B(x,
theta) they are dx/dtheta = (I - dB/dx)^-1 dB/dtheta with the total of blood given; largest and
smallest values move with the values at their step.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import least_squares

from sosie.heart.circulation.beats import TOTAL, Beat, Forcing, Slopes, periodic, start
from sosie.heart.circulation.elastance import activation
from sosie.heart.circulation.parameters import ML, MMHG, Circulation
from sosie.heart.circulation.person import Measured, scaled
from sosie.heart.circulation.ring import LA, LV, SA, Ring, State
from sosie.typing import Array

NAMES = ("contractility", "stiffness", "resistance", "compliance", "blood volume")
UNITS = np.array([ML, ML, MMHG, MMHG, MMHG])
STEPS = 160
"""Of a beat: volumes and pressures are within 0.2 mL and 0.3 mmHg of ten times finer steps'."""
REPEATS = 1e-3
"""Periodic to 0.001 mL and mmHg, lest what is missing be taken for slope."""
REACH = np.log([8.0, 8.0, 8.0, 8.0, 3.0])
"""ASSUME: how far the factors may be from 1, up or down."""


@dataclass(frozen=True)
class Fitted:
    """A person's circulation, its periodic beat, and what the fit misses."""

    circulation: Circulation
    beat: Beat
    state: State  # at the start of the beat and at its end
    factors: dict[str, float]  # of NAMES
    residuals: Array  # model less measured: EDV, ESV [m^3], systolic, diastolic, filling [Pa]
    evaluations: int


def fit(measured: Measured, *, base: Circulation | None = None, steps: int = STEPS) -> Fitted:
    """Return the circulation that comes nearest to a person.

    ``base`` is what the five factors apply to, where more is known than the person's size.
    """
    base = base or scaled(measured)
    wanted = np.array(
        [
            measured.end_diastolic_volume,
            measured.end_systolic_volume,
            measured.systolic_pressure,
            measured.diastolic_pressure,
            measured.filling_pressure,
        ]
    )
    known: dict[bytes, tuple[Beat, State, Array, Array]] = {}
    near = start(Ring(base, steps=steps))

    def evaluate(theta: Array) -> tuple[Beat, State, Array, Array]:
        nonlocal near
        key = theta.tobytes()
        if key not in known:
            ring = Ring(with_factors(base, theta), steps=steps)
            guess = near._replace(V=near.V * (ring.circulation.volume / near.V.sum()))
            beat, state, slopes = periodic(ring, guess, forcing, tolerance=REPEATS)
            near = state
            known[key] = beat, state, *observe(beat, slopes, ring.circulation.volume)
        return known[key]

    found = least_squares(
        lambda theta: (evaluate(theta)[2] - wanted) / UNITS,
        np.zeros(5),
        jac=lambda theta: evaluate(theta)[3] / UNITS[:, None],
        bounds=(-REACH, REACH),
        xtol=1e-6,
        ftol=1e-8,
    )
    beat, state, values, _ = evaluate(found.x)
    factors = dict(zip(NAMES, map(float, np.exp(found.x)), strict=True))
    circulation = with_factors(base, found.x)
    return Fitted(circulation, beat, state, factors, values - wanted, len(known))


def with_factors(base: Circulation, theta: Array) -> Circulation:
    """Return the circulation with the five parameters times exp(theta)."""
    active, passive, resistance, compliance, volume = map(float, np.exp(theta))
    ventricle, arteries = base.left_ventricle, base.systemic_arteries
    return replace(
        base,
        volume=base.volume * volume,
        left_ventricle=replace(
            ventricle, active=ventricle.active * active, passive=ventricle.passive * passive
        ),
        systemic_arteries=replace(
            arteries,
            resistance=arteries.resistance * resistance,
            compliance=arteries.compliance * compliance,
        ),
    )


def forcing(ring: Ring, state: State, k: int) -> Forcing:
    """Return how the logs of the five parameters enter step ``k`` directly; blood does not."""
    ventricle = ring.circulation.left_ventricle
    phi = float(activation(ventricle, np.array((k + 1) / ring.steps)))
    p, Q, g = np.zeros((8, 5)), np.zeros((8, 5)), np.zeros(5)
    stretch = state.V[LV] - ventricle.unstressed
    g[:2] = -ventricle.active * phi * stretch, -ventricle.passive * stretch
    Q[SA, 2] = -ring.R[SA] * ring.conductance[SA] * state.Q[SA]
    p[SA, 3] = -ring.E[k, SA] * state.V[SA]
    return Forcing(p, Q, g)


def observe(beat: Beat, slopes: Slopes, volume: float) -> tuple[Array, Array]:
    """Return y (5,) of a periodic beat and dy/dtheta (5, 5)."""
    by_parameters = slopes.end[:, 16:]
    blood = np.array([0.0, 0.0, 0.0, 0.0, volume])
    system = np.vstack([np.eye(16) - slopes.end[:, :16], TOTAL])
    dx = np.linalg.lstsq(system, np.vstack([by_parameters, blood]))[0]

    def along(slope: Array) -> Array:
        return slope[..., :16] @ dx + slope[..., 16:]

    V, arteries, filling = beat.V[:, LV], beat.p[:, SA], beat.p[:, LA]
    values = [V.max(), V.min(), arteries.max(), arteries.min(), filling.mean()]
    derivatives = [
        along(slopes.V[V.argmax(), LV]),
        along(slopes.V[V.argmin(), LV]),
        along(slopes.p[arteries.argmax(), SA]),
        along(slopes.p[arteries.argmin(), SA]),
        along(slopes.p[:, LA].mean(axis=0)),
    ]
    return np.array(values), np.array(derivatives)
