"""Conductivities are positive, within published ranges, and tensors keep their volume."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import beta

from sosie.brain.head.conductivities import TISSUES, Conductivities, anisotropic
from sosie.cohort.priors import load_priors
from sosie.errors import SosieError


def test_the_usual_person_is_the_middle_of_the_ranges():
    assert Conductivities.usual().skull == pytest.approx(0.0075)
    assert Conductivities.usual().csf == pytest.approx(1.5)


def test_a_person_s_are_those_of_the_record(patient):
    given = {"white": 0.2, "grey": 0.4, "csf": 1.7, "skull": 0.005, "scalp": 0.3}
    record = patient(**{f"conductivity_{name}": value for name, value in given.items()})
    assert Conductivities.of(record) == Conductivities(**given)


def test_people_are_drawn_of_the_stated_distribution():
    q = np.linspace(0.0, 1.0, 11)
    for name in TISSUES:
        prior = getattr(load_priors(), f"conductivity_{name}")
        low, high = prior.low, prior.high
        np.testing.assert_allclose(prior.at(q), low + (high - low) * beta(3, 3).ppf(q))


def test_a_tissue_that_conducts_nothing_is_refused():
    with pytest.raises(SosieError, match="conductivity of skull is -0.01 S/m; give a positive"):
        replace(Conductivities.usual(), skull=-0.01)


def test_cells_get_the_conductivity_of_their_tissue_and_unnamed_ones_none():
    labels = {"skull": 4, "csf": 2}
    ours = replace(Conductivities.usual(), skull=0.01, csf=1.7).of_cells(
        np.array([2, 4, 4, 9]), labels
    )
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
