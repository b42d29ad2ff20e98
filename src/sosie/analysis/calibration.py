"""The weights of a cohort: those of its survey, made to meet the ages and sexes of a target.

Where every cell of band of age and sex has somebody, the cells are the margin; where one is empty,
age and sex are two. What nobody represents cannot be weighted: its share of the target is stated.
"""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from sosie.analysis.strata import BANDS, band_names, band_of
from sosie.analysis.target import SEXES, Target
from sosie.analysis.weights import Margin, kish, rake
from sosie.typing import Array


@dataclass(frozen=True, slots=True)
class Calibration:
    """How the weights were made and what they cost."""

    start: str
    method: str
    people: int  # who has a weight
    without: int  # who has none: no age, sex or survey weight
    effective: float  # n_eff
    smallest: float  # weights, of mean 1
    largest: float
    empty: tuple[str, ...]  # cells of age and sex with nobody
    uncovered: float  # their share of the target
    rounds: int
    gap: float  # largest gap to a share of the target that remains


def calibrate(patients: xr.Dataset, target: Target | None) -> tuple[Array, Calibration] | None:
    """Return the weight of each person, 0 or mean 1, and how they were made.

    None where there is neither a target nor a survey weight, or nobody to weight.
    """
    weight = patients["survey_weight"].values
    of_survey = bool(np.isfinite(weight).any())
    start = np.nan_to_num(weight) if of_survey else np.ones(len(weight))
    band, sex = band_of(patients["age"].values), _sex(patients)
    kept = (start > 0) & (band >= 0) & (sex >= 0)
    if (target is None and not of_survey) or not kept.any():
        return None
    cells = np.bincount(len(SEXES) * band[kept] + sex[kept], minlength=len(BANDS) * len(SEXES))
    cells = cells.reshape(len(BANDS), len(SEXES))
    if target is None:
        found, rounds, gap, method, uncovered = (
            start[kept] / start[kept].mean(),
            0,
            0.0,
            "none",
            0.0,
        )
    else:
        margins, method = _margins(band[kept], sex[kept], target, cells)
        raked = rake(start[kept], margins)
        found, rounds, gap = raked.weights, raked.rounds, raked.gap
        uncovered = float(target.cells[cells == 0].sum())
    weights = np.zeros(len(start))
    weights[kept] = found
    empty = [
        f"{name}, {sex}"
        for name, counts in zip(band_names(), cells, strict=True)
        for sex, count in zip(("women", "men"), counts, strict=True)
        if count == 0
    ]
    return weights, Calibration(
        "survey weights of the table" if of_survey else "equal weights",
        method,
        int(kept.sum()),
        int((~kept).sum()),
        kish(found),
        float(found.min()),
        float(found.max()),
        tuple(empty),
        uncovered,
        rounds,
        gap,
    )


def _margins(band: Array, sex: Array, target: Target, cells: Array) -> tuple[list[Margin], str]:
    shares = target.cells
    if (cells > 0).all():
        joint = Margin(len(SEXES) * band + sex, shares.ravel())
        return [joint], f"post-stratification to {shares.size} cells of age and sex"
    ages, sexes = Margin(band, shares.sum(axis=1)), Margin(sex, shares.sum(axis=0))
    return [ages, sexes], "raking to bands of age and to sex"


def _sex(patients: xr.Dataset) -> Array:
    words = patients["sex"].values.astype(str)
    return np.select([words == sex for sex in SEXES], range(len(SEXES)), -1)
