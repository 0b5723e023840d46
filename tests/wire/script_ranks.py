"""The script `RANKS`: where five people stand on the boards of `game_ranks` in six days.

It is Friday, 4 October 2024, noon in UTC: one o'clock in the afternoon for Ada in London, nine in
the evening for Cyd in Tokyo, five in the morning for Dan in Los Angeles. Bob and Eve have no zone.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from engine.model.identifiers import Ordinal, public_id
from tests.wire.game_ranks import RANKS_FILE
from tests.wire.script import CONFIGURATION, Step, get, patch, post, twice
from tests.wire.script_points import VOID, explain
from tests.wire.server import event

BOARDS = "/v1/leaderboards"
DAILY = f"{BOARDS}/daily"
WEEKLY = f"{BOARDS}/weekly"
TEAMS = f"{BOARDS}/teams"
FEW = f"{BOARDS}/few"
HIDE = "/admin/v1/users/hide"
SHOW = "/admin/v1/users/show"
END_WEEK = f"/admin/v1/leaderboards/{public_id('default', 'leaderboard', Ordinal(2))}/end-run"
ADA: dict[str, Any] = {
    "name": "Ada",
    "tz": "Europe/London",
    "attributes": {"country": "uk", "team": "red", "plan": "pro"},
}
BOB: dict[str, Any] = {"attributes": {"country": "de", "team": "blue"}}
CYD: dict[str, Any] = {
    "name": "Cyd",
    "tz": "Asia/Tokyo",
    "attributes": {"country": "uk", "team": "red"},
}
DAN = {"tz": "America/Los_Angeles", "attributes": {"country": "uk"}}
NOON = "2024-10-04T12:00:00Z"
UK = "userAttributes=country:uk"
DE = "userAttributes=country:de"
RED = "userAttributes=team:red,country:uk"


def of(user: str, board: str, query: str = "") -> str:
    return f"/v1/users/{user}/leaderboards/{board}{query and '?'}{query}"


def changes(user: str, board: str, query: str = "") -> str:
    return f"/v1/users/{user}/leaderboards/{board}/changes{query and '?'}{query}"


def named(*users: str, **fields: str) -> dict[str, Any]:
    return {"users": [{"userId": user, **fields} for user in users]}


FRIDAY: Sequence[Step] = (
    # With the first user the clock runs.
    post("dan is made", 201, {"id": "dan", **DAN}, "/v1/users"),
    get("boards", BOARDS),
    get("boards, those that are over too", f"{BOARDS}?includeFinished=true"),
    get("nobody's day", DAILY),
    get("a board to come", f"{BOARDS}/soon"),
    get("a day to come", f"{BOARDS}/soon-daily"),
    get("a run to come", f"{DAILY}?run=2024-12-24"),
    get("no such run", f"{DAILY}?run=2024-09-30"),
    get("a finished board", f"{BOARDS}/old"),
    post("ada walks", 201, event("ada", 5.9, **ADA)),
    post("bob walks", 201, event("bob", 7, **BOB)),
    post("cyd walks", 201, event("cyd", 7.5, **CYD)),
    post("dan walks", 201, event("dan", 3)),
    get("the day", DAILY),
    get("beyond the cap", f"{DAILY}?offset=1&limit=5"),
    get("no ranks at all", f"{DAILY}?limit=0"),
    get("far beyond the end", f"{DAILY}?offset={10**20}"),
    get("around cyd", f"{DAILY}?userId=cyd&offset=-1&limit=2"),
    get("around ada, who has no rank", f"{DAILY}?userId=ada&offset=-2"),
    get("before the beginning", f"{DAILY}?userId=bob&offset=-5&limit=6"),
    get("long before the beginning", f"{DAILY}?userId=bob&offset=-{10**20}&limit=6"),
    get("friends", f"{DAILY}?userIds=dan,ada&userIds=nobody&userIds=ada"),
    get("some of the friends", f"{DAILY}?userIds=dan,ada,bob&offset=1&limit=1"),
    get("fewest", FEW),
    get("rank of a value", f"{DAILY}/rank?value=7"),
    get("rank of a smaller value", f"{DAILY}/rank?value=6"),
    get("rank where fewer is more", f"{FEW}/rank?value=3"),
    get("groups", f"{WEEKLY}/groups"),
    get("groups, the second", f"{WEEKLY}/groups?limit=1&skip=1"),
    get("groups by two", f"{TEAMS}/groups"),
    get("the one group", f"{DAILY}/groups"),
    get("a group", f"{WEEKLY}?{UK}"),
    get("a group of two", f"{TEAMS}?{RED}"),
    get("an empty group", f"{WEEKLY}?userAttributes=country:fr"),
    get("the group of cyd", f"{WEEKLY}?userId=cyd&limit=1"),
    get("no group of nobody", f"{WEEKLY}?userId=nobody"),
    get("friends in a group", f"{WEEKLY}?{UK}&userIds=bob,dan,cyd"),
    get("rank in a group", f"{WEEKLY}/rank?value=6&{UK}"),
    get("place in a group", of("dan", "weekly")),
    get("place in no group", of("dan", "teams")),
    get("place by night", of("cyd", "nights")),
    get("ada is on no board by night", of("ada", "nights")),
    get("place for those who pay", of("ada", "monthly")),
    get("days in a row", f"{BOARDS}/days"),
)

EVENING: Sequence[Step] = (
    post("cyd walks on Saturday", 201, event("cyd", 2), hours=4),
    get("the day by UTC", DAILY),
    get("the day of cyd", f"{DAILY}?userId=cyd"),
    get("the night", f"{BOARDS}/nights"),
    post("bob walks a little", 201, event("bob", 0.5)),
    post("bob moves", 201, event("bob", 1, attributes={"country": "uk"})),
    post("ada pays no more", 201, event("ada", 0, attributes={"plan": "free"})),
    get("the month without ada", f"{BOARDS}/monthly"),
    patch("ada pays again", 200, {"attributes": {"plan": "pro"}}, "/v1/users/ada"),
    *twice(post("hidden", 200, named("cyd", "nobody", reason="A robot."), HIDE)),
    post("hidden already", 200, named("cyd"), HIDE),
    post("cyd walks unseen", 201, event("cyd", 1)),
    get("the group without cyd", f"{WEEKLY}?{UK}"),
    get("place of the hidden", of("cyd", "weekly")),
    get("overview of the hidden", "/admin/v1/users/cyd?periods=0"),
    post("shown", 200, named("cyd"), SHOW),
    get("the group with cyd", f"{WEEKLY}?{UK}"),
    post("eve walks", 201, event("eve", 9)),
    get("the day with eve", DAILY),
    post("eve's steps voided", 200, {"events": [{"id": "17.0"}]}, VOID),
    get("the day without eve", DAILY),
    get("changes of ada", changes("ada", "daily")),
    get("changes of ada, the first", changes("ada", "daily", "limit=2")),
    get("changes of ada, the next", changes("ada", "daily", "limit=2&after=6.11")),
    get("changes of ada, the last", changes("ada", "daily", "limit=3&after=9.0")),
    get("changes of ada at noon", changes("ada", "daily", f"from={NOON}&to=2024-10-04T12:00:01Z")),
    get("changes of ada later", changes("ada", "daily", "from=2024-10-04T12:00:01Z")),
    get("changes of bob elsewhere", changes("bob", "weekly", DE)),
)

SATURDAY: Sequence[Step] = (
    get("the day is over", DAILY, hours=19),
    get("the day before is not closed", f"{DAILY}?run=2024-10-04", hours=1),
    get("the day before is closed", f"{DAILY}?run=2024-10-04", swept=True),
    get("around somebody in the past", f"{DAILY}?run=2024-10-04&userId=bob&offset=-1"),
    get("friends in the past", f"{DAILY}?run=2024-10-04&userIds=dan,cyd"),
    get("rank in the past", f"{DAILY}/rank?value=5&run=2024-10-04"),
    get("groups in the past", f"{DAILY}/groups?run=2024-10-04"),
    get("place in the past", of("ada", "daily", "run=2024-10-04")),
    get("runs", f"{DAILY}/runs"),
    get("runs, the second", f"{DAILY}/runs?limit=1&skip=1"),
    get("a run by its id", f"{DAILY}?run=16797216&limit=1"),
    post("ada walks on Saturday", 201, event("ada", 4)),
    get("at an instant", f"{DAILY}?at={NOON}"),
    get("at an instant, around bob", f"{DAILY}?at=2024-10-04T16:00:00Z&userId=bob&offset=-1"),
    get("at an instant, of friends", f"{DAILY}?at={NOON}&userIds=ada,dan"),
    get("at an instant, a group", f"{WEEKLY}?at={NOON}&{DE}"),
    get("at an instant before all", f"{DAILY}?at=2024-10-04T11:59:59.999999Z"),
    get("at an instant, somebody", of("bob", "weekly", "at=2024-10-04T16:00:00Z")),
    get(
        "at an instant, somebody in another group",
        of("bob", "weekly", f"at={NOON}&{DE}"),
    ),
    get("days of somebody", of("cyd", "weekly", "numEvents=2")),
    get("no days of somebody", of("cyd", "weekly", "numEvents=0")),
    *twice(post("the week is ended", 200, None, END_WEEK)),
    post("ada walks for nothing", 201, event("ada", 10), swept=True),
    get("the week is closed", f"{WEEKLY}?{UK}"),
    get("place in the week that is closed", of("bob", "weekly")),
    get("groups of the week", f"{WEEKLY}/groups"),
)

TUESDAY: Sequence[Step] = (
    get("a board that is over", f"{BOARDS}/autumn", days=3, swept=True),
    get("boards on Tuesday", f"{BOARDS}"),
    get("place on a board that is over", of("ada", "autumn")),
    get("the second week", f"{WEEKLY}?{UK}"),
    post("dan walks in the second week", 201, event("dan", 8)),
    get("the second week, begun", f"{WEEKLY}?{UK}"),
    get("the first week", f"{WEEKLY}?{UK}&run=2024-10-06"),
    get("days in a row on Tuesday", f"{BOARDS}/days"),
    get("runs on Tuesday", f"{DAILY}/runs"),
    get("changes of dan", changes("dan", "weekly")),
    get("changes of dan in the first week", changes("dan", "weekly", "run=2024-10-01")),
    get("overview of dan", "/admin/v1/users/dan?periods=0"),
)

EDITED_FILE = (
    RANKS_FILE.replace(b'breakdownAttributes = ["country"]', b"")
    .replace(b'runUnit = "month"', b'runUnit = "month"\nstatus = "finished"')
    .replace(b'order = "asc"', b'order = "desc"')
)
"""The weeks are not broken down any more, and fewest is most: these boards begin anew, the
second one with everybody's place. The months are over."""

WEDNESDAY: Sequence[Step] = (
    Step("configuration edited", 200, "PUT", CONFIGURATION, EDITED_FILE, days=1, swept=True),
    get("the week, begun anew", WEEKLY),
    post("dan walks in the week begun anew", 201, event("dan", 2)),
    get("the week begun anew", WEEKLY),
    get("a week before that", f"{WEEKLY}?run=2024-10-04&{UK}"),
    get("a week before that, of a user", f"{WEEKLY}?run=2024-10-04&userId=bob&limit=1"),
    get("groups of a week before that", f"{WEEKLY}/groups?run=2024-10-04"),
    get("rank in a week before that", f"{WEEKLY}/rank?run=2024-10-04&{UK}&value=9"),
    get("place in a week before that", of("ada", "weekly", "run=2024-10-04&numEvents=1")),
    get("at an instant before that", f"{WEEKLY}?at=2024-10-08T12:00:00Z&{UK}"),
    get("runs of the weeks", f"{WEEKLY}/runs"),
    get("the last month", f"{BOARDS}/monthly", days=40, swept=True),
    get("place in the last month", of("ada", "monthly", "numEvents=1")),
)

EXPLAINED: Mapping[str, str] = {
    "a place": "5.12",
    "a change of less than one": "10.1",
    "an old group": "11.7",
    "a move in a new group": "11.12",
    "a filter that does not match": "12.4",
    "a filter that matches": "13.1",
    "hiding": "14.0",
    "a hidden one's place": "14.1",
    "a shown one's place": "16.4",
    "what is voided": "18.3",
    "a voided one's place": "18.8",
    "the end of a day": "23.0",
    "the end of a week by hand": "27.0",
    "a place from the beginning": "45.2",
    "the end of a month by hand": "51.0",
}
"""What is asked for in the end, and the fact."""
ASKED = [explain(f"why {what}", fact) for what, fact in EXPLAINED.items()]

RANKS: Sequence[Step] = (*FRIDAY, *EVENING, *SATURDAY, *TUESDAY, *WEDNESDAY, *ASKED)
