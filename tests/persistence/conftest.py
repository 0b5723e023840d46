"""Fixtures of the tests of persistence."""

from pathlib import Path

import pytest

from tests.persistence.backends import Backend, LmdbBackend, MemoryBackend


@pytest.fixture(params=["lmdb", "memory", "slow memory"])
def backend(request: pytest.FixtureRequest, data_directory: Path) -> Backend:
    """Every kind of store, empty."""
    if request.param == "lmdb":
        return LmdbBackend(data_directory)
    return MemoryBackend(slow=request.param == "slow memory")
