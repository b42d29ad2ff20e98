"""Functions are found at places of curved cells as they are there."""

import numpy as np
import pytest
from dolfinx import fem

from sosie.fem.points import Points
from sosie.verification import arostica


@pytest.fixture(scope="module")
def curved(comm):
    return arostica.smooth(comm, (1, 3, 12))


@pytest.mark.parametrize("size", [1, 3])
def test_a_linear_function_is_exact(curved, size):
    V = fem.functionspace(curved, ("Lagrange", 2, (size,)))
    u = fem.Function(V)
    u.interpolate(lambda x: np.stack([2 + x[i] - 3 * x[(i + 1) % 3] for i in range(size)]))
    places = np.vstack([arostica.POINTS, [[-0.0935, 0.0, 0.0], [0.0, 0.0, -0.0345]]])
    expected = np.stack(
        [2 + places[:, i] - 3 * places[:, (i + 1) % 3] for i in range(size)], axis=-1
    )
    assert Points(curved, places).values(u) == pytest.approx(expected, abs=1e-9)


def test_a_place_in_the_cavity_is_refused(curved):
    with pytest.raises(ValueError, match="not all in the domain"):
        Points(curved, np.zeros((1, 3)))
