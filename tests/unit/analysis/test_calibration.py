"""A cohort is weighted to its target, and what cannot be weighted is said."""

import numpy as np
import pytest

from sosie.analysis.calibration import calibrate
from sosie.analysis.fit_target import fit
from sosie.analysis.strata import BANDS, band_of
from sosie.analysis.target import Target, load_target
from sosie.cohort.record import Cell
from sosie.errors import SosieError

AGES = (25.0, 35.0, 45.0, 55.0, 65.0, 75.0, 85.0)


@pytest.fixture
def patients(store, person):
    def make(people):
        return store([person(f"p{i}", *one) for i, one in enumerate(people)])[0][
            "patients"
        ].to_dataset()

    return make


def everyone():
    return [(sex, age) for sex in ("female", "male") for age in AGES]


@pytest.mark.parametrize("name", ["france", "united_states"])
def test_targets_are_shares_of_adults(name):
    target = load_target(name)
    assert target.cells.sum() == pytest.approx(1)
    assert target.cells.shape == (len(BANDS), 2)
    assert target.ages[0] == 18
    assert target.cells[-1, 0] > target.cells[-1, 1]  # women live longer


@pytest.mark.parametrize(
    ("name", "women", "adults"),
    [("france", 2685803, 55229330), ("united_states", 7747966, 253368356)],
)
def test_women_of_80_and_more_have_the_share_that_was_counted(name, women, adults):
    """INSEE, 1 January 2026; US Census Bureau, 1 July 2018."""
    target = load_target(name)
    assert target.n == adults
    assert target.cells[-1, 0] == pytest.approx(women / adults, rel=1e-5)


def test_the_census_is_read_as_adults_of_both_sexes(tmp_path):
    table = tmp_path / "census.csv"
    lines = [(0, 18, 4), (1, 17, 9), (1, 18, 1), (1, 19, 2), (1, 999, 12)]
    lines += [(2, 17, 9), (2, 18, 3), (2, 19, 4), (2, 999, 16)]
    rows = [f"{sex},{age},{people}" for sex, age, people in lines]
    table.write_text("\n".join(["SEX,AGE,POPESTIMATE2018", *rows]) + "\n")
    found = fit(table)["age_sex"]
    assert (found["n"], found["first"]) == (10, 18)
    assert (found["female"], found["male"]) == ([0.3, 0.4], [0.1, 0.2])


def test_an_unknown_target_is_refused_with_those_there_are():
    with pytest.raises(SosieError, match=r"'mars': write one of none, france, united_states"):
        load_target("mars")


def test_where_every_cell_has_somebody_each_gets_its_share(patients):
    target = load_target("france")
    found = patients(everyone())
    w, how = calibrate(found, target)
    band, men = band_of(found["age"].values), found["sex"].values == "male"
    assert w / w.sum() == pytest.approx(target.cells[band, men.astype(int)])
    assert how.method.startswith("post-stratification to 14 cells")
    assert (how.empty, how.uncovered, how.people) == ((), 0, 14)


def test_where_a_cell_is_empty_age_and_sex_are_margins_and_the_cell_is_named(patients):
    target = load_target("france")
    found = patients([one for one in everyone() if one != ("male", 85.0)])
    w, how = calibrate(found, target)
    band, men = band_of(found["age"].values), found["sex"].values == "male"
    assert np.bincount(band, w) / w.sum() == pytest.approx(target.cells.sum(axis=1))
    assert w[men].sum() / w.sum() == pytest.approx(target.cells.sum(axis=0)[1])
    assert how.method == "raking to bands of age and to sex"
    assert how.empty == ("80+, men",)
    assert how.uncovered == pytest.approx(target.cells[-1, 1])
    assert how.effective < 13


def test_survey_weights_alone_are_weights_too(store, person):
    people = [
        person(name, survey_weight=Cell(w, "1", "measured", "made up", None))
        for name, w in (("a", 100.0), ("b", 300.0))
    ]
    w, how = calibrate(store(people)[0]["patients"].to_dataset(), None)
    assert w == pytest.approx([0.5, 1.5])
    assert how.start == "survey weights of the table"


def test_who_is_no_adult_has_no_weight(patients):
    w, how = calibrate(patients([*everyone(), ("male", 16.0)]), load_target("france"))
    assert w[-1] == 0
    assert how.without == 1


def test_without_target_and_survey_weights_there_are_none(patients):
    assert calibrate(patients(everyone()), None) is None


def test_a_made_up_target_reaches_the_weights(patients):
    shares = np.zeros((2, 103))
    shares[0, 25 - 18], shares[1, 65 - 18] = 0.25, 0.75
    target = Target("made", "made up", "", "", 4, np.arange(18.0, 121.0), shares)
    w, _ = calibrate(patients([("female", 25.0), ("male", 65.0)]), target)
    assert w == pytest.approx([0.5, 1.5])
