"""What a study will take, from what earlier runs measured: jobs, core-hours, memory and disk.

    core-seconds of an organ = patients x mean seconds of a patient on one rank
    wall time of a job       = ceil(its patients / teams) x mean seconds / ranks of a team

Manifests say seconds and memory, patient files and stores say disk. Manifests do not say the ranks
of a patient, one is taken; nor the parameters: the template's digest in the store says whether mesh
and stored years are the same, and such a study is preferred. Starts no MPI and loads no solver.
"""

import heapq
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from sosie.batch.manifest import Entry, read_manifest
from sosie.brain.axes import head_axes
from sosie.brain.parameters import BrainParameters
from sosie.config import Plan, Study, plan, read_study
from sosie.errors import SosieError
from sosie.geometry.brain.template import load
from sosie.geometry.template import build
from sosie.heart.axes import heart_axes
from sosie.heart.parameters import HeartParameters
from sosie.store import layout
from sosie.store.planned import check_layout
from sosie.store.writer import template_digest

HOUR = 3600.0
MEASURE = "run the demo study (snakemake --cores all), then plan again"


@dataclass(frozen=True, slots=True)
class Measured:
    """What one study measured of one organ."""

    study: str
    same: bool  # mesh and stored years are those of the study that is planned
    patients: int  # that were simulated
    seconds: float  # mean wall time of a patient
    memory: float  # [MiB] largest peak of a rank
    file: float  # [byte] mean of a patient file
    stored: float  # [byte] in the store, a patient
    shared: float  # [byte] in the store, once

    def core_seconds(self, patients: int) -> float:
        """Return what ``patients`` take on one core."""
        return patients * self.seconds


@dataclass(frozen=True, slots=True)
class Forecast:
    """A planned study, and for each organ what was measured, if anything was."""

    planned: Plan
    measured: Mapping[str, Measured | None]
    cores: int

    @property
    def jobs(self) -> dict[str, int]:
        """Return the number of jobs of each rule."""
        batches, organs = len(self.planned.batches), self.planned.study.organs
        shards = -(-self.planned.size // layout.SHARD)
        return (
            {"records": batches}
            | {f"simulate {organ}": batches for organ in organs}
            | {"init": 1}
            | {f"pack {organ}": shards for organ in organs}
            | dict.fromkeys(("finalise", "participants", "report"), 1)
        )

    @property
    def known(self) -> dict[str, Measured]:
        """Return the organs of which something was measured."""
        return {organ: found for organ, found in self.measured.items() if found}

    @property
    def wall(self) -> float:
        """Return the wall time of all simulate jobs [s], each job given to the first free cores."""
        ranks = self.planned.study.run.ranks
        free = [0.0] * max(1, self.cores // ranks)
        slower = max(1.0, ranks / self.cores)  # fewer cores than a job has ranks
        for found in self.known.values():
            for batch in self.planned.batches:
                seconds = slower * self._job(found, len(self.planned.members(batch)))
                heapq.heappush(free, heapq.heappop(free) + seconds)
        return max(free)

    def _job(self, found: Measured, patients: int) -> float:
        run = self.planned.study.run
        teams = run.ranks // run.ranks_per_patient
        return math.ceil(patients / teams) * found.seconds / run.ranks_per_patient

    @property
    def batch_size(self) -> int:
        """Return how many patients the slowest organ's job simulates in about an hour."""
        seconds = max(found.seconds for found in self.known.values())
        size = int(HOUR * self.planned.study.run.ranks / seconds)
        digits = 10 ** max(0, len(str(size)) - 2)
        return max(1, size // digits * digits)

    @property
    def lines(self) -> list[str]:
        """Return the forecast as a person reads it."""
        study, size = self.planned.study, self.planned.size
        run, batches = study.run, len(self.planned.batches)
        lines = [
            f"study {study.study}: {size} patients, {' and '.join(study.organs)}, {batches}"
            f" batches of up to {run.batch_size}, {run.ranks} ranks a job",
            "jobs: " + ", ".join(f"{n} {rule}" for rule, n in self.jobs.items()),
        ]
        lines += [self._organ(organ, found) for organ, found in self.measured.items()]
        if not self.known:
            return lines
        patients = sum(m.file for m in self.known.values()) * size
        store = sum(m.stored * size + m.shared for m in self.known.values())
        hours = sum(m.core_seconds(size) for m in self.known.values()) / HOUR
        only = "" if len(self.known) == len(self.measured) else f", {' and '.join(self.known)} only"
        hint = (
            f"batch_size {self.batch_size} makes a simulate job of the slowest organ take about an"
            f" hour on {run.ranks} ranks"
        )
        busy = -(-size // max(1, self.cores // run.ranks))
        if busy < self.batch_size:
            hint += f"; at most {busy} gives all {self.cores} cores work"
        return [
            *lines,
            f"together{only}: {hours:.3g} core-hours, {_time(self.wall)} of simulation on"
            f" {self.cores} cores, without queueing and starting",
            f"disk{only}: store {_bytes(store)}, patient files {_bytes(patients)}",
            hint,
        ]

    def _organ(self, organ: str, found: Measured | None) -> str:
        if found is None:
            return f"{organ}: nothing was measured yet: {MEASURE}"
        mesh = "same mesh" if found.same else "another mesh, or none recorded: expect other figures"
        return (
            f"{organ}: {found.core_seconds(self.planned.size) / HOUR:.3g} core-hours"
            f" ({found.seconds:.3g} s a patient on one rank), {found.memory:.0f} MiB a rank; from"
            f" {found.patients} patients of study {found.study} ({mesh})"
        )


def forecast(file: Path, results: Path, *, cores: int) -> Forecast:
    """Plan the study of ``file``; raise SosieError for anything a user can mend."""
    if cores < 1:
        raise SosieError(f"--cores is {cores}: give at least 1")
    study = read_study(_read(file))
    check_layout(results / study.study / "cohort.zarr")
    planned = plan(study)
    return Forecast(planned, {o: measure(results, o, study) for o in study.organs}, cores)


def _read(file: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(file.read_text())
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        reason = str(error).splitlines()[0]
        raise SosieError(f"{file} cannot be read as a study in YAML: {reason}") from error
    if not isinstance(content, dict):
        raise SosieError(f"{file} is not a study: it needs keys, such as study and cohort")
    return content


def shared_arrays(parameters: HeartParameters | BrainParameters) -> layout.Arrays:
    """Return what all patients of a study share of an organ, as the store keeps it."""
    if isinstance(parameters, HeartParameters):
        mesh, axes = parameters.mesh, heart_axes(parameters.mechanics)
        return layout.heart_arrays(build(mesh.layers, mesh.rings, mesh.around), axes)
    times, axes = parameters.times, head_axes(parameters)
    return layout.brain_arrays(load(parameters.template), times.years, times.shapes, axes)


def measure(results: Path, organ: str, study: Study) -> Measured | None:
    """Return what was measured where the mesh is the same and most patients were simulated."""
    template = template_digest(shared_arrays(getattr(study, organ)))
    found = [_measured(folder, organ, template) for folder in sorted(results.glob("*/"))]
    return max((m for m in found if m), key=lambda m: (m.same, m.patients), default=None)


def _measured(folder: Path, organ: str, template: str) -> Measured | None:
    simulated = [
        entry
        for path in sorted((folder / organ).glob("*.json"))
        for entry in _entries(path)
        if entry.status == "done" and entry.seconds > 0
    ]
    if not simulated:
        return None
    files = [path.stat().st_size for e in simulated if (path := _file(folder, organ, e)).exists()]
    group = folder / "cohort.zarr" / organ
    mine = sum(_size(group / variable.name / "c") for variable in layout.ORGANS[organ])
    return Measured(
        study=folder.name,
        same=_template(group) == template,
        patients=len(simulated),
        seconds=sum(entry.seconds for entry in simulated) / len(simulated),
        memory=max(entry.memory for entry in simulated),
        file=sum(files) / max(1, len(files)),
        stored=mine / len(simulated),
        shared=_size(group) - mine,
    )


def _entries(path: Path) -> list[Entry]:
    try:
        return read_manifest(path)
    except (OSError, ValueError, TypeError):  # of another version, or no manifest: measures nothing
        return []


def _file(folder: Path, organ: str, entry: Entry) -> Path:
    return folder / organ / "patients" / f"{entry.digest}.npz"


def _template(group: Path) -> str:
    try:
        return json.loads((group / "zarr.json").read_text())["attributes"]["template"]
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _bytes(size: float) -> str:
    for unit in ("B", "kB", "MB", "GB"):
        if size < 999.5:
            return f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:.3g} TB"


def _time(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 90 * 60:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / HOUR:.1f} h" if seconds < 48 * HOUR else f"{seconds / (24 * HOUR):.1f} days"
