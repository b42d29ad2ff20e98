"""One curve tells every size of cell the conductivity that a velocity asks for."""

import numpy as np
import pytest

from sosie.heart.front_speed import FrontSpeed
from sosie.heart.ionic.cells import Cells
from sosie.heart.monodomain import NIEDERER, Scheme
from sosie.heart.tune import STEEPEST, Muscle, velocity

RATES = np.array([1.0, 2.0, 4.0, 16.0])
CURVE = FrontSpeed(RATES, np.array([1.0, 4.0, 8.0, 16.0]), capacity=10.0)
"""Slopes 2, 1 and 1/2."""


def test_the_conductivity_is_the_one_whose_front_has_the_velocity():
    h = np.array([0.5, 1.0, 2.0])
    sigma = CURVE.conductivity(8.0, h)
    assert CURVE.speeds[1:] == pytest.approx([4.0, 8.0, 16.0])
    assert sigma == pytest.approx(10.0 * h**2 * np.array([16.0, 4.0, 2.0]))


def test_fronts_faster_than_the_table_conduct_as_in_a_continuum():
    at_end, beyond = (CURVE.conductivity(c, np.ones(1)) for c in (16.0, 32.0))
    assert beyond == pytest.approx(4 * at_end)


def test_cells_are_too_coarse_where_the_curve_is_steeper_than_allowed():
    assert STEEPEST < 2
    assert CURVE.least == 4.0


@pytest.mark.parametrize("lumping", [1.0, 0.0])
def test_the_curve_holds_for_cells_of_any_size(lumping):
    """A cable of cells of half the size and a quarter of the conductivity: half the velocity."""
    muscle = Muscle(lambda n: Cells("ttp06", n, precision="single", tables=True), "")
    speeds = [
        velocity(
            0.3 * h**2 / 1e-6,
            h=h,
            scheme=Scheme(lumping=lumping),
            muscle=muscle,
            membrane=NIEDERER,
            least=0.1,
        )
        / h
        for h in (1e-3, 1.25e-3)
    ]
    assert speeds[0] == pytest.approx(speeds[1], rel=2e-3)
