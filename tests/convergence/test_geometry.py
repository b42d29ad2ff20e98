"""Volumes converge to those of an ellipsoid, at the order curved second-order surfaces have."""

import numpy as np
import pytest
from scipy.spatial import cKDTree

from sosie.fem.integrate import integrate
from sosie.fem.mesh import TemplateMesh, measure
from sosie.geometry.template import build
from sosie.geometry.ventricle import Ventricle, cavity_volume, muscle_volume

FOCAL, INNER, OUTER, RIM = 0.04, 0.5, 0.75, 2.0


@pytest.fixture(scope="module")
def ellipsoid():
    """Return two confocal ellipsoids cut off beyond their equator, at mu = RIM."""
    base, wall = np.zeros((2, 7)), np.zeros((2, 56))
    base[:, 0] = RIM
    wall[:, 0] = INNER, OUTER
    return Ventricle(FOCAL, base, wall)


def cap(lam):
    """Volume between the ellipsoid lambda = lam, the plane of its rim and the apex."""
    A, B = FOCAL * np.cosh(lam), FOCAL * np.sinh(lam)
    low = A * np.cos(RIM)
    return np.pi * B**2 * ((A - low) - (A**3 - low**3) / (3 * A**2))


def shell():
    """Integral of a^3 (sinh^2 lambda + sin^2 mu) sinh lambda sin mu over the wall."""
    one, cubed = 1 - np.cos(RIM), 2 / 3 - np.cos(RIM) + np.cos(RIM) ** 3 / 3

    def along(lam):
        return (np.cosh(lam) ** 3 / 3 - np.cosh(lam)) * one + np.cosh(lam) * cubed

    return 2 * np.pi * FOCAL**3 * (along(OUTER) - along(INNER))


@pytest.mark.parametrize(
    ("volume", "exact"),
    [(cavity_volume, cap(INNER)), (muscle_volume, shell())],
    ids=["cavity", "muscle"],
)
def test_volumes_converge_at_fourth_order(ellipsoid, volume, exact):
    errors = []
    for n in (1, 2, 4):
        template = build(n, 12 * n, 24 * n)
        errors.append(abs(volume(template, ellipsoid.at(template.nodes)) / exact - 1))
    assert errors[-1] < 1e-5
    assert np.log2(errors[-2] / errors[-1]) == pytest.approx(4.0, abs=0.3)


def test_the_finite_elements_fill_the_volume_inside_the_surfaces(comm, ellipsoid):
    template = build(2, 12, 24)
    points = ellipsoid.at(template.nodes)
    domain = TemplateMesh(comm, template.cells, points, n_vertices=template.n_vertices).domain
    filled = integrate(1 * measure(domain, degree=3), comm)
    assert filled == pytest.approx(muscle_volume(template, points), rel=1e-12)


@pytest.mark.parametrize("sizes", [(1, 8, 12), (3, 36, 60)], ids=["tiny", "production"])
def test_refinement_keeps_every_vertex(sizes):
    coarse, fine = build(*sizes), build(*(2 * n for n in sizes))
    apart, _ = cKDTree(fine.nodes[: fine.n_vertices]).query(coarse.nodes[: coarse.n_vertices])
    assert apart.max() < 1e-12
