"""What is asked of a server, step by step, and with which status it must answer.

Every operation of the route table is in here; `test_answers` sees to that. `LIVE` begins on a fresh
server and goes on for days, `IMPORTED` brings a history into one that is idle, `STREAKS` tells what
happens to the streaks of two people, by themselves and by an operator's hand.
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
    hours: int = 0
    """And how many hours."""
    swept: bool = False
    """Whether all that is due by then is recorded before it."""


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


SETTINGS = "/admin/v1/streaks/settings"
FREEZES = "/admin/v1/streaks/freezes"
PAUSES = "/admin/v1/streaks/pauses"
RESTORE = "/admin/v1/streaks/restore"
RESET = "/admin/v1/streaks/reset"
STREAKS_OF = "/v1/streaks"
ADAS = "/v1/users/ada"
BOBS = "/v1/users/bob"


def patch(name: str, status: int, body: object, path: str, **fields: Any) -> Step:
    return Step(name, status, "PATCH", path, body, **fields)


def twice(step: Step, status: int = 200) -> tuple[Step, Step]:
    """A step under an idempotency key, and its repeat, which must find nothing left to do."""
    step = step._replace(headers={"Idempotency-Key": step.name})
    return step, step._replace(name=f"{step.name}, again", status=status, days=0)


def users(*ids: str) -> dict[str, Any]:
    return {"users": [{"id": user} for user in ids]}


def pause(user: str, start: str, end: str) -> dict[str, str]:
    return {"userId": user, "start": start, "end": end}


ADAS_PAUSE = "00000000-0001-8001-8000-000040000001"
ADAS_OTHER_PAUSE = "00000000-0001-8001-8000-000040000002"
NO_PAUSE = "00000000-0009-8001-8000-000040000001"
TWO_FREEZES = {"startCount": 1, "maxCount": 2, "autoEarnInterval": 7, "autoEarnAmount": 1}
OWN_SETTINGS = {
    "evaluationMode": "AND",
    "metrics": [{"key": "steps", "threshold": 1.5}, {"key": "laps", "threshold": 1}],
    "daysOff": [6, 3],
}

STREAKS: Sequence[Step] = (
    # Friday, 4 October 2024. Freezes are switched on; who is made from now on has one.
    get("settings as configured", SETTINGS),
    patch("freezes on", 200, {"freezes": TWO_FREEZES}, SETTINGS),
    post("ada begins", 201, event("ada", 1, tz="Europe/London")),
    post("bob begins", 201, event("bob", 1)),
    get("both alike, as asked for", f"{STREAKS_OF}?userIds=bob,ada"),
    post("cyd is made", 201, {"id": "cyd"}, "/v1/users"),
    # Saturday. Ada comes, Bob does not.
    post("ada's second day", 201, event("ada", 1), days=1),
    # Sunday. At midnight a freeze was used for Bob's Saturday; nobody has swept, so it is due.
    get("bob's streak was frozen", f"{BOBS}/streak?historyPeriods=2", days=1),
    get("bob's freezes, one use due", f"{BOBS}/streak/ledger?rows=freezes"),
    *twice(
        post(
            "freezes granted",
            201,
            {"freezes": [{"userId": user} for user in ("bob", "bob", "bob", "nobody")]},
            FREEZES,
        )
    ),
    get("bob's freezes", f"{BOBS}/streak/ledger?rows=freezes&limit=2"),
    get("bob's older freezes", f"{BOBS}/streak/ledger?rows=freezes&limit=2&before=8.3"),
    post("bob comes back", 201, event("bob", 1)),
    post("ada's third day", 201, event("ada", 1)),
    # Monday. Ada is going away for two days, and perhaps once more.
    *twice(
        post(
            "pauses made",
            201,
            {
                "pauses": [
                    pause("ada", "2024-10-08", "2024-10-09"),
                    pause("ada", "2024-10-12", "2024-10-13"),
                    pause("ada", "2024-10-06", "2024-10-09"),
                    pause("bob", "2024-10-09", "2024-10-08"),
                    pause("bob", "tomorrow", "2024-10-08"),
                    pause("nobody", "2024-10-08", "2024-10-09"),
                ]
            },
            PAUSES,
            days=1,
        )
    ),
    get("pauses to come", f"{ADAS}/streak?historyPeriods=0"),
    post("ada's fourth day", 201, event("ada", 1)),
    Step("a pause deleted", 200, "DELETE", f"{PAUSES}?ids={ADAS_OTHER_PAUSE},{NO_PAUSE}"),
    Step("deleted already", 200, "DELETE", f"{PAUSES}?ids={ADAS_OTHER_PAUSE}&ids=monday"),
    # Thursday. Ada's pause is over; Bob's two freezes are used up, and then the streak broke.
    get("ada's streak was paused", f"{ADAS}/streak?historyPeriods=3", days=3),
    get("bob's streak broke", f"{BOBS}/streak?historyPeriods=4"),
    *twice(post("bob's streak restored", 201, users("bob", "ada", "nobody"), RESTORE)),
    get("bob's streak as it was", f"{BOBS}/streak?historyPeriods=1"),
    get("bob's periods", f"{BOBS}/streak/ledger?limit=3"),
    get("bob's older periods", f"{BOBS}/streak/ledger?limit=3&before=16.4"),
    get("bob's oldest period", f"{BOBS}/streak/ledger?limit=3&before=8.1"),
    get("why bob's streak lives", f"{BOBS}/streak/explain?from=2024-10-03&to=2024-10-10"),
    *twice(post("ada's streak reset", 200, users("ada", "nobody"), RESET)),
    post("nothing to restore", 200, users("ada"), RESTORE),
    get("ada's streak, reset", f"{ADAS}/streak?historyPeriods=0"),
    post("ada starts anew", 201, event("ada", 1)),
    get("why ada's streak is short", f"{ADAS}/streak/explain?from=2024-10-07"),
    post("bob goes on", 201, event("bob", 1)),
    # Friday, a week after they were made: at midnight each has earned a freeze.
    get("a freeze earned", f"{BOBS}/streak/ledger?rows=freezes&limit=1", days=1),
    patch("days off", 200, {"daysOff": [6, 0]}, SETTINGS),
    patch(
        "weekly",
        200,
        {"frequency": "weekly", "metrics": [{"key": "steps", "threshold": 2}]},
        SETTINGS,
    ),
    get("ada by the week", f"{ADAS}/streak?historyPeriods=1"),
    get("ada's months", f"{ADAS}/streak/ledger?frequency=monthly"),
    get("why ada's week counts", f"{ADAS}/streak/explain?from=2024-09-30"),
    patch("daily again, without freezes", 200, {"frequency": "daily", "freezes": None}, SETTINGS),
    get("bob without freezes", f"{BOBS}/streak?historyPeriods=0"),
    post("no freezes to grant", 200, {"freezes": [{"userId": "bob"}]}, FREEZES),
    # What users set for themselves.
    get("bob's settings", f"{BOBS}/preferences"),
    patch("not for users to say", 403, {"streak": {"daysOff": [3]}}, f"{BOBS}/preferences"),
    patch("for users to say", 200, {"customizationEnabled": True}, SETTINGS),
    patch(
        "bob's own settings",
        200,
        {"notifications": {"recap": ["push"], "reactivation": []}, "streak": OWN_SETTINGS},
        f"{BOBS}/preferences",
    ),
    get("why bob's day is open", f"{BOBS}/streak/explain?from=2024-10-11"),
    patch(
        "some as configured",
        200,
        {"notifications": {"recap": None}, "streak": {"metrics": None, "daysOff": None}},
        f"{BOBS}/preferences",
    ),
    get("what bob has set", f"{BOBS}/preferences"),
    patch("no streaks for bob", 200, {"streak": {"enabled": False}}, f"{BOBS}/preferences"),
    post("nothing for bob", 200, users("bob"), RESTORE),
    get("bob's last periods", f"{BOBS}/streak/ledger?limit=2"),
    patch("all as configured", 200, {"notifications": None, "streak": None}, f"{BOBS}/preferences"),
    post("bob's streak restored once more", 201, users("bob"), RESTORE),
    get("settings in the end", SETTINGS),
    get("streaks", f"{STREAKS_OF}?userIds=cyd,nobody&userIds=ada&userIds=bob,ada"),
    get("nothing was done twice", "/admin/v1/status"),
)
