"""Cost of one heart's activation: ``python benchmarks/heart_activation.py``.

The limit is what no Newton-like method on this mesh can go under at these iterations: assembling
residual and matrix once an iteration, nothing else. Both are timed in the same run, on one rank.
"""

import json
import time
from pathlib import Path

from mpi4py import MPI

from dolfinx import fem
from dolfinx.fem.petsc import assemble_matrix, assemble_vector

from sosie.cohort.mapping import load_mapping
from sosie.cohort.priors import load_priors
from sosie.cohort.record import build_record
from sosie.cohort.select import select
from sosie.cohort.table import read_table
from sosie.heart.parameters import HeartParameters
from sosie.heart.simulate import Heart

PATIENTS = 3
OUTPUT = Path("results/benchmarks/heart_activation.json")


def main() -> None:
    """Time the demo's first hearts and write the ratio to the limit."""
    mapping, priors = load_mapping("nhanes"), load_priors()
    rows = select(read_table(mapping.table_path(), mapping), PATIENTS).rows
    people = [build_record(row, mapping, priors, seed=1) for row in rows]
    heart = Heart(MPI.COMM_SELF, HeartParameters())
    heart.simulate(people[0])  # compiles
    J, F = fem.form(heart.eikonal.J), fem.form(heart.eikonal.F)
    seconds = limit = 0.0
    for person in people:
        start = time.perf_counter()
        iterations = int(heart.simulate(person)["iterations"])
        seconds += time.perf_counter() - start
        start = time.perf_counter()
        assemble_matrix(J).destroy()
        assemble_vector(F).destroy()
        limit += iterations * (time.perf_counter() - start)
    row = {
        "name": "heart_activation",
        "value": round(seconds / PATIENTS, 3),
        "unit": "s/patient",
        "peer": "assembly alone, once an iteration",
        "peer_value": round(limit / PATIENTS, 3),
        "ratio": round(limit / seconds, 3),
        "conditions": f"one rank, {heart.template.n_vertices} vertices, mean of {PATIENTS} hearts",
    }
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    OUTPUT.write_text(json.dumps([row], indent=1) + "\n")


if __name__ == "__main__":
    main()
