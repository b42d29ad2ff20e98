"""The priors: one declarative file of distributions and of whose word each rests on.

``priors.yaml`` is read into the dataclasses below. What is too long for a person to read there
(coefficients and covariances) lies in ``data/*.json``, each file written by a documented command.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import TypeAdapter
from scipy.special import betaincinv

from sosie.cohort.body import DATA
from sosie.cohort.schema import APOE
from sosie.typing import Array

FILE = Path(__file__).parent / "priors.yaml"
Sex = Literal["female", "male"]
Status = Literal["published", "computed", "assumed"]
COUNTED = ("asian", "black", "hispanic", "white")
"""Ethnicities whose alleles of APOE were counted."""

STRENGTH: tuple[Status, ...] = ("assumed", "computed", "published")


@dataclass(frozen=True, slots=True)
class Evidence:
    """Whose word a number rests on: the work or the command, its status, people measured."""

    source: str
    status: Status
    n: int | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A prior whose numbers lie in a statistics file, or a modelling choice."""

    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Normal:
    """Mean and standard deviation in the unit of the block."""

    mean: float
    sd: float


@dataclass(frozen=True, slots=True)
class Index:
    """A size over body surface area, by sex, in an unselected adult without heart attack."""

    unit: Literal["mL/m^2", "g/m^2"]
    female: Normal
    male: Normal
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Effect:
    """A size is multiplied by ``ratio`` for each ``per`` above the sex's reference value."""

    ratio: float
    per: float
    unit: Literal["kg/m^2", "mmHg"]
    female: float
    male: float
    evidence: Evidence

    def centre(self, sex: Sex) -> float:
        """Return the reference value of a sex."""
        return self.female if sex == "female" else self.male


@dataclass(frozen=True, slots=True)
class Size:
    """A ventricular size: index by sex, effects of body mass index and systolic pressure."""

    index: Index
    body_mass_index: Effect
    pressure: Effect


@dataclass(frozen=True, slots=True)
class EjectionFraction:
    """Of the left ventricle, by sex, and after a heart attack."""

    unit: Literal["%"]
    female: Normal
    male: Normal
    infarct: Normal
    evidence: Evidence
    infarct_evidence: Evidence

    def of(self, sex: Sex, *, infarct: bool) -> tuple[Normal, Evidence]:
        """Return the distribution of a person, and whose word it rests on."""
        if infarct:
            return self.infarct, self.infarct_evidence
        return (self.female if sex == "female" else self.male), self.evidence


@dataclass(frozen=True, slots=True)
class TruncatedNormal:
    """A normal distribution cut off at ``low`` and ``high``."""

    unit: Literal["m/s", "1/year", "mm^2/year", "mm", "1"]
    mean: float
    sd: float
    low: float
    high: float
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Beta:
    """A symmetric beta distribution between ``low`` and ``high``, both exponents ``shape``."""

    unit: Literal["S/m"]
    low: float
    high: float
    shape: float
    evidence: Evidence

    def at(self, quantile: Array) -> Array:
        """Return the values at quantiles, 0 to 1."""
        return self.low + (self.high - self.low) * betaincinv(self.shape, self.shape, quantile)


@dataclass(frozen=True, slots=True)
class Alleles:
    """Frequencies of two alleles of APOE; the rest is e3."""

    e2: float
    e4: float


@dataclass(frozen=True, slots=True)
class Apoe:
    """Frequencies of the alleles of APOE by self-reported ethnicity."""

    asian: Alleles
    black: Alleles
    hispanic: Alleles
    white: Alleles
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Genotypes:
    """An age [year] for each genotype of APOE."""

    e2e2: float
    e2e3: float
    e2e4: float
    e3e3: float
    e3e4: float
    e4e4: float


@dataclass(frozen=True, slots=True)
class Coefficient:
    """A number in a unit."""

    value: float
    unit: Literal["1/year", "1"]
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class AmyloidOnset:
    """The share of people positive by the ages of ``age`` [year], and how it grows from there."""

    share: float
    age: Genotypes
    first: float  # youngest age [year] of which a share was reported
    slope: Coefficient  # of the share's logit
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Priors:
    """Everything that is drawn, in the order of the file."""

    body: Entry
    heart_attack: Entry
    lv_edv: Size
    lv_mass: Size
    lv_ejection_fraction: EjectionFraction
    atlas: Entry
    infarct: Entry
    wall: Entry
    cv_fibre: TruncatedNormal
    cv_transverse: TruncatedNormal
    apoe: Apoe
    apoe_reference: Entry
    icv: Entry
    brain_volume: Entry
    brain_ventricle_volume: Entry
    brain_with_ventricle: Coefficient
    amyloid_onset_age: AmyloidOnset
    tau_growth_rate: TruncatedNormal
    tau_capacity: TruncatedNormal
    tau_diffusivity: TruncatedNormal
    skull_thickness: TruncatedNormal
    conductivity_white: Beta
    conductivity_grey: Beta
    conductivity_csf: Beta
    conductivity_skull: Beta
    conductivity_scalp: Beta
    gaps: tuple[str, ...]


@cache
def load_priors() -> Priors:
    """Read the priors that ship."""
    return TypeAdapter(Priors).validate_python(yaml.safe_load(FILE.read_text(encoding="utf-8")))


@cache
def priors_digest() -> str:
    """Return a digest of the priors and of the statistics they rest on, blind to comments."""
    content = [yaml.safe_load(FILE.read_text(encoding="utf-8"))]
    content += [
        json.loads(path.read_text(encoding="utf-8")) for path in sorted(DATA.glob("*.json"))
    ]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def together(evidence: Iterable[Evidence]) -> tuple[str, Status]:
    """Return the sources of a drawn cell, each once, and the weakest of their statuses."""
    found = tuple(dict.fromkeys(evidence))
    status = min((item.status for item in found), key=STRENGTH.index)
    return "; ".join(dict.fromkeys(item.source for item in found)), status


def prior_table() -> str:
    """Return the priors as the Markdown table of the documentation."""
    rows = ["| prior | numbers | status | n | source |", "|---|---|---|---|---|"]
    priors = load_priors()
    for field in fields(Priors):
        prior = getattr(priors, field.name)
        if isinstance(prior, Size):
            rows.append(_row(f"{field.name}, index", _by_sex(prior.index), prior.index.evidence))
            for name in ("body_mass_index", "pressure"):
                effect = getattr(prior, name)
                numbers = (
                    f"x {effect.ratio} per {effect.per} {effect.unit} from {effect.female} "
                    f"(women), {effect.male} (men)"
                )
                rows.append(_row(f"{field.name}, {name}", numbers, effect.evidence))
        elif isinstance(prior, TruncatedNormal):
            numbers = f"{prior.mean} ± {prior.sd}, {prior.low} to {prior.high}{_unit(prior.unit)}"
            rows.append(_row(field.name, numbers, prior.evidence))
        elif isinstance(prior, Beta):
            numbers = f"{prior.low:g} to {prior.high:g}{_unit(prior.unit)}, beta {prior.shape:g}"
            rows.append(_row(field.name, numbers, prior.evidence))
        elif isinstance(prior, EjectionFraction):
            numbers = f"women {_spread(prior.female)}, men {_spread(prior.male)} {prior.unit}"
            rows.append(_row(field.name, numbers, prior.evidence))
            numbers = f"{_spread(prior.infarct)} {prior.unit}"
            rows.append(_row(f"{field.name}, infarct", numbers, prior.infarct_evidence))
        elif isinstance(prior, Apoe):
            rows.append(_row(field.name, _by_ethnicity(prior), prior.evidence))
        elif isinstance(prior, AmyloidOnset):
            ages = (f"{name} {getattr(prior.age, name):g}" for name in APOE)
            numbers = f"{prior.share:.0%} positive at {', '.join(ages)} year"
            rows.append(_row(field.name, numbers, prior.evidence))
            rows.append(_row(f"{field.name}, slope", *_number(prior.slope)))
        elif isinstance(prior, Coefficient):
            rows.append(_row(field.name, *_number(prior)))
        elif isinstance(prior, Entry):
            rows.append(_row(field.name, "", prior.evidence))
    return "\n".join(rows) + "\n"


def _by_sex(index: Index) -> str:
    women, men = index.female, index.male
    return f"women {women.mean:g} ± {women.sd:g}, men {men.mean:g} ± {men.sd:g} {index.unit}"


def _spread(normal: Normal) -> str:
    return f"{normal.mean:g} ± {normal.sd:g}"


def _by_ethnicity(prior: Apoe) -> str:
    parts = []
    for name in COUNTED:
        alleles = getattr(prior, name)
        parts.append(f"{name} {alleles.e2:.3f}, {alleles.e4:.3f}")
    return f"e2, e4: {'; '.join(parts)}"


def _number(prior: Coefficient) -> tuple[str, Evidence]:
    return f"{prior.value:g}{_unit(prior.unit)}", prior.evidence


def _unit(unit: str) -> str:
    return "" if unit == "1" else f" {unit}"


def _row(name: str, numbers: str, evidence: Evidence) -> str:
    n = "" if evidence.n is None else str(evidence.n)
    return f"| `{name}` | {numbers} | {evidence.status} | {n} | {evidence.source} |"
