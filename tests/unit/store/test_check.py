"""Damage of every kind is found, named, and nothing else is."""

import json
import shutil

import numpy as np
import pytest
import zarr
from typer.testing import CliRunner

from sosie.cli import app
from sosie.errors import SosieError
from sosie.heart.axes import heart_axes
from sosie.heart.beat.parameters import Mechanics
from sosie.store import layout
from sosie.store.check import check
from sosie.store.writer import finalise, init, pack

AXES = heart_axes(Mechanics(rings=3))


@pytest.fixture(scope="module")
def whole(tmp_path_factory, write):
    """Write a whole store of a shard and a bit, patient p1 failed, in a study's folder."""
    path = write(tmp_path_factory.mktemp("whole") / "cohort.zarr", layout.SHARD + 3, failed=(1,))
    (path.parent / "store").mkdir()
    patients = path.parent / "heart" / "patients"
    patients.mkdir(parents=True)
    for digest in zarr.open_group(path, mode="r")["heart/digest"][:]:
        (patients / f"{digest}.npz").touch()
    return path


@pytest.fixture
def store(tmp_path, whole):
    """Return a copy to damage."""
    return shutil.copytree(whole.parent, tmp_path / "study") / "cohort.zarr"


def open_array(path, name):
    return zarr.open_array(path / "heart" / name, mode="r+")


def only(path):
    """Return the one problem."""
    problems = check(path).problems
    assert len(problems) == 1, [str(problem) for problem in problems]
    return problems[0]


def test_a_whole_store_is_whole(store):
    checked = check(store)
    assert checked.problems == ()
    assert (checked.patients, checked.organs) == (layout.SHARD + 3, ("heart",))


def test_a_value_that_was_changed_is_found_and_its_shard_named(store):
    open_array(store, "activation_time")[51, 2] += 1
    problem = only(store)
    assert problem.patients == ("p51",)
    assert "checksum" in problem.wrong
    assert str(problem) == (
        "heart of p51: the values are not what was packed (checksum); delete"
        f" {store.parent}/store/heart-1.json and {store.parent}/status.json and run the study"
        " again: the shard is packed anew from its patient files, no solve is repeated"
    )


def test_a_bit_that_changes_no_digit_people_read_is_found(store):
    array = open_array(store, "mass")
    array[0] = np.nextafter(array[0], np.float32(np.inf))
    assert only(store).patients == ("p0",)


@pytest.mark.parametrize(
    ("name", "value"), [("age", 99.0), ("sex", "other"), ("origin", 2), ("patient", "p7")]
)
def test_a_changed_cell_of_the_record_is_found(store, name, value):
    column = zarr.open_array(store / "patients" / name, mode="r+")
    values = column[:]
    values[0] = value
    column[:] = values
    problem = only(store)
    assert problem.where == "patients"
    assert "the record is not what was written" in problem.wrong


def test_another_key_is_found(store):
    open_array(store, "key")[3] = 17
    problem = only(store)
    assert problem.patients == ("p3",)
    assert "not of the digest of the status" in problem.wrong


def test_a_key_of_a_patient_who_is_not_done_is_found(store):
    open_array(store, "key")[1] = 17
    assert only(store).patients == ("p1",)


def test_another_checksum_is_found(store):
    open_array(store, "checksum")[4] += 1
    assert only(store).patients == ("p4",)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_value_that_is_no_number_in_a_done_patient_is_found(store, value):
    open_array(store, "points")[2, 1, 0] = value
    problem = only(store)
    assert problem.patients == ("p2",)
    assert "points is not finite" in problem.wrong


def test_what_may_be_absent_of_a_done_patient_is_no_damage(tmp_path, template, heart, patient):
    path, results = tmp_path / "cohort.zarr", heart(1.0)
    results |= {name: np.nan * results[name] for name in layout.optional("heart")}
    init(
        path,
        "heart",
        layout.heart_arrays(template, AXES),
        size=1,
        study="made-up",
    )
    pack(path, "heart", first=0, results=[("a" * 24, results)])
    columns = {"status": ["done"], "reason": ["no ECG"], "digest": ["a" * 24], "seconds": [1.0]}
    finalise(path, [patient("p0")], {"heart": columns}, attributes={"seed": 1})
    assert check(path).problems == ()


def test_a_value_in_a_patient_who_is_not_done_is_found(store):
    open_array(store, "mass")[1] = 3
    problem = only(store)
    assert problem.patients == ("p1",)
    assert "mass has values, the patient is not done" in problem.wrong


@pytest.mark.parametrize("name", ["activation_time", "mass", "key", "checksum", "status", "digest"])
def test_a_shard_file_that_is_lost_is_one_problem_of_its_done_patients(store, name):
    folder = store / "heart" / name / "c"
    first = folder / "0"
    shutil.rmtree(first) if first.is_dir() else first.unlink()
    problem = only(store)
    of_status = name in {"status", "digest"}  # not in shards, written by finalise
    assert len(problem.patients) == layout.SHARD - 1 + (3 if of_status else 0)
    assert ("store/heart-0.json" in problem.cure) != of_status
    assert "p1" not in problem.patients


@pytest.mark.parametrize("name", ["activation_time", "points", "mass", "key"])
def test_a_shard_file_that_is_cut_off_is_found(store, name):
    place = store / "heart" / name / "c" / "1"
    file = next(p for p in (place, *place.rglob("*")) if p.is_file())
    file.write_bytes(file.read_bytes()[:-5])
    problem = only(store)
    assert f"{name} cannot be read" in problem.wrong
    assert problem.patients == ("p50", "p51", "p52")


@pytest.mark.parametrize("file", ["", "zarr.json"])
@pytest.mark.parametrize("name", ["activation_time", "mass", "key", "checksum"])
def test_an_array_that_is_lost_is_named(store, name, file):
    lost = store / "heart" / name / file
    lost.unlink() if lost.is_file() else shutil.rmtree(lost)
    problem = only(store)
    assert problem.wrong == f"the array {name} is missing"
    rest = f"{store}/heart/{name}, " if file else ""
    assert f"delete {rest}{store.parent}/store/init.json, " in problem.cure


def test_an_array_of_another_shape_is_named(store):
    open_array(store, "activation_time").resize((layout.SHARD + 3, 2))
    assert "activation_time has shape (53, 2), not (53, " in only(store).wrong


def test_a_mesh_that_was_changed_is_named(store):
    open_array(store, "cells")[0, 0] += 1
    assert "the mesh is not what was written" in only(store).wrong


def test_a_lost_column_of_the_record_or_of_the_status_asks_for_another_commit(store):
    (store.parent / "status.json").touch()
    shutil.rmtree(store / "patients" / "age")
    shutil.rmtree(store / "heart" / "status")
    age, status = check(store).problems
    assert (age.where, age.wrong) == ("patients", "the array age is missing")
    assert (status.where, status.wrong) == ("heart", "the array status is missing")
    assert f"delete {store.parent}/status.json" in status.cure


def test_a_store_without_the_mark_is_not_committed(store):
    root = json.loads((store / "zarr.json").read_text())
    del root["attributes"]["committed"]
    (store / "zarr.json").write_text(json.dumps(root))
    problem = only(store)
    assert problem.wrong == "it is not committed"
    assert problem.cure == "run the study again, done patients are kept"


def test_lost_consolidated_metadata_are_named(store):
    root = json.loads((store / "zarr.json").read_text())
    del root["consolidated_metadata"]
    (store / "zarr.json").write_text(json.dumps(root))
    assert "consolidated metadata" in only(store).wrong


def test_an_organ_that_is_lost_is_named(store):
    shutil.rmtree(store / "heart")
    problem = only(store)
    assert problem.wrong == "the group is missing"
    assert f"delete {store.parent}/store/init.json, " in problem.cure


@pytest.mark.parametrize("lost", ["heart", "heart/mass", "heart/cells", "heart/mass/c", "patients"])
def test_what_was_lost_is_made_anew_by_the_steps_that_are_named(store, write, lost):
    shutil.rmtree(store / lost)
    assert check(store).problems
    write(store, layout.SHARD + 3, failed=(1,))
    assert check(store).problems == ()


def test_an_unfinished_store_is_checked_by_what_was_packed(tmp_path, template, heart):
    path = tmp_path / "cohort.zarr"
    init(
        path,
        "heart",
        layout.heart_arrays(template, AXES),
        size=53,
        study="made-up",
    )
    pack(path, "heart", first=50, results=[("a" * 24, heart(1.0)), ("b" * 24, {})])
    assert only(path).wrong == "it is not committed"
    open_array(path, "mass")[50] = 7
    committed, mass = check(path).problems
    assert mass.patients == ("number 50",)
    assert "checksum" in mass.wrong


def test_in_an_unfinished_store_a_lost_array_is_one_problem(tmp_path, template):
    path = tmp_path / "cohort.zarr"
    init(
        path,
        "heart",
        layout.heart_arrays(template, AXES),
        size=3,
        study="made-up",
    )
    shutil.rmtree(path / "heart" / "key")
    assert [p.wrong for p in check(path).problems] == [
        "it is not committed",
        "the array key is missing",
    ]


def test_ids_that_cannot_be_read_are_one_problem(store):
    shutil.rmtree(store / "patients" / "patient")
    assert only(store).wrong == "the array patient is missing"


def test_where_patient_files_are_gone_their_manifest_is_named(store):
    folder = store.parent / "heart"
    digest = zarr.open_group(store, mode="r")["heart/digest"][2]
    (folder / "patients" / f"{digest}.npz").unlink()
    (folder / "00000.json").write_text(json.dumps([{"id": "p2", "digest": str(digest)}]))
    (folder / "00001.json").write_text("[]")
    open_array(store, "mass")[2] = 7
    cure = only(store).cure
    assert f"delete {folder}/00000.json and {store.parent}/status.json and run" in cure
    assert "1 of the shard's patients are gone" in cure
    assert "00001" not in cure


def test_a_copy_away_from_its_study_is_to_be_copied_again(written):
    path = written(1)
    open_array(path, "mass")[0] = 7
    assert "copy the store again" in only(path).cure


def test_what_is_no_store_is_refused(tmp_path):
    with pytest.raises(SosieError, match="there is no store; run the study first"):
        check(tmp_path / "cohort.zarr")
    (tmp_path / "zarr.json").write_text(json.dumps({"attributes": {"layout_version": 1}}))
    with pytest.raises(
        SosieError, match=f"has layout 1, this sosie writes layout {layout.VERSION}"
    ):
        check(tmp_path)


def test_the_command_says_what_it_found_and_exits_so(store):
    good = CliRunner().invoke(app, ["check", str(store)])
    assert (good.exit_code, good.output) == (0, "53 patients, heart: whole\n")
    open_array(store, "mass")[[0, 2]] = 7
    damaged = CliRunner().invoke(app, ["check", str(store)])
    assert damaged.exit_code == 1
    assert damaged.output.startswith("heart of 2 patients (p0, p2): the values are not")
    assert damaged.output.count("\n") == 1
