"""A folder of OMOP CDM is read through concepts, or refused with file, line, value and cure."""

import pytest

from sosie.cohort.mapping import load_mapping
from sosie.cohort.table import read_table
from sosie.config import plan, read_study
from sosie.errors import SosieError

PERSON = [
    "person_id,gender_concept_id,year_of_birth,race_concept_id,ethnicity_concept_id",
    "11,8507,1960,8527,38003564",
    "12,8532,1971,8527,38003563",
    "13,8532,1950,0,0",
]
MEASUREMENT = [
    "measurement_id,person_id,measurement_concept_id,measurement_date,measurement_datetime,"
    "operator_concept_id,value_as_number,unit_concept_id",
    "1,11,3036277,2020-05-01,,,178,8582",
    "2,11,3004249,2019-01-01,,,150,8876",
    "3,11,3004249,2020-01-01,2020-01-01 09:00:00,,131,8876",
    "4,11,3004249,2020-01-01,2020-01-01 17:30:00,,129.5,8876",
    "5,11,3004249,2021-06-01,,,199,8876",
    "6,12,3027114,2018-02-03,,4172703,5.2,8753",
    "7,12,3007070,2018-02-03,,4171756,10,8840",
    "8,12,3025315,2018-02-03,,,,0",
    "9,77,3025315,2018-02-03,,,80,9999",
    "10,12,3016723,2018-02-03,,0,80,8749",
    "11,13,999,never,,,1,1",
]
CONDITION = [
    "condition_occurrence_id,person_id,condition_concept_id,condition_start_date",
    "1,11,4329847,2012-03-04",
    "2,12,4329847,2022-03-04",
    "3,12,201826,2012-03-04",
    "4,12,201826,2013-03-04",
]
OBSERVATION = [
    "observation_id,person_id,observation_concept_id,observation_date,value_as_number,"
    "value_as_string,value_as_concept_id,unit_concept_id",
    "1,11,43054909,2015-01-01,,,5001,",
    "2,11,43054909,2018-01-01,,,5002,",
    "3,12,43054909,2018-01-01,,Never,0,",
]
ANCESTORS = [
    "ancestor_concept_id,descendant_concept_id,min_levels_of_separation,max_levels_of_separation",
    "4329847,4329847,0,0",
    "4329847,9000001,1,2",
    "201820,9000002,1,1",
    "320128,9000003,1,1",
]
SMOKING = (
    "columns:\n  smoking:\n    from: observation 43054909\n"
    "    levels: {5001: current, 5002: former, Never: never}\n"
)


@pytest.fixture
def write(tmp_path):
    """Write the folder; more lines go to the end of a table, more text to the mapping."""

    def write_folder(more="", **lines):
        tables = {"PERSON": PERSON, "MEASUREMENT": MEASUREMENT, "CONDITION_OCCURRENCE": CONDITION}
        tables["CONCEPT_ANCESTOR"] = ANCESTORS
        folder = tmp_path / "cdm"
        folder.mkdir(exist_ok=True)
        for name, table in tables.items():
            text = "\n".join([*table, *lines.get(name, ())]) + "\n"
            (folder / f"{name}.csv").write_text(text)
        mapping = tmp_path / "clinic.yaml"
        mapping.write_text(f"extends: omop\nreference_date: 2020-12-31\n{more}")
        return folder, mapping

    return write_folder


@pytest.fixture
def read(write):
    def read_folder(more="", **lines):
        folder, mapping = write(more, **lines)
        return {row.id: row.cells for row in read_table(folder, load_mapping(mapping)).rows}

    return read_folder


def refusal(read, more="", **lines):
    with pytest.raises(SosieError) as error:
        read(more, **lines)
    assert "\n" not in str(error.value)
    return str(error.value)


def test_concepts_units_and_dates_become_canonical(read):
    assert read() == {
        "11": {
            "age": 60.0,
            "sex": "male",
            "ethnicity": "white",
            "height": 178.0,
            "sbp": 129.5,
            "diabetes": "no",
            "heart_attack": "yes",
            "stroke": "no",
        },
        "12": {
            "age": 49.0,
            "sex": "female",
            "ethnicity": "hispanic",
            "total_cholesterol": pytest.approx(5.2 * 38.665),
            "creatinine": pytest.approx(80 * 0.011312),
            "diabetes": "yes",
            "heart_attack": "no",
            "stroke": "no",
        },
        "13": {"age": 70.0, "sex": "female"}
        | dict.fromkeys(("diabetes", "heart_attack", "stroke"), "no"),
    }


def test_names_in_any_case_and_tabs_change_nothing(write):
    folder, mapping = write()
    before = read_table(folder, load_mapping(mapping)).rows
    for path in list(folder.iterdir()):
        header, _, rest = path.read_text().partition("\n")
        path.unlink()
        text = f"{header.upper()}\n{rest}".replace(",", "\t")
        (folder / path.name.lower()).write_text(text)
    assert read_table(folder, load_mapping(mapping)).rows == before


def test_a_condition_is_recorded_as_any_of_its_kinds(read):
    found = read(CONDITION_OCCURRENCE=["9,13,9000001,2001-01-01", "10,11,9000003,2001-01-01"])
    assert found["13"]["heart_attack"] == "yes"
    assert (found["13"]["diabetes"], found["11"]["stroke"]) == ("no", "no")


def test_without_the_kinds_nobody_is_said_not_to_have_a_condition(write):
    folder, mapping = write()
    (folder / "CONCEPT_ANCESTOR.csv").unlink()
    rows = read_table(folder, load_mapping(mapping)).rows
    assert [row.cells.get("heart_attack") for row in rows] == ["yes", None, None]
    assert [row.cells.get("diabetes") for row in rows] == [None, "yes", None]


def test_over_several_concepts_the_latest_counts(read):
    more = (
        "columns:\n  height: {from: [measurement 3036277, measurement 3023540], units: {8582: cm}}"
    )
    later = ["20,11,3023540,2020-06-01,,,177,8582"]
    assert read(more, MEASUREMENT=later)["11"]["height"] == 177.0
    earlier = ["20,11,3023540,2020-04-01,,,177,8582"]
    assert read(more, MEASUREMENT=earlier)["11"]["height"] == 178.0


def test_the_same_result_written_twice_is_one(read):
    assert read(MEASUREMENT=["20,11,3036277,2020-05-01,,,178,8582"])["11"]["height"] == 178.0


def test_observations_are_words_or_concepts(write):
    folder, mapping = write(SMOKING)
    (folder / "Observation.csv").write_text("\n".join(OBSERVATION) + "\n")
    rows = read_table(folder, load_mapping(mapping)).rows
    assert [row.cells.get("smoking") for row in rows] == ["former", "never", None]


def test_what_says_nothing_does_not_hide_what_was_said_before(write):
    folder, mapping = write(SMOKING + "    missing: [5009]\nreplace: {Nie: Never}\n")
    later = ["4,11,43054909,2019-01-01,,,5009,", "5,13,43054909,2019-01-01,,Nie,,"]
    (folder / "Observation.csv").write_text("\n".join([*OBSERVATION, *later]) + "\n")
    rows = read_table(folder, load_mapping(mapping)).rows
    assert [row.cells.get("smoking") for row in rows] == ["former", "never", "never"]


@pytest.mark.parametrize(
    ("table", "line", "sentence"),
    [
        (
            "MEASUREMENT",
            "20,11,3036277,2020-05-01,,,179,8582",
            "MEASUREMENT.csv, line 13: height of person 11 is '179' cm, but '178' cm on line 2 at "
            "the same time (2020-05-01 00:00): keep one, or give the times in",
        ),
        (
            "MEASUREMENT",
            "20,12,3036277,2020-05-01,,,70,9330",
            "line 13, column 'unit_concept_id': height is '70' in unit '9330', which is none of "
            "8582 (cm): correct it, or say what one of it is under 'units'",
        ),
        (
            "MEASUREMENT",
            "20,12,3036277,2020-05-01,,,70,",
            "height is '70' in unit '', which is none of",
        ),
        (
            "MEASUREMENT",
            "20,13,3027114,2020-05-01,,,500,8753",
            "line 13, column 'value_as_number': total_cholesterol is '500' mmol_cholesterol/L, but",
        ),
        (
            "MEASUREMENT",
            "20,12,3036277,2020-05-01,,,tall,8582",
            "line 13, column 'value_as_number': height is 'tall', which is not a number",
        ),
        (
            "MEASUREMENT",
            "20,12,3036277,1/5/2020,,,170,8582",
            "line 13, column 'measurement_date': '1/5/2020' is not a date: write it like 2024-",
        ),
        (
            "MEASUREMENT",
            "20,11,3012888,2020-05-01,,,140,8876",
            "line 13, column 'value_as_number': dbp is 140 and sbp 129.5 mmHg",
        ),
        (
            "CONDITION_OCCURRENCE",
            "9,13,381316,",
            "CONDITION_OCCURRENCE.csv, line 6, column 'condition_start_date': '' is not a date",
        ),
        ("PERSON", "11,8507,1960,0,0", "PERSON.csv, line 5, column 'person_id': participant id '1"),
        ("PERSON", "14,8507,1860,0,0", "'1860' is no year of birth of somebody alive at 2020-12-"),
        ("PERSON", "14,8507,2021,0,0", "column 'year_of_birth': '2021' is no year of birth"),
        ("PERSON", "14,9999,1960,0,0", "column 'gender_concept_id': sex is '9999', which is none"),
    ],
)
def test_what_cannot_be_true_is_refused_where_it_stands(read, table, line, sentence):
    assert sentence in refusal(read, **{table: [line]})


def test_a_table_that_the_mapping_needs_is_asked_for(write):
    folder, mapping = write(SMOKING)
    with pytest.raises(SosieError, match=r"no OBSERVATION.csv, .* takes 'smoking': add it"):
        read_table(folder, load_mapping(mapping))
    (folder / "Person.tsv").write_text("person_id\n")
    with pytest.raises(SosieError, match=r"PERSON.csv and Person.tsv both are PERSON: keep one"):
        read_table(folder, load_mapping(mapping))


def test_the_day_of_reading_must_be_stated(write):
    with pytest.raises(SosieError, match="has no reference_date.*'extends: omop'"):
        read_table(write()[0], load_mapping("omop"))


def test_concepts_are_not_looked_for_elsewhere(write, tmp_path):
    (tmp_path / "people.csv").write_text("person_id\n1\n")
    with pytest.raises(SosieError, match="is of OMOP concepts: give a folder with PERSON.csv"):
        read_table(tmp_path / "people.csv", load_mapping(write()[1]))


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        ("height: {from: measurement 1, unit: cm}", "'height' needs units, which say what each"),
        ("height: {from: measurement 1, units: {1: kg}}", "'kg' of 'height' is not in units of cm"),
        ("height: {from: Size, units: {1: cm}}", "'height' is found by no OMOP concept and takes"),
        ("height: {from: [measurement 1, Size], units: {1: cm}}", "'Size' of 'height' is no conc"),
        ("stroke: {from: condition 1, absent: never}", "absent is 'never', which is no level of"),
    ],
)
def test_a_mapping_that_cannot_work_is_refused(write, columns, sentence):
    with pytest.raises(SosieError, match=sentence):
        load_mapping(write(f"columns:\n  {columns}\n")[1])


def test_only_a_mapping_that_extends_none_can_be_extended(write, tmp_path):
    mapping = write()[1]
    again = tmp_path / "again.yaml"
    again.write_text(f"extends: {mapping}\n")
    with pytest.raises(SosieError, match="extends another itself: name that one"):
        load_mapping(again)


VISITS = [
    "visit_occurrence_id,person_id,visit_start_date,visit_end_date",
    "501,11,2019-01-01,2019-01-01",
    "502,11,2019-12-30,2020-01-02",
    "503,11,2021-06-01,2021-06-01",
    "504,12,2018-02-03,",
    "505,77,2018-02-03,",
]
BY_VISIT = "visit: visit_occurrence_id\n"


@pytest.fixture
def read_visits(write):
    """Read the folder with a visit for every measurement and condition."""

    def read_folder(more="", visits=VISITS):
        folder, mapping = write(BY_VISIT + more)
        (folder / "VISIT_OCCURRENCE.csv").write_text("\n".join(visits) + "\n")
        day_of = {"2019-01-01": "501", "2020-01-01": "502", "2021-06-01": "503"}
        for name, column in {"MEASUREMENT": 3, "CONDITION_OCCURRENCE": 3}.items():
            header, *lines = (folder / f"{name}.csv").read_text().splitlines()
            own = [day_of.get(line.split(",")[column], "0") for line in lines]
            own = [
                "504" if ",12," in line and "2018" in line else v
                for v, line in zip(own, lines, strict=True)
            ]
            lines = [f"{line},{visit}" for line, visit in zip(lines, own, strict=True)]
            text = "\n".join([f"{header},visit_occurrence_id", *lines])
            (folder / f"{name}.csv").write_text(text + "\n")
        return {row.id: row for row in read_table(folder, load_mapping(mapping)).rows}

    return read_folder


def seen(row):
    return {v.name: {name: cell.value for name, cell in v.cells.items()} for v in row.visits}


def test_visits_until_the_reference_date_are_kept_without_what_simulates(read_visits, read):
    before = read()
    found = read_visits()
    assert {name: row.cells for name, row in found.items()} == before
    assert seen(found["11"]) == {"501": {"age": 59.0, "sbp": 150.0, "visit_delay": 0.0}}
    assert [found[name].visits for name in ("12", "13")] == [(), ()]
    delay = found["11"].visits[0].cells["visit_delay"]
    assert delay.source == "OMOP CDM v5.4: visit_start_date"


def test_the_first_or_the_last_visit_simulates_with_what_was_known_by_then(read_visits):
    first = read_visits("session: first\n")["11"]
    assert (first.cells["age"], first.cells["sbp"]) == (59.0, 150.0)
    assert "height" not in first.cells  # measured later, outside any visit
    assert seen(first) == {"502": {"age": 59.0, "sbp": 129.5, "visit_delay": 363.0}}
    last = read_visits("session: last\n")["11"]
    assert (last.cells["age"], last.cells["sbp"]) == (60.0, 129.5)


@pytest.mark.parametrize(
    ("more", "lines", "sentence"),
    [
        ("session: V1\n", [], "session is 'V1', but of OMOP visits first or last simulates"),
        ("", ["501,11,2019-02-01,"], "line 7, column 'visit_occurrence_id': visit '501' of person"),
        ("", ["509,11,soon,"], "line 7, column 'visit_start_date': 'soon' is not a date"),
    ],
)
def test_visits_that_cannot_be_are_refused(read_visits, more, lines, sentence):
    with pytest.raises(SosieError) as error:
        read_visits(more, [*VISITS, *lines])
    assert sentence in str(error.value)


def test_other_words_for_visits_are_refused(read):
    assert "visits of OMOP are told apart by visit_occurrence_id" in refusal(read, "visit: Exam\n")
    assert "take 'visit' and 'session' out" in refusal(read, "session: last\n")
    assert "no VISIT_OCCURRENCE.csv, from which" in refusal(read, BY_VISIT)


def test_a_study_is_planned_of_an_omop_folder(write):
    folder, mapping = write("exclude:\n  - {column: age, above: 65 year, reason: old}\n")
    cohort = {"mapping": str(mapping), "table": str(folder), "patients": "all"}
    planned = plan(read_study({"study": "tiny", "organs": ["heart"], "cohort": cohort}))
    assert planned.members("00000") == ["11", "12"]
    assert planned.selection.flow[0] == ("read", 3)
    before = planned.digest("00000")
    mapping.write_text(mapping.read_text().replace("2020-12-31", "2022-12-31"))
    assert plan(planned.study).digest("00000") != before
