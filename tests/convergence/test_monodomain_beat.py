"""A heart beats by the monodomain equation as its patient's velocities say, on any ranks."""

from mpi4py import MPI

import numpy as np
import pytest

from sosie.errors import RejectedError
from sosie.geometry.fibres import fibres
from sosie.geometry.template import build
from sosie.geometry.torso import torso_of
from sosie.geometry.ventricle import personalise
from sosie.heart.activation import centres_of, prescribed
from sosie.heart.monodomain_beat import MonodomainBeats, Patient
from sosie.heart.parameters import Activation, Fibres
from sosie.heart.purkinje import endocardial

BODY = torso_of(height=1.7, weight=70.0)


def heart(beats):
    """Return a small mean heart on a mesh, and the early times of a fast patient."""
    anatomy = beats.refined(personalise(build(2, 12, 24), np.zeros(6), volume=25e-6, mass=0.025))
    activation, angles = Activation(), Fibres()
    fibre = fibres(
        anatomy.ventricle,
        beats.nodes,
        endocardium=angles.endocardium,
        epicardium=angles.epicardium,
    )
    centres = centres_of(anatomy.ventricle, activation)
    times = prescribed(anatomy.points, fibre, centres, activation, c_f=1.0, c_t=0.7)
    fast = endocardial(beats.template, anatomy.points, centres, activation, velocity=2.5)
    return anatomy, np.fmin(times, fast)


def small(comm):
    return MonodomainBeats(comm, build(4, 24, 48, alternating=True), model="ttp06")


@pytest.mark.slow
def test_a_beat_activates_and_repolarises_every_vertex_and_shows_in_the_leads(comm):
    beats = small(comm)
    anatomy, early = heart(beats)
    beat = beats.beat(early, Patient((1.0, 0.7)), anatomy, BODY)
    assert beat.remark == ""
    given = np.isfinite(early) & (early >= 0)
    late = (beat.activation_time - early)[given]
    assert late.max() < 1e-3
    assert np.median(late) > -5e-4  # sodium channels open on the way up
    assert 0.02 < beat.activation_time.max() < 0.06
    assert ((beat.apd90 > 0.2) & (beat.apd90 < 0.4)).all()
    assert 0.2 < beat.biomarkers.qt < 0.45
    if comm.size > 1:
        alone = small(MPI.COMM_SELF)
        one = alone.beat(early, Patient((1.0, 0.7)), anatomy, BODY)
        assert beat.activation_time == pytest.approx(one.activation_time, abs=1e-5)
        assert beat.repolarisation_time == pytest.approx(one.repolarisation_time, abs=5e-5)
        assert np.abs(beat.ecg - one.ecg).max() < 1e-3 * np.abs(one.ecg).max()


def test_cells_too_coarse_for_the_velocity_are_refused_in_one_sentence(comm):
    beats = MonodomainBeats(comm, build(2, 12, 24), model="ttp06")
    anatomy, early = heart(beats)
    with pytest.raises(RejectedError, match=r"too coarse for a front of 0.2 m/s.*refine the"):
        beats.prepare(early, Patient((0.5, 0.2)), anatomy)


def test_times_are_read_where_the_study_has_its_vertices(comm):
    beats, template = small(comm), build(2, 12, 24)
    to = beats.to(template)
    t, s, _ = beats.nodes.T
    found = to @ (t + 2 * s)
    there = template.nodes[: template.n_vertices]
    assert found == pytest.approx(there[:, 0] + 2 * there[:, 1], abs=0.02)
