r"""Twelve leads, from nine electrodes, of a heart that has a left ventricle alone.

    I = LA - RA,   II = LL - RA,   III = LL - LA                     Einthoven
    aVR = RA - (LA + LL) / 2, and so on                              Goldberger
    Vi = Vi - (RA + LA + LL) / 3                                     Wilson's central terminal

Kligfield et al. (2007), doi:10.1016/j.jacc.2007.01.024. An electrode's potential is its weights
times the transmembrane potential (heart.lead_field), so a lead is too, and an instant costs twelve
dot products.

There is no right ventricle and no atrium: no P wave, and nothing opposes or balances the left
ventricle. Shapes of QRS and T, R amplitudes and the axis are not clinical; durations are of the
left ventricle. What these leads are for are differences: between patients, and with and without a
drug.
"""

from dataclasses import dataclass

from mpi4py import MPI

import numpy as np
import ufl

from sosie.fem.mesh import TemplateMesh
from sosie.geometry.locate import interpolation
from sosie.geometry.template import Template
from sosie.geometry.torso import (
    ELECTRODES,
    REFERENCE,
    Torso,
    at_skin,
    check_place,
    placed,
    unit_mesh,
    within,
)
from sosie.geometry.ventricle import Anatomy
from sosie.heart.biomarkers import INDEPENDENT, LEADS, NOTHING, TIME, Biomarkers
from sosie.heart.lead_field import Conductor, Source
from sosie.typing import Array


def _combinations() -> Array:
    """Return the factors of electrodes in leads, shape (12, 9)."""
    unit = dict(zip(ELECTRODES, np.eye(len(ELECTRODES)), strict=True))
    right, left, foot = unit["RA"], unit["LA"], unit["LL"]
    terminal = (right + left + foot) / 3
    limbs = [left - right, foot - right, foot - left]
    augmented = [1.5 * (limb - terminal) for limb in (right, left, foot)]
    chest = [unit[f"V{i}"] - terminal for i in range(1, 7)]
    return np.array([*limbs, *augmented, *chest])


COMBINATIONS = _combinations()
FROM_INDEPENDENT = np.round(COMBINATIONS @ np.linalg.pinv(COMBINATIONS[INDEPENDENT]), 9)
"""Factors of the eight leads that do not follow from others, in all twelve."""


@dataclass(frozen=True)
class Beat:
    """One beat of a heart, and what the skin shows of it; NaN where no leads can be had."""

    activation_time: Array  # (n_vertices,) [s]
    repolarisation_time: Array  # (n_vertices,) [s]
    ecg: Array  # (12, n_times) [V], the order of LEADS, at TIME
    biomarkers: Biomarkers
    remark: str = ""  # why there are no leads

    @property
    def apd90(self) -> Array:
        """Duration of the action potential at 90 % (n_vertices,) [s]."""
        return self.repolarisation_time - self.activation_time

    @classmethod
    def without_leads(cls, activation: Array, repolarisation: Array, why: str) -> "Beat":
        """Return a beat that the skin does not show."""
        ecg = np.full((len(LEADS), len(TIME)), np.nan)
        return cls(activation, repolarisation, ecg, NOTHING, why)


class Leads:
    """Twelve leads of hearts on one template mesh, in a torso that a team of ranks shares."""

    def __init__(
        self, template: Template, heart: TemplateMesh, sigma_i: ufl.core.expr.Expr
    ) -> None:
        """Compile for hearts of this intracellular conductivity [S/m], shape (3, 3)."""
        self.cells, self.heart = template.cells[:, :4], heart
        self.unit, cells = unit_mesh()
        self.source = Source(heart.space, sigma_i)
        self.skin = at_skin(self.unit, cells)
        self.torso = Conductor(heart.domain.comm, REFERENCE.fill(self.unit), cells)
        self.own = heart.own

    def weights(self, anatomy: Anatomy, body: Torso, *, electrodes: Array | None = None) -> Array:
        """Return the factors of this rank's own vertices in the leads, shape (12, n_own).

        The heart's mesh and fibres lie as ``anatomy`` says; ``electrodes`` (9, 3) [m] other than
        where they belong. Raises RejectedError where the heart does not fit into the body.
        """
        if electrodes is None:
            electrodes = body.electrodes()
        apex = anatomy.ventricle.at(np.array([1.0, 0.0, 0.0]))
        points = placed(body, anatomy.points[: self.heart.n_vertices], apex=apex)
        check_place(body, points, self.cells, electrodes)
        self.torso.move(body.fill(self.unit))
        skin = interpolation(self.torso.points, self.skin, electrodes).toarray()
        currents = COMBINATIONS[INDEPENDENT] @ skin
        fields = np.array([self.torso.solve(current) for current in currents])
        at = within(body.unit(points[self.own]))
        if at is None:  # on the chord's far side of the skin
            at = interpolation(self.torso.points, self.torso.cells, points[self.own])
        self.source.assemble()
        return FROM_INDEPENDENT @ self.source.weights((at @ fields.T).T)

    def record(self, weights: Array, v: Array) -> Array:
        """Return the leads [V], shape (12, n_times), of v [V] at own vertices (n_own, n_times)."""
        mine = weights @ v
        self.heart.domain.comm.Allreduce(MPI.IN_PLACE, mine)
        return mine
