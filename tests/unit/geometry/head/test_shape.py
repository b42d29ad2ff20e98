"""A person's head has the person's volumes and skull, or is refused in a sentence."""

import numpy as np
import pytest

from sosie.errors import RejectedError
from sosie.geometry.brain.quality import enclosed, volumes
from sosie.geometry.brain.shape import personalise as personalise_brain
from sosie.geometry.head.shape import THICKNESS, personalise
from sosie.geometry.head.template import TISSUES, load

ML = 1e-6


def person(template, icv=1500, brain=1100, inside=25, thickness=THICKNESS):
    return personalise(
        template,
        intracranial_volume=icv * ML,
        brain_volume=brain * ML,
        ventricular_volume=inside * ML,
        skull_thickness=thickness,
    )


@pytest.mark.parametrize(
    ("icv", "brain", "inside"), [(1500, 1000, 70), (1500, 1200, 25), (1300, 1120, 10)]
)
def test_the_volumes_are_met(icv, brain, inside):
    template = load("coarse")
    found = person(template, icv, brain, inside)
    size = volumes(found.points, template.cells)
    tissue = template.tissue <= TISSUES["white"]
    assert size[tissue].sum() == pytest.approx(brain * ML, rel=1e-6)
    assert -enclosed(found.points, template.brain.wall) == pytest.approx(inside * ML, rel=1e-6)
    assert enclosed(found.points, template.surface("inner_skull")) == pytest.approx(
        icv * ML, rel=1e-6
    )
    assert (size > 0).all()
    assert found.dihedral_min > 10


def test_a_brain_that_fills_the_skull_as_the_template_does_is_the_one_simulated_alone():
    """Vertices correspond; places differ where pia had to be moved, and as the skull is filled."""
    template = load("coarse")
    icv = enclosed(template.points, template.surface("inner_skull"))
    brain = volumes(template.points, template.cells)[template.tissue <= TISSUES["white"]].sum()
    inside = 20 * ML
    alone = personalise_brain(
        template.brain,
        intracranial_volume=icv,
        brain_volume=brain,
        ventricular_volume=inside,
    )
    found = person(template, icv / ML, brain / ML, inside / ML)
    off = np.linalg.norm(found.points[: template.brain.n_vertices] - alone.points, axis=1)
    assert abs(found.swelling) < 0.05
    assert np.median(off) < 0.3e-3
    assert off.max() < 6e-3


def test_atrophy_widens_the_fluid_and_leaves_skull_and_scalp():
    template = load("coarse")
    young, old = person(template, brain=1150), person(template, brain=1000)
    outside = slice(template.n_body, None)
    assert (young.points[outside] == old.points[outside]).all()
    size = [volumes(head.points, template.cells) for head in (young, old)]
    fluid = [s[template.tissue == TISSUES["csf"]].sum() for s in size]
    assert fluid[1] - fluid[0] == pytest.approx(150 * ML, rel=1e-6)


def test_a_thicker_skull_is_thicker_by_the_ratio_and_moves_the_scalp_out():
    template = load("coarse")
    usual, thick = person(template), person(template, thickness=1.3 * THICKNESS)

    def along(head, name):
        x = head.points
        return x[template.surface(name)] - x[template.surface("inner_skull")]

    assert along(thick, "outer_skull") == pytest.approx(1.3 * along(usual, "outer_skull"))
    assert enclosed(thick.points, template.surface("scalp")) > enclosed(
        usual.points, template.surface("scalp")
    )


def test_the_skull_is_as_thick_as_asked_for():
    """The median over the vault, across the inner surface."""
    template = load("coarse")
    found = person(template, thickness=7e-3)
    inner, outer = (found.points[template.surface(f"{k}_skull")] for k in ("inner", "outer"))
    normal = np.cross(inner[:, 1] - inner[:, 0], inner[:, 2] - inner[:, 0])
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    across = np.einsum("ij,ij->i", (outer - inner).mean(axis=1), normal)
    assert np.median(across[inner[:, :, 2].mean(axis=1) > 0]) == pytest.approx(7e-3)


def test_electrodes_sources_and_normals_go_with_the_head():
    template = load("coarse")
    found = person(template, 1300, 1000, 40)
    assert found.electrodes.shape == (len(template.electrodes), 3)
    corners = found.points[template.cells[template.source_cell]]
    assert found.sources == pytest.approx(np.einsum("sa,saj->sj", template.source_weights, corners))
    assert np.linalg.norm(found.normals, axis=1) == pytest.approx(1)
    turned = np.einsum("ij,ij->i", found.normals, template.source_normal)
    assert np.median(turned) > 0.99


def test_the_shape_depends_on_the_volumes_continuously():
    template = load("coarse")
    for brain in (1050, 1220, 1238):
        one, other = person(template, brain=brain), person(template, brain=brain * (1 + 1e-7))
        assert np.abs(one.points - other.points).max() < 1e-6


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        ({"brain": 1500}, r"brain and ventricles fill 1\.017 of the skull; the template reaches"),
        ({"inside": 1}, r"ventricles are 0\.0009 of ventricles and tissue; the template reaches"),
        ({"brain": 900, "inside": 200}, r"ventricles are 0\.1818 of ventricles and tissue"),
        ({"icv": -1}, r"must be positive"),
        ({"thickness": float("nan")}, r"skull thickness \(nan mm\) must be positive"),
    ],
    ids=["too large", "too empty", "too full", "negative", "nan"],
)
def test_what_cannot_be_made_is_rejected_in_a_sentence(wanted, why):
    with pytest.raises(RejectedError, match=why) as caught:
        person(load("coarse"), **wanted)
    assert "\n" not in str(caught.value)
