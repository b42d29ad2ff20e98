"""Scaling on two cores: ``python benchmarks/scaling.py``.

strong        one heart on the mesh with every edge halved, on one rank and on two
throughput    a batch of hearts, one rank a patient, on one rank and on two
overhead      CPU time of a whole study beside the simulations themselves, a patient

Efficiency is the time on one rank over twice the time on two. The overhead is that of Snakemake,
of starting programs and of reading and writing; its limit is half a second of CPU a patient.
"""

import json
import resource
import subprocess
import sys
from pathlib import Path
from tempfile import mkdtemp

import yaml

ROOT = Path(__file__).parents[1]
OUTPUT = Path("results/benchmarks/scaling.json")
PATIENTS = 8
STUDY = 100
LIMIT = 0.5
"""CPU seconds a patient."""
STRONG = """
import time
from mpi4py import MPI
from sosie.heart.parameters import HeartParameters, Mesh
from sosie.heart.simulate import Heart
from sosie.verification.hearts import survey
[person] = survey(1)
m = Mesh()
heart = Heart(MPI.COMM_WORLD, HeartParameters(mesh=Mesh(2 * m.layers, 2 * m.rings, 2 * m.around)))
start = time.perf_counter()
heart.simulate(person)
if MPI.COMM_WORLD.rank == 0:
    print(time.perf_counter() - start)
"""
THROUGHPUT = """
import sys, time
from pathlib import Path
from tempfile import mkdtemp
from mpi4py import MPI
from sosie.batch.run import run
from sosie.heart.parameters import HeartParameters
from sosie.heart.simulate import INPUTS, Heart
from sosie.verification.hearts import survey
comm = MPI.COMM_WORLD
folder = Path(comm.bcast(mkdtemp() if comm.rank == 0 else None))
hearts = Heart(comm.Split(comm.rank), HeartParameters())
people = survey(int(sys.argv[1]))
comm.Barrier()
start = time.perf_counter()
run(people, folder, comm, organ=lambda team: hearts, inputs=INPUTS, parameters="", model="",
    ranks_per_patient=1)
if comm.rank == 0:
    print(time.perf_counter() - start)
"""


def seconds(program: str, ranks: int, *arguments: str) -> float:
    """Return what a program prints on some ranks."""
    mpiexec = str(Path(sys.executable).with_name("mpiexec"))
    command = [mpiexec, "-n", str(ranks), sys.executable, "-m", "mpi4py", "-c", program]
    done = subprocess.run([*command, *arguments], check=True, capture_output=True, text=True)
    return float(done.stdout.split()[-1])


def overhead() -> float:
    """Return the CPU seconds a patient of a study beside its simulations."""
    folder = Path(mkdtemp())
    study = yaml.safe_load((ROOT / "config" / "tiny.yaml").read_text())
    study["cohort"]["patients"], study["run"] = STUDY, {"batch_size": 50, "ranks": 2}
    (folder / "study.yaml").write_text(yaml.safe_dump(study))
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")]
    options = ["--configfile", "study.yaml", "--cores", "2", "--until", "finalise"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([*command, *options], cwd=folder, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    status = json.loads((folder / "results" / "tiny" / "status.json").read_text())
    return (used - status["heart"]["seconds"] - status["brain"]["seconds"]) / STUDY


def main() -> None:
    """Measure and write."""
    rows = []
    for name, program, arguments, conditions in (
        ("strong", STRONG, (), "one heart of 97,513 vertices"),
        ("throughput", THROUGHPUT, (str(PATIENTS),), f"{PATIENTS} hearts of 13,237 vertices"),
    ):
        seconds(program, 1, *arguments)  # compiles
        one, two = (seconds(program, ranks, *arguments) for ranks in (1, 2))
        rows.append(
            {
                "name": f"scaling_{name}",
                "value": round(2 * two, 2),
                "unit": "core-s on two ranks",
                "peer": "core-s on one rank",
                "peer_value": round(one, 2),
                "ratio": round(one / (2 * two), 3),
                "conditions": conditions,
            }
        )
    spent = overhead()
    rows.append(
        {
            "name": "workflow_overhead",
            "value": round(spent, 3),
            "unit": "CPU-s/patient",
            "peer": "limit of this project",
            "peer_value": LIMIT,
            "ratio": round(LIMIT / spent, 3),
            "conditions": f"{STUDY} patients, both organs, batches of 50, coarse meshes",
        }
    )
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    OUTPUT.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
