"""A SLURM of two nodes on this machine, for the length of the session."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

CLUSTER = Path(__file__).with_name("cluster")
PROGRAMS = ("slurmctld", "slurmd", "slurmdbd", "munge", "mariadbd", "sacctmgr")


@pytest.fixture(scope="session")
def slurm(tmp_path_factory):
    """Bring the cluster up, or say why it cannot be."""
    if os.geteuid() != 0:
        pytest.skip("a SLURM is brought up as root only")
    absent = [program for program in PROGRAMS if shutil.which(program) is None]
    if absent:
        pytest.skip(f"not installed: {', '.join(absent)} (tests/slurm/cluster packages)")
    own = Path("/etc/slurm/slurm.conf")
    if own.exists() and not own.is_symlink():
        pytest.skip("this machine has a SLURM of its own, which is left alone")
    folder = tmp_path_factory.mktemp("slurm")
    for one in (folder, *folder.parents[:2]):
        one.chmod(0o755)  # the database runs as another user
    subprocess.run([CLUSTER, "up", folder], check=True, timeout=120)
    yield folder
    subprocess.run([CLUSTER, "down", folder], check=True, timeout=60)
