"""What the tests of the command line share."""

from pathlib import Path

import pytest

from tests.cli.command import CONFIGURATION


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "game.toml"
    path.write_text(CONFIGURATION)
    return path
