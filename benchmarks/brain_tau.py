"""Cost of one brain's decades of tau: ``python benchmarks/brain_tau.py``.

The limit is what no Krylov method on this mesh can go under at these iterations: one product with
the matrix an iteration, nothing else. Both are timed in the same run, on one rank.
"""

import json
import time
from pathlib import Path

from mpi4py import MPI

from sosie.brain.parameters import BrainParameters
from sosie.brain.simulate import Brain
from sosie.verification.hearts import survey

PATIENTS = 3
PRODUCTS = 200
OUTPUT = Path("results/benchmarks/brain_tau.json")


def main() -> None:
    """Time the demo's first brains and write the ratio to the limit."""
    people = survey(PATIENTS)
    brain = Brain(MPI.COMM_SELF, BrainParameters())
    brain.spread(people[0])  # compiles
    solver = brain.equation.solver
    seconds = limit = 0.0
    for person in people:
        start = time.process_time()
        iterations = int(brain.spread(person)["iterations"])
        seconds += time.process_time() - start
        x, y = solver.S.createVecs()
        x.set(1.0)
        start = time.process_time()
        for _ in range(PRODUCTS):
            solver.S.mult(x, y)
        limit += iterations * (time.process_time() - start) / PRODUCTS
    row = {
        "name": "brain_tau",
        "value": round(seconds / PATIENTS, 3),
        "unit": "CPU s/patient",
        "peer": "products with the matrix alone, once an iteration",
        "peer_value": round(limit / PATIENTS, 3),
        "ratio": round(limit / seconds, 3),
        "conditions": f"one rank, {brain.template.n_vertices} vertices, 400 steps of 0.1 year,"
        f" mean of {PATIENTS} brains",
    }
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    OUTPUT.write_text(json.dumps([row], indent=1) + "\n")


if __name__ == "__main__":
    main()
