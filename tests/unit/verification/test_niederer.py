"""The slab benchmark reads its points where they are and extrapolates as it says."""

import numpy as np
import pytest
from dolfinx import fem

from sosie.verification import niederer
from sosie.verification.niederer import EDGES, P8, POINTS, SLAB


def test_the_points_are_the_papers():
    """P2 is beyond the short edge, P3 beyond the long one, P8 opposite P1, P9 the middle."""
    places = 1e3 * POINTS * SLAB
    assert places[[0, 1, 2, P8, 8]].tolist() == [
        [0, 0, 0],
        [0, 7, 0],
        [20, 0, 0],
        [20, 7, 3],
        [10, 3.5, 1.5],
    ]


@pytest.mark.parametrize("mirrored", [None, 0, 1, 2])
def test_a_linear_field_is_read_exactly_at_every_place(comm, mirrored):
    """Vertices, edges and cells alike, on any rank; places outside are seen to be."""
    domain = niederer.slab(comm, 1e-3, mirrored=mirrored)
    f = fem.Function(fem.functionspace(domain, ("Lagrange", 1)))
    f.interpolate(lambda x: 1 + 2 * x[0] - 3 * x[1] + 5 * x[2])
    places = np.vstack([POINTS * SLAB, [[0.0123, 0.0034, 0.0021]], [[0.03, 0.0, 0.0]]])
    found = niederer.sample(f, places)
    assert found[:-1] == pytest.approx(1 + places[:-1] @ [2, -3, 5], rel=1e-12)
    assert np.isinf(found[-1])


def test_the_limit_is_exact_for_a_series_in_even_powers():
    h = 1e3 * np.array(EDGES)
    limit, square, fourth = np.array([[40.0, 30.0], [100.0, -50.0], [-300.0, 800.0]])
    points = [limit + square * e**2 + fourth * e**4 for e in h]
    assert niederer.limit(points) == pytest.approx(limit)


def test_a_limit_between_the_two_masses_is_met_and_one_beyond_them_is_not():
    early, late = np.full(9, 40.0), np.full(9, 50.0)
    both = {"consistent": early, "lumped": late}
    assert niederer.enclosed(both, 42.0, "0.1 mm").ours == pytest.approx(0.2)
    assert niederer.enclosed(both, 42.0, "0.1 mm").passed
    assert not niederer.enclosed(both, 51.0, "0.1 mm").passed


def test_the_figure_shows_every_profile_over_the_length_of_the_diagonal():
    times = np.linspace(0, 42, 201)
    drawn = niederer.figure({"lumped, 0.1 mm": times, "consistent, 0.1 mm": times / 2})
    lines = drawn.axes[0].lines[:2]
    assert [line.get_label() for line in lines] == ["lumped, 0.1 mm", "consistent, 0.1 mm"]
    assert lines[0].get_color() == lines[1].get_color()
    shown = drawn.axes[0].get_legend_handles_labels()[1]
    assert shown[-1] == "eleven codes, 0.1 mm"
    assert lines[0].get_xdata()[-1] == pytest.approx(np.sqrt(20**2 + 7**2 + 3**2))
