"""One patient's heart: record -> ventricle -> fibres -> activation -> repolarisation, in SI."""

from mpi4py import MPI

import numpy as np

from sosie.batch.checkpoint import Checkpoint
from sosie.cohort.record import Record
from sosie.fem.mesh import TemplateMesh, quadrature_order
from sosie.geometry import quality
from sosie.geometry.fibres import fibres
from sosie.geometry.template import Template, build, unwrapped
from sosie.geometry.ventricle import Anatomy, from_scores, personalise
from sosie.heart.action_potential import ActionPotential, Wall
from sosie.heart.activation import centres_of, prescribed
from sosie.heart.conductivity import SLAB
from sosie.heart.eikonal import QUADRATURE, Eikonal
from sosie.heart.ionic.pace import pace
from sosie.heart.layers import KINDS
from sosie.heart.monodomain import NIEDERER
from sosie.heart.parameters import HeartParameters
from sosie.heart.repolarisation import Repolarisation
from sosie.typing import Array

SCORES = tuple(f"lv_score_{i}" for i in range(1, 7))
INPUTS = ("lv_edv", "lv_mass", "lv_wall_thickness", *SCORES, "cv_fibre", "cv_transverse")
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


def wall_of(template: Template, model: str) -> Wall:
    """Return the action potentials of paced cells at the template's vertices."""
    layers = {}
    for kind in KINDS:
        _, _, beats = pace(model, variant=kind)
        layers[kind] = ActionPotential.of(beats[-1].t, beats[-1].v[:, 0], name=f"{model} {kind}")
    return Wall.of(template.nodes[: template.n_vertices, 0], layers)


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
        D = SLAB.tensor(self.fibre) / NIEDERER.capacity
        self.repolarisation = Repolarisation(self.mesh.space, D)
        self.wall = wall_of(template, parameters.electrophysiology.model)
        corners = unwrapped(template.nodes[self.mesh.cell_vertices])
        self.coordinates = np.einsum("qv,nvj->nqj", self.barycentric, corners)

    def simulate(self, record: Record, checkpoint: Checkpoint | None = None) -> dict[str, Array]:
        """Return the patient's results, SI, the same on every rank of the team.

        A heart is one solve of seconds: nothing of it is kept in ``checkpoint``.
        Raises RejectedError (geometry) and SolverDivergedError.
        """
        activation, angles = self.parameters.activation, self.parameters.fibres
        anatomy = anatomy_of(self.template, record)
        shape = quality.check(self.template, anatomy.points)
        ventricle = anatomy.ventricle
        c_f, c_t = record.si("cv_fibre"), record.si("cv_transverse")
        self.mesh.move(anatomy.points)
        turn = {"endocardium": angles.endocardium, "epicardium": angles.epicardium}
        self.fibre.x.array[:] = quadrature_order(
            self.fibre, fibres(ventricle, self.coordinates, **turn)
        )
        n = self.template.n_vertices
        times = prescribed(
            anatomy.points[:n],
            fibres(ventricle, self.template.nodes[:n], **turn),
            centres_of(ventricle, activation),
            activation,
            c_f=c_f,
            c_t=c_t,
        )
        self.mesh.scatter(self.eikonal.known, np.isfinite(times).astype(float))
        self.mesh.scatter(self.eikonal.value, np.nan_to_num(times))
        iterations = self.eikonal.solve(c_f=c_f, c_t=c_t, epsilon=activation.diffusion_time)
        onset = min(site.onset for site in activation.sites)
        time = np.maximum(self.mesh.gather(self.eikonal.T), onset)
        alone = (time + self.wall.apd90)[self.mesh.own]
        repolarised = self.mesh.together(self.repolarisation.solve(alone))
        return {
            "points": anatomy.points[:n],
            "activation_time": time,
            "repolarisation_time": repolarised,
            "apd90": repolarised - time,
            "total_activation_time": np.array(time.max() - time.min()),
            "cavity_volume": np.array(anatomy.cavity_volume),
            "cavity_volume_error": np.array(anatomy.cavity_volume_error),
            "mass": np.array(anatomy.mass),
            "wall_thickness": np.array(anatomy.wall_thickness),
            "det_min": np.array(shape.det_min),
            "mean_ratio_min": np.array(shape.ratio_min),
            "iterations": np.array(float(iterations.newton)),
        }
