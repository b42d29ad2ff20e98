"""The circulation of a person is found from volumes and a cuff."""

from dataclasses import replace

import numpy as np
import pytest

from sosie.errors import SosieError
from sosie.heart.circulation import beats
from sosie.heart.circulation.fit import NAMES, UNITS, fit, forcing, observe, with_factors
from sosie.heart.circulation.indices import indices
from sosie.heart.circulation.parameters import BEATS_PER_MINUTE, ML, MMHG
from sosie.heart.circulation.person import Measured, scaled
from sosie.heart.circulation.ring import Ring

PERSON = Measured(
    rate=65 * BEATS_PER_MINUTE,
    end_diastolic_volume=140 * ML,
    end_systolic_volume=55 * ML,
    systolic_pressure=125 * MMHG,
    diastolic_pressure=75 * MMHG,
)
STEPS = 80


def test_a_synthetic_patients_parameters_are_recovered():
    base = scaled(PERSON)
    truth = np.array([1.4, 0.7, 1.2, 0.8, 1.1])
    ring = Ring(with_factors(base, np.log(truth)), steps=STEPS)
    beat, _, _ = beats.periodic(ring, beats.start(ring), tolerance=1e-4)
    found = indices(beat)
    measured = Measured(
        base.rate,
        found.end_diastolic_volume,
        found.end_systolic_volume,
        found.systolic_pressure,
        found.diastolic_pressure,
        found.filling_pressure,
    )
    factors = fit(measured, base=base, steps=STEPS).factors
    np.testing.assert_allclose(list(factors.values()), truth, rtol=1e-3)


def test_what_was_measured_is_met_and_what_is_missed_is_told():
    fitted = fit(PERSON, steps=STEPS)
    assert np.abs(fitted.residuals / UNITS).max() < 0.01
    assert set(fitted.factors) == set(NAMES)
    found = indices(fitted.beat)
    assert found.ejection_fraction == pytest.approx(85 / 140, abs=1e-4)
    assert found.diastolic_pressure == pytest.approx(75 * MMHG, abs=0.01 * MMHG)


def test_the_state_returned_starts_the_beat_returned():
    fitted = fit(PERSON, steps=STEPS)
    again, _ = beats.run(Ring(fitted.circulation, steps=STEPS), fitted.state)
    np.testing.assert_allclose(again.V, fitted.beat.V, atol=0.01 * ML)


def test_derivatives_by_the_parameters_are_those_of_differences():
    base = scaled(PERSON)

    def look(theta):
        ring = Ring(with_factors(base, theta), steps=STEPS)
        beat, _, slopes = beats.periodic(ring, beats.start(ring), forcing, tolerance=1e-6)
        return observe(beat, slopes, ring.circulation.volume)

    _, derivatives = look(np.zeros(5))
    for j in range(5):
        h = 1e-3 * np.eye(5)[j]
        difference = (look(h)[0] - look(-h)[0]) / 2e-3
        np.testing.assert_allclose(derivatives[:, j] / UNITS, difference / UNITS, atol=0.02)


def test_a_larger_heart_at_the_same_pressures_needs_nothing_but_size():
    """Volumes times 1.5: the scaled loop is the same in all but size."""
    larger = replace(
        PERSON, end_diastolic_volume=200 * ML, end_systolic_volume=200 * ML - 1.5 * 85 * ML
    )
    small, large = scaled(PERSON), scaled(larger)
    assert large.right_ventricle.active == pytest.approx(small.right_ventricle.active / 1.5)
    assert large.pulmonary_veins.compliance == pytest.approx(small.pulmonary_veins.compliance * 1.5)
    assert large.systemic_arteries.resistance == pytest.approx(
        small.systemic_arteries.resistance / 1.5
    )
    assert large.volume == pytest.approx(1.5 * small.volume)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"end_systolic_volume": 150 * ML}, "end-systolic volume is 150 mL, end-diastolic 140 mL"),
        ({"end_systolic_volume": 5 * ML}, "give one from 7.5 mL"),
        ({"diastolic_pressure": 130 * MMHG}, "pressures are 125 over 130"),
        ({"filling_pressure": 80 * MMHG}, "filling 80 mmHg"),
        ({"rate": 0.0}, "rate is 0"),
    ],
)
def test_what_no_heart_does_is_refused(wrong, message):
    with pytest.raises(SosieError, match=message):
        replace(PERSON, **wrong)
