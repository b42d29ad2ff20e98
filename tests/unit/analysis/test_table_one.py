"""Table 1 gives the numbers a reader would compute, and says where they are from."""

import numpy as np
import pytest

from sosie.analysis.table_one import decimals, mean_sd, table_one
from sosie.cohort.record import Cell


@pytest.fixture
def quantities(store, person):
    """Return the quantities of four people by name, and the table."""
    smoker = Cell("current", "", "measured", "table: Smoking", None)
    past = Cell("former", "", "measured", "table: Smoking", None)
    ill = Cell("yes", "", "measured", "table: Stroke", None)
    well = Cell("no", "", "measured", "table: Stroke", None)
    weighed = Cell(90.0, "kg", "measured", "table: Weight", None)
    people = [
        person("a", "female", 40.0, smoking=past, stroke=ill),
        person("b", "female", 50.0, smoking=smoker, stroke=well),
        person("c", "female", 60.0, smoking=smoker),
        person("d", "male", 70.0, weight=weighed),
    ]
    table = table_one(store(people)[0]["patients"].to_dataset())
    return {q.name: q for _, group in table.groups for q in group}, table


def test_columns_are_everyone_and_the_sexes(quantities):
    assert quantities[1].columns == (("All", 4), ("Women", 3), ("Men", 1))


def test_numbers_are_mean_and_sd_to_two_digits_and_a_single_value_has_no_sd(quantities):
    line = quantities[0]["age"].lines[0]
    assert line.label == "age [year]"
    assert line.cells == ("55 ± 13", "50 ± 10", "70")


def test_a_category_counts_its_levels_in_their_own_order_among_those_known(quantities):
    heading, former, current = quantities[0]["smoking"].lines
    assert heading.cells == ("", "", "")
    assert (former.label, current.label) == ("former", "current")
    assert current.cells == ("2 (67 %) [3]", "2 (67 %)", "–")


def test_a_flag_is_one_line_of_those_who_have_it(quantities):
    (line,) = quantities[0]["told to have had a stroke"].lines
    assert line.cells == ("1 (50 %) [2]", "1 (50 %) [2]", "–")


def test_every_quantity_says_how_much_of_it_was_measured(quantities):
    assert quantities[0]["weight"].origin == (("measured", 25.0), ("imputed", 75.0))
    assert quantities[0]["smoking"].origin == (("measured", 75.0), ("missing", 25.0))


def test_what_rests_on_an_assumption_is_named(quantities):
    found, table = quantities
    assert table.assumed == ("conduction velocity along the fibre",)
    assert found["left-ventricular end-diastolic volume"].evidence == ("published",)
    assert found["age"].evidence == ()
    assert "blood_lead" not in found
    assert "lead in blood" in table.unknown


def test_one_sex_is_one_column(store, person):
    table = table_one(store([person("a", "male"), person("b", "male")])[0]["patients"].to_dataset())
    assert table.columns == (("Men", 2),)


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ([-1e-13, 3e-13], "1.0e−13 ± 2.8e−13"),
        ([-7.0, -7.0], "−7.00 ± 0.00"),
        ([0.0, 0.0], "0 ± 0"),
        ([0.61, 0.65], "0.630 ± 0.028"),
        ([], "–"),
    ],
)
def test_numbers_have_the_digits_that_their_spread_allows(values, text):
    assert mean_sd(np.array(values), decimals(np.array(values))) == text
