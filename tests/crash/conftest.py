"""Fixtures of the tests that end servers."""

from collections.abc import Generator

import pytest
import trio

from tests.crash.directories import Game, make_game
from tests.crash.server_life import Nest, nest
from tests.persistence.test_disk import shim
from tests.wire.conftest import front

__all__ = ["front", "shim"]


@pytest.fixture(scope="package")
def forking() -> Generator[Nest]:
    """What forks servers."""
    with nest() as made:
        yield made


@pytest.fixture(scope="package")
def game(tmp_path_factory: pytest.TempPathFactory) -> Game:
    """A directory with a game of many users, to be copied."""
    return trio.run(make_game, tmp_path_factory.mktemp("game") / "data")
