"""Muscle in equilibrium: orders of accuracy, balances, symmetries, and published solutions."""

from itertools import pairwise

from mpi4py import MPI
from petsc4py import PETSc

import basix
import numpy as np
import pytest
import ufl
from dolfinx import fem, mesh
from dolfinx.fem.petsc import assemble_vector

from sosie.fem.integrate import integrate, norm
from sosie.fem.mesh import TemplateMesh
from sosie.geometry import ventricle
from sosie.geometry.template import build
from sosie.heart.mechanics import surfaces
from sosie.heart.mechanics.cavity import cofactor
from sosie.heart.mechanics.equilibrium import Newton, ramp
from sosie.heart.mechanics.material import Numbers
from sosie.heart.mechanics.microstructure import microstructure
from sosie.heart.mechanics.parameters import BASE as BASAL
from sosie.heart.mechanics.parameters import PERICARDIUM, Guccione, HolzapfelOgden
from sosie.heart.mechanics.unload import unload
from sosie.heart.mechanics.wall import BASE, ENDOCARDIUM, EPICARDIUM, QUADRATURE, Wall
from sosie.verification import land

MATERIALS = [Guccione(), HolzapfelOgden()]
NAMES = ["Guccione", "Holzapfel-Ogden"]
FIBRE = ufl.as_vector((0.8, 0.6, 0.0))
SHEET = ufl.as_vector((-0.36, 0.48, 0.8))
SIZES = (1, 5, 12)


def cube(comm, n):
    """Return a unit cube of tetrahedra moved off the lattice, and tags: base at x = 0."""
    domain = mesh.create_unit_cube(comm, n, n, n)
    x = domain.geometry.x
    x += 0.06 * np.array([1.0, -0.7, 0.5]) * np.prod(np.sin(np.pi * x), axis=1)[:, None]
    domain.topology.create_connectivity(2, 3)
    sides = {
        BASE: lambda x: x[0] < 1e-9,
        ENDOCARDIUM: lambda x: x[2] > 1 - 1e-9,
        EPICARDIUM: lambda x: x[1] > 1 - 1e-9,
    }
    found = {tag: mesh.locate_entities_boundary(domain, 2, where) for tag, where in sides.items()}
    facets = np.concatenate(list(found.values()))
    values = np.repeat(list(found), [len(some) for some in found.values()]).astype(np.int32)
    facets, first = np.unique(facets, return_index=True)
    return domain, mesh.meshtags(domain, 2, facets, values[first])


def heart(comm, *, material=None, **options):
    """Return the mean ventricle of the atlas, its template and its domain."""
    template = build(*SIZES)
    shape = ventricle.from_scores(np.zeros(6))
    points = shape.at(template.nodes)
    domain = TemplateMesh(comm, template.cells, points, n_vertices=template.n_vertices)
    fibre, sheet = microstructure(domain, template, shape, endocardium=1.0, epicardium=-1.0)
    wall = Wall(
        domain.domain,
        material or Guccione(),
        tags=surfaces.facet_tags(domain, template),
        fibre=fibre,
        sheet=sheet,
        across=ufl.cross(sheet, fibre),
        share=0.4,
        annulus=2e4,
        rim=surfaces.rim(domain, template),
        **options,
    )
    return wall, domain, template


def far_face(wall, axis):
    """Return this rank's unknowns of displacement, (n, 3), on a cube's far face across an axis."""
    V, of = wall.W.sub(0).collapse()
    face = np.asarray(of).reshape(-1, 3)[V.tabulate_dof_coordinates()[:, axis] > 1 - 1e-9]
    return face[(face < wall.owned).all(axis=1)]


def shaken(wall, size):
    """Displace the wall smoothly and without symmetry, by about ``size`` [m]; give it pressure."""
    V, of = wall.W.sub(0).collapse()
    u = fem.Function(V)
    length = wall.comm.allreduce(np.abs(wall.domain.geometry.x).max(), MPI.MAX)
    u.interpolate(
        lambda x: (
            size
            * np.stack(
                [
                    np.sin(2 * x[0] / length + 1) + 0.4 * x[1] / length,
                    np.cos(3 * x[1] / length) * x[0] / length,
                    np.sin(x[2] / length - 2 * x[0] / length),
                ]
            )
        )
    )
    wall.w.x.array[of] = u.x.array
    Q, of = wall.W.sub(1).collapse()
    p = fem.Function(Q)
    p.interpolate(lambda x: 500 * np.cos(x[0] / length + x[2] / length))
    wall.w.x.array[of] = p.x.array


def assembled(wall, form):
    b = assemble_vector(fem.form(form))
    b.ghostUpdate(addv=PETSc.InsertMode.ADD, mode=PETSc.ScatterMode.REVERSE)
    return b


def to_pressure(wall, pressure):
    def apply(share):
        wall.pressure.value = share * pressure

    return apply


@pytest.mark.parametrize("material", [Guccione(), HolzapfelOgden(a=2e3)], ids=NAMES)
def test_a_manufactured_solution_is_met_to_order_three_and_its_pressure_to_two(comm, material):
    """Moved by g(x) along y and h(x, y) along z, which keeps volume; oblique fibres contract.

    Holzapfel-Ogden muscle whose matrix is so stiff that the solution is stable under dead loads.
    """
    kappa, errors = 1e4, []
    for n in (2, 4, 8):
        domain, tags = cube(comm, n)
        x, y, z = ufl.SpatialCoordinate(domain)
        share = fem.Constant(domain, 0.0)  # of the way to the solution
        exact = share * ufl.as_vector((0, 0.15 * x * ufl.sin(2 * x), 0.1 * x * ufl.cos(2 * y)))
        p = share * (800 * ufl.cos(2 * x) * ufl.cos(z) + 300 * y)
        S = 3e3 * (1 + ufl.sin(x + y))

        def load(v, exact=exact, p=p, S=S, domain=domain, share=share):
            F = ufl.variable(ufl.Identity(3) + ufl.grad(exact))
            psi = Numbers(material, domain).energy(F, FIBRE, SHEET)
            P = ufl.diff(psi, F) + p * cofactor(F) + share * S * ufl.outer(F * FIBRE, FIBRE)
            return ufl.inner(P, ufl.grad(v)) * ufl.dx(degree=6)

        wall = Wall(domain, material, tags=tags, fibre=FIBRE, sheet=SHEET, kappa=kappa, load=load)
        points = wall.S_a.function_space.element.interpolation_points
        wall.S_a.interpolate(fem.Expression(S, points))
        whole = wall.S_a.x.array.copy()

        def apply(at, wall=wall, share=share, whole=whole):
            share.value, wall.S_a.x.array[:] = at, at * whole

        ramp(Newton(wall), apply, steps=4)
        u, multiplier = ufl.split(wall.w)
        errors.append([norm(u - exact, comm), norm(multiplier - p, comm)])
    orders = [np.log2(np.divide(coarse, fine)) for coarse, fine in pairwise(errors)]
    assert orders[-1][0] > 2.8
    assert orders[-1][1] > 1.8


@pytest.mark.parametrize("material", MATERIALS, ids=NAMES)
@pytest.mark.parametrize("base", ["fixed", BASAL, "traction"], ids=["fixed", "springs", "traction"])
def test_the_tangent_is_the_residuals_derivative(comm, material, base):
    """With pressure, tension that answers, viscosity and pericardium, and solutions invert it."""
    wall, *_ = heart(comm, material=material, base=base, pericardium=PERICARDIUM)
    shaken(wall, 2e-3)
    wall.pressure.value = 2e3
    wall.ends(0.3 * np.ones_like(wall.stretch()))
    wall.contract(3e4 * np.ones_like(wall.stretch()), 5e4 * np.ones_like(wall.stretch()))
    wall.move(2e3)
    shaken(wall, 3e-3)
    wall.linearise()
    direction = wall.solver.r.duplicate()
    start = wall.w.x.array.copy()
    shaken(wall, 1.1e-3)
    wall.w.x.petsc_vec.copy(direction)
    for bc in wall.solver.bcs:
        bc.set(direction.array_w, None, 0.0)
    wall.w.x.array[:] = start
    tangent = direction.duplicate()
    wall.solver.K.mult(direction, tangent)
    if wall.update is not None:
        tangent.maxpy([row.dot(direction) for row in wall.update.rows], wall.update.columns)
    for bc in wall.solver.bcs:
        bc.set(tangent.array_w, None, 0.0)
    wall.add(direction, scale=1e-4)
    difference = wall.residual().copy()
    wall.add(direction, scale=-2e-4)
    difference.axpy(-1, wall.residual())
    difference.scale(1 / 2e-4)
    difference.axpy(-1, tangent)
    assert difference.norm() < 1e-6 * tangent.norm()
    found = direction.duplicate()
    wall.solve(tangent, found)
    found.axpy(-1, direction)
    assert found.norm() < 1e-6 * direction.norm()


@pytest.mark.parametrize("material", MATERIALS, ids=NAMES)
def test_a_turned_muscle_feels_the_same_forces_turned(comm, material):
    """Frame indifference, of stress that is passive, active, viscous and the multiplier's."""
    domain, tags = cube(comm, 2)
    wall = Wall(domain, material, tags=tags, fibre=FIBRE, sheet=SHEET, across=SHEET, share=0.4)
    shaken(wall, 0.05)
    wall.contract(2e3 * np.ones_like(wall.stretch()))
    wall.move(1e3)
    shaken(wall, 0.08)
    a = np.linalg.qr(np.array([[1.0, 0.3, 0.2], [0.4, 1.0, -0.5], [-0.2, 0.6, 1.0]]))[0]
    R = a * np.sign(np.linalg.det(a))
    before = assembled(wall, wall.internal).array_r[wall.own]
    V, of = wall.W.sub(0).collapse()
    of = np.asarray(of).reshape(-1, 3)
    x = V.tabulate_dof_coordinates()
    wall.w.x.array[of] = (x + wall.w.x.array[of]) @ R.T - x
    after = assembled(wall, wall.internal).array_r[wall.own]
    scale = comm.allreduce(np.abs(before).max(initial=0.0), MPI.MAX)
    assert np.abs(after - before @ R.T).max(initial=0.0) < 1e-9 * scale


@pytest.mark.parametrize("material", MATERIALS, ids=NAMES)
def test_muscle_does_the_work_that_blood_does(comm, material):
    """Virtual work of the displacement itself: int P : grad u = P dV/du . u at a fixed base."""
    wall, *_ = heart(comm, material=material)
    ramp(Newton(wall), to_pressure(wall, 1.5e3), steps=3)
    inside = assembled(wall, wall.internal).dot(wall.w.x.petsc_vec)
    blood = 1.5e3 * wall.cavity.gradient().dot(wall.w.x.petsc_vec)
    _, p = ufl.split(wall.w)
    F = ufl.Identity(3) + ufl.grad(ufl.split(wall.w)[0])
    dx = ufl.dx(domain=wall.domain, degree=QUADRATURE)
    constraint = integrate(p * (ufl.det(F) - 1) * dx, comm)  # p's own share of the product
    assert abs(constraint) < 1e-8 * blood
    assert inside == pytest.approx(blood, rel=1e-7)


def test_pressure_moves_no_heart_whose_base_bears_its_traction(comm):
    """Forces of pressure add up to nothing, however it is deformed."""
    wall, *_ = heart(comm, base="traction", pericardium=PERICARDIUM)
    shaken(wall, 3e-3)
    own = wall.pressure_column().array_r[wall.own]
    total, size = (
        comm.allreduce(f(own)) for f in (lambda a: a.sum(axis=0), lambda a: np.abs(a).sum())
    )
    assert np.abs(total).max() < 1e-12 * size


def test_a_heart_in_the_pericardium_alone_comes_to_rest_under_pressure(comm):
    held = type(PERICARDIUM)(normal=PERICARDIUM.normal, tangential=2e4)
    wall, *_ = heart(comm, base="traction", pericardium=held)
    ramp(Newton(wall), to_pressure(wall, 1e3), steps=3)
    assert wall.residual().norm() < 1e-7 * 1e3 * wall.pressure_column().norm()


def test_the_cavity_is_the_geometrys_at_rest_and_deformed(comm):
    """On the curved mesh, with a rim that is neither plane nor at rest."""
    wall, domain, template = heart(comm, base=BASAL)
    points = ventricle.from_scores(np.zeros(6)).at(template.nodes)
    expected = ventricle.cavity_volume(template, points)
    assert wall.cavity.volume() == pytest.approx(expected, rel=1e-12)
    shaken(wall, 4e-3)
    moved = np.zeros_like(points)
    seen = np.zeros(len(points))
    moved[domain.nodes] = wall.domain.geometry.x + wall.displacement
    seen[domain.nodes] = 1
    moved, seen = comm.allreduce(moved), comm.allreduce(seen)
    expected = ventricle.cavity_volume(template, moved / seen[:, None])
    assert wall.cavity.volume() == pytest.approx(expected, rel=1e-12)


def test_the_cavity_of_the_ellipsoid_converges_to_the_exact_volume(comm):
    exact = np.pi * 49 * (22 - (5**3 + 17**3) / (3 * 17**2))
    errors = []
    for sizes in ((1, 4, 6), (1, 8, 12)):
        wall, _ = land.Ellipsoid().wall(comm, sizes, land.ISOTROPIC)
        errors.append(1e9 * wall.cavity.volume() / exact - 1)
    assert abs(errors[1]) < 1e-3
    assert np.log2(errors[0] / errors[1]) == pytest.approx(4.0, abs=0.7)


def test_the_volumes_derivative_knows_that_the_rim_moves(comm):
    wall, *_ = heart(comm, base=BASAL)
    shaken(wall, 2e-3)
    gradient, direction = wall.cavity.gradient(), wall.solver.r.duplicate()
    start = wall.w.x.array.copy()
    shaken(wall, 3e-3)
    wall.w.x.petsc_vec.copy(direction)
    wall.w.x.array[:] = start
    volumes = []
    for scale in (1e-4, -2e-4):
        wall.add(direction, scale=scale)
        volumes.append(wall.cavity.volume())
    assert (volumes[0] - volumes[1]) / 2e-4 == pytest.approx(gradient.dot(direction), rel=1e-7)


def test_a_given_volume_has_the_pressure_that_gives_this_volume(comm):
    """Bordering, against the same wall under that pressure."""
    wall, *_ = heart(comm)
    newton, start = Newton(wall), wall.cavity.volume()

    def to_volume(share):
        return lambda V, P: (1e9 * (V - start * (1 + 0.3 * share)), 1e9, 0.0)

    ramp(newton, to_volume, steps=3)
    volume, pressure = wall.cavity.volume(), float(wall.pressure.value)
    assert volume == pytest.approx(1.3 * start, rel=1e-7)
    wall.w.x.array[:], wall.pressure.value = 0.0, 0.0
    ramp(newton, to_pressure(wall, pressure), steps=3)
    assert wall.cavity.volume() == pytest.approx(volume, rel=1e-6)


def test_an_inflated_shape_unloads_to_the_one_that_was_inflated(comm):
    """Every node to 1 um, at 1.5 kPa, which enlarges the cavity by more than half."""
    wall, _ = land.Ellipsoid().wall(comm, (1, 5, 12), land.ANISOTROPIC)
    X, newton = wall.domain.geometry.x, Newton(wall)
    start, rest = wall.cavity.volume(), X.copy()
    ramp(newton, to_pressure(wall, 1.5e3), steps=4)
    assert wall.cavity.volume() > 1.5 * start
    X += wall.displacement
    wall.w.x.array[:] = 0.0
    found = unload(newton, to_pressure(wall, 1.5e3), tolerance=3e-7)
    assert found.iterations < 15
    assert np.abs(X - rest).max() < 1e-6


@pytest.mark.parametrize("material", MATERIALS, ids=NAMES)
def test_ranks_make_no_difference_to_a_beating_heart(comm, material):
    if comm.size == 1:
        pytest.skip("compares several ranks with one")

    def after(where):
        wall, *_ = heart(where, material=material, base=BASAL, pericardium=PERICARDIUM)

        def apply(share):
            wall.pressure.value = 5e3 * share
            wall.S_a.x.array[:] = 3e4 * share

        newton = Newton(wall)
        ramp(newton, apply, steps=100)
        return wall.cavity.volume(), newton.effort.steps

    (team, steps), (alone, steps_alone) = after(comm), after(MPI.COMM_SELF)
    assert team == pytest.approx(alone, rel=1e-7)
    assert steps == steps_alone


def test_tension_is_along_the_fibre_per_area_at_rest_and_answers_stretch(comm):
    """A cube whose fibres are along x, stretched along them: the force on its face is tension."""
    domain, tags = cube(comm, 2)
    wall = Wall(domain, Guccione(), tags=tags, fibre=ufl.as_vector((1.0, 0.0, 0.0)))
    V, of = wall.W.sub(0).collapse()
    u = fem.Function(V)
    own = far_face(wall, 0)

    def stretched(stretch):
        u.interpolate(lambda x: np.stack([(stretch - 1) * x[0], 0 * x[0], 0 * x[0]]))
        wall.w.x.array[of] = u.x.array

    def force():
        forces = assembled(wall, wall.internal).array_r[own]
        return comm.allreduce(forces.sum(axis=0))

    stretched(1.2)
    passive = force()
    wall.contract(7e3 * np.ones_like(wall.stretch()), 4e4 * np.ones_like(wall.stretch()))
    active = force()
    assert active - passive == pytest.approx([7e3, 0, 0], abs=1e-6)
    stretched(1.2 + 1e-4)
    active = force()
    wall.contract(np.zeros_like(wall.stretch()))
    assert active - force() == pytest.approx([7e3 + 4e4 * 1e-4, 0, 0], abs=1e-3)


def test_a_share_of_tension_is_across_the_fibre(comm):
    """A cube at rest, fibres along x: its face across y is pulled by the share."""
    domain, tags = cube(comm, 2)
    along, across = ufl.as_vector((1.0, 0.0, 0.0)), ufl.as_vector((0.0, 1.0, 0.0))
    wall = Wall(domain, Guccione(), tags=tags, fibre=along, across=across, share=0.4)
    wall.contract(7e3 * np.ones_like(wall.stretch()))
    forces = assembled(wall, wall.internal).array_r
    for axis, pulled in enumerate(([7e3, 0, 0], [0, 2.8e3, 0], [0, 0, 0])):
        assert comm.allreduce(forces[far_face(wall, axis)].sum(axis=0)) == pytest.approx(
            pulled, abs=1e-6
        )


def test_an_annulus_resists_and_does_not_pull(comm):
    """A cube stretched along x, a quarter of it fibrous: mu (l - 1 / l) / 4 and 3/4 of tension."""
    domain, tags = cube(comm, 2)
    along = ufl.as_vector((1.0, 0.0, 0.0))
    wall = Wall(domain, Guccione(), tags=tags, fibre=along, annulus=2e4)
    V, of = wall.W.sub(0).collapse()
    u = fem.Function(V)
    u.interpolate(lambda x: np.stack([0.2 * x[0], 0 * x[0], 0 * x[0]]))
    wall.w.x.array[of] = u.x.array
    own = far_face(wall, 0)

    def force():
        return comm.allreduce(assembled(wall, wall.internal).array_r[own].sum(axis=0))

    muscle = force()
    wall.ends(0.25 * np.ones_like(wall.stretch()))
    tissue = force() - muscle
    wall.contract(7e3 * np.ones_like(wall.stretch()))
    assert tissue == pytest.approx([0.25 * 2e4 * (1.2 - 1 / 1.2), 0, 0], abs=1e-6)
    assert force() - muscle - tissue == pytest.approx([0.75 * 7e3, 0, 0], abs=1e-6)


def test_viscosity_resists_a_stretch_and_not_what_has_been_stretched(comm):
    """A cube drawn out along x by a fifth in one step: F S_v = eta / dt (1.2^2 - 1) / 2 1.2."""
    domain, tags = cube(comm, 2)
    wall = Wall(domain, Guccione(), tags=tags, fibre=FIBRE)
    V, of = wall.W.sub(0).collapse()
    u = fem.Function(V)
    u.interpolate(lambda x: np.stack([0.2 * x[0], 0 * x[0], 0 * x[0]]))
    own = far_face(wall, 0)

    def force():
        return comm.allreduce(assembled(wall, wall.internal).array_r[own].sum(axis=0))

    wall.move(5e3)
    wall.w.x.array[of] = u.x.array
    moving = force()
    wall.move(5e3)
    assert moving - force() == pytest.approx([5e3 * 0.22 * 1.2, 0, 0], abs=1e-6)


def test_sheets_are_across_the_wall_and_fibres_in_it(comm):
    template = build(*SIZES)
    shape = land.Ellipsoid()
    points = shape.at(template.nodes)
    domain = TemplateMesh(comm, template.cells, points, n_vertices=template.n_vertices)
    fibre, sheet = (
        f.x.array.reshape(-1, 3)
        for f in microstructure(domain, template, shape, endocardium=1.0, epicardium=-1.0)
    )
    assert np.linalg.norm(sheet, axis=1) == pytest.approx(np.ones(len(sheet)))
    assert np.einsum("qi,qi->q", fibre, sheet) == pytest.approx(np.zeros(len(fibre)), abs=1e-9)
    quadrature, _ = basix.make_quadrature(basix.CellType.tetrahedron, QUADRATURE)
    cells = np.arange(domain.domain.topology.index_map(3).size_local, dtype=np.int32)
    x = fem.Expression(ufl.SpatialCoordinate(domain.domain), quadrature).eval(domain.domain, cells)
    from_axis = x.reshape(-1, 3) * [1 / 4, 1, 1]  # outwards, roughly
    assert (np.einsum("qi,qi->q", sheet, from_axis) > 0).all()


def test_a_load_too_large_for_one_step_is_taken_in_several(comm):
    wall = land.beam(comm, (10, 2))
    newton = Newton(wall)
    ramp(newton, to_pressure(wall, land.BENDING), steps=1)
    assert newton.effort.failures > 0
    assert newton.effort.steps > 1
    assert float(wall.pressure.value) == land.BENDING


def test_the_coarse_benchmarks_are_met(comm):
    """Problems 1 and 2 of Land et al. (2015) as the verification table has them."""
    assert [check.quantity for check in land.bending(comm, fine=False) if not check.passed] == []
    assert [check.quantity for check in land.inflation(comm, fine=False) if not check.passed] == []


@pytest.mark.slow
def test_all_benchmarks_are_met(comm):
    """On the fine meshes too, and where an apex contracts."""
    assert [check.quantity for check in land.checks(comm) if not check.passed] == []
