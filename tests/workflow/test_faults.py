"""A patient may fail at every step: it is stored with the reason, and the others are complete."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest
import yaml

import sosie
from sosie.batch.digest import model_digest, patient_digest
from sosie.batch.run import MAX_ATTEMPTS
from sosie.cohort.records import read_batch
from sosie.config import as_json, read_study
from sosie.heart.simulate import INPUTS

TABLE = """id,age,sex,edv,mass,cvf,cvt
well,50,female,120,80,0.6,0.3
minor,12,female,120,80,0.6,0.3
thin,50,male,600,20,0.6,0.3
stiff,50,male,150,100,2.0,0.02
unlucky,60,female,110,90,0.6,0.3
"""
COLUMNS = {
    "age": {"from": "age", "unit": "year"},
    "sex": {"from": "sex"},
    "lv_edv": {"from": "edv", "unit": "mL"},
    "lv_mass": {"from": "mass", "unit": "g"},
    "cv_fibre": {"from": "cvf", "unit": "m/s"},
    "cv_transverse": {"from": "cvt", "unit": "m/s"},
}
REASONS = {
    "minor": "rejected: input: age is 12 year",
    "thin": "rejected: geometry: no wall of 20 g fits a cavity of 600 mL",
    "stiff": "failed: eikonal diverged",
    "unlucky": f"failed: the worker died {MAX_ATTEMPTS} times while simulating this patient",
}


def _victim(bench) -> Path:
    """Return the mark that says a worker is on the unlucky patient."""
    [record] = [r for r in read_batch(bench.path("records/00000.json")) if r.id == "unlucky"]
    parameters = as_json(read_study(bench.study).heart)
    digest = patient_digest(record, INPUTS, parameters, model_digest("heart"))
    return bench.path("heart/patients") / f"{digest}.attempts"


def _workers(folder: Path) -> list[int]:
    """Return the processes that simulate in a folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes().split(b"\0")
            inside = (process / "cwd").resolve() == folder.resolve()
        except OSError:
            continue
        if inside and b"sosie" in command and b"heart" in command and b"mpi4py" in command:
            found.append(int(process.name))
    return found


def _kill_on(bench, attempt: int) -> None:
    """Run the study; kill its workers, as the system would, when they are on the victim."""
    running = subprocess.Popen(
        bench.command(),
        cwd=bench.folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=bench.environment,
    )
    mark, deadline = _victim(bench), time.monotonic() + 120
    while not mark.exists() or mark.read_text() != str(attempt):
        assert running.poll() is None, "the study ended before the victim's turn"
        assert time.monotonic() < deadline
        time.sleep(0.01)
    for worker in _workers(bench.folder):
        os.kill(worker, signal.SIGKILL)
    assert running.wait(timeout=120) != 0


@pytest.fixture(scope="module")
def survived(make_bench):
    """Return a study in which everything went wrong that can."""
    bench = make_bench()
    (bench.folder / "own.csv").write_text(TABLE)
    about = {"title": "own", "source": "a test", "licence": "none", "id": "id"}
    (bench.folder / "own.yaml").write_text(yaml.safe_dump(about | {"columns": COLUMNS}))
    bench.study["cohort"] = {"mapping": "own.yaml", "table": "own.csv", "patients": "all"}
    bench.study["run"] = {"batch_size": 5, "ranks": 2}
    bench.run("--until", "records")
    for attempt in range(1, MAX_ATTEMPTS + 1):
        _kill_on(bench, attempt)
    bench.run()
    return bench


def test_everybody_has_a_status_and_a_reason(survived):
    status = json.loads(survived.path("status.json").read_text())["heart"]
    assert {name: status[name] for name in ("done", "rejected", "failed", "pending")} == {
        "done": 1,
        "rejected": 2,
        "failed": 2,
        "pending": 0,
    }
    assert status["reasons"].keys() == REASONS.keys()
    for name, reason in REASONS.items():
        assert status["reasons"][name].startswith(reason)


def test_the_store_holds_the_others_whole_and_no_number_of_these(survived):
    hearts = sosie.open_cohort(survived.path("cohort.zarr"))["heart"].to_dataset()
    assert np.isfinite(hearts["activation_time"].sel(patient="well")).all()
    for name, reason in REASONS.items():
        assert np.isnan(hearts["activation_time"].sel(patient=name)).all()
        stored = str(hearts["reason"].sel(patient=name).values)
        assert stored.startswith(reason.split(": ", 1)[1])


def test_the_report_counts_them_and_says_why(survived):
    page = survived.path("report.html").read_text()
    for reason in ("age is 12 year", "no wall of 20 g", "eikonal diverged", "the worker died"):
        assert reason in page


def test_a_touched_table_reruns_nothing_and_a_changed_row_its_patient_alone(survived):
    table = survived.folder / "own.csv"
    table.touch()
    assert "Nothing to be done" in survived.run("--dry-run").stdout
    before = set(survived.path("heart/patients").glob("*.npz"))
    table.write_text(TABLE.replace("120,80,0.6", "130,80,0.6", 1))
    survived.run("--until", "simulate")
    assert len(set(survived.path("heart/patients").glob("*.npz")) - before) == 1
