"""A batch: each patient simulated once, remembered by what made the result, never lost."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from mpi4py import MPI

import numpy as np
import pytest

from sosie.batch import files
from sosie.batch.digest import model_digest, patient_digest
from sosie.batch.manifest import Entry, read_manifest, write_manifest
from sosie.batch.run import MAX_ATTEMPTS, run
from sosie.errors import RejectedError, SolverDivergedError, SosieError

INPUTS = ("lv_edv", "lv_mass")


class Organ:
    """Returns twice the volume; what happens to some is in their names."""

    def __init__(self, comm):
        self.calls = []

    def simulate(self, record, checkpoint):
        """Return or raise what the record's name says."""
        self.calls.append(record.id)
        if record.id == "inverted":
            raise RejectedError("geometry: 3 cells are inverted")
        if record.id == "stiff":
            raise SolverDivergedError("eikonal", -5, 60)
        if record.id == "singular":
            raise np.linalg.LinAlgError("Singular matrix")
        if record.id == "unseen":
            checkpoint.remark = "ECG: the heart lies outside the torso"
        volume = np.array(2 * record.si("lv_edv"))
        found = {"volume": volume * np.nan if record.id == "hole" else volume}
        return found | {"ecg": np.full(3, np.nan if record.id == "unseen" else 0.1)}


@pytest.fixture
def simulate(tmp_path):
    """Run a batch alone; return its entries and the names that were simulated."""
    organ = Organ(MPI.COMM_SELF)

    def call(*records, parameters="{}", model="1"):
        organ.calls.clear()
        entries = run(
            records,
            tmp_path,
            MPI.COMM_SELF,
            organ=lambda comm: organ,
            inputs=INPUTS,
            parameters=parameters,
            model=model,
            ranks_per_patient=1,
            optional=("ecg",),
        )
        return entries, list(organ.calls)

    return call


def test_every_patient_ends_done_rejected_or_failed_with_the_reason(simulate, patient):
    young = patient("young", rejected="age is 12 year")
    names = ["well", "inverted", "stiff", "singular", "hole", "unseen"]
    entries, calls = simulate(*[patient(name) for name in names], young)
    assert [(e.id, e.status, e.reason) for e in entries] == [
        ("well", "done", ""),
        ("inverted", "rejected", "geometry: 3 cells are inverted"),
        ("stiff", "failed", "eikonal diverged: reason -5 after 60 iterations"),
        ("singular", "failed", "LinAlgError: Singular matrix"),
        ("hole", "failed", "results are not finite: volume"),
        ("unseen", "done", "ECG: the heart lies outside the torso"),
        ("young", "rejected", "input: age is 12 year"),
    ]
    assert calls == names


def test_a_programming_error_is_no_status_of_a_patient(tmp_path, patient):
    class Broken:
        def simulate(self, record, checkpoint):
            return record.cells["no such cell"]

    with pytest.raises(KeyError):
        run(
            [patient()],
            tmp_path,
            MPI.COMM_SELF,
            organ=lambda comm: Broken(),
            inputs=INPUTS,
            parameters="{}",
            model="1",
            ranks_per_patient=1,
        )


def test_asked_again_nothing_is_simulated_and_all_is_the_same(simulate, patient):
    records = [patient(name) for name in ("a", "inverted", "stiff")]
    first, _ = simulate(*records)
    again, calls = simulate(*records)
    assert calls == []
    assert all(entry.reused for entry in again)
    kept = [(e.id, e.status, e.reason, e.digest, e.seconds) for e in first]
    assert kept == [(e.id, e.status, e.reason, e.digest, e.seconds) for e in again]


def test_results_are_read_back_to_the_last_bit(simulate, patient, tmp_path):
    [entry], _ = simulate(patient("a", lv_edv=100 / 3))
    values, meta = files.read_result(tmp_path, entry.digest)
    assert values["volume"] == 2 * patient("a", lv_edv=100 / 3).si("lv_edv")
    assert meta["status"] == "done"


def test_a_grown_batch_simulates_the_new_patient_alone(simulate, patient):
    simulate(patient("a"))
    assert simulate(patient("a"), patient("b"))[1] == ["b"]


@pytest.mark.parametrize(
    "changed", [{"parameters": '{"x": 1}'}, {"model": "2"}], ids=["parameters", "model"]
)
def test_another_parameter_or_model_is_another_simulation(simulate, patient, changed):
    [before], _ = simulate(patient("a"))
    [after], calls = simulate(patient("a"), **changed)
    assert calls == ["a"]
    assert after.digest != before.digest


def test_a_changed_cell_counts_only_where_the_organ_reads_it(patient):
    def digest(**cells):
        return patient_digest(patient("a", **cells), INPUTS, "{}", "1")

    assert digest(lv_edv=141.0) != digest()
    assert digest(age=56.0) == digest()
    assert patient_digest(patient("b"), INPUTS, "{}", "1") != digest()


def test_each_organ_has_the_digest_of_its_own_code():
    assert model_digest("heart") != model_digest("brain")
    assert len(model_digest("heart")) == 16


def test_a_finished_batch_leaves_results_alone_in_its_folder(simulate, patient, tmp_path):
    entries, _ = simulate(patient("a"), patient("stiff"))
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == sorted(f"{entry.digest}.npz" for entry in entries)


def test_a_result_that_was_not_written_whole_does_not_exist(simulate, patient, monkeypatch):
    def full(file, **arrays):
        file.write(b"half a")
        raise OSError("no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(files.np, "savez", full)
        with pytest.raises(OSError, match="no space"):
            simulate(patient("a"))
    assert simulate(patient("a"))[1] == ["a"]


def test_ranks_that_make_no_whole_teams_are_refused(tmp_path):
    with pytest.raises(SosieError, match="1 ranks cannot be split into teams of 2"):
        run(
            [],
            tmp_path,
            MPI.COMM_SELF,
            organ=Organ,
            inputs=INPUTS,
            parameters="{}",
            model="1",
            ranks_per_patient=2,
        )


def test_a_manifest_is_read_as_it_was_written(tmp_path):
    entries = [Entry("a", "done", digest="d", seconds=1.25), Entry("b", "rejected", "input: none")]
    write_manifest(tmp_path / "m.json", entries)
    assert read_manifest(tmp_path / "m.json") == entries
    assert [item["id"] for item in json.loads((tmp_path / "m.json").read_text())] == ["a", "b"]


PROGRAM = """
import os, signal, sys, time
from pathlib import Path
from mpi4py import MPI
import numpy as np
from sosie.batch.manifest import write_manifest
from sosie.batch.run import run
from sosie.cohort.record import Cell, Record

class Organ:
    def __init__(self, comm):
        self.comm = comm

    def simulate(self, record, checkpoint):
        if record.id == "killer":
            time.sleep(0.3)
            os.kill(os.getpid(), signal.SIGKILL)
        if record.id == "asked to end":
            os.kill(os.getpid(), signal.SIGTERM)
        if record.id.startswith("slow"):
            time.sleep(1.0)
        return {"volume": np.array(self.comm.allreduce(1.0)) / self.comm.size}

folder, ranks_per_patient, names = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
records = [Record(n, {"lv_edv": Cell(140.0, "mL", "measured", "", None)}) for n in names]
entries = run(records, folder, MPI.COMM_WORLD, organ=Organ, inputs=("lv_edv",), parameters="{}",
    model="1", ranks_per_patient=ranks_per_patient)
if MPI.COMM_WORLD.rank == 0:
    write_manifest(folder / "manifest.json", entries)
"""


@pytest.fixture
def launch(tmp_path, comm):
    """Run the program on some ranks; return its exit code and what it left."""
    if comm.size > 1:
        pytest.skip("starts MPI itself")
    mpiexec = str(Path(sys.executable).with_name("mpiexec"))

    def start(*names, ranks=1, ranks_per_patient=1, folder="results"):
        where = tmp_path / folder
        where.mkdir(exist_ok=True)
        (where / "manifest.json").unlink(missing_ok=True)
        command = [sys.executable, "-m", "mpi4py", "-c", PROGRAM, where, ranks_per_patient, *names]
        if ranks > 1:
            command = [mpiexec, "-n", ranks, *command]
        done = subprocess.run(
            [str(part) for part in command],
            check=False,
            capture_output=True,
            timeout=60,
            env=os.environ | {"OMP_NUM_THREADS": "1"},
        )
        manifest = where / "manifest.json"
        return done.returncode, read_manifest(manifest) if manifest.exists() else []

    return start


def test_a_patient_who_kills_the_worker_is_tried_again_and_then_failed(launch):
    names = ("first", "killer", "last")
    for _ in range(MAX_ATTEMPTS):
        code, entries = launch(*names)
        assert code != 0
        assert entries == []
    code, entries = launch(*names)
    assert code == 0
    assert [entry.status for entry in entries] == ["done", "failed", "done"]
    assert entries[0].reused
    assert (
        entries[1].reason == f"the worker died {MAX_ATTEMPTS} times while simulating this patient"
    )


def test_nobody_is_failed_for_a_neighbour_who_kills_the_workers(launch):
    """Both patients are in work when a worker dies; next time they are simulated one by one."""
    names = ("slow one", "killer", "slow two")
    for _ in range(MAX_ATTEMPTS):
        assert launch(*names, ranks=2)[0] != 0
    code, entries = launch(*names, ranks=2)
    assert code == 0
    assert [entry.status for entry in entries] == ["done", "failed", "done"]


def test_who_is_in_work_when_a_worker_is_asked_to_end_is_not_blamed(launch, tmp_path):
    for _ in range(2 * MAX_ATTEMPTS):
        assert launch("first", "asked to end")[0] == -signal.SIGTERM
    assert not list((tmp_path / "results").glob("*.attempts"))


def test_teams_of_any_size_give_the_same_entries(launch):
    names = ("a", "b", "c")
    found = []
    for ranks, team in ((1, 1), (2, 1), (2, 2)):
        code, entries = launch(*names, ranks=ranks, ranks_per_patient=team, folder=f"{ranks}{team}")
        assert code == 0
        found.append([(e.id, e.status, e.digest, e.attempt) for e in entries])
    assert [name for name, *_ in found[0]] == list(names)
    assert found[1] == found[0]
    assert found[2] == found[0]
