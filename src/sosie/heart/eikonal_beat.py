r"""A beat of a heart from its activation times alone: potentials, repolarisation, twelve leads.

    T (heart.eikonal) -> R (heart.repolarisation) -> v (heart.action_potential) -> leads (heart.ecg)

No cell is stepped; what is solved is one equation for R and nine for the lead fields of the body.

A vertex's potential stands for the tissue around it. The front takes 3 to 5 ms from vertex to
vertex, more than an upstroke, so each vertex would show in the leads as a step of its own: the
leads are averaged over PASSAGE, as the tissue between vertices averages them.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from mpi4py import MPI

import numpy as np
import ufl
from scipy.ndimage import uniform_filter1d

from sosie.fem.mesh import TemplateMesh
from sosie.geometry.template import Template
from sosie.geometry.torso import Torso
from sosie.geometry.ventricle import Anatomy
from sosie.heart.action_potential import ActionPotential, Wall
from sosie.heart.biomarkers import biomarkers
from sosie.heart.conductivity import INTRACELLULAR, SLAB, Conductivity
from sosie.heart.ecg import Beat, Leads
from sosie.heart.monodomain import NIEDERER, Membrane
from sosie.heart.repolarisation import Repolarisation
from sosie.typing import Array

DT = 1e-3
"""[s] between instants of the leads, as 1000 samples a second are recorded."""
BEFORE, AFTER = 20e-3, 100e-3
"""[s] recorded before the first activation and after the last repolarisation."""
PASSAGE = 5e-3
"""# ASSUME: [s], of a front over one cell of 1.5 to 2 mm across the fibre."""
AT_ONCE = 64
"""Instants whose potentials are held in memory together."""


@dataclass(frozen=True, slots=True)
class Conduction:
    """How muscle conducts: in all for R, inside its cells for the leads."""

    conductivity: Conductivity = SLAB
    intracellular: Conductivity = INTRACELLULAR
    membrane: Membrane = NIEDERER


STANDARD = Conduction()


class EikonalBeats:
    """Makes beats of hearts on one template, a team of ranks one after the other."""

    def __init__(
        self,
        template: Template,
        heart: TemplateMesh,
        fibre: ufl.core.expr.Expr,
        layers: Mapping[str, ActionPotential],
        *,
        conduction: Conduction = STANDARD,
    ) -> None:
        """Compile; ``layers`` are action potentials of endo, mid and epi."""
        self.heart = heart
        self.leads = Leads(template, heart, conduction.intracellular.tensor(fibre))
        D = conduction.conductivity.tensor(fibre) / conduction.membrane.capacity
        self.repolarisation = Repolarisation(heart.space, D)
        self.wall = Wall.of(template.nodes[self.leads.own, 0], layers)

    def beat(self, activation: Array, anatomy: Anatomy, body: Torso) -> Beat:
        """Return the beat of ``activation`` [s] in template order, the same on every rank.

        The heart's mesh and fibres lie as ``anatomy`` says. Raises RejectedError where the heart
        does not fit into the body.
        """
        weights = self.leads.weights(anatomy, body)
        mine = activation[self.leads.own]
        repolarised = self.repolarisation.solve(mine + self.wall.apd90)
        comm = self.heart.domain.comm
        last = comm.allreduce(repolarised.max(initial=0.0), MPI.MAX)
        time = np.arange(activation.min() - BEFORE, last + AFTER, DT)
        ecg = np.hstack(
            [
                self.leads.record(
                    weights,
                    self.wall.potential(t, activation=mine, repolarisation=repolarised),
                )
                for t in np.split(time, range(AT_ONCE, len(time), AT_ONCE))
            ]
        )
        ecg = uniform_filter1d(ecg, round(PASSAGE / DT), axis=1)
        out = self.heart.together(repolarised)
        return Beat(activation, out, out - activation, time, ecg, biomarkers(time, ecg))
