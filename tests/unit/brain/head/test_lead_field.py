"""Lead fields have an average reference, and refuse what a mesh or a patient cannot be."""

import numpy as np
import pytest

from sosie.brain.head.lead_field import ElectricHead
from sosie.errors import SosieError
from sosie.verification import four_shell
from sosie.verification.four_shell import LABELS, SHELLS, spread

NAMES = [f"E{i}" for i in range(16)]
SOURCES = np.array([[0.0, 0.0, 0.04], [0.03, 0.02, -0.01]])


@pytest.fixture(scope="module")
def electrodes(small_head):
    return small_head.electrodes(spread(16), NAMES)


def test_potentials_are_against_the_mean_of_all_electrodes(small_head, electrodes):
    gain = small_head.lead_field(electrodes, SOURCES).gain
    assert np.abs(gain.mean(axis=0)).max() < 1e-12 * np.abs(gain).max()


def test_a_dipole_raises_the_potential_of_the_electrode_it_points_at(small_head, electrodes):
    """The sign that OpenMEEG gives or its negative, as the surfaces are turned."""
    towards = spread(16) / SHELLS.radii[-1]
    gain = small_head.lead_field(electrodes, 0.05 * towards).along(towards)
    np.testing.assert_array_equal(gain.argmax(axis=0), np.arange(16))


def test_blocks_of_electrodes_are_as_all_together(small_head, electrodes, monkeypatch):
    together = small_head.lead_field(electrodes, SOURCES).gain
    monkeypatch.setattr("sosie.brain.head.lead_field.BLOCK", 5)
    np.testing.assert_allclose(
        small_head.lead_field(electrodes, SOURCES).gain, together, rtol=1e-10, atol=1e-10
    )


def test_a_stimulations_field_at_the_sources_is_that_of_the_lead_field(small_head, electrodes):
    into = np.zeros(16)
    into[[2, 9]] = 1e-3, -1e-3
    ours = small_head.lead_field(electrodes, SOURCES).field(into)
    potential = small_head.conductor.potentials((into @ electrodes.rows)[None])[0]
    rows = small_head.rows(SOURCES)
    np.testing.assert_allclose(
        ours, -np.stack([part @ potential for part in rows], axis=1), rtol=1e-9
    )


def test_a_source_outside_grey_matter_is_refused(small_head, electrodes):
    outside = np.vstack([SOURCES, [[0.0, 0.0, 0.083]]])
    with pytest.raises(SosieError, match=r"source 2 at \(0.0, 0.0, 83.0\) mm is outside grey"):
        small_head.lead_field(electrodes, outside)


def test_a_mesh_too_coarse_for_a_source_near_the_scalp_is_refused(electrodes, small_head):
    near = 0.077 * spread(16)[:1] / SHELLS.radii[-1]
    with pytest.raises(
        SosieError, match=r"nodes are 18\.2 mm apart, .* take a mesh of up to 15\.0 mm"
    ):
        small_head.lead_field(electrodes, near)


def test_negative_conductivity_is_refused(small_head):
    sigma = np.array(SHELLS.sigma)[small_head.tissue]
    sigma[7] = -0.3
    with pytest.raises(SosieError, match="conductivity of cell 7 is -0.3 S/m"):
        small_head.adopt(small_head.points, sigma)


def test_a_tensor_that_is_not_positive_is_refused(small_head):
    sigma = np.array(SHELLS.sigma)[small_head.tissue][:, None, None] * np.eye(3)
    sigma[7, 0, 1] = sigma[7, 1, 0] = 0.4
    with pytest.raises(SosieError, match="conductivity of cell 7 is -0.07"):
        small_head.adopt(small_head.points, sigma)


def test_where_grey_matter_does_not_conduct_alike_gradients_are_recovered(comm):
    points, cells, tissue = four_shell.mesh(m=2)
    head = ElectricHead(comm, points, cells, tissue, LABELS)
    sigma = np.array(SHELLS.sigma)[tissue]
    for factor, method in ((1.0, "harmonic"), (1.1, "recovered")):
        sigma[0] *= factor
        head.adopt(points, sigma)
        for ours, asked in zip(head.rows(SOURCES), head.rows(SOURCES, method=method), strict=True):
            np.testing.assert_array_equal(ours.toarray(), asked.toarray())


def test_a_tensor_that_is_a_number_conducts_as_the_number(comm, small_head, electrodes):
    points, cells, tissue = four_shell.mesh(m=3)
    head = ElectricHead(comm, points, cells, tissue, LABELS, anisotropic=True)
    head.adopt(points, np.array(SHELLS.sigma)[tissue][:, None, None] * np.eye(3))
    theirs = small_head.lead_field(electrodes, SOURCES).gain
    ours = head.lead_field(electrodes, SOURCES).gain
    np.testing.assert_allclose(ours, theirs, atol=1e-10 * np.abs(theirs).max())


def test_a_next_patient_is_as_if_alone(comm):
    """Moved nodes and other conductivities on one object, against a fresh one."""
    points, cells, tissue = four_shell.mesh(m=2)
    sigma, stretched = np.array(SHELLS.sigma)[tissue], points * [1.0, 1.1, 0.95]
    gains = []
    for patients in (((points, sigma), (stretched, 2 * sigma)), ((stretched, 2 * sigma),)):
        head = ElectricHead(comm, points, cells, tissue, LABELS)
        for patient in patients:
            head.adopt(*patient)
        positions = spread(16) * [1.0, 1.1, 0.95]
        gains.append(head.lead_field(head.electrodes(positions, NAMES), SOURCES).gain)
    np.testing.assert_allclose(*gains, rtol=1e-9, atol=1e-9 * np.abs(gains[0]).max())
