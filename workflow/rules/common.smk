import json
from pathlib import Path

from sosie.batch.digest import model_digest
from sosie.config import plan, read_study
from sosie.login import refuse, use_this_environment
from sosie.errors import SosieError
from sosie.store.layout import SHARD
from sosie.store.planned import check_layout

use_this_environment()

try:
    study = read_study(config)
    planned = plan(study)
    check_layout(Path("results") / study.study / "cohort.zarr")
except SosieError as error:
    refuse(error)


# One thread a rank. mpiexec starts its ranks itself, on one node: within a SLURM job it would else
# ask srun for a step that is already taken, and wait for ever. On a cluster what the forms compile
# to is kept on the node's own disk.
shell.prefix(
    "export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 HYDRA_LAUNCHER=fork HYDRA_RMK=user;"
    ' [ -z "${{SLURM_JOB_ID:-}}" ] || export XDG_CACHE_HOME="${{TMPDIR:-/tmp}}/sosie-$(id -u)"; '
)

# What each rank runs. One that fails before MPI has started, for want of memory say, only exits, and
# the launcher lets the others wait for it: so it ends by a signal, which ends them all.
RANK = "sh -c 'python -m mpi4py -m sosie \"$@\" || kill -KILL $$' rank"

shards = range(-(-planned.size // SHARD))


wildcard_constraints:
    study=study.study,
    batch=r"\d+",
    shard=r"\d+",
    organ="|".join(study.organs),


def manifests_of(wildcards):
    """Manifests of the batches that hold a shard's patients."""
    first = int(wildcards.shard) * SHARD
    return expand(
        "results/{{study}}/{{organ}}/{batch}.json",
        batch=planned.batches_of(first, first + SHARD),
    )


def first_of(wildcards):
    """Index of the first patient of a shard's first manifest."""
    size = study.run.batch_size
    return int(wildcards.shard) * SHARD // size * size
