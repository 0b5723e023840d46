"""What is asked of a server, step by step, and with which status it must answer.

Every operation of the route table is in here; `test_answers` sees to that. `LIVE` begins on a fresh
server and goes on for days, `IMPORTED` brings a history into one that is idle.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

import msgspec

from tests.wire.server import EVENT, FULL_FILE, KEY, event

IMPORT = "/admin/v1/import"
CONFIGURATION = "/admin/v1/configuration"
BOARD = "/v1/leaderboards/walk"
ODD_ID = "a b ü@x"
ODD_PATH = "/v1/users/a%20b%20%C3%BC%40x"


class Step(NamedTuple):
    """One request, and the status of its answer."""

    name: str
    status: int
    method: str
    path: str
    body: object = None
    headers: Mapping[str, str] = MappingProxyType({})
    key: str | None = KEY
    days: int = 0
    """How many days the clock goes on before it."""


def get(name: str, path: str, status: int = 200, **fields: Any) -> Step:
    return Step(name, status, "GET", path, **fields)


def post(name: str, status: int, body: object, path: str = EVENT, **fields: Any) -> Step:
    return Step(name, status, "POST", path, body, **fields)


IDEMPOTENT = {"Idempotency-Key": "k1"}
BOB = {
    "id": "bob",
    "email": "bob@example.org",
    "deviceTokens": ["t1", "t2"],
    "signUpDate": "2024-02-29",
    "subscribeToEmails": False,
}
LARGER_FILE = FULL_FILE + b'[[metrics]]\nkey = "jumps"\nname = "Jumps"\n'

LIVE: Sequence[Step] = (
    get("status of an empty scope", "/admin/v1/status"),
    post(
        "first event",
        201,
        event("ada", 3, name="Ada", tz="Europe/London", attributes={"plan": "pro"}),
    ),
    post("event with a key", 201, event("ada", 4.5), headers=IDEMPOTENT),
    post("its repeat", 202, event("ada", 4.5), headers=IDEMPOTENT),
    post("user created", 201, BOB, "/v1/users"),
    post("user created again", 201, {"id": "bob", "tz": "Asia/Tokyo"}, "/v1/users"),
    Step("user identified", 200, "PUT", "/v1/users/cyd", {"name": "Cyd", "tz": None}),
    Step("user changed", 200, "PATCH", "/v1/users/bob", {"email": None, "name": "Bob"}),
    post("event that completes", 201, {**event("bob", 12.25), "attributes": {"via": "app"}}),
    post("event of an odd id", 201, event(ODD_ID, 5)),
    get("user of an odd id", ODD_PATH),
    post("event of the next day", 201, event("ada", 20.5), days=1),
    get("metrics", "/v1/users/ada/metrics"),
    get("metric", "/v1/users/ada/metrics/laps"),
    get("streak", "/v1/users/ada/streak?historyPeriods=2"),
    get("streak of this period", "/v1/users/bob/streak?historyPeriods=0"),
    get("achievements", "/v1/users/bob/achievements"),
    get("every achievement", "/v1/users/bob/achievements?includeIncomplete=true"),
    get("points", "/v1/users/ada/points/xp"),
    get("last award", "/v1/users/ada/points/xp?awards=1"),
    get("place", "/v1/users/ada/leaderboards/walk?numEvents=5"),
    get("place beyond the cap", f"{ODD_PATH}/leaderboards/rich"),
    get("board", BOARD),
    get("page of a board", BOARD + "?offset=1&limit=1"),
    get("around a user", BOARD + "?userId=bob&offset=-1&limit=3"),
    get("around the first", BOARD + "?userId=ada&offset=-2&limit=3"),
    get("place of somebody without one", "/v1/users/cyd/leaderboards/rich"),
    get("around nobody", BOARD + "?userId=nobody&limit=3"),
    get("user", "/v1/users/bob"),
    get("overview", "/admin/v1/users/ada?periods=2"),
    post("event that takes away", 201, event("ada", -26)),
    get("streak of days ago", "/v1/users/ada/streak?historyPeriods=3", days=4),
    get("overview after days", "/admin/v1/users/ada"),
    post("repeat after days", 202, event("ada", 4.5), headers=IDEMPOTENT),
    Step("configuration as it is", 200, "PUT", CONFIGURATION, FULL_FILE),
    Step("configuration", 200, "PUT", CONFIGURATION, LARGER_FILE),
    get("status", "/admin/v1/status"),
)


def line(user: str, value: float, date: str, **fields: Any) -> dict[str, Any]:
    return {
        "key": "steps",
        "user": {"id": user},
        "value": value,
        "timestamp": f"{date}T12:00:00Z",
        **fields,
    }


def lines(*items: object) -> bytes:
    return b"".join(msgspec.json.encode(item) + b"\n" for item in items)


HISTORY = lines(
    line("ada", 5, "2024-09-01"),
    line("ada", 6, "2024-09-02", idempotencyKey="six"),
    line("bob", 0.5, "2024-09-02") | {"value": "much"},
    line("bob", 3, "2024-09-02"),
)
BOBS_LAST = lines(line("bob", 1, "2024-09-02"))
FINISH = f"{IMPORT}?finish=true&finishAt=2024-09-03T00:00:00Z"

IMPORTED: Sequence[Step] = (
    post("nothing to finish", 422, b"", FINISH),
    post("import", 200, HISTORY, f"{IMPORT}?name=old&results=all"),
    post("live event meanwhile", 503, event("ada")),
    get("user meanwhile", "/v1/users/ada/streak?historyPeriods=1"),
    post("import again", 200, HISTORY, f"{IMPORT}?name=old&results=none"),
    post("import from the past", 200, lines(line("ada", 1, "2024-08-31")), f"{IMPORT}?name=past"),
    post(
        "numbered lines",
        200,
        b"17 " + lines(line("bob", 1, "2024-09-02")),
        f"{IMPORT}?numbered=true",
    ),
    post("finish", 202, b"", FINISH),
    get("user after", "/v1/users/ada/streak?historyPeriods=2"),
    post("import too late", 200, lines(line("ada", 1, "2024-09-04")), IMPORT),
    post("live event after", 201, event("bob")),
)
