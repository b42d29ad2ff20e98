"""mne reads, writes and uses our lead fields. Skipped where mne is not."""

import numpy as np
import pytest
import xarray as xr

from sosie.brain.head.mne_forward import mne_forward, mne_forward_of
from sosie.errors import SosieError
from sosie.verification.four_shell import SHELLS, spread

mne = pytest.importorskip("mne")
SOURCES = 0.06 * spread(5) / SHELLS.radii[-1]
NORMALS = spread(5) / SHELLS.radii[-1]


@pytest.fixture(scope="module")
def lead_field(small_head):
    electrodes = small_head.electrodes(spread(16), [f"E{i}" for i in range(16)])
    return small_head.lead_field(electrodes, SOURCES)


def test_a_forward_solution_survives_mnes_file(lead_field, tmp_path):
    path = tmp_path / "head-fwd.fif"
    mne.write_forward_solution(path, mne_forward(lead_field, NORMALS), verbose="error")
    back = mne.read_forward_solution(path, verbose="error")
    np.testing.assert_allclose(
        back["sol"]["data"], lead_field.gain.reshape(16, -1), atol=1e-6 * lead_field.gain.max()
    )
    np.testing.assert_allclose(back["src"][0]["rr"], SOURCES, atol=1e-6)
    assert back.ch_names == list(lead_field.electrodes.names)


def test_mne_turns_it_to_the_cortexs_normals(lead_field):
    fixed = mne.convert_forward_solution(
        mne_forward(lead_field, NORMALS), force_fixed=True, verbose="error"
    )
    ours = lead_field.along(NORMALS)
    np.testing.assert_allclose(fixed["sol"]["data"], ours, atol=1e-6 * np.abs(ours).max())


def test_a_lead_field_of_the_store_is_a_fixed_forward_solution(lead_field, tmp_path):
    ours = lead_field.along(NORMALS)
    person = of_store(
        lead_field=(("electrode", "source"), 1e-3 * ours, "uV/(nA*m)"),
        electrode_points=(("electrode", "xyz"), 1e3 * lead_field.electrodes.places, "mm"),
        source_points=(("source", "xyz"), 1e3 * SOURCES, "mm"),
        source_normals=(("source", "xyz"), NORMALS, "1"),
    ).assign_coords(electrode=list(lead_field.electrodes.names))
    path = tmp_path / "head-fwd.fif"
    mne.write_forward_solution(path, mne_forward_of(person), verbose="error")
    back = mne.read_forward_solution(path, verbose="error")
    np.testing.assert_allclose(back["sol"]["data"], ours, atol=1e-6 * np.abs(ours).max())
    np.testing.assert_allclose(back["source_nn"], NORMALS, atol=1e-6)


def of_store(**variables):
    arrays = {
        name: (dims, values, {"units": unit}) for name, (dims, values, unit) in variables.items()
    }
    return xr.Dataset(arrays | {"reason": ""}, coords={"patient": "p"})


def test_who_has_no_lead_field_is_said_with_the_reason():
    nothing = of_store(lead_field=(("electrode", "source"), np.full((2, 3), np.nan), "uV/(nA*m)"))
    with pytest.raises(SosieError, match="patient p has no lead field: no EEG"):
        mne_forward_of(nothing.assign(reason="no EEG: head too full"))
