"""A study on SLURM whose running jobs are killed at random: ``python benchmarks/slurm_chaos.py``.

Workers get SIGKILL or no more memory, jobs are cancelled, preempted and requeued, or lose their
node, thirty times. What counts is that the study ends with everybody done and the values of an
undisturbed run. Needs a SLURM of one's own: ``tests/slurm/cluster up DIR``.
"""

import json
import os
import random
import resource
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from shutil import rmtree

import yaml

ROOT = Path(__file__).parents[1]
OUTPUT = Path("results/benchmarks/slurm_chaos.json")
KINDS = ("sigkill", "scancel", "preempt", "memory", "node")
STUDIES = 40
"""Times the study is asked for: a job may be hit more often than its profile retries."""


def snakemake(folder: Path, *arguments: str) -> list[str]:
    """Return the command that runs the study of a folder."""
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")]
    return [*command, "--configfile", "study.yaml", "--directory", str(folder), *arguments]


def on_slurm(folder: Path) -> list[str]:
    """Return the command that runs it on SLURM, with the patience of a test."""
    profile = ROOT / "cluster_profiles" / "slurm"
    quick = ("--slurm-init-seconds-before-status-checks", "3", "--latency-wait", "5")
    return snakemake(folder, "--profile", str(profile), "--until", "finalise", *quick)


def environment() -> dict[str, str]:
    """Return the environment of a head node. Two nodes on one machine share memory: UCX hangs."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PMI_", "MPI", "HYDI"))}
    return kept | {"UCX_TLS": "tcp,self"}


@dataclass
class Monkey:
    """Kills running simulations, each time verified to have run until then."""

    kills: list[str]  # kinds, in order
    stream: random.Random
    hits: list[tuple[str, str]] = field(default_factory=list)  # (kind, job)
    over: bool = False

    def work(self) -> None:
        """Kill until nothing is left to kill or the study is over."""
        while not self.over:
            jobs = running()
            for job in delayed():
                call("scontrol", "update", f"JobId={job}", "StartTime=now")
            if not jobs or not self.kills:
                time.sleep(0.3)
                continue
            job, node = self.stream.choice(sorted(jobs.items()))
            time.sleep(self.stream.uniform(0.0, 5.0))
            if job in running() and getattr(self, self.kills[0])(job, node):
                self.hits.append((self.kills.pop(0), job))
                time.sleep(1.0)

    def sigkill(self, job: str, node: str) -> bool:
        """Kill one rank, as the kernel does when memory is short."""
        workers = ranks_of(job)
        if not workers:
            return False  # still starting
        os.kill(self.stream.choice(workers), signal.SIGKILL)
        return True

    def scancel(self, job: str, node: str) -> bool:
        """Cancel the job, as an administrator does."""
        return call("scancel", job).returncode == 0

    def memory(self, job: str, node: str) -> bool:
        """Let a rank's next allocations fail, as where a job's memory is limited."""
        workers = ranks_of(job)
        if not workers:
            return False
        victim = self.stream.choice(workers)
        try:
            pages = int(Path(f"/proc/{victim}/statm").read_text().split()[0])
            size = pages * resource.getpagesize()
            resource.prlimit(victim, resource.RLIMIT_AS, (size, size))
        except (OSError, ProcessLookupError):
            return False
        deadline = time.monotonic() + 60
        while job in running() and time.monotonic() < deadline:
            time.sleep(0.2)
        return "JobState=FAILED" in call("scontrol", "show", "job", job).stdout

    def preempt(self, job: str, node: str) -> bool:
        """Let a job of a better partition take the nodes; the victim is requeued."""
        urgent = ("sbatch", "-p", "urgent", "-N2", "--exclusive", "-o", "/dev/null")
        done = call(*urgent, "--wrap", "sleep 1")
        deadline = time.monotonic() + 30
        while job in running() and time.monotonic() < deadline:
            time.sleep(0.2)
        return done.returncode == 0 and job not in running()

    def node(self, job: str, node: str) -> bool:
        """Stop the node's daemon and all that runs there; bring it back when SLURM has seen it."""
        folder = Path("/etc/slurm/slurm.conf").resolve().parent
        pid = int((folder / f"slurmd-{node}.pid").read_text())
        for victim in [pid, *ranks_of(job), *stepds(job)]:
            try:
                os.kill(victim, signal.SIGKILL)
            except ProcessLookupError:
                continue
        time.sleep(2)
        call("slurmd", "-N", node)
        call("scontrol", "update", f"NodeName={node}", "State=RESUME")
        return True


def call(*command: str) -> subprocess.CompletedProcess:
    """Run a command that may fail."""
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def running() -> dict[str, str]:
    """Return the node of each running simulation."""
    lines = call("squeue", "-h", "-t", "R", "-o", "%i %N %k").stdout.splitlines()
    return {line.split()[0]: line.split()[1] for line in lines if "simulate" in line}


def delayed() -> list[str]:
    """Return the requeued jobs that SLURM lets wait for two minutes."""
    lines = call("squeue", "-h", "-t", "PD", "-o", "%i %r").stdout.splitlines()
    return [line.split()[0] for line in lines if line.endswith("BeginTime")]


def ranks_of(job: str) -> list[int]:
    """Return the processes that simulate in a job."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes().split(b"\0")
            inside = f"SLURM_JOB_ID={job}\0".encode() in (process / "environ").read_bytes()
        except OSError:
            continue
        if inside and b"simulate" in command and b"mpi4py" in command and b"-n" not in command:
            found.append(int(process.name))
    return found


def stepds(job: str) -> list[int]:
    """Return the daemons of a job's steps."""
    found = call("pgrep", "-f", rf"slurmstepd: \[{job}\.").stdout.split()
    return [int(pid) for pid in found]


def chaos(folder: Path, study: dict, kills: list[str], *, seed: int) -> Monkey:
    """Run a study on SLURM under kills until it is whole; return what was hit.

    Raises RuntimeError where it does not come to an end.
    """
    (folder / "study.yaml").write_text(yaml.safe_dump(study))
    monkey = Monkey(list(kills), random.Random(seed))
    thread = threading.Thread(target=monkey.work)
    thread.start()
    try:
        for round_ in range(STUDIES):
            log = (folder / f"head-{round_}.log").open("w")
            code = subprocess.run(
                [*on_slurm(folder), "--rerun-incomplete"],
                cwd=folder,
                stdout=log,
                stderr=subprocess.STDOUT,
                check=False,
                env=environment(),
                timeout=1800,
            ).returncode
            if code == 0 and not monkey.kills:
                return monkey
            if code == 0:  # done before the last kill: solve it all again
                done = folder / "results" / study["study"]
                for part in ("heart", "brain", "store"):
                    rmtree(done / part)
                (done / "status.json").unlink()
            call("find", str(folder / ".snakemake" / "locks"), "-type", "f", "-delete")
    finally:
        monkey.over = True
        thread.join()
    raise RuntimeError(f"the study did not end in {STUDIES} runs; {len(monkey.kills)} kills left")


def main() -> None:
    """Kill thirty times and write whether anything was lost."""
    from tempfile import mkdtemp

    from sosie.store.compare import compare

    study = yaml.safe_load((ROOT / "config" / "tiny.yaml").read_text())
    study["cohort"]["patients"] = 24
    study["run"] = {"batch_size": 6, "ranks": 2}
    folders = [Path(mkdtemp(prefix=name)) for name in ("calm", "chaos")]
    (folders[0] / "study.yaml").write_text(yaml.safe_dump(study))
    local = snakemake(folders[0], "--cores", "2", "--until", "finalise")
    start = time.perf_counter()
    subprocess.run(local, cwd=folders[0], check=True, env=environment(), capture_output=True)
    calm = time.perf_counter() - start
    kills = [KINDS[i % 4] for i in range(28)] + ["node"] * 2
    random.Random(1).shuffle(kills)
    start = time.perf_counter()
    monkey = chaos(folders[1], study, kills, seed=1)
    seconds = time.perf_counter() - start
    stores = [folder / "results" / "tiny" / "cohort.zarr" for folder in folders]
    different = [row.field for row in compare(*stores) if not row.equal]
    quiet, status = (json.loads((s.parent / "status.json").read_text()) for s in stores)
    lost = sum(quiet[organ]["done"] - status[organ]["done"] for organ in ("heart", "brain"))
    row = {
        "name": "slurm_chaos",
        "value": len(different) + lost,
        "unit": "patients lost and fields different",
        "peer": "an undisturbed local run",
        "peer_value": 0,
        "ratio": 1.0 if not different and not lost else 0.0,
        "conditions": f"{len(monkey.hits)} kills of running jobs"
        f" ({', '.join(f'{k} {sum(h[0] == k for h in monkey.hits)}' for k in KINDS)}),"
        f" 24 patients, 2 organs, {seconds:.0f} s against {calm:.0f} s undisturbed",
    }
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    OUTPUT.write_text(json.dumps([row], indent=1) + "\n")


if __name__ == "__main__":
    main()
