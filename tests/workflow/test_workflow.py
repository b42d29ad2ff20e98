"""The chain: a table in, a store and a report out; what reruns when, and what does not."""

import copy
import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import sosie
from sosie.batch.manifest import read_manifest
from sosie.store.check import check

ROOT = Path(__file__).parents[2]
STORE = ("--until", "finalise")
"""Up to the store: the report is not what these tests ask for."""


def entries(bench, organ="heart"):
    return [e for path in sorted(bench.path(organ).glob("*.json")) for e in read_manifest(path)]


def solves(bench, organ="heart"):
    """Patient files: each was written by one solve, and only by one."""
    return {(p.name, p.stat().st_mtime_ns) for p in bench.path(f"{organ}/patients").glob("*.npz")}


def test_every_patient_has_a_finite_field_of_their_own(finished):
    hearts = sosie.open_cohort(finished.path("cohort.zarr"))["heart"]
    times = hearts["activation_time"].values
    assert (hearts["status"] == 1).all()
    assert np.isfinite(times).all()
    assert len(np.unique(times.max(axis=1))) == len(times)
    total = hearts["total_activation_time"].values
    assert total.min() > 40
    assert total.max() < 200
    assert float(abs(hearts["cavity_volume_error"]).max()) < 1
    assert hearts["activation_time"].attrs["units"] == "ms"
    duration = hearts["apd90"].values
    assert 250 < duration.min() < duration.max() < 400
    np.testing.assert_allclose(hearts["repolarisation_time"].values - times, duration, atol=1e-3)


def test_the_documented_lines_answer_their_questions(finished):
    text = (ROOT / "docs" / "store.md").read_text()
    [code] = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    found = {}
    exec(code.replace("results/demo/cohort.zarr", str(finished.path("cohort.zarr"))), found)
    assert found["mean"].dims == ("vertex",)
    assert found["at_80"].dims == ("patient",)
    assert np.isfinite(found["at_80"]).all()
    assert (found["at_80"].values > 0).tolist() == (
        found["people"].amyloid_onset_age < 80
    ).values.tolist()
    assert found["drawn"].all()


def test_the_report_the_status_and_the_cohort_are_there(finished):
    assert finished.path("report.html").stat().st_size > 10_000
    assert json.loads(finished.path("representativeness.json").read_text())["patients"] == 3
    status = json.loads(finished.path("status.json").read_text())
    assert status["heart"]["done"] == status["brain"]["done"] == 3
    people = finished.path("bids/participants.tsv").read_text().splitlines()
    assert len(people) == 4


def test_asked_again_nothing_is_done(finished):
    assert "Nothing to be done" in finished.run("--dry-run").stdout + finished.run("-n").stderr


CHANGES = {
    "heart": ("activation", "radius", "9 mm"),
    "brain": ("seed", "width", "12 mm"),
}


@pytest.mark.parametrize(("organ", "other"), [("heart", "brain"), ("brain", "heart")])
def test_a_changed_parameter_of_an_organ_solves_that_organ_again_alone(finished, organ, other):
    records = {p: p.stat().st_mtime_ns for p in finished.path("records").glob("*.json")}
    before, others = solves(finished, organ), solves(finished, other)
    study = copy.deepcopy(finished.study)
    section, key, value = CHANGES[organ]
    finished.study[organ].setdefault(section, {})[key] = value
    finished.run(*STORE)
    after = solves(finished, organ)
    assert len(after - before) == 3
    assert before < after
    assert solves(finished, other) == others
    assert {p: p.stat().st_mtime_ns for p in records} == records
    new = {name for name, _ in after - before}
    assert {f"{e.digest}.npz" for e in entries(finished, organ)} == new
    finished.study = study
    finished.run(*STORE)
    assert solves(finished, organ) == after


def test_a_rounded_field_is_packed_again_and_no_patient_solved(finished):
    exact = sosie.open_cohort(finished.path("cohort.zarr"))["brain"]["tau"].load()
    before = solves(finished), solves(finished, "brain")
    finished.study["store"] = {"keep_bits": {"brain/tau": 10}}
    finished.run(*STORE)
    rounded = sosie.open_cohort(finished.path("cohort.zarr"))["brain"]["tau"].load()
    assert rounded.attrs["relative_error"] == 2**-11
    assert 0 < (abs(rounded - exact) / exact.where(exact > 1e-30)).max() <= 2**-11
    del finished.study["store"]
    finished.run(*STORE)
    again = sosie.open_cohort(finished.path("cohort.zarr"))["brain"]["tau"]
    np.testing.assert_array_equal(again, exact)
    assert (solves(finished), solves(finished, "brain")) == before


DAMAGE = ("heart/activation_time/c/0/0", "brain/tau", "brain/cells/c", "patients/age/c/0")


@pytest.mark.parametrize("lost", DAMAGE)
def test_what_the_check_says_to_delete_makes_the_store_whole_without_a_solve(finished, lost):
    """The cure is carried out to the letter: files named in the sentence, then the study."""
    store = finished.path("cohort.zarr")
    before = solves(finished), solves(finished, "brain")
    place = store / lost
    shutil.rmtree(place) if place.is_dir() else place.unlink()
    cures = {p.cure for p in check(store).problems}
    for cure in cures:
        files = cure.removeprefix("delete ").split(" and run the study again")[0]
        for name in re.split(r", | and ", files):
            for path in finished.folder.glob(str(Path(name).relative_to(finished.folder))):
                shutil.rmtree(path) if path.is_dir() else path.unlink()
    finished.run(*STORE)
    assert check(store).problems == ()
    assert (solves(finished), solves(finished, "brain")) == before


def test_a_study_of_one_organ_has_that_organ_alone(bench):
    bench.study["organs"] = ["brain"]
    bench.run(*STORE)
    tree = sosie.open_cohort(bench.path("cohort.zarr"))
    assert set(tree.children) == {"patients", "brain"}
    assert (tree["brain"]["status"] == 1).all()


def test_a_grown_cohort_solves_the_new_patient_only_and_keeps_the_old_to_the_bit(finished):
    old = sosie.open_cohort(finished.path("cohort.zarr"))["heart"]["activation_time"].values
    before = solves(finished)
    finished.study["cohort"]["patients"] = 4
    finished.run(*STORE)
    hearts = sosie.open_cohort(finished.path("cohort.zarr"))["heart"]
    assert len(solves(finished) - before) == 1
    assert before < solves(finished)
    np.testing.assert_array_equal(hearts["activation_time"].values[:3], old)
    finished.study["cohort"]["patients"] = 3
    finished.run(*STORE)


def test_the_size_of_a_batch_changes_no_value(finished, bench):
    bench.study["run"]["batch_size"] = 3
    bench.run(*STORE)
    from sosie.store.compare import compare

    rows = compare(finished.path("cohort.zarr"), bench.path("cohort.zarr"))
    assert all(row.equal for row in rows), rows


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"heart": {"activation": {"radios": "8 mm"}}}, ("unknown key", "radios", "radius")),
        ({"heart": {"activation": {"radius": 8}}}, ("heart.activation.radius", "give the unit")),
        ({"heart": {"activation": {"radius": "8 ms"}}}, ("8 ms", "not in units of m")),
        ({"cohort": {"mapping": "nhanes", "patients": 9999}}, ("9999", "5265")),
        ({"cohort": {"mapping": "nowhere", "patients": 3}}, ("nowhere",)),
        ({"run": {"ranks": 3, "ranks_per_patient": 2}}, ("ranks_per_patient", "multiple")),
        ({"store": {"keep_bits": {"tau": 9}}}, ("tau is no field", "brain/tau")),
        ({"store": {"keep_bits": {"brain/tau": 23}}}, ("brain/tau is 23", "22")),
        ({"heart": {"electrophysiology": {"model": "lr91"}}}, ("no ionic model", "torord, ttp06")),
        ({"color": "blue"}, ("unknown key", "color")),
        ({"organs": ["liver"]}, ("organs", "liver", "'heart' or 'brain'")),
        ({"brain": {"seed": {"regions": ["hippocampus"]}}}, ("no region 'hippocampus'", "write")),
        ({"brain": {"white_to_grey": -1}}, ("brain.white_to_grey is -1", "positive")),
        ({"brain": {"template": "fine"}}, ("'fine'", "coarse, production")),
    ],
)
def test_a_wrong_study_is_refused_in_one_sentence(bench, change, words):
    bench.study |= change
    refused = bench.run("--dry-run", check=False)
    assert refused.returncode == 2
    line = refused.stderr.strip().splitlines()[-1]
    assert line.startswith("sosie: ")
    assert all(word in line for word in words), line
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("id,age,sex\na,-3,female\n", ("age", "-3")),
        ("id,age,sex\na,abc,female\n", ("age", "abc")),
        ("id,age,sex\na,50,female\na,51,male\n", ("'a' is already on line 2",)),
        ("id,age\na,50\n", ("sex",)),
        ("id,age,sex\n", ("no ",)),
    ],
)
def test_a_wrong_table_is_refused_in_one_sentence(bench, table, words):
    (bench.folder / "own.csv").write_text(table)
    (bench.folder / "own.yaml").write_text(
        "title: own\nsource: a test\nlicence: none\nid: id\n"
        "columns:\n  age: {from: age, unit: year}\n  sex: {from: sex}\n"
    )
    bench.study["cohort"] = {"mapping": "own.yaml", "table": "own.csv", "patients": 1}
    refused = bench.run("--dry-run", check=False)
    assert refused.returncode == 2, refused.stdout + refused.stderr
    line = refused.stderr.strip().splitlines()[-1]
    assert line.startswith("sosie: ")
    assert all(word in line for word in words), line


def test_a_store_of_another_layout_is_refused(bench):
    store = bench.path("cohort.zarr")
    store.mkdir(parents=True)
    (store / "zarr.json").write_text(json.dumps({"attributes": {"layout_version": 99}}))
    refused = bench.run("--dry-run", check=False)
    assert refused.returncode == 2
    assert "layout 99" in refused.stderr


def test_planning_starts_no_mpi_and_loads_no_solver():
    code = (
        "import sys, sosie.config, sosie.cli, sosie.batch.digest, sosie.store.planned;"
        "sosie.batch.digest.model_digest('heart');"
        "sys.exit(any(m in sys.modules for m in ('mpi4py', 'petsc4py', 'dolfinx')))"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_rank_that_fails_before_mpi_starts_ends_the_job():
    """Not the waiting of the others: the rule's own words, with a program that fails on a rank."""
    common = (ROOT / "workflow" / "rules" / "common.smk").read_text()
    [words] = re.findall(r'^RANK = "(.*)"$', common, flags=re.MULTILINE)
    words = words.replace(r"\"", '"').replace("python -m mpi4py -m sosie", f"{sys.executable} -c")
    program = (
        "import os, sys\n"
        "if os.environ['PMI_RANK'] == '1': raise MemoryError\n"
        "from mpi4py import MPI\n"
        "MPI.COMM_WORLD.Barrier()"
    )
    mpiexec = Path(sys.executable).with_name("mpiexec")
    command = [str(mpiexec), "-n", "2", *shlex.split(words), program]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode != 0
    assert "MemoryError" in done.stderr
