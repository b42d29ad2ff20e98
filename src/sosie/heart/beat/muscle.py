"""Bridges at the quadrature points of a wall, in step with its deformation."""

from dataclasses import replace

from sosie.heart.beat.excitation import Excitation
from sosie.heart.mechanics.wall import Wall
from sosie.heart.tension import land
from sosie.heart.tension.parameters import Land
from sosie.typing import Array


class Muscle:
    """The state of a wall's muscle, which pulls on it."""

    def __init__(self, wall: Wall, excitation: Excitation, parameters: Land) -> None:
        """Start from rest at the wall's stretch as it is."""
        self.wall, self.excitation, self.parameters = wall, excitation, parameters
        self.stretch = wall.stretch().ravel()
        self.bridges = land.steady(parameters, excitation.at(0.0), self.stretch)

    def scale(self, contractility: float) -> None:
        """Take another T_ref, a factor of the published one; bridges stay as they are."""
        self.parameters = replace(self.parameters, tension=contractility * Land().tension)

    def settle(self) -> None:
        """Take the wall's stretch as it is for where muscle stands still."""
        self.stretch = self.wall.stretch().ravel()

    def pull(self, time: float, dt: float) -> None:
        """Give the wall the tension that a step of ``dt`` to ``time`` ends with.

        It is linear about the stretch that the wall has now.
        """
        stretch, (_, tension) = self._step(time, dt)
        self.wall.contract(
            tension.value.reshape(stretch.shape), tension.tangent(dt).reshape(stretch.shape)
        )

    def advance(self, time: float, dt: float) -> None:
        """Take the step, to the stretch that the wall has now."""
        stretch, (self.bridges, _) = self._step(time, dt)
        self.stretch = stretch.ravel()

    def _step(self, time: float, dt: float) -> tuple[Array, tuple[land.Bridges, land.Tension]]:
        stretch = self.wall.stretch()
        return stretch, land.step(
            self.parameters,
            self.bridges,
            calcium=self.excitation.at(time),
            stretch=stretch.ravel(),
            stretch_old=self.stretch,
            dt=dt,
        )
