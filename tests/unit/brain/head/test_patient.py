"""A head of the shipped template, coarse: its lead field and a montage's field."""

from dataclasses import replace

from mpi4py import MPI

import numpy as np
import pytest

from sosie.brain.head import patient
from sosie.brain.head.conductivities import Conductivities
from sosie.brain.head.montage import currents
from sosie.brain.head.stimulation import focality
from sosie.geometry.brain.quality import volumes
from sosie.geometry.head.shape import personalise
from sosie.geometry.head.template import TISSUES, load

TEMPLATE = load("coarse")


@pytest.fixture(scope="module")
def shape():
    return personalise(
        TEMPLATE,
        intracranial_volume=1450e-6,
        brain_volume=1150e-6,
        ventricular_volume=25e-6,
    )


@pytest.fixture(scope="module")
def head(shape):
    head = patient.electric_head(MPI.COMM_SELF, TEMPLATE)
    patient.adopt(head, TEMPLATE, shape, Conductivities.usual())
    return head


@pytest.fixture(scope="module")
def lead_field(head, shape):
    return patient.lead_field(head, TEMPLATE, shape)


def test_the_nearest_electrodes_see_a_source_best(lead_field, shape):
    """Of sources within 25 mm of an electrode: the strongest is one of the four nearest."""
    off = np.linalg.norm(shape.sources - lead_field.electrodes.places[:, None], axis=-1)
    close = off.min(axis=0) < 25e-3
    strongest = np.abs(lead_field.along(shape.normals)).argmax(axis=0)
    nearest = np.argsort(off, axis=0)[:4]
    assert close.sum() > 100
    assert (nearest == strongest)[:, close].any(axis=0).mean() > 0.75


def test_a_more_resistive_skull_makes_the_eeg_smaller(head, shape, lead_field):
    patient.adopt(head, TEMPLATE, shape, replace(Conductivities.usual(), skull=0.003))
    ours = patient.lead_field(head, TEMPLATE, shape).gain
    patient.adopt(head, TEMPLATE, shape, Conductivities.usual())
    ratio = np.linalg.norm(ours, axis=(0, 2)) / np.linalg.norm(lead_field.gain, axis=(0, 2))
    assert np.median(ratio) < 0.8


def test_two_milliampere_give_the_cortex_some_tenths_of_a_volt_a_metre(head, shape):
    """As in people, 0.8 V/m at most: Huang et al. (2017), doi:10.7554/eLife.18834."""
    discs = patient.electrodes(head, TEMPLATE, shape, system=20, radius=12e-3)
    field = head.field(discs, currents(discs.names, {"F3": 2e-3, "F4": -2e-3}))
    grey = TEMPLATE.tissue == TISSUES["grey"]
    volume = volumes(shape.points, TEMPLATE.cells[grey])
    found = focality(field[grey], volume)
    assert 0.2 < found.peak < 0.8
    assert found.three_quarters < found.half < 0.3 * volume.sum()
