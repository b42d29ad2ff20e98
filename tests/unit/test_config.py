"""The study file: every key is described, read somewhere, and refused where it is wrong."""

import json
import re
from pathlib import Path

import pytest
import yaml

from sosie.config import as_json, parameters_of, plan, read_study, study_schema
from sosie.errors import SosieError
from sosie.heart.parameters import HeartParameters

ROOT = Path(__file__).parents[2]
SCHEMA = study_schema()


def keys():
    """Return (section, key, schema) of every key of the study file."""
    sections = {"Study": SCHEMA, **SCHEMA["$defs"]}
    return [
        (name, key, field)
        for name, section in sections.items()
        for key, field in section.get("properties", {}).items()
    ]


@pytest.mark.parametrize(("section", "key", "field"), keys(), ids=lambda part: str(part)[:30])
def test_every_key_is_described_and_read(section, key, field):
    assert len(field["description"]) > 5, f"{section}.{key}"
    sources = [*(ROOT / "src").rglob("*.py"), *(ROOT / "workflow").rglob("*.smk")]
    uses = [
        line
        for source in sources
        for line in source.read_text().splitlines()
        if re.search(rf"\w\)?\]?\.{key}\b", line)
    ]
    assert uses, f"nothing reads {section}.{key}"


def test_the_published_schema_is_that_of_the_code():
    published = json.loads((ROOT / "config" / "study.schema.json").read_text())
    assert published == SCHEMA, "run: sosie schema > config/study.schema.json"


@pytest.mark.parametrize("name", ["demo", "tiny", "nhanes", "france"])
def test_every_shipped_study_is_planned(name):
    planned = plan(read_study(yaml.safe_load((ROOT / "config" / f"{name}.yaml").read_text())))
    assert sum(len(planned.members(batch)) for batch in planned.batches) == planned.size


def test_the_demo_is_the_first_sixteen_of_a_larger_study():
    content = yaml.safe_load((ROOT / "config" / "demo.yaml").read_text())
    demo = plan(read_study(content))
    content["cohort"]["patients"] = 24
    grown = plan(read_study(content))
    assert [row.id for row in grown.selection.rows[:16]] == [row.id for row in demo.selection.rows]
    assert grown.batches_of(0, 16) == demo.batches


def test_more_virtual_people_keep_the_batches_of_the_first_ones():
    content = yaml.safe_load((ROOT / "config" / "france.yaml").read_text())
    planned = plan(read_study(content))
    content["cohort"]["patients"] = 50
    few = plan(read_study(content))
    assert few.digest("00000") == planned.digest("00000")
    assert few.source == ["--population", "france"]
    assert planned.table.exists()


def test_parameters_travel_to_the_bit():
    text = as_json(HeartParameters())
    assert parameters_of("heart", text) == HeartParameters()
    assert json.loads(text)["activation"]["radius"] == "0.005 m"
    assert as_json(parameters_of("heart", text)) == text


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"study": "Not A Name"}, "study: study is"),
        ({"seed": -1}, "study: seed is -1"),
        ({"cohort": {"patients": 1}}, "study: cohort.mapping is missing: give it"),
        ({"cohort": {"population": "x", "patients": 1}}, "cohort.population is 'x': write one of"),
        (
            {"cohort": {"population": "france", "mapping": "nhanes", "patients": 1}},
            "study: cohort has both population and mapping: take one of them out",
        ),
        (
            {"cohort": {"population": "france", "patients": "all"}},
            "the population france has no end: give a number",
        ),
        ({"run": {"ranks": 1}}, "study: run.ranks is 1"),
        ({"report": {"target": "mars"}}, 'study: report.target is "mars": input should be'),
        ({"heart": {"activation": {"sites": []}}}, "heart.activation.sites is empty"),
        ({"heart": {"activation": {"radius": "-1 mm"}}}, "radius is -0.001; give a positive"),
        (
            {
                "heart": {
                    "activation": {
                        "sites": [
                            {"name": "a", "transmural": 2, "apicobasal": 0, "rotational": "0 deg"}
                        ]
                    }
                }
            },
            "site a: transmural is 2",
        ),
        ({"heart": {"mesh": {"around": 7}}}, "around 7"),
    ],
)
def test_a_wrong_value_is_refused_with_its_place(change, sentence):
    study = {"study": "a", "cohort": {"mapping": "nhanes", "patients": 1}} | change
    with pytest.raises(SosieError) as refused:
        plan(read_study(study))
    assert sentence in str(refused.value)
    assert "\n" not in str(refused.value)
