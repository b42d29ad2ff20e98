"""Beaten hearts of the atlas: how surfaces are compared, and what is made of the rows."""

import os
from pathlib import Path

import numpy as np
import pytest

from sosie.geometry.template import build
from sosie.geometry.ventricle import cavity_volume, from_scores
from sosie.verification import atlas_beats
from sosie.verification.atlas_beats import AREA, PEOPLE, apart, axis, drawn, order, people
from sosie.verification.judge_atlas_beats import judge

TEMPLATE = build(1, 7, 12)


def seen(**options):
    shape = from_scores(np.zeros(6), **options)
    return shape, shape.at(TEMPLATE.nodes[: TEMPLATE.n_vertices])


def test_a_heart_that_was_only_turned_and_shifted_is_no_way_apart():
    shape, x = seen(phase="es")
    a = np.linalg.qr(np.array([[1.0, 0.1, 0.05], [-0.1, 1.0, 0.1], [-0.05, -0.1, 1.0]]))[0]
    turn = a * np.sign(np.diag(a))
    found = apart(TEMPLATE, x @ turn.T + [0.002, -0.003, 0.001], shape)
    assert max(found.values()) < 3e-4


def test_a_heart_a_tenth_larger_is_apart_by_a_tenth_of_its_radius():
    """Of 20 to 50 mm; less at apex and base, where the surface is its own neighbour."""
    shape, x = seen(phase="es")
    found = apart(TEMPLATE, 1.1 * x, shape)
    assert 5e-4 < found["endocardium"] < found["epicardium"] < 4e-3


def test_shortening_of_the_mean_heart_is_the_atlass():
    """13.4 % is the mean of the asymptomatic in the clinical index."""
    before, after = (axis(TEMPLATE, seen(phase=phase)[1]) for phase in ("ed", "es"))
    assert 1 - after / before == pytest.approx(0.134, abs=0.01)


def test_any_part_of_the_order_is_spread_over_all():
    first = np.sort(order(100)[:10])
    assert sorted(order(100)) == list(range(100))
    assert np.diff(first).max() < 25


def test_people_of_the_atlas_are_drawn_to_their_size():
    folder = Path(os.environ.get("SOSIE_DATA", "/nowhere"))
    if not (folder / "cap_lv_clinical_index.csv").exists():
        pytest.skip("SOSIE_DATA names no folder with the Cardiac Atlas tables")
    everyone = people(folder)
    assert len({person.id for person in everyone}) == sum(PEOPLE.values())
    for person in everyone[:3]:
        anatomy, contracted = drawn(person, TEMPLATE)
        smallest = cavity_volume(TEMPLATE, contracted.at(TEMPLATE.nodes))
        assert anatomy.cavity_volume == pytest.approx(1e-6 * AREA * person.index, rel=1e-6)
        share = 1 - smallest / anatomy.cavity_volume
        assert share == pytest.approx(person.ejection_fraction, abs=0.12)


def rows():
    """Return four people simulated at the recorded ejection fraction plus 0.1, and a failure."""
    base = {"kind": "blind", "group": "ASYMP", "shortening": 0.13}
    out = [
        base | {"id": str(i), "ejection_fraction": ef, "found": ef + 0.1, "thickness": 1 - ef}
        for i, ef in enumerate((0.4, 0.5, 0.6, 0.7))
    ]
    return [*out, base | {"id": "x", "ejection_fraction": 0.5, "failed": "geometry: inverted"}]


def test_bias_is_not_correlation_and_failures_are_counted():
    found = judge(rows())["blind"]
    assert found["people"] == 5
    assert found["beaten"] == 4
    assert found["not_beaten"] == {"geometry": 1}
    expected = {"n": 4, "r": 1.0, "recorded": 55.0, "bias": 10.0, "rmse": 10.0, "r_thickness": -1.0}
    assert found["groups"]["asymptomatic"] == pytest.approx(expected)
    assert "infarct" not in found["groups"]


def test_blind_beats_do_not_know_the_ejection_fraction():
    person = atlas_beats.Person("a", "MI", 90.0, 0.3, 0.05, np.zeros(6))
    other = atlas_beats.Person("a", "MI", 90.0, 0.7, 0.15, np.zeros(6))
    blind = [atlas_beats.record_of(p, atlas_beats.ASSUMED) for p in (person, other)]
    assert blind[0] == blind[1]
