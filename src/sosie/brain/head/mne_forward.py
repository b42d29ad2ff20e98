"""A lead field as mne reads it: an ``mne.Forward`` for its inverse methods, or to be saved.

mne is no dependency: whoever calls this has it.
"""

from typing import TYPE_CHECKING

import numpy as np

from sosie.brain.head.lead_field import LeadField
from sosie.errors import SosieError
from sosie.store import layout
from sosie.typing import Array
from sosie.units import factor

if TYPE_CHECKING:
    import mne
    import xarray as xr

RATE = 1000.0
"""Sampling rate [Hz] that mne wants of channels; nothing depends on it."""


def mne_forward(lead_field: LeadField, normals: Array) -> "mne.Forward":
    """Return the forward solution, free orientation, with unit ``normals`` (n_sources, 3).

    The head's coordinates are taken for mne's head frame, and for its MRI frame.
    """
    gain, names = lead_field.gain, list(lead_field.electrodes.names)
    return _forward(gain, names, lead_field.electrodes.places, lead_field.sources, normals)


def mne_forward_of(person: "xr.Dataset") -> "mne.Forward":
    """Return the forward solution of one patient of a store's brain, along the cortex's normals.

    ``person`` is such as ``open_cohort(path)["brain"].to_dataset().sel(patient=name)``. Raises
    SosieError where the patient has no lead field.
    """
    gain = _si(person["lead_field"])
    if not np.isfinite(gain).all():
        raise SosieError(
            f"patient {person['patient'].item()} has no lead field: {person['reason'].item()}"
        )
    places, sources, normals = (
        _si(person[name]) for name in ("electrode_points", "source_points", "source_normals")
    )
    return _forward(gain, person["electrode"].values.tolist(), places, sources, normals)


def _si(variable: "xr.DataArray") -> Array:
    unit = {v.name: v.si for v in layout.BRAIN}[str(variable.name)]
    return factor(variable.attrs["units"], unit) * variable.values.astype(float)


def _forward(
    gain: Array, names: list[str], places: Array, sources: Array, normals: Array
) -> "mne.Forward":
    """Return the solution of a gain (n_electrodes, n_sources), or (..., 3) of free orientation."""
    import mne
    from mne.io.constants import FIFF

    info = mne.create_info(names, RATE, "eeg")
    positions = dict(zip(names, places, strict=True))
    info.set_montage(mne.channels.make_dig_montage(positions, coord_frame="head"))
    transform = mne.Transform("mri", "head", np.eye(4))
    unknown = {"mri_file": "", "mri_id": None, "meas_file": "", "meas_id": None}
    info = mne.Info(
        dict(info) | unknown | {"working_dir": "", "command_line": "", "mri_head_t": transform}
    )
    pos = {"rr": sources, "nn": normals}
    src = mne.setup_volume_source_space(pos=pos, verbose="error")
    src[0]["coord_frame"] = FIFF.FIFFV_COORD_HEAD
    free, matrix = gain.ndim == 3, gain.reshape(len(names), -1)
    sol = {
        "data": matrix,
        "nrow": matrix.shape[0],
        "ncol": matrix.shape[1],
        "row_names": names,
        "col_names": [],
    }
    orientation = FIFF.FIFFV_MNE_FREE_ORI if free else FIFF.FIFFV_MNE_FIXED_ORI
    return mne.Forward(
        sol=sol,
        sol_grad=None,
        info=info,
        src=src,
        nsource=len(sources),
        nchan=len(names),
        source_rr=sources,
        source_nn=np.tile(np.eye(3), (len(sources), 1)) if free else normals,
        source_ori=orientation,
        surf_ori=not free,
        coord_frame=FIFF.FIFFV_COORD_HEAD,
        mri_head_t=transform,
        _orig_sol=matrix.copy(),
        _orig_source_ori=orientation,
        _orig_sol_grad=None,
    )
