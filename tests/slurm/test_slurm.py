"""The study runs on a real SLURM, gives the values of a laptop, and survives what kills jobs."""

import json
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from sosie.store.compare import compare

pytestmark = pytest.mark.slurm
ROOT = Path(__file__).parents[2]
CHAOS = runpy.run_path(str(ROOT / "benchmarks" / "slurm_chaos.py"))


@pytest.fixture(scope="module")
def study():
    content = yaml.safe_load((ROOT / "config" / "tiny.yaml").read_text())
    content["cohort"]["patients"] = 8
    content["run"] = {"batch_size": 4, "ranks": 2}
    return content


@pytest.fixture(scope="module")
def calm(study, tmp_path_factory):
    """Return the store of the study run on this machine, undisturbed."""
    folder = tmp_path_factory.mktemp("calm")
    (folder / "study.yaml").write_text(yaml.safe_dump(study))
    command = CHAOS["snakemake"](folder, "--cores", "2", "--until", "finalise")
    subprocess.run(command, cwd=folder, check=True, env=CHAOS["environment"](), timeout=300)
    return folder / "results" / "tiny" / "cohort.zarr"


@pytest.mark.parametrize("nodes", [1, 2])
def test_srun_starts_the_ranks_that_were_asked_for(slurm, nodes):
    program = "from mpi4py import MPI; print(MPI.COMM_WORLD.size)"
    ranks = ["srun", "--mpi=pmi2", f"-N{nodes}", "-n2", "-t1"]
    done = subprocess.run(
        [*ranks, sys.executable, "-m", "mpi4py", "-c", program],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
        env=CHAOS["environment"](),
    )
    assert sorted(done.stdout.replace("\n", "")) == ["2", "2"]


def test_mpiexec_within_a_step_does_not_wait_for_the_step_itself(slurm):
    """Hydra would ask srun for a step that is already taken: the project tells it to fork."""
    program = "from mpi4py import MPI; print(MPI.COMM_WORLD.size)"
    mpiexec = Path(sys.executable).with_name("mpiexec")
    own = {"HYDRA_LAUNCHER": "fork", "HYDRA_RMK": "user"}
    done = subprocess.run(
        ["srun", "-N1", "-n1", "-c2", "-t1", mpiexec, "-n", "2", sys.executable, "-c", program],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
        env=CHAOS["environment"]() | own,
    )
    assert sorted(done.stdout.replace("\n", "")) == ["2", "2"]
    assert all(
        f"{k}={v}" in (ROOT / "workflow/rules/common.smk").read_text() for k, v in own.items()
    )


def test_a_launcher_that_gives_other_ranks_is_refused(slurm, tmp_path):
    """Singletons, as `srun --mpi=none` starts them, would each simulate everything."""
    (tmp_path / "records.json").write_text("[]")
    sosie = [sys.executable, "-m", "mpi4py", "-m", "sosie", "simulate", "heart"]
    done = subprocess.run(
        ["srun", "--mpi=none", "-n2", "-t1", *sosie, "records.json", "out.json", "--folder=f"]
        + ["--ranks=2"],
        cwd=tmp_path,
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        env=CHAOS["environment"](),
    )
    assert done.returncode != 0
    assert "asked for 2 ranks, MPI started 1: check the launcher" in done.stderr


def test_a_study_under_kills_ends_whole_with_the_values_of_a_laptop(slurm, study, calm, tmp_path):
    kills = ["sigkill", "scancel", "preempt", "memory"]
    monkey = CHAOS["chaos"](tmp_path, study, kills, seed=7)
    assert [kind for kind, _ in monkey.hits] == kills
    store = tmp_path / "results" / "tiny" / "cohort.zarr"
    status = json.loads((store.parent / "status.json").read_text())
    assert status["heart"]["done"] == status["brain"]["done"] == 8
    assert all(row.equal for row in compare(calm, store))
    for organ in ("heart", "brain"):
        assert len(list((store.parent / organ / "patients").glob("*.npz"))) == 8
