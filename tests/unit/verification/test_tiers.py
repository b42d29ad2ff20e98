"""Beats of two tiers are compared vertex by vertex, lead by lead."""

from dataclasses import replace

import numpy as np
import pytest

from sosie.heart.biomarkers import NOTHING, TIME
from sosie.heart.ecg import Beat
from sosie.verification.tiers import between

MS = 1e-3


@pytest.fixture
def beat():
    wave = np.sin(2 * np.pi * TIME / 0.3)
    times = np.linspace(0, 0.08, 5)
    return Beat(times, times + 0.3, np.outer(np.arange(12) - 4.0, wave), replace(NOTHING, qt=0.4))


def test_a_beat_does_not_differ_from_itself(beat):
    for ours, expected, _, allowed in between(beat, beat).values():
        assert ours == pytest.approx(expected, abs=1e-12)
        assert allowed > 0


def test_differences_are_of_activation_duration_leads_and_qt(beat):
    late = replace(
        beat,
        activation_time=beat.activation_time + 2 * MS,
        repolarisation_time=beat.repolarisation_time - 1 * MS,
        ecg=-beat.ecg,
        biomarkers=replace(beat.biomarkers, qt=0.39),
    )
    found = {what: row[0] for what, row in between(late, beat).items()}
    assert found == pytest.approx(
        {
            "activation, RMS": 2.0,
            "APD90, RMS": 3.0,
            "APD90, mean difference": -3.0,
            "correlation of all leads": -1.0,
            "QT": -10.0,
        }
    )


def test_leads_that_are_not_there_are_not_compared(beat):
    bare = Beat.without_leads(beat.activation_time, beat.repolarisation_time, "too small a body")
    found = between(beat, bare)
    assert found["QT"][0] is None
    assert found["correlation of all leads"][0] is None
    assert found["activation, RMS"][0] == 0.0
