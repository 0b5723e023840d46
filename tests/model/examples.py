"""What the hand-worked examples of the oracle are written in.

Unless a test says otherwise the zone is UTC and the days are those of May 2024, the first of which
is a Wednesday. `at("7 12:30")` is half past twelve on the seventh.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import trio

from tests.model.operations import AddPause, Configure, Event, Operation, Prefer
from tests.model.oracle import Oracle
from tests.model.player import Player, Regime
from tests.model.streaks import FREQUENCIES, SECOND

HOUR = 3600 * SECOND
Outcome = dict[str, Any]


def at(text: str) -> int:
    """An instant of May 2024 as "day hour:minute", or any one in ISO form; both are UTC."""
    if "T" in text:
        instant = datetime.fromisoformat(text).replace(tzinfo=UTC)
    else:
        day, time = text.split()
        instant = datetime.fromisoformat(f"2024-05-{int(day):02}T{time}").replace(tzinfo=UTC)
    return (instant - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def metric(key: str = "runs", aggregation: str = "sum") -> dict[str, Any]:
    return {"key": key, "name": key, "aggregation": aggregation}


def streaks(*conditions: tuple[str, float], mode: str = "OR", **more: Any) -> dict[str, Any]:
    return {
        "frequency": "daily",
        "evaluationMode": mode,
        "metrics": [{"key": key, "threshold": threshold} for key, threshold in conditions],
        **more,
    }


def follow(frequency: str = "daily", **more: Any) -> dict[str, Any]:
    """The streak part of a document: one run meets a period."""
    return {"streaks": streaks(("runs", 1), frequency=frequency, **more)}


def freezes(start: int, most: int, interval: int | None = None, amount: int = 1) -> dict[str, Any]:
    settings = {"startCount": start, "maxCount": most}
    if interval is not None:
        settings |= {"autoEarnInterval": interval, "autoEarnAmount": amount}
    return settings


def on_metric(key: str, value: float, metric: str = "runs", **more: Any) -> dict[str, Any]:
    return {
        "key": key,
        "name": key,
        "trigger": "metric",
        "metricKey": metric,
        "metricValue": value,
        **more,
    }


def on_streak(key: str, length: int, **more: Any) -> dict[str, Any]:
    return {"key": key, "name": key, "trigger": "streak", "streakLength": length, **more}


def by_api(key: str, **more: Any) -> dict[str, Any]:
    return {"key": key, "name": key, "trigger": "api", **more}


def composite(key: str, *needed: str, **more: Any) -> dict[str, Any]:
    needs = {"trigger": "achievement", "achievementKeys": list(needed)}
    return {"key": key, "name": key, **needs, **more}


def anniversary(key: str, years: int, **more: Any) -> dict[str, Any]:
    return {"key": key, "name": key, "trigger": "anniversary", "anniversaryYears": years, **more}


def of_users(**attributes: str) -> dict[str, Any]:
    """What an entry asks of users."""
    return {"userAttributes": wanted(attributes)}


def of_events(**attributes: str) -> dict[str, Any]:
    """What an entry asks of events."""
    return {"eventAttributes": wanted(attributes)}


def wanted(attributes: dict[str, str]) -> list[dict[str, str]]:
    return [{"attributeKey": key, "attributeValue": value} for key, value in attributes.items()]


def crossing(key: str, threshold: int, points: int, metric: str = "runs", **more: Any) -> Any:
    return {
        "key": key,
        "type": "metric",
        "metricKey": metric,
        "metricThreshold": threshold,
        "points": points,
        "status": "active",
        **more,
    }


def completion(key: str, achievement: str, points: int, **more: Any) -> dict[str, Any]:
    of = {"type": "achievement", "achievementKey": achievement}
    return {"key": key, **of, "points": points, **more}


def per_streak(key: str, length: int, points: int, **more: Any) -> dict[str, Any]:
    return {"key": key, "type": "streak", "streakLength": length, "points": points, **more}


def ticking(key: str, hours: int, points: int, **more: Any) -> dict[str, Any]:
    interval = {"timeUnit": "hours", "timeInterval": hours}
    return {"key": key, "type": "time", **interval, "points": points, **more}


def welcome(key: str, points: int, **more: Any) -> dict[str, Any]:
    return {"key": key, "type": "user_creation", "points": points, **more}


def boost(
    key: str, multiplier: float, start: int = 1, end: int | None = None, **more: Any
) -> dict[str, Any]:
    """From one day of May on, or between two."""
    dates = {"start": date(2024, 5, start)}
    if end is not None:
        dates["end"] = date(2024, 5, end)
    return {"key": key, "name": key, "multiplier": multiplier, **dates, **more}


def system(*triggers: Any, key: str = "xp", **more: Any) -> dict[str, Any]:
    return {"key": key, "name": key, "levels": [], "triggers": list(triggers), **more}


def board(key: str = "top", **more: Any) -> dict[str, Any]:
    ranked = {"rankBy": "metric", "metricKey": "runs", "order": "desc", "status": "active"}
    return {"key": key, "name": key, **ranked, **more}


def streak_board(**more: Any) -> dict[str, Any]:
    return {"key": "top", "name": "top", "rankBy": "streak", "status": "active", **more}


def points_board(**more: Any) -> dict[str, Any]:
    ranked = {"rankBy": "points", "pointsSystemKey": "xp", "order": "desc", "status": "active"}
    return {"key": "top", "name": "top", **ranked, **more}


def daily(**more: Any) -> dict[str, Any]:
    """A board by metric on which every date has a run."""
    return board(runUnit="day", **more)


def configure(when: str = "1 00:00", /, **parts: Any) -> Configure:
    document = {"defaultTimeZone": "UTC", "metrics": [metric()], **parts}
    return Configure(at(when), document)


def event(when: str, user: str = "ann", value: str = "1", **more: Any) -> Event:
    return Event(at(when), user, more.pop("metric", "runs"), value, **more)


def days(*numbers: int) -> list[Event]:
    """A run of Ann's at eight o'clock on each of these days of May."""
    return [event(f"{day} 08:00") for day in numbers]


def pause(when: str, start: int, end: int) -> AddPause:
    """A pause of Ann's over these days of May."""
    return AddPause(at(when), "ann", date(2024, 5, start), date(2024, 5, end))


def prefer(when: str, /, **streak: Any) -> Prefer:
    return Prefer(at(when), "ann", streak)


def outcomes(user: Outcome, frequency: str = "daily") -> list[list[Any]]:
    """Of each closed period the first day, the length and what became of it."""
    return [[row[0][5:], row[2], row[3]] for row in user["periods"][frequency]]


def lengths(user: Outcome) -> list[int]:
    """Daily, weekly, monthly."""
    return [user["streaks"][frequency]["length"] for frequency in FREQUENCIES]


def play(*operations: Operation) -> Oracle:
    oracle = Oracle()
    for operation in operations:
        oracle.apply(operation)
    return oracle


def after(*operations: Operation) -> Outcome:
    """The outcome by the oracle, and by the engine: what is worked out by hand holds for both."""
    oracle = play(*operations)
    outcome = oracle.outcome(oracle.clock)

    async def played() -> Outcome:
        return (await Player(Regime(sweep="at the end")).play(operations, oracle.clock))[0]

    assert trio.run(played) == outcome, "the engine agrees"
    return outcome


def ann(*operations: Operation) -> Outcome:
    return after(*operations)["users"]["ann"]


def held(*operations: Operation) -> dict[str, list[Any]]:
    """What Ann has completed: when, and whether backdated. Of a key only the last of that name."""
    return {key: rows[-1] for key, rows in ann(*operations)["achievements"].items()}


def rows(*operations: Operation) -> list[list[Any]]:
    """Ann's ledger of xp: trigger, net and base amount, total after, instant."""
    ledger = ann(*operations)["ledger"]["xp"][-1]
    return [[trigger, *numbers] for trigger, _, *numbers, _ in ledger]


def amounts(*operations: Operation) -> list[tuple[str | None, int]]:
    """Of each row the trigger and the net amount."""
    return [(row[0], row[1]) for row in rows(*operations)]


def top(*operations: Operation) -> list[list[Any]]:
    """Who is on the leaderboard `top`, which has one run and one group, and with what."""
    runs = after(*operations)["boards"]["top"]
    if not runs:
        return []
    assert [(run["first"], list(run["groups"])) for run in runs] == [(None, [""])]
    return runs[0]["groups"][""]


def live(*operations: Operation) -> list[tuple[str | None, Any]]:
    """The runs of the leaderboard `top` that are not over: see `runs_of`."""
    return runs_of(after(*operations)["boards"]["top"])


def closed(*operations: Operation) -> list[tuple[str | None, Any]]:
    """The runs of the leaderboard `top` that are over."""
    return runs_of(after(*operations)["closed"]["top"])


def runs_of(board: list[Outcome]) -> list[tuple[str | None, Any]]:
    """Of each run when it begins and who is on it: by group, if there is more than the one."""
    return [
        (run["first"] and run["first"][5:], run["groups"].get("", run["groups"])) for run in board
    ]


# `x` is an attribute of users, `y` one of events.
ATTRIBUTES = {
    "attributes": [
        {"key": "x", "name": "x", "type": "user"},
        {"key": "y", "name": "y", "type": "event"},
    ]
}
DAILY = {"streaks": streaks(("runs", 2))}
