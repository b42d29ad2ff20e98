r"""A wall that beats in the closed circulation, step by step.

    R(w, P; T) = 0,   V(w) = V_ring(P)         every step, backward Euler, by bordering
    T = T* + dT/dlambda (lambda - lambda*)     Land's tension about the predicted stretch lambda*

w, P     state of the wall and pressure of its cavity [Pa]
V_ring   what the loop leaves in the ventricle at the pressure P [m^3]

Muscle is viscous (see `mechanics.wall`), so that a region which snaps to another shape, as bulging
ones do that are activated late, does so in finite time. Steps start on the line through the last
two. Bridges are brought to the stretch that was found, so that no error of the linear tension is
kept. A step that fails is taken as two of half its length, and each of these likewise; every other
time from the last state and without what only saves time (see `Newton.solve`), for hearts on the
edge fail now in one way, now in the other.
"""

from dataclasses import dataclass, field

from sosie.errors import SolverDivergedError
from sosie.heart.beat.muscle import Muscle
from sosie.heart.circulation.beats import Beat, record
from sosie.heart.circulation.parameters import Circulation
from sosie.heart.circulation.ring import LV, Ring, State
from sosie.heart.mechanics.equilibrium import Closure, Newton, ramp
from sosie.heart.tension.land import Bridges
from sosie.typing import Array

HALVINGS = 5
"""ASSUME: of one step, after which the patient is given up."""


@dataclass
class March:
    """What a beat's steps leave behind."""

    walls: list[Array] = field(default_factory=list)  # state of the wall, this rank's, per step
    states: list[State] = field(default_factory=list)
    halved: int = 0
    mismatch: float = 0.0  # largest difference of the wall's volume and the ring's [m^3]


class Heartbeat:
    """One ventricle in one circulation."""

    def __init__(
        self,
        newton: Newton,
        muscle: Muscle,
        circulation: Circulation,
        *,
        steps: int,
        viscosity: float = 0.0,
    ) -> None:
        """Take a wall in equilibrium and its muscle; steps of a beat are ``steps``.

        ``viscosity`` [Pa s] is passive muscle's.
        """
        self.viscosity = viscosity
        self.newton, self.wall, self.muscle = newton, newton.wall, muscle
        self.circulate(circulation, steps=steps)
        self.before = (self.wall.w.x.array.copy(), float(self.wall.pressure.value), 1.0)

    def circulate(self, circulation: Circulation, *, steps: int) -> None:
        """Take another circulation."""
        self.rings = [Ring(circulation, steps=steps << depth) for depth in range(HALVINGS + 1)]

    def fill(self, state: State) -> State:
        """Bring the ventricle to a state's volume; return the state with its pressure."""
        self.wall.move(0.0)
        start = self.wall.cavity.volume()

        def towards(share: float) -> Closure:
            goal = start + share * (float(state.V[LV]) - start)
            return lambda V, P: (V - goal, 1.0, 0.0)

        ramp(self.newton, towards, steps=1)
        self.muscle.settle()
        self.before = (self.wall.w.x.array.copy(), float(self.wall.pressure.value), 1.0)
        return state._replace(p_lv=float(self.wall.pressure.value))

    def save(self) -> tuple[Array, float, Bridges, Array]:
        """Return the state of wall and muscle."""
        w, P = self.wall.w.x.array.copy(), float(self.wall.pressure.value)
        return w, P, self.muscle.bridges, self.muscle.stretch

    def load(self, saved: tuple[Array, float, Bridges, Array]) -> None:
        """Take a state that was saved."""
        w, P, self.muscle.bridges, self.muscle.stretch = saved
        self.wall.w.x.array[:], self.wall.pressure.value = w, P
        self.before = (w, P, 1.0)
        self.newton.fresh = False

    def beat(self, state: State) -> tuple[Beat, State, March]:
        """Take a whole beat from a state of the circulation; raise SolverDivergedError."""
        march = March()
        for k in range(self.rings[0].steps):
            state = self._advance(state, k, 0, march)
            march.walls.append(self.wall.w.x.array.copy())
            march.states.append(state)
        return record(self.rings[0], march.states), state, march

    def _advance(self, state: State, k: int, depth: int, march: March) -> State:
        w, P = self.wall.w.x.array.copy(), float(self.wall.pressure.value)
        try:
            new = self._step(state, k, depth, march)
        except SolverDivergedError:
            self.newton.fresh = False
            self.wall.w.x.array[:], self.wall.pressure.value = w, P
            if depth == HALVINGS:
                raise
            march.halved += 1
            middle = self._advance(state, 2 * k, depth + 1, march)
            return self._advance(middle, 2 * k + 1, depth + 1, march)
        self.before = (w, P, self.rings[depth].dt)
        return new

    def _step(self, old: State, k: int, depth: int, march: March) -> State:
        ring, wall = self.rings[depth], self.wall
        dt, time = ring.dt, (k + 1) * ring.dt
        earlier, pressure, length = self.before
        wall.move(self.viscosity / dt)
        carefully = depth % 2 == 1
        if not carefully:
            wall.w.x.array[:] += dt / length * (wall.w.x.array - earlier)
            wall.pressure.value += dt / length * (float(wall.pressure.value) - pressure)
        self.muscle.pull(time, dt)

        def closure(V: float, P: float) -> tuple[float, float, float]:
            state, slope = ring.respond(old, k, P)
            return V - float(state.V[LV]), 1.0, -slope

        self.newton.solve(closure, carefully=carefully)
        self.newton.refuse_inverted()
        state, _ = ring.respond(old, k, float(wall.pressure.value))
        march.mismatch = max(march.mismatch, abs(wall.cavity.volume() - float(state.V[LV])))
        self.muscle.advance(time, dt)
        return state
