"""Figures of heads show values where the sources are, and people by their doses."""

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
import xarray as xr

from sosie.analysis import canvas, scalp
from sosie.analysis.brains import Shape

RNG = np.random.default_rng(5)


def test_a_value_at_a_vertex_is_that_of_the_sources_round_it():
    sources = RNG.normal(size=(200, 3))
    near = scalp.spread(sources, np.where(sources[:, 0] > 0, 3.0, 1.0), 4 * np.eye(3)[:1])
    assert near == pytest.approx([3.0])
    values = RNG.normal(size=200)
    apart = scalp.spread(1e6 * sources, values, 1e6 * sources)
    np.testing.assert_allclose(apart, values, atol=1e-4)


@pytest.fixture
def tetrahedron():
    points = 50 * np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]])
    facets = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]])
    shape = Shape(np.array([[0, 1, 2, 3]]), facets, np.ones(4, dtype=int), np.arange(4))
    return shape, points


def test_two_cortices_are_drawn_from_three_sides_on_one_scale(tetrahedron):
    shape, points = tetrahedron
    people = [
        scalp.Cortex(f"p{i}", points, points, np.full(4, i + 1.0), np.full(4, 0.1 * (i + 1)))
        for i in range(2)
    ]
    with mpl.rc_context(canvas.STYLE):
        seen, field = scalp.cortices(shape, people)
    for figure, top in ((seen, 2.0), (field, 0.2)):
        assert len(figure.axes) == 2 * 3 + 1
        assert {ax.get_title(loc="left") for ax in figure.axes} == {"p0", "p1", ""}
        assert figure.axes[-1].get_xlim()[1] == pytest.approx(top)


def test_the_eeg_is_drawn_as_median_and_quartiles_over_people():
    peaks = np.array([[10.0, 9.0], [10.0, 8.0], [10.0, 7.0]])
    brain = xr.Dataset(
        {
            "eeg_power": (
                ("patient", "shape_year", "electrode", "frequency"),
                np.ones((3, 2, 4, 5)),
            ),
            "alpha_peak": (("patient", "shape_year"), peaks),
            "theta_alpha_ratio": (("patient", "shape_year"), np.exp(-peaks)),
        },
        coords={"shape_year": [0.0, 40.0], "frequency": np.arange(5.0)},
    )
    spectra, slowing, _ = scalp.eeg(brain).axes
    assert [line.get_label() for line in spectra.lines] == ["year 0", "year 40"]
    np.testing.assert_array_equal(slowing.lines[0].get_ydata(), [10.0, 8.0])


def test_doses_are_drawn_against_what_people_are():
    people = pd.DataFrame(
        {
            "dose": [5.0, 6.0, 8.0],
            "sex": ["male", "female", "male"],
            "age": [30.0, 50.0, 70.0],
            "skull_thickness": [5.0, 6.0, 7.0],
            "conductivity_skull": [0.01, 0.008, 0.004],
        }
    )
    axes = scalp.doses(people).axes
    assert [ax.get_xlabel() for ax in axes] == [label for _, label in scalp.AGAINST]
    women = axes[2].collections[0].get_offsets()
    np.testing.assert_allclose(women, [[8.0, 6.0]])
    assert axes[1].get_title(loc="right").startswith("r = 0.98")
