"""The closed loop converges in time at first order, and fits the breadth of humans."""

import numpy as np
import pytest

from sosie.heart.circulation import beats
from sosie.heart.circulation.fit import UNITS, fit
from sosie.heart.circulation.parameters import BEATS_PER_MINUTE, ML, MMHG, Circulation
from sosie.heart.circulation.person import Measured
from sosie.heart.circulation.ring import LV, SA, Ring


def test_volumes_and_pressures_converge_at_first_order_in_the_step():
    """Against steps of a twelfth of a thousandth of a beat, over one beat from rest."""

    def end(steps):
        ring = Ring(Circulation(), steps=steps)
        beat, _ = beats.run(ring, beats.start(ring))
        every = steps // 100
        return beat.V[every - 1 :: every, LV] / ML, beat.p[every - 1 :: every, SA] / MMHG

    exact = end(12800)
    for quantity in (0, 1):
        errors = [
            np.sqrt(np.mean((end(steps)[quantity] - exact[quantity]) ** 2))
            for steps in (400, 800, 1600)
        ]
        assert errors[-1] < 0.2
        assert np.log2(errors[-2] / errors[-1]) == pytest.approx(1.0, abs=0.2)


@pytest.mark.slow
def test_a_hundred_humans_are_met():
    """Hearts from small to dilated, from failing to strong; pressures from low to severe."""
    rng = np.random.default_rng(1)
    met = 0
    for _ in range(100):
        largest, fraction = rng.uniform(80, 300), rng.uniform(0.20, 0.75)
        systolic, pulse = rng.uniform(90, 190), rng.uniform(25, 80)
        person = Measured(
            rate=rng.uniform(45, 110) * BEATS_PER_MINUTE,
            end_diastolic_volume=largest * ML,
            end_systolic_volume=largest * (1 - fraction) * ML,
            systolic_pressure=systolic * MMHG,
            diastolic_pressure=max(systolic - pulse, 50) * MMHG,
        )
        fitted = fit(person)
        missed = fitted.residuals / UNITS
        V = fitted.beat.V[:, LV]
        met += bool(np.abs(missed[2:]).max() < 5 and abs(np.ptp(V) / V.max() - fraction) < 0.02)
    assert met >= 99
