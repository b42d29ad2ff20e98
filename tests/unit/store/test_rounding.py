"""Of a rounded field so many bits are kept, within the error that the store states."""

import numpy as np
import zarr
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import sosie
from sosie.heart.axes import heart_axes
from sosie.heart.beat.parameters import Mechanics
from sosie.store import layout
from sosie.store.check import check
from sosie.store.rounding import keep_bits, of_organ, relative_error
from sosie.store.writer import finalise, init, pack

AXES = heart_axes(Mechanics(rings=3))

NORMAL = st.floats(2.0**-100, 2.0**100, width=32)


@given(arrays(np.float32, 20, elements=NORMAL), st.integers(1, 22), st.sampled_from([1, -1]))
def test_a_rounded_value_is_within_the_stated_error_and_ends_in_zeros(values, bits, sign):
    rounded = sign * values
    keep_bits(rounded, bits)
    wide = values.astype(float)
    assert (np.abs(rounded - sign * wide) <= relative_error(bits) * wide).all()
    assert not (rounded.view(np.uint32) & (2 ** (23 - bits) - 1)).any()


def test_ties_go_to_the_even_neighbour():
    """With two bits of the mantissa kept, the neighbours of 1.125 are 1 and 1.25."""
    values = np.array([1.125, 1.375, -1.125], np.float32)
    keep_bits(values, 2)
    assert values.tolist() == [1.0, 1.5, -1.0]


def test_nan_zero_and_infinity_stay_what_they_are():
    values = np.array([np.nan, 0, np.inf, -np.inf], np.float32)
    keep_bits(values, 10)
    np.testing.assert_array_equal(values, np.array([np.nan, 0, np.inf, -np.inf], np.float32))


def test_a_rounded_store_says_so_is_whole_and_rounds_the_named_field_alone(
    tmp_path, template, patient, heart
):
    path, bits = (
        tmp_path / "cohort.zarr",
        of_organ({"heart/activation_time": 7, "brain/tau": 3}, "heart"),
    )
    init(
        path,
        "heart",
        layout.heart_arrays(template, AXES),
        size=2,
        study="made-up",
        bits=bits,
    )
    results = [("a" * 24, heart(np.pi)), ("b" * 24, {})]
    pack(path, "heart", first=0, results=results, bits=bits)
    columns = {"status": ["done", "failed"], "reason": ["", "-"], "digest": ["a" * 24, "b" * 24]}
    people = [patient("p0"), patient("p1")]
    finalise(path, people, {"heart": columns | {"seconds": [1.0, 1.0]}}, attributes={})
    stored = sosie.open_cohort(path)["heart"].to_dataset().load()
    field, error = stored.activation_time, relative_error(7)
    assert field.attrs["keep_bits"] == 7
    assert field.attrs["relative_error"] == error
    assert 0 < abs(field[0, 0] / (1e3 * np.pi) - 1) <= error
    assert stored.mass[0] == np.float32(1e3 * np.pi)
    assert np.isnan(field[1]).all()
    assert check(path).problems == ()


def test_a_field_that_is_not_rounded_any_more_does_not_say_so(tmp_path, template):
    path, arrays_ = (
        tmp_path / "cohort.zarr",
        layout.heart_arrays(template, AXES),
    )
    init(path, "heart", arrays_, size=1, study="made-up", bits={"activation_time": 7})
    init(path, "heart", arrays_, size=1, study="made-up")
    assert "keep_bits" not in zarr.open_array(path / "heart/activation_time").attrs
