"""What a ventricle cannot beat with."""

import pytest

from sosie.errors import SosieError
from sosie.heart.beat.parameters import Mechanics


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"rings": 2}, "cannot be meshed"),
        ({"steps": 20}, "heart.mechanics.steps is 20"),
        ({"pericardium": 0.0}, "nothing would hold"),
        ({"tight": 0.0}, "nothing would hold"),
        ({"tight": 2.0}, "give a share"),
        ({"viscosity": -1.0}, "give zero or a positive number"),
        ({"annulus": 0.0}, "give a share, between 0 and 1"),
        ({"annulus_stiffness": 0.0}, "give a positive number"),
        ({"cross_fibre": 1.5}, "give a share, from 0 to 1"),
        ({"cross_fibre": float("nan")}, "give a share, from 0 to 1"),
    ],
)
def test_a_ventricle_that_could_not_beat_is_refused(values, words):
    with pytest.raises(SosieError, match=words):
        Mechanics(**values)
