"""What the brain model needs beyond the patient. No solver is imported here: planning reads it."""

from dataclasses import dataclass
from typing import Annotated

from sosie.errors import SosieError
from sosie.geometry.brain.template import load
from sosie.units import SI

YEAR = 365.25 * 86400.0
"""Julian year [s]."""


@dataclass(frozen=True, slots=True)
class Seed:
    """Where misfolded tau starts: Braak and Braak (1991), doi:10.1007/BF00308809, stage I."""

    regions: tuple[str, ...] = ("entorhinal_left", "entorhinal_right")  # of the template's atlas
    concentration: float = 0.5  # ASSUME: of the capacity, in those regions at year 0
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


@dataclass(frozen=True, slots=True)
class BrainParameters:
    """Everything the brain model needs beyond the patient."""

    template: str = "production"  # which of the shipped meshes: production or coarse
    white_to_grey: float = 2.0  # ASSUME: diffusivity of white over that of grey matter
    seed: Seed = Seed()  # where tau starts, and how much of it
    times: Times = Times()  # duration and steps

    def __post_init__(self) -> None:
        """Refuse what the template does not know or physics does not allow."""
        if self.white_to_grey <= 0:
            raise SosieError(
                f"brain.white_to_grey is {self.white_to_grey}; diffusivity is positive: give a"
                " positive ratio"
            )
        known = load(self.template).regions
        for region in self.seed.regions:
            if region not in known[1:]:
                raise SosieError(
                    f"brain.seed.regions: the template has no region '{region}': write some of"
                    f" {', '.join(known[1:])}"
                )
