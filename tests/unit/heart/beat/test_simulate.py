"""From a record to a beat: what is asked, and where its instants lie."""

from dataclasses import replace

import numpy as np
import pytest

from sosie.cohort.record import Cell
from sosie.errors import RejectedError, SolverDivergedError
from sosie.heart.beat.simulate import attempt, first_contractility, instants, measured_of
from sosie.heart.beat.ventricle import Rest
from sosie.heart.circulation.beats import Beat
from sosie.heart.circulation.emulate import Passive
from sosie.heart.circulation.parameters import ML, MMHG
from sosie.heart.circulation.ring import LV

CIRCULATION = {
    "lv_esv": (56.0, "mL"),
    "sbp": (122.0, "mmHg"),
    "dbp": (80.0, "mmHg"),
    "heart_rate": (72.0, "1/min"),
}


def with_circulation(record, **values):
    known = {name: (values.get(name, value), unit) for name, (value, unit) in CIRCULATION.items()}
    cells = {
        name: Cell(value, unit, "measured", "made up for the tests", None)
        for name, (value, unit) in known.items()
        if value is not None
    }
    return replace(record, cells=record.cells | cells)


def test_a_record_becomes_a_person_in_si(patient):
    measured = measured_of(with_circulation(patient()))
    assert measured.rate == pytest.approx(1.2)
    assert measured.stroke_volume == pytest.approx(84 * ML)
    assert measured.systolic_pressure == pytest.approx(122 * MMHG, rel=1e-5)


def test_who_has_no_blood_pressure_is_rejected_and_told_so(patient):
    with pytest.raises(RejectedError, match="mechanics: the record has no sbp, dbp"):
        measured_of(with_circulation(patient(), sbp=None, dbp=None))


def test_a_heart_that_ends_larger_than_it_starts_is_rejected(patient):
    with pytest.raises(RejectedError, match="end-systolic volume is 150 mL"):
        measured_of(with_circulation(patient(), lv_esv=150.0))


def test_the_first_contractility_grows_with_what_is_asked_and_stays_in_reach(patient):
    rest = Rest(2e3, 77 * ML, Passive(100.0, 1e4, 77 * ML))

    def first(**values):
        return first_contractility(
            measured_of(with_circulation(patient(), **values)), rest, 100 * ML
        )

    assert first(lv_esv=70.0) < first(lv_esv=55.0) < first(lv_esv=55.0, sbp=150.0)
    assert first(lv_esv=20.0) == 8.0


def test_instants_are_found_on_the_loop():
    t = np.arange(1, 101) / 100
    V, p = np.zeros((100, 8)), np.zeros((100, 8))
    V[:, LV] = np.interp(t, [0, 0.1, 0.4, 0.5, 0.55, 0.8, 1.0], [140, 141, 60, 60, 90, 120, 140])
    p[:, LV] = np.exp(-(((t - 0.25) / 0.1) ** 2))
    diastole, peak, systole, filling = instants(Beat(t, V, p, p))
    assert t[diastole] == pytest.approx(0.1)
    assert t[peak] == pytest.approx(0.25)
    assert 0.4 <= t[systole] <= 0.5
    assert 0.5 <= t[filling] <= 0.55


class Failing:
    """A heartbeat that only a weak muscle survives."""

    def __init__(self, strongest):
        self.strongest, self.tried, self.muscle, self.loaded = strongest, [], self, 0

    def save(self):
        """Return nothing that matters."""
        return ()

    def load(self, saved):
        """Count."""
        self.loaded += 1

    def scale(self, contractility):
        """Note what is tried."""
        self.tried.append(contractility)

    def beat(self, start):
        """Fail where muscle is too strong."""
        if self.tried[-1] > self.strongest:
            raise SolverDivergedError("mechanics", -6, 3)
        return "beat"


def test_a_beat_that_fails_is_tried_with_less_tension_from_the_same_start():
    heartbeat = Failing(strongest=5.5)
    contractility, beat = attempt(heartbeat, None, 6.0)
    assert heartbeat.tried == pytest.approx([6.0, 5.4])
    assert contractility == heartbeat.tried[-1]
    assert heartbeat.loaded == 1
    assert beat == "beat"


def test_a_heart_that_no_tension_helps_ends_with_the_last_failure():
    with pytest.raises(SolverDivergedError, match="mechanics diverged"):
        attempt(Failing(strongest=0.0), None, 6.0)
