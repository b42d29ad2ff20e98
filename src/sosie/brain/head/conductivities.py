r"""How well the tissues of a head conduct, and how much that differs between people.

    sigma = s_t I + (s_l - s_t) d (x) d,    s_l s_t^2 = s^3,    s_l = ratio s_t

s        isotropic conductivity of white matter [S/m];  d  unit direction of its fibres, shape (3,)
s_l, s_t along and across them: the volume of the tensor's ellipsoid is kept

A person's conductivity is Beta(3, 3) distributed between low and high: Saturnino et al. (2019),
doi:10.1016/j.neuroimage.2018.12.053. The means of what was measured are 0.22, 0.47, 1.71, 0.02 and
0.41 S/m in the order of TISSUES, over 56 papers (McCann, Pisano and Beltrachini 2019,
doi:10.1007/s10548-019-00710-2): the skull's is above the range that simulations take for it. White
matter conducts about ten times better along its fibres: Nicholson (1965),
doi:10.1016/0014-4886(65)90126-3; constraint of volume: Wolters et al. (2006),
doi:10.1016/j.neuroimage.2005.10.014.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from scipy.stats import beta

from sosie.errors import SosieError
from sosie.typing import Array, Integers
from sosie.units import SI

RANGES = {
    "white": (0.1, 0.4),
    "grey": (0.1, 0.6),
    "csf": (1.2, 1.8),
    "skull": (0.003, 0.012),
    "scalp": (0.2, 0.5),  # ASSUME: round the mean of what was measured, 0.41
}
"""Lowest and highest conductivity [S/m] of each tissue."""
TISSUES = tuple(RANGES)
RATIO = 10.0
"""Of white matter's conductivity along the fibres to that across."""


@dataclass(frozen=True, slots=True)
class Conductivities:
    """One person's isotropic conductivities; the middle of each range where nothing is known."""

    white: Annotated[float, SI("S/m")] = 0.25
    grey: Annotated[float, SI("S/m")] = 0.35
    csf: Annotated[float, SI("S/m")] = 1.5
    skull: Annotated[float, SI("S/m")] = 0.0075
    scalp: Annotated[float, SI("S/m")] = 0.35

    def __post_init__(self) -> None:
        """Refuse what conducts nothing."""
        for name in TISSUES:
            if not getattr(self, name) > 0:
                raise SosieError(
                    f"conductivity of {name} is {getattr(self, name)} S/m; give a positive number"
                )

    def of_cells(self, tissue: Integers, labels: Mapping[str, int]) -> Array:
        """Return the conductivity [S/m] of each cell, shape (m,), from its tissue's label."""
        out = np.full(len(tissue), np.nan)
        for name, label in labels.items():
            out[tissue == label] = getattr(self, name)
        return out


def drawn(quantiles: Array) -> Conductivities:
    """Return the person at quantiles (5,) in (0, 1) of the tissues, in the order of TISSUES."""
    low, high = np.array(list(RANGES.values())).T
    return Conductivities(*(low + (high - low) * beta.ppf(quantiles, 3, 3)).tolist())


def anisotropic(sigma: Array, directions: Array, *, ratio: float = RATIO) -> Array:
    """Return tensors (m, 3, 3) [S/m] from isotropic conductivities (m,) and directions (m, 3).

    Cells whose direction is zero stay isotropic, as all but white matter are to be.
    """
    length = np.linalg.norm(directions, axis=1)
    wrong = np.flatnonzero((np.abs(length - 1) > 1e-6) & (length > 0))
    if len(wrong) or not ratio > 0:
        what = f"ratio {ratio}" if not ratio > 0 else f"direction {directions[wrong[0]]}"
        raise SosieError(
            f"{what} of the conductivity along fibres cannot be: give a positive ratio and"
            " directions of length 1, or 0 where there are no fibres"
        )
    across = sigma * np.where(length > 0, ratio ** (-1 / 3), 1.0)
    along = directions[:, :, None] * directions[:, None, :]
    return across[:, None, None] * (np.eye(3) + (ratio - 1) * along)
