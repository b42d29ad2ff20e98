"""One patient's brain: record -> shape -> tau and atrophy over decades -> named results in SI."""

from mpi4py import MPI

import numpy as np
from scipy.sparse import csr_matrix

from sosie.batch.checkpoint import Checkpoint
from sosie.brain import amyloid
from sosie.brain.atrophy import Shrinking, growth, measure
from sosie.brain.electric import INPUTS as OF_HEAD
from sosie.brain.electric import Electric
from sosie.brain.fisher_kpp import FisherKPP
from sosie.brain.parameters import VOLUMES, YEAR, BrainParameters
from sosie.brain.vulnerability import Holding, Reaction, at_vertices, holding
from sosie.cohort.record import Record
from sosie.errors import PatientError
from sosie.fem.mesh import TemplateMesh
from sosie.geometry.brain.quality import volumes
from sosie.geometry.brain.shape import BrainShape, personalise
from sosie.geometry.brain.template import TISSUES, BrainTemplate, load
from sosie.typing import Array

RATES = ("tau_diffusivity", "tau_growth_rate", "tau_capacity")
INPUTS = ("age", "amyloid_onset_age", *VOLUMES.values(), *RATES, *OF_HEAD)
"""The cells of a record that a brain is made of: no other changes it."""


MICROMETRE = 6
"""Decimals [m] that displacements are kept to, as the solver tells them: what lies beyond hangs on
how memory lies."""


def shape_of(template: BrainTemplate, record: Record) -> BrainShape:
    """Return the patient's brain; raise RejectedError where it cannot be built."""
    return personalise(template, **{what: record.si(cell) for what, cell in VOLUMES.items()})


def regional(template: BrainTemplate, volume: Array) -> csr_matrix:
    """Return what takes vertex values to means over regions, shape (n_regions, n_vertices).

    ``volume`` is that of the cells. Row 0 is the mean over all grey matter; the others are the
    regions of the atlas.
    """
    grey = template.tissue == TISSUES["grey"]
    everywhere = (np.zeros(grey.sum(), dtype=int), template.cells[grey], volume[grey])
    inside = template.region > 0
    parts = (template.region[inside].astype(int), template.cells[inside], volume[inside])
    rows, corners, weights = (np.concatenate(pair) for pair in zip(everywhere, parts, strict=True))
    shape = (len(template.regions), template.n_vertices)
    sums = csr_matrix(
        (np.repeat(weights / 4, 4), (np.repeat(rows, 4), corners.ravel())), shape=shape
    )
    total = np.bincount(rows, weights, minlength=shape[0])
    return csr_matrix(sums.multiply(1 / np.maximum(total, np.finfo(float).tiny)[:, None]))


def seeded(template: BrainTemplate, volume: Array, regions: tuple[str, ...]) -> Array:
    """Return the share of each vertex's volume that lies in the regions, shape (n_vertices,)."""
    inside = np.isin(template.region, [template.regions.index(name) for name in regions])
    return at_vertices(template, volume, inside)


class Brain:
    """A template distributed over a team of ranks, ageing one patient after the other."""

    def __init__(
        self,
        comm: MPI.Comm,
        parameters: BrainParameters,
        *,
        template: BrainTemplate | None = None,
        axes: Array | None = None,
    ) -> None:
        """Build the mesh and compile the forms, once; ``template`` goes before the parameters'.

        ``axes`` (n_cells, 3) are directions of axons times sqrt(D_along / D_across - 1).
        """
        self.parameters = parameters
        self.template = template or load(parameters.template)
        self.mesh = TemplateMesh(
            comm,
            self.template.cells,
            self.template.points,
            n_vertices=self.template.n_vertices,
        )
        grey = (self.template.tissue == TISSUES["grey"]).astype(float)
        self.grey = self.mesh.cell_function("grey", grey)
        self.diffusivity = self.mesh.cell_function("diffusivity", grey)
        axis = None if axes is None else self.mesh.cell_function("axis", axes)
        self.equation = FisherKPP(self.diffusivity, axis)
        self.shrinking = Shrinking(self.mesh, self.template)
        self.electric = Electric(comm, parameters) if parameters.head.enabled else None

    def simulate(self, record: Record, checkpoint: Checkpoint | None = None) -> dict[str, Array]:
        """Return the patient's results, SI, the same on every rank of the team.

        Where ``checkpoint`` holds a state, it goes on from there to the same bits.
        Raises RejectedError (geometry) and SolverDivergedError. Shapes that atrophy cannot reach
        are NaN, and of a head that cannot be built there is nothing: the patient says so.
        """
        found = self.spread(record, checkpoint)
        shapes = self._shapes(record, found["points"], found["tau"])
        reached = np.isfinite(shapes["brain_volume_course"])
        remarks = []
        if not reached.all():
            years = ", ".join(f"{y:g}" for y in np.array(self.parameters.times.shapes)[~reached])
            remarks.append(f"no shape at year {years}: cells would turn inside out")
        if self.electric is not None:
            try:
                shapes |= self.electric.simulate(record, found["regional_tau"])
            except PatientError as error:
                remarks.append(f"no EEG and no stimulation: {error}")
        if checkpoint is not None:
            checkpoint.remark = "; ".join(remarks)
        return found | shapes

    def spread(self, record: Record, checkpoint: Checkpoint | None = None) -> dict[str, Array]:
        """Return what there is without atrophy: all but the courses and the displacement."""
        seed, times = self.parameters.seed, self.parameters.times
        shape = shape_of(self.template, record)
        self.mesh.move(shape.points)
        volume = volumes(shape.points, self.template.cells)
        means = regional(self.template, volume)
        since = record.si("age") - record.si("amyloid_onset_age")
        capacity = record.si("tau_capacity")
        held = holding(self.template, volume)
        start = seed.concentration * capacity * held.full
        self.mesh.scatter(self.equation.c, start * seeded(self.template, volume, seed.regions))
        self.diffusivity.x.array[:] = 1.0
        self.equation.prepare(dt=2 * seed.width**2)
        iterations = self.equation.smooth()
        white = 1 + (self.parameters.white_to_grey - 1) * (1 - self.grey.x.array)
        self.diffusivity.x.array[:] = record.si("tau_diffusivity") * white
        self.equation.prepare(dt=times.step)
        reaction = self._reaction(record, held)
        fields = [self.mesh.gather(self.equation.c)]
        if checkpoint and (state := checkpoint.load()):
            fields, iterations = list(state["tau"]), int(state["iterations"])
            self.mesh.scatter(self.equation.c, fields[-1])
        steps = round(times.every / times.step)
        while len(fields) < len(times.years):
            for i in range(steps * (len(fields) - 1), steps * len(fields)):
                iterations += self.equation.step(
                    rate=reaction.rate(2 * i),
                    rate_after=reaction.rate(2 * i + 1),
                    crowding=reaction.crowding,
                )
            fields.append(self.mesh.gather(self.equation.c))
            if checkpoint:
                checkpoint.save({"tau": np.array(fields), "iterations": np.array(iterations)})
        tau = np.array(fields)
        region = np.array([means @ field for field in fields])
        return {
            "points": shape.points,
            "tau": tau,
            "regional_tau": region,
            "tau_now": now(region, np.array(times.years), since / YEAR),
            "years_since_onset": np.array(since),
            "brain_volume": np.array(shape.brain_volume),
            "ventricular_volume": np.array(shape.ventricular_volume),
            "brain_fraction": np.array(shape.brain_ratio),
            "det_min": np.array(shape.det_min),
            "dihedral_min": np.radians(shape.dihedral_min),
            "iterations": np.array(float(iterations)),
        }

    def _shapes(self, record: Record, points: Array, tau: Array) -> dict[str, Array]:
        """Return where tissue is at the years of shapes, and its volumes."""
        times, parameters = self.parameters.times, self.parameters.atrophy
        onset, age = (record.si(name) / YEAR for name in ("amyloid_onset_age", "age"))
        full = holding(self.template, volumes(points, self.template.cells)).full
        log_volume = growth(
            tau,
            years=np.array(times.years),
            at=np.array(times.shapes),
            since=age - onset,
            onset=onset,
            full=record.si("tau_capacity") * full,
            parameters=parameters,
        )
        shapes = self.shrinking.march(log_volume, points, share=parameters.ventricular_share)
        with np.errstate(invalid="ignore"):  # of shapes that are not reached
            found = [measure(self.template, x) for x in shapes]
        return {
            "displacement": np.round(shapes - points, MICROMETRE),
            "brain_volume_course": np.array([part.brain for part in found]),
            "grey_volume_course": np.array([part.grey for part in found]),
            "hippocampal_volume_course": np.array([part.hippocampal for part in found]),
            "ventricular_volume_course": np.array([part.ventricular for part in found]),
        }

    def _reaction(self, record: Record, held: Holding) -> Reaction:
        """Return the growth of tau in the middle of each half of a step, at own vertices."""
        times, onset = self.parameters.times, record.si("amyloid_onset_age")
        halves = (np.arange(2 * round(times.duration / times.step)) + 0.5) * times.step / 2
        treatment = self.parameters.treatment
        _, met = amyloid.course(halves, onset=onset, treatment=treatment)
        return Reaction(
            held.of(self.mesh.vertex_of_dof),
            record.si("tau_growth_rate"),
            record.si("tau_capacity"),
            met,
            treatment.at(onset + halves)[1],
        )


def now(region: Array, years: Array, since: float) -> Array:
    """Return regional tau ``since`` years after seeding, shape (n_regions,).

    Zero before seeding; past the last simulated year, that of the last.
    """
    if since < 0:
        return np.zeros(region.shape[1])
    return np.array([np.interp(since, years, column) for column in region.T])
