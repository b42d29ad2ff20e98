"""The demo's expected figures: two of its people are simulated again and compared.

tests/expected/demo.json holds all 16, in the units of the store, made by ``python
tests/workflow/test_demo.py``; two whole runs are compared by ``sosie compare``.
"""

import json
from pathlib import Path

from mpi4py import MPI

import pytest
import yaml

from sosie.brain.simulate import Brain
from sosie.cohort.priors import load_priors
from sosie.cohort.record import build_record
from sosie.config import plan, read_study
from sosie.heart.simulate import Heart
from sosie.store.layout import ORGANS

ROOT = Path(__file__).parents[2]
FILE = ROOT / "tests" / "expected" / "demo.json"
SCALARS = {
    "heart": (
        *("total_activation_time", "qrs_duration", "qt", "cavity_volume", "mass", "wall_thickness"),
        *("ejection_fraction", "systolic_pressure", "global_longitudinal_strain", "contractility"),
    ),
    "brain": (
        *("brain_volume", "ventricular_volume", "brain_fraction", "years_since_onset"),
        *("field_peak", "field_at_target", "dose"),
    ),
}
PLANNED = plan(read_study(yaml.safe_load((ROOT / "config" / "demo.yaml").read_text())))


def figures(row, organs):
    """Return a person's figures by organ, and tau of grey matter at the last year."""
    record = build_record(row, PLANNED.mapping, load_priors(), PLANNED.study.seed)
    found = {}
    for name, organ in organs.items():
        values = organ.simulate(record)
        scale = {variable.name: variable.scale for variable in ORGANS[name]}
        found[name] = {key: float(values[key]) * scale[key] for key in SCALARS[name]}
        if name == "brain":
            found[name]["grey_matter_tau_at_the_end"] = float(values["regional_tau"][-1, 0])
            found[name]["alpha_peak_at_the_end"] = float(values["alpha_peak"][-1])
    return found


def organs_of(comm):
    study = PLANNED.study
    return {"heart": Heart(comm, study.heart), "brain": Brain(comm, study.brain)}


def test_the_demo_gives_the_expected_figures(comm):
    expected = json.loads(FILE.read_text())
    people = PLANNED.selection.rows
    assert [row.id for row in people] == list(expected)
    organs = organs_of(comm.Split(comm.rank))
    for row in people[:2]:
        for organ, values in figures(row, organs).items():
            assert values == pytest.approx(expected[row.id][organ], rel=1e-3), (row.id, organ)


if __name__ == "__main__":
    organs = organs_of(MPI.COMM_SELF)
    lines = []
    for row in PLANNED.selection.rows:
        found = {
            organ: {key: float(f"{value:.6g}") for key, value in values.items()}
            for organ, values in figures(row, organs).items()
        }
        lines.append(f' "{row.id}": {json.dumps(found)}')
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n")
