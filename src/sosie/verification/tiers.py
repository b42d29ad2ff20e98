"""Ask whether the two tiers of electrophysiology agree on the survey's hearts.

activation    of the monodomain equation, at velocities the mesh was tuned to, against the eikonal's
cost          of either, stated; monodomain until all is activated
"""

import logging
import time

from mpi4py import MPI

import numpy as np

from sosie.cohort.record import Record
from sosie.errors import PatientError
from sosie.geometry.fibres import fibres
from sosie.geometry.template import build
from sosie.geometry.ventricle import Anatomy
from sosie.heart.activation import centres_of, prescribed
from sosie.heart.monodomain import Scheme
from sosie.heart.monodomain_beat import CARRYING, MonodomainBeats, Patient
from sosie.heart.parameters import HeartParameters
from sosie.heart.purkinje import endocardial
from sosie.heart.simulate import Heart, anatomy_of
from sosie.typing import Array
from sosie.verification.check import Check
from sosie.verification.hearts import survey

LOG = logging.getLogger(__name__)
PATIENTS = 4
SIZES = (8, 96, 162)
"""Layers, rings and cells around of the monodomain mesh: cells of about a millimetre."""
ALLOWED = 3.0
"""[ms] root mean square."""
NAME = "eikonal against monodomain"
OURS = "acceptance limit of this project"
MS = 1e3


def early(
    beats: MonodomainBeats, record: Record, anatomy: Anatomy, parameters: HeartParameters
) -> Array:
    """Return the times [s] prescribed at the vertices of the monodomain mesh, NaN elsewhere."""
    activation, angles = parameters.activation, parameters.fibres
    centres = centres_of(anatomy.ventricle, activation)
    fibre = fibres(
        anatomy.ventricle,
        beats.nodes,
        endocardium=angles.endocardium,
        epicardium=angles.epicardium,
    )
    c_f, c_t = record.si("cv_fibre"), record.si("cv_transverse")
    times = prescribed(anatomy.points, fibre, centres, activation, c_f=c_f, c_t=c_t)
    if not activation.purkinje.reach:
        return times
    own = "cv_endocardial"
    velocity = record.si(own) if own in record.cells else activation.purkinje.velocity
    fast = endocardial(beats.template, anatomy.points, centres, activation, velocity=velocity)
    return np.fmin(times, fast)


def activation(
    comm: MPI.Comm,
    *,
    patients: int = PATIENTS,
    sizes: tuple[int, int, int] = SIZES,
    scheme: Scheme = CARRYING,
) -> list[Check]:
    """Compare activation of the two tiers at the vertices of the study's template."""
    parameters = HeartParameters()
    heart = Heart(comm, parameters)
    beats = MonodomainBeats(
        comm,
        build(*sizes, alternating=True),
        model=parameters.electrophysiology.model,
        scheme=scheme,
    )
    to, checks = beats.to(heart.template), []
    assert beats.speed.least > 0  # measured before it is timed
    for record in survey(patients):
        quantity = f"RMS of activation time, patient {record.id}"
        try:
            anatomy = anatomy_of(heart.template, record)
            began = time.process_time()
            times, _ = heart.activate(record, anatomy)
            eikonal, began = time.process_time() - began, time.process_time()
            fine = beats.refined(anatomy)
            given = early(beats, record, fine, parameters)
            patient = Patient(
                (record.si("cv_fibre"), record.si("cv_transverse")), parameters.fibres
            )
            problem, start = beats.prepare(given, patient, fine)
            beats.activate(problem, start)
            monodomain = time.process_time() - began
            found = beats.mesh.together(problem.activation + start)
            late = to @ np.maximum(found, times.min()) - times
            ours = MS * float(np.sqrt(np.mean(late**2)))
            quantity = (
                f"{quantity} (mean {MS * late.mean():+.1f}, largest {MS * np.abs(late).max():.0f}"
                f" ms; {eikonal:.1f} and {monodomain:.1f} s of CPU a rank)"
            )
        except PatientError as error:
            ours, quantity = None, f"{quantity}: {error}"
        LOG.info("tiers: %s: %s ms", quantity, ours)
        checks.append(Check(NAME, quantity, ours, 0.0, "ms", ALLOWED, OURS))
    return checks
