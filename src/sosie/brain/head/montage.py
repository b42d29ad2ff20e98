"""Montages of transcranial stimulation: currents by the names of electrodes. Loads no solver."""

from collections.abc import Mapping, Sequence

import numpy as np

from sosie.errors import SosieError
from sosie.typing import Array

BALANCE = 1e-9
"""[A]: how far currents may be from summing to zero."""


def currents(names: Sequence[str], montage: Mapping[str, float]) -> Array:
    """Return the current [A] into each electrode of ``names``, from those of a montage.

    Raises SosieError where an electrode is unknown, or what enters does not leave.
    """
    unknown = set(montage) - set(names)
    if unknown:
        raise SosieError(
            f"montage: no electrode {sorted(unknown)[0]!r} on this head: write some of"
            f" {', '.join(names)}"
        )
    total = sum(montage.values())
    if abs(total) > BALANCE:
        raise SosieError(
            f"montage: currents sum to {1e3 * total:g} mA: what enters must leave, make it zero"
        )
    return np.array([montage.get(name, 0.0) for name in names])
