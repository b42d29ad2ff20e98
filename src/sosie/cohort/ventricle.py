r"""Size, mass and shape of a left ventricle, drawn given the person.

    log V = log median(V) + sigma z,   median(V) = I_sex A r_b^((b - b0)/db) r_p^((p - p0)/dp) f

V        end-diastolic volume [mL] or mass [g]; I_sex its index over body surface area
A        body surface area [m^2] (Du Bois 1916, Arch Intern Med 17:863) of the
         height with the reference body mass index b0, so that weight acts once, through b
b, p     body mass index [kg/m^2], systolic pressure [mmHg]; r_b, r_p their published ratios
f, sigma after a heart attack, f and the growth of sigma are those of the atlas's infarct group
z        standard normal; z of mass correlates with z of volume as in the atlas

The shape scores follow the atlas's joint Gaussian of (log EDVI, s_1 ... s_6) at the person's own z.
"""

import json
from collections.abc import Mapping
from functools import cache
from math import exp, log, sqrt

import numpy as np

from sosie.cohort.body import DATA
from sosie.cohort.draw import (
    Gaussian,
    Stream,
    condition,
    draw,
    first_inside,
    truncated_normal,
)
from sosie.cohort.priors import Effect, Evidence, Normal, Priors, Sex, Size
from sosie.cohort.schema import SCORES

EDVI, WALL = 0, 1
"""Places of log EDVI and of the log wall volume among the atlas's variables."""

REACH = 3.0
"""# ASSUME: effects grow no further than three published standard deviations from the centre."""


@cache
def atlas(group: str) -> Gaussian:
    """Return the joint distribution of a group, asymptomatic or infarct."""
    found = _groups()[group]
    return Gaussian(np.array(found["mean"]), np.array(found["covariance"]))


@cache
def limits(group: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the quantiles 0.5 and 99.5 % of a group's variables."""
    found = _groups()[group]
    return np.array(found["low"]), np.array(found["high"])


@cache
def _groups() -> dict:
    path = DATA / "lv_score_statistics.json"
    return json.loads(path.read_text(encoding="utf-8"))["groups"]


def group_of(heart_attack: str) -> str:
    """Return the atlas's group of a person."""
    # ASSUME: self-reported heart attack = the atlas's infarct group.
    return "infarct" if heart_attack == "yes" else "asymptomatic"


def surface_area(height: float, weight: float) -> float:
    """Return the body surface area [m^2] of a height [cm] and weight [kg], after Du Bois."""
    return 0.007184 * height**0.725 * weight**0.425


def distribution(
    size: Size, variable: int, *, sex: Sex, height: float, weight: float, sbp: float, group: str
) -> tuple[float, float]:
    """Return median and sigma of the lognormal distribution of a volume or mass."""
    index = size.index.female if sex == "female" else size.index.male
    sigma = sqrt(log(1 + (index.sd / index.mean) ** 2))
    b0 = size.body_mass_index.centre(sex)
    area = surface_area(height, b0 * (height / 100) ** 2)
    median = index.mean * exp(-(sigma**2) / 2) * area
    median *= _ratio(size.body_mass_index, weight / (height / 100) ** 2, sex)
    median *= _ratio(size.pressure, sbp, sex)
    healthy, own = atlas("asymptomatic"), atlas(group)
    f = exp(own.mean[variable] - healthy.mean[variable])
    growth = sqrt(own.covariance[variable, variable] / healthy.covariance[variable, variable])
    return median * f, sigma * growth


def _ratio(effect: Effect, value: float, sex: Sex) -> float:
    steps = (value - effect.centre(sex)) / effect.per
    return effect.ratio ** min(max(steps, -REACH), REACH)


def standardised(value: float, median: float, sigma: float, *, group: str) -> float:
    """Return z of a volume, no further out than the atlas's people."""
    low, high = z_limits(group, EDVI)
    return min(max(log(value / median) / sigma, low), high)


def z_limits(group: str, variable: int) -> tuple[float, float]:
    """Return the atlas's limits of a variable in standard deviations from its mean."""
    mean, sd = atlas(group).mean[variable], sqrt(atlas(group).covariance[variable, variable])
    low, high = limits(group)
    return (low[variable] - mean) / sd, (high[variable] - mean) / sd


def draw_volume(stream: Stream, median: float, sigma: float, *, group: str) -> float:
    """Return an end-diastolic volume [mL]."""
    low, high = z_limits(group, EDVI)
    return median * exp(sigma * truncated_normal(stream, 0, 1, low=low, high=high))


def draw_mass(stream: Stream, median: float, sigma: float, *, z_volume: float, group: str) -> float:
    """Return a ventricular mass [g] given how large the cavity is for the person."""
    C = atlas(group).covariance
    rho = C[EDVI, WALL] / sqrt(C[EDVI, EDVI] * C[WALL, WALL])
    low, high = z_limits(group, WALL)
    z = truncated_normal(stream, rho * z_volume, sqrt(1 - rho**2), low=low, high=high)
    return median * exp(sigma * z)


def draw_ejection_fraction(stream: Stream, normal: Normal) -> float:
    """Return an ejection fraction [%], within REACH of the mean."""
    reach = REACH * normal.sd
    low, high = normal.mean - reach, normal.mean + reach
    return truncated_normal(stream, normal.mean, normal.sd, low=low, high=high)


def draw_scores(
    stream: Stream, known: Mapping[str, float], *, z_volume: float, group: str
) -> dict[str, float]:
    """Return the shape scores that ``known`` lacks, given those it has and the volume."""
    absent = [name for name in SCORES if name not in known]
    if not absent:
        return {}
    joint = atlas(group)
    shape = [EDVI, *range(2, 2 + len(SCORES))]
    of_shape = Gaussian(joint.mean[shape], joint.covariance[np.ix_(shape, shape)])
    there = {1 + i: known[name] for i, name in enumerate(SCORES) if name in known}
    there[EDVI] = joint.mean[EDVI] + z_volume * sqrt(joint.covariance[EDVI, EDVI])
    low, high = (bound[[2 + SCORES.index(name) for name in absent]] for bound in limits(group))
    chosen = first_inside(draw(condition(of_shape, there), stream), low, high)
    return dict(zip(absent, map(float, chosen), strict=True))


def evidence(priors: Priors, quantity: str, *, group: str) -> list[Evidence]:
    """Return the entries that a drawn quantity of a person rests on."""
    infarct = [priors.infarct.evidence] if group == "infarct" else []
    if quantity in SCORES:
        return [priors.atlas.evidence, *infarct]
    size: Size = getattr(priors, quantity)
    parts = [size.index.evidence, size.body_mass_index.evidence, size.pressure.evidence]
    if quantity == "lv_mass":
        parts.append(priors.wall.evidence)
    return [*parts, *infarct]
