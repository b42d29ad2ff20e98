"""Numbers of the two models of active tension."""

from dataclasses import dataclass, replace
from typing import Annotated

from sosie.errors import SosieError
from sosie.units import SI


@dataclass(frozen=True, slots=True)
class Land:
    """Human ventricle at 37 degrees: Land et al. (2017), doi:10.1016/j.yjmcc.2017.03.008, table B.

    The column "whole organ model", for intact muscle; SKINNED is the other.
    """

    tension: Annotated[float, SI("Pa")] = 120e3  # T_ref: isometric, saturating calcium, rest length
    calcium: Annotated[float, SI("mol/m^3")] = 0.805e-3  # Ca_T50: half of troponin, rest length
    calcium_by_stretch: Annotated[float, SI("mol/m^3")] = -2.4e-3  # beta_1
    tension_by_stretch: float = 2.3  # beta_0
    troponin_rate: Annotated[float, SI("1/s")] = 100.0  # k_TRPN: unbinding of calcium
    troponin_power: float = 2.0  # n_TRPN
    tropomyosin_rate: Annotated[float, SI("1/s")] = 1000.0  # k_u: unblocking
    tropomyosin_power: float = 5.0  # n_Tm
    half_troponin: float = 0.35  # TRPN_50: bound calcium at which half the sites are blocked
    weak_rate: Annotated[float, SI("1/s")] = 182.0  # k_uw: unbound to weakly bound
    strong_rate: Annotated[float, SI("1/s")] = 12.0  # k_ws: weakly to strongly bound
    weak_share: float = 0.5  # r_w: of bridges that are not strong, steady state
    strong_share: float = 0.25  # r_s: of all bridges, steady state
    weak_loss: Annotated[float, SI("1/s")] = 615.0  # gamma_w: unbinding by distortion
    strong_loss: Annotated[float, SI("1/s")] = 8.5  # gamma_s
    distortion: float = 25.0  # A_eff: of bridges by stretch
    decay: float = 2.23  # phi: of distortion

    def __post_init__(self) -> None:
        """Refuse what is not muscle."""
        for name in ("tension", "calcium", "troponin_rate", "tropomyosin_rate", "weak_rate"):
            if not getattr(self, name) > 0:
                raise SosieError(f"Land: {name} is {getattr(self, name):g}; give a positive number")
        for name in ("half_troponin", "weak_share", "strong_share"):
            if not 0 < getattr(self, name) < 1:
                raise SosieError(f"Land: {name} is {getattr(self, name):g}; give one from 0 to 1")
        if self.calcium + self.calcium_by_stretch * (LONGEST - 1) <= 0:
            raise SosieError(
                f"Land: at a stretch of {LONGEST:g} half of the troponin is bound at no calcium;"
                " give calcium or calcium_by_stretch nearer to zero"
            )


LONGEST = 1.2
"""Stretch beyond which longer muscle is no stronger: eqs. 20 and 21."""
SKINNED = replace(
    Land(),
    tension=40.5e3,
    calcium=2.5e-3,
    tropomyosin_power=2.2,
    weak_rate=26.0,
    strong_rate=4.0,
)
"""The column "skinned": myocytes without membrane, as they were measured."""


@dataclass(frozen=True, slots=True)
class Pulse:
    """Tension that runs by the clock: Pfaller et al. (2019), doi:10.1007/s10237-018-1098-4.

    Numbers as in SimVascular's input for that model, at a beat of 1 s.
    """

    tension: Annotated[float, SI("Pa")] = 90e3  # sigma_0: contractility
    fastest: Annotated[float, SI("1/s")] = 5.0  # alpha_max: of activation
    slowest: Annotated[float, SI("1/s")] = -30.0  # alpha_min: of relaxation
    systole: Annotated[float, SI("s")] = 0.170  # when contraction starts
    diastole: Annotated[float, SI("s")] = 0.484  # when relaxation starts
    steepness: Annotated[float, SI("s")] = 0.005  # gamma: of both

    def __post_init__(self) -> None:
        """Refuse what does not contract and relax in turn."""
        if not (self.tension > 0 and self.steepness > 0):
            raise SosieError("pulse: tension and steepness are to be positive")
        if not self.slowest < 0 < self.fastest:
            raise SosieError(
                f"pulse: slowest is {self.slowest:g}, fastest {self.fastest:g} 1/s;"
                " give one below and one above zero"
            )
        if not self.systole < self.diastole:
            raise SosieError(
                f"pulse: systole is at {self.systole:g} s, diastole at {self.diastole:g} s;"
                " give diastole later"
            )
