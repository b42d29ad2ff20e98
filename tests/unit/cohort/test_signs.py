"""Sign check: what is known of a person moves the drawn parameters in the published direction.

The same 100 people twice, alike but for one cell, with the same random numbers. The arrows and
their sources are the table of docs/cohort.md.
"""

from functools import partial

import numpy as np
import pytest

from sosie.cohort.draw import generator
from sosie.cohort.record import Cell, complete
from sosie.cohort.schema import COLUMN

PEOPLE = 100
ADULT = {"age": 60.0, "sex": "female"}
BODY = {"height": 165.0, "weight": 70.0, "sbp": 125.0, "dbp": 75.0, "heart_rate": 68.0}
KNOWN = {**ADULT, **BODY, "heart_attack": "no"}

ARROWS = [
    (ADULT, "sex", "female", "male", "height", +1),
    (ADULT, "sex", "female", "male", "weight", +1),
    (KNOWN, "sex", "female", "male", "lv_edv", +1),
    (KNOWN, "sex", "female", "male", "lv_mass", +1),
    (KNOWN, "sex", "female", "male", "icv", +1),
    (KNOWN, "sex", "female", "male", "brain_volume", +1),
    (ADULT, "age", 35.0, 75.0, "sbp", +1),
    (ADULT, "age", 35.0, 75.0, "heart_attack", +1),
    (KNOWN, "age", 35.0, 75.0, "brain_volume", -1),
    (KNOWN, "age", 35.0, 75.0, "brain_ventricle_volume", +1),
    (KNOWN, "height", 155.0, 180.0, "lv_edv", +1),
    (KNOWN, "height", 155.0, 180.0, "lv_mass", +1),
    (KNOWN, "weight", 60.0, 90.0, "lv_edv", +1),
    (KNOWN, "weight", 60.0, 90.0, "lv_mass", +1),
    (KNOWN, "sbp", 110.0, 150.0, "lv_edv", +1),
    (KNOWN, "sbp", 110.0, 150.0, "lv_mass", +1),
    (KNOWN, "sbp", 110.0, 150.0, "mass over volume", +1),
    (KNOWN, "heart_attack", "no", "yes", "lv_edv", +1),
    (KNOWN, "heart_attack", "no", "yes", "lv_ejection_fraction", -1),
    (KNOWN, "sex", "female", "male", "lv_ejection_fraction", -1),
    (KNOWN, "apoe", "e3e3", "e3e4", "amyloid_onset_age", -1),
    (KNOWN, "apoe", "e3e4", "e4e4", "amyloid_onset_age", -1),
    (KNOWN, "apoe", "e2e3", "e3e3", "amyloid_onset_age", -1),
    (KNOWN, "ethnicity", "white", "black", "e4 alleles", +1),
]

SILENT = [
    ("smoking", "never", "current"),
    ("alcohol", 0.0, 60.0),
    ("vigorous_activity", "no", "yes"),
    ("sleep_hours", 8.0, 5.0),
    ("diabetes", "no", "yes"),
    ("total_cholesterol", 180.0, 280.0),
    ("pm25", 8.0, 20.0),
    ("education", "primary", "tertiary"),
    ("long_qt", "none", "kcnh2_haploinsufficient"),
]
"""What changes nothing that is drawn: effects without a number, among the gaps of priors.yaml."""


@pytest.fixture
def drawn(priors):
    """Draw the people of one set of cells."""

    def draw(known):
        cells = {
            name: Cell(value, COLUMN[name].unit, "measured", "made up", None)
            for name, value in known.items()
        }
        return [complete(cells, priors, partial(generator, 1, str(i))) for i in range(PEOPLE)]

    return draw


def outcome(cells, name):
    if name == "mass over volume":
        return cells["lv_mass"].value / cells["lv_edv"].value
    if name == "e4 alleles":
        return cells["apoe"].value.count("e4")
    value = cells[name].value
    return {"no": 0, "yes": 1}.get(value, value)


@pytest.mark.parametrize(
    ("known", "cause", "low", "high", "effect", "sign"), ARROWS, ids=lambda part: str(part)[:20]
)
def test_a_cause_moves_a_drawn_parameter_as_published(drawn, known, cause, low, high, effect, sign):
    before, after = (
        np.array([outcome(cells, effect) for cells in drawn(known | {cause: level})])
        for level in (low, high)
    )
    change = after - before
    # The same random numbers: almost everybody moves the same way, and the mean clearly does.
    assert sign * change.mean() > 3 * change.std() / np.sqrt(PEOPLE)


@pytest.mark.parametrize(("habit", "low", "high"), SILENT)
def test_what_has_no_number_changes_nothing_that_is_drawn(drawn, habit, low, high):
    before, after = (drawn(KNOWN | {habit: level}) for level in (low, high))
    assert all(
        a[name] == b[name]
        for a, b in zip(before, after, strict=True)
        for name in a
        if name != habit
    )


def test_every_arrow_and_every_silence_stands_on_the_page(repository):
    page = (repository / "docs" / "cohort.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| ") and "→" in line]
    for _, cause, _, _, effect, _ in ARROWS:
        assert any(f"`{cause}`" in row and effect in row for row in rows), (cause, effect)
    for habit, *_ in SILENT:
        assert any(f"`{habit}`" in row and "nothing" in row for row in rows), habit
