r"""Ask of the survey's heads whether they are valid and whether their mesh is fine enough.

shapes        heads drawn over stated ranges, nothing is simulated. Valid: every cell of the morphed
              template has det J > 0 and dihedral angles over 5 degrees
refinement    lead field of the cortical sources along their normals, 10-10 system, against the same
              head refined uniformly (every edge halved): RDM as in `sosie.verification.four_shell`,
              with each mesh's own rows of the sources, and with the usual mesh's rows on both,
              which leaves the error of the potentials alone
"""

import logging
import re
from collections import Counter

from mpi4py import MPI

import numpy as np

from sosie.brain.electric import head_of
from sosie.brain.head import patient
from sosie.brain.head.conductivities import Conductivities
from sosie.brain.head.lead_field import ElectricHead
from sosie.brain.head.sources import Rows
from sosie.cohort.record import Record
from sosie.errors import RejectedError
from sosie.geometry.head.refine import refined
from sosie.geometry.head.shape import personalise
from sosie.geometry.head.template import TISSUES, load
from sosie.typing import Array
from sosie.verification.brains import DRAWN, FRACTION, INTRACRANIAL, OURS, VENTRICLES
from sosie.verification.check import Check
from sosie.verification.four_shell import differences

LOG = logging.getLogger(__name__)
THICKNESS = (5.97e-3 - 2 * 1.19e-3, 5.97e-3 + 2 * 1.19e-3)
"""Of the skull [m]: mean and two standard deviations of 20 adults, Antonakakis et al. (2020),
doi:10.1016/j.neuroimage.2020.117353, abstract."""
PATIENTS = 4
"""Refined, if there is time for all."""
RDM = 0.03
"""Acceptance limit of this project."""


def shapes(name: str = "production", *, n: int = DRAWN) -> list[Check]:
    """Draw volumes and skull thickness uniformly and count the heads that are valid."""
    template, stream = load(name), np.random.default_rng(1)
    lost, angles = Counter[str](), []
    for _ in range(n):
        intracranial, ventricles, fraction, thickness = (
            stream.uniform(*bounds) for bounds in (INTRACRANIAL, VENTRICLES, FRACTION, THICKNESS)
        )
        try:
            head = personalise(
                template,
                intracranial_volume=intracranial,
                brain_volume=fraction * intracranial,
                ventricular_volume=ventricles,
                skull_thickness=thickness,
            )
        except RejectedError as error:
            lost[re.sub(r"[\d.]+", "...", str(error).split(";")[0])] += 1
        else:
            angles.append(head.dihedral_min)
    LOG.info("head: %s of %s shapes are valid; lost: %s", len(angles), n, dict(lost))
    ranges = (
        "ventricles 7-80 mL, brain 0.65-0.88 of 1,100-1,900 mL inside the skull,"
        " skull 3.6-8.4 mm thick"
    )
    return [
        Check("head", f"valid of {n} drawn, {ranges}", len(angles), n, "1", 0.01 * n, OURS),
        *(
            Check("head", f"rejected of {n} drawn: {why}", count, 0, "1", 0.01 * n, OURS)
            for why, count in lost.most_common()
        ),
        Check("head", "smallest dihedral angle of them", min(angles), 90, "degree", 85, OURS),
    ]


def along(rows: Rows, potentials: Array, normals: Array) -> Array:
    """Return the gain (n_electrodes, n_sources) [V/(A m)] along normals, of the rows' own nodes."""
    nodal = potentials[:, : rows[0].shape[1]].T
    return sum((part @ nodal * normals[:, i, None]).T for i, part in enumerate(rows))


def refinement(comm: MPI.Comm, records: list[Record], name: str = "production") -> list[Check]:
    """Compare the lead field with that of a refined mesh (collective)."""
    template = load(name)
    _, cells = refined(template.points, template.cells)
    tissue = np.repeat(template.tissue, 8)
    usual = patient.electric_head(comm, template)
    fine: ElectricHead | None = None
    checks = []
    for record in records:
        shape, conducting = head_of(template, record), Conductivities.of(record)
        points, _ = refined(shape.points, template.cells)
        fine = fine or ElectricHead(comm, points, cells, tissue, TISSUES)
        patient.adopt(usual, template, shape, conducting)
        fine.adopt(points, conducting.of_cells(tissue, TISSUES))
        electrodes = patient.electrodes(usual, template, shape)
        both = electrodes, fine.electrodes(electrodes.places, electrodes.names)
        coarse, finer = (
            np.concatenate([z for _, z in head.potentials(own)])
            for head, own in zip((usual, fine), both, strict=True)
        )
        rows, rows_fine = (head.rows(shape.sources) for head in (usual, fine))
        ours = along(rows, coarse, shape.normals)
        rdm, mag = differences(ours, along(rows_fine, finer, shape.normals))
        alone, _ = differences(ours, along(rows, finer, shape.normals))
        LOG.info(
            "head: patient %s, RDM %.4f (95 %%: %.4f), MAG %.3f; potentials alone RDM %.4f (%.4f)",
            *(record.id, np.median(rdm), np.quantile(rdm, 0.95), np.median(mag)),
            *(np.median(alone), np.quantile(alone, 0.95)),
        )
        of = (
            f"RDM of {len(rdm)} cortical sources, {len(electrodes.names)} electrodes, patient"
            f" {record.id}, against one uniform refinement ({len(points)} nodes)"
        )
        checks += [
            Check("head", f"median {of}", float(np.median(rdm)), 0.0, "1", RDM, OURS),
            Check("head", f"95th percentile of {of}", _most(rdm), 0.0, "1", RDM, OURS),
            Check(
                *("head", f"95th percentile of {of}, with the usual mesh's rows of the sources"),
                *(_most(alone), 0.0, "1", RDM, OURS),
            ),
        ]
    return checks


def _most(rdm: Array) -> float:
    return float(np.quantile(rdm, 0.95))
