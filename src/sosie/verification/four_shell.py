r"""EEG in a head of four concentric spheres against the analytic series.

    RDM = | ours / |ours| - exact / |exact| |,    MAG = |ours| / |exact|

of the potentials at the electrodes, average reference: Meijs et al. (1989), IEEE Trans. Biomed.
Eng. 36:1038. Radii 78, 80, 86, 92 mm and conductivities 0.33, 1.79, 0.01, 0.43 S/m of brain, CSF,
skull and scalp: Vorwerk et al. (2014), doi:10.1016/j.neuroimage.2014.06.040. Dipoles are radial and
tangential, in random directions at given eccentricities, the distance from the centre over the
brain's radius. One mesh of an order serves all of them.
"""

import logging
from dataclasses import dataclass

from mpi4py import MPI

import numpy as np

from sosie.brain.head.lead_field import ElectricHead, Method
from sosie.brain.head.shells import Shells
from sosie.typing import Array, Integers
from sosie.verification.check import Check
from sosie.verification.spheres import ball, icosphere

LOG = logging.getLogger(__name__)
SHELLS = Shells((0.078, 0.080, 0.086, 0.092), (0.33, 1.79, 0.01, 0.43))
LABELS = {"grey": 0, "csf": 1, "skull": 2, "scalp": 3}
"""The brain is of one tissue."""
LAYERS = {"quadratic": 7, "linear": 18}
"""Of the brain, and parts of an edge of the icosahedron, by the elements' order. Linear
elements are straight, as those of a real head are."""
ELECTRODES = 64
LIMITS = {0.3: 0.003, 0.5: 0.01, 0.8: 0.01, 0.9: 0.01, 0.95: 0.01, 0.98: 0.02}
"""Of the median RDM, by eccentricity."""
MAGNITUDE = 0.02
DIPOLES = 50
"""Of each eccentricity and orientation."""
OURS = "series of sosie.brain.head.shells; acceptance limit of this project"


@dataclass(frozen=True, eq=False)
class Dipoles:
    """Dipoles of one ampere metre, from a fixed stream."""

    places: Array  # (n, 3) [m]
    moments: Array  # (n, 3) unit vectors
    eccentricity: Array  # (n,)
    radial: Array  # (n,) True or False


def mesh(order: str = "quadratic", *, m: int | None = None) -> tuple[Array, Integers, Integers]:
    """Return nodes [m], cells and tissues of the head, with ``m`` layers if it is given."""
    points, cells, tissue = ball(m or LAYERS[order], np.array(SHELLS.radii))
    if order == "linear":
        cells = np.ascontiguousarray(cells[:, :4])
        points = points[: cells.max() + 1]
    return points, cells, tissue


def spread(n: int = ELECTRODES) -> Array:
    """Return n places [m] spread evenly over the scalp, on a spiral."""
    i = np.arange(n) + 0.5
    z, turn = 1 - 2 * i / n, np.pi * (1 + 5**0.5) * i
    across = np.sqrt(1 - z**2)
    return SHELLS.radii[-1] * np.column_stack([across * np.cos(turn), across * np.sin(turn), z])


def dipoles(n: int = DIPOLES) -> Dipoles:
    """Return n radial and n tangential dipoles of each eccentricity."""
    stream = np.random.default_rng(1)
    places, moments, eccentricity, radial = [], [], [], []
    for e in LIMITS:
        for outward in (True, False):
            r, other = stream.normal(size=(2, n, 3))
            r /= np.linalg.norm(r, axis=1, keepdims=True)
            across = np.cross(r, other)
            across /= np.linalg.norm(across, axis=1, keepdims=True)
            places.append(e * SHELLS.radii[0] * r)
            moments.append(r if outward else across)
            eccentricity.append(np.full(n, e))
            radial.append(np.full(n, outward))
    return Dipoles(*(np.concatenate(a) for a in (places, moments, eccentricity, radial)))


def exact(sources: Dipoles, electrodes: Array) -> Array:
    """Return the series' potentials [V], (n_electrodes, n), average reference."""
    gradients = SHELLS.gradients(sources.places, electrodes)
    out = np.einsum("esi,si->es", gradients, sources.moments)
    return out - out.mean(axis=0)


def differences(ours: Array, reference: Array) -> tuple[Array, Array]:
    """Return RDM and MAG (n,) of potentials (n_electrodes, n)."""
    a, b = np.linalg.norm(ours, axis=0), np.linalg.norm(reference, axis=0)
    return np.linalg.norm(ours / a - reference / b, axis=0), a / b


def problem(sources: Dipoles, *, m: int) -> dict[str, Array | Integers]:
    """Return the same problem as arrays that other codes read, interfaces as 20 m^2 triangles."""
    sphere, triangles = icosphere(m)
    return {
        "sphere": sphere,
        "triangles": triangles,
        "radii": np.array(SHELLS.radii),
        "sigma": np.array(SHELLS.sigma),
        "electrodes": spread(),
        "places": sources.places,
        "moments": sources.moments,
    }


def head(comm: MPI.Comm, order: str = "quadratic", *, m: int | None = None) -> ElectricHead:
    """Return the head of spheres, factorised."""
    points, cells, tissue = mesh(order, m=m)
    out = ElectricHead(comm, points, cells, tissue, LABELS)
    out.adopt(points, np.array(SHELLS.sigma)[tissue])
    return out


def medians(
    out: ElectricHead, sources: Dipoles, *, method: Method | None = None
) -> dict[tuple[float, bool], tuple[float, float]]:
    """Return the median RDM and MAG by eccentricity, radial or not."""
    positions = spread()
    electrodes = out.electrodes(positions, [f"E{i}" for i in range(len(positions))])
    ours = out.lead_field(electrodes, sources.places, method=method).along(sources.moments)
    rdm, mag = differences(ours, exact(sources, positions))
    groups = {}
    for e in LIMITS:
        for outward in (True, False):
            own = (sources.eccentricity == e) & (sources.radial == outward)
            groups[e, outward] = float(np.median(rdm[own])), float(np.median(mag[own]))
    return groups


def checks(comm: MPI.Comm) -> list[Check]:
    """Check the lead field of 64 electrodes, on one mesh of each order (collective)."""
    out = []
    for order in LAYERS:
        name = f"EEG, four shells, {order} elements"
        for (e, outward), (rdm, mag) in medians(head(comm, order), dipoles()).items():
            what = f"{'radial' if outward else 'tangential'} dipoles at eccentricity {e:g}"
            LOG.info("%s: %s: RDM %.4f, MAG %.4f", name, what, rdm, mag)
            out += [
                Check(name, f"median RDM, {what}", rdm, 0.0, "1", LIMITS[e], OURS),
                Check(name, f"median MAG, {what}", mag, 1.0, "1", MAGNITUDE, OURS),
            ]
    return out
