"""Biomarkers of signals whose onsets, peaks and ends are known."""

import numpy as np
import pytest

from sosie.errors import SosieError
from sosie.heart.biomarkers import LEADS, biomarkers

DT = 1e-3
TIME = np.arange(-0.05, 0.6, DT)
MV = 1e-3
ONSET, WIDTH = 0.01, 0.08
T_PEAK, T_HALF = 0.30, 0.05


def qrs(width=WIDTH):
    """Rise to 1 and fall back to 0 along straight lines within ``width``."""
    return np.maximum(1 - np.abs(TIME - ONSET - width / 2) / (width / 2), 0.0)


def t_wave(peak=T_PEAK):
    """Return a triangle of 0.2, flatter than the threshold of the QRS."""
    return 0.2 * np.maximum(1 - np.abs(TIME - peak) / (4 * T_HALF), 0.0)


def leads(frontal=0.0, *, wave=None, scale=MV):
    """Return twelve consistent leads of a dipole that points ``frontal`` below the left."""
    wave = qrs() + t_wave() if wave is None else wave
    x, y = np.cos(frontal), np.sin(frontal)
    first, foot = x, np.sqrt(3) / 2 * y
    second, third = foot + first / 2, foot - first / 2
    limbs = [first, second, third, -(first + second) / 2, (first - third) / 2, foot]
    chest = [-0.4, -0.2, 0.3, 1.2, 1.0, 0.7]
    return scale * np.array(limbs + chest)[:, None] * wave


def test_a_qrs_of_known_width_is_measured():
    found = biomarkers(TIME, leads())
    assert found.qrs_onset == pytest.approx(ONSET, abs=DT)
    assert found.qrs_duration == pytest.approx(WIDTH, abs=2 * DT)


@pytest.mark.parametrize("width", [0.04, 0.16])
def test_a_wider_qrs_is_longer(width):
    found = biomarkers(TIME, leads(wave=qrs(width) + t_wave(0.4 + width)))
    assert found.qrs_duration == pytest.approx(width, abs=2 * DT)


def test_the_t_wave_ends_where_its_tangent_meets_zero():
    found = biomarkers(TIME, leads())
    assert found.t_peak == pytest.approx(T_PEAK, abs=DT)
    assert found.t_peak_end == pytest.approx(4 * T_HALF, abs=2 * DT)
    assert found.qt == pytest.approx(T_PEAK + 4 * T_HALF - ONSET, abs=3 * DT)


def test_the_tangent_of_a_bell_ends_two_widths_after_its_peak():
    bell = 0.2 * np.exp(-(((TIME - T_PEAK) / 0.03) ** 2) / 2)
    found = biomarkers(TIME, leads(wave=qrs() + bell))
    assert found.t_peak_end == pytest.approx(2 * 0.03, abs=DT)


@pytest.mark.parametrize(("second", "late"), [(-0.5, 0.1), (-0.1, 0.0)])
def test_a_t_wave_of_two_phases_ends_after_its_last_hump_unless_that_is_small(second, late):
    bells = [np.exp(-(((TIME - at) / 0.02) ** 2) / 2) for at in (T_PEAK, T_PEAK + 0.1)]
    found = biomarkers(TIME, leads(wave=qrs() + 0.2 * (bells[0] + second * bells[1])))
    assert found.t_peak == pytest.approx(T_PEAK, abs=DT)
    assert found.t_peak_end == pytest.approx(late + 2 * 0.02, abs=3 * DT)


def test_an_inverted_t_wave_has_the_same_times():
    upright, inverted = (biomarkers(TIME, leads(wave=qrs() + s * t_wave())) for s in (1, -1))
    assert inverted.t_peak == upright.t_peak
    assert inverted.qt == upright.qt


@pytest.mark.parametrize("degrees", [-60, 0, 45, 90, 150])
def test_the_axis_is_that_of_the_dipole(degrees):
    angle = np.deg2rad(degrees)
    assert biomarkers(TIME, leads(angle)).axis == pytest.approx(angle, abs=1e-9)


def test_r_is_the_largest_upward_deflection_of_the_qrs_in_each_lead():
    found = biomarkers(TIME, leads()).r_amplitude
    assert found[LEADS.index("V4")] == pytest.approx(1.2 * MV, rel=0.03)
    assert found[LEADS.index("V1")] == 0.0  # wholly negative


def test_a_constant_offset_changes_nothing():
    plain, lifted = biomarkers(TIME, leads()), biomarkers(TIME, leads() + 5 * MV)
    assert lifted.qt == pytest.approx(plain.qt)
    assert lifted.r_amplitude == pytest.approx(plain.r_amplitude, abs=1e-12)


def test_a_beat_cut_before_its_t_wave_has_none():
    found = biomarkers(TIME, leads(wave=qrs()))
    assert np.isnan([found.qt, found.t_peak, found.t_peak_end]).all()
    assert found.qrs_duration == pytest.approx(WIDTH, abs=2 * DT)


def test_flat_leads_are_refused():
    with pytest.raises(SosieError, match="all leads are flat"):
        biomarkers(TIME, np.zeros((12, len(TIME))))


def test_other_than_twelve_leads_are_refused():
    with pytest.raises(SosieError, match="give 12 leads"):
        biomarkers(TIME, leads()[:8])
