r"""Spread of the transmembrane potential through the myocardium.

    chi C_m dv/dt = div(sigma grad v) - chi I_ion + I_stim,    n . sigma grad v = 0 on the boundary

v        transmembrane potential; [mV], as the cells step it in place, shape ()
sigma    conductivity [S/m], shape (3, 3); see heart.conductivity
chi      surface of membrane per volume of tissue [1/m]
C_m      its capacitance [F/m^2]
I_ion    ionic current, of the cells [A/m^2]
I_stim   applied current [A/m^3]; see heart.stimulus

P1 on tetrahedra, a cell at each vertex; the operator is split, diffusion as in heart.diffusion:

    Godunov    cells by dt, then diffusion by dt                                     order 1
    Strang     cells by dt/2, diffusion by dt, cells by dt/2                         order 2

Mass is blended, a M_L + (1 - a) M: lumped mass (a = 1) makes fronts late, consistent mass (a = 0)
early along the fibre, and both tend to one limit (verification.niederer). The stimulus goes to the
vertices by M_L whatever a: as rows of M and M_L have one sum, tissue gains I_stim's charge exactly.

Source: Niederer et al. (2011), doi:10.1098/rsta.2011.0139; Strang (1968), doi:10.1137/0705041.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, Protocol

from mpi4py import MPI

import numpy as np
import ufl
from dolfinx import fem

from sosie.errors import SolverDivergedError, SosieError
from sosie.fem.mesh import input_vertices
from sosie.heart.crossings import Crossings
from sosie.heart.diffusion import Explicit, Implicit, lumped_mass
from sosie.heart.stimulus import Stimulus, load
from sosie.typing import Array
from sosie.units import SI

MILLI = 1e3
"""[ms/s] and [mV/V]: cells count in ms and mV."""
CHECK = 1e-3
"""[s] between two looks, all ranks together, at whether v still is a potential."""
BOUND = 300.0
"""[mV] ASSUME: tissue has no such potential, and a step that diverges soon has."""


class Reaction(Protocol):
    """Cells, one a vertex: those of heart.ionic, or a closed form in a test."""

    rest: float  # v they start from [mV]

    def step(self, v: Array, dt: float, stimulus: Array | float = 0.0) -> None:
        """Advance ``v`` (n,) [mV] and the cells in place by ``dt`` [ms]; stimulus in [mV/ms]."""

    def save(self) -> Array:
        """Return the state of the cells beside ``v``, shape (m, n)."""

    def load(self, states: Array) -> None:
        """Take a state that was saved."""


@dataclass(frozen=True, slots=True)
class Membrane:
    """Membrane in a volume of tissue; Niederer et al. (2011), doi:10.1098/rsta.2011.0139."""

    surface_to_volume: Annotated[float, SI("1/m")] = 1.4e5  # chi
    capacitance: Annotated[float, SI("F/m^2")] = 0.01  # C_m

    @property
    def capacity(self) -> float:
        """Return chi C_m [F/m^3]."""
        return self.surface_to_volume * self.capacitance


@dataclass(frozen=True, slots=True)
class Scheme:
    """How the equation is stepped; explicit and lumped is the cheapest."""

    dt: Annotated[float, SI("s")] = 5e-5  # time step
    splitting: Literal["Godunov", "Strang"] = "Godunov"  # of cells and diffusion
    diffusion: Literal["explicit", "implicit"] = "explicit"  # steps of it
    lumping: float = 1.0  # a, 1 lumped, 0 consistent mass

    def __post_init__(self) -> None:
        """Refuse what cannot be stepped."""
        if not self.dt > 0:
            raise SosieError(f"time step is {self.dt} s; give a positive number")
        if not 0 <= self.lumping <= 1:
            raise SosieError(f"lumping of the mass is {self.lumping}; give a number from 0 to 1")


DEFAULT, NIEDERER = Scheme(), Membrane()


class Monodomain:
    """Advances ``v`` and its cells on one mesh by steps of fixed length."""

    def __init__(
        self,
        V: fem.FunctionSpace,
        sigma: ufl.core.expr.Expr,
        cells: Reaction,
        *,
        start: Array | float | None = None,
        stimuli: Sequence[Stimulus] = (),
        scheme: Scheme = DEFAULT,
        membrane: Membrane = NIEDERER,
    ) -> None:
        """Start from ``start`` [V], the cells' rest if none; ``V`` is P1.

        ``cells`` are of this rank's own vertices, in their order.
        """
        self.V, self.cells, self.scheme = V, cells, scheme
        self.comm: MPI.Comm = V.mesh.comm
        self.diffusion = self._diffusion(sigma, membrane)
        self.diffusion.v[:] = cells.rest if start is None else np.multiply(start, MILLI)
        self.crossings = Crossings(self.diffusion.v, dt=scheme.dt)
        self.steps_done = self.iterations = 0
        per_density = {s.region: load(V, s.region) for s in stimuli}
        for b in per_density.values():
            b /= membrane.capacity * lumped_mass(V)
        self.stimuli = [(s, per_density[s.region]) for s in stimuli]
        self.applied, self.part = (np.empty_like(self.diffusion.v) for _ in range(2))
        self.check_every = max(1, round(CHECK / scheme.dt))

    def _diffusion(self, sigma: ufl.core.expr.Expr, membrane: Membrane) -> Explicit | Implicit:
        scheme = self.scheme
        method = Explicit if scheme.diffusion == "explicit" else Implicit
        D = sigma / membrane.capacity
        return method(self.V, D, dt=scheme.dt, lumping=scheme.lumping)

    def conduct(self, sigma: ufl.core.expr.Expr, *, membrane: Membrane = NIEDERER) -> None:
        """Let the tissue have another conductivity from now on (collective)."""
        v = self.diffusion.v
        self.diffusion = self._diffusion(sigma, membrane)
        self.diffusion.v[:] = v

    @property
    def time(self) -> float:
        """Return the time [s]."""
        return self.steps_done * self.scheme.dt

    def step(self) -> None:
        """Advance by one step."""
        if self.scheme.splitting == "Godunov":
            self._react(self.time, self.scheme.dt)
            self.iterations += self.diffusion.advance()
        else:
            half = self.scheme.dt / 2
            self._react(self.time, half)
            self.iterations += self.diffusion.advance()
            self._react(self.time + half, half)
        self.steps_done += 1
        self.crossings.look(self.diffusion.v, self.steps_done)

    def run(self, until: float) -> None:
        """Advance to time ``until`` [s]; raise SolverDivergedError where v is lost (collective)."""
        for _ in range(self.steps_done, round(until / self.scheme.dt)):
            self.step()
            if self.steps_done % self.check_every == 0:
                self._check()

    def _react(self, start: float, dt: float) -> None:
        self.cells.step(self.diffusion.v, dt * MILLI, self._stimulus(start, dt))

    def _stimulus(self, start: float, dt: float) -> Array | float:
        """Return what is applied from ``start`` for ``dt`` [V/s, which is mV/ms], on average."""
        applied = False
        for stimulus, per_density in self.stimuli:
            share = overlap(stimulus, start, dt)
            if share > 0:
                into = self.part if applied else self.applied
                np.multiply(per_density, share * stimulus.density, out=into)
                if applied:
                    np.add(self.applied, self.part, out=self.applied)
                applied = True
        return self.applied if applied else 0.0

    def _check(self) -> None:
        v = self.diffusion.v
        sound = np.abs([v.min(initial=0.0), v.max(initial=0.0)]).max() < BOUND  # not so if NaN
        if not self.comm.allreduce(sound, MPI.LAND):
            name = f"monodomain at {self.time * MILLI:g} ms, v beyond {BOUND:g} mV or NaN:"
            raise SolverDivergedError(name, -9, self.steps_done)

    @property
    def potential(self) -> Array:
        """Return v [V] at this rank's own vertices."""
        return self.diffusion.v / MILLI

    @property
    def activation(self) -> Array:
        """Return the last activation [s] of this rank's own vertices, NaN where there is none."""
        return self.crossings.activation

    @property
    def duration(self) -> Array:
        """Return APD90 [s] of the last beat at this rank's own vertices, NaN where unfinished."""
        return self.crossings.repolarisation - self.crossings.activation

    def unactivated(self) -> int:
        """Return how many vertices no front has passed yet (collective)."""
        return int(self.comm.allreduce(np.isnan(self.activation).sum()))

    def unrepolarised(self) -> int:
        """Return how many vertices have not repolarised from their last beat (collective)."""
        return int(self.comm.allreduce(np.isnan(self.crossings.repolarisation).sum()))

    def field(self, name: str, values: Array) -> fem.Function:
        """Return the P1 function with these values at the ranks' own vertices (collective)."""
        f = fem.Function(self.V, name=name)
        f.x.array[: len(values)] = values
        f.x.scatter_forward()
        return f

    def save(self) -> dict[str, Array]:
        """Return all that goes on, in the mesh's input order, the same on every rank."""
        own = {"v": self.diffusion.v, **self.diffusion.state(), **self.crossings.state()}
        mine = input_vertices(self.V)[: len(self.diffusion.v)]
        n = self.comm.allreduce(mine.max(initial=-1), MPI.MAX) + 1

        def gather(values: Array) -> Array:
            out = np.zeros(n, dtype=values.dtype)
            out[mine] = values
            self.comm.Allreduce(MPI.IN_PLACE, out, MPI.LOR if out.dtype == bool else MPI.SUM)
            return out

        return {
            **{name: gather(values) for name, values in own.items()},
            "cells": np.array([gather(state) for state in self.cells.save()]),
            "counts": np.array([self.steps_done, self.iterations]),
        }

    def load(self, kept: dict[str, Array]) -> None:
        """Go on from what ``save`` returned, to the same bits on the same ranks."""
        own = {"v": self.diffusion.v, **self.diffusion.state(), **self.crossings.state()}
        mine = input_vertices(self.V)[: len(self.diffusion.v)]
        for name, values in own.items():
            values[:] = kept[name][mine]
        self.cells.load(kept["cells"][:, mine])
        self.steps_done, self.iterations = (int(count) for count in kept["counts"])


def overlap(stimulus: Stimulus, start: float, dt: float) -> float:
    """Return the share of the interval from ``start`` for ``dt`` [s] that the stimulus is on."""
    end = min(start + dt, stimulus.onset + stimulus.duration)
    share = (end - max(start, stimulus.onset)) / dt
    return min(max(round(share, 9), 0.0), 1.0)  # times are multiples of dt to rounding
