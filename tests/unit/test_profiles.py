"""Profiles and the container say only what snakemake, the workflow and the lock know."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.specifiers import SpecifierSet
from snakemake.cli import get_argument_parser

ROOT = Path(__file__).parents[2]
PROFILES = sorted([*ROOT.glob("cluster_profiles/*/config.yaml"), *ROOT.glob("profiles/*/*.yaml")])
RULE_FILES = [ROOT / "Snakefile", *sorted(ROOT.glob("workflow/rules/*.smk"))]
CONTAINER = (ROOT / "envs/sosie.def").read_text()
INSTALLS = re.findall(
    r"^.*\b(?:pip|uv|conda)\d*\s+install\b.*$", CONTAINER.replace("\\\n", " "), re.MULTILINE
)


def name(path: Path) -> str:
    return path.parent.name


@pytest.fixture(scope="module")
def options() -> set[str]:
    """Return what ``snakemake --help`` lists, the SLURM plugin's options among it."""
    actions = get_argument_parser()._actions
    return {option for action in actions for option in action.option_strings}


@pytest.fixture(scope="module")
def rules() -> set[str]:
    texts = [path.read_text() for path in RULE_FILES]
    return {rule for text in texts for rule in re.findall(r"^rule (\w+):", text, re.MULTILINE)}


def test_the_profiles_are_found():
    assert {"default", "local", "site_template", "slurm"} <= {name(path) for path in PROFILES}


@pytest.mark.parametrize("profile", PROFILES, ids=name)
def test_a_profile_sets_only_options_that_snakemake_has(profile, options):
    settings = yaml.safe_load(profile.read_text())
    assert {f"--{key}" for key in settings} <= options


@pytest.mark.parametrize("profile", PROFILES, ids=name)
def test_a_profile_sets_resources_of_rules_that_exist(profile, rules):
    settings = yaml.safe_load(profile.read_text())
    assert settings.get("set-resources", {}).keys() <= rules


@pytest.mark.parametrize("profile", ["slurm", "site_template"])
def test_on_a_cluster_the_plugins_traps_are_avoided(profile):
    """What each of these does to a study is in docs/slurm.md."""
    settings = yaml.safe_load((ROOT / "cluster_profiles" / profile / "config.yaml").read_text())
    assert settings["slurm-status-command"] == "squeue"
    assert settings["retries"] > 0
    assert not settings.keys() & {"slurm-array-jobs", "slurm-array-limit"}


def test_the_template_asks_of_a_cluster_what_the_slurm_profile_asks():
    slurm, template = (
        yaml.safe_load((ROOT / "cluster_profiles" / profile / "config.yaml").read_text())
        for profile in ("slurm", "site_template")
    )
    assert template["set-resources"] == slurm["set-resources"]
    assert template["retries"] == slurm["retries"]


@pytest.mark.parametrize("path", RULE_FILES, ids=lambda path: path.name)
def test_no_rule_retries_by_itself(path):
    """A rule's own retries would run inside the allocation that did not suffice."""
    assert not re.search(r"^\s*retries\s*:", path.read_text(), re.MULTILINE)


def test_the_container_starts_from_a_version():
    assert re.search(r"^From: debian:\d+\.\d+(-slim)?$", CONTAINER, re.MULTILINE)


def test_the_container_has_one_python_that_the_project_supports():
    requires = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]
    versions = set(re.findall(r"python(\d[\d.]*\d)", CONTAINER))
    assert len(versions) == 1
    assert SpecifierSet(requires).contains(versions.pop())


@pytest.mark.parametrize("line", INSTALLS)
def test_the_container_installs_what_the_lock_pins_and_nothing_else(line):
    locked = "--require-hashes" in line and re.search(r"-r (requirements|backend)\.lock", line)
    itself = "--no-index" in line and line.endswith(" .")
    assert "--no-deps" in line
    assert locked or itself


def test_the_container_installs_the_whole_lock():
    assert any("-r requirements.lock" in line for line in INSTALLS)


def test_the_container_names_no_host():
    assert "://" not in CONTAINER
    assert "index-url" not in CONTAINER
