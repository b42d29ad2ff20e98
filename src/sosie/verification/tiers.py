"""Ask whether the two tiers of electrophysiology agree on the survey's hearts, and with themselves.

activation    of the monodomain equation, at velocities the mesh was tuned to, against the eikonal's
beats         the whole beat of one tier against the other's: activation, APD90, leads, QT
refinement    the monodomain's activation against that on a mesh of half the edges, and at half the
              step, each tuned by itself
cost          of either, stated

A heart that is too large or too slow for the study's mesh, whose cells would block its fronts, is
refused by it; here the next finer mesh takes it, and the line says so.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import replace

from mpi4py import MPI

import numpy as np

from sosie.cohort.record import Record
from sosie.errors import PatientError, RejectedError
from sosie.geometry.template import build
from sosie.geometry.torso import torso_of
from sosie.heart.ecg import Beat
from sosie.heart.layers import ikr_density
from sosie.heart.monodomain import Scheme
from sosie.heart.monodomain_beat import CARRYING, MonodomainBeats, Patient
from sosie.heart.parameters import HeartParameters, Mesh
from sosie.heart.simulate import Heart, anatomy_of
from sosie.typing import Array
from sosie.verification.check import Check
from sosie.verification.hearts import survey

LOG = logging.getLogger(__name__)
PATIENTS = 4
MESHES = (HeartParameters().electrophysiology.mesh, Mesh(layers=12, rings=144, around=240))
"""Of the monodomain tier: the study's, cells of about a millimetre, and of two thirds of that."""
HALVED = Mesh(layers=16, rings=192, around=324)
"""The study's with every edge halved."""
ALLOWED, REFINED = 3.0, 2.0
"""[ms] root mean square, of one tier against the other and of a mesh against a finer one."""
SLOWER = 0.01
"""Of total activation time that half the step may change."""
NAME = "eikonal against monodomain"
OURS = "acceptance limit of this project"
STATED = "as it comes out; the limit is this project's"
MS = 1e3


class Meshes[T]:
    """What is made on meshes of the monodomain tier, when a heart asks for it."""

    def __init__(self, make: Callable[[Mesh], T]) -> None:
        """Make the first."""
        self.make, self.made = make, {MESHES[0]: make(MESHES[0])}

    def carry[R](self, run: Callable[[T], R]) -> tuple[R, T, str]:
        """Return what comes of the first mesh that carries the heart, and words where not 0."""
        *usual, last = MESHES
        for mesh in usual:
            try:
                return run(self.made[mesh]), self.made[mesh], ""
            except RejectedError:
                LOG.info("tiers: a heart is refused by %s", mesh)
        if last not in self.made:
            self.made[last] = self.make(last)
        sizes = f"{last.layers} x {last.rings} x {last.around}"
        return run(self.made[last]), self.made[last], f" on a finer mesh of {sizes}"


def activation(
    comm: MPI.Comm, *, patients: int = PATIENTS, scheme: Scheme = CARRYING
) -> list[Check]:
    """Compare activation of the two tiers at the vertices of the study's template."""
    heart, meshes = _heart(comm), Meshes(lambda mesh: _tissue(comm, mesh, scheme))
    checks = []
    for record in survey(patients):
        quantity = f"RMS of activation time, patient {record.id}"
        try:
            anatomy = anatomy_of(heart.template, record)
            began = time.process_time()
            times, _ = heart.activate(record, anatomy)
            eikonal = time.process_time() - began
            (found, monodomain), _, where = meshes.carry(
                lambda tissue, record=record: _activated(heart, tissue, record)
            )
            late = found - times
            ours = rms(late)
            quantity += (
                f"{where} (mean {MS * late.mean():+.1f}, largest {MS * np.abs(late).max():.0f}"
                f" ms; {eikonal:.1f} and {monodomain:.0f} s of CPU a rank)"
            )
        except PatientError as error:
            ours, quantity = None, f"{quantity}: {error}"
        LOG.info("tiers: %s: %s ms", quantity, ours)
        checks.append(Check(NAME, quantity, ours, 0.0, "ms", ALLOWED, OURS))
    return checks


def beats(comm: MPI.Comm, *, patients: int = PATIENTS) -> list[Check]:
    """Compare whole beats of the two tiers at the vertices of the study's template."""
    fast, meshes = _heart(comm), Meshes(lambda mesh: _heart(comm, monodomain=mesh))
    checks = []
    for record in survey(patients):
        try:
            eikonal, spent = _beat(fast, record)
            (monodomain, dear), _, where = meshes.carry(
                lambda heart, record=record: _beat(heart, record)
            )
            found, said = (
                between(eikonal, monodomain),
                f"{spent:.1f} and {dear:.0f} s of CPU a rank",
            )
        except PatientError as error:
            found, where, said = {"activation, RMS": (None, 0.0, "ms", ALLOWED)}, "", str(error)
        for what, (ours, expected, unit, allowed) in found.items():
            quantity = f"{what}, whole beat, patient {record.id}{where} ({said})"
            LOG.info("tiers: %s: %s %s", quantity, ours, unit)
            source = OURS if what.startswith("activation") else STATED
            checks.append(Check(NAME, quantity, ours, expected, unit, allowed, source))
    return checks


def between(ours: Beat, theirs: Beat) -> dict[str, tuple[float | None, float, str, float]]:
    """Return how two beats of a heart differ: value, what equal beats have, unit, allowed."""
    apd90, here = MS * (ours.apd90 - theirs.apd90), np.isfinite(ours.ecg).all()
    leads = np.corrcoef(ours.ecg.ravel(), theirs.ecg.ravel())[0, 1] if here else np.nan
    qt = MS * (ours.biomarkers.qt - theirs.biomarkers.qt)
    return {
        "activation, RMS": (rms(ours.activation_time - theirs.activation_time), 0.0, "ms", ALLOWED),
        "APD90, RMS": (float(np.sqrt(np.mean(apd90**2))), 0.0, "ms", 10.0),
        "APD90, mean difference": (float(apd90.mean()), 0.0, "ms", 10.0),
        "correlation of all leads": (_finite(leads), 1.0, "1", 0.05),
        "QT": (_finite(qt), 0.0, "ms", 10.0),
    }


def refinement(comm: MPI.Comm, *, patients: int = PATIENTS) -> list[Check]:
    """Compare the monodomain's activation with that on halved edges and at half the step."""
    half = replace(CARRYING, dt=CARRYING.dt / 2)
    heart, meshes = _heart(comm), Meshes(lambda mesh: _tissue(comm, mesh, CARRYING))
    fine, stepped = _tissue(comm, HALVED, CARRYING), Meshes(lambda mesh: _tissue(comm, mesh, half))
    checks = []
    for record in survey(patients):
        mesh = f"RMS of activation time, patient {record.id}"
        step = f"RMS of activation time at half the step over its range, patient {record.id}"
        ours: tuple[float | None, float | None] = (None, None)

        def run(tissue: MonodomainBeats, record: Record = record) -> tuple[Array, float]:
            return _activated(heart, tissue, record)

        try:
            (times, spent), usual, where = meshes.carry(run)
            refined, dear = run(fine)
            (shorter, _), _, _ = stepped.carry(run)
            mesh += (
                f"{where} against the study's mesh with every edge halved"
                f" ({usual.template.n_vertices} and {fine.template.n_vertices} vertices,"
                f" {spent:.0f} and {dear:.0f} s of CPU a rank)"
            )
            ours = rms(times - refined), rms(times - shorter) / (MS * float(np.ptp(times)))
        except PatientError as error:
            mesh = f"{mesh}: {error}"
        LOG.info("tiers: %s: %s ms, half the step: %s", mesh, *ours)
        name = "monodomain mesh and step"
        checks.append(Check(name, mesh, ours[0], 0.0, "ms", REFINED, OURS))
        checks.append(Check(name, step, ours[1], 0.0, "1", SLOWER, OURS))
    return checks


def rms(late: Array) -> float:
    """Return the root mean square [ms] of times [s]."""
    return MS * float(np.sqrt(np.mean(late**2)))


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _heart(comm: MPI.Comm, *, monodomain: Mesh | None = None) -> Heart:
    """Return the study's heart as it conducts: it does not contract."""
    usual = HeartParameters()
    chosen = usual.electrophysiology
    if monodomain is not None:
        chosen = replace(chosen, tier="monodomain", mesh=monodomain)
    still = replace(usual.mechanics, enabled=False)
    return Heart(comm, replace(usual, electrophysiology=chosen, mechanics=still))


def _tissue(comm: MPI.Comm, mesh: Mesh, scheme: Scheme) -> MonodomainBeats:
    """Return the monodomain tier on a mesh, its fronts measured before they are timed."""
    template = build(mesh.layers, mesh.rings, mesh.around, alternating=True)
    model = HeartParameters().electrophysiology.model
    tissue = MonodomainBeats(comm, template, model=model, scheme=scheme)
    assert tissue.speed.least > 0
    return tissue


def _activated(heart: Heart, tissue: MonodomainBeats, record: Record) -> tuple[Array, float]:
    """Return activation [s] at the study's vertices, and the CPU seconds of this rank."""
    anatomy = anatomy_of(heart.template, record)
    began = time.process_time()
    fine = tissue.refined(anatomy)
    early = heart.early(record, fine, tissue.template)
    patient = Patient(
        (record.si("cv_fibre"), record.si("cv_transverse")),
        heart.parameters.fibres,
        {"I_Kr": ikr_density(record)},
    )
    problem, start = tissue.prepare(early, patient, fine)
    tissue.activate(problem, start)
    spent = time.process_time() - began
    onset = np.nanmin(np.maximum(early, 0.0))
    found = np.maximum(tissue.mesh.together(problem.activation + start), onset)
    return tissue.to(heart.template) @ found, spent


def _beat(heart: Heart, record: Record) -> tuple[Beat, float]:
    """Return the beat at the vertices of the study's template, and the CPU seconds of this rank."""
    anatomy = anatomy_of(heart.template, record)
    body = torso_of(height=record.si("height"), weight=record.si("weight"))
    if heart.tissue is None:
        heart.wall(record)  # paced and kept before it is timed
    began = time.process_time()
    return heart.beat(record, anatomy, body)[0], time.process_time() - began
