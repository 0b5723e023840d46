"""The script `POINTS`: what three people complete and earn in four days of October 2024.

On a fresh server with the game of `game_points`. The clock stands at noon, UTC; Ada is in London
and pays, Bob has no zone and is in the blue team, Cyd signed up a year ago tomorrow.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from engine.model.identifiers import Ordinal, public_id
from tests.wire.game_points import POINTS_FILE
from tests.wire.script import CONFIGURATION, Step, get, post, twice
from tests.wire.server import event

ACHIEVEMENTS = "/v1/achievements"
HELLO = f"{ACHIEVEMENTS}/hello/complete"
XP = "/v1/points/xp"
LIVES = "/v1/points/lives"
JUMPS = "/v1/metrics/jumps/event"
HEIGHT = "/v1/metrics/height/event"
VOID = "/admin/v1/events/void"
ADAS, BOBS, CYDS, DANS = (f"/v1/users/{user}" for user in ("ada", "bob", "cyd", "dan"))


def system_id(ordinal: int) -> str:
    return public_id("default", "points_system", Ordinal(ordinal))


AWARDS_OF_XP = f"/admin/v1/points/{system_id(1)}/awards"
AWARDS_OF_LIVES = f"/admin/v1/points/{system_id(2)}/awards"


def explain(name: str, fact: str) -> Step:
    return get(name, f"/v1/explain/{fact}")


def given(user: str, amount: int, reason: str | None = None) -> dict[str, Any]:
    said = {} if reason is None else {"reason": reason}
    return {"userId": user, "amount": amount, **said}


def summary(name: str, of: str, by: str, first: str, last: str) -> Step:
    query = f"aggregation={by}&startDate={first}&endDate={last}"
    return get(name, f"{of}/event-summary?{query}")


FROM_AFAR = {"via": "trail"}
ADA = {"name": "Ada", "tz": "Europe/London", "attributes": {"plan": "pro", "team": "red"}}
EDITED_FILE = (
    POINTS_FILE.replace(b'metricValue = 50\nstatus = "locked"', b"metricValue = 30")
    .replace(b'key = "top", name = "Top", points = 100', b'key = "top", name = "Top", points = 60')
    .replace(b'points = 50\nstatus = "inactive"', b"points = 50")
)
"""`soon` can be had by who has leapt 30 high, `top` is reached earlier, `later` is switched on."""

FIRST_DAY: Sequence[Step] = (
    get("achievements", ACHIEVEMENTS),
    get("achievements of a patron", f"{ACHIEVEMENTS}?userAttributes=plan:pro,team:red"),
    get("achievements of somebody else", f"{ACHIEVEMENTS}?userAttributes=plan:free"),
    get("xp", XP),
    get("lives", LIVES),
    get("levels", f"{XP}/levels"),
    get("no levels", f"{LIVES}/levels"),
    get("nobody's levels", f"{XP}/level-summary"),
    get("nobody's points", f"{XP}/summary"),
    post("ada's first steps", 201, {**event("ada", 7, **ADA), "attributes": FROM_AFAR}),
    get("boosts", f"{XP}/boosts"),
    get("boosts, those that are over too", f"{XP}/boosts?includeFinished=true"),
    get("no boosts", f"{LIVES}/boosts?includeFinished=false"),
    post("bob is made", 201, {"id": "bob", "attributes": {"team": "blue"}}, "/v1/users"),
    post("bob's many steps", 201, event("bob", 100)),
    post("ada says hello", 201, {"user": {"id": "ada"}}, HELLO),
    post("ada says hello again", 201, {"user": {"id": "ada", "name": "Ada L."}}, HELLO),
    post("cyd says hello", 201, {"user": {"id": "cyd", "signUpDate": "2023-10-05"}}, HELLO),
    post("dan is made", 201, {"id": "dan", "signUpDate": "2020-02-29"}, "/v1/users"),
    get("dan's achievements", f"{DANS}/achievements"),
    post("bob jumps", 201, event("bob", 2), JUMPS),
    get("status before", "/admin/v1/status"),
    post("bob is out of lives", 422, event("bob", 1), JUMPS),
    get("status after", "/admin/v1/status"),
    get("bob's lives", f"{BOBS}/points/lives"),
)

SECOND_DAY: Sequence[Step] = (
    post("ada's second day", 201, event("ada", 14), days=1),
    get("ada's achievements", f"{ADAS}/achievements"),
    get("all that ada could have", f"{ADAS}/achievements?includeIncomplete=true"),
    get("how far bob is", f"{BOBS}/achievements?includeIncomplete=true&includeProgress=true"),
    get("ada's metrics", f"{ADAS}/metrics"),
    get("ada's points", f"{ADAS}/points/xp"),
    get("ada's lives", f"{ADAS}/points/lives?awards=1"),
    get("cyd's achievements, one due", f"{CYDS}/achievements"),
    get("cyd's points, some due", f"{CYDS}/points/xp"),
    get("cyd's lives, some due", f"{CYDS}/points/lives"),
    get("ada's boosts", f"{ADAS}/points/xp/boosts"),
    get("bob's boosts", f"{BOBS}/points/xp/boosts"),
    post("ada leaps", 201, event("ada", 32), HEIGHT),
    post("ada leaps lower", 201, event("ada", 12), HEIGHT),
    post("ada leaps higher", 201, event("ada", 57), HEIGHT),
)

EXPLAINED: Mapping[str, str] = {
    "a new user": "3.0",
    "an award, boosted": "3.2",
    "a met period": "3.5",
    "a first level": "3.11",
    "a first rank": "3.12",
    "an award, boosted and capped": "5.5",
    "a completion by the product": "6.0",
    "an award for a completion": "6.1",
    "a level": "6.2",
    "a completion by a sign-up date": "9.1",
    "an award that takes": "10.1",
    "a closed period": "11.0",
    "an award for time": "11.1",
    "a counted event": "11.2",
    "a completion by a total": "11.4",
    "a completion by the streak": "11.5",
    "a completion by others": "11.6",
    "an award for the streak": "11.8",
    "a move on a board": "11.9",
}
"""What is asked for, and the fact; all of the first two days."""

MISTAKES = {
    "events": [
        {"id": "11.0", "reason": "A slip of the pen."},
        {"id": "14.0"},
        {"id": "13.0", "reason": None},
        {"id": "11.0", "reason": "Twice in one list."},
        {"id": "4.0"},
        {"id": "99.0"},
        {"id": "yesterday"},
    ]
}

CORRECTED: Sequence[Step] = (
    *(explain(f"why {what}", fact) for what, fact in EXPLAINED.items()),
    post("events voided", 200, MISTAKES, VOID),
    post("events voided again", 200, MISTAKES, VOID),
    explain("why an event is out", "15.0"),
    explain("why its points are gone", "15.1"),
    explain("why a leap is out", "16.0"),
    get("ada's points without them", f"{ADAS}/points/xp?awards=2"),
    get("ada's metric without them", f"{ADAS}/metrics/height"),
    *twice(
        post(
            "points given and taken",
            201,
            {
                "awards": [
                    given("ada", 10, "Well done."),
                    given("bob", -100, "Did not walk."),
                    given("nobody", 5),
                    given("ada", 0),
                    given("ada", 10**12 + 1),
                ]
            },
            AWARDS_OF_XP,
        )
    ),
    *twice(
        post(
            "lives given",
            201,
            {"awards": [given("ada", 10), given("ada", 1), given("bob", -1, "r" * 1_024)]},
            AWARDS_OF_LIVES,
        )
    ),
    post("bob's jumps voided", 200, {"events": [{"id": "10.0"}]}, VOID),
    explain("why bob got lives back", "22.1"),
    explain("why ada was given points", "18.0"),
    explain("why bob was taken points", "19.2"),
    explain("why ada was given fewer lives", "20.0"),
)

LAST_DAY: Sequence[Step] = (
    Step("configuration edited", 200, "PUT", CONFIGURATION, EDITED_FILE, days=2),
    get("xp, edited", XP),
    get("ada's achievements, one due", f"{ADAS}/achievements"),
    post("ada's last steps", 201, event("ada", 20), days=1),
    explain("why ada has what was locked", "24.3"),
    explain("why ada is at the top", "24.4"),
    explain("why ada's last award", "24.8"),
    post("cyd is a red", 201, {"id": "cyd", "attributes": {"team": "red"}}, "/v1/users"),
    explain("why cyd has been here for a year", "25.0"),
    explain("why cyd was given points for it", "25.1"),
    explain("why cyd is on a level", "25.2"),
    explain("why cyd has lives", "25.3"),
    summary("ada's points by day", f"{ADAS}/points/xp", "daily", "2024-10-03", "2024-10-09"),
    summary("ada's points by week", f"{ADAS}/points/xp", "weekly", "2024-09-25", "2024-10-04"),
    summary("ada's points by month", f"{ADAS}/points/xp", "monthly", "2023-09-05", "2024-10-08"),
    summary("bob's lives by day", f"{BOBS}/points/lives", "daily", "2024-10-04", "2024-10-08"),
    summary("ada's steps by day", f"{ADAS}/metrics/steps", "daily", "2024-10-03", "2024-10-08"),
    summary("ada's steps by week", f"{ADAS}/metrics/steps", "weekly", "2024-10-05", "2024-10-08"),
    summary(
        "ada's leaps by month", f"{ADAS}/metrics/height", "monthly", "2024-08-31", "2024-10-31"
    ),
    summary("dan's steps", f"{DANS}/metrics/steps", "monthly", "2024-10-04", "2024-10-04"),
    get("users by level", f"{XP}/level-summary"),
    get("users by points", f"{XP}/summary"),
    get("patrons by points", f"{XP}/summary?userAttributes=plan:pro"),
    get("reds who pay nothing by points", f"{XP}/summary?userAttributes=team:red,plan:free"),
    get("users by lives", f"{LIVES}/summary"),
    get("nobody by the levels of lives", f"{LIVES}/level-summary"),
    get("achievements in the end", ACHIEVEMENTS),
    get("nothing was done twice", "/admin/v1/status"),
)

POINTS: Sequence[Step] = (*FIRST_DAY, *SECOND_DAY, *CORRECTED, *LAST_DAY)
