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

from sosie.cohort.body import DATA

FILE = Path(__file__).parent / "priors.yaml"
Sex = Literal["female", "male"]
Status = Literal["published", "computed", "assumed"]
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
class Velocity:
    """A normal distribution cut off at ``low`` and ``high``."""

    unit: Literal["m/s"]
    mean: float
    sd: float
    low: float
    high: float
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Priors:
    """Everything that is drawn, in the order of the file."""

    body: Entry
    heart_attack: Entry
    lv_edv: Size
    lv_mass: Size
    atlas: Entry
    infarct: Entry
    wall: Entry
    cv_fibre: Velocity
    cv_transverse: Velocity
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
        elif isinstance(prior, Velocity):
            numbers = f"{prior.mean} ± {prior.sd}, {prior.low} to {prior.high} {prior.unit}"
            rows.append(_row(field.name, numbers, prior.evidence))
        elif isinstance(prior, Entry):
            rows.append(_row(field.name, "", prior.evidence))
    return "\n".join(rows) + "\n"


def _by_sex(index: Index) -> str:
    women, men = index.female, index.male
    return f"women {women.mean:g} ± {women.sd:g}, men {men.mean:g} ± {men.sd:g} {index.unit}"


def _row(name: str, numbers: str, evidence: Evidence) -> str:
    n = "" if evidence.n is None else str(evidence.n)
    return f"| `{name}` | {numbers} | {evidence.status} | {n} | {evidence.source} |"
