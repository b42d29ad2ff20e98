"""What a study takes, from made-up manifests whose numbers are known."""

import json
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from sosie.batch.manifest import Entry, write_manifest
from sosie.cli import app
from sosie.errors import SosieError
from sosie.geometry.template import build
from sosie.heart.axes import heart_axes
from sosie.heart.beat.parameters import Mechanics
from sosie.planning import forecast
from sosie.store import layout
from sosie.store.writer import init

MESH = {"layers": 1, "rings": 2, "around": 6}
STUDY = {
    "study": "next",
    "cohort": {"mapping": "nhanes", "patients": 120},
    "organs": ["heart"],
    "heart": {"mesh": MESH},
    "run": {"batch_size": 50, "ranks": 4},
}


@pytest.fixture
def results(tmp_path):
    folder = tmp_path / "results"
    folder.mkdir()
    return folder


@pytest.fixture
def study(tmp_path):
    """Write a study file, with changes."""

    def write(**changes):
        path = tmp_path / "next.yaml"
        path.write_text(json.dumps(STUDY | changes))  # JSON is YAML
        return path

    return write


@pytest.fixture
def ran(results):
    """Leave what a study leaves that simulated hearts of these wall times."""

    def leave(name, seconds, *, mesh=None, memory=300.0, size=1000):
        folder = results / name / "heart"
        (folder / "patients").mkdir(parents=True)
        entries = [
            Entry(f"p{i}", "done", digest=f"{name}{i}", seconds=s, memory=memory + i)
            for i, s in enumerate(seconds)
        ]
        for entry in entries:
            (folder / "patients" / f"{entry.digest}.npz").write_bytes(bytes(size))
        entries += [Entry("r", "rejected", "input"), Entry("f", "failed", "diverged", seconds=1e6)]
        write_manifest(folder / "00000.json", entries)
        if mesh:
            shared = layout.heart_arrays(build(**mesh), heart_axes(Mechanics()))
            init(results / name / "cohort.zarr", "heart", shared, size=len(seconds), study=name)

    return leave


def test_jobs_are_counted_as_the_workflow_makes_them(study, results):
    assert forecast(study(organs=["heart", "brain"]), results, cores=8).jobs == {
        "records": 3,
        "simulate heart": 3,
        "simulate brain": 3,
        "init": 1,
        "pack heart": 3,
        "pack brain": 3,
        "finalise": 1,
        "participants": 1,
        "report": 1,
    }


def test_core_hours_and_wall_time_follow_from_the_mean_of_what_was_measured(study, results, ran):
    ran("before", [20.0, 40.0])
    found = forecast(study(), results, cores=8)
    assert found.measured["heart"].core_seconds(120) == 120 * 30
    # 4 ranks: 50 patients in 13 turns, 50 in 13, 20 in 5; two jobs at a time
    assert found.wall == (13 + 5) * 30
    assert forecast(study(), results, cores=12).wall == 13 * 30
    assert forecast(study(), results, cores=4).wall == (13 + 13 + 5) * 30
    assert forecast(study(), results, cores=2).wall == 2 * (13 + 13 + 5) * 30


def test_ranks_that_share_a_patient_share_its_time(study, results, ran):
    ran("before", [30.0])
    run = {"batch_size": 50, "ranks": 4, "ranks_per_patient": 2}
    assert forecast(study(run=run), results, cores=4).wall == (25 + 25 + 10) * 15


def test_memory_is_the_largest_peak_and_disk_the_mean_file(study, results, ran):
    ran("before", [20.0, 40.0], memory=512.0, size=2000)
    measured = forecast(study(), results, cores=8).measured["heart"]
    assert measured.memory == 513
    assert measured.file == 2000
    assert (measured.stored, measured.shared) == (0, 0)


@pytest.mark.parametrize(("seconds", "size"), [(3.7, 3800), (30.0, 480), (1e6, 1)])
def test_a_job_of_the_suggested_size_takes_about_an_hour(study, results, ran, seconds, size):
    ran("before", [seconds])
    assert forecast(study(), results, cores=8).batch_size == size


def test_a_study_on_the_same_mesh_is_preferred_to_a_larger_one(study, results, ran):
    ran("large", [1.0] * 9, mesh=MESH | {"layers": 2})
    assert forecast(study(), results, cores=8).measured["heart"].study == "large"
    ran("same", [2.0], mesh=MESH)
    measured = forecast(study(), results, cores=8).measured["heart"]
    assert (measured.study, measured.same, measured.patients) == ("same", True, 1)
    assert measured.shared > measured.stored == 0  # nothing was packed


def test_what_is_measured_is_said_with_where_it_is_from(study, results, ran):
    ran("before", [20.0, 40.0], size=10**6)
    lines = forecast(study(), results, cores=8).lines
    assert lines == [
        "study next: 120 patients, heart, 3 batches of up to 50, 4 ranks a job",
        "jobs: 3 records, 3 simulate heart, 1 init, 3 pack heart, 1 finalise, 1 participants,"
        " 1 report",
        "heart: 1 core-hours (30 s a patient on one rank), 301 MiB a rank; from 2 patients of study"
        " before (another mesh, or none recorded: expect other figures)",
        "together: 1 core-hours, 9 min of simulation on 8 cores, without queueing and starting",
        "disk: store 0 B, patient files 120 MB",
        "batch_size 480 makes a simulate job of the slowest organ take about an hour on 4 ranks;"
        " at most 60 gives all 8 cores work",
    ]


def test_where_nothing_was_measured_it_says_how_to_measure(study, results):
    lines = forecast(study(), results, cores=8).lines
    assert len(lines) == 3
    assert lines[2].startswith("heart: nothing was measured yet: run the demo study")


def test_one_organ_measured_is_not_taken_for_all(study, results, ran):
    ran("before", [20.0])
    lines = forecast(study(organs=["heart", "brain"]), results, cores=8).lines
    assert lines[3].startswith("brain: nothing was measured yet")
    assert lines[4].startswith("together, heart only: ")
    assert lines[5].startswith("disk, heart only: ")


def test_files_that_are_no_manifests_measure_nothing(study, results, ran):
    ran("before", [20.0])
    (results / "before" / "heart" / "00001.json").write_text("{")
    (results / "before" / "heart" / "00002.json").write_text('[{"another": "version"}]')
    assert forecast(study(), results, cores=8).measured["heart"].patients == 1


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("study: [", "cannot be read as a study in YAML"),
        ("demo", "is not a study: it needs keys"),
        ("study: a\ncohort: {mapping: nhanes}", "study: cohort.patients is missing: give it"),
        ("study: a\ncohort: {mapping: nhanes, patients: 9999999}", "ask for at most"),
    ],
)
def test_a_bad_study_is_refused_in_one_sentence(tmp_path, results, text, sentence):
    path = tmp_path / "bad.yaml"
    path.write_text(text)
    with pytest.raises(SosieError, match=sentence) as refused:
        forecast(path, results, cores=1)
    assert "\n" not in str(refused.value)


def test_a_study_that_is_not_there_and_no_cores_are_refused(tmp_path, study, results):
    with pytest.raises(SosieError, match="cannot be read as a study"):
        forecast(tmp_path / "none.yaml", results, cores=1)
    with pytest.raises(SosieError, match="--cores is 0: give at least 1"):
        forecast(study(), results, cores=0)


def test_a_store_of_another_layout_is_refused_as_the_workflow_does(study, results):
    store = results / "next" / "cohort.zarr"
    store.mkdir(parents=True)
    (store / "zarr.json").write_text(json.dumps({"attributes": {"layout_version": 99}}))
    with pytest.raises(SosieError, match="has layout 99"):
        forecast(study(), results, cores=1)


def test_the_command_prints_the_forecast(study, results, ran):
    ran("before", [20.0])
    path = study()
    said = CliRunner().invoke(app, ["plan", str(path), "--cores", "8", "--results", str(results)])
    assert said.exit_code == 0
    assert said.output.splitlines() == forecast(path, results, cores=8).lines


def test_planning_starts_no_mpi_and_loads_no_solver(study, results):
    code = (
        "import sys; from sosie.cli import app;"
        f"app(['plan', {str(study())!r}, '--results', {str(results)!r}], standalone_mode=False);"
        "print(sorted({'mpi4py', 'petsc4py', 'dolfinx'} & set(sys.modules)))"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.splitlines()[-1] == "[]"
