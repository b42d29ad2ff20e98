"""Mean and spread are those of the done patients, vertex by vertex."""

import numpy as np
import pytest

from sosie.analysis.population import frame, mean_heart, spread_over
from sosie.store import layout


def test_mean_and_spread_leave_out_who_is_not_done(store, person):
    people = [person("a", age=30.0), person("b", age=50.0), person("c", age=70.0)]
    tree, _ = store(people, {"b": ("failed", "slow")})
    heart = tree["heart"].to_dataset()
    mean = mean_heart(heart)
    time = heart["activation_time"].values[[0, 2]].astype(float)
    points = heart["points"].values[[0, 2]].astype(float)
    assert mean.time == pytest.approx(time.mean(axis=0))
    assert mean.spread == pytest.approx(time.std(axis=0, ddof=1))
    assert mean.points == pytest.approx(points.mean(axis=0))


def test_one_patient_has_no_spread(store, person):
    tree, _ = store([person("a"), person("b")], {"a": ("failed", "slow")})
    assert mean_heart(tree["heart"].to_dataset()).spread is None


def test_the_frame_has_a_row_for_each_done_patient(store, person):
    people = [person("a"), person("b", "male", 80.0)]
    tree, _ = store(people, {"a": ("failed", "slow")})
    rows = frame(tree["heart"].to_dataset(), tree["patients"].to_dataset(), layout.HEART)
    assert list(rows.index) == ["b"]
    assert rows.loc["b", "sex"] == "male"
    assert rows.loc["b", "cavity_volume"] == pytest.approx(200)
    assert rows.loc["b", "seconds"] == 2.0


def test_a_brains_row_has_the_tau_of_all_grey_matter(store, person):
    people = [person("a", age=70.0, onset=60.0), person("b", age=50.0, onset=70.0)]
    tree, _ = store(people, organs=["brain"])
    rows = frame(tree["brain"].to_dataset(), tree["patients"].to_dataset(), layout.BRAIN)
    assert list(rows["tau_now"]) == pytest.approx([0.2, 0])
    assert list(rows["years_since_onset"]) == pytest.approx([10, -20])
    assert "regional_tau" not in rows


def test_a_spread_runs_from_the_least_to_the_largest():
    values = np.array([5.0, 1.0, 3.0, 2.0, 4.0, 9.0, 7.0])
    assert list(values[spread_over(values, 4)]) == [1, 3, 5, 9]
    assert list(values[spread_over(values[:2], 4)]) == [1, 5]
