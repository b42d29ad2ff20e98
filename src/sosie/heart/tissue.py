"""One patient's beat by the monodomain equation, on the straight cells of the template.

Conductivities are tuned to the patient's velocities (heart.tune) on a cable whose cubes have the
median edge of the mesh, which lies along the wall, as fibres do. Early sites are stimulated as they
are activated in the eikonal tier, cells are paced beforehand (heart.layers), and one beat runs
until every vertex has repolarised.

Against the eikonal tier, of the same sites and velocities, on the template with every edge halved
(1.4 mm): activation 4 ms apart (rms, one adult of the survey; cells a third shorter through the
wall, 0.6 mm, conduct too fast). Not yet part of a study.
"""

from mpi4py import MPI

import numpy as np

from sosie.errors import PatientError, RejectedError, SosieError
from sosie.fem.mesh import TemplateMesh, quadrature_order
from sosie.geometry.template import EDGES, Template
from sosie.heart.conductivity import Conductivity
from sosie.heart.layers import Layers
from sosie.heart.monodomain import DEFAULT, Monodomain
from sosie.heart.parameters import Activation
from sosie.heart.stimulus import Ball, Stimulus
from sosie.heart.tune import Muscle, tuned
from sosie.typing import Array

QUADRATURE = 2
DIGITS = 2
"""Significant digits of the cable's cell size: patients of like size share what was tuned."""
DENSITY, DURATION = 5e4, 2e-3
"""[A/m^3] and [s] of the stimulus, of the slab benchmark: Niederer et al. (2011),
doi:10.1098/rsta.2011.0139."""
LATEST = 1.0
"""[s] after which what has not repolarised never will."""
STRIDE = 5e-3
"""[s] between two looks at whether all has repolarised."""


class Tissue:
    """The muscle of one patient after the other, on one mesh that moves."""

    def __init__(self, comm: MPI.Comm, template: Template, start: Array) -> None:
        """Build the mesh of straight cells; ``start`` (n_nodes, 3) [m] are some patient's nodes."""
        n = template.n_vertices
        self.template = template
        self.mesh = TemplateMesh(comm, template.cells[:, :4], start[:n], n_vertices=n)
        self.fibre, self.barycentric = self.mesh.quadrature_function("f", degree=QUADRATURE)
        pairs = template.cells[:, EDGES].reshape(-1, 2)
        self.edges = np.unique(np.sort(pairs, axis=1), axis=0)
        self.transmural = template.nodes[self.mesh.own, 0]

    def beat(
        self,
        points: Array,
        fibre: Array,
        centres: Array,
        *,
        velocities: tuple[float, float],
        activation: Activation,
        model: str,
    ) -> tuple[Array, Array]:
        """Return activation and repolarisation times [s] at the template's vertices (collective).

        ``points`` (n, 3) [m] are the vertices, ``fibre`` (n_cells, q, 3) the fibres at quadrature
        points, ``centres`` the early sites, ``velocities`` those along and across the fibre [m/s].
        """
        self.mesh.move(points)
        self.fibre.x.array[:] = quadrature_order(self.fibre, fibre)
        sigma = self._conductivity(points, velocities, model)
        problem = Monodomain(
            self.mesh.space,
            sigma.tensor(self.fibre),
            Layers(model, self.transmural),
            stimuli=stimuli(centres, activation),
            scheme=DEFAULT,
        )
        while problem.unrepolarised():
            if problem.time > LATEST:
                raise PatientError(
                    f"monodomain: {problem.unrepolarised()} vertices have not repolarised after"
                    f" {LATEST * 1e3:g} ms"
                )
            problem.run(problem.time + STRIDE)
        return tuple(
            self.mesh.gather(problem.field(name, values))
            for name, values in (
                ("activation", problem.activation),
                ("repolarisation", problem.crossings.repolarisation),
            )
        )

    def _conductivity(
        self, points: Array, velocities: tuple[float, float], model: str
    ) -> Conductivity:
        """Return what makes fronts run at the velocities on cells of this size."""
        ends = points[self.edges]
        edge = np.median(np.linalg.norm(ends[:, 0] - ends[:, 1], axis=1))
        h = float(f"{edge:.{DIGITS - 1}e}")
        c_f, c_t = velocities
        muscle = Muscle(lambda n: Layers(model, np.full(n, 1.0)), f"{model} epi paced, single")
        try:
            return tuned((c_f, c_t, c_t), h=h, scheme=DEFAULT, muscle=muscle)
        except SosieError as error:
            raise RejectedError(f"monodomain: {error}") from error


def stimuli(centres: Array, activation: Activation) -> list[Stimulus]:
    """Return the current into each early site, from its onset on."""
    return [
        Stimulus(Ball(tuple(centre), activation.radius), DENSITY, site.onset, DURATION)
        for site, centre in zip(activation.sites, centres, strict=True)
    ]
