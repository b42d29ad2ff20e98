"""Ask of beating ventricles whether step and mesh are fine enough, and whether they beat as asked.

step          one beat of the survey's first patients against one in steps of half the length
refinement    against one on the mesh FINE
fitted        what the quick fit of two beats misses of the record, and of blood

Contractility is kept where discretisations are compared, and all start from the same circulation.
"""

import logging
from dataclasses import dataclass, replace

from mpi4py import MPI

from sosie.cohort.record import Record
from sosie.errors import PatientError
from sosie.geometry.ventricle import Ventricle
from sosie.heart.beat.parameters import Mechanics
from sosie.heart.beat.simulate import Beating
from sosie.heart.circulation.indices import Indices
from sosie.heart.circulation.parameters import ML, MMHG
from sosie.heart.parameters import HeartParameters
from sosie.heart.simulate import Heart, anatomy_of, template_of
from sosie.typing import Array
from sosie.verification.check import Check
from sosie.verification.hearts import survey

LOG = logging.getLogger(__name__)
NAME = "heartbeat"
OURS = "acceptance limit of this project"
PERCENT = 100.0
PATIENTS = 4
FINE = (2, 10, 18)
"""Layers, rings and vertices around: 9,954 unknowns."""
CONTRACTILITY = 2.0
"""Times the published tension, of the beats that are compared."""


@dataclass(frozen=True)
class Person:
    """A patient as far as the beat."""

    record: Record
    shape: Ventricle
    activation: Array  # (n_vertices,) [s]


def checks(comm: MPI.Comm, *, patients: int = PATIENTS) -> list[Check]:
    """Compare and fit beats of the survey's first patients (collective)."""
    everyone = people(comm, patients)
    usual = Mechanics()
    production = Beats(comm, usual, everyone)
    halved = Beats(comm, replace(usual, steps=2 * usual.steps), everyone)
    layers, rings, around = FINE
    fine = replace(usual, layers=layers, rings=rings, around=around)
    steps = "steps of half the length"
    return [
        *production.compared(halved, steps, ejection=1.0, peak=2.0),
        *production.compared(
            Beats(comm, fine, everyone),
            "twice the layers and half as many vertices more each other way",
            ejection=2.0,
        ),
        *production.fitted(),
    ]


def people(comm: MPI.Comm, n: int) -> list[Person]:
    """Return the survey's first ``n`` adults, activated as in the demo study (collective)."""
    heart = Heart(comm, replace(HeartParameters(), mechanics=Mechanics(enabled=False)))
    out = []
    for record in survey(n):
        anatomy = anatomy_of(heart.template, record)
        out.append(Person(record, anatomy.ventricle, heart.activate(record, anatomy)[0]))
    return out


class Beats:
    """Beats of some people with one discretisation."""

    def __init__(self, comm: MPI.Comm, parameters: Mechanics, everyone: list[Person]) -> None:
        """Compile."""
        usual = HeartParameters()
        self.everyone = everyone
        self.beating = Beating(
            comm,
            parameters,
            usual.fibres,
            activated=template_of(usual),
            model=usual.electrophysiology.model,
        )

    def once(self, person: Person) -> Indices:
        """Return what one beat comes to."""
        found, effort, _ = self.beating.once(
            person.record, person.shape, person.activation, contractility=CONTRACTILITY
        )
        LOG.info("beats: patient %s: %s, %s", person.record.id, found, effort)
        return found

    def compared(
        self, other: "Beats", how: str, *, ejection: float, peak: float | None = None
    ) -> list[Check]:
        """Return how ejection fraction [%] and, if asked, peak pressure [mmHg] differ."""
        out = []
        for person in self.everyone:
            who = f"one beat of patient {person.record.id} against {how}"
            try:
                mine, finer = self.once(person), other.once(person)
            except PatientError as error:
                out.append(Check(NAME, f"{who}: {error}", None, 0.0, "%", ejection, OURS))
                continue
            share = PERCENT * (mine.ejection_fraction - finer.ejection_fraction)
            out.append(Check(NAME, f"ejection fraction, {who}", share, 0.0, "%", ejection, OURS))
            if peak is not None:
                lost = (mine.peak_pressure - finer.peak_pressure) / MMHG
                out.append(Check(NAME, f"peak pressure, {who}", lost, 0.0, "mmHg", peak, OURS))
        return out

    def fitted(self) -> list[Check]:
        """Return what two beats miss of each record."""
        wanted = (
            ("ejection_fraction_error", "ejection fraction minus the record's", PERCENT, "%", 5.0),
            (
                "systolic_pressure_error",
                "systolic pressure minus the record's",
                1 / MMHG,
                "mmHg",
                5.0,
            ),
            ("diastolic_pressure_error", "diastolic pressure minus", 1 / MMHG, "mmHg", 5.0),
            ("volume_mismatch", "volume of wall minus that of circulation", 1 / ML, "mL", 1e-4),
        )
        out = []
        for person in self.everyone:
            who = f"patient {person.record.id} after two beats"
            try:
                found = self.beating.simulate(person.record, person.shape, person.activation)
            except PatientError as error:
                out.append(Check(NAME, f"{who}: {error}", None, 0.0, "1", 0.0, OURS))
                continue
            for name, what, scale, unit, allowed in wanted:
                ours = scale * float(found[name])
                out.append(Check(NAME, f"{what}, {who}", ours, 0.0, unit, allowed, OURS))
        return out
