"""Every kind of request about streaks that must be refused, and in which words.

Played on a server where freezes are on, users may have settings of their own, and Ada has made a
step and has all the freezes that anybody can have. A list of which each item is refused by itself
is told so with 200: it leaves no trace either.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.wire.refusals import Refusal, invalid, refusal
from tests.wire.refusals_settings import (
    NO_DOCUMENT,
    PREFERENCES,
    at_least_one,
    at_most,
    of_preferences,
    of_settings,
    of_settings_together,
)
from tests.wire.script import (
    ADAS,
    FREEZES,
    NO_PAUSE,
    PAUSES,
    RESET,
    RESTORE,
    SETTINGS,
    STREAKS_OF,
    Step,
    get,
    patch,
    pause,
    post,
    users,
)
from tests.wire.server import event
from tests.wire.shapes_streaks import issue, nobody

LEDGER = f"{ADAS}/streak/ledger"
EXPLAIN = f"{ADAS}/streak/explain"
TWO_AT_MOST = {"startCount": 2, "maxCount": 2}
NO_DATE = "is not a date like 2026-03-01"

BEFORE_REFUSALS: Sequence[Step] = (
    patch("on", 200, {"freezes": TWO_AT_MOST, "customizationEnabled": True}, SETTINGS),
    post("somebody", 201, event("ada", 3)),
    post("somebody else", 201, event("bob", 3)),
)

TRACES: Mapping[str, str] = {
    "status": "/admin/v1/status",
    "settings": SETTINGS,
    "preferences": PREFERENCES,
    "streak": f"{ADAS}/streak",
    "periods": LEDGER,
    "freezes": f"{LEDGER}?rows=freezes",
}
"""Where a refused request could leave a trace."""


def _refusals() -> Iterator[Refusal]:
    yield from _of_nobody()
    yield from _of_reads()
    yield from _of_ledgers()
    yield from _of_explanations()
    for path, name, item in LISTS:
        yield from of_lists(path, name, item)
        yield from of_keys(path, name, item)
    yield from _of_items()
    yield from _of_deletions()
    yield from of_settings()
    yield from of_settings_together()
    yield from of_preferences()
    yield from _of_methods()


def _of_nobody() -> Iterator[Refusal]:
    for path in ("streak", "streak/ledger", "streak/explain", "preferences"):
        step = get(f"{path} of nobody", f"/v1/users/nobody/{path}", 404)
        yield refusal(step, "there is no user 'nobody'", "not_found")
    step = patch("preferences for nobody", 404, {}, "/v1/users/nobody/preferences")
    yield refusal(step, "there is no user 'nobody'", "not_found")


def _of_reads() -> Iterator[Refusal]:
    streak = f"{ADAS}/streak?historyPeriods"
    for value, what in (
        ("-1", "must be at least 0"),
        ("1001", "must be at most 1000"),
        ("all", "must be a whole number, not text"),
        ("", "must be a whole number, not text"),
    ):
        yield invalid(get(f"periods: {value}", f"{streak}={value}", 422), "historyPeriods", what)
    commas = f"{STREAKS_OF}?userIds={','.join(['u'] * 101)}"
    repeated = f"{STREAKS_OF}?{'&'.join(['userIds=u'] * 101)}"
    for name, path in (("with commas", commas), ("repeated", repeated)):
        yield invalid(get(f"101 users {name}", path, 422), "userIds", at_most(100))
    yield refusal(
        get("streaks of no users", STREAKS_OF, 422), "missing the field 'userIds'", "invalid"
    )
    yield refusal(
        get("streaks by another name", f"{STREAKS_OF}?userId=ada", 422),
        "unknown field 'userId'",
        "invalid",
    )


def _of_ledgers() -> Iterator[Refusal]:
    for query, field, what in (
        ("rows=all", "rows", "cannot be 'all'"),
        ("frequency=yearly", "frequency", "cannot be 'yearly'"),
        (
            "rows=freezes&frequency=daily",
            "frequency",
            "goes with rows=periods: freezes are one ledger",
        ),
        ("limit=0", "limit", "must be at least 1"),
        ("limit=1001", "limit", "must be at most 1000"),
        ("before=", "before", "'' is no id of a row"),
        ("before=last", "before", "'last' is no id of a row"),
        ("before=4", "before", "'4' is no id of a row"),
        ("before=4.-1", "before", "'4.-1' is no id of a row"),
        ("before=%C2%B2.1", "before", "'².1' is no id of a row"),
    ):
        yield invalid(get(f"ledger {query}", f"{LEDGER}?{query}", 422), field, what)
    for name, row in (
        ("of the other ledger", "4.1"),
        ("of somebody else's ledger", "5.1"),
        ("to come", "9.0"),
        ("of no record", "0.0"),
        ("beyond all numbers", "99999999999999999999.1"),
    ):
        yield refusal(
            get(f"a row {name}", f"{LEDGER}?before={row}", 404),
            f"{row} is no row of this ledger",
            "not_found",
        )


def _of_explanations() -> Iterator[Refusal]:
    for text in ("yesterday", "2024-02-30", "20241004", "2024-10-04T00:00:00Z", ""):
        for end in ("from", "to"):
            yield invalid(get(f"{end} {text!r}", f"{EXPLAIN}?{end}={text}", 422), end, NO_DATE)
    for query, last in (
        ("from=2024-10-05", "2024-10-04"),
        ("from=2024-10-04&to=2024-10-03", "2024-10-03"),
        ("from=2024-10-05&to=2024-10-06", "2024-10-04"),
    ):
        yield invalid(
            get(f"explain {query}", f"{EXPLAIN}?{query}", 422),
            "from",
            f"lies after the last date, {last}",
        )
    for query in (
        "from=2023-08-31",
        "from=1990-01-01&frequency=weekly",
        "from=1990-01-01&frequency=monthly",
        "from=2000-01-01&to=2001-02-04",
    ):
        yield invalid(
            get(f"explain {query}", f"{EXPLAIN}?{query}", 422),
            "from",
            "asks for more than 400 periods; ask for fewer",
        )
    for text, end in (("0001-01-01", "from"), ("0001-01-01", "to"), ("2101-01-01", "to")):
        yield invalid(
            get(f"explain {end}={text}", f"{EXPLAIN}?{end}={text}", 422),
            end,
            "must be between 1970 and 2100",
        )
    yield invalid(
        get("explain the hours", f"{EXPLAIN}?frequency=hourly", 422),
        "frequency",
        "cannot be 'hourly'",
    )


LISTS: Sequence[tuple[str, str, dict[str, Any]]] = (
    (FREEZES, "freezes", {"userId": "ada"}),
    (PAUSES, "pauses", pause("ada", "2024-10-05", "2024-10-06")),
    (RESTORE, "users", {"id": "ada"}),
    (RESET, "users", {"id": "ada"}),
)
"""Where lists of items go, the name of the list, and an item that would do."""


def of_lists(path: str, name: str, item: dict[str, Any]) -> Iterator[Refusal]:
    """A list that is none, or holds what is no item: it is refused as a whole."""

    def called(what: str) -> str:
        return f"{path.rpartition('/')[2]}: {what}"

    half = b'{"' + name.encode() + b'": ['
    for what, text in (("nothing", b""), ("half a document", half)):
        yield refusal(post(called(what), 400, text, path), NO_DOCUMENT, "malformed")
    for what, body, error in (
        ("a bare list", [item], "must be an object, not an array"),
        ("null", None, "must be an object, not null"),
        ("no list", {}, f"missing the field '{name}'"),
        ("one field more", {name: [item], "dryRun": True}, "unknown field 'dryRun'"),
    ):
        text = b"null" if body is None else body
        yield refusal(post(called(what), 422, text, path), error, "invalid")
    who, *others = item
    for what, items, field, error in (
        ("null for a list", None, "", "must be an array, not null"),
        ("an item for a list", item, "", "must be an array, not an object"),
        ("an empty list", [], "", at_least_one()),
        ("101 items", [item] * 101, "", at_most(100)),
        ("no item", [item, None], "[1]", "must be an object, not null"),
        ("an id for an item", [item, "ada"], "[1]", "must be an object, not text"),
        ("one field too many", [item, item | {"count": 2}], "[1]", "unknown field 'count'"),
        ("nobody", [item, _without(item, who)], "[1]", f"missing the field '{who}'"),
        ("a number for an id", [item | {who: 5}], f"[0].{who}", "must be text, not a number"),
        ("null for an id", [item | {who: None}], f"[0].{who}", "must be text, not null"),
        *(
            (f"no {other}", [_without(item, other)], "[0]", f"missing the field '{other}'")
            for other in others
        ),
        *(
            (
                f"another kind for {other}",
                [item | {other: 5 if isinstance(item[other], str) else "5"}],
                f"[0].{other}",
                "must be text, not a number"
                if isinstance(item[other], str)
                else "must be a whole number, not text",
            )
            for other in others
        ),
    ):
        step = post(called(what), 422, {name: items}, path)
        yield invalid(step, f"{name}{field}", error)


def of_keys(path: str, name: str, item: dict[str, Any]) -> Iterator[Refusal]:
    """The request's key is no item's fault."""
    for what, key in (("an empty key", ""), ("a long key", "k" * 256)):
        headers = {"Idempotency-Key": key}
        step = post(
            f"{path.rpartition('/')[2]}: {what}", 422, {name: [item]}, path, headers=headers
        )
        yield invalid(step, "idempotencyKey", "must have 1 to 255 characters")


def _without(item: dict[str, Any], field: str) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name != field}


def _of_items() -> Iterator[Refusal]:
    """Each item is refused, the list is not."""
    freezes = {"freezes": [{"userId": "ada"}, {"userId": "nobody"}]}
    full = issue(0, "there is no room for a freeze: the user has 2 of 2", userId="ada")
    yield Refusal(post("freezes for nobody", 200, freezes, FREEZES), {"issues": [full, nobody(1)]})
    wrong = (
        ("2024-10-03", "2024-10-06", "start: lies before the user's today, 2024-10-04"),
        ("2024-10-06", "2024-10-05", "end: lies before start"),
        ("2024-10-05", "2101-01-01", "end: lies after 2100-12-31"),
        ("tomorrow", "2024-10-06", "start: is not a date like 2026-03-01"),
        ("2024-10-05", "2024-02-30", "end: is not a date like 2026-03-01"),
        ("2024-10-05T00:00:00Z", "2024-10-06", "start: is not a date like 2026-03-01"),
        ("", "", "start: is not a date like 2026-03-01"),
        ("0001-01-01", "9999-12-31", "start: lies before the user's today, 2024-10-04"),
    )
    pauses = [pause("ada", start, end) for start, end, _ in wrong]
    issues = [issue(i, message, userId="ada") for i, (_, _, message) in enumerate(wrong)]
    step = post("pauses of no dates", 200, {"pauses": pauses}, PAUSES)
    yield Refusal(step, {"created": [], "issues": issues})
    step = post("restoring what never was", 200, users("ada", "nobody"), RESTORE)
    nothing = issue(0, "no longer streak than the present one lies within the window", userId="ada")
    yield Refusal(step, {"restoredUsers": [], "issues": [nothing, nobody(1)]})
    step = post("resetting nobody", 200, users("nobody", "a/b"), RESET)
    odd = issue(1, "there is no user 'a/b'", userId="a/b")
    yield Refusal(step, {"resetUsers": [], "issues": [nobody(0), odd]})


def _of_deletions() -> Iterator[Refusal]:
    yield refusal(
        Step("deleting nothing", 422, "DELETE", PAUSES), "missing the field 'ids'", "invalid"
    )
    yield refusal(
        Step("deleting by another name", 422, "DELETE", f"{PAUSES}?id={NO_PAUSE}"),
        "unknown field 'id'",
        "invalid",
    )
    yield invalid(
        Step("deleting 101", 422, "DELETE", f"{PAUSES}?ids={','.join([NO_PAUSE] * 101)}"),
        "ids",
        at_most(100),
    )
    yield refusal(
        Step("deleting with a body", 400, "DELETE", f"{PAUSES}?ids={NO_PAUSE}", b"{}"),
        "this request takes no body",
        "bad_request",
    )
    unknown = [NO_PAUSE, "1", "", NO_PAUSE.replace("-", "")]
    step = Step("deleting what is none", 200, "DELETE", f"{PAUSES}?ids={','.join(unknown)}")
    issues = [issue(i, "there is no such pause", id=id_) for i, id_ in enumerate(unknown)]
    yield Refusal(step, {"deleted": [], "issues": issues})


def _of_methods() -> Iterator[Refusal]:
    for method, path, allowed in (
        ("PUT", SETTINGS, "GET, PATCH, HEAD"),
        ("PUT", PREFERENCES, "GET, PATCH, HEAD"),
        ("GET", FREEZES, "POST"),
        ("GET", PAUSES, "DELETE, POST"),
        ("DELETE", RESET, "POST"),
        ("POST", LEDGER, "GET, HEAD"),
    ):
        words = allowed.replace(", ", " or ")
        yield refusal(
            Step(f"{method} {path}", 405, method, path),
            f"{method} is not possible here; use {words}",
            "method_not_allowed",
            allow=allowed,
        )


REFUSALS_OF_STREAKS: Sequence[Refusal] = tuple(_refusals())
