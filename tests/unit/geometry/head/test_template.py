"""The head templates that ship: one conforming mesh, nested surfaces, places that make sense."""

from itertools import combinations

import numpy as np
import pytest

from sosie.errors import SosieError
from sosie.geometry.brain.quality import check, enclosed, volumes
from sosie.geometry.brain.template import load as load_brain
from sosie.geometry.head.template import TAGS, TISSUES, load, names


@pytest.fixture(scope="module", params=["production", "coarse"])
def template(request):
    return load(request.param)


def sides(template, name):
    """Return the tissues that meet at a surface, as pairs."""
    facets = np.sort(template.surface(name), axis=1)
    faces = np.sort(template.cells[:, list(combinations(range(4), 3))], axis=-1).reshape(-1, 3)
    _, place = np.unique(np.concatenate([facets, faces]), axis=0, return_inverse=True)
    wanted = np.flatnonzero(np.isin(place[len(facets) :], place[: len(facets)]))
    return set(template.tissue[wanted // 4].tolist()), len(wanted) / len(facets)


def test_two_resolutions_ship_and_others_are_refused_by_name():
    assert names() == ["coarse", "production"]
    with pytest.raises(SosieError, match=r"'fine'; there are coarse, production"):
        load("fine")


def test_the_brain_comes_first_and_is_the_brain_template(template):
    brain = template.brain
    n, m = brain.n_vertices, len(brain.cells)
    assert (template.cells[:m] == brain.cells).all()
    assert (template.tissue[:m] == brain.tissue).all()
    assert (template.region[:m] == brain.region).all()
    off = np.linalg.norm(template.points[:n] - brain.points, axis=1)
    assert (off > 1e-5).mean() < 0.05  # of the pia, where fluid would be flat
    assert off.max() < 6e-3
    wall = np.unique(brain.wall)
    assert template.keyframes[:, wall] == pytest.approx(brain.keyframes[:, wall], abs=1e-5)


def test_cells_are_well_shaped_at_the_ends_of_the_keyframes(template):
    layers = template.points[template.n_body :]
    for body in template.keyframes[[0, -1]]:
        found = check(np.concatenate([body, layers]), template.cells)
        assert found.det_min > 0
        assert found.dihedral_min > 10


def test_the_mesh_conforms_and_ends_at_the_scalp(template):
    faces = np.sort(template.cells[:, list(combinations(range(4), 3))].reshape(-1, 3), axis=1)
    keys = faces @ np.array([len(template.points) ** 2, len(template.points), 1])
    _, first, count = np.unique(keys, return_index=True, return_counts=True)
    assert set(count.tolist()) == {1, 2}
    ends = np.sort(template.surface("scalp"), axis=1)
    assert len(ends) == (count == 1).sum()
    assert set(map(tuple, faces[first[count == 1]])) == set(map(tuple, ends.tolist()))


def test_every_surface_is_closed_and_encloses_the_one_before():
    template = load("coarse")
    held = 0.0
    for name in ("pial", "inner_skull", "outer_skull", "scalp"):
        facets = template.surface(name)
        ends = np.sort(facets[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
        _, count = np.unique(ends, axis=0, return_counts=True)
        assert set(count.tolist()) == {2}
        assert enclosed(template.points, facets) > held
        held = enclosed(template.points, facets)


@pytest.mark.parametrize(
    ("surface", "tissues"),
    [
        ("inner_skull", {"csf", "skull"}),
        ("outer_skull", {"skull", "scalp"}),
        ("scalp", {"scalp"}),
        ("ventricles", {"grey", "white", "csf"}),
        ("pial", {"grey", "white", "csf"}),
    ],
)
def test_tissues_meet_at_surfaces_of_the_mesh(surface, tissues):
    found, cells = sides(load("coarse"), surface)
    assert found == {TISSUES[name] for name in tissues}
    assert cells == (1 if surface == "scalp" else 2)


def test_all_tissues_have_plausible_volumes(template):
    """The skull fills what it does at 5.97 mm, the fluid what is left in the inner skull."""
    size = volumes(template.points, template.cells)
    ml = {name: 1e6 * size[template.tissue == label].sum() for name, label in TISSUES.items()}
    inside = 1e6 * enclosed(template.points, template.surface("inner_skull"))
    assert ml["grey"] + ml["white"] + ml["csf"] == pytest.approx(inside, rel=1e-9)
    assert 2100 < inside < 2500
    assert 500 < ml["skull"] < 800
    assert 900 < ml["scalp"] < 1600


def test_the_skull_is_about_as_thick_as_published(template):
    """Mean of 20 adults 5.97 mm, Antonakakis et al. (2020); large facets are chords."""
    allowed = 0.06 if template is load("production") else 0.15
    assert template.skull_thickness == pytest.approx(5.97e-3, rel=allowed)


def test_electrodes_are_those_of_the_systems_and_stand_where_their_names_say(template):
    counts = [len(template.montage(system)) for system in (20, 10, 5)]
    assert counts == [21, 70, len(template.electrodes)]
    assert counts[2] > 256
    weights, corners = template.electrode_weights, template.points[template.electrode_facet]
    where = dict(zip(template.electrodes, np.einsum("ek,ekj->ej", weights, corners), strict=True))
    assert where["Cz"][2] == max(p[2] for p in where.values()) or where["Cz"][2] > 0.09
    assert where["T7"][0] < -0.07
    assert where["T8"][0] > 0.07
    assert where["Oz"][1] < -0.1
    assert where["Fpz"][1] > 0.07
    for left, right in (("C3", "C4"), ("O1", "O2"), ("F7", "F8")):
        assert where[left] * [-1, 1, 1] == pytest.approx(where[right], abs=10e-3)


def test_an_unknown_system_or_region_is_refused_in_a_sentence():
    template = load("coarse")
    with pytest.raises(SosieError, match="no electrode system 15"):
        template.montage(15)
    with pytest.raises(SosieError, match="no region 'motor'; there are"):
        template.sources_of("motor")


def test_sources_are_in_grey_matter_on_their_side_and_point_outwards(template):
    assert len(template.source_cell) > 4500
    assert (template.tissue[template.source_cell] == TISSUES["grey"]).all()
    assert np.linalg.norm(template.source_normal, axis=1) == pytest.approx(1, abs=1e-6)
    x = np.einsum(
        "sa,saj->sj", template.source_weights, template.points[template.cells[template.source_cell]]
    )
    for side, sign in (("left", -1), ("right", 1)):
        own = template.sources_of(f"precentral_{side}")
        assert len(own) > 30
        assert (sign * x[own, 0] > 0).mean() > 0.95
    up = template.source_normal @ [0, 0, 1.0]
    assert up[x[:, 2] > 0.06].mean() > 0.1  # at the vertex, out of the cortex is upwards


def test_a_template_is_read_once_and_named_by_its_arrays():
    assert load("coarse") is load("coarse")
    assert load("coarse").brain is load_brain("coarse")
    digests = {load(name).digest for name in names()}
    assert len(digests) == 2


def test_tags_of_the_brains_surfaces_are_the_brain_templates():
    template = load("coarse")
    k = len(template.brain.facets)
    assert (template.facets[:k] == template.brain.facets).all()
    assert (template.facet_tags[:k] == template.brain.facet_tags).all()
    assert set(template.facet_tags.tolist()) == set(TAGS.values())
