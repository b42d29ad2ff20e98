r"""The seventeen segments of a left ventricle, on ventricular coordinates.

    (x, y) = -s (cos theta, sin theta)       (s apicobasal, theta rotational coordinate)

Laid out after the American Heart Association, Cerqueira et al. (2002),
doi:10.1161/hc0402.102975: the apex up to s = CAP, then three rings of equal height.
"""

import numpy as np

from sosie.typing import Array, Integers

COUNT = 17
CAP = 0.16
RINGS = (CAP, CAP + (1 - CAP) / 3, CAP + 2 * (1 - CAP) / 3, 1.0)
SECTORS = (4, 6, 6)
"""Segments of the apical, middle and basal ring."""
FIRST = (12, 6, 0)
"""Segments before the first of each ring."""


def segment(s: Array, theta: Array) -> Integers:
    """Return the number, 1 to 17, of the segment of each point."""
    angle = np.arctan2(-np.sin(theta), -np.cos(theta))  # on the disc, from the right, anticlockwise
    out = np.full(len(s), COUNT)
    for ring, (sectors, first) in enumerate(zip(SECTORS, FIRST, strict=True)):
        start = np.pi / 2 - np.pi / sectors  # the first lies about the anterior wall
        sector = np.floor((angle - start) % (2 * np.pi) / (2 * np.pi / sectors)).astype(int)
        mine = s > RINGS[ring]
        out[mine] = first + 1 + np.minimum(sector[mine], sectors - 1)
    return out
