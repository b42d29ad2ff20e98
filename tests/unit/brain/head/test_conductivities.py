"""Conductivities are positive, within published ranges, and tensors keep their volume."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sosie.brain.head.conductivities import RANGES, TISSUES, Conductivities, anisotropic, drawn
from sosie.errors import SosieError


def test_the_usual_person_is_the_middle_of_the_ranges():
    usual, middle = Conductivities(), drawn(np.full(5, 0.5))
    for name in TISSUES:
        assert getattr(middle, name) == pytest.approx(getattr(usual, name))


@given(st.lists(st.floats(1e-6, 1 - 1e-6), min_size=5, max_size=5))
def test_everybody_drawn_lies_within_the_ranges(quantiles):
    person = drawn(np.array(quantiles))
    for name, (low, high) in RANGES.items():
        assert low < getattr(person, name) < high


def test_a_tissue_that_conducts_nothing_is_refused():
    with pytest.raises(SosieError, match="conductivity of skull is -0.01 S/m; give a positive"):
        Conductivities(skull=-0.01)


def test_cells_get_the_conductivity_of_their_tissue_and_unnamed_ones_none():
    labels = {"skull": 4, "csf": 2}
    ours = Conductivities(skull=0.01, csf=1.7).of_cells(np.array([2, 4, 4, 9]), labels)
    np.testing.assert_array_equal(ours, [1.7, 0.01, 0.01, np.nan])


def test_a_tensor_conducts_along_its_fibres_and_keeps_the_volume():
    d = np.array([[0.6, 0.0, 0.8], [0.0, 0.0, 0.0]])
    sigma = anisotropic(np.array([0.2, 0.3]), d, ratio=10.0)
    along, across = d[0] @ sigma[0] @ d[0], np.array([0, 1, 0]) @ sigma[0] @ np.array([0, 1, 0])
    assert along / across == pytest.approx(10)
    assert np.linalg.det(sigma[0]) == pytest.approx(0.2**3)
    np.testing.assert_allclose(sigma[1], 0.3 * np.eye(3))


@pytest.mark.parametrize(
    ("direction", "ratio", "said"),
    [((0.5, 0.0, 0.0), 10.0, "direction .* cannot be"), ((1.0, 0.0, 0.0), -1.0, "ratio -1.0")],
)
def test_directions_of_no_unit_length_and_negative_ratios_are_refused(direction, ratio, said):
    with pytest.raises(SosieError, match=said):
        anisotropic(np.array([0.2]), np.array([direction]), ratio=ratio)
