"""Lead fields are reciprocal, exact for a dipole in a ball, and give beats their twelve leads."""

import re
from dataclasses import replace

from mpi4py import MPI

import numpy as np
import pytest
import ufl
from dolfinx import fem, mesh

from sosie.errors import SosieError
from sosie.fem.mesh import TemplateMesh
from sosie.geometry.locate import interpolation
from sosie.geometry.torso import REFERENCE, placed, torso_of, unit_mesh
from sosie.heart.action_potential import ActionPotential, Wall
from sosie.heart.beat.parameters import Mechanics
from sosie.heart.biomarkers import LEADS, TIME
from sosie.heart.conductivity import INTRACELLULAR, SLAB
from sosie.heart.eikonal_beat import PASSAGE, REST
from sosie.heart.ionic.cells import Cells
from sosie.heart.lead_field import Conductor, Source
from sosie.heart.monodomain import NIEDERER, Monodomain, Scheme
from sosie.heart.parameters import Activation, HeartParameters, Mesh, Purkinje
from sosie.heart.repolarisation import Repolarisation
from sosie.heart.simulate import Heart, anatomy_of
from sosie.verification import dipole

COARSE = HeartParameters(
    mesh=Mesh(layers=3, rings=20, around=36),
    mechanics=Mechanics(enabled=False),
    activation=Activation(radius=8e-3, diffusion_time=1e-3, purkinje=Purkinje(reach=0.0)),
)
BODY = torso_of(height=1.75, weight=75.0)
MS, MV = 1e-3, 1e-3


def test_a_dipole_in_a_ball_is_met_within_2_per_cent_and_nearer_on_finer_meshes(comm):
    coarse, fine = (dipole.error(comm, levels=n) for n in dipole.LEVELS)
    assert fine < 0.02
    assert np.log2(coarse / fine) > 1.4


def test_the_leads_of_a_finer_torso_are_the_same_within_3_per_cent(comm):
    """Potentials of the electrodes along a bar where the heart is, less their mean."""
    bar = np.array([0.05, -0.04, 1.27]) + np.linspace(-0.03, 0.03, 13)[:, None] * np.eye(3)[:, None]
    bar = bar.reshape(-1, 3)
    found = []
    for fine in (10e-3, 6e-3):
        points, cells = unit_mesh(fine, 30e-3)
        points = BODY.fill(points)
        fields = Conductor(comm, points, cells).potentials(BODY.electrodes())
        along = (interpolation(points, cells, bar) @ fields.T).T
        found.append(along - along.mean(axis=1, keepdims=True))
    ours, finer = found
    error = np.linalg.norm(ours - finer, axis=1) / np.linalg.norm(finer, axis=1)
    assert error.max() < 0.03


@pytest.fixture(scope="module")
def ventricle():
    """Make a ventricle of plain tetrahedra, as source of current, inside a coarse torso."""

    def make(comm):
        heart = Heart(MPI.COMM_SELF, COARSE)
        template = heart.template
        n = template.n_vertices
        shape = heart.mesh.domain.geometry.x[np.argsort(heart.mesh.nodes)][:n]
        points = placed(REFERENCE, 1.2 * shape, apex=np.array([0.08, 0.0, 0.0]))
        domain = TemplateMesh(comm, template.cells[:, :4], points, n_vertices=n)
        fibre = ufl.as_vector([0.6, 0.0, 0.8])
        unit, cells = unit_mesh(25e-3, 60e-3)
        torso = Conductor(comm, REFERENCE.fill(unit), cells)
        return points, domain, Source(domain.space, INTRACELLULAR.tensor(fibre)), torso

    return make


def test_lead_fields_give_what_a_direct_solve_gives(comm, ventricle):
    """Reciprocity, on the same mesh, for a potential of no symmetry."""
    points, heart, source, torso = ventricle(comm)
    own = heart.vertex_of_dof[: heart.space.dofmap.index_map.size_local]
    v = (0.05 * np.sin(points @ [110.0, -70.0, 90.0]) - 0.03)[own]
    at = interpolation(torso.points, torso.cells, points[own])
    electrodes = REFERENCE.electrodes()

    weights = source.weights((at @ torso.potentials(electrodes).T).T)
    by_lead_field = comm.allreduce(weights @ v)

    current = comm.allreduce(at.T @ source.weights(v[None])[0])  # -P' K_i v
    skin = interpolation(torso.points, torso.cells, electrodes) @ torso.solve(current)
    directly = skin - skin.mean()
    assert by_lead_field == pytest.approx(directly, abs=1e-6 * np.abs(directly).max())
    assert np.abs(directly).max() > 1e-5


def test_a_potential_that_is_the_same_everywhere_is_not_seen(comm, ventricle):
    points, heart, source, torso = ventricle(comm)
    own = heart.vertex_of_dof[: heart.space.dofmap.index_map.size_local]
    at = interpolation(torso.points, torso.cells, points[own])
    weights = source.weights((at @ torso.potentials(REFERENCE.electrodes()).T).T)
    total = comm.allreduce(weights.sum(axis=1))
    assert np.abs(total).max() < 1e-9 * comm.allreduce(np.abs(weights).sum())


def front(comm, scale, factor):
    """Pace a cable whose middle third repolarises late; return T, R, R of cells alone, and V."""
    length, n = 60e-3, 240
    cable = mesh.create_interval(comm, n, [0.0, length])
    V = fem.functionspace(cable, ("Lagrange", 1))
    own = V.dofmap.index_map.size_local
    x = V.tabulate_dof_coordinates()[:own, 0]
    middle = (x > length / 3) & (x < 2 * length / 3)
    sigma = ufl.as_matrix([[fem.Constant(cable, SLAB.fibre)]])

    def times(scales):
        cells = Cells("ttp06", own, scales={scale: scales})
        start = np.where(x < 2e-3, 0.0, cells.rest * MV)
        scheme = Scheme(dt=5e-5, diffusion="implicit", lumping=0.3)
        problem = Monodomain(V, sigma, cells, start=start, scheme=scheme)
        problem.run(0.55)
        return problem.crossings.activation, problem.crossings.repolarisation

    seen = (x > 3e-3) & (x < length - 3e-3)
    T, R = times(np.where(middle, factor, 1.0))
    apd = [np.nanmean(np.subtract(*times(np.full(own, k))[::-1])[seen]) for k in (1.0, factor)]
    weight = comm.allgather(seen.sum())
    apd = np.average(comm.allgather(apd), axis=0, weights=weight)
    alone = np.where(middle, apd[1], apd[0])
    return V, x, seen, T, R, np.nan_to_num(T) + alone


@pytest.mark.parametrize(("factor", "unsmoothed"), [(0.25, 15 * MS), (0.5, 7 * MS)])
def test_repolarisation_is_that_of_the_monodomain_cable_within_4_ms(comm, factor, unsmoothed):
    V, _, seen, _, R, alone = front(comm, "I_Ks", factor)
    D = ufl.as_matrix([[fem.Constant(V.mesh, SLAB.fibre / NIEDERER.capacity)]])
    ours = Repolarisation(V, D).solve(alone)

    def off(times):
        squares = comm.allreduce(np.sum((times - R)[seen] ** 2)) / comm.allreduce(seen.sum())
        return np.sqrt(squares)

    assert off(ours) < 4 * MS
    assert off(alone) > unsmoothed


def test_repolarisation_that_is_the_same_everywhere_stays(comm):
    V = fem.functionspace(mesh.create_unit_cube(comm, 3, 3, 3), ("Lagrange", 1))
    own = V.dofmap.index_map.size_local
    found = Repolarisation(V, 1e-2 * ufl.Identity(3)).solve(np.full(own, 0.3))
    assert found == pytest.approx(np.full(own, 0.3), abs=1e-9)


def action_potentials():
    """Return beats of cells that rise in 1 ms and repolarise along a cosine."""
    t = np.arange(0, 0.6, 1e-4)

    def beat(duration):
        share = np.clip((t - 0.011) / duration, 0, 1)
        fall = np.where(t < 0.011, np.clip((t - 0.01) / 1e-3, 0, 1), np.cos(np.pi / 2 * share) ** 2)
        return -0.085 + 0.115 * fall

    durations = {"endo": 0.30, "mid": 0.34, "epi": 0.26}
    return {name: ActionPotential.of(t, beat(d)) for name, d in durations.items()}


@pytest.fixture(scope="module")
def beats():
    """Make a heart, its record and what turns its activation into leads."""

    def make(comm, patient):
        heart, record = Heart(comm, COARSE), patient()
        anatomy = anatomy_of(heart.template, record)
        activation, _ = heart.activate(record, anatomy)  # leaves mesh and fibres where they lie
        wall = Wall.of(heart.template.nodes[heart.mesh.own, 0], action_potentials())

        def beat(body=BODY, times=activation):
            return heart.beats.beat(times, wall, anatomy, body)

        return heart, anatomy, beat

    return make


@pytest.fixture(scope="module")
def known(comm, beats, request):
    """Return one heart's beat, made once."""
    heart, anatomy, beat = beats(comm, request.getfixturevalue("patient"))
    return heart, anatomy, beat, beat()


def test_a_beat_starts_and_ends_at_rest(known):
    *_, beat = known
    last = beat.repolarisation_time.max()
    calm = (TIME < -PASSAGE) | (last + REST < TIME)
    assert np.abs(beat.ecg[:, calm]).max() < 2e-3 * np.abs(beat.ecg).max()


def test_the_qrs_lasts_as_long_as_activation(known):
    *_, beat = known
    total = np.ptp(beat.activation_time)
    assert beat.biomarkers.qrs_duration == pytest.approx(total, abs=10 * MS)


def test_the_t_wave_ends_when_nine_tenths_have_repolarised(known):
    """A tangent leaves out the slow end of the wave, which the last tenth makes."""
    *_, beat = known
    end = beat.biomarkers.qrs_onset + beat.biomarkers.qt
    assert end == pytest.approx(np.quantile(beat.repolarisation_time, 0.9), abs=15 * MS)
    assert (beat.apd90 == beat.repolarisation_time - beat.activation_time).all()


def test_leads_are_of_the_size_of_a_heartbeat(known):
    """Chest leads of tenths to a few millivolts; V1 negative and V6 positive, as on the left."""
    *_, beat = known
    largest = np.abs(beat.ecg).max(axis=1)
    assert 0.3 * MV < largest[LEADS.index("V4")] < 4 * MV
    assert beat.ecg[LEADS.index("V1")].min() < -0.1 * MV
    assert beat.biomarkers.r_amplitude[LEADS.index("V6")] > 0.1 * MV


def test_potentials_are_inversely_proportional_to_the_torsos_conductivity(comm):
    unit, cells = unit_mesh(25e-3, 60e-3)
    points, electrodes = REFERENCE.fill(unit), REFERENCE.electrodes()
    one, two = (
        Conductor(comm, points, cells, conductivity=s).potentials(electrodes) for s in (0.2, 0.4)
    )
    assert one == pytest.approx(2 * two, abs=1e-6 * np.abs(one).max())


def test_a_heavier_body_shows_less_of_the_same_heart(known):
    _, _, again, beat = known
    heavy = again(torso_of(height=1.75, weight=120.0))
    assert np.abs(heavy.ecg[:6]).max() < np.abs(beat.ecg[:6]).max()
    assert heavy.biomarkers.qrs_duration == pytest.approx(beat.biomarkers.qrs_duration, abs=10 * MS)


def test_a_child_that_has_an_adults_heart_keeps_its_activation_and_has_no_leads(known):
    _, _, again, beat = known
    small = again(torso_of(height=0.7, weight=7.0))
    assert "lie outside the torso" in small.remark
    assert np.isnan(small.ecg).all()
    assert np.isnan(small.biomarkers.qt)
    assert (small.repolarisation_time == beat.repolarisation_time).all()


def test_a_beat_that_ends_after_the_record_has_no_leads(known):
    _, _, again, beat = known
    late = again(times=beat.activation_time + 0.5)
    assert re.match(r"ECG: the last cell repolarises at \d+ ms, too late", late.remark)
    assert np.isnan(late.ecg).all()


def test_electrodes_may_be_misplaced_but_not_off_the_skin(known):
    heart, anatomy, *_ = known
    leads = heart.beats.leads
    electrodes = BODY.electrodes()
    electrodes[4, 2] += 0.05  # V2, two spaces too high
    assert np.isfinite(leads.weights(anatomy, BODY, electrodes=electrodes)).all()
    electrodes[4, 1] -= 0.05
    with pytest.raises(SosieError, match="electrode V2 at .* is outside the torso"):
        leads.weights(anatomy, BODY, electrodes=electrodes)


def test_purkinje_fibres_shorten_activation_and_the_qrs(comm, patient):
    """Fast conduction over the endocardium narrows the QRS: Cardone-Noott et al. (2016)."""
    with_fibres = replace(COARSE, activation=replace(COARSE.activation, purkinje=Purkinje()))
    slow, fast = (Heart(comm, one).simulate(patient()) for one in (COARSE, with_fibres))
    assert fast["activation_time"].max() < 0.85 * slow["activation_time"].max()
    assert fast["activation_time"].mean() < 0.7 * slow["activation_time"].mean()
    assert fast["qrs_duration"] < slow["qrs_duration"] - 8 * MS


def test_two_ranks_record_what_one_records(comm, patient, beats):
    if comm.size == 1:
        pytest.skip("compares several ranks with one")
    ours, theirs = (beats(team, patient)[-1]() for team in (comm, MPI.COMM_SELF))
    assert ours.ecg == pytest.approx(theirs.ecg, abs=1e-6 * np.abs(theirs.ecg).max())
    assert ours.repolarisation_time == pytest.approx(theirs.repolarisation_time, abs=1e-9)
