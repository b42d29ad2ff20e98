"""The twelve leads are differences of nine electrodes, as defined."""

import numpy as np
import pytest

from sosie.geometry.torso import ELECTRODES
from sosie.heart.biomarkers import LEADS
from sosie.heart.ecg import COMBINATIONS

PHI = np.random.default_rng(3).normal(size=len(ELECTRODES))
LEAD = dict(zip(LEADS, COMBINATIONS @ PHI, strict=True))
AT = dict(zip(ELECTRODES, PHI, strict=True))


def test_a_potential_common_to_all_electrodes_is_not_seen():
    assert COMBINATIONS.sum(axis=1) == pytest.approx(np.zeros(12), abs=1e-15)


def test_limb_leads_are_einthovens():
    assert LEAD["I"] == pytest.approx(AT["LA"] - AT["RA"])
    assert LEAD["II"] == pytest.approx(AT["LL"] - AT["RA"])
    assert LEAD["I"] + LEAD["III"] == pytest.approx(LEAD["II"])


def test_augmented_leads_are_goldbergers():
    assert LEAD["aVR"] == pytest.approx(AT["RA"] - (AT["LA"] + AT["LL"]) / 2)
    assert LEAD["aVL"] == pytest.approx((LEAD["I"] - LEAD["III"]) / 2)
    assert LEAD["aVF"] == pytest.approx((LEAD["II"] + LEAD["III"]) / 2)


def test_chest_leads_are_against_wilsons_terminal():
    terminal = (AT["RA"] + AT["LA"] + AT["LL"]) / 3
    for i in range(1, 7):
        assert LEAD[f"V{i}"] == pytest.approx(AT[f"V{i}"] - terminal)
