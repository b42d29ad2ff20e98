"""The templates that ship: closed, well shaped, labelled, with keyframes fit to move along."""

from collections import Counter
from itertools import combinations

import numpy as np
import pytest

from sosie.errors import SosieError
from sosie.geometry.brain.quality import check, enclosed, volumes
from sosie.geometry.brain.shape import ventricles
from sosie.geometry.brain.template import TAGS, TISSUES, load, names, refined


@pytest.fixture(scope="module", params=["production", "coarse"])
def template(request):
    return load(request.param)


def test_two_resolutions_ship_and_others_are_refused_by_name():
    assert names() == ["coarse", "production"]
    with pytest.raises(SosieError, match=r"'fine'; there are coarse, production"):
        load("fine")


def test_a_template_is_read_once():
    assert load("coarse") is load("coarse")


def test_sizes_are_those_of_the_resolutions():
    for name, low, high, edge in (
        ("production", 25_000, 35_000, 5e-3),
        ("coarse", 3_000, 6_000, 10e-3),
    ):
        found = load(name)
        assert low < found.n_vertices < high
        p, q = np.moveaxis(found.points[found.cells[:, list(combinations(range(4), 2))]], 2, 0)
        assert np.linalg.norm(p - q, axis=-1).mean() == pytest.approx(edge, rel=0.1)


def test_cells_meet_face_to_face_and_facets_are_the_rest(template):
    faces = np.sort(template.cells[:, list(combinations(range(4), 3))].reshape(-1, 3), axis=1)
    found, count = np.unique(faces, axis=0, return_counts=True)
    assert set(count.tolist()) == {1, 2}
    facets = np.sort(template.facets, axis=1)
    assert (np.unique(facets, axis=0) == found[count == 1]).all()
    assert len(facets) == (count == 1).sum()


def test_every_vertex_is_used(template):
    assert len(np.unique(template.cells)) == template.n_vertices


def test_surfaces_are_closed_and_a_disc_round_each_vertex(template):
    """Each edge has two facets, and the facets round a vertex are one ring."""
    ends = template.facets[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2)
    _, count = np.unique(np.sort(ends, axis=1), axis=0, return_counts=True)
    assert set(count.tolist()) == {2}
    after = {}  # at a vertex, from each neighbour on the surface to the next
    for a, b, c in template.facets.tolist():
        for p, q, r in ((a, b, c), (b, c, a), (c, a, b)):
            after.setdefault(p, {})[q] = r
    for ring in after.values():
        first = next(iter(ring))
        q, passed = ring[first], 1
        while q != first:
            q, passed = ring[q], passed + 1
        assert passed == len(ring)


def test_pia_and_ventricles_are_apart(template):
    sides = {name: template.facets[template.facet_tags == tag] for name, tag in TAGS.items()}
    assert sum(map(len, sides.values())) == len(template.facets)
    assert not np.intersect1d(sides["pial"], sides["ventricles"]).size


def test_pia_is_one_sphere(template):
    pial = template.facets[template.facet_tags == TAGS["pial"]]
    assert len(np.unique(pial)) - len(pial) / 2 == 2  # V - E + F


def test_every_keyframe_has_positive_cells_and_good_angles(template):
    for points in template.keyframes:
        found = check(points, template.cells)
        assert found.det_min > 0
        assert found.dihedral_min > 10


def test_positions_between_keyframes_are_as_good(template):
    for p, q in zip(template.keyframes[:-1], template.keyframes[1:], strict=True):
        found = check((p + q) / 2, template.cells)
        assert found.det_min > 0
        assert found.dihedral_min > 10


def test_keyframes_fill_the_ventricles_in_order_and_keep_the_pia(template):
    found = [ventricles(template, points) for points in template.keyframes]
    assert (np.diff(found) > 0).all()
    whole = [
        volumes(points, template.cells).sum() + v
        for points, v in zip(template.keyframes, found, strict=True)
    ]
    assert max(whole) == pytest.approx(min(whole), rel=1e-12)
    assert found[0] / whole[0] < 0.006
    assert found[-1] / whole[0] > 0.085


def test_the_points_are_a_keyframe_and_nodes(template):
    assert (template.keyframes == template.points).all(axis=(1, 2)).sum() == 1
    assert template.nodes is template.points


def test_volumes_are_those_of_the_atlas(template):
    """Voxel counts of the maps: body 1,820 mL, ventricles 18.7 mL, T1 > 0 1,886.5 mL."""
    inside = ventricles(template, template.points)
    tissue = volumes(template.points, template.cells).sum()
    assert inside == pytest.approx(18.67e-6, rel=0.01)
    assert tissue + inside == pytest.approx(1820e-6, rel=0.01)
    assert tissue == pytest.approx(enclosed(template.points, template.facets), rel=1e-12)
    assert template.intracranial_volume == pytest.approx(1886.5e-6, rel=1e-4)


def test_entorhinal_cortex_and_hippocampus_are_on_their_sides(template):
    for name in ("entorhinal", "hippocampus"):
        for side, sign in (("left", -1), ("right", 1)):
            own = template.region == template.regions.index(f"{name}_{side}")
            assert own.sum() > 10
            centres = template.points[template.cells[own]].mean(axis=1)
            assert (sign * centres[:, 0] > 2e-3).all()


def test_every_region_has_cells_and_only_the_first_is_none(template):
    count = np.bincount(template.region, minlength=len(template.regions))
    assert template.regions[0] == "none"
    assert len(set(template.regions)) == len(template.regions) == 84
    assert (count > 0).all()


def test_grey_is_more_than_white_and_nothing_else(template):
    size = volumes(template.points, template.cells)
    grey, white = (size[template.tissue == TISSUES[name]].sum() for name in ("grey", "white"))
    assert grey + white == pytest.approx(size.sum())
    assert 1 < grey / white < 3


def test_the_digest_names_the_arrays():
    digests = {load(name).digest for name in names()}
    assert len(digests) == 2
    assert all(len(digest) == 16 for digest in digests)


def test_refinement_keeps_vertices_volumes_and_labels():
    coarse = load("coarse")
    fine = refined(coarse)
    n = coarse.n_vertices
    assert len(fine.cells) == 8 * len(coarse.cells)
    assert len(fine.facets) == 4 * len(coarse.facets)
    assert (fine.points[:n] == coarse.points).all()
    parents = volumes(coarse.points, coarse.cells)
    children = volumes(fine.points, fine.cells).reshape(-1, 8)
    assert children == pytest.approx(np.repeat(parents[:, None] / 8, 8, axis=1))
    for a, b in zip(fine.keyframes, coarse.keyframes, strict=True):
        assert ventricles(fine, a) == pytest.approx(ventricles(coarse, b))
    for tag in TAGS.values():
        assert (fine.facet_tags == tag).sum() == 4 * (coarse.facet_tags == tag).sum()
    assert Counter(fine.region.tolist()) == {
        k: 8 * v for k, v in Counter(coarse.region.tolist()).items()
    }


def test_a_refined_mesh_conforms():
    fine = refined(load("coarse"))
    faces = np.sort(fine.cells[:, list(combinations(range(4), 3))].reshape(-1, 3), axis=1)
    faces = faces @ np.array([1, 2**20, 2**40])
    found, count = np.unique(faces, return_counts=True)
    facets = np.sort(fine.facets, axis=1) @ np.array([1, 2**20, 2**40])
    assert set(count.tolist()) == {1, 2}
    assert (np.sort(facets) == found[count == 1]).all()
