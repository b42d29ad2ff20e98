"""Losses and results by group are counted right; small groups of real people are not told."""

import numpy as np
import pytest

from sosie.analysis.population import frame
from sosie.analysis.strata import UNKNOWN, by, by_age, by_sex, wealth
from sosie.analysis.subgroups import ALL, cross, losses, outcomes
from sosie.cohort.record import Cell
from sosie.store import layout


@pytest.fixture
def study(store, person):
    """Return a study of 26 women of 35 and 14 men, two of them of 85; three hearts are lost."""
    people = [person(f"w{i:02d}", "female", 35.0) for i in range(26)]
    people += [person(f"m{i:02d}", "male", 85.0 if i < 2 else 45.0) for i in range(14)]
    lost = {"w00": ("failed", "slow"), "w01": ("rejected", "thin"), "m13": ("failed", "slow")}
    tree, _ = store(people, lost)
    return tree["patients"].to_dataset(), tree["heart"].to_dataset()


def groups_of(patients):
    return by_age(patients), by_sex(patients)


def found_in(cells, **group):
    (one,) = [cell for cell in cells if cell.group == group]
    return one


def test_losses_of_a_group_are_counted_among_its_people(study):
    patients, heart = study
    found = losses(heart, cross(groups_of(patients), protected=False))
    women = found_in(found, age=ALL, sex="female")
    assert (women.patients, women.rejected, women.failed) == (26, 1, 1)
    assert women.lost.value == pytest.approx(2 / 26)
    assert found_in(found, age="80+", sex="male").patients == 2


def test_small_groups_of_real_people_and_what_would_tell_them_are_hidden(study):
    patients, heart = study
    found = losses(heart, cross(groups_of(patients), protected=True))
    assert found_in(found, age="80+", sex="male").patients is None
    assert found_in(found, age="80+", sex=ALL).patients is None
    # 14 men less those of 40-49 would be those of 80 and more
    assert found_in(found, age="40–49", sex="male").patients is None
    assert found_in(found, age=ALL, sex="male").patients == 14


def results(study, weights, *, protected):
    patients, heart = study
    people = {"heart": frame(heart, patients, layout.HEART)}
    table = cross(groups_of(patients), protected=protected)
    return outcomes({"heart": heart}, people, table, weights, protected=protected)


def test_means_are_of_those_done_raw_and_weighted(study):
    patients, heart = study
    w = np.where(np.arange(40) == 5, 10.0, 1.0)
    (one,) = [o for o in results(study, w, protected=False) if o.name == "cavity_volume"]
    women = found_in(one.groups, age=ALL, sex="female")
    volume = heart["cavity_volume"].values[2:26]
    assert women.patients == 24
    assert women.raw.value == pytest.approx(volume.mean())
    assert women.weighted.value == pytest.approx(np.average(volume, weights=w[2:26]))
    assert one.unit == "mL"


def test_how_the_simulation_went_is_no_result(study):
    names = {one.name for one in results(study, None, protected=False)}
    assert "total_activation_time" in names
    assert not names & {"iterations", "seconds", "det_min", "cavity_volume_error"}


def test_of_a_hidden_group_no_mean_is_told(study):
    one = results(study, None, protected=True)[0]
    old = found_in(one.groups, age="80+", sex="male")
    assert (old.patients, old.raw, old.weighted) == (None, None, None)
    assert found_in(one.groups, age=ALL, sex=ALL).patients == 37


def test_who_is_of_unknown_wealth_is_a_group(store, person):
    income = Cell(2.0, "1", "measured", "made up", None)
    people = [person("a", income_ratio=income), person("b")]
    rich = wealth(store(people)[0]["patients"].to_dataset())
    assert (rich.name, rich.levels[-1]) == ("income_ratio", UNKNOWN)
    assert rich.counts.tolist() == [0, 1, 0, 1]


def test_a_measure_of_nobody_groups_nobody(study):
    assert wealth(study[0]) is None
    assert by(study[0], "ethnicity") is None
