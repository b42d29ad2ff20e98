"""The next beat, from a stand-in of the ventricle for the last."""

from dataclasses import replace

import numpy as np
import pytest

from sosie.heart.beat.refit import Emulated, refit
from sosie.heart.circulation.beats import run
from sosie.heart.circulation.emulate import Passive
from sosie.heart.circulation.fit import fit
from sosie.heart.circulation.indices import indices
from sosie.heart.circulation.parameters import ML, MMHG
from sosie.heart.circulation.person import Measured
from sosie.heart.circulation.ring import LV, Ring

PERSON = Measured(
    rate=1.2,
    end_diastolic_volume=140 * ML,
    end_systolic_volume=55 * ML,
    systolic_pressure=125 * MMHG,
    diastolic_pressure=80 * MMHG,
)
LAW = Passive(scale=1.0 * MMHG, steepness=2.3 / (70 * ML), unstressed=70 * ML)


@pytest.fixture(scope="module")
def fitted():
    return fit(PERSON, steps=80)


def test_the_stand_in_repeats_the_beat_it_was_made_of(fitted):
    emulated = Emulated.of(LAW, fitted.beat, smallest=55 * ML)
    ring = Ring(fitted.circulation, steps=80, ventricle=emulated.cavities(1.0))
    beat, _ = run(ring, fitted.state)
    assert beat.V[:, LV] == pytest.approx(fitted.beat.V[:, LV], abs=1e-3 * ML)
    assert beat.p[:, LV] == pytest.approx(fitted.beat.p[:, LV], abs=0.05 * MMHG)


def test_a_stronger_ventricle_empties_further(fitted):
    emulated = Emulated.of(LAW, fitted.beat, smallest=55 * ML)
    ring = Ring(fitted.circulation, steps=80, ventricle=emulated.cavities(1.3))
    beat, _ = run(ring, fitted.state)
    assert beat.V[:, LV].min() < fitted.beat.V[:, LV].min() - 5 * ML


def test_the_next_beat_of_the_stand_in_meets_the_person(fitted):
    """From a beat of someone with other volumes and pressures, by the stand-in's own beat."""
    other = replace(PERSON, end_systolic_volume=70 * ML, systolic_pressure=140 * MMHG)
    new = refit(other, fitted.circulation, fitted.beat, fitted.state, LAW)
    assert new.misfit < 0.05
    emulated = Emulated.of(LAW, fitted.beat, smallest=70 * ML)
    ring = Ring(new.circulation, steps=80, ventricle=emulated.cavities(new.contractility))
    beat, _ = run(ring, new.state)
    found = indices(beat)
    assert found.end_systolic_volume == pytest.approx(70 * ML, abs=0.2 * ML)
    assert found.systolic_pressure == pytest.approx(140 * MMHG, abs=0.2 * MMHG)
    assert new.contractility < 1


def test_who_is_met_already_is_left_alone(fitted):
    new = refit(PERSON, fitted.circulation, fitted.beat, fitted.state, LAW)
    assert new.contractility == pytest.approx(1.0, abs=0.01)
    assert new.circulation.volume == pytest.approx(fitted.circulation.volume, rel=0.01)


def test_where_tension_lifts_nothing_lies_below_every_volume(fitted):
    small = replace(fitted.beat, V=fitted.beat.V / 3)
    emulated = Emulated.of(LAW, small, smallest=90 * ML)
    assert emulated.dead < small.V[:, LV].min()
    assert np.isfinite(emulated.e).all()
