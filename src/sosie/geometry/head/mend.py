"""Mend the few cells that are left badly shaped, by moving what is round them.

The vertices of bad cells, and from the third round on their neighbours, are settled with everything
else in place. Only vertices that are said to be movable move, each along its surface.
"""

import logging
from collections.abc import Sequence

import numpy as np

from sosie.geometry.head.quality import dihedral
from sosie.geometry.head.settle import Target, settle
from sosie.typing import Array, Integers

ROUNDS = 14

log = logging.getLogger(__name__)


def mend(
    points: Array,
    cells: Integers,
    movable: Integers,
    wanted: Array,
    targets: Sequence[Target],
    *,
    spacing: float,
) -> Array:
    """Return points whose cells reach the ``wanted`` angles (m,) [degrees], or nearly.

    ``movable`` (n,) says which vertices may move.
    """
    for attempt in range(ROUNDS):
        bad = (dihedral(points, cells) < wanted) & movable[cells].any(axis=1)
        log.info("mend: %d bad cells", bad.sum())
        if not bad.any():
            return points
        free = np.unique(cells[bad])
        for _ in range(min(attempt // 2, 3)):
            free = np.unique(cells[np.isin(cells, free).any(axis=1)])
        free = free[movable[free]]
        near = cells[np.isin(cells, free).any(axis=1)]
        chosen = [(v[np.isin(v, free)], level, gradient) for v, level, gradient in targets]
        points = settle(
            points,
            near,
            free,
            [target for target in chosen if len(target[0])],
            spacing=spacing,
            scales=[2.0, 1.5, 1.0, 1.0] if attempt % 2 else [1.0, 1.0],
            weight=10.0,
        )
    return points
