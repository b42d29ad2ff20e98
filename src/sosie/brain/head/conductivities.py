r"""How well the tissues of a head conduct, and how much that differs between people.

    sigma = s_t I + (s_l - s_t) d (x) d,    s_l s_t^2 = s^3,    s_l = ratio s_t

s        isotropic conductivity of white matter [S/m];  d  unit direction of its fibres, shape (3,)
s_l, s_t along and across them: the volume of the tensor's ellipsoid is kept

People's conductivities are cells of their records, drawn as ``priors.yaml`` says. White matter
conducts about ten times better along its fibres: Nicholson (1965),
doi:10.1016/0014-4886(65)90126-3; constraint of volume: Wolters et al. (2006),
doi:10.1016/j.neuroimage.2005.10.014.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sosie.cohort.priors import load_priors
from sosie.cohort.record import Record
from sosie.errors import SosieError
from sosie.typing import Array, Integers

TISSUES = ("white", "grey", "csf", "skull", "scalp")
RATIO = 10.0
"""Of white matter's conductivity along the fibres to that across."""


@dataclass(frozen=True, slots=True)
class Conductivities:
    """One person's isotropic conductivities [S/m]."""

    white: float
    grey: float
    csf: float
    skull: float
    scalp: float

    @classmethod
    def of(cls, record: Record) -> "Conductivities":
        """Return those of a person's record."""
        return cls(*(record.si(f"conductivity_{name}") for name in TISSUES))

    @classmethod
    def usual(cls) -> "Conductivities":
        """Return the middle of what people are drawn from."""
        priors = load_priors()
        drawn = (getattr(priors, f"conductivity_{name}") for name in TISSUES)
        return cls(*(float(prior.at(0.5)) for prior in drawn))

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
