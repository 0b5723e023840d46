"""Every kind of request about places on leaderboards that must be refused, and in which words.

Played in the game of `game_ranks`, after Ada has walked.
"""

from collections.abc import Iterator, Mapping, Sequence

from tests.wire.refusals import Refusal, invalid, refusal
from tests.wire.refusals_streaks import of_keys, of_lists
from tests.wire.script import Step, get, post
from tests.wire.script_ranks import (
    ADA,
    BOARDS,
    DAILY,
    FEW,
    HIDE,
    SHOW,
    TEAMS,
    UK,
    WEEKLY,
    changes,
    of,
)
from tests.wire.server import event
from tests.wire.shapes_streaks import issue, nobody

BEFORE_REFUSALS_OF_RANKS: Sequence[Step] = (post("somebody", 201, event("ada", 7, **ADA)),)

TRACES_OF_RANKS: Mapping[str, str] = {
    "status": "/admin/v1/status",
    "ada": "/admin/v1/users/ada",
    "the day": DAILY,
}
"""Where a refused request could leave a trace."""

HIDINGS: Sequence[tuple[str, str, dict[str, str]]] = (
    (HIDE, "users", {"userId": "ada"}),
    (SHOW, "users", {"userId": "ada"}),
)
"""Where lists of users go, the name of the list, and an item that would do."""

KNOWN = "autumn, daily, days, few, monthly, nights, old, soon, soon-daily, teams, weekly"
NO_DATE = "is not a date like 2026-03-01"
NO_CENTURY = "must be between 1970 and 2100"
NO_INSTANT = "is not an RFC 3339 timestamp like 2026-03-01T09:30:00+01:00"
NO_NUMBER = "must be a whole number, not text"


def _refusals() -> Iterator[Refusal]:
    yield from _of_unknown_things()
    yield from _of_pages()
    yield from _of_runs_and_groups()
    yield from _of_time()
    for path, name, item in HIDINGS:
        yield from of_lists(path, name, item)
        yield from of_keys(path, name, item)
    yield from _of_items()
    yield from _of_methods()


def _of_unknown_things() -> Iterator[Refusal]:
    for key in ("none", "off"):
        for name, path in (
            ("board", f"{BOARDS}/{key}"),
            ("runs", f"{BOARDS}/{key}/runs"),
            ("groups", f"{BOARDS}/{key}/groups"),
            ("rank", f"{BOARDS}/{key}/rank?value=1"),
            ("place", of("ada", key)),
            ("changes", changes("ada", key)),
        ):
            yield refusal(
                get(f"{name} of {key}", path, 404),
                f"there is no active board '{key}' (boards: {KNOWN})",
                "not_found",
            )
    for name, path in (("place", of("nobody", "daily")), ("changes", changes("nobody", "daily"))):
        yield refusal(get(f"{name} of nobody", path, 404), "there is no user 'nobody'", "not_found")


def _of_pages() -> Iterator[Refusal]:
    for name, path, field, said in (
        ("offset", f"{DAILY}?offset=-1", "offset", ""),
        ("offset among friends", f"{DAILY}?userIds=ada&offset=-1", "offset", ""),
        ("limit", f"{DAILY}?limit=-1", "limit", "must be at least 0"),
        ("long limit", f"{DAILY}?limit=1001", "limit", "must be at most 1000"),
        ("limit of words", f"{DAILY}?limit=all", "limit", NO_NUMBER),
        ("half an offset", f"{DAILY}?offset=1.5", "offset", NO_NUMBER),
        ("days", of("ada", "daily", "numEvents=-1"), "numEvents", "must be at least 0"),
        ("many days", of("ada", "daily", "numEvents=101"), "numEvents", "must be at most 100"),
        ("no runs", f"{DAILY}/runs?limit=0", "limit", "must be at least 1"),
        ("runs", f"{DAILY}/runs?skip=-1", "skip", "must be at least 0"),
        ("no groups", f"{WEEKLY}/groups?limit=0", "limit", "must be at least 1"),
        ("no changes", changes("ada", "daily", "limit=0"), "limit", "must be at least 1"),
        ("finished ones", f"{BOARDS}?includeFinished=1", "includeFinished", "cannot be '1'"),
        ("both", f"{DAILY}?userId=ada&userIds=bob", "userIds", "does not go together with userId"),
        ("value of words", f"{DAILY}/rank?value=x", "value", NO_NUMBER),
        ("large value", f"{DAILY}/rank?value=9007199254740993", "value", "must be at most"),
        ("half a value", f"{DAILY}/rank?value=0.5", "value", NO_NUMBER),
    ):
        words = said or "must not be negative, unless it is counted from a user"
        if field == "value" and "most" in words:
            words = "must be at most 9007199254740992"
        yield invalid(get(f"{name} refused", path, 422), field, words)
    friends = ",".join(f"u{number}" for number in range(101))
    yield invalid(
        get("too many friends", f"{DAILY}?userIds={friends}", 422),
        "userIds",
        "must have at most 100 items",
    )
    yield refusal(
        get("rank of nothing", f"{DAILY}/rank", 422), "missing the field 'value'", "invalid"
    )
    yield refusal(
        get("groups in groups", f"{WEEKLY}/groups?{UK}", 422),
        "unknown field 'userAttributes'",
        "invalid",
    )


def _of_runs_and_groups() -> Iterator[Refusal]:
    for value, said in (
        ("today", NO_DATE),
        ("2024-13-01", NO_DATE),
        ("2024-10-04T12:00:00Z", NO_DATE),
        ("1969-12-31", NO_CENTURY),
        ("2101-01-01", NO_CENTURY),
        ("5", "the board has no run of that id that anybody was on"),
    ):
        for path in (DAILY, f"{DAILY}/groups", of("ada", "daily"), changes("ada", "daily")):
            yield invalid(get(f"{path} {value}", f"{path}?run={value}", 422), "run", said)
    yield invalid(
        get("run of a perpetual board", f"{FEW}?run=2024-10-04", 422),
        "run",
        "the board is perpetual: it has no runs",
    )
    missing = "is missing: the board is broken down by"
    for name, path, said in (
        ("no group", WEEKLY, f"{missing} country:…"),
        ("no groups", TEAMS, f"{missing} country:…, team:…"),
        ("no group of friends", f"{WEEKLY}?userIds=ada", f"{missing} country:…"),
        ("no group for a rank", f"{WEEKLY}/rank?value=1", f"{missing} country:…"),
        ("half a group", f"{TEAMS}?{UK}", "must name country:…, team:…"),
        ("another group", f"{WEEKLY}?userAttributes=team:red", "must name country:…"),
        ("too much of a group", f"{WEEKLY}?{UK},team:red", "must name country:…"),
        ("no pair", f"{WEEKLY}?userAttributes=uk", "must be like key:value,key:value"),
        ("two countries", f"{WEEKLY}?{UK},country:de", "'country' is there twice"),
        ("unknown", f"{WEEKLY}?userAttributes=x:y", "undeclared user attribute 'x'"),
        ("undivided", f"{DAILY}?{UK}", "the board has no breakdown attributes"),
        ("undivided for somebody", of("ada", "daily", UK), "the board has no breakdown attributes"),
    ):
        yield invalid(get(f"group: {name}", path, 422), "userAttributes", said)


def _of_time() -> Iterator[Refusal]:
    for path in (DAILY, of("ada", "daily")):
        for value, said in (
            ("noon", NO_INSTANT),
            ("2024-10-04T12:00:00", f"has no offset from UTC; write it like {NO_INSTANT[-25:]} or"),
            ("1969-12-31T00:00:00Z", "must lie between 1970 and 2100"),
            ("2024-10-04T12:00:00.000001Z", "lies in the future"),
        ):
            words = f"{said} with a Z" if said.endswith("or") else said
            yield invalid(get(f"{path} at {value}", f"{path}?at={value}", 422), "at", words)
    for query, field, said in (
        ("from=noon", "from", NO_INSTANT),
        ("to=noon", "to", NO_INSTANT),
        ("from=2024-10-05T00:00:00Z", "from", "lies in the future"),
        ("from=2024-10-04T12:00:00Z&to=2024-10-04T12:00:00Z", "to", "must be later than from"),
        ("after=5", "after", "is no id of a fact; those are like 1234.5"),
        ("after=0.1", "after", "is no id of a fact; those are like 1234.5"),
    ):
        yield invalid(get(f"changes {query}", changes("ada", "daily", query), 422), field, said)


def _of_items() -> Iterator[Refusal]:
    for path in (HIDE, SHOW):
        users = [{"userId": "nobody"}, {"userId": "ada", "reason": "r" * 1_025}]
        issues = [nobody(0), issue(1, "reason: is longer than 1024 characters", userId="ada")]
        step = post(f"users refused {path}", 200, {"users": users}, path)
        yield Refusal(step, {"updated": [], "issues": issues})


def _of_methods() -> Iterator[Refusal]:
    for method, path, allowed in (
        ("POST", DAILY, "GET, HEAD"),
        ("DELETE", BOARDS, "GET, HEAD"),
        ("PUT", of("ada", "daily"), "GET, HEAD"),
        ("POST", f"{DAILY}/runs", "GET, HEAD"),
        ("DELETE", HIDE, "GET, POST, HEAD"),
    ):
        words = allowed.replace(", ", " or ")
        yield refusal(
            Step(f"{method} {path}", 405, method, path),
            f"{method} is not possible here; use {words}",
            "method_not_allowed",
            allow=allowed,
        )
    # A user may have the id that a word of ours has.
    yield refusal(
        get("somebody called hide", "/admin/v1/users/hide", 404),
        "there is no user 'hide'",
        "not_found",
    )


REFUSALS_OF_RANKS: Sequence[Refusal] = tuple(_refusals())
