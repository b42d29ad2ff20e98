r"""Fewer bits of the mantissa: a field that is known to three digits need not be stored to seven.

    |rounded - value| <= 2^-(bits + 1) |value|

Rounds to nearest, ties to even, and sets the bits below to zero, which compress to nothing; whoever
reads needs no codec for it (Klöwer et al. 2021, doi:10.1038/s43588-021-00156-2).
"""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from sosie.typing import Array

MANTISSA = 23
"""Bits of a float32's mantissa."""


Bits = Mapping[str, int]
"""Bits of the mantissa that are kept, by variable."""
ALL: Bits = MappingProxyType({})
"""Every bit of every variable."""


def of_organ(bits: Bits, organ: str) -> Bits:
    """Return the part of ``bits``, whose names are like ``brain/tau``, that is of one organ."""
    parts = {name: name.split("/", 1) for name in bits}
    return {variable: bits[name] for name, (of, variable) in parts.items() if of == organ}


def relative_error(bits: int) -> float:
    """Return the largest relative error of a value of which ``bits`` are kept."""
    return 2.0 ** -(bits + 1)


def keep_bits(values: Array, bits: int) -> None:
    """Round float32 ``values`` in place to ``bits`` of the mantissa, 1 to 22; NaN stays NaN."""
    raw = values.view(np.uint32)
    below = MANTISSA - bits
    raw += np.uint32((1 << below - 1) - 1) + (raw >> below & 1)
    raw &= np.uint32(0xFFFFFFFF << below & 0xFFFFFFFF)
