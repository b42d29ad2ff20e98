"""The lock, the conda environment and the declared dependencies say the same."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LOCK = (ROOT / "requirements.lock").read_text()
PINS = dict(re.findall(r"^([a-z0-9-]+)==([^\s;]+)", LOCK, re.MULTILINE))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
ENVIRONMENT = yaml.safe_load((ROOT / "envs/sosie.yaml").read_text())["dependencies"]

PIP_NAMES = {
    "dask-core": "dask",
    "fenics-dolfinx": "dolfinx-solver-real",
    "matplotlib-base": "matplotlib",
    "snakemake-minimal": "snakemake",
}
"""Conda's name of a package, and PyPI's, where they differ."""

NOT_LOCKED = {"c-compiler", "git", "pip", "python", "petsc4py"}
"""In conda's environment only: tools of the machine, and what the engine's wheel contains."""


def conda_packages() -> dict[str, str]:
    """Return conda's pins by PyPI's names (no pin: an empty version)."""
    conda = [entry for entry in ENVIRONMENT if isinstance(entry, str)]
    pip = next(entry["pip"] for entry in ENVIRONMENT if isinstance(entry, dict))
    parts = [re.split("[>=]+", entry) for entry in [*conda, *pip]]
    return {PIP_NAMES.get(name, name): "".join(rest[:1]) for name, *rest in parts}


def public(version: str) -> str:
    """Return a version without the wheel builder's suffix, which conda does not know."""
    return re.sub(r"\.post\d+$", "", version)


def requirements(*extras: str) -> list[Requirement]:
    """Return what the project declares, with its extras."""
    lists = [PROJECT["dependencies"], *(PROJECT["optional-dependencies"][e] for e in extras)]
    return [Requirement(line) for lines in lists for line in lines]


@pytest.mark.parametrize("package", sorted(conda_packages().keys() - NOT_LOCKED))
def test_conda_and_the_lock_pin_the_same_version(package):
    assert conda_packages()[package] == public(PINS[package])


def test_conda_has_the_petsc_that_the_engine_contains():
    petsc4py = pytest.importorskip("petsc4py")
    assert petsc4py.__version__.startswith(conda_packages()["petsc4py"].rstrip("*"))


def test_conda_has_every_runtime_dependency():
    assert {canonicalize_name(r.name) for r in requirements()} <= conda_packages().keys()


@pytest.mark.parametrize("requirement", requirements("test"), ids=lambda r: r.name)
def test_the_lock_satisfies_what_the_project_declares(requirement):
    assert requirement.specifier.contains(PINS[canonicalize_name(requirement.name)])


def test_every_pin_has_a_hash():
    blocks = re.split(r"\n(?=[a-z])", LOCK[LOCK.index("\nannotated") :].strip())
    assert len(blocks) == len(PINS)
    assert all(re.search(r"--hash=sha256:[0-9a-f]{64}", block) for block in blocks)


def test_the_lock_names_no_host():
    assert "://" not in LOCK
    assert "index-url" not in LOCK.split("\nannotated")[1]


def test_the_citation_is_of_this_version():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert citation["version"] == PROJECT["version"]
