"""Ask whether the two tiers of electrophysiology agree on the survey's hearts.

activation    of the monodomain equation, at velocities the mesh was tuned to, against the eikonal's
cost          of either, stated; monodomain until all is activated
"""

import logging
import time

from mpi4py import MPI

import numpy as np

from sosie.errors import PatientError
from sosie.geometry.template import build
from sosie.heart.monodomain import Scheme
from sosie.heart.monodomain_beat import CARRYING, MonodomainBeats, Patient
from sosie.heart.parameters import HeartParameters
from sosie.heart.simulate import Heart, anatomy_of
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
            given = heart.early(record, fine, beats.template)
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
