"""Every attack goes each way that a request can take, with the patience of the server cut short."""

import sys
from collections.abc import Callable

import pytest

from api.front.server import Front
from tests.attack.siege import BEHIND, LANE, QUART, Way

Hurry = Callable[..., None]


@pytest.fixture(params=["both", "quart"])
def front(request: pytest.FixtureRequest) -> Front:
    return request.param


@pytest.fixture(params=[LANE, BEHIND, QUART], ids=lambda way: way.name)
def way(request: pytest.FixtureRequest) -> Way:
    return request.param


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> Hurry:
    """Return a function that sets limits, by their names in `api.front.limits`, where they count.

    Tests wait for the server to lose its patience, so it must have little.
    """

    def set_limits(**limits: float) -> None:
        for name, seconds in limits.items():
            concerned = [
                module
                for path, module in sys.modules.items()
                if path.startswith("api.front.") and hasattr(module, name)
            ]
            assert concerned, f"nobody knows {name}"
            for module in concerned:
                monkeypatch.setattr(module, name, seconds)

    return set_limits


@pytest.fixture(autouse=True)
def _stop_soon(hurry: Hurry) -> None:  # pyright: ignore[reportUnusedFunction]
    """A connection that never ends fails its test at once, and need not hold up the stop too."""
    hurry(DRAIN_SECONDS_MAX=0.5, LATE_SECONDS=0.05)
