"""A tiny study that really runs, in a folder of its own."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]


class Workbench:
    """Runs snakemake on one study file in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.study = yaml.safe_load((ROOT / "config" / "tiny.yaml").read_text())

    def command(self, *arguments: str) -> list[str]:
        """Return the command that runs the study as it now stands."""
        (self.folder / "study.yaml").write_text(yaml.safe_dump(self.study))
        snakemake = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")]
        return [*snakemake, "--configfile", "study.yaml", "--cores", "2", *arguments]

    @property
    def environment(self) -> dict[str, str]:
        """Return the environment without what a launcher of this test run left there."""
        return {k: v for k, v in os.environ.items() if not k.startswith(("PMI_", "MPI", "HYDI"))}

    def run(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess:
        """Run snakemake on the study as it now stands."""
        done = subprocess.run(
            self.command(*arguments),
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            env=self.environment,
        )
        if check and done.returncode:
            logs = "\n".join(log.read_text() for log in self.folder.glob("logs/**/*.log"))
            pytest.fail(f"{done.stdout}\n{done.stderr}\n{logs}")
        return done

    def path(self, name: str) -> Path:
        """Return a result's path."""
        return self.folder / "results" / "tiny" / name


@pytest.fixture(scope="session")
def make_bench(tmp_path_factory) -> Callable[[], Workbench]:
    """Make studies that outlive a test."""
    return lambda: Workbench(tmp_path_factory.mktemp("study"))


@pytest.fixture(scope="session")
def finished(make_bench) -> Workbench:
    """Return the tiny study, run once; a test that changes it puts it back."""
    bench = make_bench()
    bench.run()
    return bench


@pytest.fixture
def bench(tmp_path) -> Workbench:
    """Return a study that has not run."""
    return Workbench(tmp_path)
