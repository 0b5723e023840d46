"""What an operator is refused as a whole: bodies that are no lists, ids and pages that are none.

Items that are refused by themselves stand in the script `ADMIN`. Played in the game of
`game_points`, in which Ada has a boost of her own.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.wire.refusals import Refusal, invalid, refusal
from tests.wire.script import Step, get, patch, post
from tests.wire.script_admin import (
    ACHIEVEMENTS,
    BOOSTS,
    LEVELS,
    NO_ID,
    SYSTEMS,
    TRIGGERS,
    XPS,
    achievement,
    id_of,
)
from tests.wire.script_admin_boards import LEADERBOARDS, ending
from tests.wire.script_points import ADAS, XP
from tests.wire.shapes_streaks import issue

OWN = {"name": "Ada's", "start": "2024-10-04", "multiplier": 2, "userId": "ada"}

BEFORE_REFUSALS_OF_ADMIN: Sequence[Step] = (
    post("ada is made", 201, {"id": "ada", "attributes": {"plan": "pro"}}, "/v1/users"),
    post("ada has a boost", 201, [OWN], BOOSTS),
)

TRACES_OF_ADMIN: Mapping[str, str] = {
    "status": "/admin/v1/status",
    "achievements": f"{ACHIEVEMENTS}?limit=100",
    "systems": SYSTEMS,
    "levels": LEVELS,
    "triggers": TRIGGERS,
    "boosts": BOOSTS,
    "leaderboards": LEADERBOARDS,
    "xp": XP,
    "ada's boosts": f"{ADAS}/points/xp/boosts",
}
"""Where a refused request could leave a trace."""

LISTS_OF_ADMIN: Mapping[str, Mapping[str, Any]] = {
    ACHIEVEMENTS: {"name": "A", "trigger": "streak", "streakLength": 1},
    SYSTEMS: {"name": "S", "key": "s"},
    LEVELS: {"name": "L", "key": "l", "points": 1},
    TRIGGERS: {"type": "user_creation", "points": 1},
    BOOSTS: {"name": "B", "start": "2024-10-01", "multiplier": 2},
    LEADERBOARDS: {"name": "L", "key": "l", "rankBy": "streak"},
}
"""Where lists go, and an item that would do."""

KINDS = {
    ACHIEVEMENTS: "achievement",
    SYSTEMS: "points system",
    LEVELS: "level",
    TRIGGERS: "trigger",
    BOOSTS: "boost",
    LEADERBOARDS: "leaderboard",
}
IN_SYSTEMS = ("levels", "triggers", "boosts")
NO_DOCUMENT = "is not valid JSON: it ends too early"


def _refusals() -> Iterator[Refusal]:
    for path, item in LISTS_OF_ADMIN.items():
        yield from _of_bodies(path, item)
        yield from _of_ids(path)
        yield from _of_pages(path)
        yield from _of_what_is_not(path)
    yield from _of_no_system()
    yield from _of_items()
    yield from _of_runs()
    yield from _of_methods()


def _of_bodies(path: str, item: Mapping[str, Any]) -> Iterator[Refusal]:
    for method in ("POST", "PATCH"):

        def step(what: str, status: int, body: object, method: str = method, **fields: Any) -> Step:
            name = f"{method} {_name(path)}: {what}"
            return Step(name, status, method, path, body, **fields)

        for what, text in (("nothing", b""), ("half a document", b'[{"name":')):
            yield refusal(step(what, 400, text), NO_DOCUMENT, "malformed")
        deep = b'[{"name": ' + b"[" * 40 + b"]" * 40 + b"}]"
        yield refusal(step("nested deeply", 400, deep), "is nested too deeply", "malformed")
        for what, body, error in (
            ("an item for a list", item, "must be an array, not an object"),
            ("null", b"null", "must be an array, not null"),
            ("no items", [], "must have 1 to 100 items"),
            ("101 items", [item] * 101, "must have 1 to 100 items"),
        ):
            yield refusal(step(what, 422, body), error, "invalid")
    for what, key in (("an empty key", ""), ("a long key", "k" * 256)):
        headers = {"Idempotency-Key": key}
        yield invalid(
            post(f"{_name(path)}: {what}", 422, [item], path, headers=headers),
            "idempotencyKey",
            "must have 1 to 255 characters",
        )


def _of_ids(path: str) -> Iterator[Refusal]:
    def step(what: str, query: str, status: int = 422, **fields: Any) -> Step:
        return Step(f"deleting {_name(path)}: {what}", status, "DELETE", f"{path}{query}", **fields)

    yield refusal(step("no ids", ""), "missing the field 'ids'", "invalid")
    yield refusal(step("another name", f"?id={NO_ID}"), "unknown field 'id'", "invalid")
    many = step("101 ids", f"?ids={','.join([NO_ID] * 101)}")
    yield invalid(many, "ids", "must have at most 100 items")
    yield refusal(
        step("a body", f"?ids={NO_ID}", 400, body=b"[]"),
        "this request takes no body",
        "bad_request",
    )


def _of_pages(path: str) -> Iterator[Refusal]:
    for query, field, what in (
        ("limit=0", "limit", "must be at least 1"),
        ("limit=101", "limit", "must be at most 100"),
        ("limit=all", "limit", "must be a whole number, not text"),
        ("skip=-1", "skip", "must be at least 0"),
    ):
        yield invalid(get(f"{_name(path)} {query}", f"{path}?{query}", 422), field, what)
    yield refusal(
        get(f"{_name(path)} by page", f"{path}?page=2", 422), "unknown field 'page'", "invalid"
    )


def _of_what_is_not(path: str) -> Iterator[Refusal]:
    for id_ in (NO_ID, "far", "1"):
        yield refusal(
            get(f"{_name(path)}: no {id_}", f"{path}/{id_}", 404),
            f"there is no {KINDS[path]} {id_!r}",
            "not_found",
        )


def _of_no_system() -> Iterator[Refusal]:
    for system in (NO_ID, "xp"):
        error = f"there is no points system {system!r}"
        for part in IN_SYSTEMS:
            path = f"{SYSTEMS}/{system}/{part}"
            item = LISTS_OF_ADMIN[f"{XPS}/{part}"]
            for step in (
                post(f"making {part} of {system}", 404, [item], path),
                patch(f"changing {part} of {system}", 404, [{"id": NO_ID}], path),
                Step(f"deleting {part} of {system}", 404, "DELETE", f"{path}?ids={NO_ID}"),
                get(f"{part} of {system}", path, 404),
                get(f"one of the {part} of {system}", f"{path}/{NO_ID}", 404),
            ):
                yield refusal(step, error, "not_found")


def _of_items() -> Iterator[Refusal]:
    """Each item is refused, the list is not, and no version is made."""
    far = achievement(1)
    changes: Sequence[tuple[dict[str, Any], str]] = (
        ({"id": far, "trigger": "streak"}, "streakLength is missing"),
        ({"id": far, "trigger": "dance"}, "trigger: cannot be 'dance'"),
        ({"id": far, "status": "gone"}, "status: cannot be 'gone'"),
        ({"id": far, "status": None}, "status: must be text, not null"),
        ({"id": far, "name": ""}, "name: must have at least 1 character"),
        (
            {"id": far, "metricId": NO_ID},
            "metricId: there is no metric with this id",
        ),
        ({"id": far, "metricId": 5}, "metricId: must be text, not a number"),
        ({"id": far, "metricValue": "20"}, "metricValue: must be a number, not text"),
        (
            {"id": far, "userAttributes": [{"attributeId": NO_ID, "attributeValue": "x"}]},
            "userAttributes[0]: there is no attribute with this id",
        ),
        (
            {
                "id": far,
                "userAttributes": [{"attributeId": id_of("attribute", 3), "attributeValue": "x"}],
            },
            "userAttributes[0]: 'via' is an attribute of events",
        ),
        ({"id": far, "key": "hiker"}, "key: another achievement has it"),
        ({"id": far, "achievementKeys": ["hiker"]}, "unknown field 'achievementKeys'"),
        (
            {"id": far, "status": "archived", "metricValue": 5},
            "metricValue: cannot change with the archiving",
        ),
    )
    step = patch("achievements of no sense", 200, [change for change, _ in changes], ACHIEVEMENTS)
    issues = [issue(i, message, id=far) for i, (_, message) in enumerate(changes)]
    yield Refusal(step, {"updated": [], "issues": issues})


def _of_runs() -> Iterator[Refusal]:
    """What can be asked of a run that is to end."""
    for method in ("GET", "DELETE"):
        yield refusal(
            Step(f"{method} the end of a run", 405, method, ending(1)),
            f"{method} is not possible here; use POST",
            "method_not_allowed",
            allow="POST",
        )
    for id_ in (NO_ID, "rich"):
        path = f"{LEADERBOARDS}/{id_}/end-run"
        no_board = f"there is no leaderboard {id_!r}"
        yield refusal(post(f"ending {id_}", 404, None, path), no_board, "not_found")
    yield refusal(
        post("ending a run with a body", 400, {}, ending(1)),
        "this request takes no body",
        "bad_request",
    )
    for what, key in (("an empty key", ""), ("a long key", "k" * 256)):
        headers = {"Idempotency-Key": key}
        yield invalid(
            post(f"ending a run: {what}", 422, None, ending(1), headers=headers),
            "idempotencyKey",
            "must have 1 to 255 characters",
        )


def _of_methods() -> Iterator[Refusal]:
    for path in LISTS_OF_ADMIN:
        allowed = "DELETE, GET, PATCH, POST, HEAD"
        yield refusal(
            Step(f"PUT {_name(path)}", 405, "PUT", path),
            f"PUT is not possible here; use {allowed.replace(', ', ' or ')}",
            "method_not_allowed",
            allow=allowed,
        )
        yield refusal(
            Step(f"DELETE one of {_name(path)}", 405, "DELETE", f"{path}/{NO_ID}"),
            "DELETE is not possible here; use GET or HEAD",
            "method_not_allowed",
            allow="GET, HEAD",
        )


def _name(path: str) -> str:
    return "systems" if path == SYSTEMS else path.rpartition("/")[2]


REFUSALS_OF_ADMIN: Sequence[Refusal] = tuple(_refusals())
