"""Cost of a head's EEG lead field: ``python benchmarks/brain_eeg.py [PEER_PYTHON]``.

Four concentric spheres, 64 electrodes, dipoles of six eccentricities, on the meshes that meet every
limit of `sosie.verification.four_shell` and on others. CPU seconds of one patient: matrix, factors,
electrodes, solves and sources. A head's first patient pays for the ordering of the factors too;
forms are compiled beforehand, once for all topologies.

The peers are OpenMEEG (a boundary element method on the same four surfaces, as many points as it
takes to meet the same limits, the faster of its two ways, head matrix counted) and mne's sphere,
both run by the interpreter of another environment:

    pip install openmeeg mne

Without PEER_PYTHON their rows are left out, and said to be.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from mpi4py import MPI

import numpy as np

from sosie.brain.head import patient
from sosie.brain.head.conductivities import Conductivities
from sosie.brain.head.lead_field import ElectricHead
from sosie.geometry.head.shape import personalise
from sosie.geometry.head.template import load
from sosie.typing import Array, Integers
from sosie.verification import four_shell
from sosie.verification.four_shell import LABELS, LIMITS, SHELLS

OUTPUT = Path("results/benchmarks/brain_eeg.json")
PEERS = Path(__file__).with_name("brain_peers.py")
SIZES = (("quadratic", 5), ("quadratic", 7), ("linear", 18), ("quadratic", 12), ("linear", 26))
DIPOLES = four_shell.dipoles(10)
REPEATS = 3
PEER = 8
"""Parts of an edge of the icosahedron, 642 points: the fewest with which OpenMEEG meets the limits
(with 7 parts, 492 points, its RDM is 0.016 at eccentricity 0.95 and 0.033 at 0.98)."""


def spent(order: str, m: int, positions: Array) -> tuple[float, float, ElectricHead, Array]:
    """Return CPU seconds of the first and of a next patient, the head and its potentials."""
    points, cells, tissue = four_shell.mesh(order, m=m)
    sigma = np.array(SHELLS.sigma)[tissue]
    head = ElectricHead(MPI.COMM_SELF, points, cells, tissue, LABELS)
    names = [f"E{i}" for i in range(len(positions))]
    seconds = []
    for _ in range(1 + REPEATS):
        start = time.process_time()
        head.adopt(points, sigma)
        gain = head.lead_field(head.electrodes(positions, names), DIPOLES.places)
        seconds.append(time.process_time() - start)
    return seconds[0], min(seconds[1:]), head, gain.along(DIPOLES.moments)


def worst(potentials: Array, reference: Array) -> str:
    """Return the median RDM of each eccentricity, the worse of radial and tangential."""
    rdm, _ = four_shell.differences(potentials - potentials.mean(axis=0), reference)
    of = DIPOLES.eccentricity, DIPOLES.radial
    medians = {
        e: max(float(np.median(rdm[(of[0] == e) & (of[1] == radial)])) for radial in (True, False))
        for e in LIMITS
    }
    return ", ".join(f"{rdm:.4f} at {e:g}" for e, rdm in medians.items())


def ask(python: str, what: str, asked: dict[str, Array | Integers]) -> tuple[Array, float]:
    """Return a peer's potentials of a problem and its CPU seconds."""
    with tempfile.TemporaryDirectory() as folder:
        problem, result = Path(folder) / "problem.npz", Path(folder) / "result.npz"
        np.savez(problem, **asked)
        command = [python, str(PEERS), str(problem), str(result), what]
        subprocess.run(command, check=True, capture_output=True)
        with np.load(result) as found:
            return found["gain"], float(found["seconds"])


def against_peers(python: str, first: float, following: float) -> list[dict[str, object]]:
    """Return the rows that compare with OpenMEEG and mne."""
    reference = four_shell.exact(DIPOLES, four_shell.spread())
    asked = four_shell.problem(DIPOLES, m=PEER)
    found = {what: ask(python, what, asked) for what in ("adjoint", "inverse", "mne")}
    faster = min(("adjoint", "inverse"), key=lambda what: found[what][1])
    rows = []
    for what, name in ((faster, "openmeeg"), ("mne", "mne_sphere")):
        gain, seconds = found[what]
        rows.append(
            {
                "name": f"brain_eeg_{name}",
                "value": round(following, 3),
                "unit": "CPU s/patient",
                "peer": {"openmeeg": f"OpenMEEG, {faster}", "mne_sphere": "mne's sphere"}[name],
                "peer_value": round(seconds, 3),
                "ratio": round(seconds / following, 2),
                "conditions": (
                    f"one core each, 64 electrodes, {len(DIPOLES.places)} dipoles; a head's first"
                    f" patient {first:.2f} s, ratio {seconds / first:.1f}; the peer's median RDM"
                    f" {worst(gain, reference)}; OpenMEEG's adjoint way"
                    f" {found['adjoint'][1]:.1f} s, inverse {found['inverse'][1]:.1f} s"
                ),
            }
        )
    return rows


def of_a_patient() -> dict[str, object]:
    """Return the row of the production head: lead field of the 10-10 system and all its sources."""
    template = load("production")
    shape = personalise(
        template, intracranial_volume=1450e-6, brain_volume=1150e-6, ventricular_volume=25e-6
    )
    head = patient.electric_head(MPI.COMM_SELF, template)
    seconds = []
    for _ in range(1 + REPEATS):
        start = time.process_time()
        patient.adopt(head, template, shape, Conductivities.usual())
        gain = patient.lead_field(head, template, shape).gain
        seconds.append(time.process_time() - start)
    return {
        "name": "brain_eeg_production_head",
        "value": round(min(seconds[1:]), 3),
        "unit": "CPU s/patient",
        "conditions": (
            f"one core, {head.conductor.n_nodes} nodes, {gain.shape[0]} electrodes,"
            f" {gain.shape[1]} sources in three directions; first patient {seconds[0]:.2f} s;"
            f" {factors(head)}"
        ),
    }


def main(arguments: list[str]) -> None:
    """Write the rows."""
    positions = four_shell.spread()
    reference = four_shell.exact(DIPOLES, positions)
    spent(*SIZES[0], positions)  # compiles
    rows, times = [], {}
    many = four_shell.spread(256)
    layers = four_shell.LAYERS["quadratic"]
    _, following, head, _ = spent("quadratic", layers, many)
    rows.append(
        {
            "name": "brain_eeg_256_electrodes",
            "value": round(following, 3),
            "unit": "CPU s/patient",
            "conditions": f"one core, {head.conductor.n_nodes} nodes; {factors(head)}",
        }
    )
    rows.append(of_a_patient())
    for order, m in SIZES:
        first, following, head, ours = spent(order, m, positions)
        times[m] = first, following
        rows.append(
            {
                "name": f"brain_eeg_{order}_{head.conductor.n_nodes}",
                "value": round(following, 3),
                "unit": "CPU s/patient",
                "conditions": (
                    f"one core, {head.conductor.n_nodes} nodes, {len(head.cells)} cells,"
                    f" 64 electrodes, {len(DIPOLES.places)} dipoles; first patient"
                    f" {first:.2f} s; {factors(head)}; median RDM {worst(ours, reference)}"
                ),
            }
        )
    if arguments:
        rows += against_peers(arguments[0], *times[layers])
    else:
        print("no PEER_PYTHON: OpenMEEG and mne are left out", file=sys.stderr)  # noqa: T201
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    OUTPUT.write_text(json.dumps(rows, indent=1) + "\n")


def factors(head: ElectricHead) -> str:
    """Return how large the factors are, and the largest memory so far."""
    entries = head.conductor.ksp.getPC().getFactorMatrix().getMumpsInfog(29)
    if entries < 0:  # in millions
        entries = -1_000_000 * entries
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return f"{entries / 1e6:.1f} million entries in the factors, {memory:.0f} MB at most so far"


if __name__ == "__main__":
    main(sys.argv[1:])
