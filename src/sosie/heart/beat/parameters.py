"""What the beating ventricle needs beyond the patient. No solver is imported here."""

from dataclasses import dataclass
from typing import Annotated, Literal

from sosie.errors import SosieError
from sosie.geometry.template import refuse_sizes
from sosie.heart.mechanics.parameters import Guccione, Springs
from sosie.units import SI

BEATS = {"quick": 2, "full": 8}
"""At most, of the wall."""
PHASES = 100
"""Instants of the loop."""
INSTANTS = ("end_diastole", "peak_pressure", "end_systole", "early_filling")
"""At which the wall is kept."""


@dataclass(frozen=True, slots=True)
class Mechanics:
    """Contraction in a closed circulation, fitted to the patient's volumes and blood pressure."""

    enabled: bool = True  # whether hearts beat at all
    layers: int = 1  # second-order cells through the wall
    rings: int = 7  # from apex to base
    around: int = 12  # of the widest ring, a multiple of 6
    steps: int = 80  # of a beat
    fit: Literal["quick", "full"] = "quick"  # two beats, or as many as it takes, up to 8
    calcium: Literal["cells", "land2017"] = "cells"  # of the paced ionic model, or as measured
    fibre: float = Guccione().fibre  # b_f of passive muscle; its stiffness is found
    transverse: float = Guccione().transverse  # b_t: across the fibre
    shear: float = Guccione().shear  # b_fs: between both
    kappa: Annotated[float, SI("Pa")] = 4e5  # of the multiplier's augmentation
    viscosity: Annotated[float, SI("Pa*s")] = 100.0  # of muscle; Arostica et al. (2025), eta
    pericardium: Annotated[float, SI("Pa/m")] = 2e5  # springs across the epicardium
    slide: Annotated[float, SI("Pa/m")] = 2e4  # along it
    tight: float = 0.1  # share of their pull where the heart was seen

    def __post_init__(self) -> None:
        """Refuse what cannot be meshed, stepped or held."""
        refuse_sizes(self.layers, self.rings, self.around)
        if self.steps < 40:
            raise SosieError(
                f"heart.mechanics.steps is {self.steps}: a beat takes at least 40 to be followed"
            )
        for name in ("pericardium", "slide", "tight"):
            if not getattr(self, name) > 0:
                raise SosieError(
                    f"heart.mechanics.{name} is {getattr(self, name):g}: nothing would hold the"
                    " heart; give a positive number"
                )
        if not self.viscosity >= 0:
            raise SosieError(
                f"heart.mechanics.viscosity is {self.viscosity:g}; give zero or a positive number"
            )
        if self.tight > 1:
            raise SosieError(f"heart.mechanics.tight is {self.tight:g}; give a share, at most 1")

    @property
    def springs(self) -> Springs:
        """Return the pericardium."""
        return Springs(normal=self.pericardium, tangential=self.slide)

    def muscle(self, stiffness: float) -> Guccione:
        """Return passive muscle of a stiffness [Pa]."""
        return Guccione(stiffness, self.fibre, self.transverse, self.shear)
