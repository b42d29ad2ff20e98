"""Montages balance, and measures of a field are those of its definition."""

import numpy as np
import pytest

from sosie.brain.head.electrodes import OFF
from sosie.brain.head.montage import currents
from sosie.brain.head.stimulation import dose, field, focality
from sosie.errors import SosieError
from sosie.verification.four_shell import LABELS, SHELLS, spread

R = SHELLS.radii[-1]


@pytest.fixture(scope="module")
def four(small_head):
    return small_head.electrodes(spread(4), ["A", "B", "C", "D"])


def test_currents_are_in_the_order_of_the_electrodes(four):
    np.testing.assert_array_equal(
        currents(four.names, {"C": 1e-3, "A": -1e-3}), [-1e-3, 0, 1e-3, 0]
    )


def test_currents_that_do_not_return_are_refused(four):
    with pytest.raises(SosieError, match="currents sum to 1 mA"):
        currents(four.names, {"A": 2e-3, "B": -1e-3})


def test_an_unknown_electrode_is_refused(four):
    with pytest.raises(SosieError, match="no electrode 'Cz' on this head: write some of A, B"):
        currents(four.names, {"Cz": 1e-3, "A": -1e-3})


def test_the_field_is_proportional_to_the_current_and_runs_from_anode_to_cathode(small_head, four):
    one = field(small_head, four, {"A": 1e-3, "D": -1e-3})
    np.testing.assert_allclose(field(small_head, four, {"A": 2e-3, "D": -2e-3}), 2 * one)
    brain = small_head.tissue == LABELS["grey"]
    mean = one[brain].mean(axis=0)
    assert mean @ (four.places[3] - four.places[0]) > 0.5 * np.linalg.norm(mean) * R


def test_an_electrode_is_put_on_the_scalp_but_not_from_far(small_head):
    above = spread(2) * (1 + 0.8 * OFF / R)
    found = small_head.electrodes(above, ["A", "B"])
    np.testing.assert_allclose(np.linalg.norm(found.places, axis=1), R, rtol=5e-3)
    above[1] *= 1.1
    with pytest.raises(SosieError, match=r"electrode B at .* mm is \d+\.\d mm off the scalp"):
        small_head.electrodes(above, ["A", "B"])


def test_a_disc_carries_its_current_evenly_over_its_area(small_head):
    radius = 0.02
    disc = small_head.electrodes(spread(3), ["A", "B", "C"], radius=radius)
    np.testing.assert_allclose(disc.rows.sum(axis=1), 1.0)
    off = np.linalg.norm(disc.spots - disc.places[:, None], axis=-1)
    assert off.max() == pytest.approx(radius, rel=0.03)
    assert np.median(off) == pytest.approx(radius / 2**0.5, rel=0.03)


def test_names_are_as_many_as_electrodes(small_head):
    with pytest.raises(SosieError, match="1 names for 2 electrodes"):
        small_head.electrodes(spread(2), ["A"])


def test_focality_is_by_volume():
    strength = np.concatenate([np.full(900, 1.0), np.full(99, 3.0), [9.0]])
    E, volume = np.outer(strength, [0.6, 0.0, 0.8]), np.full(1000, 2e-9)
    volume[-1] = 1e-10  # strong, but too small to be the peak
    found = focality(E, volume)
    assert found.peak == pytest.approx(3.0)
    assert found.three_quarters == pytest.approx(99 * 2e-9 + 1e-10)
    assert found.half == found.three_quarters
    assert found.mean == pytest.approx(np.average(strength, weights=volume))


def test_dose_scales_a_field_to_the_wanted_one():
    E = np.array([[0.1, 0.0, 0.0], [0.0, 0.3, 0.0]])
    assert dose(1.0, E) == pytest.approx(5.0)
    assert dose(1.0, E, normals=np.array([[1.0, 0, 0], [0, 0, 1.0]])) == pytest.approx(20.0)
