"""Hearts of the survey: is the production mesh fine enough, and are drawn hearts like real ones?

refinement    activation on the production mesh against the same patient on the mesh refined
              uniformly twice (every edge halved, then halved again), at the vertices they share
population    the first thousand adults of the survey, drawn and meshed but not simulated
"""

import logging
from collections import Counter
from dataclasses import replace

from mpi4py import MPI

import numpy as np
from scipy.spatial import cKDTree

from sosie.cohort.mapping import load_mapping
from sosie.cohort.priors import Evidence, Normal, load_priors
from sosie.cohort.record import Record, build_record
from sosie.cohort.select import select
from sosie.cohort.table import read_table
from sosie.cohort.ventricle import surface_area
from sosie.errors import PatientError, RejectedError
from sosie.geometry import quality
from sosie.geometry.template import Template
from sosie.heart.parameters import HeartParameters
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
OURS = "acceptance limit of this project"
MS, ML, GRAM = 1e3, 1e6, 1e3


def survey(n: int) -> list[Record]:
    """Return the records of the first ``n`` adults of the survey, as the demo study draws them."""
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
    mesh, times = parameters.mesh, 2**refinements
    refined = replace(
        mesh, layers=times * mesh.layers, rings=times * mesh.rings, around=times * mesh.around
    )
    coarse, fine = Heart(comm, parameters), Heart(comm, replace(parameters, mesh=refined))
    at = shared(coarse.template, fine.template)
    checks = []
    for record in survey(patients):
        quantity = (
            f"RMS of activation time over {len(at)} vertices, patient {record.id}:"
            f" {mesh.layers} x {mesh.rings} x {mesh.around} against {refined.layers} x"
            f" {refined.rings} x {refined.around} cells ({refinements} uniform refinements)"
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
    template = template_of(HeartParameters())
    records = survey(n)
    mine = {i: _heart(template, records[i]) for i in range(comm.rank, n, comm.size)}
    hearts = [part[i] for i in range(n) for part in [_all(comm, mine)] if i in part]
    reasons = Counter(heart for heart in hearts if isinstance(heart, str))
    valid = {i: heart for i, heart in enumerate(hearts) if not isinstance(heart, str)}
    LOG.info("population: %s of %s hearts are valid", len(valid), n)
    checks = [Check("drawn hearts", f"valid of {n}", len(valid), n, "1", 0.05 * n, OURS)]
    checks += [
        Check("drawn hearts", f"rejected of {n}: {reason}", count, 0, "1", 0.05 * n, OURS)
        for reason, count in reasons.most_common()
    ]
    rows = np.array(list(valid.values()))
    return checks + _quality(rows) + _sizes([records[i] for i in valid], rows)
