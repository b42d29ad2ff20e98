"""One thing known of a person: its value, and where that is from."""

from dataclasses import dataclass
from typing import Literal

from sosie.cohort.priors import Status

Origin = Literal["measured", "imputed", "sampled"]


@dataclass(frozen=True, slots=True)
class Cell:
    """A value in its column's unit, where it is from, and on whose word (None: measured)."""

    value: float | str
    unit: str
    origin: Origin
    source: str
    status: Status | None


@dataclass(frozen=True, slots=True)
class Visit:
    """What was seen at a visit that does not simulate; when it was, if known, is in its cells."""

    name: str
    cells: dict[str, Cell]
