"""A lead field as mne reads it: an ``mne.Forward`` for its inverse methods, or to be saved.

mne is no dependency: whoever calls this has it.
"""

from typing import TYPE_CHECKING

import numpy as np

from sosie.brain.head.lead_field import LeadField
from sosie.typing import Array

if TYPE_CHECKING:
    import mne

RATE = 1000.0
"""Sampling rate [Hz] that mne wants of channels; nothing depends on it."""


def mne_forward(lead_field: LeadField, normals: Array) -> "mne.Forward":
    """Return the forward solution, free orientation, with unit ``normals`` (n_sources, 3).

    The head's coordinates are taken for mne's head frame, and for its MRI frame.
    """
    import mne
    from mne.io.constants import FIFF

    names, places = list(lead_field.electrodes.names), lead_field.electrodes.places
    info = mne.create_info(names, RATE, "eeg")
    positions = dict(zip(names, places, strict=True))
    info.set_montage(mne.channels.make_dig_montage(positions, coord_frame="head"))
    transform = mne.Transform("mri", "head", np.eye(4))
    unknown = {"mri_file": "", "mri_id": None, "meas_file": "", "meas_id": None}
    info = mne.Info(
        dict(info) | unknown | {"working_dir": "", "command_line": "", "mri_head_t": transform}
    )
    pos = {"rr": lead_field.sources, "nn": normals}
    src = mne.setup_volume_source_space(pos=pos, verbose="error")
    src[0]["coord_frame"] = FIFF.FIFFV_COORD_HEAD
    gain = lead_field.gain.reshape(len(names), -1)
    sol = {
        "data": gain,
        "nrow": gain.shape[0],
        "ncol": gain.shape[1],
        "row_names": names,
        "col_names": [],
    }
    return mne.Forward(
        sol=sol,
        sol_grad=None,
        info=info,
        src=src,
        nsource=len(lead_field.sources),
        nchan=len(names),
        source_rr=lead_field.sources,
        source_nn=np.tile(np.eye(3), (len(lead_field.sources), 1)),
        source_ori=FIFF.FIFFV_MNE_FREE_ORI,
        surf_ori=False,
        coord_frame=FIFF.FIFFV_COORD_HEAD,
        mri_head_t=transform,
        _orig_sol=gain.copy(),
        _orig_source_ori=FIFF.FIFFV_MNE_FREE_ORI,
        _orig_sol_grad=None,
    )
