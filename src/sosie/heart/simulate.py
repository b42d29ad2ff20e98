"""One patient's heart, in SI: record -> ventricle -> activation -> repolarisation, leads, beat."""

from dataclasses import replace

from mpi4py import MPI

import numpy as np

from sosie.batch.checkpoint import Checkpoint
from sosie.cohort.record import Record
from sosie.errors import PatientError, RejectedError
from sosie.fem.mesh import TemplateMesh, quadrature_order
from sosie.geometry import quality
from sosie.geometry.fibres import fibres
from sosie.geometry.template import Template, build, unwrapped
from sosie.geometry.torso import Torso, torso_of
from sosie.geometry.ventricle import Anatomy, from_scores, personalise
from sosie.heart.action_potential import ActionPotential, Wall
from sosie.heart.activation import centres_of, prescribed
from sosie.heart.beat.simulate import INPUTS as OF_BEAT
from sosie.heart.beat.simulate import Beating
from sosie.heart.ecg import Beat
from sosie.heart.eikonal import QUADRATURE, Eikonal
from sosie.heart.eikonal_beat import EikonalBeats
from sosie.heart.ionic.pace import pace
from sosie.heart.layers import KINDS, ikr_density
from sosie.heart.monodomain_beat import MonodomainBeats, Patient
from sosie.heart.parameters import HeartParameters
from sosie.heart.purkinje import endocardial
from sosie.typing import Array

SCORES = tuple(f"lv_score_{i}" for i in range(1, 7))
SHAPE = ("lv_edv", "lv_mass", "lv_wall_thickness", *SCORES)
TISSUE = ("cv_fibre", "cv_transverse", "cv_endocardial", "ikr_density")
BODY = ("height", "weight")
INPUTS = (*SHAPE, *TISSUE, *BODY, *OF_BEAT)
"""The cells of a record that a heart is made of: no other changes it."""


def template_of(parameters: HeartParameters) -> Template:
    """Return the template these parameters ask for."""
    mesh = parameters.mesh
    return build(mesh.layers, mesh.rings, mesh.around)


def anatomy_of(template: Template, record: Record) -> Anatomy:
    """Return the patient's ventricle; raise RejectedError where it cannot be built."""
    thickness = "lv_wall_thickness"
    return personalise(
        template,
        np.array([record.si(name) for name in SCORES]),
        volume=record.si("lv_edv"),
        mass=record.si("lv_mass"),
        thickness=record.si(thickness) if thickness in record.cells else None,
    )


def action_potentials(model: str, *, ikr_density: float = 1.0) -> dict[str, ActionPotential]:
    """Return those of paced cells of the wall's layers."""
    layers = {}
    for kind in KINDS:
        _, _, beats = pace(model, variant=kind, scales={"I_Kr": ikr_density})
        layers[kind] = ActionPotential.of(beats[-1].t, beats[-1].v[:, 0], name=f"{model} {kind}")
    return layers


class Heart:
    """A template distributed over a team of ranks, beating one patient after the other."""

    def __init__(self, comm: MPI.Comm, parameters: HeartParameters) -> None:
        """Build the mesh and compile the forms, once."""
        self.parameters = parameters
        self.template = template_of(parameters)
        start = from_scores(np.zeros(6)).at(self.template.nodes)
        template = self.template
        self.mesh = TemplateMesh(comm, template.cells, start, n_vertices=template.n_vertices)
        self.fibre, self.barycentric = self.mesh.quadrature_function("fibre", degree=QUADRATURE)
        self.eikonal = Eikonal(self.mesh.domain, self.fibre)
        self.beats = EikonalBeats(template, self.mesh, self.fibre)
        self.tissue = self._tissue(comm)
        self.walls: dict[float, Wall] = {}
        self.beating = self._beating(comm) if parameters.mechanics.enabled else None
        corners = unwrapped(template.nodes[self.mesh.cell_vertices])
        self.coordinates = np.einsum("qv,nvj->nqj", self.barycentric, corners)

    def simulate(self, record: Record, checkpoint: Checkpoint | None = None) -> dict[str, Array]:
        """Return the patient's results, SI, the same on every rank of the team.

        A heart is one solve of seconds: nothing of it is kept in ``checkpoint``. Raises
        RejectedError (geometry, velocities) and SolverDivergedError. A heart that is activated and
        does not beat, or does not fit into its body, lacks that part and says so.
        """
        anatomy = anatomy_of(self.template, record)
        shape = quality.check(self.template, anatomy.points)
        body = torso_of(height=record.si("height"), weight=record.si("weight"))
        beat, iterations = self.beat(record, anatomy, body)
        time, found = beat.activation_time, beat.biomarkers
        contraction, why = self._contract(record, anatomy, time)
        if checkpoint is not None:
            checkpoint.remark = "; ".join(remark for remark in (beat.remark, why) if remark)
        return contraction | {
            "points": anatomy.points[: self.template.n_vertices],
            "activation_time": time,
            "repolarisation_time": beat.repolarisation_time,
            "apd90": beat.apd90,
            "total_activation_time": np.array(time.max() - time.min()),
            "ecg": beat.ecg,
            "qrs_duration": np.array(found.qrs_duration),
            "qt": np.array(found.qt),
            "t_peak": np.array(found.t_peak - found.qrs_onset),
            "t_peak_end": np.array(found.t_peak_end),
            "r_amplitude": found.r_amplitude,
            "axis": np.array(found.axis),
            "cavity_volume": np.array(anatomy.cavity_volume),
            "cavity_volume_error": np.array(anatomy.cavity_volume_error),
            "mass": np.array(anatomy.mass),
            "wall_thickness": np.array(anatomy.wall_thickness),
            "det_min": np.array(shape.det_min),
            "mean_ratio_min": np.array(shape.ratio_min),
            "iterations": np.array(float(iterations)),
        }

    def beat(self, record: Record, anatomy: Anatomy, body: Torso) -> tuple[Beat, int]:
        """Return the electrical beat by the study's tier, and its nonlinear iterations."""
        if self.tissue is None:
            time, iterations = self.activate(record, anatomy)
            return self.beats.beat(time, self.wall(record), anatomy, body), iterations
        fine = self.tissue.refined(anatomy)
        velocities = record.si("cv_fibre"), record.si("cv_transverse")
        scales = {"I_Kr": ikr_density(record)}
        patient = Patient(velocities, self.parameters.fibres, scales)
        early = self.early(record, fine, self.tissue.template)
        beat = self.tissue.beat(early, patient, fine, body)
        here = self.tissue.to(self.template)
        times = here @ beat.activation_time, here @ beat.repolarisation_time
        return replace(beat, activation_time=times[0], repolarisation_time=times[1]), 0

    def _contract(
        self, record: Record, anatomy: Anatomy, activation: Array
    ) -> tuple[dict[str, Array], str]:
        """Return the results of the beat, or none and why there are none (collective)."""
        if self.beating is None:
            return {}, ""
        try:
            return self.beating.simulate(record, anatomy.ventricle, activation), ""
        except PatientError as error:
            return {}, str(error)

    def activate(self, record: Record, anatomy: Anatomy) -> tuple[Array, int]:
        """Return activation times [s] at the vertices and the iterations they took (collective).

        Mesh and fibres lie as ``anatomy`` says afterwards.
        """
        activation = self.parameters.activation
        c_f, c_t = record.si("cv_fibre"), record.si("cv_transverse")
        self.mesh.move(anatomy.points)
        self.fibre.x.array[:] = quadrature_order(
            self.fibre, self._fibres(anatomy, self.coordinates)
        )
        times = self.early(record, anatomy, self.template)
        self.mesh.scatter(self.eikonal.known, np.isfinite(times).astype(float))
        self.mesh.scatter(self.eikonal.value, np.nan_to_num(times))
        iterations = self.eikonal.solve(c_f=c_f, c_t=c_t, epsilon=activation.diffusion_time)
        onset = min(site.onset for site in activation.sites)
        return np.maximum(self.mesh.gather(self.eikonal.T), onset), iterations.newton

    def early(self, record: Record, anatomy: Anatomy, template: Template) -> Array:
        """Return the times [s] prescribed at a template's vertices, NaN where muscle conducts.

        Raises RejectedError where Purkinje fibres are no faster than muscle.
        """
        activation, n = self.parameters.activation, template.n_vertices
        c_f, c_t = record.si("cv_fibre"), record.si("cv_transverse")
        points, centres = anatomy.points[:n], centres_of(anatomy.ventricle, activation)
        fibre = self._fibres(anatomy, template.nodes[:n])
        times = prescribed(points, fibre, centres, activation, c_f=c_f, c_t=c_t)
        if not activation.purkinje.reach:
            return times
        own = "cv_endocardial"
        velocity = record.si(own) if own in record.cells else activation.purkinje.velocity
        if velocity <= c_f:
            raise RejectedError(
                f"activation: the endocardium conducts at {velocity:g} m/s, no faster than muscle"
                f" along the fibre ({c_f:g} m/s)"
            )
        return np.fmin(times, endocardial(template, points, centres, activation, velocity=velocity))

    def wall(self, record: Record) -> Wall:
        """Return the action potentials at this rank's own vertices, of the patient's cells."""
        density = ikr_density(record)
        if density not in self.walls:
            model = self.parameters.electrophysiology.model
            layers = action_potentials(model, ikr_density=density)
            self.walls[density] = Wall.of(self.template.nodes[self.mesh.own, 0], layers)
        return self.walls[density]

    def _tissue(self, comm: MPI.Comm) -> MonodomainBeats | None:
        chosen = self.parameters.electrophysiology
        if chosen.tier == "eikonal":
            return None
        mesh = chosen.mesh
        return MonodomainBeats(
            comm,
            build(mesh.layers, mesh.rings, mesh.around, alternating=True),
            model=chosen.model,
        )

    def _beating(self, comm: MPI.Comm) -> Beating:
        return Beating(
            comm,
            self.parameters.mechanics,
            self.parameters.fibres,
            activated=self.template,
            model=self.parameters.electrophysiology.model,
        )

    def _fibres(self, anatomy: Anatomy, coordinates: Array) -> Array:
        angles = self.parameters.fibres
        return fibres(
            anatomy.ventricle,
            coordinates,
            endocardium=angles.endocardium,
            epicardium=angles.epicardium,
        )
