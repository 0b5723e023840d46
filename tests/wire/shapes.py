"""The shapes of answers in full: what is always the same of them, with room for what is not.

They describe the game of `FULL_FILE`. Ids of configured things are those of their kinds and
ordinals; that they never change is part of the contract.
"""

from collections.abc import Iterable
from typing import Any

from engine.model.identifiers import Ordinal, public_id
from tests.wire.script import ODD_ID

Json = dict[str, Any]

NOON = "2024-10-04T12:00:00Z"
NEXT_NOON = "2024-10-05T12:00:00Z"
LATER = "2024-10-09T12:00:00Z"
EPOCH = "1970-01-01T00:00:00Z"


def id_of(kind: str, ordinal: int) -> str:
    return public_id("default", kind, Ordinal(ordinal))


def profile(user_id: str, **fields: Any) -> Json:
    return {
        "id": user_id,
        "email": None,
        "name": None,
        "tz": None,
        "signUpDate": None,
        "deviceTokens": None,
        "subscribeToEmails": True,
        "attributes": {},
        "control": False,
        "created": NOON,
        "updated": NOON,
        **fields,
    }


ADA = profile("ada", name="Ada", tz="Europe/London", attributes={"plan": "pro"})
BOB = profile(
    "bob",
    email="bob@example.org",
    signUpDate="2024-02-29",
    deviceTokens=["t1", "t2"],
    subscribeToEmails=False,
)


def walker(achieved_at: str | None) -> Json:
    return {
        "id": id_of("achievement", 1),
        "name": "Walker",
        "trigger": "metric",
        "description": None,
        "badgeUrl": "https://example.org/walker.png",
        "key": "walker",
        "userAttributes": [],
        "achievedAt": achieved_at,
        "metricId": id_of("metric", 1),
        "metricValue": 10.5,
        "metricName": "Steps",
        "eventAttributes": [],
    }


def twice(achieved_at: str | None) -> Json:
    return {
        "id": id_of("achievement", 2),
        "name": "Two days in a row",
        "trigger": "streak",
        "description": "Come back tomorrow.",
        "badgeUrl": None,
        "key": "twice",
        "userAttributes": [],
        "achievedAt": achieved_at,
        "streakLength": 2,
    }


def streak(
    length: int, started: str | None, period: str, expires: str | None, **fields: Any
) -> Json:
    return {
        "length": length,
        "frequency": "daily",
        "started": started,
        "periodStart": period,
        "periodEnd": period,
        "expires": expires,
        **fields,
    }


FIRST_DAY = streak(1, "2024-10-04", "2024-10-04", "2024-10-05")
SECOND_DAY = streak(2, "2024-10-04", "2024-10-05", "2024-10-06")
NO_STREAK = streak(0, None, "2024-10-09", None)


def history(*lengths: tuple[str, int]) -> list[Json]:
    return [
        {"periodStart": day, "periodEnd": day, "length": length, "usedPause": False}
        for day, length in lengths
    ]


EACH_FIVE = {
    "id": id_of("points_trigger", 1),
    "type": "metric",
    "points": 2,
    "status": "active",
    "userAttributes": [],
    "created": EPOCH,
    "updated": EPOCH,
    "metricId": id_of("metric", 1),
    "metricName": "Steps",
    "metricThreshold": 5,
    "eventAttributes": [],
}
WALKED = {
    "id": id_of("points_trigger", 2),
    "type": "achievement",
    "points": 7,
    "status": "active",
    "userAttributes": [],
    "created": EPOCH,
    "updated": EPOCH,
    "achievementId": id_of("achievement", 1),
    "achievementName": "Walker",
}
LOW = {
    "id": id_of("points_level", 1),
    "key": "low",
    "name": "Low",
    "description": "",
    "badgeUrl": None,
    "points": 0,
}
HIGH = {
    "id": id_of("points_level", 2),
    "key": "high",
    "name": "High",
    "description": "",
    "badgeUrl": "https://example.org/high.png",
    "points": 8,
}


def award(fact: str, awarded: int, total: int, trigger: Json, date: str = NOON) -> Json:
    return {
        "id": fact,
        "awarded": awarded,
        "baseAmount": awarded,
        "date": date,
        "total": total,
        "source": trigger["type"],
        "trigger": trigger,
    }


def changed(total: int, awards: Iterable[Json], before: int = 0) -> Json:
    """What an event changed of the points that a user had."""
    rows = list(awards)
    had, has = (HIGH if points >= 8 else LOW for points in (before, total))
    told = {"level": has, "levelChange": {"previousLevel": had, "newLevel": has}}
    answer = points(total, rows, added=sum(row["awarded"] for row in rows))
    del answer["level"]
    return answer if had == has else answer | told


def progress(current: float, threshold: float, percent: float) -> Json:
    return {"currentValue": current, "threshold": threshold, "pctComplete": percent}


def points(total: int, awards: Iterable[Json], **fields: Any) -> Json:
    return {
        "id": id_of("points_system", 1),
        "key": "xp",
        "name": "Experience",
        "description": "For every step.",
        "badgeUrl": None,
        "maxPoints": 1000,
        "total": total,
        "level": HIGH if total >= 8 else LOW,
        "awards": list(awards),
        **fields,
    }


ADAS_FIRST = award("4.1", 2, 2, EACH_FIVE)
BOBS = [award("9.5", 4, 4, EACH_FIVE), award("9.6", 7, 11, WALKED)]
ADAS_NEXT = [
    award("11.5", 8, 10, EACH_FIVE, NEXT_NOON),
    award("11.6", 7, 17, WALKED, NEXT_NOON),
]
ADAS_AWARDS = [*reversed(ADAS_NEXT), ADAS_FIRST]
"""Newest first."""


def _board(key: str, name: str, ordinal: int, rank_by: str, **fields: Any) -> Json:
    return {
        "id": id_of("leaderboard", ordinal),
        "name": name,
        "key": key,
        "rankBy": rank_by,
        "breakdownAttribute": None,
        "breakdownAttributes": [],
        "description": None,
        "start": "1970-01-01",
        "end": None,
        "startTime": None,
        "endTime": None,
        "maxParticipants": None,
        "runUnit": None,
        "runInterval": None,
        "userAttributes": [],
        **fields,
    }


def walk(**fields: Any) -> Json:
    return _board("walk", "Walk", 1, "metric", metricKey="steps", metricName="Steps", **fields)


def rich(**fields: Any) -> Json:
    return _board(
        "rich",
        "Rich",
        2,
        "points",
        description="The two with most points.",
        maxParticipants=2,
        pointsSystemKey="xp",
        pointsSystemName="Experience",
        **fields,
    )


def moved(value: int, rank: int | None, before: int | None, threshold: int = 0) -> Json:
    return {"rank": rank, "previousRank": before, "threshold": threshold, "value": value}


def only_run(participants: int) -> Json:
    """The one run of a board without dates."""
    return {
        "id": "1",
        "start": None,
        "end": None,
        "status": "live",
        "participants": participants,
        "groups": 1,
        "overAt": None,
        "closedAt": None,
        "finalisedAt": None,
    }


NO_GROUP: Json = {"breakdownAttributeValues": [], "nextReset": None, "at": None}


def standing(position: int | None, participants: int, percentile: float | None) -> Json:
    """What is ours of a user's place on a board without dates and groups."""
    return {
        "position": position,
        "participants": participants,
        "percentile": percentile,
        "run": only_run(participants),
        **NO_GROUP,
    }


def recorded(seq: int, total: float, streak: Json, **fields: Any) -> Json:
    """The answer to an event."""
    return {
        "eventId": f"{seq}.0",
        "metricId": id_of("metric", 1),
        "total": total,
        "achievements": [],
        "currentStreak": streak,
        "points": {},
        "leaderboards": {},
        **fields,
    }


def metric(ordinal: int, key: str, name: str, current: float, *achievements: Json) -> Json:
    return {
        "id": id_of("metric", ordinal),
        "key": key,
        "name": name,
        "current": current,
        "achievements": list(achievements),
    }


STATS = {"completions": 2, "rarity": 50.0}
TWICE_STATS = {"completions": 1, "rarity": 25.0}
NO_LAPS = metric(2, "laps", "Laps", 0.0)


def page(*ranks: int, participants: int = 3) -> Json:
    everybody = [("ada", "Ada", 28), ("bob", "Bob", 12), (ODD_ID, None, 5)]
    rankings = [
        {"userId": user, "userName": name, "rank": rank, "value": value}
        for rank, (user, name, value) in enumerate(everybody, 1)
        if rank in ranks
    ]
    return walk(
        status="active",
        participants=participants,
        rankings=rankings,
        threshold=0,
        run=only_run(participants),
        **NO_GROUP,
    )


def board_day(day: str, **fields: int | None) -> Json:
    return {"date": day, "timestamp": f"{day}T00:00:00Z", **fields}


def period(day: str, length: int, outcome: str, met_by: str | None = None) -> Json:
    """A closed period of somebody in London, in summer."""
    return {
        "periodStart": day,
        "periodEnd": day,
        "length": length,
        "outcome": outcome,
        "closedAt": f"{day}T23:00:00Z",
        "metBy": met_by,
    }


def place(key: str, name: str, rank: int, value: int) -> Json:
    return {
        "key": key,
        "name": name,
        "rank": rank,
        "value": value,
        "run": None,
        "breakdownAttributeValues": [],
    }


def overview(streak: Json, steps: float, places: list[Json], periods: list[Json]) -> Json:
    return {
        **ADA,
        "streak": streak,
        "longestStreak": 2,
        "metrics": [
            metric(1, "steps", "Steps", steps, walker(NEXT_NOON) | progress(steps, 10.5, 100.0))
        ],
        "achievements": [walker(NEXT_NOON), twice(NEXT_NOON)],
        "points": [points(17, [])],
        "leaderboards": places,
        "hidden": False,
        "periods": periods,
    }


def status(
    mode: str, clock: str, record: int, users: int, *, version: int = 1, lag: float = 0.0
) -> Json:
    return {
        "scope": "default",
        "mode": mode,
        "clock": clock,
        "lastRecord": record,
        "users": users,
        "configurationVersion": version,
        "sweep": {"lagSeconds": lag, "step": 0, "stepUsersDone": 0, "stepUsers": 0},
    }


def outcome(applied: int, replayed: int, refused: int, status: Json, *results: Json) -> Json:
    return {
        "applied": applied,
        "replayed": replayed,
        "refused": refused,
        "results": list(results),
        "moreResults": False,
        "status": status,
    }


def refused(line: int, error: str, code: str) -> Json:
    return {"line": line, "status": "refused", "error": error, "code": code}
