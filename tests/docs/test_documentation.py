"""The documentation says what the code does: every field is in it, and its examples run."""

import json
import re
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from api.cli.exit_codes import EXPLAINED
from engine.configuration import document
from engine.model.errors import LaurelsError

REPOSITORY = Path(__file__).resolve().parents[2]
README = (REPOSITORY / "README.md").read_text()
CONFIGURATION = (REPOSITORY / "docs" / "configuration.md").read_text()

ENTRIES = [
    value
    for value in vars(document).values()
    if isinstance(value, type) and issubclass(value, msgspec.Struct)
]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.__name__)
def test_every_field_of_the_configuration_is_documented(entry: type[msgspec.Struct]) -> None:
    for field in msgspec.structs.fields(entry):
        assert re.search(rf"\b{field.encode_name}\b", CONFIGURATION), field.encode_name


def test_the_example_of_the_readme_runs(tmp_path: Path) -> None:
    """The very text that a reader copies, in an empty directory; its answer is the one shown."""
    toml = re.findall(r"```toml\n(.*?)```", README, re.DOTALL)[0]
    python = re.findall(r"```python\n(.*?)```", README, re.DOTALL)[0]
    (tmp_path / "lessons.toml").write_text(toml)
    ran = subprocess.run(
        [sys.executable, "-c", python], cwd=tmp_path, capture_output=True, check=True, text=True
    )
    answer = json.loads(ran.stdout)
    assert answer["eventId"] == "3.0"
    assert answer["points"]["xp"]["awards"][0]["id"] == "3.5"
    assert answer["leaderboards"]["xp"]["rank"] == 1
    assert answer["currentStreak"]["length"] == 1


def test_every_exit_status_is_explained() -> None:
    def all_errors(error: type[LaurelsError]) -> set[type[LaurelsError]]:
        return {error}.union(*(all_errors(each) for each in error.__subclasses__()))

    assert {error.exit_code for error in all_errors(LaurelsError)} <= set(EXPLAINED)


def test_every_link_of_the_documentation_leads_somewhere() -> None:
    for page in [*REPOSITORY.glob("*.md"), *REPOSITORY.glob("*/*.md")]:
        for link in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
            assert (page.parent / link).exists(), f"{page.name}: {link}"
