"""Ventricles of the cohort's people of 45 to 74 years beside those of UK Biobank's healthy ones.

The reference: 368 men and 432 women without known disease, hypertension, medication for it, tobacco
or a body mass index of 30 kg/m^2 and more (Petersen 2017, doi:10.1186/s12968-017-0327-9). Ejection
fraction and mass over body surface area stand in its abstract; the volumes are those of its table
as two public repositories quote it, which agree with each other and with the ejection fractions.
So everybody of those ages is shown, and, by themselves, those whom the reference would have taken
as far as the record says.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import NamedTuple

import numpy as np
import xarray as xr

from sosie.analysis.canvas import SEXES
from sosie.cohort.ventricle import surface_area
from sosie.typing import Array

AGES = (45.0, 75.0)
"""Bounds of age [year] of the reference, the upper one not included."""

WITHIN = 1.96
"""Standard deviations on either side of the reference's mean that hold 95 % of a normal one."""


class Range(NamedTuple):
    """Mean and standard deviation of a quantity among the reference's people of one sex."""

    mean: float
    sd: float


@dataclass(frozen=True, slots=True)
class Reference:
    """A quantity of the reference."""

    name: str
    label: str
    women: Range
    men: Range


REFERENCES = (
    Reference("lv_edv", "end-diastolic volume [mL]", Range(124, 21), Range(166, 32)),
    Reference("lv_esv", "end-systolic volume [mL]", Range(49, 11), Range(69, 16)),
    Reference("lv_ejection_fraction", "ejection fraction [%]", Range(61, 5), Range(58, 5)),
    Reference("lv_mass_index", "mass over surface area [g/m^2]", Range(42, 7), Range(53, 9)),
)


@dataclass(frozen=True, slots=True)
class Line:
    """One quantity of one sex: who was compared, what they have, and what the reference has."""

    label: str
    sex: str
    selected: bool  # only those whom the reference would have taken
    reference: Range
    n: int
    mean: float
    sd: float
    within: float  # share of the people within the reference's 95 %

    @property
    def offset(self) -> float:
        """Return how far the mean lies from the reference's, in its standard deviations."""
        return (self.mean - self.reference.mean) / self.reference.sd


def reference_ranges(patients: xr.Dataset) -> list[Line]:
    """Return the comparison for the group ``patients`` of a store, of what is known."""
    age, sex = _numbers(patients, "age"), patients["sex"].values.astype(str)
    of_age = (age >= AGES[0]) & (age < AGES[1])
    healthy = _as_the_reference(patients)
    lines = []
    for reference in REFERENCES:
        values = _values(patients, reference.name)
        for level, of_sex in (("female", reference.women), ("male", reference.men)):
            for selected in (False, True):
                mine = values[of_age & (sex == level) & (healthy | (not selected))]
                mine = mine[np.isfinite(mine)]
                if len(mine) > 1:
                    inside = np.abs(mine - of_sex.mean) <= WITHIN * of_sex.sd
                    moments = float(mine.mean()), float(mine.std(ddof=1))
                    share = float(inside.mean())
                    lines.append(
                        Line(reference.label, level, selected, of_sex, len(mine), *moments, share)
                    )
    return lines


def _as_the_reference(patients: xr.Dataset) -> Array:
    """Return who has none of the reference's reasons for exclusion that the record knows of."""
    bmi = _numbers(patients, "weight") / (_numbers(patients, "height") / 100) ** 2
    pressures = (_numbers(patients, "sbp") < 140) & (_numbers(patients, "dbp") < 90)
    chosen = (bmi < 30) & pressures
    for name in ("heart_attack", "heart_failure", "stroke", "diabetes", "hypertension"):
        if name in patients:
            chosen &= patients[name].values.astype(str) != "yes"
    if "smoking" in patients:
        chosen &= ~np.isin(patients["smoking"].values.astype(str), ("former", "current"))
    return chosen


def _values(patients: xr.Dataset, name: str) -> Array:
    if name == "lv_mass_index":
        area = surface_area(_numbers(patients, "height"), _numbers(patients, "weight"))
        return _numbers(patients, "lv_mass") / area
    return _numbers(patients, name)


def _numbers(patients: xr.Dataset, name: str) -> Array:
    if name not in patients:
        return np.full(patients.sizes["patient"], np.nan)
    return patients[name].values.astype(float)


def reference_table(lines: Sequence[Line]) -> str:
    """Return the comparison as an HTML table."""
    heading = ("", "Sex", "People", "n", "Cohort", "UK Biobank", "Difference", "Within its 95 %")
    rows = ["<tr>" + "".join(f"<th>{word}</th>" for word in heading) + "</tr>"]
    for line in lines:
        cells = (
            SEXES[line.sex][0],
            "healthy" if line.selected else "all",
            f"{line.n:,}",
            f"{line.mean:.3g} ± {line.sd:.2g}",
            f"{line.reference.mean:g} ± {line.reference.sd:g}",
            f"{line.offset:+.2f} SD".replace("-", "−"),
            f"{line.within:.0%}",
        )
        body = "".join(f'<td class="number">{escape(cell)}</td>' for cell in cells)
        rows.append(f"<tr><th>{escape(line.label)}</th>{body}</tr>")
    return '<div class="wide"><table>' + "\n".join(rows) + "</table></div>"
