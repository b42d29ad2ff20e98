"""The demo's expected figures: two of its hearts are solved again and compared.

tests/expected/demo.json holds all 16, in the units of the store; a whole run of the demo can be
compared with it, or with another store by `sosie compare`.
"""

import json
from pathlib import Path

import pytest
import yaml

from sosie.cohort.priors import load_priors
from sosie.cohort.record import build_record
from sosie.config import plan, read_study
from sosie.heart.simulate import Heart
from sosie.store.layout import HEART

ROOT = Path(__file__).parents[2]
EXPECTED = json.loads((ROOT / "tests" / "expected" / "demo.json").read_text())


def test_the_demo_gives_the_expected_figures(comm):
    planned = plan(read_study(yaml.safe_load((ROOT / "config" / "demo.yaml").read_text())))
    people = planned.selection.rows
    assert [row.id for row in people] == list(EXPECTED)
    heart = Heart(comm.Split(comm.rank), planned.study.heart)
    units = {variable.name: variable for variable in HEART}
    for row in people[:2]:
        values = heart.simulate(
            build_record(row, planned.mapping, load_priors(), planned.study.seed)
        )
        for name, expected in EXPECTED[row.id].items():
            ours = float(values[name]) * units[name].scale
            assert ours == pytest.approx(expected, rel=1e-3), (row.id, name)
