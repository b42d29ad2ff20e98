"""Paced cells: biomarkers, restitution, and what is kept of them."""

import numpy as np
import pytest

from sosie.errors import SosieError
from sosie.heart.ionic.biomarkers import biomarkers, duration
from sosie.heart.ionic.cells import Cells
from sosie.heart.ionic.drug import Block
from sosie.heart.ionic.pace import Pacing, Trace, beat, pace
from sosie.heart.ionic.restitution import restitution

FEW = Pacing(beats=3)


def test_durations_of_a_triangle_are_exact():
    """Up by 0.1 V in the step to 1 ms, then down by 0.1 V in 100 ms: APD_x = 100 x + 0.5 ms."""
    t = np.arange(0, 301) * 1e-3
    v = np.interp(t, [0, 1e-3, 101e-3], [-0.08, 0.02, -0.08])[:, None]
    trace = Trace(t, v, np.zeros_like(v))
    assert duration(trace, 0.9)[0] == pytest.approx(90.5e-3)
    assert duration(trace, 0.5)[0] == pytest.approx(50.5e-3)
    told = biomarkers(trace)
    assert told.rest[0] == -0.08
    assert told.upstroke[0] == pytest.approx(100.0)


def test_a_cell_that_does_not_fire_or_not_repolarise_has_no_duration():
    t = np.arange(0, 101) * 1e-3
    flat, up = np.full(101, -0.08), np.linspace(-0.08, 0.03, 101)
    trace = Trace(t, np.stack([flat, up], axis=1), np.zeros((101, 2)))
    assert np.isnan(duration(trace, 0.9)).all()


def test_paced_cells_are_kept_to_the_same_bits(monkeypatch):
    _, v, first = pace("ttp06", pacing=FEW)
    marched = []
    march = Cells.march
    monkeypatch.setattr(
        Cells, "march", lambda *a, **k: marched.append(k["steps"]) or march(*a, **k)
    )
    _, w, second = pace("ttp06", pacing=FEW)
    assert marched == [FEW.steps, FEW.steps]  # the two that are watched
    assert np.array_equal(v, w)
    assert np.array_equal(first[1].v, second[1].v)


def test_other_scales_or_pacing_are_paced_anew(cache):
    pace("ttp06", pacing=FEW)
    before = len(list((cache / "sosie" / "paced").iterdir()))
    pace("ttp06", pacing=FEW, scales={"I_Ks": 0.7})
    pace("ttp06", pacing=Pacing(beats=3, cycle_length=0.8))
    assert len(list((cache / "sosie" / "paced").iterdir())) == before + 2


@pytest.mark.parametrize("model", ["ttp06", "torord"])
def test_layers_of_the_wall_differ_as_published(model):
    """Cells of the mid-wall last longest, and all rest between -95 and -80 mV."""
    told = {
        v: biomarkers(pace(model, variant=v, pacing=FEW)[2][-1]) for v in ("epi", "mid", "endo")
    }
    assert told["mid"].apd90 > 1.2 * max(told["epi"].apd90, told["endo"].apd90)
    for layer in told.values():
        assert -0.095 < layer.rest[0] < -0.080
        assert layer.upstroke[0] > 200
        assert layer.apd50[0] < layer.apd90[0]


@pytest.mark.parametrize("model", ["ttp06", "torord"])
def test_without_i_kr_the_action_potential_is_longer(model):
    """And the more so in ToR-ORd, whose repolarisation rests on it, than in TTP06."""
    scales = {"I_Kr": np.array([1.0, 0.5, 0.0])}
    _, _, beats = pace(model, variant="endo", scales=scales, pacing=FEW)
    control, half, none = biomarkers(beats[-1]).apd90
    assert control < half
    assert half < none or np.isnan(none)
    longer = none / control
    assert 1.1 < longer < 1.3 if model == "ttp06" else longer > 1.5 or np.isnan(longer)


@pytest.mark.slow
def test_apd90_of_blocked_i_kr_is_that_of_appredict():
    """Chaste's ApPredict, TTP06 epi at 1 Hz, IC50 10^-4.5 M: 301.4617, 302.6703 and 311.27 ms.

    At 0, 1 and 10 umol/L; test/TestApPredictLong.hpp of github.com/Chaste/ApPredict, which steps
    with CVODE to a steady state; Williams and Mirams (2015), doi:10.1016/j.vascn.2015.05.002. The
    onset of a duration is told differently there: 1 ms, the duration of the stimulus, is allowed;
    it falls out of the prolongations, which agree to 0.05 ms.
    """
    left = Block(10**-4.5 * 1e3).left(np.array([0.0, 1e-3, 1e-2]))
    _, _, beats = pace("ttp06", scales={"I_Kr": left}, pacing=Pacing(beats=1000))
    apd90 = biomarkers(beats[-1]).apd90 * 1e3
    published = np.array([301.4617, 302.6703, 311.27])
    np.testing.assert_allclose(apd90, published, atol=1.0)
    np.testing.assert_allclose(np.diff(apd90), np.diff(published), atol=0.05)


def test_early_beats_are_shorter_and_one_at_the_cycle_length_is_the_next():
    couplings = [0.2, 0.35, 0.45, 0.6, 1.0]
    found = restitution("ttp06", couplings, pacing=FEW)
    assert np.isnan(found.apd90[0])  # not repolarised yet
    assert np.all(np.diff(found.apd90[1:]) > 0)
    cells, v, _ = pace("ttp06", pacing=FEW)
    first, second = (duration(beat(cells, v, FEW), 0.9)[0] for _ in range(2))
    assert found.diastolic[-1] == pytest.approx(1.0 - first)
    assert found.apd90[-1] == pytest.approx(second, abs=1e-9)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"beats": 1}, "pacing: 1 beats; give at least 2"),
        ({"dt": 0.0}, "pacing: dt is 0.0; give a positive number"),
        ({"cycle_length": -1.0}, "pacing: cycle_length is -1.0; give a positive number"),
        ({"duration": 2.0}, "a stimulus of 2 s is no shorter than the cycle of 1 s"),
    ],
)
def test_pacing_that_cannot_be_is_refused(options, message):
    with pytest.raises(SosieError, match=message):
        Pacing(**options)


def test_couplings_outside_the_cycle_are_refused():
    with pytest.raises(SosieError, match="S1-S2 couplings from 0.3 to 1.2 s"):
        restitution("ttp06", [0.3, 1.2], pacing=FEW)
