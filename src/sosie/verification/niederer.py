r"""The slab that eleven codes ran: monodomain and cells together, activation of nine points.

    slab        20 x 7 x 3 mm, fibres along the first edge, ten Tusscher-Panfilov epicardial cells
    stimulus    a cube of 1.5 mm in the corner P1, 50 mA/cm^3 for 2 ms
    P1 ... P8   the corners, y first, then x, then z; P9 the middle
    activation  when v rises through 0 mV; along the diagonal from P1 to P8 for the figure
    limit       T of T + a h^2 + b h^4, through three meshes

Source: Niederer et al. (2011), doi:10.1098/rsta.2011.0139.

The codes differ by 11 ms at P8 on cells of 0.1 mm, and it is the mass matrix that they differ by:
lumped mass makes the front late, consistent mass early along the fibre, and both tend to one limit.
So both are asked whether they enclose it and whether they agree on it, at every point and not at P8
alone, where errors of both signs cancel. Steps of 50 us make fronts late by more than a
millisecond: how much is measured on cells of 0.1 mm with half the step, and taken off twice.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Literal

from mpi4py import MPI

import numpy as np
import ufl
from dolfinx import fem, geometry, mesh
from matplotlib.figure import Figure

from sosie.heart.conductivity import SLAB as CONDUCTIVITY
from sosie.heart.ionic.cells import Cells
from sosie.heart.monodomain import NIEDERER as MEMBRANE
from sosie.heart.monodomain import Monodomain, Scheme
from sosie.heart.stimulus import Box, Stimulus
from sosie.typing import Array
from sosie.verification.check import Check

LOG = logging.getLogger(__name__)
MS = 1e3
SLAB = (20e-3, 7e-3, 3e-3)
"""Edges [m]."""
STIMULUS = Stimulus(Box((0.0, 0.0, 0.0), (1.5e-3, 1.5e-3, 1.5e-3)), 5e4, onset=0.0, duration=2e-3)
"""50 mA/cm^3 are 5e4 A/m^3."""
POINTS = np.array([[x, y, z] for z, x, y in product((0, 1), repeat=3)] + [[0.5, 0.5, 0.5]])
"""P1 to P9, in edges of the slab."""
DIAGONAL = np.linspace(0, 1, 201)
"""Places of the figure, from P1 to P8."""
P8 = 7
EDGES = (0.2e-3, 0.1e-3, 0.2e-3 / 3)
"""Of the cells the limit is extrapolated from [m]."""
MASSES = {"lumped": Scheme(), "consistent": Scheme(diffusion="implicit", lumping=0.0)}
RANGE = (37.8, 48.7)
"""[ms] of P8, eleven codes, cells of 0.1 mm, steps of 5 us: section 6 of the paper."""
OPENCARP, BEAT = 126.45, 56.65
"""[ms] of P8 on cells of 0.5 mm, steps of 50 us: openCARP 18.1 with lumped mass as its users ran
it, and the demo of fenicsx-beat 0.7, consistent mass. Neither is published in a paper."""
LIMITS = np.array([1.2, 26.6, 31.7, 41.0, 8.3, 27.7, 32.8, 41.8, 19.4])
"""[ms] of P1 to P9 as h and dt tend to 0: what ``fine`` finds, to about a millisecond; no paper has
them."""
PROTOTYPE = 42.0
"""[ms] of P8 likewise, by another program of this project's: plain C, the vertices stimulated."""
LATEST = 0.3
"""[s] after which what is not activated never will be."""
NAME = "slab benchmark"
PAPER = "Niederer et al. (2011), doi:10.1098/rsta.2011.0139, section 6"
OURS = "acceptance limit of this project"


@dataclass(frozen=True)
class Activated:
    """Activation times [ms] of the slab."""

    points: Array  # P1 to P9, shape (9,)
    diagonal: Array  # at DIAGONAL


def slab(comm: MPI.Comm, h: float, *, mirrored: int | None = None) -> mesh.Mesh:
    """Return the slab in cubes of edge ``h`` [m], each cut into six tetrahedra about one diagonal.

    The diagonals run as P1 to P8 does, or as that mirrored in one of the axes.
    """
    cells = np.round(np.array(SLAB) / h).astype(int)
    domain = mesh.create_box(comm, [np.zeros(3), np.array(SLAB)], cells)
    if mirrored is not None:
        x = domain.geometry.x
        x[:, mirrored] = SLAB[mirrored] - x[:, mirrored]
    return domain


def activate(
    domain: mesh.Mesh,
    scheme: Scheme,
    *,
    precision: Literal["double", "single"] = "double",
    tables: bool = False,
    nodal: bool = False,
) -> Activated:
    """Run the benchmark on a slab until every vertex is activated (collective).

    ``nodal`` stimulates the vertices in the cube, each with all the tissue that it stands for.
    """
    V = fem.functionspace(domain, ("Lagrange", 1))
    n = V.dofmap.index_map.size_local
    problem = Monodomain(
        V,
        CONDUCTIVITY.tensor(ufl.as_vector((1.0, 0.0, 0.0))),
        Cells("ttp06", n, variant="epi", precision=precision, tables=tables),
        stimuli=[STIMULUS],
        scheme=scheme,
    )
    if nodal:
        inside = (V.tabulate_dof_coordinates()[:n] <= 1.5e-3 + 1e-9).all(axis=1)
        problem.stimuli = [(STIMULUS, inside / MEMBRANE.capacity)]
    while problem.unactivated() and problem.time < LATEST:
        problem.run(problem.time + 1e-3)
    places = np.concatenate([POINTS, DIAGONAL[:, None] * np.ones(3)]) * SLAB
    times = MS * sample(problem.field("activation", problem.activation), places)
    LOG.info(
        "slab: %s vertices, %s: P8 at %.2f ms", V.dofmap.index_map.size_global, scheme, times[P8]
    )
    return Activated(times[: len(POINTS)], times[len(POINTS) :])


def sample(f: fem.Function, places: Array) -> Array:
    """Return a function's values at places (n, 3) [m], the same on every rank, inf outside."""
    domain = f.function_space.mesh
    tree = geometry.bb_tree(domain, 3, padding=1e-9)
    candidates = geometry.compute_collisions_points(tree, places)
    cells = geometry.compute_colliding_cells(domain, candidates, places)
    mine = np.flatnonzero(np.diff(cells.offsets))
    values = np.full(len(places), np.inf)
    first = cells.array[cells.offsets[mine]]
    values[mine] = f.eval(places[mine], first).ravel()
    domain.comm.Allreduce(MPI.IN_PLACE, values, MPI.MIN)
    return values


def opencarp(comm: MPI.Comm) -> Check:
    """Compare P8 with openCARP's, on cells and with a stimulus as it has them.

    How the diagonals of its cubes run is not known here: the other ways are stated beside.
    """
    p8 = [
        float(activate(slab(comm, 0.5e-3, mirrored=way), MASSES["lumped"], nodal=True).points[P8])
        for way in (None, 0, 1, 2)
    ]
    quantity = (
        "P8, cells of 0.5 mm, lumped mass, the vertices of the cube stimulated"
        f" ({min(p8):.1f} to {max(p8):.1f} ms as the cubes' diagonals run)"
    )
    source = "openCARP 18.1 as its users ran it; no paper"
    return Check(NAME, quantity, p8[0], OPENCARP, "ms", 1.5, source)


def coarse(comm: MPI.Comm) -> list[Check]:
    """Check the slab on cells of 0.5 and 0.2 mm."""
    checks = [opencarp(comm)]
    ours = activate(slab(comm, 0.5e-3), MASSES["consistent"]).points[P8]
    quantity = "P8, cells of 0.5 mm, consistent mass; the stimulus' edge is ours"
    checks.append(
        Check(NAME, quantity, ours, BEAT, "ms", 3.0, "demo of fenicsx-beat 0.7; no paper")
    )
    domain = slab(comm, 0.2e-3)
    both = {mass: activate(domain, scheme).points for mass, scheme in MASSES.items()}
    checks.append(enclosed(both, LIMITS[P8], "0.2 mm"))
    for kind, tables in (("single precision", False), ("single precision and tables", True)):
        other = activate(domain, MASSES["lumped"], precision="single", tables=tables).points
        late = float(np.abs(other - both["lumped"]).max())
        quantity = f"largest difference of the nine points, {kind} against double, cells of 0.2 mm"
        checks.append(Check(NAME, quantity, late, 0.0, "ms", 0.02, OURS))
    return checks


def enclosed(both: Mapping[str, Array], limit: float, cells: str) -> Check:
    """Check that the limit of P8 lies between the two masses."""
    early, late = both["consistent"][P8], both["lumped"][P8]
    quantity = (
        f"where P8's limit, {limit:.1f} ms, lies between consistent (0, {early:.1f} ms) and lumped"
        f" mass (1, {late:.1f} ms), cells of {cells}"
    )
    return Check(NAME, quantity, (limit - early) / (late - early), 0.5, "1", 0.5, OURS)


def fine(comm: MPI.Comm) -> tuple[list[Check], Figure]:
    """Check what the slab tends to, on cells of 0.2, 0.1 and 0.067 mm; draw its diagonal."""
    schemes = {mass: replace(scheme, diffusion="implicit") for mass, scheme in MASSES.items()}
    runs: dict[str, list[Activated]] = {mass: [] for mass in schemes}
    late = {}
    for h in EDGES:
        domain = slab(comm, h)
        for mass, scheme in schemes.items():
            runs[mass].append(activate(domain, scheme, precision="single", tables=True))
            if h == EDGES[1]:
                half = activate(
                    domain, replace(scheme, dt=scheme.dt / 2), precision="single", tables=True
                )
                late[mass] = 2 * (runs[mass][-1].points - half.points)
    limits = {mass: limit([run.points for run in found]) for mass, found in runs.items()}
    apart = float(np.abs(limits["lumped"] - limits["consistent"]).max())
    middle = np.mean([limits[mass] - late[mass] for mass in schemes], axis=0)
    LOG.info("slab: limits %s ms, late by %s ms; h and dt to 0: %s ms", limits, late, middle)
    steps = "steps of 50 us"
    quantity = "largest difference over the nine points of the limits of lumped and consistent mass"
    checks = [Check(NAME, f"{quantity}, {steps}", apart, 0.0, "ms", 2.0, OURS)]
    quantity = "P8's limit, mean of lumped and consistent mass, steps to 0"
    checks.append(Check(NAME, quantity, float(middle[P8]), PROTOTYPE, "ms", 1.0, OURS))
    both = {mass: found[1].points - late[mass] for mass, found in runs.items()}
    checks.append(enclosed(both, float(middle[P8]), "0.1 mm, steps to 0"))
    low, high = RANGE
    for mass, found in runs.items():
        quantity = f"P8, cells of 0.1 mm, {mass} mass, {steps}; eleven codes' range, of 5 us"
        p8, mean = float(found[1].points[P8]), (low + high) / 2
        checks.append(Check(NAME, quantity, p8, mean, "ms", high - mean, PAPER))
    profiles = {
        f"{mass}, {MS * h:.2g} mm": run.diagonal
        for mass, found in runs.items()
        for h, run in zip(EDGES, found, strict=True)
    }
    return checks, figure(profiles)


def limit(points: Sequence[Array]) -> Array:
    """Return what activation on cells of EDGES tends to."""
    h = np.array(EDGES)
    powers = np.stack([h**0, h**2, h**4], axis=1) / [1, h[0] ** 2, h[0] ** 4]
    return np.linalg.solve(powers, np.stack(points))[0]


def figure(profiles: Mapping[str, Array]) -> Figure:
    """Draw activation along the diagonal from P1 to P8, as in the paper.

    ``profiles`` are named "mass, edge"; lines of one edge have one colour.
    """
    drawn = Figure(figsize=(7.2, 4.0), layout="constrained")
    axes = drawn.subplots()
    distance = MS * float(np.linalg.norm(SLAB)) * DIAGONAL
    edges = list(dict.fromkeys(label.split(", ")[1] for label in profiles))
    for label, times in profiles.items():
        mass, edge = label.split(", ")
        dash, colour = "-" if mass == "lumped" else "--", f"C{edges.index(edge)}"
        axes.plot(distance, times, dash, color=colour, label=label)
    middle, half = np.mean(RANGE), np.ptp(RANGE) / 2
    axes.errorbar(distance[-1], middle, half, capsize=4, color="k", label="eleven codes, 0.1 mm")
    axes.set_xlabel("distance from P1 along the diagonal to P8 [mm]")
    axes.set_ylabel("activation time [ms]")
    axes.legend(frameon=False)
    return drawn
