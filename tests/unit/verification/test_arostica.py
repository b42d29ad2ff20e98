"""The beating ellipsoid of the elastodynamics benchmark: its shape, fibres, loads and motion."""

import numpy as np
import pytest
import ufl
from dolfinx import fem

from sosie.fem.integrate import integrate
from sosie.heart.mechanics.parameters import Springs
from sosie.heart.mechanics.wall import BASE, ENDOCARDIUM, EPICARDIUM
from sosie.verification import arostica
from sosie.verification.moving import BENCHMARK, Body, Moving

SIZES = (1, 3, 12)


@pytest.fixture(scope="module")
def domain(comm):
    return arostica.smooth(comm, SIZES)


def wall(domain, *, body=BENCHMARK):
    tags = arostica.tagged(domain)
    return Moving(domain, tags, *arostica.fibres(domain, tags), body=body)


def area(domain, tag):
    ds = ufl.Measure("ds", domain=domain, subdomain_data=arostica.tagged(domain))
    one = fem.Constant(domain, 1.0)
    return integrate(one * ds(tag, metadata={"quadrature_degree": 4}), domain.comm)


def test_smooth_cells_and_straight_ones_are_of_one_shape(comm):
    """Straight cells cut off one and a half hundredths of a surface at most."""
    smooth, straight = (make(comm, (1, 12, 24)) for make in (arostica.smooth, arostica.straight))
    for tag in (ENDOCARDIUM, EPICARDIUM, BASE):
        assert area(straight, tag) == pytest.approx(area(smooth, tag), rel=0.015)
        assert area(straight, tag) < area(smooth, tag)
    volumes = [integrate(fem.Constant(d, 1.0) * ufl.dx, comm) for d in (smooth, straight)]
    assert volumes[1] == pytest.approx(volumes[0], rel=0.03)


def test_fibres_run_up_and_to_the_left_inside_and_down_outside(domain):
    """Seen from outside, base above: at 60 degrees, and sheets across them in the wall."""
    tags = arostica.tagged(domain)
    f, s = arostica.fibres(domain, tags)
    x, y, z = ufl.SpatialCoordinate(domain)
    r = ufl.sqrt(y**2 + z**2)
    around = ufl.as_vector((0, -z / r, y / r))
    ds = ufl.Measure("ds", domain=domain, subdomain_data=tags)
    for tag, sign in ((ENDOCARDIUM, 1), (EPICARDIUM, -1)):
        total = area(domain, tag)

        def mean(value, tag=tag, total=total):
            return (
                integrate(value * ds(tag, metadata={"quadrature_degree": 4}), domain.comm) / total
            )

        assert mean(ufl.dot(f, around)) == pytest.approx(0.5, rel=0.01)
        assert sign * mean(f[0]) > 0.7
        assert mean(ufl.dot(f, s) ** 2) == pytest.approx(0.0, abs=1e-12)
        assert mean(ufl.dot(s, ufl.FacetNormal(domain)) ** 2) < 1e-3


def test_loads_are_none_before_the_beat_and_as_high_as_their_equations_say():
    times = np.linspace(0.0, 0.6, 601)
    loads = arostica.loads(0.6, pressure=True)
    T, P = np.array([loads(time) for time in times]).T
    assert (T[times < 0.16] == 0).all()
    assert T.max() == pytest.approx(150e3 * (1 - np.exp(-5 * (0.484 - 0.165))), rel=0.02)
    assert P[150] == pytest.approx(7e3 / 24, rel=0.05)  # where its rate is none: b is -24
    left = np.exp(-11 * (0.484 - 0.17))  # b is 11 in systole
    assert P.max() == pytest.approx((16e3 + 7e3 / 11) * (1 - left), rel=0.02)


def test_the_tangent_is_the_slope_of_the_residual(domain):
    moving = wall(domain)
    moving.dt.value = 5e-3
    moving.tension.value, moving.pressure.value = 3e4, 2e3
    moving.u.interpolate(lambda x: 0.02 * np.stack([x[0] + x[1], x[2] - x[0], 0.5 * x[1]]))
    moving.v.interpolate(lambda x: np.stack([x[1], x[0], x[2]]))
    moving.solver.assemble()
    d, ahead = moving.u.x.petsc_vec.duplicate(), moving.solver.r.duplicate()
    d.array_w[:] = np.cos(np.arange(*d.getOwnershipRange()))
    moving.solver.K.mult(d, ahead)
    step, ends = 1e-8, []
    for scale in (step, -2 * step):
        moving.u.x.petsc_vec.axpy(scale, d)
        moving.u.x.scatter_forward()
        ends.append(moving.solver.residual().copy())
    slope = (ends[0] - ends[1]) / (2 * step)
    assert (slope - ahead).norm() < 1e-5 * ahead.norm()


def test_steps_are_of_second_order(domain):
    """Under tension that starts smoothly; errors by halving the step twice."""
    duration, ends = 0.02, []
    for steps in (5, 10, 20):
        moving, dt = wall(domain), duration / steps
        for i in range(steps):
            moving.advance(lambda time: (2e4 * (time / duration) ** 3, 0.0), i * dt, dt)
        assert moving.effort.steps == steps
        ends.append(moving.u.x.array.copy())
    errors = [np.linalg.norm(ends[i] - ends[i + 1]) for i in (0, 1)]
    assert np.log2(errors[0] / errors[1]) == pytest.approx(2.0, abs=0.3)


def test_what_nothing_holds_takes_its_momentum_from_pressure_alone(domain):
    """Tension, viscosity and stiffness are within: only what pushes on the open base is left.

    From rest, a step of generalised alpha gives v = dt F / m gamma / (1 - alpha_m) = 0.875 of it.
    """
    loose = Springs(0.0), Springs(0.0)
    moving = wall(domain, body=Body(epicardium=loose, base=loose))
    moving.advance(lambda _: (1e3, 100.0), 0.0, 1e-3)
    momentum = [integrate(1e3 * moving.v[i] * ufl.dx, domain.comm) for i in range(3)]
    opening = np.pi * 25e-3**2 * (1 - (5 / 17) ** 2)
    assert momentum[0] == pytest.approx(-0.875e-3 * 100.0 * opening, rel=5e-3)
    assert np.abs(momentum[1:]).max() < 1e-4 * abs(momentum[0])


def test_a_coarse_one_contracts_as_far_and_as_twisted_as_those_of_ten_groups(comm):
    """With fibres turned the other way, or sheets across the wall, it misses three or more."""
    assert [check for check in arostica.checks(comm, sizes=(1, 8, 12)) if not check.passed] == []
