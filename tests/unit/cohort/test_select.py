"""Who is chosen: reproducible, spread, and a larger study keeps the people of a smaller one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sosie.cohort.mapping import Mapping
from sosie.cohort.select import select
from sosie.cohort.table import Row, Table
from sosie.errors import SosieError

from .conftest import SMALL

YOUNG = {"column": "age", "below": "20 year", "reason": "young"}


def table(ages, **changes):
    rows = tuple(
        Row(str(i), {"age": float(age), "sex": "male" if i % 2 else "female"})
        for i, age in enumerate(ages)
    )
    return Table("people.csv", Mapping.model_validate({**SMALL, **changes}), rows)


def ids(selection):
    return [row.id for row in selection.rows]


@given(st.lists(st.integers(0, 119), min_size=1, max_size=40), st.sampled_from(["table", "spread"]))
def test_every_smaller_study_is_the_beginning_of_a_larger_one(ages, order):
    people = table(ages, order=order)
    everybody = ids(select(people, "all"))
    assert sorted(everybody) == sorted(row.id for row in people.rows)
    for n in range(len(ages) + 1):
        assert ids(select(people, n)) == everybody[:n]


def test_the_order_of_the_table_is_kept_or_does_not_matter():
    ages = [20 + 7 * i % 60 for i in range(50)]
    people = table(ages, order="spread")
    turned = Table(people.path, people.mapping, people.rows[::-1])
    assert ids(select(people, 20)) == ids(select(turned, 20))
    assert ids(select(table(ages), 3)) == ["0", "1", "2"]


def test_the_flow_counts_everybody_once():
    rules = [YOUNG, {"column": "sex", "level": "female", "reason": "women"}]
    selection = select(table([10, 30, 40, 50, 60], exclude=rules), 1)
    assert selection.flow == (
        ("read", 5), ("excluded: young", 1), ("excluded: women", 2),
        ("eligible", 2), ("selected", 1),
    )  # fmt: skip


def test_a_rule_excludes_above_and_spares_who_lacks_the_column():
    people = table([30, 90], exclude=[{"column": "age", "above": "80 year", "reason": "old"}])
    unknown = Table(people.path, people.mapping, (*people.rows, Row("x", {})))
    assert ids(select(unknown, "all")) == ["0", "x"]


def test_a_person_without_age_or_sex_comes_last_in_a_spread():
    people = table([30, 90], order="spread")
    unknown = Table(people.path, people.mapping, (Row("x", {"age": 50.0}), *people.rows))
    assert ids(select(unknown, "all"))[-1] == "x"


def test_more_people_than_there_are_is_refused_with_both_numbers():
    with pytest.raises(SosieError, match="asks for 4 patients, but the table has 2 eligible of 3"):
        select(table([10, 30, 40], exclude=[YOUNG]), 4)


def test_sixteen_of_the_survey_span_the_ages_and_both_sexes(survey):
    selection = select(survey, 16)
    assert dict(selection.flow)["eligible"] == 5265
    decades = {(row.cells["age"] // 10, row.cells["sex"]) for row in selection.rows}
    assert len(decades) == 14
    first = selection.rows[:4]
    assert {row.cells["sex"] for row in first} == {"female", "male"}
    assert max(row.cells["age"] for row in first) - min(row.cells["age"] for row in first) > 40
