"""mne reads, writes and uses our lead fields. Skipped where mne is not."""

import numpy as np
import pytest

from sosie.brain.head.mne_forward import mne_forward
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
