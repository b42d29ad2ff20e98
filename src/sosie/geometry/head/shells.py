"""Layers of prisms over a closed surface, each cut into three cells.

Layer k repeats the surface's vertices. The quadrangle over an edge is cut from its lower-numbered
vertex below to the other above, whichever side asks, so neighbours agree: with a < b < c and primes
above, cells are abcc', abb'c' and aa'b'c'.
"""

import numpy as np

from sosie.typing import Integers

SKULL_LAYERS, SCALP_LAYERS = 2, 2
INNER, OUTER, SKIN = 1, 1 + SKULL_LAYERS, 1 + SKULL_LAYERS + SCALP_LAYERS
"""Layers of vertices that are surfaces; the hull is layer 0. One layer of fluid: as thin as the
least gap, two would be too flat."""


def prisms(facets: Integers, vertices: Integers, first: int, layers: int) -> Integers:
    """Return cells (layers * 3 k, 4) of positive volume over ``facets`` (k, 3), outward.

    ``vertices`` (n,) are the surface's own numbers in order; layer 1 is first, first + 1, ...
    """
    local = np.searchsorted(vertices, facets)
    order = np.argsort(local, axis=1)
    a, b, c = np.take_along_axis(local, order, axis=1).T
    even = np.linalg.det(np.eye(3)[order]) > 0
    n = len(vertices)
    numbers = np.concatenate([vertices, first + np.arange(layers * n)])
    one = np.stack(
        [
            np.stack([a, b, c, c + n], axis=1),
            np.stack([a, b, c + n, b + n], axis=1),
            np.stack([a, a + n, b + n, c + n], axis=1),
        ],
        axis=1,
    )
    one[~even] = one[~even][:, :, [0, 2, 1, 3]]  # the other way round
    cells = one.reshape(-1, 4) + n * np.arange(layers)[:, None, None]
    return numbers[cells.reshape(-1, 4)]
