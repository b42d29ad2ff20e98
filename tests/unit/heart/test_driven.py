"""What comes from outside activates cells at its time, and holds no front of muscle's own back."""

from dataclasses import dataclass

import numpy as np
import pytest

from sosie.heart.crossings import Crossings
from sosie.heart.driven import TOP, Driven


@dataclass
class Still:
    """Cells that do nothing."""

    n: int
    rest: float = -85.0

    def step(self, v, dt, stimulus=0.0):
        """Stay."""

    def save(self):
        """Return one state."""
        return np.zeros((1, self.n), dtype=np.float32)

    def load(self, states):
        """Take it."""
        assert states.shape == (1, self.n)


TIMES = np.array([-3e-3, np.nan, 1.23e-3, 4e-3])


def run(cells, v, steps, dt=0.05):
    crossings = Crossings(v, dt=dt * 1e-3)
    for k in range(1, steps + 1):
        cells.step(v, dt)
        crossings.look(v, k)
    return crossings.activation


def test_driven_cells_fire_at_their_times_and_others_stay():
    v = np.full(4, -85.0)
    found = run(Driven(Still(4), TIMES, start=-5e-3), v, 200) - 5e-3
    assert found == pytest.approx(TIMES, abs=1e-5, nan_ok=True)
    assert v.tolist() == [TOP, -85.0, TOP, TOP]


def test_a_front_that_came_earlier_is_not_held_back():
    v = np.full(4, 35.0)
    run(Driven(Still(4), TIMES, start=-5e-3), v, 200)
    assert (v == 35.0).all()


def test_driven_cells_go_on_from_a_saved_state_at_their_clock():
    first, second = (Driven(Still(4), TIMES, start=-5e-3) for _ in range(2))
    v = np.full(4, -85.0)
    run(first, v, 60)
    second.load(first.save())
    w = v.copy()
    run(first, v, 140)
    run(second, w, 140)
    np.testing.assert_array_equal(v, w)
