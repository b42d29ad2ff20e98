r"""A patient's ventricle on the mechanics template, brought from where it was seen to rest.

    V_0 = V_ED (0.6 - 0.006 P_ED / 1 mmHg)

V_0      volume without pressure: Klotz et al. (2006), doi:10.1152/ajpheart.01240.2005, of human
         hearts outside the body
C        stiffness of passive muscle [Pa], found so that the ventricle that has V_ED at P_ED has V_0

Each C costs one inverse solution (see `mechanics.inverse`), which starts from the last; strain of
volume falls nearly as C^(-1/SLOPE).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from mpi4py import MPI

import basix
import numpy as np
import ufl
from dolfinx import fem

from sosie.errors import SolverDivergedError
from sosie.fem.mesh import TemplateMesh, quadrature_order
from sosie.geometry.fibres import fibres
from sosie.geometry.template import build, unwrapped
from sosie.geometry.ventricle import Ventricle, from_scores
from sosie.heart.beat.parameters import Mechanics
from sosie.heart.circulation.emulate import Passive, passive
from sosie.heart.circulation.parameters import MMHG
from sosie.heart.mechanics import surfaces
from sosie.heart.mechanics.equilibrium import TOO_MANY, Newton, ramp
from sosie.heart.mechanics.inverse import Inverse
from sosie.heart.mechanics.wall import QUADRATURE, Wall
from sosie.heart.parameters import Fibres
from sosie.typing import Array

CLOSE = 1e-6
"""Newton's last step in a beat, of the wall's size: a fifth of a micrometre. What is left over of
the cavity's volume is the square of it, and below 1e-7 mL."""
RENEW = 0.8
"""Share beyond which a beat makes its tangent anew: half the time of 0.3, and of 0.7 no more."""
STIFFENING = 50.0
"""ASSUME: c of `mechanics.wall`. At the base of thin walls J may be far from 1 at a point though it
is 1 in the mean, and cells turn inside out there; within 0.05 of 1, k is kappa to 1/8."""
MIXED = 5
"""Steps that Anderson's acceleration looks back on."""
STIFF = (1.5e3, 3e3, 6e3)
"""[Pa] where the search for C starts: stiffer than most, for a stiff wall is soon unloaded; where a
thin one has no shape at rest, the next."""
SLOPE, NEAR, MOST = 1.5, 0.01, 20
"""Of C by strain of volume; V_0 is met to a hundredth; in at most so many solutions."""
KLOTZ = 2.76
"""Power of the filled share of V_ED - V_0 that pressure goes with, in the same source."""
SHARES = (0.5, 0.2)
"""Of P_ED, at which the relaxed ventricle's volume is found, for its emulation."""


@dataclass(frozen=True)
class Rest:
    """What is known of the ventricle without tension."""

    stiffness: float  # C [Pa]
    volume: float  # V_0 [m^3]
    law: Passive  # pressure of the relaxed ventricle


class Ventricle3D:
    """One template's wall on a team of ranks, lent to one patient after the other."""

    def __init__(self, comm: MPI.Comm, parameters: Mechanics, angles: Fibres) -> None:
        """Build the mesh and compile the forms, once."""
        self.parameters, self.angles = parameters, angles
        self.template = template = build(parameters.layers, parameters.rings, parameters.around)
        start = from_scores(np.zeros(6)).at(template.nodes)
        self.mesh = TemplateMesh(comm, template.cells, start, n_vertices=template.n_vertices)
        self.fibre, barycentric = self.mesh.quadrature_function("fibre", degree=QUADRATURE)
        self.across, _ = self.mesh.quadrature_function("across", degree=QUADRATURE)
        self.quadrature = (
            barycentric,
            basix.make_quadrature(basix.CellType.tetrahedron, QUADRATURE)[1],
        )
        corners = unwrapped(template.nodes[self.mesh.cell_vertices])
        self.places = np.einsum("qv,nvj->nqj", barycentric, corners)  # ghosts too
        tags = surfaces.facet_tags(self.mesh, template)
        self.wall = Wall(
            self.mesh.domain,
            parameters.muscle(STIFF[0]),
            tags=tags,
            fibre=self.fibre,
            across=self.across,
            share=parameters.cross_fibre,
            base="traction",
            pericardium=parameters.springs,
            kappa=parameters.kappa,
            stiffening=STIFFENING,
            annulus=parameters.annulus_stiffness,
            rim=surfaces.rim(self.mesh, template),
        )
        end = 1 - parameters.annulus
        self.wall.ends(np.clip((self.coordinates[..., 1] - end) / parameters.annulus, 0.0, 1.0))
        self.inverse = Inverse(
            self.wall,
            tags=tags,
            pericardium=parameters.springs,
            tight=parameters.tight,
        )
        determinant = abs(ufl.JacobianDeterminant(self.mesh.domain))
        self.determinant = fem.Expression(determinant, self.wall.points)

    @property
    def coordinates(self) -> Array:
        """Return (t, s, theta) of this rank's own quadrature points, shape (n_cells, q, 3)."""
        return self.places[: len(self.wall.cells)]

    def see(self, shape: Ventricle) -> None:
        """Put the wall where the patient's was seen, at rest and without load."""
        self.mesh.move(shape.at(self.template.nodes))
        inner, outer = self.angles.endocardium, self.angles.epicardium
        for direction, turn in ((self.fibre, 0.0), (self.across, math.pi / 2)):
            values = fibres(shape, self.places, endocardium=inner + turn, epicardium=outer + turn)
            direction.x.array[:] = quadrature_order(direction, values)
        self.wall.w.x.array[:] = 0.0
        self.wall.pressure.value = 0.0
        self.wall.move(0.0)
        nothing = np.zeros_like(self.wall.stretch())
        self.wall.contract(nothing)

    def unload(self, pressure: float) -> Rest:
        """Move the mesh to rest; the wall stays where it was seen, under ``pressure`` [Pa].

        Raises SolverDivergedError.
        """
        wall, inverse = self.wall, self.inverse
        seen = wall.cavity.volume()
        wanted = seen * (0.6 - 0.006 * pressure / MMHG)
        stiffness = self._deflate(newton := Newton(inverse), pressure)
        for _ in range(MOST):
            volume = self._at(inverse.w.x.array, wall.cavity.volume)
            if abs(volume / wanted - 1) < NEAR:
                break
            ratio = (seen / volume - 1) / (seen / wanted - 1)
            softer = float(np.clip(ratio, 0.5, 2.0)) ** SLOPE
            self._soften(newton, stiffness, softer)
            stiffness *= softer
        else:
            raise SolverDivergedError("unloading", TOO_MANY, MOST)
        inverse.finish()
        return Rest(stiffness, volume, self._law(pressure, volume, seen))

    def _deflate(self, newton: Newton, pressure: float) -> float:
        """Bring the inverse problem to its pressure; return how stiff muscle had to be for it."""

        def apply(share: float) -> None:
            self.inverse.pressure.value = share * pressure

        for stiffness in STIFF:
            self.inverse.start()
            newton.fresh = False
            self.wall.numbers.set(self.parameters.muscle(stiffness))
            try:
                ramp(newton, apply, steps=2)
            except SolverDivergedError as error:
                failed = error
            else:
                return stiffness
        raise failed

    def _soften(self, newton: Newton, stiffness: float, factor: float) -> None:
        """Change the stiffness by a factor, by steps where it must be."""

        def apply(share: float) -> None:
            self.wall.numbers.set(self.parameters.muscle(stiffness * factor**share))

        ramp(newton, apply, steps=1)

    def _law(self, pressure: float, rest: float, seen: float) -> Passive:
        """Deflate the ventricle by steps, and inflate it again; Klotz's curve where it buckles."""
        wall, newton = self.wall, Newton(self.wall, close=CLOSE)
        start = wall.w.x.array.copy()
        volumes, pressures = [rest, seen], [0.0, pressure]
        for share in SHARES:
            try:
                self._ramp(newton, share * pressure)
                volume = wall.cavity.volume()
            except SolverDivergedError:
                volume = rest + (seen - rest) * share ** (1 / KLOTZ)
            volumes.insert(1, volume)
            pressures.insert(1, share * pressure)
        wall.w.x.array[:], wall.pressure.value = start, pressure
        return passive(np.array(volumes), np.array(pressures))

    def _ramp(self, newton: Newton, pressure: float) -> None:
        now = float(self.wall.pressure.value)

        def apply(share: float) -> None:
            self.wall.pressure.value = now + share * (pressure - now)

        ramp(newton, apply, steps=2)

    def _at(self, w: Array, ask: Callable[[], float]) -> float:
        """Return what the wall says in another state."""
        kept = self.wall.w.x.array.copy()
        self.wall.w.x.array[:] = w
        answer = ask()
        self.wall.w.x.array[:] = kept
        return answer
