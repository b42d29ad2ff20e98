"""Ask of the survey's hearts whether the mesh is fine enough, and whether they are like real ones.

refinement    activation on the production mesh against the same patient on the mesh refined
              uniformly twice (every edge halved, then halved again), at the vertices they share
population    the first thousand adults of the survey, drawn and meshed but not simulated
"""

import logging
import re
from collections import Counter
from dataclasses import replace
from typing import Literal

from mpi4py import MPI

import numpy as np
from scipy.spatial import cKDTree

from sosie.cohort.mapping import load_mapping
from sosie.cohort.priors import Normal, load_priors
from sosie.cohort.record import Record, build_record
from sosie.cohort.select import select
from sosie.cohort.table import read_table
from sosie.cohort.ventricle import surface_area
from sosie.errors import PatientError, RejectedError
from sosie.geometry import quality
from sosie.geometry.template import Template
from sosie.heart.parameters import HeartParameters, Mesh
from sosie.heart.simulate import Heart, anatomy_of, template_of
from sosie.typing import Array, Integers
from sosie.verification.check import Check

LOG = logging.getLogger(__name__)
PATIENTS = 4
"""Of the demo study, simulated on the refined mesh too."""
REFINEMENTS = 2
"""Halvings of every edge: 64 times the cells."""
POPULATION = 1000
"""Adults drawn."""
PERCENTILES = (0, 1, 50)
OURS = "acceptance limit of this project"
VALID = "as it comes out: a valid cell's is positive"
MS, ML, GRAM = 1e3, 1e6, 1e3


def survey(n: int | Literal["all"]) -> list[Record]:
    """Return the records of the survey's first ``n`` adults, as the demo study draws them."""
    mapping = load_mapping("nhanes")
    rows = select(read_table(mapping.table_path(), mapping), n).rows
    return [build_record(row, mapping, load_priors(), seed=1) for row in rows]


def shared(coarse: Template, fine: Template) -> Integers:
    """Return the vertex of a refined template at each vertex of the template, shape (n,)."""
    tree = cKDTree(fine.nodes[: fine.n_vertices])
    apart, found = tree.query(coarse.nodes[: coarse.n_vertices])
    assert apart.max() < 1e-9, "not a refinement"
    return found


def refinement(
    comm: MPI.Comm, *, patients: int = PATIENTS, refinements: int = REFINEMENTS
) -> list[Check]:
    """Compare activation on the production mesh with a uniformly refined one."""
    parameters = HeartParameters()
    mesh, k = parameters.mesh, 2**refinements
    refined = Mesh(layers=k * mesh.layers, rings=k * mesh.rings, around=k * mesh.around)
    coarse, fine = Heart(comm, parameters), Heart(comm, replace(parameters, mesh=refined))
    at = shared(coarse.template, fine.template)
    checks = []
    for record in survey(patients):
        quantity = (
            f"RMS of activation time over {len(at)} vertices, patient {record.id},"
            f" against {refinements} uniform refinements ({fine.template.n_vertices} vertices)"
        )
        try:
            times = coarse.simulate(record)["activation_time"]
            late = times - fine.simulate(record)["activation_time"][at]
            ours = MS * float(np.sqrt(np.mean(late**2)))
        except PatientError as error:
            ours, quantity = None, f"{quantity}: {error}"
        LOG.info("refinement: patient %s differs by %s ms RMS", record.id, ours)
        checks.append(Check("production mesh", quantity, ours, 0.0, "ms", 2.0, OURS))
    return checks


def population(comm: MPI.Comm, *, n: int = POPULATION) -> list[Check]:
    """Draw and mesh ``n`` hearts: how many are valid, their mesh quality, volume and mass."""
    template, records = template_of(HeartParameters()), survey(n)
    mine = {i: _heart(template, records[i]) for i in range(comm.rank, n, comm.size)}
    merged = {i: heart for part in comm.allgather(mine) for i, heart in part.items()}
    hearts = [merged[i] for i in range(n)]
    valid = [i for i, heart in enumerate(hearts) if not isinstance(heart, str)]
    LOG.info("population: %s of %s hearts are valid", len(valid), n)
    counts = [(f"valid of {n}", len(valid), n)]
    reasons = Counter(heart for heart in hearts if isinstance(heart, str))
    counts += [(f"rejected of {n}: {why}", count, 0) for why, count in reasons.most_common()]
    checks = [
        Check("drawn hearts", quantity, count, expected, "1", 0.05 * n, OURS)
        for quantity, count, expected in counts
    ]
    rows = np.array([hearts[i] for i in valid])
    return checks + _quality(rows[:, :4]) + _sizes([records[i] for i in valid], rows[:, 4:])


def _heart(template: Template, record: Record) -> tuple[float, ...] | str:
    """Return mesh quality, volume error and sizes of one heart, or why there is none."""
    if record.rejected:
        return f"input: {record.rejected}"
    try:
        anatomy = anatomy_of(template, record)
        shape = quality.check(template, anatomy.points)
    except RejectedError as error:
        return re.sub(r"-?\d[\d.e-]*", "#", str(error))
    volume, mass = ML * anatomy.cavity_volume, GRAM * anatomy.mass
    error = ML * abs(anatomy.cavity_volume_error)
    return shape.det_min, shape.ratio_min, shape.ratio_p01, error, volume, mass


def _quality(rows: Array) -> list[Check]:
    """Percentiles over hearts; a mean ratio is 1 in a regular tetrahedron and 0 in a flat one."""
    det, worst, first = (
        "smallest det J over mean det J",
        "worst cell's mean ratio",
        "1 % mean ratio",
    )
    checks = [
        Check("mesh quality", f"{what}, percentile {p} of hearts", ours, 1.0, "1", 1.0, VALID)
        for column, what in enumerate((det, worst, first))
        for p, ours in zip(
            PERCENTILES, np.percentile(rows[:, column], PERCENTILES).tolist(), strict=True
        )
    ]
    met = float(rows[:, 3].max())
    return [*checks, Check("drawn hearts", "largest volume error", met, 0.0, "mL", 1.0, OURS)]


def _sizes(records: list[Record], sizes: Array) -> list[Check]:
    """Mean volume and mass by sex against UK Biobank; the tolerance is one SD between people."""
    checks = []
    for sex in ("female", "male"):
        chosen = [i for i, record in enumerate(records) if record.cells["sex"].value == sex]
        area = np.array(
            [surface_area(100 * records[i].si("height"), records[i].si("weight")) for i in chosen]
        )
        priors = load_priors()
        for k, what, unit, index in (
            (0, "cavity volume", "mL", priors.lv_edv.index),
            (1, "mass", "g", priors.lv_mass.index),
        ):
            people: Normal = getattr(index, sex)
            of = f"mean of {len(chosen)} drawn hearts of sex {sex}"
            for per, quantity, scale in (
                (area, f"{what} per body surface area", 1.0),
                (1.0, f"{what}; reference is the index times mean area", float(area.mean())),
            ):
                ours = sizes[chosen, k] / per
                checks.append(
                    Check(
                        "population",
                        f"{of} (SD {ours.std():.0f}): {quantity}; tolerance is one SD",
                        float(ours.mean()),
                        people.mean * scale,
                        index.unit if scale == 1.0 else unit,
                        people.sd * scale,
                        f"{index.evidence.source}; healthy people of 45-74 years",
                    )
                )
    return checks
