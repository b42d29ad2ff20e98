"""Cells step the same whatever runs them, and refuse what they cannot be."""

import numpy as np
import pytest

from sosie.errors import SosieError
from sosie.heart.ionic.cells import Cells

MODELS = ("ttp06", "torord")


def beat(model, *, steps, n=1, variant="epi", dt=0.02, **options):
    """Return v [mV] of every 0.2 ms of one stimulated beat, and the states at its end."""
    cells = Cells(model, n, variant=variant, **options)
    v = np.full(n, cells.rest)
    every = round(0.2 / dt)
    kept = cells.march(
        v, dt, steps=steps, stimulus=52.0, period=steps, duration=round(1 / dt), every=every
    )
    return kept[:, 0], cells.states.astype(np.float64)


def check_against_numpy(model, variant, **times):
    options = {"variant": variant, "scales": {"I_Kr": 1.5, "I_CaL": 0.9}, **times}
    v, y = beat(model, **options)
    v_numpy, y_numpy = beat(model, compiled=False, **options)
    np.testing.assert_allclose(v, v_numpy, rtol=0, atol=1e-10)  # mV, of 130
    np.testing.assert_allclose(y, y_numpy, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("variant", ["epi", "mid", "endo"])
def test_compiled_cells_are_those_of_numpy_through_the_upstroke(model, variant):
    """The scheme amplifies a difference nowhere as much as here."""
    check_against_numpy(model, variant, steps=250)


@pytest.mark.slow
@pytest.mark.parametrize("model", MODELS)
def test_compiled_cells_are_those_of_numpy_over_a_beat(model):
    check_against_numpy(model, "epi", steps=20_000, dt=0.05)


@pytest.mark.parametrize(("model", "largest"), [("ttp06", 0.02), ("torord", 0.05)])
def test_single_precision_moves_no_potential_of_a_beat_by_more_than(model, largest):
    """In mV: 0.003 and 0.014 were found; a state rounds to 6e-8 in each of 50 000 steps."""
    exact, _ = beat(model, steps=50_000)
    single, _ = beat(model, steps=50_000, precision="single")
    assert np.abs(single - exact).max() < largest


@pytest.mark.parametrize("model", MODELS)
def test_tables_move_no_potential_of_a_beat_by_more_than_a_microvolt_or_so(model):
    """Linear between rows 0.05 mV apart: 1e-5 of what changes e-fold in 5 mV; found 0.4 uV."""
    exact, _ = beat(model, steps=50_000)
    looked_up, _ = beat(model, steps=50_000, tables=True)
    assert np.abs(looked_up - exact).max() < 2e-3


@pytest.mark.parametrize("tables", [False, True])
def test_a_scale_for_each_cell_is_that_scale_for_all(tables):
    factors = np.array([0.0, 0.5, 1.0, 2.0])
    v, _ = beat("ttp06", steps=5_000, n=4, scales={"I_Kr": factors}, tables=tables)
    for k, factor in enumerate(factors):
        alone, _ = beat("ttp06", steps=5_000, scales={"I_Kr": float(factor)}, tables=tables)
        np.testing.assert_allclose(v[:, k], alone[:, 0], atol=1e-9)
    assert np.ptp(v[-1]) > 0.01


@pytest.mark.parametrize("precision", ["double", "single"])
def test_a_saved_state_goes_on_to_the_same_bits(precision):
    cells, v = Cells("torord", 5, precision=precision), np.linspace(-90, 20, 5)
    cells.step(v, 0.02, 3.0)
    kept, v_kept = cells.save(), v.copy()
    for _ in range(50):
        cells.step(v, 0.02)
    other = Cells("torord", 5, precision=precision)
    other.load(kept)
    for _ in range(50):
        other.step(v_kept, 0.02)
    assert np.array_equal(v, v_kept)
    assert np.array_equal(cells.states, other.states)
    assert kept.dtype == cells.states.dtype


def test_a_saved_state_does_not_change_when_the_cells_go_on():
    cells, v = Cells("ttp06", 3), np.full(3, 20.0)
    kept = cells.save()
    cells.step(v, 0.02)
    assert not np.array_equal(kept, cells.states)


@pytest.mark.parametrize("compiled", [False, True])
def test_a_stimulus_may_be_one_number_or_one_a_cell(compiled):
    one, each = np.full(18, -85.0), np.full(18, -85.0)
    first, second = (Cells("ttp06", 18, compiled=compiled) for _ in range(2))
    for k in range(3):
        first.step(one, 0.02, float(k))
        second.step(each, 0.02, np.full(18, float(k)))
    assert np.array_equal(one, each)
    assert np.array_equal(first.states, second.states)


@pytest.mark.parametrize("compiled", [False, True])
def test_marching_is_stepping(compiled):
    marched, stepped = (Cells("ttp06", 3, compiled=compiled) for _ in range(2))
    v, w = np.full(3, -85.0), np.full(3, -85.0)
    kept = marched.march(v, 0.02, steps=20, stimulus=40.0, period=10, duration=4, every=5)
    for k in range(20):
        stepped.step(w, 0.02, 40.0 if k % 10 < 4 else 0.0)
        if k % 5 == 4:
            assert np.array_equal(kept[k // 5, 0], w)
    assert np.array_equal(v, w)


def test_a_rank_may_have_no_cells():
    cells, v = Cells("ttp06", 0, scales={"I_Kr": np.empty(0)}), np.empty(0)
    cells.step(v, 0.02, 1.0)
    assert cells.save().shape == (18, 0)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"model": "hodgkin"}, "no ionic model 'hodgkin'; give one of torord, ttp06"),
        ({"variant": "base"}, "no variant 'base'; give one of epi, mid, endo"),
        ({"scales": {"I_NaL": 1.0}}, "model ttp06 has no 'I_NaL' to scale; give one of I_Na"),
        ({"scales": {"I_Kr": -0.5}}, "scale of I_Kr in model ttp06 is -0.5; give a number from 0"),
        ({"scales": {"I_Kr": np.array([1.0, np.nan])}}, "scale of I_Kr in model ttp06 is nan"),
    ],
)
def test_cells_that_cannot_be_are_refused_in_one_sentence(options, message):
    with pytest.raises(SosieError, match=message):
        Cells(**{"model": "ttp06", "n": 2} | options)


@pytest.mark.parametrize(("model", "dt"), [("ttp06", 0.11), ("torord", 0.06), ("ttp06", 0.0)])
def test_a_step_that_is_too_long_is_refused(model, dt):
    cells = Cells(model, 1)
    with pytest.raises(SosieError, match=f"cannot take steps of {dt:g} ms; give one up to"):
        cells.step(np.array([cells.rest]), dt)


@pytest.mark.parametrize("model", MODELS)
def test_the_longest_step_allowed_is_stable(model):
    longest = Cells(model, 1).model.longest_step
    v, _ = beat(model, steps=round(1000 / longest), dt=longest)
    assert v.min() > -95
    assert v.max() < 60
    assert v[-1] < -84
