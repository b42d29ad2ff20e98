r"""A beat of a heart from its activation times alone: potentials, repolarisation, twelve leads.

    T (heart.eikonal) -> R (heart.repolarisation) -> v (heart.action_potential) -> leads (heart.ecg)

No cell is stepped; what is solved is one equation for R and nine for the lead fields of the body.

A vertex's potential stands for the tissue around it. The front takes 3 to 5 ms from vertex to
vertex, more than an upstroke, so each vertex would show in the leads as a step of its own: the
leads are averaged over PASSAGE, as the tissue between vertices averages them.
"""

from dataclasses import dataclass

import numpy as np
import ufl
from scipy.ndimage import uniform_filter1d

from sosie.errors import RejectedError
from sosie.fem.mesh import TemplateMesh
from sosie.geometry.template import Template
from sosie.geometry.torso import Torso
from sosie.geometry.ventricle import Anatomy
from sosie.heart.action_potential import Wall
from sosie.heart.biomarkers import NANOVOLT, TIME, biomarkers
from sosie.heart.conductivity import INTRACELLULAR, SLAB, Conductivity
from sosie.heart.ecg import Beat, Leads
from sosie.heart.monodomain import NIEDERER, Membrane
from sosie.heart.repolarisation import Repolarisation
from sosie.typing import Array

REST = 50e-3
"""# ASSUME: [s] after the last repolarisation, by when the T wave has ended."""
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
        *,
        conduction: Conduction = STANDARD,
    ) -> None:
        """Compile."""
        self.heart = heart
        self.leads = Leads(template, heart, conduction.intracellular.tensor(fibre))
        D = conduction.conductivity.tensor(fibre) / conduction.membrane.capacity
        self.repolarisation = Repolarisation(heart.space, D)

    def beat(self, activation: Array, wall: Wall, anatomy: Anatomy, body: Torso) -> Beat:
        """Return the beat of ``activation`` [s] in template order, the same on every rank.

        The heart's mesh and fibres lie as ``anatomy`` says; ``wall`` is of this rank's own
        vertices. Where the heart does not fit into the body, the beat has no leads.
        """
        mine = activation[self.heart.own]
        repolarised = self.repolarisation.solve(mine + wall.apd90)
        everywhere = self.heart.together(repolarised)
        last = float(everywhere.max())
        if last + REST > TIME[-1]:
            why = f"ECG: the last cell repolarises at {1e3 * last:.0f} ms, too late for the record"
            return Beat.without_leads(activation, everywhere, why)
        try:
            weights = self.leads.weights(anatomy, body)
        except RejectedError as error:
            return Beat.without_leads(activation, everywhere, str(error))
        ecg = np.hstack(
            [
                self.leads.record(
                    weights,
                    wall.potential(t, activation=mine, repolarisation=repolarised),
                )
                for t in np.split(TIME, range(AT_ONCE, len(TIME), AT_ONCE))
            ]
        )
        ecg = np.round(
            uniform_filter1d(ecg, round(PASSAGE / (TIME[1] - TIME[0])), axis=1), NANOVOLT
        )
        return Beat(activation, everywhere, ecg, biomarkers(TIME, ecg))
