"""Every test that asks for `front` runs over both front ends."""

import pytest

from api.front.server import Front


@pytest.fixture(params=["both", "quart"])
def front(request: pytest.FixtureRequest) -> Front:
    return request.param
