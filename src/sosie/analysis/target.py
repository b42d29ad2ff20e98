"""The populations that a cohort can be compared with and weighted to: shares of age and sex."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from sosie.analysis.strata import BANDS, band_of
from sosie.cohort.population import load_population, statistics
from sosie.errors import SosieError
from sosie.typing import Array

FOLDER = Path(__file__).parent / "data"
TARGETS = {"france": "adults of France, 2026", "united_states": "adults of the United States, 2018"}
SEXES = ("female", "male")


@dataclass(frozen=True, slots=True)
class Target:
    """Shares of the adults of a population, summing to 1."""

    name: str
    title: str
    source: str
    terms: str
    n: int
    ages: Array  # (n_ages,) completed years
    shares: Array  # (2, n_ages) of women and men

    @property
    def cells(self) -> Array:
        """Return the shares of band of age and sex, (n_bands, 2)."""
        band = band_of(self.ages)
        return np.stack([np.bincount(band, of_sex, len(BANDS)) for of_sex in self.shares], axis=1)


@cache
def load_target(name: str) -> Target:
    """Read a target that ships."""
    if name not in TARGETS:
        raise SosieError(f"report.target is {name!r}: write one of none, {', '.join(TARGETS)}")
    content = statistics(name) if name == "france" else _read(name)
    found = content["age_sex"]
    shares = np.array([found[sex] for sex in SEXES])
    ages = found["first"] + np.arange(shares.shape[1])
    return Target(
        name,
        TARGETS[name],
        content["source"],
        content["terms"],
        found["n"],
        ages,
        shares / shares.sum(),
    )


def _read(name: str) -> dict:
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def heavy_shares(name: str) -> tuple[float, float, dict[str, tuple[float, float]]] | None:
    """Return the ages between which, and by sex the shares from 25 and from 30 kg/m^2.

    None where nothing was published of the target.
    """
    if name != "france":
        return None
    bmi = load_population(name).body_mass_index
    shares = {sex: (getattr(bmi, sex).overweight, getattr(bmi, sex).obese) for sex in SEXES}
    return bmi.first, bmi.last, shares
