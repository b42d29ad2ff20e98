"""Participants are written as BIDS has them, and each column says what it is."""

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from sosie.cohort.bids import write_participants
from sosie.cohort.cell import Cell, Visit
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
    assert [person[header.index("age")] for person in people] == ["89.0", "40.0", "n/a"]
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
    assert sidecar["age"]["Description"] == "age; more than 89 is written 89"
    assert "Small: height" in sidecar["height"]["Sources"]


def test_origins_and_rejections_lie_beside(tmp_path, records):
    write_participants(tmp_path, records)
    header, *people = lines(tmp_path / "phenotype" / "cell_origin.tsv")
    assert header[:2] == ["participant_id", "record_id"]
    assert header[2:] == lines(tmp_path / "participants.tsv")[0][1:]
    assert [person[1] for person in people] == ["A-1", "B2", "C3"]
    place = header.index("height")
    assert [person[place] for person in people] == ["measured", "imputed", "n/a"]
    sidecar = json.loads((tmp_path / "phenotype" / "cell_origin.json").read_text())
    assert "age is missing" in sidecar["MeasurementToolMetadata"]["Rejected"]["sub-C3"]
    assert set(sidecar["lv_edv"]["Levels"]) == {"measured", "imputed", "sampled"}


def test_two_people_who_would_share_a_label_are_refused(tmp_path, records):
    twin = type(records[0])("A1", {})
    with pytest.raises(SosieError, match="'A-1' and 'A1' both become sub-A1"):
        write_participants(tmp_path, [records[0], twin])


def test_sources_are_numbered_in_a_sidecar(tmp_path, records):
    write_participants(tmp_path, records)
    header, *people = lines(tmp_path / "phenotype" / "cell_source.tsv")
    place = header.index("height")
    assert [person[place] for person in people] == ["1", "2", "n/a"]
    levels = json.loads((tmp_path / "phenotype" / "cell_source.json").read_text())["height"][
        "Levels"
    ]
    assert levels["1"] == {"Description": "Small: height"}
    assert levels["2"]["Status"] == records[1].cells["height"].status


def test_visits_are_sessions_of_their_person(tmp_path, records):
    cells = {"weight": Cell(80.5, "kg", "measured", "Small: w", None)}
    seen = replace(records[0], visits=(Visit("year 2", cells), Visit("2009-05-01", cells)))
    write_participants(tmp_path, [seen, *records[1:]])
    sessions = lines(tmp_path / "sub-A1" / "sub-A1_sessions.tsv")
    assert sessions == [
        ["session_id", "visit", "weight", "weight_origin", "weight_source"],
        ["ses-year2", "year 2", "80.5", "measured", "1"],
        ["ses-20090501", "2009-05-01", "80.5", "measured", "1"],
    ]
    assert not (tmp_path / "sub-B2").exists()
    assert json.loads((tmp_path / "sessions.json").read_text())["weight"]["Units"] == "kg"
    write_participants(tmp_path, records)
    assert [path.name for path in tmp_path.glob("sub-*/*")] == ["sub-A1_scans.tsv"]


@pytest.mark.parametrize("names", [["a 1", "a-1"], ["--"]])
def test_visits_that_would_share_a_label_are_refused(tmp_path, records, names):
    cells = {"weight": Cell(80.5, "kg", "measured", "Small: w", None)}
    seen = replace(records[0], visits=tuple(Visit(name, cells) for name in names))
    with pytest.raises(SosieError, match=f"visit '{names[-1]}' of participant 'A-1' becomes ses-"):
        write_participants(tmp_path, [seen])


def validate(folder: Path) -> list[dict]:
    """Return what the BIDS validator finds, warnings too."""
    validator = shutil.which("bids-validator-deno", path=str(Path(sys.executable).parent))
    if validator is None:
        pytest.skip("the BIDS validator (bids-validator-deno) is not installed")
    done = subprocess.run(
        [validator, str(folder), "--format", "json", "--max-rows", "-1"],
        capture_output=True,
        text=True,
        check=False,
    )
    return json.loads(done.stdout)["issues"]["issues"]


@pytest.mark.parametrize("visits", [True, False], ids=["visits", "no visits"])
def test_the_validator_of_bids_has_no_objection(tmp_path, records, visits):
    cells = {
        "age": Cell(95.0, "year", "measured", "Small: age", None),
        "sex": Cell("female", "", "measured", "Small: sex", None),
    }
    seen = replace(records[0], visits=(Visit("year 2", cells), Visit("2009-05-01", cells)))
    write_participants(tmp_path, [seen, *records[1:]])
    if not visits:  # written where a cohort with visits was
        write_participants(tmp_path, records)
    found = validate(tmp_path)
    assert not [issue for issue in found if issue["severity"] == "error"], found
    # Nobody here can say who the authors are; a table has no field of the name Description.
    known = {"TOO_FEW_AUTHORS", "SIDECAR_KEY_RECOMMENDED"}
    assert {issue["code"] for issue in found} <= known, found


def test_the_validator_of_bids_objects_to_what_is_wrong(tmp_path, records):
    write_participants(tmp_path, records)
    people = tmp_path / "participants.tsv"
    people.write_text(people.read_text().replace("participant_id", "person", 1))
    assert "error" in {issue["severity"] for issue in validate(tmp_path)}


def test_the_written_participants_can_be_read_again(tmp_path, records):
    write_participants(tmp_path, records[1:2])
    columns = {"height": {"from": "height", "unit": "cm"}, "sex": {"from": "sex"}}
    mapping = Mapping.model_validate({**SMALL, "id": "participant_id", "columns": columns})
    row = read_table(tmp_path / "participants.tsv", mapping).rows[0]
    assert row.id == "B2"
    assert row.cells == {name: records[1].cells[name].value for name in ("sex", "height")}
