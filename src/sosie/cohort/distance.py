r"""How far two samples of several quantities lie from each other.

    E = 2 <|x - y|> - <|x - x'|> - <|y - y'|>

x, y     people of the two samples, each quantity over its standard deviation in the second; x' and
         y' other people of the same samples: E is 0 on average for samples of one distribution,
         and may then fall below 0

Source: Székely and Rizzo (2013), doi:10.1016/j.jspi.2013.03.018.
"""

import numpy as np
from scipy.spatial.distance import cdist, pdist

from sosie.typing import Array


def energy_distance(x: Array, y: Array) -> float:
    """Return E of samples (n, k) and (m, k)."""
    sd = y.std(axis=0)
    x, y = x / sd, y / sd
    return float(2 * cdist(x, y).mean() - pdist(x).mean() - pdist(y).mean())


def resampled(people: Array, n: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """Return two samples of ``n`` different people of a table each, nobody in both."""
    order = rng.permutation(len(people))
    return people[order[:n]], people[order[n : 2 * n]]
