"""Participants are written as BIDS has them, and each column says what it is."""

import json

import pytest

from sosie.cohort.bids import write_participants
from sosie.cohort.mapping import Mapping
from sosie.cohort.record import build_record
from sosie.cohort.table import Row, read_table
from sosie.errors import SosieError

from .conftest import SMALL


@pytest.fixture
def records(person, body_mapping, priors):
    rows = [person("A-1", age=93.0), Row("B2", {"age": 40.0, "sex": "female"}), Row("C3", {})]
    return [build_record(row, body_mapping, priors, 1) for row in rows]


def lines(path):
    return [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]


def test_participants_have_labels_gaps_and_ages_for_privacy(tmp_path, records):
    write_participants(tmp_path, records)
    header, *people = lines(tmp_path / "participants.tsv")
    assert header[0] == "participant_id"
    assert [person[0] for person in people] == ["sub-A1", "sub-B2", "sub-C3"]
    assert [person[header.index("age")] for person in people] == ["89+", "40.0", "n/a"]
    assert people[0][header.index("sex")] == "male"
    assert set(people[2][1:]) == {"n/a"}


def test_the_sidecar_describes_every_column(tmp_path, records):
    write_participants(tmp_path, records)
    header = lines(tmp_path / "participants.tsv")[0]
    sidecar = json.loads((tmp_path / "participants.json").read_text())
    assert list(sidecar) == header[1:]
    assert sidecar["height"]["Units"] == "cm"
    assert sidecar["height"]["Origins"] == {"imputed": 1, "measured": 1}
    assert sidecar["sex"]["Levels"] == {"female": "female", "male": "male"}
    assert "Units" not in sidecar["lv_score_1"]
    assert "89+" in sidecar["age"]["Description"]
    assert "Small: height" in sidecar["height"]["Sources"]


def test_origins_and_rejections_lie_beside(tmp_path, records):
    write_participants(tmp_path, records)
    header, *people = lines(tmp_path / "phenotype" / "cell_origin.tsv")
    assert header == lines(tmp_path / "participants.tsv")[0]
    place = header.index("height")
    assert [person[place] for person in people] == ["measured", "imputed", "n/a"]
    sidecar = json.loads((tmp_path / "phenotype" / "cell_origin.json").read_text())
    assert "age is missing" in sidecar["MeasurementToolMetadata"]["Rejected"]["sub-C3"]
    assert set(sidecar["lv_edv"]["Levels"]) == {"measured", "imputed", "sampled"}


def test_two_people_who_would_share_a_label_are_refused(tmp_path, records):
    twin = type(records[0])("A1", {})
    with pytest.raises(SosieError, match="'A-1' and 'A1' both become sub-A1"):
        write_participants(tmp_path, [records[0], twin])


def test_the_written_participants_can_be_read_again(tmp_path, records):
    write_participants(tmp_path, records[1:2])
    columns = {"height": {"from": "height", "unit": "cm"}, "sex": {"from": "sex"}}
    mapping = Mapping.model_validate({**SMALL, "id": "participant_id", "columns": columns})
    row = read_table(tmp_path / "participants.tsv", mapping).rows[0]
    assert row.id == "B2"
    assert row.cells == {name: records[1].cells[name].value for name in ("sex", "height")}
