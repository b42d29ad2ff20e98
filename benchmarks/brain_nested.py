"""A realistic head by OpenMEEG, kept to compare with: ``python benchmarks/brain_nested.py PYTHON``.

PYTHON is the interpreter of an environment that has openmeeg. Its potentials of
`sosie.verification.nested` go to the package's data, its cost and ours to
``results/benchmarks/brain_nested.json``.
"""

import json
import sys
import time
from pathlib import Path

from mpi4py import MPI

import numpy as np
from brain_eeg import ask

from sosie.geometry.head.template import load
from sosie.verification import nested

OUTPUT = Path("results/benchmarks/brain_nested.json")


def main(arguments: list[str]) -> None:
    """Keep the potentials, write the rows."""
    (python,) = arguments
    gain, seconds = ask(python, "adjoint", nested.problem())
    file = Path(nested.__file__).parent / "data" / nested.STORED.name
    np.savez_compressed(file, gain=gain.astype(np.float32), digest=load("coarse").digest)
    rows = []
    for order in ("linear", "quadratic"):
        head = nested.head(MPI.COMM_SELF, order)  # compiles
        start = time.process_time()
        head.adopt(head.points, head.sigma)
        ours = nested.potentials(head)
        spent = time.process_time() - start
        rdm, mag = nested.differences(ours, gain - gain.mean(axis=0))
        rows.append(
            {
                "name": f"brain_nested_{order}_{head.conductor.n_nodes}",
                "value": round(spent, 3),
                "unit": "CPU s/patient",
                "peer": "OpenMEEG, adjoint",
                "peer_value": round(seconds, 1),
                "ratio": round(seconds / spent, 1),
                "conditions": (
                    f"one core each, {ours.shape[0]} electrodes, {ours.shape[1]} dipoles, the same"
                    f" three surfaces of 1,487 points; median RDM {np.median(rdm):.4f}, 95 %"
                    f" {np.quantile(rdm, 0.95):.4f}, median MAG {np.median(mag):.4f}"
                ),
            }
        )
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    OUTPUT.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
