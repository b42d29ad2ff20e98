"""A tiny study that really runs, in a folder of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]


class Workbench:
    """Runs snakemake on one study file in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.study = yaml.safe_load((ROOT / "config" / "tiny.yaml").read_text())

    def run(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess:
        """Run snakemake on the study as it now stands."""
        (self.folder / "study.yaml").write_text(yaml.safe_dump(self.study))
        command = [
            *(sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")),
            *("--configfile", "study.yaml", "--cores", "2", *arguments),
        ]
        done = subprocess.run(
            command,
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            env=_environment(),
        )
        if check and done.returncode:
            logs = "\n".join(log.read_text() for log in self.folder.glob("logs/**/*.log"))
            pytest.fail(f"{done.stdout}\n{done.stderr}\n{logs}")
        return done

    def path(self, name: str) -> Path:
        """Return a result's path."""
        return self.folder / "results" / "tiny" / name


def _environment() -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if not k.startswith(("PMI_", "MPI", "HYDI"))}


@pytest.fixture(scope="session")
def finished(tmp_path_factory) -> Workbench:
    """Return the tiny study, run once; a test that changes it puts it back."""
    bench = Workbench(tmp_path_factory.mktemp("tiny"))
    bench.run()
    return bench


@pytest.fixture
def bench(tmp_path) -> Workbench:
    """Return a study that has not run."""
    return Workbench(tmp_path)
