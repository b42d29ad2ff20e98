"""Cost of one heart's activation and electrical beat: ``python benchmarks/heart_activation.py``.

CPU time of the eikonal tier on one rank, for the demo's people, without what is made once for all
(forms, paced cells). The limit of activation is what no Newton-like method on this mesh can go
under at these iterations: cells' residuals and steps, and their sums, once an iteration, nothing
else. That of the whole beat is the second that a cohort was promised.
"""

import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from mpi4py import MPI

import numpy as np

from sosie.cohort.record import Record
from sosie.geometry.torso import torso_of
from sosie.heart.eikonal import FLAT, SLOPE
from sosie.heart.parameters import HeartParameters
from sosie.heart.simulate import Heart, anatomy_of
from sosie.verification.hearts import survey

PATIENTS = 16
PROMISED = 1.0
"""CPU-s a patient: activation, repolarisation, APD90 and twelve leads."""
OUTPUT = Path("results/benchmarks/heart_activation.json")


def seconds(run: Callable[[], object]) -> float:
    """Return the CPU seconds of a call."""
    start = time.process_time()
    run()
    return time.process_time() - start


def costs(heart: Heart, record: Record) -> tuple[float, float, float]:
    """Return CPU-s of activation, of its limit and of the whole beat of one person."""
    anatomy = anatomy_of(heart.template, record)
    body = torso_of(height=record.si("height"), weight=record.si("weight"))
    heart.wall(record)  # paced
    start = time.process_time()
    _, iterations = heart.activate(record, anatomy)
    spent = time.process_time() - start
    problem = heart.eikonal

    def once() -> None:
        problem.cells.evaluate(epsilon=2e-4, flat=FLAT, slope=SLOPE, newton=1.0)
        problem.sums.assemble_vector(problem.cells.F)
        problem.sums.assemble_matrix(problem.cells.J, problem.held)

    limit = iterations * seconds(once)
    return spent, limit, seconds(lambda: heart.beat(record, anatomy, body))


def row(name: str, value: float, peer: str, other: float, conditions: str) -> dict:
    """Return a row of the report; the ratio says how many times better ours is."""
    return {
        "name": name,
        "value": round(value, 3),
        "unit": "CPU-s/patient",
        "peer": peer,
        "peer_value": round(other, 3),
        "ratio": round(other / value, 3),
        "conditions": conditions,
    }


def main() -> None:
    """Time the demo's hearts and write the ratios to the limits."""
    usual = HeartParameters()
    still = replace(usual, mechanics=replace(usual.mechanics, enabled=False))
    heart, people = Heart(MPI.COMM_SELF, still), survey(PATIENTS)
    costs(heart, people[0])  # compiles
    activation, limit, beats = np.array([costs(heart, person) for person in people]).T
    conditions = f"one rank, {heart.template.n_vertices} vertices, mean of {len(people)} hearts"
    rows = [
        row(
            "heart_activation",
            activation.mean(),
            "cells and their sums alone, once an iteration",
            limit.mean(),
            conditions,
        ),
        row(
            "heart_eikonal_tier",
            beats.mean(),
            "the second promised",
            PROMISED,
            f"activation, repolarisation, twelve leads; {conditions}, at most {beats.max():.2f}",
        ),
    ]
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    OUTPUT.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
