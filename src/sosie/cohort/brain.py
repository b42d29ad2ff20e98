r"""Volumes of the head that a table lacks: drawn given age, sex and whatever was measured.

    log I = m + s z_I,   log(B / I) = b(a) + s_B(a) z_B,   log V = v(a) + s_V z_V,   z ~ N(0, R)

I, B, V  volume [mL] inside the skull, of grey and white matter, and of the lateral ventricles
b, v     quadratic in a = (age - 50) / 10; s_B = exp(c_0 + c_1 a): old brains differ more
R        correlations: of I with B and V as counted, of B with V from ``priors.yaml``

The three are drawn in this order, each from its own stream, given those that are known; a known
volume steers the others no further than three standard deviations. All by ``fit_brain``.
"""

import json
from collections.abc import Callable, Mapping
from functools import cache
from math import exp, hypot, log, sqrt

import numpy as np

from sosie.cohort.body import DATA
from sosie.cohort.draw import Gaussian, Stream, condition, truncated_normal

ICV, BRAIN, VENTRICLE = 0, 1, 2
VOLUMES = ("icv", "brain_volume", "brain_ventricle_volume")
Z_RANGE = 2.576
"""Draws stay within the quantiles 0.5 and 99.5 % of their distribution."""

REACH = 3.0
FIRST, LAST = 20.0, 90.0
"""# ASSUME: younger and older adults are as those at the ends of the samples' ages [year]."""

FILLED = 0.98
"""# ASSUME: drawn, brain and ventricles leave at least 2 % of what they share to other fluid."""

HALF = 0.5
"""# ASSUME: drawn ventricles hold at most half of the fluid inside the skull."""


def age_terms(age: float) -> tuple[float, float, float]:
    """Return (1, a, a^2)."""
    a = (min(max(age, FIRST), LAST) - 50) / 10
    return 1.0, a, a * a


@cache
def statistics() -> dict:
    """Return what ``fit_brain`` computed."""
    return json.loads((DATA / "brain_statistics.json").read_text(encoding="utf-8"))


def distributions(age: float, sex: str) -> tuple[tuple[float, float], ...]:
    """Return mean and standard deviation of log I, log(B / I) and log V."""
    head, ventricle = (statistics()[part]["sexes"][sex] for part in ("head", "ventricle"))
    terms = np.array(age_terms(age))
    return (
        (head["log_icv"][0], head["log_icv"][1]),
        (float(terms @ head["log_fraction"]), exp(float(terms[:2] @ head["log_sd"]))),
        (float(terms @ ventricle["log_volume"]), ventricle["sd"]),
    )


def correlations(sex: str, brain_with_ventricle: float) -> np.ndarray:
    """Return R (3, 3)."""
    R = np.eye(3)
    R[ICV, BRAIN] = statistics()["head"]["sexes"][sex]["correlation"]
    R[ICV, VENTRICLE] = statistics()["ventricle"]["sexes"][sex]["correlation"]
    R[BRAIN, VENTRICLE] = brain_with_ventricle
    return np.triu(R) + np.triu(R, 1).T


def draw_volumes(
    known: Mapping[str, float],
    stream: Callable[[str], Stream],
    *,
    age: float,
    sex: str,
    brain_with_ventricle: float,
) -> dict[str, float]:
    """Return the volumes [mL] that ``known`` lacks; ``stream`` gives the numbers of a name."""
    R = correlations(sex, brain_with_ventricle)
    icv, fraction, ventricle = distributions(age, sex)
    z: dict[int, float] = {}
    found = dict(known)

    def absent(i: int) -> bool:
        return VOLUMES[i] not in known

    if not absent(VENTRICLE):
        z[VENTRICLE] = _steering(log(found[VOLUMES[VENTRICLE]]), ventricle)
    if absent(ICV):
        mean, sd = _given(R, ICV, z) if absent(BRAIN) else _icv_of_brain(R, known, icv, fraction)
        found["icv"] = exp(icv[0] + icv[1] * _draw(stream("icv"), mean, sd))
        occupied = sum(known.get(name, 0.0) for name in VOLUMES[1:])
        found["icv"] = max(found["icv"], occupied / FILLED)
    z[ICV] = _steering(log(found["icv"]), icv)
    if absent(BRAIN):
        share = exp(fraction[0] + fraction[1] * _draw(stream("brain_volume"), *_given(R, BRAIN, z)))
        room = FILLED * (found["icv"] - known.get(VOLUMES[VENTRICLE], 0.0))
        found["brain_volume"] = min(share * found["icv"], room)
    z[BRAIN] = _steering(log(found["brain_volume"] / found["icv"]), fraction)
    if absent(VENTRICLE):
        of_person = _draw(stream(VOLUMES[VENTRICLE]), *_given(R, VENTRICLE, z))
        room = HALF * (found["icv"] - found["brain_volume"])
        found[VOLUMES[VENTRICLE]] = min(exp(ventricle[0] + ventricle[1] * of_person), room)
    return {name: value for name, value in found.items() if name not in known}


def _steering(x: float, of: tuple[float, float]) -> float:
    return min(max((x - of[0]) / of[1], -REACH), REACH)


def _given(R: np.ndarray, i: int, z: Mapping[int, float]) -> tuple[float, float]:
    """Return mean and standard deviation of z_i given others."""
    order = [i, *sorted(z)]
    joint = Gaussian(np.zeros(len(order)), R[np.ix_(order, order)])
    own = condition(joint, {1 + place: z[j] for place, j in enumerate(order[1:])})
    return float(own.mean[0]), sqrt(own.covariance[0, 0])


def _icv_of_brain(
    R: np.ndarray,
    known: Mapping[str, float],
    icv: tuple[float, float],
    fraction: tuple[float, float],
) -> tuple[float, float]:
    """Return mean and standard deviation of z_I given a measured brain volume alone."""
    r, s, s_b = R[ICV, BRAIN], icv[1], fraction[1]
    spread = hypot(s + r * s_b, s_b * sqrt(1 - r**2))
    z = (log(known["brain_volume"]) - icv[0] - fraction[0]) / spread
    with_brain = (s + r * s_b) / spread
    return with_brain * z, sqrt(1 - with_brain**2)


def _draw(stream: Stream, mean: float, sd: float) -> float:
    return truncated_normal(stream, mean, sd, low=mean - Z_RANGE * sd, high=mean + Z_RANGE * sd)
