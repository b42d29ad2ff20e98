"""Count the heads drawn over stated ranges that are valid; nothing is simulated.

Valid: every cell of the morphed template has det J > 0 and dihedral angles over 5 degrees.
"""

import logging
import re
from collections import Counter

import numpy as np

from sosie.errors import RejectedError
from sosie.geometry.head.shape import personalise
from sosie.geometry.head.template import load
from sosie.verification.brains import DRAWN, FRACTION, INTRACRANIAL, OURS, VENTRICLES
from sosie.verification.check import Check

LOG = logging.getLogger(__name__)
THICKNESS = (5.97e-3 - 2 * 1.19e-3, 5.97e-3 + 2 * 1.19e-3)
"""Of the skull [m]: mean and two standard deviations of 20 adults, Antonakakis et al. (2020),
doi:10.1016/j.neuroimage.2020.117353, abstract."""


def shapes(name: str = "production", *, n: int = DRAWN) -> list[Check]:
    """Draw volumes and skull thickness uniformly and count the heads that are valid."""
    template, stream = load(name), np.random.default_rng(1)
    lost, angles = Counter[str](), []
    for _ in range(n):
        intracranial, ventricles, fraction, thickness = (
            stream.uniform(*bounds) for bounds in (INTRACRANIAL, VENTRICLES, FRACTION, THICKNESS)
        )
        try:
            head = personalise(
                template,
                intracranial_volume=intracranial,
                brain_volume=fraction * intracranial,
                ventricular_volume=ventricles,
                skull_thickness=thickness,
            )
        except RejectedError as error:
            lost[re.sub(r"[\d.]+", "...", str(error).split(";")[0])] += 1
        else:
            angles.append(head.dihedral_min)
    LOG.info("head: %s of %s shapes are valid; lost: %s", len(angles), n, dict(lost))
    ranges = (
        "ventricles 7-80 mL, brain 0.65-0.88 of 1,100-1,900 mL inside the skull,"
        " skull 3.6-8.4 mm thick"
    )
    return [
        Check("head", f"valid of {n} drawn, {ranges}", len(angles), n, "1", 0.01 * n, OURS),
        *(
            Check("head", f"rejected of {n} drawn: {why}", count, 0, "1", 0.01 * n, OURS)
            for why, count in lost.most_common()
        ),
        Check("head", "smallest dihedral angle of them", min(angles), 90, "degree", 85, OURS),
    ]
