"""What the model of a population states, sampled plainly: the judge of the people really drawn.

The distributions of ``population``, ``priors.yaml`` and the statistics files, written a second time
for whole arrays: pseudo-random numbers, every truncation by drawing again, no candidates, no
coordinates. Two writings of one model agree where both are right.
"""

from collections.abc import Callable
from math import log, sqrt

import numpy as np

from sosie.cohort import body, brain, population
from sosie.cohort.priors import Alleles, Priors, Size, TruncatedNormal
from sosie.cohort.schema import CONDUCTIVITIES, SCORES
from sosie.cohort.ventricle import EDVI, REACH, WALL, atlas, limits, surface_area
from sosie.typing import Array

SEXES = ("female", "male")
Columns = dict[str, Array]


def stated(name: str, n: int, priors: Priors, rng: np.random.Generator) -> Columns:
    """Return ``n`` values of each quantity; words are numbered, sex 1 for men, flags 1 for yes."""
    numbers = population.statistics(name)
    shares = numbers["age_sex"]
    pyramid = np.concatenate([shares[sex] for sex in SEXES])
    place = rng.choice(len(pyramid), n, p=pyramid / pyramid.sum())
    ages = len(pyramid) // 2
    found: Columns = {"sex": place // ages, "age": shares["first"] + place % ages}
    found |= _by_sex(found, lambda sex, age: _body(sex, age, rng))
    square = (found["height"] / 100) ** 2
    moved = [numbers["body_mass_index"][sex] for sex in SEXES]
    scale, shift = (np.array([m[k] for m in moved])[found["sex"]] for k in ("scale", "shift"))
    found["weight"] = square * np.exp(scale * np.log(found["weight"] / square) + shift)
    found |= _ventricle(found, priors, rng)
    found |= _by_sex(found, lambda sex, age: _brain(sex, age, priors, rng))
    found |= _tau(n, population.load_population(name).apoe.alleles, priors, rng)
    found |= _head(n, priors, rng)
    return found


def _by_sex(found: Columns, draw: Callable[[str, Array], Columns]) -> Columns:
    """Return what ``draw`` gives for the people of each sex, put together."""
    parts = [draw(sex, found["age"][found["sex"] == i]) for i, sex in enumerate(SEXES)]
    joined = {}
    for key in parts[0]:
        joined[key] = np.empty(len(found["age"]))
        for i, part in enumerate(parts):
            joined[key][found["sex"] == i] = part[key]
    return joined


def _again(n: int, draw: Callable[[Array], Array], good: Callable[[Array], Array]) -> Array:
    """Draw for the people named, and again for those whose values are not good."""
    left = np.arange(n)
    values = draw(left)
    while len(left := left[~good(values[left])]):
        values[left] = draw(left)
    return values


def _normal(rng: np.random.Generator, n: int, *, low: float, high: float) -> Array:
    return _again(n, lambda who: rng.standard_normal(len(who)), lambda z: (z >= low) & (z <= high))


def _truncated(prior: TruncatedNormal, n: int, rng: np.random.Generator) -> Array:
    low, high = ((bound - prior.mean) / prior.sd for bound in (prior.low, prior.high))
    return prior.mean + prior.sd * _normal(rng, n, low=low, high=high)


def _body(sex: str, age: Array, rng: np.random.Generator) -> Columns:
    x = bodies(body.statistics()["sexes"][sex], age, rng)
    counted = np.array(body.statistics()["heart_attack"][sex])
    band = np.searchsorted(body.BANDS, np.maximum(age, body.FIRST), side="right") - 1
    attack = rng.random(len(age)) < counted[band]
    return dict(zip(body.VARIABLES, x.T, strict=True)) | {"heart_attack": attack.astype(float)}


def bodies(fitted: dict, age: Array, rng: np.random.Generator) -> Array:
    """Return body values (n, 5) of people of one sex, from what ``fit_body`` gives of it."""
    a = (np.clip(age, body.FIRST, body.LAST) - 50) / 10
    mean = np.stack([np.ones_like(a), a, a * a], axis=1) @ np.array(fitted["coefficients"])
    root, low, high = np.linalg.cholesky(fitted["covariance"]), fitted["low"], fitted["high"]

    def draw(who: Array) -> Array:
        return body.backward(mean[who] + rng.standard_normal((len(who), 5)) @ root.T)

    def good(x: Array) -> Array:
        inside = ((x >= low) & (x <= high)).all(axis=1)
        return inside & (x[:, 2] - x[:, 3] >= body.PULSE_PRESSURE)

    return _again(len(age), draw, good)


def _ventricle(found: Columns, priors: Priors, rng: np.random.Generator) -> Columns:
    names = ("lv_edv", "lv_mass", "lv_ejection_fraction", *SCORES)
    values = {key: np.empty(len(found["age"])) for key in names}
    for group in ("asymptomatic", "infarct"):
        mine = found["heart_attack"] == (group == "infarct")
        n, (low, high) = mine.sum(), limits(group)
        mean, C = atlas(group)
        sd = np.sqrt(np.diag(C))
        z_low, z_high = (low - mean) / sd, (high - mean) / sd
        z = _normal(rng, n, low=z_low[EDVI], high=z_high[EDVI])
        median, sigma = _size(found, mine, priors.lv_edv, EDVI, group)
        values["lv_edv"][mine] = median * np.exp(sigma * z)
        rho = C[EDVI, WALL] / (sd[EDVI] * sd[WALL])

        def mass(who: Array, rho: float = rho, z: Array = z) -> Array:
            return rho * z[who] + sqrt(1 - rho**2) * rng.standard_normal(len(who))

        of_mass = _again(n, mass, lambda m, a=z_low[WALL], b=z_high[WALL]: (m >= a) & (m <= b))
        median, sigma = _size(found, mine, priors.lv_mass, WALL, group)
        values["lv_mass"][mine] = median * np.exp(sigma * of_mass)
        ejection = priors.lv_ejection_fraction
        by_sex = (ejection.female, ejection.male)
        own = (ejection.infarct, ejection.infarct) if group == "infarct" else by_sex
        moments = np.array([[normal.mean, normal.sd] for normal in own])[found["sex"][mine]]
        z_ejection = _normal(rng, n, low=-REACH, high=REACH)
        values["lv_ejection_fraction"][mine] = moments[:, 0] + moments[:, 1] * z_ejection
        shape = slice(2, 2 + len(SCORES))
        slope = C[shape, EDVI] / sd[EDVI]
        root = np.linalg.cholesky(C[shape, shape] - np.outer(slope, slope))

        def scores(
            who: Array, root: Array = root, slope: Array = slope, z: Array = z, m: Array = mean
        ) -> Array:
            e = rng.standard_normal((len(who), len(SCORES)))
            return m[2:] + z[who, None] * slope + e @ root.T

        drawn = _again(
            n, scores, lambda s, a=low[2:], b=high[2:]: ((s >= a) & (s <= b)).all(axis=1)
        )
        for k, key in enumerate(SCORES):
            values[key][mine] = drawn[:, k]
    return values


def _size(
    found: Columns, mine: Array, size: Size, variable: int, group: str
) -> tuple[Array, float | Array]:
    sex, height, weight, sbp = (found[key][mine] for key in ("sex", "height", "weight", "sbp"))
    indices, mass_index, pressure = size.index, size.body_mass_index, size.pressure
    mean = np.array([indices.female.mean, indices.male.mean])[sex]
    cv = np.array([indices.female.sd / indices.female.mean, indices.male.sd / indices.male.mean])
    sigma = np.sqrt(np.log1p(cv**2))[sex]
    b0 = np.array([mass_index.female, mass_index.male])[sex]
    p0 = np.array([pressure.female, pressure.male])[sex]
    bmi = weight / (height / 100) ** 2
    steps_b = np.clip((bmi - b0) / mass_index.per, -REACH, REACH)
    steps_p = np.clip((sbp - p0) / pressure.per, -REACH, REACH)
    area = surface_area(height, b0 * (height / 100) ** 2)
    log_median = np.log(mean) - sigma**2 / 2 + np.log(area)
    log_median += steps_b * log(mass_index.ratio) + steps_p * log(pressure.ratio)
    own, healthy = atlas(group), atlas("asymptomatic")
    log_median += own.mean[variable] - healthy.mean[variable]
    growth = sqrt(own.covariance[variable, variable] / healthy.covariance[variable, variable])
    return np.exp(log_median), sigma * growth


def _brain(sex: str, age: Array, priors: Priors, rng: np.random.Generator) -> Columns:
    fitted = brain.statistics()
    head, ventricle = (fitted[part]["sexes"][sex] for part in ("head", "ventricle"))
    a = (np.clip(age, brain.FIRST, brain.LAST) - 50) / 10
    terms = np.stack([np.ones_like(a), a, a * a], axis=1)
    R = brain.correlations(sex, priors.brain_with_ventricle.value)
    z, n = np.empty((len(a), 3)), len(a)
    for i in range(3):
        gain = np.linalg.solve(R[:i, :i], R[:i, i])
        spread, known = sqrt(1 - R[i, :i] @ gain), np.clip(z[:, :i], -brain.REACH, brain.REACH)
        z[:, i] = known @ gain + spread * _normal(rng, n, low=-brain.Z_RANGE, high=brain.Z_RANGE)
    icv = np.exp(head["log_icv"][0] + head["log_icv"][1] * z[:, 0])
    share = terms @ head["log_fraction"] + np.exp(terms[:, :2] @ head["log_sd"]) * z[:, 1]
    volume = icv * np.minimum(np.exp(share), brain.FILLED)
    fluid = np.exp(terms @ ventricle["log_volume"] + ventricle["sd"] * z[:, 2])
    return {
        "icv": icv,
        "brain_volume": volume,
        "brain_ventricle_volume": np.minimum(fluid, brain.HALF * (icv - volume)),
    }


def _tau(n: int, alleles: Alleles, priors: Priors, rng: np.random.Generator) -> Columns:
    onset = priors.amyloid_onset_age
    shares = [alleles.e2, 1 - alleles.e2 - alleles.e4, alleles.e4]
    pair = np.sort(rng.choice((2, 3, 4), (n, 2), p=shares), axis=1)
    age = np.array([getattr(onset.age, f"e{i}e{j}") for i, j in pair])
    u = rng.random(n)
    logit = np.log(u / (1 - u)) - log(onset.share / (1 - onset.share))
    values = {"amyloid_onset_age": np.maximum(age + logit / onset.slope.value, onset.first)}
    values["apoe_e4"] = (pair == 4).sum(axis=1).astype(float)
    for key in ("cv_fibre", "cv_transverse", "tau_growth_rate", "tau_capacity", "tau_diffusivity"):
        values[key] = _truncated(getattr(priors, key), n, rng)
    return values


def _head(n: int, priors: Priors, rng: np.random.Generator) -> Columns:
    values = {"skull_thickness": _truncated(priors.skull_thickness, n, rng)}
    for key in CONDUCTIVITIES:
        prior = getattr(priors, key)
        share = rng.beta(prior.shape, prior.shape, n)
        values[key] = prior.low + (prior.high - prior.low) * share
    return values
