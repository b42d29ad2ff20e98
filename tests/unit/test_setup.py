"""scripts/setup refuses a machine that cannot carry sosie, and makes the environment once.

Each test runs the script in a copy of the tree, on a PATH of its own whose programs are fakes:
nothing is installed.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BASH = shutil.which("bash")

PYTHON = """#!{bash}
echo "$*" >> "{log}"
case "$*" in
    "-I -c "*) printf '%s\\n' "{header}" "$0" ;;
    "-m venv"*) mkdir -p "$4/bin" && cp "$0" "$4/bin/python" ;;
    *pip*) echo "pip says so"; exit {pip} ;;
esac
"""
"""An interpreter that fits: it answers the probe, copies itself as a venv, and logs."""


class Machine:
    """A fake machine: a copy of the tree, and a PATH with only the programs put there."""

    def __init__(self, folder: Path) -> None:
        self.root, self.bin, self.log = folder / "a tree", folder / "bin", folder / "python.log"
        self.environment = {"PATH": str(self.bin), "HOME": str(folder)}
        (self.root / "scripts").mkdir(parents=True)
        self.bin.mkdir()
        for file in ("scripts/setup", "requirements.lock", "pyproject.toml"):
            shutil.copy(ROOT / file, self.root / file)
        for tool in ("cat", "cp", "mkdir", "sed", "sha256sum", "tail", "tr"):
            (self.bin / tool).symlink_to(shutil.which(tool))
        self.header = folder / "Python.h"
        self.header.touch()
        self.add("uname", 'case "$1" in -s) echo Linux ;; -m) echo x86_64 ;; esac')
        self.add("getconf", "echo glibc 2.34")
        self.add("git", "exit 0")
        self.add("gcc", "exit 0")
        self.add_python()

    def add(self, name: str, body: str) -> None:
        """Put a program on the PATH; it logs nothing."""
        program = self.bin / name
        program.write_text(f"#!{BASH}\n{body}\n")
        program.chmod(0o755)

    def add_python(self, pip: int = 0) -> None:
        """Put an interpreter on the PATH whose pip ends with status ``pip``."""
        program = self.bin / "python3"
        program.write_text(PYTHON.format(bash=BASH, log=self.log, header=self.header, pip=pip))
        program.chmod(0o755)

    def remove(self, name: str) -> None:
        """Take a program away."""
        (self.bin / name).unlink()

    def setup(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run scripts/setup."""
        return subprocess.run(
            [BASH, self.root / "scripts/setup", *arguments],
            env=self.environment | environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def pip_calls(self) -> list[str]:
        """Return the arguments of each call of pip so far."""
        lines = self.log.read_text().splitlines()
        return [line for line in lines if line.startswith("-I -m pip")]


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


def refusal(result: subprocess.CompletedProcess[str]) -> str:
    """Return the one sentence with which setup refused the machine."""
    assert result.returncode == 2, result.stderr
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    return result.stderr


def test_a_fit_machine_passes_in_silence(machine):
    result = machine.setup("--check")
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_no_python_that_fits_is_refused(machine):
    machine.add("python3", "exit 1")
    assert "install one, or name one by SOSIE_PYTHON" in refusal(machine.setup("--check"))


def test_an_older_python_does_not_fit(machine):
    python = shutil.which("python3.11", path="/usr/bin")
    if python is None:
        pytest.skip("needs the system's Python 3.11")
    machine.add("python3", f'exec {python} "$@"')
    assert "there is no CPython 3.12 or later" in refusal(machine.setup("--check"))


def test_a_python_under_pyenv_is_found(machine, tmp_path):
    folder = tmp_path / ".pyenv/versions/3.12.9/bin"
    folder.mkdir(parents=True)
    shutil.move(machine.bin / "python3", folder / "python")
    assert machine.setup("--check").returncode == 0
    assert "SOSIE_PYTHON" in refusal(machine.setup("--check", PYENV_ROOT=str(tmp_path / "other")))


def test_an_interpreter_named_by_the_user_is_the_only_one_tried(machine):
    assert "SOSIE_PYTHON is '/no/python'" in refusal(machine.setup(SOSIE_PYTHON="/no/python"))


def test_uv_fetches_a_python_where_none_fits(machine, tmp_path):
    shutil.move(machine.bin / "python3", tmp_path / "fetched")
    machine.add(
        "uv",
        f'case "$1 $2" in "python install") {shutil.which("touch")} "{tmp_path}/done" ;;'
        f' "python find") [[ -e "{tmp_path}/done" ]] && echo "{tmp_path}/fetched" ;; esac',
    )
    assert machine.setup().returncode == 0
    assert len(machine.pip_calls()) == 3


@pytest.mark.parametrize("tool", ["gcc", "git"])
def test_a_missing_tool_is_refused(machine, tool):
    machine.remove(tool)
    assert f"there is no {tool} on PATH: install it" in refusal(machine.setup("--check"))


def test_missing_python_headers_are_refused(machine):
    machine.header.unlink()
    assert "apt-get install python3-dev" in refusal(machine.setup("--check"))


def test_missing_c_library_headers_are_refused(machine):
    machine.add("gcc", "exit 1")
    assert "apt-get install libc6-dev" in refusal(machine.setup("--check"))


def test_another_architecture_is_refused(machine):
    machine.add("uname", 'case "$1" in -s) echo Linux ;; -m) echo aarch64 ;; esac')
    assert "this machine is Linux aarch64" in refusal(machine.setup("--check"))


@pytest.mark.parametrize("libc", ["echo glibc 2.33", "exit 1"], ids=["old glibc", "no glibc"])
def test_another_c_library_is_refused(machine, libc):
    machine.add("getconf", libc)
    assert "needs glibc 2.34 or later" in refusal(machine.setup("--check"))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root installs system packages")
def test_as_root_in_ci_missing_packages_are_installed(machine, tmp_path):
    shutil.move(machine.bin / "gcc", tmp_path / "gcc")
    machine.add(
        "apt-get",
        f'[[ $1 == update ]] || {shutil.which("mv")} "{tmp_path}/gcc" "{machine.bin}/gcc"\n'
        f'echo "$*" >> "{tmp_path}/apt.log"',
    )
    assert "there is no gcc" in refusal(machine.setup())
    result = machine.setup(CI="true")
    assert result.returncode == 0, result.stderr
    calls = (tmp_path / "apt.log").read_text().splitlines()
    assert calls == ["update", "install -y --no-install-recommends gcc libc6-dev"]


def test_the_environment_is_made_once(machine):
    assert machine.setup().returncode == 0
    backend, locked, project = machine.pip_calls()
    assert "--require-hashes -r" in backend
    assert locked.endswith("--require-hashes -r requirements.lock")
    assert project.endswith("--editable .")
    again = machine.setup()
    assert (again.returncode, again.stderr) == (0, "")
    assert len(machine.pip_calls()) == 3


def test_a_changed_lock_makes_it_anew_and_a_changed_project_installs_the_project(machine):
    machine.setup()
    with (machine.root / "pyproject.toml").open("a") as file:
        file.write("# changed\n")
    machine.setup()
    assert len(machine.pip_calls()) == 4
    with (machine.root / "requirements.lock").open("a") as file:
        file.write("# changed\n")
    machine.setup()
    assert len(machine.pip_calls()) == 7


def test_a_failed_installation_is_shown_and_tried_again(machine):
    machine.add_python(pip=1)
    result = machine.setup()
    assert result.returncode == 1
    assert "pip says so" in result.stderr
    machine.add_python()
    assert machine.setup().returncode == 0
