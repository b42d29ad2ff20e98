"""A stand-in for the 3D ventricle brings the loop to the beat that repeats."""

import numpy as np
import pytest

from sosie.errors import SosieError
from sosie.heart.circulation import beats
from sosie.heart.circulation.cavity import Closure
from sosie.heart.circulation.elastance import activation
from sosie.heart.circulation.emulate import Passive, emulate, passive
from sosie.heart.circulation.parameters import ML, MMHG, STIFF, Circulation
from sosie.heart.circulation.ring import LV, Ring

STEPS = 80
LAW = Passive(1.2 * MMHG, 0.021 / ML, 12 * ML)
PHI = activation(Circulation().left_ventricle, np.arange(1, STEPS + 1) / STEPS)


def muscle(k):
    """Stand for the 3D ventricle: stiffens with volume, and pivots about 22 mL, not 12."""
    lift = 2.9 * STIFF * float(PHI[k % STEPS])

    def closure(V, p):
        resting = float(LAW.pressure(V))
        slope = LAW.steepness * (resting + LAW.scale) + lift
        return Closure(p - resting - lift * (V - 22 * ML), -slope, 1.0)

    return closure


def test_an_inflation_is_met_by_its_law():
    V = np.linspace(12, 130, 9) * ML
    found = passive(V, LAW.pressure(V))
    assert found.scale == pytest.approx(LAW.scale, rel=1e-5)
    assert found.steepness == pytest.approx(LAW.steepness, rel=1e-5)


def test_the_stand_in_is_the_beat_that_it_was_taken_from_and_knows_its_slope():
    V, p = np.array([120.0, 60.0]) * ML, np.array([8.0, 110.0]) * MMHG
    stand_in = emulate(LAW, V, p)
    for k in (0, 1):
        value, by_volume, by_pressure = stand_in(k)(V[k], p[k])
        above, below = (stand_in(k)(V[k] + h, p[k]).value for h in (0.01 * ML, -0.01 * ML))
        assert value == pytest.approx(0, abs=1e-9 * MMHG)
        assert by_volume == pytest.approx((above - below) / (0.02 * ML), rel=1e-5)
        assert by_pressure == 1


def test_two_beats_of_the_ventricle_and_its_stand_in_reach_what_takes_it_seven():
    true = Ring(Circulation(), steps=STEPS, ventricle=muscle)
    state = beats.start(true)

    def changed(old, new):
        return np.abs(new.V - old.V).max()

    alone = [state]
    while len(alone) < 2 or changed(*alone[-2:]) >= 1 * ML:
        alone.append(beats.run(true, alone[-1])[1])
    beat, end = beats.run(true, state)
    for _ in range(2):
        stand_in = Ring(
            Circulation(), steps=STEPS, ventricle=emulate(LAW, beat.V[:, LV], beat.p[:, LV])
        )
        _, begin, _ = beats.periodic(stand_in, end, tolerance=0.01)
        beat, end = beats.run(true, begin)
    assert len(alone) - 1 >= 7
    assert changed(begin, end) < 0.1 * ML


def test_a_beat_that_empties_below_the_passive_ventricle_is_refused():
    with pytest.raises(SosieError, match=r"empties to 10\.0 mL, the passive ventricle holds 12\.0"):
        emulate(LAW, np.array([10.0, 60.0]) * ML, np.ones(2))


def test_an_inflation_out_of_order_is_refused():
    with pytest.raises(SosieError, match="at least 3 that grow"):
        passive(np.array([12.0, 50.0, 40.0]) * ML, np.ones(3))
