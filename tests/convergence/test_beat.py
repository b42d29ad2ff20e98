"""A ventricle in the circulation: rest from what was seen, strain, steps, ranks."""

from dataclasses import replace

from mpi4py import MPI

import numpy as np
import pytest

from sosie.cohort.record import Cell
from sosie.errors import SolverDivergedError
from sosie.geometry import ventricle
from sosie.geometry.template import build
from sosie.heart.beat.march import Heartbeat
from sosie.heart.beat.muscle import Muscle
from sosie.heart.beat.parameters import Mechanics
from sosie.heart.beat.simulate import INSTANTS, PHASES, Beating, measured_of
from sosie.heart.beat.strain import DIRECTIONS, Strain, positions
from sosie.heart.beat.ventricle import CLOSE, Ventricle3D
from sosie.heart.circulation.fit import fit
from sosie.heart.circulation.parameters import ML, MMHG
from sosie.heart.mechanics.equilibrium import Newton, ramp
from sosie.heart.parameters import Fibres
from sosie.typing import Array

COARSE = Mechanics(rings=4, around=6, steps=40, calcium="land2017")
PRESSURE = 9 * MMHG
MEAN = np.zeros(6)
KNOWN = {
    "lv_edv": (130.0, "mL"),
    "lv_esv": (75.0, "mL"),
    "lv_mass": (110.0, "g"),
    "sbp": (118.0, "mmHg"),
    "dbp": (76.0, "mmHg"),
    "heart_rate": (70.0, "1/min"),
}


def shape():
    template = build(COARSE.layers, COARSE.rings, COARSE.around)
    return ventricle.personalise(template, MEAN, volume=130 * ML, mass=0.11).ventricle


def late(template):
    """Activate from apex to base in 50 ms."""
    return 0.05 * template.nodes[: template.n_vertices, 1]


@pytest.fixture(scope="module")
def seen(comm):
    """Return the ventricle on a coarse mesh, where it was seen, volume, and what rest is."""
    heart = Ventricle3D(comm, COARSE, Fibres())
    heart.see(shape())
    before = positions(heart)
    volume = heart.wall.cavity.volume()
    return heart, before, volume, heart.unload(PRESSURE)


@pytest.fixture
def person(patient):
    record = patient()
    cells = {
        name: Cell(value, unit, "measured", "made up for the tests", None)
        for name, (value, unit) in KNOWN.items()
    }
    return replace(record, cells=record.cells | cells)


def test_the_unloaded_ventricle_is_in_equilibrium_where_it_was_seen(seen):
    """Without a single iteration of the wall's own equations, and at Klotz's volume."""
    heart, before, volume, rest = seen
    wall = heart.wall
    assert np.abs(positions(heart) - before).max() < 1e-12
    assert wall.cavity.volume() == pytest.approx(volume, rel=1e-9)
    assert wall.residual().norm() < 1e-5 * PRESSURE * wall.pressure_column().norm()
    assert rest.volume == pytest.approx(volume * (0.6 - 0.006 * 9), rel=0.01)


def test_at_rest_the_ventricle_has_the_volume_it_is_said_to_have(seen):
    """Deflated by its own equations to no pressure, springs tight by a tenth."""
    heart, _, volume, rest = seen
    wall = heart.wall
    start, pressure = wall.w.x.array.copy(), float(wall.pressure.value)
    wall.w.x.array[:] = 0.0
    assert wall.cavity.volume() == pytest.approx(rest.volume, rel=1e-9)
    wall.w.x.array[:], wall.pressure.value = start, pressure
    assert rest.law.pressure(volume) == pytest.approx(PRESSURE, rel=0.05)


def test_a_ventricle_too_soft_to_be_unloaded_is_unloaded_from_a_stiffer_one(seen, monkeypatch):
    heart, before, volume, rest = seen
    failures = [SolverDivergedError("mechanics", -6, 3)]

    def once_in_vain(newton, apply, *, steps):
        if failures:
            raise failures.pop()
        ramp(newton, apply, steps=steps)

    monkeypatch.setattr("sosie.heart.beat.ventricle.ramp", once_in_vain)
    heart.see(shape())
    again = heart.unload(PRESSURE)
    assert not failures
    assert again.volume == pytest.approx(rest.volume, rel=0.02)
    assert np.abs(positions(heart) - before).max() < 1e-12
    assert heart.wall.cavity.volume() == pytest.approx(volume, rel=1e-9)


def test_strain_is_none_where_the_heart_was_seen_and_none_when_it_turns(seen):
    heart, *_ = seen
    wall = heart.wall
    start = wall.w.x.array.copy()
    strain = Strain(heart, shape())
    nothing = strain.measure()
    a = np.linalg.qr(np.array([[1.0, 0.3, 0.2], [0.4, 1.0, -0.5], [-0.2, 0.6, 1.0]]))[0]
    moved(wall, a * np.sign(np.linalg.det(a)))
    turned = strain.measure()
    wall.w.x.array[:] = start
    for found in (nothing, turned):
        assert np.abs(list(found.overall.values())).max() < 1e-9
        assert np.abs(found.fibre).max() < 1e-9
        assert max(np.abs(values).max() for values in found.segments.values()) < 1e-9


def test_a_heart_a_tenth_smaller_has_a_strain_of_a_tenth_everywhere(seen):
    heart, *_ = seen
    wall = heart.wall
    start = wall.w.x.array.copy()
    strain = Strain(heart, shape())
    moved(wall, 0.9 * np.eye(3))
    found = strain.measure()
    wall.w.x.array[:] = start
    assert [found.overall[name] for name in DIRECTIONS] == pytest.approx([-0.1] * 3)
    assert found.fibre == pytest.approx(np.full(len(found.fibre), -0.1))
    assert found.segments["fibre"] == pytest.approx(np.full(17, -0.1))


def test_a_heart_drawn_out_along_its_axis_is_longer_and_not_wider(seen):
    """By a tenth along x; at the equator that is the longitudinal direction."""
    heart, *_ = seen
    wall = heart.wall
    start = wall.w.x.array.copy()
    strain = Strain(heart, shape())
    moved(wall, np.diag([1.1, 1.0, 1.0]))
    found = strain.measure()
    wall.w.x.array[:] = start
    basal = slice(0, 6)
    assert found.segments["longitudinal"][basal] == pytest.approx(np.full(6, 0.1), abs=0.02)
    assert found.segments["circumferential"][basal] == pytest.approx(np.zeros(6), abs=0.01)
    assert found.segments["radial"][basal] == pytest.approx(np.zeros(6), abs=0.02)


def moved(wall, A: Array) -> None:
    """Put every point x of the wall at A x."""
    X = wall.V.tabulate_dof_coordinates()
    u = wall.w.x.array[wall.of]
    wall.w.x.array[wall.of] = (X + u) @ A.T - X


def test_a_patients_results_are_whole_and_volume_is_kept_at_every_step(comm, person):
    template = build(1, 4, 6)
    beating = Beating(comm, COARSE, Fibres(), activated=template, model="ttp06")
    found = beating.simulate(person, shape(), late(template))
    assert all(np.isfinite(values).all() for values in found.values())
    assert found["lv_pressure"].shape == (PHASES,)
    assert found["displacement"].shape == (len(INSTANTS), beating.ventricle.template.n_vertices, 3)
    assert found["segment_fibre_strain"].shape == (17,)
    assert found["volume_mismatch"] < 1e-4 * ML
    assert abs(found["systolic_pressure_error"]) < 5 * MMHG
    assert abs(found["diastolic_pressure_error"]) < 5 * MMHG
    assert abs(found["ejection_fraction_error"]) < 0.03
    assert found["global_circumferential_strain"] < -0.1
    assert found["global_longitudinal_strain"] < 0 < found["wall_thickening"]
    assert np.abs(found["displacement"][0]).max() < np.abs(found["displacement"][2]).max()


def test_a_full_fit_repeats_itself_and_meets_the_record(comm, person):
    """Within a millilitre and a millimetre of mercury, in a few beats of the wall."""
    full = replace(COARSE, fit="full")
    beating = Beating(comm, full, Fibres(), activated=build(1, 4, 6), model="ttp06")
    found = beating.simulate(person, shape(), late(build(1, 4, 6)))
    assert found["beats"] <= 4
    assert found["periodicity_volume"] < 1 * ML
    assert found["periodicity_pressure"] < 1 * MMHG
    assert found["volume_mismatch"] < 1e-4 * ML
    assert max(abs(found[f"lv_{name}_error"]) for name in ("edv", "esv")) < 1 * ML
    assert max(abs(found[f"{name}_pressure_error"]) for name in ("systolic", "diastolic")) < MMHG


def started(comm, person):
    """Return a heartbeat at the beginning of its first beat, and the circulation's state."""
    heart = Ventricle3D(comm, COARSE, Fibres())
    heart.see(shape())
    measured = measured_of(person)
    fitted = fit(measured, steps=COARSE.steps)
    heart.unload(fitted.state.p_lv)
    template = build(1, 4, 6)
    beating = Beating(comm, COARSE, Fibres(), activated=template, model="ttp06")
    beating.ventricle = heart
    muscle: Muscle = beating._muscle(measured, late(template))
    muscle.scale(2.0)
    beat = Heartbeat(Newton(heart.wall, close=CLOSE), muscle, fitted.circulation, steps=40)
    return beat, beat.fill(fitted.state)


def test_a_step_that_fails_is_taken_in_two(comm, person, monkeypatch):
    beat, state = started(comm, person)
    solve, calls = beat.newton.solve, []

    def fails_once(closure=None, *, carefully=False):
        calls.append(closure)
        if len(calls) == 2:
            raise SolverDivergedError("mechanics", -6, 3)
        solve(closure, carefully=carefully)

    monkeypatch.setattr(beat.newton, "solve", fails_once)
    monkeypatch.setattr(beat, "rings", beat.rings)
    beat.rings[0].steps, whole = 3, beat.rings[0].steps
    _, _, march = beat.beat(state)
    beat.rings[0].steps = whole
    assert march.halved == 1
    assert len(march.states) == 3
    assert march.mismatch < 1e-4 * ML


def test_a_step_that_always_fails_ends_the_patient(comm, person, monkeypatch):
    beat, state = started(comm, person)

    def fails(closure=None, *, carefully=False):
        raise SolverDivergedError("mechanics", -6, 3)

    monkeypatch.setattr(beat.newton, "solve", fails)
    with pytest.raises(SolverDivergedError, match="mechanics diverged"):
        beat.beat(state)


def test_ranks_make_no_difference_to_a_beat(comm, person):
    if comm.size == 1:
        pytest.skip("compares several ranks with one")
    template = build(1, 4, 6)
    team, alone = (
        Beating(where, COARSE, Fibres(), activated=template, model="ttp06").simulate(
            person, shape(), late(template)
        )
        for where in (comm, MPI.COMM_SELF)
    )
    for name in ("lv_volume", "lv_pressure", "ejection_fraction", "segment_fibre_strain"):
        assert team[name] == pytest.approx(alone[name], rel=1e-4, abs=1e-7), name
