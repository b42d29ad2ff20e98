"""What clinicians read off a beat: volumes, ejection fraction, output, pressures, their slopes."""

from dataclasses import dataclass

import numpy as np

from sosie.heart.circulation.beats import Beat
from sosie.heart.circulation.ring import LA, LV, PA, SA


@dataclass(frozen=True, slots=True)
class Indices:
    """Of the left ventricle and around it, in SI."""

    end_diastolic_volume: float  # largest [m^3]
    end_systolic_volume: float  # smallest [m^3]
    ejection_fraction: float  # stroke volume over the largest volume
    stroke_volume: float  # [m^3]
    cardiac_output: float  # stroke volume times beats a second [m^3/s]
    systolic_pressure: float  # highest in the arteries [Pa]
    diastolic_pressure: float  # lowest in the arteries [Pa]
    mean_pressure: float  # of the arteries over the beat [Pa]
    peak_pressure: float  # highest in the ventricle [Pa]
    filling_pressure: float  # mean of the left atrium [Pa], what a wedged catheter reads
    pulmonary_pressure: float  # mean of the pulmonary arteries [Pa]
    fastest_rise: float  # largest dp/dt of the ventricle [Pa/s]
    fastest_fall: float  # smallest dp/dt of the ventricle [Pa/s]
    stroke_work: float  # area of the pressure-volume loop [J]


def indices(beat: Beat) -> Indices:
    """Return the indices of a periodic beat."""
    V, p = beat.V[:, LV], beat.p[:, LV]
    dt = float(beat.time[1] - beat.time[0])
    slope = (p - np.roll(p, 1)) / dt
    stroke = float(np.ptp(V))
    arteries = beat.p[:, SA]
    return Indices(
        end_diastolic_volume=float(V.max()),
        end_systolic_volume=float(V.min()),
        ejection_fraction=stroke / float(V.max()),
        stroke_volume=stroke,
        cardiac_output=stroke / (dt * len(V)),
        systolic_pressure=float(arteries.max()),
        diastolic_pressure=float(arteries.min()),
        mean_pressure=float(arteries.mean()),
        peak_pressure=float(p.max()),
        filling_pressure=float(beat.p[:, LA].mean()),
        pulmonary_pressure=float(beat.p[:, PA].mean()),
        fastest_rise=float(slope.max()),
        fastest_fall=float(slope.min()),
        stroke_work=float(-np.sum((p + np.roll(p, 1)) / 2 * (V - np.roll(V, 1)))),
    )
