"""Who was drawn from numbers of people unlike them: ages and body mass indices outside a source.

The ranges are those of the people that each prior was measured in, as far as they are known.
"""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from sosie.analysis.disclosure import LEAST
from sosie.cohort.priors import load_priors
from sosie.cohort.schema import CONDUCTIVITIES, SCORES
from sosie.store import layout
from sosie.typing import Array

Bounds = tuple[float | None, float | None]
Count = int | str
"""A number, or why there is none."""


@dataclass(frozen=True, slots=True)
class Source:
    """Columns that are drawn together, and of whom their numbers are; None where it is unknown."""

    columns: tuple[str, ...]
    people: str
    age: Bounds | None  # [year], both included
    bmi: Bounds | None  # [kg/m^2]


FEW = f"1 to {LEAST - 1}"
"""Stands for small numbers of real people."""

SIZES = ("lv_edv", "lv_mass")
SOURCES = (
    # Ages of 80 and more are 80 in the survey. The middle 99 % of the body mass indices of the
    # 4918 people of cohort.fit_body.
    Source(
        ("height", "weight", "sbp", "dbp", "heart_rate"),
        "NHANES 2017-2018, adults",
        (20, None),
        (17.1, 57.3),
    ),
    Source(("heart_attack",), "NHANES 2017-2018, adults", (20, None), None),
    # Petersen 2017, doi:10.1186/s12968-017-0327-9: as in reference_ranges.
    Source(SIZES, "UK Biobank, healthy (index)", (45, 74), (None, 30)),
    # Petersen 2017, doi:10.1371/journal.pone.0185114, gives mean and standard deviation of the age
    # (61.5 ± 7.5 years) and no range.
    Source(SIZES, "UK Biobank, no heart disease (effects)", None, None),
    # MESA enrolled these ages: Bild 2002, doi:10.1093/aje/kwf113.
    Source(SCORES, "Cardiac Atlas, MESA, asymptomatic", (45, 84), None),
    Source(("apoe",), "Eichner 2002", None, None),
    Source(("icv", "brain_volume"), "OASIS-1, adults without dementia", (18, 94), None),
    Source(("brain_ventricle_volume",), "IXI", None, None),
    Source(("skull_thickness",), "Antonakakis 2020", None, None),
    # The ages of which Jansen 2015, doi:10.1001/jama.2015.4668, gives shares begin at ``first``.
    Source(
        ("amyloid_onset_age",), "Jansen 2015", (load_priors().amyloid_onset_age.first, 90), None
    ),
)
ASSUMED = (
    *("cv_fibre", "cv_transverse", "tau_growth_rate", "tau_capacity", "tau_diffusivity"),
    *CONDUCTIVITIES,
)
"""Columns whose priors rest on nobody's measurements, or on ranges of many papers."""


@dataclass(frozen=True, slots=True)
class Extrapolated:
    """How many people were drawn from a source, and how many of them it does not cover."""

    columns: tuple[str, ...]
    people: str
    age: Bounds | None
    bmi: Bounds | None
    drawn: Count
    outside_age: Count
    outside_bmi: Count


def extrapolated(patients: xr.Dataset, *, protected: bool) -> list[Extrapolated]:
    """Return a line for each source that anything was drawn from."""
    age = np.floor(patients["age"].values)
    bmi = patients["weight"].values / (patients["height"].values / 100) ** 2
    names = list(patients["column"].values.astype(str))
    origin, measured = patients["origin"].values, layout.ORIGIN.index("measured")
    found = []
    for source in SOURCES:
        drawn = (origin[:, [names.index(name) for name in source.columns]] > measured).any(axis=1)
        if drawn.any():
            masks = drawn, _outside(age[drawn], source.age), _outside(bmi[drawn], source.bmi)
            counts = (_count(mask, protected=protected) for mask in masks)
            found.append(
                Extrapolated(source.columns, source.people, source.age, source.bmi, *counts)
            )
    return found


def _outside(values: Array, bounds: Bounds | None) -> Array | None:
    if bounds is None:
        return None
    low, high = bounds
    outside = np.zeros(len(values), dtype=bool)
    if low is not None:
        outside |= values < low
    if high is not None:
        outside |= values > high
    return outside


def _count(outside: Array | None, *, protected: bool) -> Count:
    if outside is None:
        return "range not known"
    n = int(outside.sum())
    if protected and 0 < n < LEAST:
        return FEW
    return f"all but {FEW}" if protected and 0 < len(outside) - n < LEAST else n
