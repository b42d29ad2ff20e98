"""A BIDS folder is read as the table it is, its own output to the last bit."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sosie.cohort.bids import write_participants
from sosie.cohort.cell import Cell, Visit
from sosie.cohort.mapping import Mapping, load_mapping
from sosie.cohort.priors import load_priors
from sosie.cohort.record import build_record
from sosie.cohort.schema import COLUMN
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
CLINIC = {
    **SMALL,
    "title": 'Clinic "No 5"\tof A',
    "columns": {
        name: {"from": f"{name} ({column.unit})"} | ({} if column.levels else {"unit": column.unit})
        for name, column in COLUMN.items()
    },
}
"""A mapping of every column under another name than its own."""


def known(*names):
    """Return strategies of the cells of some columns."""
    columns = [COLUMN[name] for name in names]
    return {
        c.name: st.sampled_from(c.levels) if c.levels else st.floats(c.low, c.high) for c in columns
    }


MEASURED = {
    "age": st.floats(0, 89),
    # Of a body that no adult has, what is drawn may be impossible, and is refused as it is.
    "height": st.floats(120, 220),
    "weight": st.floats(35, 200),
    **known("sex", "smoking", "apoe", "mmse", "heart_attack", "brain_fraction"),
}
VISIT = st.builds(
    Visit,
    st.from_regex(r"[a-z]{2}[0-9]", fullmatch=True),
    st.dictionaries(
        st.just("weight"),
        st.builds(
            Cell,
            known("weight")["weight"],
            st.just("kg"),
            st.just("measured"),
            st.text(),
            st.none(),
        ),
        min_size=1,
    ),
)
PEOPLE = st.builds(
    Row,
    st.from_regex(r"[A-Za-z][0-9]{3}", fullmatch=True).map(lambda name: f"{name[0]}-{name[1:]}_x"),
    st.fixed_dictionaries({}, optional=MEASURED),
    visits=st.lists(VISIT, max_size=3, unique_by=lambda visit: visit.name).map(tuple),
)


def values(visit):
    return {name: cell.value for name, cell in visit.cells.items()}


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
    # Nothing is drawn again: what was drawn is told, whatever the seed.
    assert [build_record(row, own, priors, 2) for row in read_table(tmp_path, own).rows] == records


@settings(max_examples=25, deadline=None)
@given(st.lists(PEOPLE, min_size=1, max_size=4, unique_by=lambda row: row.id), st.integers(0, 9))
def test_every_record_comes_back_as_it_was(tmp_path_factory, rows, seed):
    folder = tmp_path_factory.mktemp("bids")
    mapping, priors = Mapping.model_validate(CLINIC), load_priors()
    records = [build_record(row, mapping, priors, seed) for row in rows]
    write_participants(folder, records)
    own = load_mapping("bids")
    again = [build_record(row, own, priors, seed + 1) for row in read_table(folder, own).rows]
    assert again == records


def test_what_bids_does_not_carry_is_lost_as_documented(tmp_path, person, priors):
    own = load_mapping("bids")
    record = build_record(person("A-1", age=93.0), own, priors, 1)
    write_participants(tmp_path, [record])
    again = build_record(read_table(tmp_path, own).rows[0], own, priors, 1)
    assert again.cells["age"].value == 89.0
    age = replace(again.cells["age"], value=93.0)
    assert replace(again, cells=again.cells | {"age": age}) == record


def test_a_drawn_value_never_comes_back_as_a_measured_one(tmp_path, priors):
    own = load_mapping("bids")
    rows = [Row("A1", {"age": 40.0, "sex": "female", "height": 170.0})]
    write_participants(tmp_path, [build_record(row, own, priors, 1) for row in rows])
    other = {"dbp": {"from": "sbp", "unit": "mmHg"}, "sbp": {"from": "sbp", "unit": "mmHg"}}
    mapping = Mapping.model_validate({**SMALL, "id": "participant_id", "columns": other})
    row = read_table(tmp_path, mapping).rows[0]
    assert list(row.cells) == list(row.told) == ["sbp"]
    assert row.told["sbp"].origin == "imputed"
    # As folders of before were: origins without sources, and without the records' own ids.
    for path in tmp_path.glob("phenotype/cell_source.*"):
        path.unlink()
    assert read_table(tmp_path, own).rows == tuple(rows)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('"Status": "', '"Status": "un', "the status 'un"),
        ('"Levels"', '"Words"', "is no source in"),
    ],
)
def test_sources_that_were_tampered_with_are_refused(tmp_path, priors, old, new, sentence):
    own = load_mapping("bids")
    row = Row("A1", {"age": 40.0, "sex": "female"})
    write_participants(tmp_path, [build_record(row, own, priors, 1)])
    sidecar = tmp_path / "phenotype" / "cell_source.json"
    sidecar.write_text(sidecar.read_text().replace(old, new))
    with pytest.raises(SosieError, match=sentence):
        read_table(tmp_path, own)
    table(tmp_path / "phenotype" / "cell_source.tsv", [["participant_id", *COLUMN], []])
    with pytest.raises(SosieError, match=r"cell_source.tsv: the people are not those of cell_orig"):
        read_table(tmp_path, own)


def test_two_people_of_one_record_are_refused(tmp_path, priors):
    own = load_mapping("bids")
    rows = [Row(name, {"age": 40.0, "sex": "female"}) for name in ("A-1", "B-2")]
    write_participants(tmp_path, [build_record(row, own, priors, 1) for row in rows])
    origins = tmp_path / "phenotype" / "cell_origin.tsv"
    origins.write_text(origins.read_text().replace("B-2", "A-1"))
    with pytest.raises(SosieError, match="column 'record_id': participant id 'A-1' is already on"):
        read_table(tmp_path, own)


def test_other_sessions_are_visits(folder):
    """A visit's cells come from all the tables that have sessions."""
    table(
        folder / "sub-02" / "sub-02_sessions.tsv",
        [["session_id", "weight"], ["ses-2", "71"], ["ses-10", "n/a"], ["ses-12", "74.5"]],
    )
    more = {**COLUMNS, "weight": {"from": "weight", "unit": "kg"}}
    first, second = read_table(folder, mapping_of(columns=more)).rows
    assert {visit.name: values(visit) for visit in first.visits} == {"10": {"sbp": 140.0}}
    assert {visit.name: values(visit) for visit in second.visits} == {
        "10": {"sbp": 150.0},
        "12": {"weight": 74.5},
    }
    assert second.cells["weight"] == 71.0
    assert second.visits[0].cells["sbp"] == Cell(150.0, "mmHg", "measured", "Small: sbp", None)
    later = read_table(folder, mapping_of(columns=more, session="last")).rows[1]
    assert (later.cells["weight"], later.cells["sbp"]) == (74.5, 150.0)


def test_a_session_that_cannot_be_is_refused_in_its_persons_file(folder):
    table(
        folder / "sub-02" / "sub-02_sessions.tsv",
        [["session_id", "weight"], ["ses-1", "71"], ["ses-2", "7100"]],
    )
    more = {**COLUMNS, "weight": {"from": "weight", "unit": "kg"}}
    sentence = "sub-02_sessions.tsv, line 3, column 'weight': weight is '7100' kg, but lies"
    assert sentence in refusal(folder, columns=more)


def test_visits_in_columns_are_refused_of_a_folder(folder):
    assert "told apart by session_id: take 'visit' out" in refusal(folder, visit="session_id")


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
