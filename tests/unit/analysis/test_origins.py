"""What was measured, and what rests on an assumption, adds up group by group."""

import pytest

from sosie.analysis.groups import group
from sosie.analysis.origins import origin_of, shares
from sosie.cohort.record import Cell


@pytest.fixture
def patients(store, person):
    weighed = Cell(90.0, "kg", "measured", "table: Weight", None)
    return store([person("a"), person("b", weight=weighed)])[0]["patients"].to_dataset()


def test_a_group_has_the_cells_of_its_quantities_and_the_record_those_of_all(patients):
    found = {share.heading: share for share in shares(patients)}
    body, record = found["Body and history"], found["Whole record"]
    assert (body.quantities, body.known) == (4, 8)
    assert dict(body.origin) == pytest.approx({"measured": 87.5, "imputed": 12.5})
    assert record.known == sum(share.known for share in found.values()) - record.known
    assert list(found)[-1] == "Whole record"


def test_only_what_was_not_measured_can_rest_on_an_assumption(patients):
    found = {share.heading: share.assumed for share in shares(patients)}
    assert found["Conduction"] == 100
    assert found["Left ventricle"] == found["Body and history"] == 0
    assert found["Whole record"] == pytest.approx(100 * 2 / 18)


def test_organs_and_their_tissues_are_apart(patients):
    assert group("lv_mass", "organ") == "organ heart"
    assert group("tau_growth_rate", "tissue") == "tissue brain"
    assert group("age", "body") == "body"
    assert origin_of(patients, ["heart"]) == {"sampled": 100}
