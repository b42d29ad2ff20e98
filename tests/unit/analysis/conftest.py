"""Stores of a few people whose activation is made up: distance from the septum over a velocity."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from sosie.batch.manifest import Entry
from sosie.cohort.record import Cell, Record
from sosie.geometry.template import Template, build
from sosie.geometry.ventricle import from_scores
from sosie.store import layout, status, writer
from sosie.store.reader import open_cohort
from sosie.typing import Array

Store = Callable[..., tuple[xr.DataTree, dict]]


@pytest.fixture
def person() -> Callable[..., Record]:
    """Make a record whose body is measured and whose ventricle is drawn."""
    return make_person


def make_person(name: str, sex: str = "female", age: float = 50.0, **extra: Cell) -> Record:
    cells = {
        "cv_fibre": Cell(0.6, "m/s", "sampled", "made up", "assumed"),
        "lv_edv": Cell(120.0 + age, "mL", "sampled", "made up", "published"),
        "age": Cell(age, "year", "measured", "table: Age", None),
        "sex": Cell(sex, "", "measured", "table: Sex", None),
        "weight": Cell(70.0, "kg", "imputed", "made up", "computed"),
    }
    return Record(name, cells | extra)


def simulated(template: Template, record: Record) -> dict[str, Array]:
    """Return results with the names of a heart's, in SI."""
    volume = record.si("lv_edv")
    points = from_scores(np.zeros(6)).at(template.nodes[: template.n_vertices])
    points *= (volume / 150e-6) ** (1 / 3)
    start = points[np.argmax(points[:, 1])]
    time = np.linalg.norm(points - start, axis=1) / 0.9
    scalars = {v.name: np.array(1.0) for v in layout.HEART if not v.dims}
    scalars |= {"total_activation_time": np.ptp(time), "cavity_volume": np.array(volume)}
    return {"points": points, "activation_time": time, **scalars}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Write a store through the project's own writer, open it; return it and its status."""

    def make(people: list[Record], lost: dict[str, tuple[str, str]] | None = None):
        template = build(2, 8, 24)
        path = tmp_path / "cohort.zarr"
        lost = lost or {}
        entries = [
            Entry(p.id, *lost[p.id], seconds=0.5)
            if p.id in lost
            else Entry(p.id, "done", digest=f"{i + 1:015x}{0:09x}", seconds=2.0)
            for i, p in enumerate(people)
        ]
        results = [
            (e.digest, simulated(template, p) if e.status == "done" else {})
            for e, p in zip(entries, people, strict=True)
        ]
        writer.init(path, "heart", template, size=len(people), study="made_up")
        writer.pack(path, "heart", first=0, results=results)
        columns = {"heart": status.columns(entries)}
        attributes = {"seed": 7, "versions": {"sosie": "0.1.0"}, "git_commit": "abc1234"}
        writer.finalise(path, people, columns, attributes=attributes)
        return open_cohort(path), status.summary({"heart": entries})

    return make
