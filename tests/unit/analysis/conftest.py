"""Stores of a few people whose results are made up: distances from where each process starts."""

from collections.abc import Callable, Sequence
from itertools import product
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr
from scipy.spatial import ConvexHull, Delaunay

from sosie.analysis.privacy import People
from sosie.batch.manifest import Entry
from sosie.cohort.mapping import load_mapping
from sosie.cohort.record import Cell, Record
from sosie.geometry.template import Template, build
from sosie.geometry.ventricle import from_scores
from sosie.heart.axes import heart_axes
from sosie.heart.beat.parameters import PHASES, Mechanics
from sosie.heart.biomarkers import LEADS, TIME
from sosie.store import layout, status, writer
from sosie.store.reader import open_cohort
from sosie.typing import Array

HEAD = {
    "electrode": (("electrode",), np.array(["Cz", "Pz", "Oz"]), {}),
    "source": (("source",), np.arange(4), {}),
    "frequency": (("frequency",), np.array([4.0, 8.0]), {}),
}
BEATING = Mechanics(rings=3)
AXES = heart_axes(BEATING)

Store = Callable[..., tuple[xr.DataTree, dict]]
YEARS = [0.0, 10.0, 20.0, 30.0, 40.0]
YEAR = 365.25 * 86400


@pytest.fixture
def person() -> Callable[..., Record]:
    """Make a record whose body is measured and whose organs are drawn."""
    return make_person


def make_person(
    name: str, sex: str = "female", age: float = 50.0, *, onset: float = 60.0, **extra: Cell
) -> Record:
    cells = {
        "apoe": Cell("e3e4", "", "sampled", "made up", "published"),
        "cv_fibre": Cell(0.6, "m/s", "sampled", "made up", "assumed"),
        "lv_edv": Cell(120.0 + age, "mL", "sampled", "made up", "published"),
        "brain_volume": Cell(1300.0 - age, "mL", "sampled", "made up", "computed"),
        "amyloid_onset_age": Cell(onset, "year", "sampled", "made up", "published"),
        "age": Cell(age, "year", "measured", "table: Age", None),
        "sex": Cell(sex, "", "measured", "table: Sex", None),
        "sbp": Cell(100 + age / 2, "mmHg", "measured", "table: Pressure", None),
        "weight": Cell(70.0, "kg", "imputed", "made up", "computed"),
    }
    return Record(name, cells | extra)


def made_up_heart(template: Template, record: Record) -> dict[str, Array]:
    """Return results with the names of a heart's, in SI."""
    volume = record.si("lv_edv")
    points = from_scores(np.zeros(6)).at(template.nodes[: template.n_vertices])
    points *= (volume / 150e-6) ** (1 / 3)
    start = points[np.argmax(points[:, 1])]
    time = np.linalg.norm(points - start, axis=1) / 0.9
    scalars = {v.name: np.array(1.0) for v in layout.HEART if not v.dims}
    scalars |= {"total_activation_time": np.ptp(time), "cavity_volume": np.array(volume)}
    ends = {"repolarisation_time": time + 0.3, "apd90": np.full(len(time), 0.3)}
    bump = np.exp(-(((TIME - 0.04) / 0.02) ** 2)) * 1e-3  # as if a QRS
    leads = np.linspace(-1, 1, len(LEADS))[:, None]
    skin = {"ecg": leads * bump, "r_amplitude": np.maximum(leads[:, 0], 0) * 1e-3}
    fields = {"points": points, "activation_time": time, **ends}
    return fields | skin | scalars | made_up_beat(volume)


def made_up_beat(volume: float) -> dict[str, Array]:
    """Return a beat whose wall shrinks as a whole and whose loop is an ellipse, in SI."""
    coarse = build(BEATING.layers, BEATING.rings, BEATING.around)
    x = from_scores(np.zeros(6)).at(coarse.nodes[: coarse.n_vertices])
    turn = 2 * np.pi * np.arange(PHASES) / PHASES
    shrunk = np.array([0.0, 0.1, 0.15, 0.08])
    of_segments = {v.name: np.linspace(-0.3, -0.1, 17) for v in layout.HEART if "segment" in v.dims}
    loop = {
        "lv_volume": volume * (0.7 + 0.3 * np.cos(turn)),
        "lv_pressure": 133.3 * (60 - 50 * np.sin(turn)),
        "ejection_fraction": np.array(0.6),
    }
    return (
        of_segments
        | loop
        | {
            "mechanics_points": x,
            "displacement": -shrunk[:, None, None] * x,
            "fibre_strain": -shrunk[:, None] * np.ones(len(x)),
        }
    )


def ball() -> SimpleNamespace:
    """Return a ball of tetrahedra, grey matter outside, with a region on each side below."""
    grid = np.array([*product(np.linspace(-1, 1, 5), repeat=3)])
    points = (
        grid * (np.abs(grid).max(axis=1) / np.maximum(np.linalg.norm(grid, axis=1), 1e-9))[:, None]
    )
    points[:, 0] *= 1 + 1e-3 * points[:, 1]  # no five points on one sphere
    cells, hull = Delaunay(points).simplices, ConvexHull(points)
    a, b, c = np.moveaxis(points[hull.simplices], 1, 0)
    inward = np.einsum("ij,ij->i", np.cross(b - a, c - a), hull.equations[:, :3]) < 0
    facets = np.where(inward[:, None], hull.simplices[:, ::-1], hull.simplices)
    centre = points[cells].mean(axis=1)
    below = centre[:, 2] < -0.4
    return SimpleNamespace(
        points=0.07 * points,
        cells=cells,
        facets=facets,
        facet_tags=np.ones(len(facets), dtype=int),
        tissue=np.where(np.linalg.norm(centre, axis=1) > 0.5, 1, 2),
        region=np.where(below, np.where(centre[:, 0] < 0, 1, 2), 3),
        regions=("none", "entorhinal_left", "entorhinal_right", "precentral_left"),
    )


def made_up_brain(template: SimpleNamespace, record: Record) -> dict[str, Array]:
    """Return results with the names of a brain's, in SI; tau rises from below by 0.2 a decade."""
    points = template.points * (record.si("brain_volume") / 1.3e-3) ** (1 / 3)
    start = points[np.argmin(points[:, 2])]
    away = np.linalg.norm(points - start, axis=1)
    tau = np.array([np.clip(year / 50 - away, 0, None) for year in YEARS])
    region = np.outer(np.array(YEARS) / 50, [1.0, 1.2, 1.0, 0.5])
    since = (record.si("age") - record.si("amyloid_onset_age")) / YEAR
    now = np.array([np.interp(since, YEARS, column) for column in region.T])
    scalars = {v.name: np.array(1.0) for v in layout.BRAIN if not v.dims}
    scalars |= {"years_since_onset": np.array(since * YEAR)}
    shrinking = np.linspace(1, 0.8, len(YEARS))
    shapes = {v.name: 1e-3 * shrinking for v in layout.BRAIN if v.dims == ("shape_year",)}
    shapes |= {"displacement": np.array([(x - 1) * points for x in shrinking])}
    fields = {"points": points, "tau": tau, "regional_tau": region, "tau_now": now}
    head = {"electrode_points": points[:3], "source_points": points[:4]}
    head |= {"source_normals": points[:4], "stimulation_field": points[:4]}
    head |= {"lead_field": np.ones((3, 4)), "eeg_power": np.ones((len(YEARS), 3, 2))}
    return fields | shapes | scalars | head


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Write a store through the project's own writer, open it; return it and its status.

    ``lost`` holds status and reason of who has no organ; of who is "done", no leads.
    """

    def make(
        people: list[Record],
        lost: dict[str, tuple[str, str]] | None = None,
        organs: Sequence[str] = ("heart",),
    ):
        path = tmp_path / "cohort.zarr"
        lost, found = lost or {}, {}
        templates = {"heart": lambda: build(2, 8, 24), "brain": ball}
        shared = {
            "heart": lambda template: layout.heart_arrays(template, AXES),
            "brain": lambda template: layout.brain_arrays(template, YEARS, YEARS, HEAD),
        }
        results = {"heart": made_up_heart, "brain": made_up_brain}
        for organ in organs:
            template = templates[organ]()
            entries = found[organ] = []
            packed = []
            for i, p in enumerate(people):
                word, reason = lost.get(p.id, ("done", ""))
                digest = f"{i + 1:015x}{0:09x}" if word == "done" else ""
                entries.append(Entry(p.id, word, reason, digest, seconds=2.0))
                values = results[organ](template, p) if digest else {}
                if reason:  # done but for what may be absent
                    values |= {
                        n: np.nan * values[n] for n in layout.optional(organ) & values.keys()
                    }
                packed.append((digest, values))
            arrays = shared[organ](template)
            writer.init(path, organ, arrays, size=len(people), study="made_up")
            for first in range(0, len(packed), layout.SHARD):
                shard = packed[first : first + layout.SHARD]
                writer.pack(path, organ, first=first, results=shard)
        columns = {organ: status.columns(entries) for organ, entries in found.items()}
        attributes = {"seed": 7, "versions": {"sosie": "0.1.0"}, "git_commit": "abc1234"}
        writer.finalise(path, people, columns, attributes=attributes)
        return open_cohort(path), status.summary(found)

    return make


MAPPING = """
title: made up
source: nobody
licence: none
id: who
columns:
  age: {from: age, unit: year}
  sex: {from: sex}
  height: {from: height, unit: cm}
  weight: {from: weight, unit: kg}
  sbp: {from: sbp, unit: mmHg}
  diabetes: {from: diabetes}
"""


@pytest.fixture
def clinic(tmp_path):
    """Return the source of 120 people."""
    rng = np.random.default_rng(1)
    rows = ["who,age,sex,height,weight,sbp,diabetes"]
    for i in range(120):
        sex, ill = ("female", "male")[i % 2], ("no", "yes")[i % 5 == 0]
        numbers = f"{rng.normal(168, 9):.1f},{rng.normal(75, 12):.1f},{rng.normal(125, 12):.0f}"
        age = rng.integers(20, 80)
        height, weight, sbp = numbers.split(",")
        rows.append(f"p{i:03d},{age},{sex},{height},{weight},{sbp},{ill}")
    table, mapping = tmp_path / "clinic.csv", tmp_path / "clinic.yaml"
    table.write_text("\n".join(rows) + "\n")
    mapping.write_text(MAPPING)
    return People(table, load_mapping(str(mapping)))
