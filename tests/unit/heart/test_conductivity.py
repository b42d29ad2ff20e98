"""The conductivity tensor has the muscle's directions for eigenvectors, and refuses nonsense."""

import numpy as np
import pytest
import ufl

from sosie.errors import SosieError
from sosie.heart.conductivity import SLAB, Conductivity, reduced


def values(tensor):
    """Return a tensor of numbers in UFL as an array."""
    return np.array([[float(tensor[i, j](())) for j in range(3)] for i in range(3)])


F = np.array([1.0, 2.0, 2.0]) / 3
S = np.array([2.0, 1.0, -2.0]) / 3


def test_each_direction_conducts_as_it_should():
    sigma = values(Conductivity(3.0, 2.0, 1.0).tensor(ufl.as_vector(F), ufl.as_vector(S)))
    for direction, along in ((F, 3.0), (S, 2.0), (np.cross(F, S), 1.0)):
        assert sigma @ direction == pytest.approx(along * direction)


def test_muscle_that_is_the_same_across_the_fibre_needs_no_sheets():
    sigma = values(Conductivity(3.0, 1.0, 1.0).tensor(ufl.as_vector(F)))
    assert sigma == pytest.approx(np.eye(3) + 2 * np.outer(F, F))


def test_the_slab_is_the_published_bidomain_reduced():
    """Niederer et al. (2011): 0.17 and 0.62 along, 0.019 and 0.24 S/m across the fibre."""
    assert pytest.approx(0.13342, abs=1e-5) == SLAB.fibre
    assert pytest.approx(0.017606, abs=1e-6) == SLAB.normal


def test_the_reduction_is_in_series():
    half = reduced(Conductivity(1.0, 2.0, 3.0), Conductivity(1.0, 2.0, 3.0))
    assert half == Conductivity(0.5, 1.0, 1.5)


@pytest.mark.parametrize("value", [0.0, -0.1, float("nan")])
def test_what_conducts_nothing_is_refused(value):
    with pytest.raises(SosieError, match="conductivity along the sheet is .* positive"):
        Conductivity(1.0, value, 1.0)


def test_different_conductivities_across_the_fibre_need_its_sheets():
    with pytest.raises(SosieError, match="give the sheet direction too"):
        Conductivity(3.0, 2.0, 1.0).tensor(ufl.as_vector(F))
