"""Fast conduction over a surface takes the time its distances ask for."""

from dataclasses import replace

import numpy as np
import pytest

from sosie.errors import SosieError
from sosie.geometry.template import TAGS, build
from sosie.geometry.ventricle import from_scores
from sosie.heart.activation import centres_of
from sosie.heart.parameters import DURRER, Activation, Purkinje
from sosie.heart.purkinje import endocardial, spread


def plane(n):
    """Return triangles and points of a square of 60 mm with n cells along an edge."""
    i, j = (k.ravel() for k in np.meshgrid(np.arange(n), np.arange(n), indexing="ij"))
    a = i * (n + 1) + j
    triangles = np.vstack(
        [np.column_stack([a, a + n + 1, a + n + 2]), np.column_stack([a, a + n + 2, a + 1])]
    )
    x, y = np.meshgrid(np.linspace(0, 60e-3, n + 1), np.linspace(0, 60e-3, n + 1), indexing="ij")
    return triangles, np.column_stack([x.ravel(), y.ravel(), 0 * x.ravel()])


def late(n):
    """Return how late the front from a disc of 12 mm in the corner is, at 2 m/s [s]."""
    triangles, points = plane(n)
    r = np.linalg.norm(points, axis=1)
    start = np.where(r <= 12e-3, r / 2.0, np.inf)
    return spread(triangles, points, start, velocity=2.0) - r / 2.0


def test_a_round_front_is_late_by_less_than_a_fiftieth():
    assert late(30).min() > -1e-9
    assert late(30).max() < 0.02 * np.hypot(60e-3, 60e-3) / 2.0


def test_refinement_brings_it_nearer():
    assert late(60).max() < 0.7 * late(30).max()


def test_a_straight_front_is_exact():
    triangles, points = plane(12)
    start = np.where(points[:, 0] == 0, 0.0, np.inf)
    times = spread(triangles, points, start, velocity=2.0)
    assert times == pytest.approx(points[:, 0] / 2.0, abs=1e-12)


@pytest.fixture(scope="module")
def heart():
    template, ventricle = build(3, 20, 36), from_scores(np.zeros(6))
    return template, ventricle, ventricle.at(template.nodes[: template.n_vertices])


def times(heart, velocity=2.5, *, reach=0.7, sites=DURRER):
    template, ventricle, points = heart
    activation = Activation(sites=sites, purkinje=Purkinje(reach=reach))
    centres = centres_of(ventricle, activation)
    return endocardial(template, points, centres, activation, velocity=velocity)


def test_only_the_endocardium_below_the_reach_is_activated(heart):
    template, _, _ = heart
    found = np.isfinite(times(heart, reach=0.6))
    surface = template.facets[template.facet_tags == TAGS["endocardium"]]
    t, s, _ = template.nodes[: template.n_vertices].T
    assert (found == ((t == 0) & (s <= 0.6))).all()
    assert set(np.flatnonzero(found)) < set(surface.ravel())


def test_twice_the_velocity_takes_half_the_time(heart):
    slow, fast = (times(heart, v) for v in (1.5, 3.0))
    assert fast == pytest.approx(slow / 2, nan_ok=True, abs=1e-9)
    assert 5e-3 < np.nanmax(fast) < 30e-3


def test_a_later_site_starts_later(heart):
    one = replace(DURRER[0], onset=7e-3)
    alone = times(heart, sites=(DURRER[0],))
    later = times(heart, sites=(one,))
    assert later == pytest.approx(alone + 7e-3, nan_ok=True)


def test_a_site_on_the_epicardium_starts_nothing_inside(heart):
    outside = replace(DURRER[0], transmural=1.0, apicobasal=0.9)
    assert np.isnan(times(heart, sites=(outside,))).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"velocity": 0.0}, "velocity is 0.0 m/s; give a positive number"),
        ({"reach": 1.2}, "reach is 1.2; give a number from 0 to 1"),
    ],
)
def test_fibres_that_do_not_conduct_are_refused(change, message):
    with pytest.raises(SosieError, match=message):
        Purkinje(**change)
