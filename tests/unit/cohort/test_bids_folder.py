"""A BIDS folder is read as the table it is, its own output to the last bit."""

import json

import pytest

from sosie.cohort.bids import write_participants
from sosie.cohort.mapping import Mapping, load_mapping
from sosie.cohort.record import build_record
from sosie.cohort.table import Row, read_table
from sosie.config import plan, read_study
from sosie.errors import SosieError

from .conftest import SMALL

COLUMNS = {
    "age": {"from": "age", "unit": "year"},
    "sex": {"from": "sex", "levels": {"M": "male", "F": "female"}},
    "height": {"from": "height", "unit": "cm"},
    "sbp": {"from": "sbp", "unit": "mmHg"},
}
VISITS = [
    ["participant_id", "session_id", "sbp"],
    ["sub-02", "ses-10", "150"],
    ["sub-02", "ses-2", "121.5"],
    ["sub-01", "ses-10", "140"],
    ["sub-99", "ses-2", "500"],
]


def table(path, lines):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join("\t".join(line) + "\n" for line in lines), encoding="utf-8")


@pytest.fixture
def folder(tmp_path):
    people = [
        ["participant_id", "age", "sex", "height"],
        ["sub-01", "61.25", "M", "178"],
        ["sub-02", "89+", "F", "n/a"],
    ]
    table(tmp_path / "participants.tsv", people)
    table(tmp_path / "phenotype" / "vitals.tsv", VISITS)
    return tmp_path


def mapping_of(**more):
    content = {**SMALL, "id": "participant_id", "columns": COLUMNS}
    return Mapping.model_validate(content | more)


def cells(folder, **more):
    return {row.id: row.cells for row in read_table(folder, mapping_of(**more)).rows}


def refusal(folder, **more):
    with pytest.raises(SosieError) as error:
        read_table(folder, mapping_of(**more))
    assert "\n" not in str(error.value)
    return str(error.value)


def test_phenotype_is_joined_at_the_baseline_session(folder):
    assert cells(folder) == {
        "01": {"age": 61.25, "sex": "male", "height": 178.0},
        "02": {"age": 89.0, "sex": "female", "sbp": 121.5},
    }


def test_a_named_session_is_taken_instead(folder):
    found = cells(folder, session="ses-10")
    assert [found[person]["sbp"] for person in ("01", "02")] == [140.0, 150.0]
    assert "no session 'ses-3' that the mapping names, only '10', '2'" in refusal(
        folder, session="ses-3"
    )


def test_a_session_called_baseline_comes_first(folder):
    renamed = [[c.replace("ses-2", "ses-baseline") for c in line] for line in VISITS]
    table(folder / "phenotype" / "vitals.tsv", renamed)
    assert cells(folder)["02"]["sbp"] == 121.5


def test_which_session_came_first_is_not_guessed(folder):
    names = {"ses-2": "ses-pre", "ses-10": "ses-post"}
    table(
        folder / "phenotype" / "vitals.tsv",
        [[names.get(cell, cell) for cell in line] for line in VISITS],
    )
    assert "which of 'post', 'pre' is the baseline cannot be told: name it under" in refusal(folder)
    assert cells(folder, session="pre")["02"]["sbp"] == 121.5


def test_of_a_column_in_two_tables_the_mapping_says_which(folder):
    table(folder / "phenotype" / "home.tsv", [["participant_id", "sbp"], ["sub-01", "133"]])
    assert "'sbp' stands in 2 tables: write 'home/sbp' or 'vitals/sbp'" in refusal(folder)
    chosen = {**COLUMNS, "sbp": {"from": "home/sbp", "unit": "mmHg"}}
    assert cells(folder, columns=chosen)["01"]["sbp"] == 133.0


def test_a_column_that_is_nowhere_is_refused_unless_columns_are_optional(folder):
    more = {**COLUMNS, "weight": {"from": "weight_kg", "unit": "kg"}}
    sentence = refusal(folder, columns=more)
    assert "there is no column 'weight_kg' that the mapping names; near it: 'height'" in sentence
    assert "weight" not in cells(folder, columns=more, optional=True)["01"]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (["sub-02", "ses-2", "900"], "vitals.tsv, line 6, column 'participant_id': participant"),
        (["sub-01", "ses-2", "900"], "vitals.tsv, line 6, column 'sbp': sbp is '900' mmHg, but"),
        (["sub-01", "ses-2", "high"], "line 6, column 'sbp': sbp is 'high', which is not a num"),
    ],
)
def test_what_cannot_be_true_is_refused_in_the_file_it_stands_in(folder, line, sentence):
    table(folder / "phenotype" / "vitals.tsv", [*VISITS, line])
    assert sentence in refusal(folder)


def test_a_sidecar_of_another_unit_is_refused(folder):
    sidecar = folder / "participants.json"
    sidecar.write_text(json.dumps({"height": {"Units": "m"}, "age": {"Units": "years"}}))
    assert "participants.json: 'height' is in 'm', but the mapping says 'cm'" in refusal(folder)
    sidecar.write_text(json.dumps({"height": {"Units": "some words"}}))
    assert cells(folder)["01"]["height"] == 178.0
    sidecar.write_text("{")
    assert "participants.json: this is not JSON" in refusal(folder)


def test_what_sosie_measured_and_wrote_comes_back_to_the_last_bit(tmp_path, person, priors):
    own = load_mapping("bids")
    rows = [
        person("A1", height=176.1 + 2**-40, sbp=1 / 3 + 140, lv_edv=131.7),
        Row("B2", {"age": 40.1, "sex": "female"}),
        Row("C3", {"age": 12.0, "sex": "male"}),
    ]
    records = [build_record(row, own, priors, 1) for row in rows]
    write_participants(tmp_path, records)
    again = read_table(tmp_path, own).rows
    assert again == tuple(rows)
    # What was drawn is not carried, and is drawn again to the same bits.
    assert [build_record(row, own, priors, 1) for row in again] == records


def test_what_bids_does_not_carry_is_lost_as_documented(tmp_path, person, priors):
    own = load_mapping("bids")
    write_participants(tmp_path, [build_record(person("A-1", age=93.0), own, priors, 1)])
    row = read_table(tmp_path, own).rows[0]
    assert (row.id, row.cells["age"]) == ("A1", 89.0)


def test_a_strange_origin_is_refused(folder):
    table(
        folder / "phenotype" / "cell_origin.tsv",
        [["participant_id", "height"], ["sub-01", "guessed"]],
    )
    sentence = refusal(folder)
    assert "cell_origin.tsv, line 2, column 'height': the origin is 'guessed', which is" in sentence


def test_a_folder_that_is_neither_bids_nor_omop_is_refused(tmp_path):
    assert "the folder holds neither participants.tsv (BIDS) nor PERSON.csv" in refusal(tmp_path)


def test_a_study_is_planned_of_a_bids_folder(folder, tmp_path):
    path = tmp_path / "clinic.yaml"
    path.write_text(json.dumps({**SMALL, "id": "participant_id", "columns": COLUMNS}))
    cohort = {"mapping": str(path), "table": str(folder), "patients": "all"}
    planned = plan(read_study({"study": "tiny", "organs": ["heart"], "cohort": cohort}))
    assert planned.members("00000") == ["01", "02"]
    before = planned.digest("00000")
    table(folder / "phenotype" / "more.tsv", [["participant_id", "unread"], ["sub-01", "1"]])
    assert plan(planned.study).digest("00000") == before
