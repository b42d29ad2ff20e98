r"""A circulation as large as a person, before anything is fitted.

With the stroke volume S and rate f of the person and S_0, f_0 of the reference, s = S / S_0 and
r = f / f_0: other chambers are s times as large at the same pressures (V_0 times s, E over s),
vessels s times as compliant, resistances over s r and inertances over s r^2. Flows are then s r
times the reference's, and pressures of everything that is not fitted the same.

# ASSUME: right heart, atria, veins, lungs and valves are that scaled reference; an image of the
left ventricle and a cuff on the arm say no more of them.

The left ventricle and the systemic arteries get the values that textbook formulas give:

    E_active = 0.9 p_sys / (ESV - V_0),   E_passive = p_fill / (EDV - V_0)
    R = (MAP - p_veins) / (S f),   C = S / (p_sys - p_dia),   MAP = p_dia + (p_sys - p_dia) / 3

0.9 p_sys is end-systolic pressure: Kelly et al. (1992), doi:10.1161/01.CIR.86.2.513.
"""

from dataclasses import dataclass, fields, replace

from sosie.errors import SosieError
from sosie.heart.circulation.parameters import (
    ML,
    MMHG,
    RESIST,
    Chamber,
    Circulation,
    Valves,
    Vessels,
)

LUNGS = 0.033 * RESIST
"""Of the pulmonary arteries and of the veins: 14 mmHg before the lungs, 8 mmHg behind them, 91 mL/s
through them; mean pulmonary pressure of the healthy is 14.0 +- 3.3 mmHg, Kovacs et al. (2009),
doi:10.1183/09031936.00145608. With the published resistances it is 38 mmHg."""
REFERENCE = replace(
    Circulation(volume=2450 * ML),
    pulmonary_arteries=replace(Circulation().pulmonary_arteries, resistance=LUNGS),
    pulmonary_veins=replace(Circulation().pulmonary_veins, resistance=LUNGS),
)
"""The published circulation with healthy lungs, and as much less blood as these then hold."""
STROKE = 72.9 * ML
"""What the published circulation ejects (1,600 steps a beat)."""
FILLING = 8.0 * MMHG
"""ASSUME: mean left atrial pressure of who was never catheterised: the reference's own; the upper
limit of wedge pressure in the healthy is 13 mmHg, Zeder et al. (2024),
doi:10.1183/13993003.00967-2024."""
VENOUS = 0.25
"""Of mean arterial pressure: what is left behind the arteries of the reference."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What is known of a person's circulation."""

    rate: float  # beats a second [Hz]
    end_diastolic_volume: float  # of the left ventricle [m^3]
    end_systolic_volume: float  # [m^3]
    systolic_pressure: float  # of the arm [Pa]
    diastolic_pressure: float  # [Pa]
    filling_pressure: float = FILLING  # mean of the left atrium [Pa]

    def __post_init__(self) -> None:
        """Refuse what no heart does."""
        for field in fields(self):
            value = getattr(self, field.name)
            if not 0 < value < float("inf"):
                raise SosieError(f"{field.name} is {value:g}; give a positive number")
        least = 1.5 * REFERENCE.left_ventricle.unstressed
        if not least < self.end_systolic_volume < self.end_diastolic_volume:
            raise SosieError(
                f"end-systolic volume is {self.end_systolic_volume / ML:g} mL,"
                f" end-diastolic {self.end_diastolic_volume / ML:g} mL;"
                f" give one from {least / ML:g} mL to the other"
            )
        if not self.filling_pressure < self.diastolic_pressure < self.systolic_pressure:
            raise SosieError(
                f"pressures are {self.systolic_pressure / MMHG:g} over"
                f" {self.diastolic_pressure / MMHG:g}, filling"
                f" {self.filling_pressure / MMHG:g} mmHg; give them in descending order"
            )

    @property
    def stroke_volume(self) -> float:
        """Return what a beat ejects [m^3]."""
        return self.end_diastolic_volume - self.end_systolic_volume


def scaled(measured: Measured) -> Circulation:
    """Return the circulation of someone of that size, pressures and rate."""
    s = measured.stroke_volume / STROKE
    r = measured.rate / REFERENCE.rate
    ventricle = REFERENCE.left_ventricle
    pulse = measured.systolic_pressure - measured.diastolic_pressure
    mean = measured.diastolic_pressure + pulse / 3
    output = measured.stroke_volume * measured.rate
    return replace(
        REFERENCE,
        rate=measured.rate,
        volume=s * REFERENCE.volume,
        left_ventricle=replace(
            ventricle,
            active=0.9
            * measured.systolic_pressure
            / (measured.end_systolic_volume - ventricle.unstressed),
            passive=measured.filling_pressure
            / (measured.end_diastolic_volume - ventricle.unstressed),
        ),
        left_atrium=_chamber(REFERENCE.left_atrium, s),
        right_ventricle=_chamber(REFERENCE.right_ventricle, s),
        right_atrium=_chamber(REFERENCE.right_atrium, s),
        systemic_arteries=Vessels(
            resistance=(1 - VENOUS) * mean / output,
            compliance=measured.stroke_volume / pulse,
            inertance=REFERENCE.systemic_arteries.inertance / (s * r**2),
        ),
        systemic_veins=_vessels(REFERENCE.systemic_veins, s, r),
        pulmonary_arteries=_vessels(REFERENCE.pulmonary_arteries, s, r),
        pulmonary_veins=_vessels(REFERENCE.pulmonary_veins, s, r),
        valves=_valves(REFERENCE.valves, s * r),
    )


def _chamber(chamber: Chamber, s: float) -> Chamber:
    return replace(
        chamber,
        active=chamber.active / s,
        passive=chamber.passive / s,
        unstressed=chamber.unstressed * s,
    )


def _vessels(vessels: Vessels, s: float, r: float) -> Vessels:
    return Vessels(
        vessels.resistance / (s * r), vessels.compliance * s, vessels.inertance / (s * r**2)
    )


def _valves(valves: Valves, flow: float) -> Valves:
    return replace(valves, open=valves.open / flow, closed=valves.closed / flow)
