"""The brain loses tissue to age and tau; what it loses, fluid gains."""

from mpi4py import MPI

import numpy as np
import pytest

from sosie.brain.atrophy import Room, Shrinking, growth, healthy, measure
from sosie.brain.parameters import Atrophy
from sosie.fem.mesh import TemplateMesh
from sosie.geometry.brain.quality import check
from sosie.geometry.brain.shape import personalise
from sosie.geometry.brain.template import load

YEARS = np.array([0.0, 10.0, 20.0])
NO_TAU = np.zeros((3, 2))


@pytest.fixture(scope="module")
def template():
    return load("coarse")


@pytest.fixture(scope="module")
def shrinking(template):
    mesh = TemplateMesh(
        MPI.COMM_SELF, template.cells, template.points, n_vertices=template.n_vertices
    )
    return Shrinking(mesh, template)


@pytest.fixture(scope="module")
def points(template):
    shape = personalise(
        template, intracranial_volume=1.5e-3, brain_volume=1.15e-3, ventricular_volume=3e-5
    )
    return shape.points


def grown(tau=NO_TAU, *, at=YEARS, since=10.0, onset=60.0, parameters=Atrophy()):  # noqa: B008
    return growth(
        tau,
        years=YEARS,
        at=np.asarray(at),
        since=since,
        onset=onset,
        full=np.full(2, 0.5),
        parameters=parameters,
    )


def test_at_the_patient_s_age_nothing_is_lost_and_before_it_there_was_more():
    G = grown()
    np.testing.assert_allclose(G[1], 0.0, atol=1e-15)
    assert (G[0] > 0).all()
    assert (G[2] < 0).all()


def test_without_tau_tissue_follows_the_healthy_of_that_age():
    G = grown(since=-30.0, onset=70.0)
    np.testing.assert_allclose(G[:, 0], healthy(70 + YEARS) - healthy(np.array([40.0])))
    assert -0.006 < (G[1] - G[0])[0] / 10 < -0.002  # published: 0.2 to 0.5 % a year at 70


def test_from_now_on_tissue_full_of_tau_loses_what_hippocampi_lose_in_alzheimer_s_disease():
    tau = np.array([[0.5, 0.0], [0.5, 0.0], [0.6, 0.0]])
    G = grown(tau)
    np.testing.assert_allclose((G[2] - G[1]) @ [1, -1], -0.333)
    np.testing.assert_allclose(G[0] @ [1, -1], 0.0, atol=1e-12)


def test_tissue_lost_and_fluid_gained_cancel_in_the_closed_skull(shrinking, template, points):
    skull = 1.5e-3
    inferior = points[:, 2] < np.median(points[:, 2])
    G = np.where(inferior, [[0.05], [-0.1], [-0.2]], [[0.01], [-0.02], [-0.3]])
    before = measure(template, points)
    for x in shrinking.march(G, points, share=0.26):
        after = measure(template, x)
        tissue = after.brain - before.brain  # by the cells
        fluid = [skull - v.inside_pia + v.ventricular for v in (before, after)]  # by surfaces
        assert abs(tissue + fluid[1] - fluid[0]) < 1e-6 * skull
        assert check(x, template.cells).det_min > 0


def test_tissue_loses_what_it_is_told_and_the_ventricles_take_their_share(
    shrinking, template, points
):
    before = measure(template, points)
    G = np.full((1, template.n_vertices), -0.1)
    after = measure(template, shrinking.march(G, points, share=0.26)[0])
    lost = before.brain - after.brain
    assert lost == pytest.approx((1 - np.exp(-0.1)) * before.brain, rel=0.02)
    assert after.ventricular - before.ventricular == pytest.approx(0.26 * lost, rel=1e-4)
    assert after.hippocampal == pytest.approx(np.exp(-0.1) * before.hippocampal, rel=0.02)


def test_a_hippocampus_that_shrinks_alone_does_so_alone(shrinking, template, points):
    names = np.array([name.rsplit("_", 1)[0] for name in template.regions])
    cells = np.isin(template.region, np.flatnonzero(names == "hippocampus"))
    G = np.zeros((1, template.n_vertices))
    G[0, np.unique(template.cells[cells])] = -0.2
    before = measure(template, points)
    moved = shrinking.march(G, points, share=0.26)[0]
    after = measure(template, moved)
    lost = before.hippocampal - after.hippocampal
    assert lost == pytest.approx((1 - np.exp(-0.2)) * before.hippocampal, rel=0.15)
    far = np.isin(template.region, np.flatnonzero(names == "superiorparietal"))
    x, y = points[template.cells[far]], moved[template.cells[far]]
    lengths = [np.linalg.norm(z[:, 0] - z[:, 1], axis=1) for z in (x, y)]
    np.testing.assert_allclose(lengths[1], lengths[0], rtol=0.02)


def test_ventricles_never_close_back_in_time_and_grow_smoothly():
    room = Room(1.2e-3, 2e-5, 0.26)
    brains = np.linspace(1.0e-3, 1.4e-3, 401)
    inside = np.array([room.ventricles(brain) for brain in brains])
    assert inside[-1] > 4e-6
    assert (np.diff(inside) < 0).all()
    assert np.abs(np.diff(inside, 2)).max() < 0.05 * np.abs(np.diff(inside)).max()


def test_from_the_shape_on_that_cannot_be_reached_there_is_none(shrinking, template, points):
    impossible = np.where(np.arange(template.n_vertices) % 2, -6.0, 0.0)
    G = np.array([0 * impossible, -0.05 + 0 * impossible, impossible, impossible - 0.1])
    shapes = shrinking.march(G, points, share=0.26)
    assert np.isfinite(shapes[:2]).all()
    assert np.isnan(shapes[2:]).all()
