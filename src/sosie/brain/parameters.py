"""What the brain model needs beyond the patient. No solver is imported here: planning reads it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

import numpy as np

from sosie.brain.head.montage import currents
from sosie.errors import SosieError
from sosie.geometry.brain.template import load
from sosie.geometry.head.template import SYSTEMS
from sosie.geometry.head.template import load as load_head
from sosie.units import SI

YEAR = 365.25 * 86400.0
"""Julian year [s]."""


VOLUMES = {
    "intracranial_volume": "icv",
    "brain_volume": "brain_volume",
    "ventricular_volume": "brain_ventricle_volume",
}
"""What gives a brain, and the head round it, their shape, and its cell of a record."""
MEDIAL_TEMPORAL = tuple(
    f"{name}_{side}"
    for name in ("entorhinal", "parahippocampal", "hippocampus", "amygdala")
    for side in ("left", "right")
)


@dataclass(frozen=True, slots=True)
class Seed:
    """Where there is misfolded tau when amyloid turns positive, year 0.

    By default in Braak's stages I and II, the regions that hold tau without amyloid: Braak and
    Braak (1991), doi:10.1007/BF00308809.
    """

    regions: tuple[str, ...] = MEDIAL_TEMPORAL  # of the template's atlas
    concentration: float = 0.5  # ASSUME: of the region's capacity: about what it is without amyloid
    width: Annotated[float, SI("m")] = 8e-3  # ASSUME: over which the seed fades at its edges

    def __post_init__(self) -> None:
        """Refuse a seed that is none."""
        if self.width <= 0:
            raise SosieError(f"brain.seed.width is {self.width} m; give a positive length")
        if not 0 < self.concentration <= 1:
            raise SosieError(
                f"brain.seed.concentration is {self.concentration}; give a number above 0, up to 1"
            )


@dataclass(frozen=True, slots=True)
class Times:
    """The years that are simulated, and how finely."""

    duration: Annotated[float, SI("s")] = 40 * YEAR  # years since seeding that are simulated
    every: Annotated[float, SI("s")] = 2 * YEAR  # between two stored states
    step: Annotated[float, SI("s")] = 0.1 * YEAR  # of the splitting

    def __post_init__(self) -> None:
        """Refuse steps that do not fit."""
        if self.step <= 0:
            raise SosieError(f"brain.times.step is {self.step / YEAR:g} year; give a positive one")
        for whole, part in (("duration", "every"), ("every", "step")):
            parts = getattr(self, whole) / getattr(self, part)
            if parts < 0.5 or abs(parts - round(parts)) > 1e-6:
                raise SosieError(
                    f"brain.times.{whole} is {getattr(self, whole) / YEAR:g} year, no whole number"
                    f" of {part} ({getattr(self, part) / YEAR:g} year): make it a multiple"
                )

    @property
    def years(self) -> list[float]:
        """Years since seeding at which states are stored."""
        return [i * self.every / YEAR for i in range(round(self.duration / self.every) + 1)]

    @property
    def shapes(self) -> list[float]:
        """Years since seeding at which the brain's shape is stored: up to five of ``years``."""
        places = np.linspace(0, len(self.years) - 1, min(5, len(self.years)))
        return [self.years[i] for i in places.round().astype(int)]


@dataclass(frozen=True, slots=True)
class Treatment:
    """Clearance of amyloid and of tau between two ages, of everybody alike; by default none.

    Lecanemab took 55.5 of 78 Centiloids away in 1.5 years (van Dyck 2023,
    doi:10.1056/NEJMoa2212948), which is an amyloid clearance of 0.8 1/year.
    """

    start: Annotated[float, SI("s")] = 70 * YEAR  # age at which it begins
    end: Annotated[float, SI("s")] = 200 * YEAR  # age at which it ends
    amyloid_clearance: Annotated[float, SI("1/s")] = 0.0  # of amyloid, relative to what there is
    tau_clearance: Annotated[float, SI("1/s")] = 0.0  # of misfolded tau, likewise

    def __post_init__(self) -> None:
        """Refuse what adds protein or ends before it begins."""
        for name in ("amyloid_clearance", "tau_clearance"):
            if getattr(self, name) < 0:
                raise SosieError(
                    f"brain.treatment.{name} is {getattr(self, name) * YEAR:g} 1/year; a treatment"
                    " takes protein away: give zero or more"
                )
        if self.end <= self.start:
            raise SosieError(
                f"brain.treatment.end is {self.end / YEAR:g} year, not after its start at"
                f" {self.start / YEAR:g} year: give a later age"
            )

    def at(self, age: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the clearance of amyloid and of tau [1/s] at ages [s]."""
        given = (self.start <= age) & (age < self.end)
        return self.amyloid_clearance * given, self.tau_clearance * given


@dataclass(frozen=True, slots=True)
class Atrophy:
    """How tissue shrinks with tau, and where the fluid goes that takes its room.

    In Alzheimer's disease hippocampi lose 3.33 % a year more than in controls (Barnes 2009,
    doi:10.1016/j.neurobiolaging.2008.01.010, 595 and 212 people). Ventricles of the old
    grew by 1.4 mL/year while 5.4 mL/year of tissue were lost (Resnick 2003,
    doi:10.1523/JNEUROSCI.23-08-03295.2003, 92 people).
    """

    tau_shrinkage: Annotated[float, SI("1/s")] = 0.0333 / YEAR  # ASSUME: where tau is full
    ventricular_share: float = 1.4 / 5.4  # of the room that tissue leaves

    def __post_init__(self) -> None:
        """Refuse tissue that grows with tau, and what is no share."""
        if self.tau_shrinkage < 0:
            raise SosieError(
                f"brain.atrophy.tau_shrinkage is {self.tau_shrinkage * YEAR:g} 1/year; tissue does"
                " not grow with tau: give zero or more"
            )
        if not 0 <= self.ventricular_share <= 1:
            raise SosieError(
                f"brain.atrophy.ventricular_share is {self.ventricular_share}; give a share, 0 to 1"
            )


SPECTRUM = 4.0
"""Length [s] of the pieces of EEG whose spectra are averaged."""
Montage = Mapping[str, Annotated[float, SI("A")]]
"""Electrode: current into it."""


def frontal() -> Montage:
    """Return the montage over the left dorsolateral prefrontal cortex."""
    return {"F3": 2e-3, "Fp2": -2e-3}


@dataclass(frozen=True, slots=True)
class Head:
    """The head round the brain: what electrodes see of it, and what stimulation does to it.

    The pads are discs of the area of the usual ones of 5 cm by 7 cm. With 1 V/m at the target as
    what is wanted, doses were computed before: Caulfield et al. (2020),
    doi:10.1016/j.brs.2020.04.007.
    """

    enabled: bool = True  # whether lead field, EEG and stimulation are computed
    electrodes: int = 10  # system of the EEG: 20, 10 or 5 (10-20, 10-10, 10-5)
    eeg: Annotated[float, SI("s")] = 30.0  # of EEG whose spectra are stored
    montage: Montage = field(default_factory=frontal)  # current into each stimulating electrode
    pad: Annotated[float, SI("m")] = 33e-3  # radius of a stimulating electrode
    target: str = "rostralmiddlefrontal_left"  # region that is to be stimulated
    wanted: Annotated[float, SI("V/m")] = 1.0  # mean field that a dose gives the target

    def __post_init__(self) -> None:
        """Refuse what is no montage and no EEG."""
        if self.electrodes not in SYSTEMS:
            raise SosieError(
                f"brain.head.electrodes is {self.electrodes}; give one of {SYSTEMS}: 10-20, 10-10,"
                " 10-5"
            )
        if not self.eeg >= SPECTRUM:
            raise SosieError(
                f"brain.head.eeg is {self.eeg:g} s; spectra take {SPECTRUM:g} s or more"
            )
        if not self.wanted > 0:
            raise SosieError(f"brain.head.wanted is {self.wanted:g} V/m; give a positive field")
        if self.pad < 0:
            raise SosieError(f"brain.head.pad is {self.pad} m; give a radius, or 0 m for points")
        if not any(current > 0 for current in self.montage.values()):
            raise SosieError("brain.head.montage: no current enters anywhere: give an anode")


@dataclass(frozen=True, slots=True)
class BrainParameters:
    """Everything the brain model needs beyond the patient."""

    template: str = "production"  # which of the shipped meshes: production or coarse
    white_to_grey: float = 2.0  # ASSUME: diffusivity of white over that of grey matter
    seed: Seed = Seed()  # where tau starts, and how much of it
    times: Times = Times()  # duration and steps
    treatment: Treatment = Treatment()  # clearance of amyloid and tau
    atrophy: Atrophy = Atrophy()  # shrinkage of tissue
    head: Head = Head()  # EEG and stimulation

    def __post_init__(self) -> None:
        """Refuse what the template does not know or physics does not allow."""
        if self.white_to_grey <= 0:
            raise SosieError(
                f"brain.white_to_grey is {self.white_to_grey}; diffusivity is positive: give a"
                " positive ratio"
            )
        known = load(self.template).regions
        for place, regions in (
            ("seed.regions", self.seed.regions),
            ("head.target", (self.head.target,)),
        ):
            for region in regions:
                if region not in known[1:]:
                    raise SosieError(
                        f"brain.{place}: the template has no region '{region}': write some of"
                        f" {', '.join(known[1:])}"
                    )
        try:
            currents(load_head(self.template).electrodes, self.head.montage)
        except SosieError as error:
            raise SosieError(f"brain.head.{error}") from error
