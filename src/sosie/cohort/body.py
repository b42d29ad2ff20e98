"""Body values that a table lacks: drawn given age, sex and whatever was measured.

    x | age, sex ~ N(B' (1, a, a^2), C),   a = (age - 50) / 10

x        height [cm] and the logarithms of weight [kg], pressures [mmHg] and heart rate [1/min]
B, C     coefficients (3, 5) and residual covariance (5, 5), from ``fit_body``

A heart attack nobody asked about is drawn with its frequency at that age and sex.
"""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np

from sosie.cohort.draw import CANDIDATES, Gaussian, Stream, condition, draw, first_inside

DATA = Path(__file__).parent / "data"
VARIABLES = ("height", "weight", "sbp", "dbp", "heart_rate")
BANDS = (20, 40, 50, 60, 70, 80)
"""Lower ends of the bands of age [year] in which heart attacks are counted."""

FIRST, LAST = 20.0, 80.0
"""# ASSUME: younger and older adults are as those at the ends of the survey's ages [year]."""

PULSE_PRESSURE = 10.0
"""Least distance [mmHg] of an imputed pressure from the other one."""


def age_terms(age: float) -> tuple[float, float, float]:
    """Return (1, a, a^2)."""
    a = (min(max(age, FIRST), LAST) - 50) / 10
    return 1.0, a, a * a


def forward(values: np.ndarray) -> np.ndarray:
    """Return x of body values (..., 5)."""
    return np.concatenate([values[..., :1], np.log(values[..., 1:])], axis=-1)


def backward(x: np.ndarray) -> np.ndarray:
    """Return the body values of x (..., 5)."""
    return np.concatenate([x[..., :1], np.exp(x[..., 1:])], axis=-1)


@cache
def statistics() -> dict:
    """Return what ``fit_body`` computed."""
    return json.loads((DATA / "body_statistics.json").read_text(encoding="utf-8"))


def impute_body(
    known: Mapping[str, float], stream: Stream, *, age: float, sex: str
) -> dict[str, float]:
    """Return the body values that ``known`` lacks."""
    there = {i: known[name] for i, name in enumerate(VARIABLES) if name in known}
    absent = [i for i in range(len(VARIABLES)) if i not in there]
    if not absent:
        return {}
    of_sex = statistics()["sexes"][sex]
    values = np.ones(len(VARIABLES))
    values[list(there)] = list(there.values())
    x = forward(values)
    mean = np.array(age_terms(age)) @ np.array(of_sex["coefficients"])
    joint = Gaussian(mean, np.array(of_sex["covariance"]))
    candidates = np.tile(x, (CANDIDATES, 1))
    candidates[:, absent] = draw(condition(joint, {i: x[i] for i in there}), stream)
    people = backward(candidates)
    low, high = np.array(of_sex["low"]), np.array(of_sex["high"])
    # Candidates whose pressures keep their distance come first, whichever was measured.
    people = people[np.argsort(people[:, 2] - people[:, 3] < PULSE_PRESSURE, kind="stable")]
    low, high = np.array(of_sex["low"]), np.array(of_sex["high"])
    chosen = first_inside(people[:, absent], low[absent], high[absent])
    return {VARIABLES[i]: float(value) for i, value in zip(absent, chosen, strict=True)}


def impute_heart_attack(stream: Stream, *, age: float, sex: str) -> str:
    """Return "yes" or "no", with the frequency of the person's age and sex."""
    counted = statistics()["heart_attack"]
    band = int(np.searchsorted(BANDS, max(age, FIRST), side="right")) - 1
    return "yes" if float(stream.random(1)[0]) < counted[sex][band] else "no"
