"""Numbers of passive muscle and of what holds the ventricle in place."""

from dataclasses import dataclass
from typing import Annotated

from sosie.errors import SosieError
from sosie.units import SI


def _refuse(owner: str, name: str, value: float) -> None:
    if not value >= 0:
        raise SosieError(f"{owner}: {name} is {value:g}; give zero or a positive number")


@dataclass(frozen=True, slots=True)
class Guccione:
    """Transversely isotropic muscle: Guccione et al. (1991), doi:10.1115/1.2894084.

    The numbers are those of problem 1 of Land et al. (2015), doi:10.1098/rspa.2015.0641.
    """

    stiffness: Annotated[float, SI("Pa")] = 2e3  # C
    fibre: float = 8.0  # b_f: along the fibre
    transverse: float = 2.0  # b_t: across it
    shear: float = 4.0  # b_fs: between both

    def __post_init__(self) -> None:
        """Refuse what does not resist."""
        for name in ("stiffness", "fibre", "transverse", "shear"):
            _refuse("Guccione", name, getattr(self, name))


@dataclass(frozen=True, slots=True)
class HolzapfelOgden:
    """Orthotropic muscle: Holzapfel and Ogden (2009), doi:10.1098/rsta.2009.0091.

    The numbers are those of table 1, simple shear of a pig's muscle.
    """

    a: Annotated[float, SI("Pa")] = 59.0
    b: float = 8.023
    a_f: Annotated[float, SI("Pa")] = 18472.0  # along the fibre
    b_f: float = 16.026
    a_s: Annotated[float, SI("Pa")] = 2481.0  # along the sheet
    b_s: float = 11.120
    a_fs: Annotated[float, SI("Pa")] = 216.0  # shear of fibre and sheet
    b_fs: float = 11.436

    def __post_init__(self) -> None:
        """Refuse what does not resist, and exponents that are divided by."""
        for name in ("a", "a_f", "a_s", "a_fs"):
            _refuse("Holzapfel-Ogden", name, getattr(self, name))
        for name in ("b", "b_f", "b_s", "b_fs"):
            if not getattr(self, name) > 0:
                raise SosieError(
                    f"Holzapfel-Ogden: {name} is {getattr(self, name):g}; give a positive number"
                )


Material = Guccione | HolzapfelOgden


@dataclass(frozen=True, slots=True)
class Springs:
    """What pulls a surface back to where it was, per area at rest."""

    normal: Annotated[float, SI("Pa/m")]  # against displacement across the surface
    tangential: Annotated[float, SI("Pa/m")] = 0.0  # against displacement along it

    def __post_init__(self) -> None:
        """Refuse springs that push."""
        for name in ("normal", "tangential"):
            _refuse("springs", name, getattr(self, name))


PERICARDIUM = Springs(normal=2e5)
"""0.2 kPa/mm across the epicardium, which slides: Pfaller et al. (2019),
doi:10.1007/s10237-018-1098-4."""
BASE = Springs(normal=2e5, tangential=2e4)
"""Barnafi et al. (2022), arXiv:2208.06191."""
