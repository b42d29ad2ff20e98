r"""How well muscle conducts along its fibres, within its sheets and across them.

    sigma = s_n I + (s_f - s_n) f (x) f + (s_s - s_n) s (x) s
    sigma = s_i s_e / (s_i + s_e)                      in each direction

f, s       unit fibre and sheet directions, shape (3,)
s_f, s_s, s_n   along the fibre, across it within the sheet, normal to the sheet [S/m]
s_i, s_e   intra- and extracellular conductivities [S/m]

The second line is the monodomain reduction of the bidomain equations, exact where the two sides'
anisotropies are equal. The slab's numbers: Niederer et al. (2011), doi:10.1098/rsta.2011.0139,
table 1.
"""

from dataclasses import dataclass
from typing import Annotated

import ufl

from sosie.errors import SosieError
from sosie.units import SI


@dataclass(frozen=True, slots=True)
class Conductivity:
    """Conductivities in the three directions of the muscle; two equal ones need no sheets."""

    fibre: Annotated[float, SI("S/m")]  # s_f
    sheet: Annotated[float, SI("S/m")]  # s_s
    normal: Annotated[float, SI("S/m")]  # s_n

    def __post_init__(self) -> None:
        """Refuse what conducts nothing."""
        for name in ("fibre", "sheet", "normal"):
            if not getattr(self, name) > 0:
                raise SosieError(
                    f"conductivity along the {name} is {getattr(self, name)} S/m;"
                    " give a positive number"
                )

    def tensor(
        self, fibre: ufl.core.expr.Expr, sheet: ufl.core.expr.Expr | None = None
    ) -> ufl.core.expr.Expr:
        """Return sigma [S/m], shape (3, 3), for unit directions given by vectors in UFL."""
        if sheet is None and self.sheet != self.normal:
            raise SosieError(
                f"conductivities across the fibre differ ({self.sheet} and {self.normal} S/m):"
                " give the sheet direction too"
            )
        sigma = self.normal * ufl.Identity(3)
        sigma += (self.fibre - self.normal) * ufl.outer(fibre, fibre)
        if sheet is not None:
            sigma += (self.sheet - self.normal) * ufl.outer(sheet, sheet)
        return sigma


def reduced(intracellular: Conductivity, extracellular: Conductivity) -> Conductivity:
    """Return the monodomain conductivities of a bidomain."""
    pairs = (
        (getattr(intracellular, name), getattr(extracellular, name))
        for name in ("fibre", "sheet", "normal")
    )
    return Conductivity(*(i * e / (i + e) for i, e in pairs))


INTRACELLULAR, EXTRACELLULAR = Conductivity(0.17, 0.019, 0.019), Conductivity(0.62, 0.24, 0.24)
SLAB = reduced(INTRACELLULAR, EXTRACELLULAR)
"""Of the slab benchmark: 0.1334 along the fibre, 0.0176 S/m across it."""
