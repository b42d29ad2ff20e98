"""Cost of one patient's head and brain: ``python benchmarks/brain_patient.py``.

CPU seconds and memory of the lead field of 64 electrodes, of all of the 10-5 system, and of 40
years of tau, on the shipped templates and their uniform refinements. A team meets its first patient
once; what is given is the next one: shape, matrix, factors, electrodes, solves and sources, or
shape and steps. Each row is a process of its own, so that its memory is; the largest meshes are not
a study's, but show how cost grows: from the smallest, as the number of nodes to the power of
``growth``.
"""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from mpi4py import MPI

import numpy as np

from sosie.brain.electric import head_of
from sosie.brain.head.conductivities import Conductivities
from sosie.brain.head.lead_field import ElectricHead
from sosie.brain.parameters import BrainParameters
from sosie.brain.simulate import Brain
from sosie.cohort.record import Record
from sosie.geometry.brain.template import load as load_brain
from sosie.geometry.brain.template import refined as refined_brain
from sosie.geometry.head.refine import refined
from sosie.geometry.head.template import TISSUES, load
from sosie.verification.hearts import survey

OUTPUT = Path("results/benchmarks/brain_patient.json")
FEW = 64
"""Electrodes of the 10-10 system that are taken."""
MESHES = (("coarse", 0), ("production", 0), ("coarse", 1), ("production", 1))
"""Templates and how often every edge is halved."""


def lead_field(name: str, halved: int, system: int) -> tuple[int, str, Callable[[], None]]:
    """Return the number of nodes, what is solved and what solves it."""
    template, record = load(name), survey(1)[0]
    cells = refined(template.points, template.cells)[1] if halved else template.cells
    tissue = np.repeat(template.tissue, 8**halved)
    n = int(cells.max()) + 1
    chosen = template.montage(system)[: FEW if system == 10 else None]
    names = [template.electrodes[i] for i in chosen]
    points = refined(template.points, template.cells)[0] if halved else template.points
    head = ElectricHead(MPI.COMM_SELF, points, cells, tissue, TISSUES)

    def solve() -> None:
        shape, conducting = head_of(template, record), Conductivities.of(record)
        points = refined(shape.points, template.cells)[0] if halved else shape.points
        head.adopt(points, conducting.of_cells(tissue, TISSUES))
        head.lead_field(head.electrodes(shape.electrodes[chosen], names), shape.sources)

    what = f"lead field, {len(names)} electrodes, {len(template.source_cell)} sources in 3D"
    return n, what, solve


def spread(name: str, halved: int) -> tuple[int, str, Callable[[], None]]:
    """Return the same of 40 years of tau."""
    template = load_brain(name)
    if halved:
        template = refined_brain(template)
    brain = Brain(MPI.COMM_SELF, BrainParameters(), template=template)
    record: Record = survey(1)[0]
    years = brain.parameters.times.years[-1]

    def solve() -> None:
        brain.spread(record)

    return template.n_vertices, f"tau over {years:g} years", solve


def measure(what: str, name: str, halved: int) -> dict[str, object]:
    """Return the row of one process."""
    n, solved, solve = (
        spread(name, halved) if what == "tau" else lead_field(name, halved, int(what))
    )
    seconds = []
    for _ in range(2):
        start = time.process_time()
        solve()
        seconds.append(time.process_time() - start)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    kind = "tau" if what == "tau" else f"eeg_{what}"
    return {
        "name": f"brain_patient_{kind}_{name}{'_halved' * halved}",
        "value": round(seconds[1], 2),
        "unit": "CPU s/patient",
        "nodes": n,
        "memory": f"{memory:.0f} MB",
        "conditions": f"one core, {solved}; first patient {seconds[0]:.2f} s",
    }


def main(arguments: list[str]) -> None:
    """Measure one row, or ask processes for all of them and write them."""
    if arguments:
        what, name, halved = arguments
        print(json.dumps(measure(what, name, int(halved))))  # noqa: T201
        return
    rows = []
    for what in ("10", "5", "tau"):
        least = None
        for name, halved in MESHES[: 3 if what == "5" else None]:
            command = [sys.executable, __file__, what, name, str(halved)]
            run = subprocess.run(command, check=True, capture_output=True, text=True)
            row = json.loads(run.stdout.splitlines()[-1])
            if least:
                cost, nodes = (np.log(row[key] / least[key]) for key in ("value", "nodes"))
                row["growth"] = round(float(cost / nodes), 2)
            least = least or row
            rows.append(row)
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    OUTPUT.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
