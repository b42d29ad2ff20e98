r"""Conductivities that make fronts run at a given velocity on a mesh of a given size.

A plane front of velocity c in a continuum has c proportional to sqrt(sigma). On a mesh c depends on
cells' edge h, mass and time step too, and in each direction by itself: on cells of 0.5 mm lumped
mass makes fronts across the fibre four times slower. So sigma is sought direction by direction on a
cable of the mesh, scheme and cells in use: from c^2 at first, then by interpolating log c in log
sigma, until c is met to TOLERANCE. d log c / d log sigma, 1/2 in a continuum, grows without bound
towards block: a mesh on which it is over STEEPEST is too coarse for that velocity.

The cable is a bar, one cube of six tetrahedra across. c is the slope of a line through distance
against activation, from 40 to 80 per cent of its length.
The method is openCARP's tuneCV: Costa et al. (2013), "Automatic parameterization strategy for
cardiac electrophysiology simulations", Computing in Cardiology 40, 373-376.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass

from mpi4py import MPI

import numpy as np
import ufl
from dolfinx import fem, mesh

from sosie.batch.digest import model_digest
from sosie.batch.files import whole
from sosie.errors import SosieError
from sosie.heart.conductivity import SLAB, Conductivity
from sosie.heart.ionic.build import cache_folder
from sosie.heart.monodomain import NIEDERER, Membrane, Monodomain, Reaction, Scheme
from sosie.heart.stimulus import Box, Stimulus

TOLERANCE = 0.003
"""Of the velocity: what a tuned mesh may miss it by."""
STEEPEST, NUDGE = 1.25, 1.05
"""ASSUME: the steepest slope, beyond which fronts jump from vertex to vertex; and the factor on
sigma that it is measured with."""
CLOSED, MOST = 1.002, 40
"""Ratio of sigma above and below c at which c jumps, and the trials after which the search ends."""
GUESS = 0.6
"""[m/s] of SLAB along its fibre, where the search starts."""
LENGTH, CELLS = 15e-3, 15
"""[m] of the cable, and how many cubes it is at least."""
STIMULUS = (1.5e-3, 5e4, 2e-3)
"""[m] of its end, density [A/m^3] and duration [s], as in the slab benchmark."""
SLOWER = 3.0
"""A front that has not come by after so much longer than asked for is blocked."""


@dataclass(frozen=True)
class Muscle:
    """Cells of one kind, and what names them in the cache."""

    cells: Callable[[int], Reaction]  # makes n of them
    name: str  # model, variant, precision and whatever else shapes their numbers


def velocity(
    sigma: float, *, h: float, scheme: Scheme, muscle: Muscle, membrane: Membrane, least: float
) -> float:
    """Return c [m/s] on a cable of conductivity ``sigma`` [S/m], 0 where it is under ``least``."""
    n = max(round(LENGTH / h), CELLS)
    domain = mesh.create_box(MPI.COMM_SELF, [np.zeros(3), np.array([n * h, h, h])], (n, 1, 1))
    V = fem.functionspace(domain, ("Lagrange", 1))
    x = V.tabulate_dof_coordinates()[:, 0]
    length, density, duration = STIMULUS
    end = Box((0.0, 0.0, 0.0), (max(length, 2 * h), h, h))
    problem = Monodomain(
        V,
        sigma * ufl.Identity(3),
        muscle.cells(len(x)),
        stimuli=[Stimulus(end, density, onset=0.0, duration=duration)],
        scheme=scheme,
        membrane=membrane,
    )
    fitted = (x > 0.4 * n * h) & (x < 0.8 * n * h)
    while np.isnan(problem.activation[fitted]).any():
        if problem.time > n * h / least:
            return 0.0
        problem.run(problem.time + 1e-3)
    return float(1 / np.polyfit(x[fitted], problem.activation[fitted], 1)[0])


def tuned_direction(
    c: float, *, h: float, scheme: Scheme, muscle: Muscle, membrane: Membrane = NIEDERER
) -> float:
    """Return sigma [S/m] for a velocity ``c`` [m/s] on cells of edge ``h`` [m]."""

    def conducts(sigma: float) -> float:
        return velocity(
            sigma, h=h, scheme=scheme, muscle=muscle, membrane=membrane, least=c / SLOWER
        )

    sigma = SLAB.fibre * (c / GUESS) ** 2
    low, slow, high, fast = 0.0, 0.0, np.inf, np.inf
    for _ in range(MOST):
        found = conducts(sigma)
        if abs(found / c - 1) < TOLERANCE:
            if np.log(conducts(NUDGE * sigma) / found) < STEEPEST * np.log(NUDGE):
                return sigma
            break  # met on the edge of block
        if found < c:
            low, slow = sigma, found
        else:
            high, fast = sigma, found
        if high <= CLOSED * low:
            break
        if low > 0 and np.isfinite(high):
            share = np.log(c / slow) / np.log(fast / slow) if slow else 0.5
            sigma = low * (high / low) ** float(share)
        else:
            sigma *= (c / found) ** 2 if found else 2.0
    raise SosieError(
        f"cells of {h * 1e3:g} mm conduct at {c:g} m/s on the edge of block if at all:"
        " refine the mesh or ask for a faster front"
    )


def tuned(
    velocities: tuple[float, float, float],
    *,
    h: float,
    muscle: Muscle,
    scheme: Scheme,
    membrane: Membrane = NIEDERER,
) -> Conductivity:
    """Return conductivities for velocities [m/s] along fibre, sheet and normal, kept once found."""
    for name, c in zip(("fibre", "sheet", "normal"), velocities, strict=True):
        if not c > 0:
            raise SosieError(f"velocity along the {name} is {c} m/s; give a positive number")
    code = model_digest("heart")
    asked = [list(velocities), h, muscle.name, asdict(scheme), asdict(membrane), code]
    digest = hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:24]
    path = cache_folder("conductivities") / f"{digest}.json"
    if not path.exists():
        found = {
            c: tuned_direction(c, h=h, scheme=scheme, muscle=muscle, membrane=membrane)
            for c in sorted(set(velocities))
        }
        with whole(path) as file:
            file.write(json.dumps([found[c] for c in velocities]).encode())
    return Conductivity(*json.loads(path.read_text()))
