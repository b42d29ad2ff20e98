r"""A beat of a heart by the monodomain equation: potentials, repolarisation, twelve leads.

    early times -> heart.monodomain on straight cells of a mesh of its own -> heart.ecg

Until all is activated, tissue conducts as the cells' size asks for it: in every cell and along each
of its three axes k (fibre, across it within the wall's layers, and across the wall)

    sigma_k = chi C_m h_k^2 g^-1(c_k / h_k),    h_k^2 = 3/10 sum over edges e of (e . k)^2

so that fronts have the patient's velocity c_k on cells that are flat, and larger at the base than
at the apex (heart.front_speed). In cubes of six tetrahedra h_k is the cube's edge. From then on,
where potentials are smooth and a mesh carries them, tissue has its own conductivity, the eikonal
tier's. Early sites and Purkinje fibres act at the eikonal tier's times (heart.driven).

Results are interpolated to the vertices of the study's template, which lie among the mesh's own in
ventricular coordinates: times linearly. Leads are summed over the mesh itself, and averaged over
PASSAGE as the eikonal tier's.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from mpi4py import MPI

import numpy as np
from dolfinx import fem
from scipy.ndimage import uniform_filter1d
from scipy.sparse import csr_array

from sosie.errors import PatientError, RejectedError
from sosie.fem.mesh import TemplateMesh
from sosie.geometry.fibres import fibres
from sosie.geometry.locate import interpolation
from sosie.geometry.template import EDGES, Template
from sosie.geometry.torso import Torso
from sosie.geometry.ventricle import Anatomy, Ventricle, from_scores
from sosie.heart.biomarkers import NANOVOLT, TIME, biomarkers
from sosie.heart.driven import RISE, Driven
from sosie.heart.ecg import Beat, Leads
from sosie.heart.eikonal_beat import AT_ONCE, PASSAGE, REST, STANDARD, Conduction
from sosie.heart.front_speed import FrontSpeed, front_speed
from sosie.heart.ionic.cells import NONE
from sosie.heart.layers import Layers
from sosie.heart.monodomain import Monodomain, Scheme
from sosie.heart.parameters import Fibres
from sosie.heart.tune import Muscle
from sosie.typing import Array

CARRYING = Scheme(lumping=0.0)
"""Of the masses tried it lies nearest to the eikonal tier. Lumped mass asks twice the conductivity
of cells of a millimetre, and what diffuses more may drag the front where fibres turn beneath it: at
the base, where the monodomain is late by up to 13 ms."""
SAMPLE = float(TIME[1] - TIME[0])
"""[s] between two instants of the leads."""
LATEST = 0.5
"""[s] after which what is not activated never will be."""
COARSE = 0.05
"""# ASSUME: share of the cells that may be on the edge of block: neighbours carry a front past."""


@dataclass(frozen=True, slots=True)
class Patient:
    """What the tissue of one patient differs by."""

    velocities: tuple[float, float]  # along and across the fibre [m/s]
    angles: Fibres = Fibres()
    scales: Mapping[str, float] = NONE  # factors of ionic currents


class MonodomainBeats:
    """Makes beats of hearts on one mesh, a team of ranks one after the other."""

    def __init__(
        self,
        comm: MPI.Comm,
        template: Template,
        *,
        model: str,
        scheme: Scheme = CARRYING,
        conduction: Conduction = STANDARD,
    ) -> None:
        """Compile; ``template`` is the mesh that cells are stepped on."""
        self.template, self.model = template, model
        self.scheme, self.conduction = scheme, conduction
        self.nodes = template.nodes[: template.n_vertices]
        self.mean = from_scores(np.zeros(6)).at(self.nodes)
        self.mesh = TemplateMesh(
            comm, template.cells[:, :4], self.mean, n_vertices=template.n_vertices
        )
        domain = self.mesh.domain
        vectors = fem.functionspace(domain, ("Discontinuous Lagrange", 0, (3,)))
        tensors = fem.functionspace(domain, ("Discontinuous Lagrange", 0, (3, 3)))
        self.fibre = fem.Function(vectors, name="fibre")
        self.sigma = fem.Function(tensors, name="sigma")
        self.leads = Leads(template, self.mesh, conduction.intracellular.tensor(self.fibre))

    @cached_property
    def speed(self) -> FrontSpeed:
        """Return how fast fronts run; of epicardial cells, whose sodium current all have."""
        return front_speed(
            Muscle(lambda n: Layers(self.model, np.ones(n)), f"{self.model} epi paced, single"),
            self.scheme,
            membrane=self.conduction.membrane,
        )

    def refined(self, anatomy: Anatomy) -> Anatomy:
        """Return an anatomy with the vertices of this mesh for points."""
        return replace(anatomy, points=anatomy.ventricle.at(self.nodes))

    def to(self, template: Template) -> csr_array:
        """Return the matrix that interpolates from this mesh's vertices to another template's."""
        there = from_scores(np.zeros(6)).at(template.nodes[: template.n_vertices])
        return interpolation(self.mean, self.template.cells[:, :4], there)

    def beat(self, early: Array, patient: Patient, anatomy: Anatomy, body: Torso) -> Beat:
        """Return the beat at this mesh's vertices, the same on every rank (collective).

        ``early`` (n,) [s] are times prescribed at this mesh's vertices, NaN where muscle conducts;
        ``anatomy`` has them for points. Raises RejectedError where cells are too coarse for the
        velocities, PatientError where a front is blocked or a cell does not repolarise.
        """
        problem, start = self.prepare(early, patient, anatomy)
        try:
            weights = self.leads.weights(anatomy, body)
            why = ""
        except RejectedError as error:
            weights, why = np.zeros((12, len(self.mesh.own))), str(error)
        tape = _Tape(self.leads, weights, start)
        tape.look(problem)
        self.activate(problem, start, tape)
        own = self.conduction.conductivity.tensor(self.fibre)
        problem.conduct(own, membrane=self.conduction.membrane)
        while problem.unrepolarised():
            if start + problem.time > TIME[-1]:
                raise PatientError(
                    f"monodomain: {problem.unrepolarised()} vertices have not repolarised after"
                    f" {TIME[-1] * 1e3:g} ms"
                )
            tape.run(problem)
        for _ in range(round(REST / SAMPLE)):
            tape.run(problem)
        onset = np.nanmin(np.maximum(early, 0.0))
        activation = np.maximum(self.mesh.together(problem.activation + start), onset)
        repolarisation = self.mesh.together(problem.crossings.repolarisation + start)
        if not why and repolarisation.max() + REST > TIME[-1]:
            late = 1e3 * repolarisation.max()
            why = f"ECG: the last cell repolarises at {late:.0f} ms, too late for the record"
        if why:
            return Beat.without_leads(activation, repolarisation, why)
        ecg = np.round(
            uniform_filter1d(tape.leads_at_times(), round(PASSAGE / SAMPLE), axis=1), NANOVOLT
        )
        return Beat(activation, repolarisation, ecg, biomarkers(TIME, ecg))

    def prepare(self, early: Array, patient: Patient, anatomy: Anatomy) -> tuple[Monodomain, float]:
        """Return the problem at rest, and when it starts [s], a multiple of SAMPLE (collective)."""
        self.mesh.move(anatomy.points)
        axes = self._axes(anatomy.ventricle, patient.angles)
        self.fibre.x.array[:] = axes[:, 0].ravel()
        self.sigma.x.array[:] = self._carried(anatomy.points, axes, patient.velocities).ravel()
        own = self.mesh.own
        start = SAMPLE * np.floor((np.nanmin(early) - RISE) / SAMPLE)
        layers = Layers(self.model, self.nodes[own, 0], scales=patient.scales)
        cells = Driven(layers, early[own], start=start)
        problem = Monodomain(
            self.mesh.space,
            self.sigma,
            cells,
            scheme=self.scheme,
            membrane=self.conduction.membrane,
        )
        return problem, float(start)

    def activate(self, problem: Monodomain, start: float, tape: "_Tape | None" = None) -> None:
        """Advance until all muscle is activated."""
        while problem.unactivated():
            if start + problem.time > LATEST:
                raise PatientError(
                    f"monodomain: {problem.unactivated()} vertices are not activated after"
                    f" {LATEST * 1e3:g} ms"
                )
            if tape is None:
                problem.run(problem.time + SAMPLE)
            else:
                tape.run(problem)

    def _axes(self, ventricle: Ventricle, angles: Fibres) -> Array:
        """Return unit fibre, direction across it within the layer, and the layer's normal.

        Shape (n_cells, 3, 3), of this rank's cells, ghosts too: means of their vertices'.
        """
        at = self.nodes
        f = fibres(ventricle, at, endocardium=angles.endocardium, epicardium=angles.epicardium)
        around = fibres(ventricle, at, endocardium=0.0, epicardium=0.0)
        along = fibres(ventricle, at, endocardium=np.pi / 2, epicardium=np.pi / 2)
        vertices = self.mesh.cell_vertices
        normal = _unit(np.cross(around, along)[vertices].mean(axis=1))
        fibre = f[vertices].mean(axis=1)
        fibre = _unit(fibre - np.einsum("ij,ij->i", fibre, normal)[:, None] * normal)
        return np.stack([fibre, np.cross(normal, fibre), normal], axis=1)

    def _carried(self, points: Array, axes: Array, velocities: tuple[float, float]) -> Array:
        """Return the conductivity [S/m] (n_cells, 3, 3) of this rank's cells, ghosts too."""
        along, across = velocities
        x = points[self.mesh.cell_vertices]
        first, second = np.transpose(EDGES)
        e = x[:, first] - x[:, second]
        sizes = np.sqrt(0.3 * np.square(np.einsum("nej,nkj->nek", e, axes)).sum(axis=1))
        local = self.mesh.domain.topology.index_map(3).size_local
        slow = np.array([(across / sizes[:local]).min(axis=1) < self.speed.least]).sum()
        comm = self.mesh.domain.comm
        few, whole = comm.allreduce(np.array([slow, local]))
        if few > COARSE * whole:
            largest = comm.allreduce(float(sizes[:local].max(initial=0.0)), MPI.MAX)
            raise RejectedError(
                f"monodomain: {few / whole:.0%} of the cells, of up to {1e3 * largest:.2g} mm, are"
                f" too coarse for a front of {across:.2g} m/s, which they would block: refine the"
                " mesh or ask for a faster front"
            )
        sigma = [
            self.speed.conductivity(c, sizes[:, k]) for k, c in enumerate((along, across, across))
        ]
        return np.einsum("kn,nki,nkj->nij", np.array(sigma), axes, axes)


class _Tape:
    """Leads of a running problem, every SAMPLE from its start."""

    def __init__(self, leads: Leads, weights: Array, start: float) -> None:
        self.leads, self.weights = leads, weights
        self.first = round((start - TIME[0]) / SAMPLE)
        self.instants: list[Array] = []
        self.recorded: list[Array] = []

    def look(self, problem: Monodomain) -> None:
        self.instants.append(problem.potential)
        if len(self.instants) == AT_ONCE:
            self._record()

    def run(self, problem: Monodomain) -> None:
        problem.run(problem.time + SAMPLE)
        self.look(problem)

    def _record(self) -> None:
        if self.instants:
            v = np.column_stack(self.instants)
            self.recorded.append(self.leads.record(self.weights, v))
            self.instants = []

    def leads_at_times(self) -> Array:
        """Return the leads [V] at TIME: before and after the run the heart is at rest."""
        self._record()
        found = np.hstack(self.recorded)
        at = np.clip(np.arange(len(TIME)) - self.first, 0, found.shape[1] - 1)
        return found[:, at]


def _unit(vectors: Array) -> Array:
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
