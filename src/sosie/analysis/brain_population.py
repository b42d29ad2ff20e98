"""Tau of the population: mean and spread over patients, over regions, and at a patient's age.

Vertices correspond between patients, as do the years since seeding. The means of the left and the
right region are averaged.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from sosie.analysis.population import done, moments
from sosie.typing import Array, Integers

REGIONS = {
    "entorhinal": "entorhinal",
    "hippocampus": "hippocampus",
    "inferiortemporal": "inferior temporal",
    "posteriorcingulate": "posterior cingulate",
    "inferiorparietal": "inferior parietal",
    "superiorfrontal": "superior frontal",
    "precentral": "precentral",
}
"""Regions whose curves are drawn, where the atlas has them: Desikan-Killiany name and words."""


@dataclass(frozen=True)
class MeanBrain:
    """Mean geometry and tau of the patients that are done, at some years."""

    years: Array  # (n_years,) since seeding
    points: Array  # (n_vertices, 3) [mm]
    tau: Array  # (n_years, n_vertices)
    spread: Array | None  # likewise, standard deviation; None for a single patient


def instants(years: Array) -> Integers:
    """Return the places of up to four years: none, half, three quarters and all of the time."""
    wanted = np.array([0, 0.5, 0.75, 1]) * years[-1]
    return np.unique([int(np.argmin(np.abs(years - year))) for year in wanted])


def mean_brain(brain: xr.Dataset, places: Sequence[int]) -> MeanBrain:
    """Return the mean brain of at least one patient, at the years of some places."""
    fields = brain[["points", "tau"]].isel(patient=done(brain), year=list(places))
    return MeanBrain(brain["year"].values[list(places)], *moments(fields))


def tau_at(years: Array, tau: Array, since: float) -> Array:
    """Return tau ``since`` years after seeding, of ``tau`` (n_years, ...).

    Zero before seeding; past the last simulated year, that of the last.
    """
    if since < 0:
        return np.zeros(tau.shape[1:])
    after = int(np.clip(np.searchsorted(years, since), 1, len(years) - 1))
    t = np.clip((since - years[after - 1]) / (years[after] - years[after - 1]), 0, 1)
    return (1 - t) * tau[after - 1] + t * tau[after]


def regional_curves(brain: xr.Dataset) -> dict[str, Array]:
    """Return tau (n_done, n_years) of some regions, mean of left and right, and of all grey."""
    names = brain["region"].values.tolist()
    tau = brain["regional_tau"].isel(patient=done(brain)).values.astype(float)
    curves = {"all grey matter": tau[..., 0]}
    for region, label in REGIONS.items():
        sides = [i for i, name in enumerate(names) if name.rsplit("_", 1)[0] == region]
        if sides:
            curves[label] = tau[..., sides].mean(axis=-1)
    return curves


def copies_of_e4(genotype: Array) -> Integers:
    """Return how many e4 alleles each genotype has; −1 where it is not known."""
    return np.array([word.count("e4") if word else -1 for word in genotype.astype(str)])
