"""The template: one closed, conforming, nested topology."""

from collections import Counter
from itertools import combinations

import numpy as np
import pytest

from sosie.errors import SosieError
from sosie.geometry.template import EDGES, TAGS, build, unwrapped
from sosie.geometry.ventricle import from_scores


@pytest.fixture(scope="module")
def template():
    return build(2, 12, 24)


@pytest.fixture(scope="module")
def points(template):
    return from_scores(np.zeros(6)).at(template.nodes)


def faces_of(cells):
    return Counter(
        tuple(sorted(f)) for cell in cells[:, :4].tolist() for f in combinations(cell, 3)
    )


def test_cells_meet_face_to_face_and_facets_are_the_rest(template):
    count = faces_of(template.cells)
    assert set(count.values()) == {1, 2}
    boundary = {face for face, n in count.items() if n == 1}
    assert {tuple(sorted(f)) for f in template.facets.tolist()} == boundary
    assert len(template.facets) == len(boundary)


def test_each_edge_has_one_midpoint_halfway_in_coordinates(template):
    edges = template.cells[:, EDGES].reshape(-1, 2)
    middle = template.cells[:, 4:].ravel()
    shared = {}
    for edge, node in zip(np.sort(edges, axis=1).tolist(), middle.tolist(), strict=True):
        assert shared.setdefault(tuple(edge), node) == node
    assert len(set(shared.values())) == len(shared)
    ends = unwrapped(template.nodes[edges])
    half = template.nodes[middle]
    assert half[:, :2] == pytest.approx(ends.mean(axis=1)[:, :2], abs=1e-15)
    turns = (half[:, 2] - ends.mean(axis=1)[:, 2]) / (2 * np.pi)
    assert turns == pytest.approx(np.round(turns), abs=1e-12)


def test_facets_lie_on_the_surface_they_are_tagged_with(template):
    t, s, _ = np.moveaxis(template.nodes[template.facets], -1, 0)
    on = {"endocardium": t == 0, "epicardium": t == 1, "base": s == 1}
    for name, tag in TAGS.items():
        mine = template.facet_tags == tag
        assert mine.any()
        assert on[name][mine].all()


def test_normals_point_out_of_the_muscle(template, points):
    at = dict(zip(map(frozenset, template.facets.tolist()), template.facets.tolist(), strict=True))
    for cell in template.cells[:, :4].tolist():
        for face in map(frozenset, combinations(cell, 3)):
            if face in at:
                a, b, c = points[at[face]]
                outwards = a - points[next(iter(set(cell) - face))]
                assert np.cross(b - a, c - a) @ outwards > 0


def test_the_surface_is_closed(template, points):
    a, b, c = np.moveaxis(points[template.facets], 1, 0)
    area = np.cross(b - a, c - a) / 2
    assert np.abs(area.sum(axis=0)).max() < 1e-15 < np.abs(area).sum()


def test_the_digest_names_the_template(template):
    assert template.digest == build(2, 12, 24).digest
    assert template.digest != build(2, 13, 24).digest


@pytest.mark.parametrize("sizes", [(0, 12, 24), (2, 12, 25), (2, 4, 24), (2, 12, 0)])
def test_sizes_that_cannot_be_meshed_are_refused(sizes):
    with pytest.raises(SosieError, match=f"layers {sizes[0]}, rings {sizes[1]}"):
        build(*sizes)
