"""The axes that results of all heads share, beside the brain's. No solver is imported here."""

import numpy as np

from sosie.brain.parameters import BrainParameters
from sosie.geometry.head.template import load
from sosie.store.layout import Arrays, words
from sosie.typing import Array

FREQUENCIES: Array = np.arange(0.5, 30.1, 0.25)
"""Of the EEG's spectra [Hz], which come in steps of a quarter."""


def head_axes(parameters: BrainParameters) -> Arrays:
    """Return electrodes, sources with their regions, and frequencies."""
    template = load(parameters.template)
    chosen = template.montage(parameters.head.electrodes)
    names = words([template.electrodes[i] for i in chosen])
    return {
        "electrode": (("electrode",), names, {"long_name": "electrode, after the 10-5 system"}),
        "source": (
            ("source",),
            np.arange(len(template.source_cell), dtype="int32"),
            {"long_name": "dipole of the cortex"},
        ),
        "source_region": (
            ("source",),
            template.source_region.astype("int16"),
            {"long_name": "place of the source's region in `region`; 0 is none"},
        ),
        "frequency": (("frequency",), FREQUENCIES, {"long_name": "frequency", "units": "Hz"}),
    }
