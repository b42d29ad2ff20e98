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
    """Contraction in a closed circulation, fitted to the patient's volumes and blood pressure.

    # ASSUME: the annulus, 4 to 5 mm of 100 kPa. Muscle that is cut off at a free base crumples
    there (its edge shortens to 0.45), the more the finer the mesh. The stiffness is that of the
    base in pyansys-heart, which calls it arbitrary; with 30 to 100 kPa in 0.05 to 0.1 of the way
    one beat ejects 50.8 to 53.7 % where without an annulus it ejects 54.3 %.
    """

    enabled: bool = True  # whether hearts beat at all
    layers: int = 1  # second-order cells through the wall
    rings: int = 7  # from apex to base
    around: int = 12  # of the widest ring, a multiple of 6
    steps: int = 80  # of a beat
    fit: Literal["quick", "full"] = "quick"  # two beats, or as many as it takes, up to 8
    calcium: Literal["cells", "land2017"] = "cells"  # of the paced ionic model, or as measured
    cross_fibre: float = 0.4  # share of tension that pulls across the fibre; Walker et al. (2005)
    annulus: float = 0.05  # of the way from apex to base, in which muscle gives way to the annulus
    annulus_stiffness: Annotated[float, SI("Pa")] = 1e5  # its shear modulus
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
        if not 0 < self.annulus < 1:
            raise SosieError(
                f"heart.mechanics.annulus is {self.annulus:g}; give a share, between 0 and 1"
            )
        if not self.annulus_stiffness > 0:
            raise SosieError(
                f"heart.mechanics.annulus_stiffness is {self.annulus_stiffness:g};"
                " give a positive number"
            )
        if not 0 <= self.cross_fibre <= 1:
            raise SosieError(
                f"heart.mechanics.cross_fibre is {self.cross_fibre:g}; give a share, from 0 to 1"
            )

    @property
    def springs(self) -> Springs:
        """Return the pericardium."""
        return Springs(normal=self.pericardium, tangential=self.slide)

    def muscle(self, stiffness: float) -> Guccione:
        """Return passive muscle of a stiffness [Pa]."""
        return Guccione(stiffness, self.fibre, self.transverse, self.shear)
