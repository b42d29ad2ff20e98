"""What the closed circulation is made of: four chambers, four valves, four beds of vessels.

Values of the reference are those of Regazzoni et al. (2022), doi:10.1016/j.jcp.2022.111083, as two
independent programs of the model have them: vessels, valves and unstressed volumes agree in both,
elastances and times are of the one in which the left ventricle is 0D too, and so is the blood, the
sum over its start. All times of a chamber are fractions of the beat: a fast heart shortens systole
and diastole alike.
"""

import math
from dataclasses import dataclass
from typing import Annotated

from sosie.errors import SosieError
from sosie.units import SI, factor

MMHG = factor("mmHg", "Pa")
ML = factor("mL", "m^3")
BEATS_PER_MINUTE = 1 / 60

STIFF = MMHG / ML
RESIST = MMHG / ML
INERT = MMHG / ML
SOFT = ML / MMHG
"""What turns mmHg/mL, mmHg s/mL, mmHg s^2/mL and mL/mmHg into SI."""


def _refuse_nonpositive(owner: object, what: str, *names: str) -> None:
    for name in names:
        value = getattr(owner, name)
        if not (value > 0 and math.isfinite(value)):
            raise SosieError(f"{what}: {name} is {value:g}; give a positive number")


@dataclass(frozen=True, slots=True)
class Chamber:
    """A time-varying elastance: p = (passive + active phi(t)) (V - unstressed)."""

    active: Annotated[float, SI("Pa/m^3")]  # what contraction adds at its height
    passive: Annotated[float, SI("Pa/m^3")]  # of the relaxed chamber
    unstressed: Annotated[float, SI("m^3")]  # volume at which there is no pressure
    onset: float  # when contraction starts, as a fraction of the beat
    contraction: float  # how long it takes to its height
    relaxation: float  # how long it takes from there

    def __post_init__(self) -> None:
        """Refuse a chamber that cannot beat."""
        _refuse_nonpositive(self, "chamber", "active", "passive", "contraction", "relaxation")
        if self.contraction + self.relaxation > 1:
            raise SosieError(
                f"chamber: contraction and relaxation take"
                f" {self.contraction + self.relaxation:g} of a beat; give at most 1 in all"
            )


@dataclass(frozen=True, slots=True)
class Vessels:
    """A bed of vessels: C dp/dt = Q_in - Q, L dQ/dt + R Q = p - p_next."""

    resistance: Annotated[float, SI("Pa*s/m^3")]  # R
    compliance: Annotated[float, SI("m^3/Pa")]  # C
    inertance: Annotated[float, SI("Pa*s^2/m^3")]  # L

    def __post_init__(self) -> None:
        """Refuse vessels that no blood could flow through."""
        _refuse_nonpositive(self, "vessels", "resistance", "compliance")
        if not self.inertance >= 0:
            raise SosieError(f"vessels: inertance is {self.inertance:g}; give 0 or more")


@dataclass(frozen=True, slots=True)
class Valves:
    """All four valves; see ``valve``."""

    open: Annotated[float, SI("Pa*s/m^3")] = 0.0075 * RESIST  # resistance R_min
    closed: Annotated[float, SI("Pa*s/m^3")] = 75006.2 * RESIST  # resistance R_max
    opening: Annotated[float, SI("Pa")] = 0.2 * MMHG  # ASSUME: w, over which they open

    def __post_init__(self) -> None:
        """Refuse valves that do not shut."""
        _refuse_nonpositive(self, "valves", "open", "opening")
        if not self.closed > self.open:
            raise SosieError(
                f"valves: closed has {self.closed:g} Pa s/m^3, open {self.open:g}; give closed more"
            )


@dataclass(frozen=True, slots=True)
class Circulation:
    """The closed loop of one person."""

    rate: Annotated[float, SI("Hz")] = 75 * BEATS_PER_MINUTE  # beats a second: beat of 0.8 s
    volume: Annotated[float, SI("m^3")] = 3025 * ML  # of blood that stretches
    left_ventricle: Chamber = Chamber(2.75 * STIFF, 0.08 * STIFF, 5 * ML, 0.0, 0.34, 0.17)
    left_atrium: Chamber = Chamber(0.07 * STIFF, 0.09 * STIFF, 4 * ML, 0.80, 0.17, 0.17)
    right_ventricle: Chamber = Chamber(0.55 * STIFF, 0.05 * STIFF, 10 * ML, 0.0, 0.34, 0.17)
    right_atrium: Chamber = Chamber(0.06 * STIFF, 0.07 * STIFF, 4 * ML, 0.80, 0.17, 0.17)
    systemic_arteries: Vessels = Vessels(0.8 * RESIST, 1.2 * SOFT, 5e-3 * INERT)
    systemic_veins: Vessels = Vessels(0.26 * RESIST, 60 * SOFT, 5e-4 * INERT)
    pulmonary_arteries: Vessels = Vessels(0.1625 * RESIST, 10 * SOFT, 5e-4 * INERT)
    pulmonary_veins: Vessels = Vessels(0.1625 * RESIST, 16 * SOFT, 5e-4 * INERT)
    valves: Valves = Valves()

    def __post_init__(self) -> None:
        """Refuse a circulation that stands still."""
        _refuse_nonpositive(self, "circulation", "rate", "volume")

    @property
    def beat(self) -> float:
        """Return the length of a beat [s]."""
        return 1 / self.rate
