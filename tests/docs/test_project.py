"""The project's own files agree with each other."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY, file_system_type

PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
LOCK = (REPOSITORY / "requirements.lock").read_text()
MAKEFILE = (REPOSITORY / "Makefile").read_text()
SUITES = sorted(path.parent.name for path in REPOSITORY.glob("tests/*/__init__.py"))


def canonical(requirement: str) -> str:
    """The name that a requirement starts with, as package registries compare names."""
    name = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert name, requirement
    return re.sub(r"[-_.]+", "-", name[0]).lower()


def test_every_make_target_has_a_help_line() -> None:
    phony = re.search(r"^\.PHONY: (.+)$", MAKEFILE, re.MULTILINE)
    assert phony
    shown = subprocess.run(["make"], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    helped = re.findall(r"^  make (\S+) +\S", shown.stdout, re.MULTILINE)
    targets = re.findall(r"^([a-z][a-z-]*):", MAKEFILE, re.MULTILINE)
    assert sorted(helped) == sorted(targets) == sorted(phony[1].split())


def test_newest_version_in_the_changelog_is_the_project_version() -> None:
    changelog = (REPOSITORY / "CHANGELOG.md").read_text()
    versions = re.findall(r"^## \[(\d[^\]]*)\]", changelog, re.MULTILINE)
    assert versions[0] == PROJECT["project"]["version"]


def test_lock_covers_every_requirement_with_hashes() -> None:
    required = (
        PROJECT["project"]["dependencies"]
        + PROJECT["dependency-groups"]["dev"]
        + PROJECT["build-system"]["requires"]
    )
    locked = re.findall(r"^(\S+)==.*\\\n    --hash=sha256:[0-9a-f]{64}", LOCK, re.MULTILINE)
    assert {canonical(name) for name in required} <= {canonical(name) for name in locked}
    assert len(locked) == len(re.findall(r"^\S+==", LOCK, re.MULTILINE))


def test_lock_names_no_address_and_no_option() -> None:
    assert not re.search(r"://|^-|--(index|extra|find)", LOCK, re.MULTILINE)


def test_exactly_pinned_requirements_are_what_the_lock_installs() -> None:
    pinned = [name for name in PROJECT["project"]["dependencies"] if "==" in name]
    assert pinned, "tzdata is part of the rules' version and is pinned exactly"
    for requirement in pinned:
        assert re.search(rf"^{re.escape(requirement)} ", LOCK, re.MULTILINE), requirement


@pytest.mark.parametrize("suite", SUITES)
def test_tests_readme_says_what_each_folder_is_for(suite: str) -> None:
    readme = (REPOSITORY / "tests" / "README.md").read_text()
    assert re.search(rf"^\| `{suite}` +\| \w", readme, re.MULTILINE)


def test_data_directory_is_empty_and_lies_where_the_run_says(
    data_directory: Path, pytestconfig: pytest.Config
) -> None:
    assert list(data_directory.iterdir()) == []
    header = str(pytestconfig.hook.pytest_report_header(config=pytestconfig, start_path=None))
    assert f"durable data on {file_system_type(data_directory)};" in header
