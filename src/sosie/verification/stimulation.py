r"""Fields of transcranial stimulation in concentric spheres against the analytic series.

    E = -sum_e I_e grad Z_e,    difference = | |ours| - |exact| | / |exact|

in the middle of every cell of the brain, for a bipolar montage of point electrodes, for discs (the
mean of the series over the places that carry a disc's current) and for a ring of four around one.
Reciprocity: potentials by lead fields and by solving for the dipoles themselves, on one mesh an
identity.
"""

import logging

from mpi4py import MPI

import numpy as np

from sosie.brain.head.elements import values
from sosie.brain.head.lead_field import ElectricHead
from sosie.brain.head.montage import currents
from sosie.typing import Array
from sosie.verification.check import Check
from sosie.verification.four_shell import LABELS, SHELLS, dipoles, head, spread

LOG = logging.getLogger(__name__)
TURN = np.array([[0.36, 0.48, -0.8], [-0.8, 0.6, 0.0], [0.48, 0.64, 0.6]])
"""A rotation: electrodes on no axis of the mesh."""
MILLIAMPERE = 1e-3
DISC = 15e-3
"""[m], radius."""
SOURCE = "series of sosie.brain.head.shells; acceptance limit of this project"


def montages() -> dict[str, tuple[Array, dict[str, float], float]]:
    """Return places [m], currents [A] and radius [m] of electrodes, by the montage's name."""
    around = np.arange(4) * np.pi / 2
    ring = np.column_stack([0.6 * np.cos(around), 0.6 * np.sin(around), np.full(4, 0.8)])
    two = np.array([[0.0, 0.0, 1.0], [0.6, 0.0, -0.8]])
    R = SHELLS.radii[-1]
    return {
        "two points": (R * two @ TURN, {"0": MILLIAMPERE, "1": -MILLIAMPERE}, 0.0),
        "two discs of 15 mm": (R * two @ TURN, {"0": MILLIAMPERE, "1": -MILLIAMPERE}, DISC),
        "one point in a ring of four": (
            R * np.vstack([two[:1], ring]) @ TURN,
            {"0": MILLIAMPERE} | {str(i): -MILLIAMPERE / 4 for i in range(1, 5)},
            0.0,
        ),
    }


def exact(places: Array, spots: Array, into: Array) -> Array:
    """Return the series' field [V/m] at places (n, 3) [m], for currents [A] into electrodes."""
    n, k, _ = spots.shape
    each = SHELLS.gradients(places, spots.reshape(-1, 3))
    return -np.tensordot(np.repeat(into / k, k), each, axes=1)


def errors(out: ElectricHead, name: str) -> Array:
    """Return the difference of |E| from the series' over it, in each of the brain's cells."""
    places, montage, radius = montages()[name]
    electrodes = out.electrodes(places, [str(i) for i in range(len(places))], radius=radius)
    into = currents(electrodes.names, montage)
    brain = out.tissue == LABELS["grey"]
    ours = out.field(electrodes, into)[brain]
    middle = out.points[out.cells[brain]].transpose(0, 2, 1) @ values(np.full(3, 0.25), 10)
    reference = np.linalg.norm(exact(middle, electrodes.spots, into), axis=1)
    return np.abs(np.linalg.norm(ours, axis=1) - reference) / reference


def reciprocity(out: ElectricHead) -> float:
    """Return the largest difference of potentials by lead fields from those of direct solves.

    It is over the largest potential, for 60 dipoles, each of which is solved for as a source.
    """
    positions = spread()
    electrodes = out.electrodes(positions, [str(i) for i in range(len(positions))])
    sources = dipoles(5)
    by_lead_field = out.lead_field(electrodes, sources.places).along(sources.moments)
    parts = zip(out.rows(sources.places), sources.moments.T, strict=True)
    into = sum(moment[:, None] * part.toarray() for part, moment in parts)
    directly = electrodes.rows @ out.conductor.potentials(into).T
    directly -= directly.mean(axis=0)
    return float(np.abs(by_lead_field - directly).max() / np.abs(directly).max())


def checks(comm: MPI.Comm) -> list[Check]:
    """Check the fields of montages, and reciprocity (collective)."""
    out = head(comm)
    rows = []
    for name in montages():
        error = errors(out, name)
        LOG.info("stimulation: %s: %s", name, np.quantile(error, (0.5, 0.95, 1.0)))
        for share, word in ((0.5, "median"), (0.95, "95th percentile")):
            what = f"{word} over the brain's cells of the difference of |E|, {name}"
            ours = 100 * float(np.quantile(error, share))
            rows.append(Check("tDCS, four shells", what, ours, 0.0, "%", 3.0, SOURCE))
    what = "potentials by lead fields from those of a solve for each dipole, over the largest"
    rows.append(Check("EEG, four shells", what, reciprocity(out), 0.0, "1", 1e-8, "reciprocity"))
    return rows
