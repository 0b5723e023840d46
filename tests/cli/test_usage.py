"""Help, version, exit statuses of wrong usage: what a person meets first."""

import subprocess
import sys
from pathlib import Path

import pytest

from api.cli.exit_codes import EXPLAINED
from api.embedded import open_laurels
from engine.model.errors import LaurelsError
from tests.cli.command import environment, laurels, laurels_process
from tests.conftest import REPOSITORY
from tests.docs.test_project import PROJECT

COMMANDS = ["import", "import-git", "top", "user", "why streak", "dry-run", "what-if"]
COMMANDS += ["digest", "verify"]


def test_help_names_every_command_and_exit_status() -> None:
    done = laurels("--help")
    assert done.status == 0
    assert all(command.split()[0] in done.out for command in COMMANDS)
    assert all(f"{code} {what}" in done.out for code, what in EXPLAINED.items())


def test_every_error_has_an_explained_exit_status() -> None:
    assert open_laurels, "with it every module is imported that has errors"
    kinds: list[type[LaurelsError]] = [LaurelsError]
    for kind in kinds:
        kinds += kind.__subclasses__()
    assert {kind.exit_code for kind in kinds} <= set(EXPLAINED)
    assert len(kinds) > 10


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(command: str) -> None:
    done = laurels(*command.split(), "--help")
    assert done.status == 0
    assert f"Example: laurels {command}" in done.out or f"| laurels {command}" in done.out
    assert "--data" in done.out


def test_version_is_the_project_version_also_as_a_module() -> None:
    version = f"laurels {PROJECT['project']['version']}\n"
    assert laurels_process("--version").out == version
    module = [sys.executable, "-m", "api.cli", "--version"]
    done = subprocess.run(module, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert done.stdout == version


def test_help_imports_no_engine() -> None:
    listed = "import sys, api.cli.main; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", listed], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    heavy = {"trio", "lmdb", "msgspec", "engine.host", "persistence", "api.embedded", "zoneinfo"}
    assert not heavy & set(done.stdout.split())


def test_wrong_usage_is_exit_status_2(tmp_path: Path) -> None:
    for arguments in (["nonsense"], ["import"], ["top", "x", "--limit", "many"]):
        done = laurels_process(*arguments)
        assert done.status == 2
        assert "Usage: laurels" in done.err
        assert done.out == ""


@pytest.mark.parametrize("command", [["digest"], ["top", "most"], ["user", "ada"], ["verify"]])
def test_reading_what_is_not_there_says_so(command: list[str], tmp_path: Path) -> None:
    done = laurels(*command, "--data", tmp_path / "nothing")
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith("laurels: ")
    assert "nothing" in done.err
    assert len(done.err.splitlines()) == 1
    assert not (tmp_path / "nothing").exists()


def test_a_directory_may_be_named_by_the_environment(tmp_path: Path) -> None:
    named = {**environment(), "LAURELS_DATA": str(tmp_path / "elsewhere")}
    module = [sys.executable, "-m", "api.cli", "digest"]
    done = subprocess.run(
        module, cwd=REPOSITORY, capture_output=True, text=True, check=False, env=named
    )
    assert done.returncode == 2
    assert "elsewhere" in done.stderr
