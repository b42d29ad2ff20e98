"""The axes that results of all hearts share, beside the mesh's. No solver is imported here."""

import numpy as np

from sosie.heart.biomarkers import LEADS, TIME

Axes = dict[str, tuple[tuple[str, ...], np.ndarray, dict[str, object]]]
"""name -> (dims, values, attributes), as the store keeps them."""


def heart_axes() -> Axes:
    """Return the leads, and the instants they are recorded at."""
    names = np.array(LEADS, dtype=np.dtypes.StringDType())
    time = {"long_name": "time since the beat's start", "units": "ms"}
    return {
        "lead": (("lead",), names, {"long_name": "lead of the electrocardiogram"}),
        "time": (("time",), np.round(1e3 * TIME), time),
    }
