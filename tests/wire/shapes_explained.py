"""The shapes of explanations in the script `POINTS`.

A fact's id is its place in its record, and `RECORDS` has what each record holds. So an explanation
is known by its fact, what it says, and the reasons that come as data.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from tests.wire.shapes import Json
from tests.wire.shapes_points import AUTUMN, FRIDAY, MONDAY, PATRONS, SATURDAY, TUESDAY

AWARDED = "points.awarded"
CLOSED = "streak.period_closed"
COMPLETED = "achievement.completed"
COUNTED = "metric.changed"
CREATED = "user.created"
EXTENDED = "streak.extended"
FINISHED = "leaderboard.finished"
LEVEL = "points.level_changed"
MOVED = "leaderboard.rank_moved"
ZONE = "user.zone_changed"

MIDNIGHT = "2024-10-05T00:00:00Z"
DAY_LATER = "2024-10-06T00:00:00Z"
LONDON_MIDNIGHT = "2024-10-04T23:00:00Z"


class Recorded(NamedTuple):
    """What a record of the script holds."""

    user: str
    command: Json
    facts: Sequence[str]


def _event(at: str, value: float, metric: str = "steps", **fields: Any) -> Json:
    return {"type": "event", "at": at, "metric": metric, "value": value, **fields}


def _by(type_: str, at: str = FRIDAY, **fields: str) -> Json:
    return {"type": type_, "at": at, **fields}


FIRST = (CREATED, ZONE, AWARDED, AWARDED, COUNTED, *(EXTENDED,) * 3)
VOIDED = _by("void_event", SATURDAY)

RECORDS: Mapping[int, Recorded] = {
    3: Recorded(
        "ada",
        _event(FRIDAY, 7.0, attributes={"via": "trail"}),
        (*FIRST, COMPLETED, AWARDED, AWARDED, LEVEL, MOVED),
    ),
    5: Recorded(
        "bob",
        _event(FRIDAY, 100.0),
        (COUNTED, EXTENDED, EXTENDED, EXTENDED, COMPLETED, AWARDED, LEVEL, MOVED),
    ),
    6: Recorded("ada", _by("complete_achievement"), (COMPLETED, AWARDED, LEVEL, MOVED)),
    9: Recorded("dan", _by("upsert_user"), (CREATED, COMPLETED, AWARDED, AWARDED, MOVED)),
    10: Recorded("bob", _event(FRIDAY, 2.0, "jumps"), (COUNTED, AWARDED)),
    11: Recorded(
        "ada",
        _event(SATURDAY, 14.0),
        (
            *(CLOSED, AWARDED, COUNTED, EXTENDED),
            *(COMPLETED, COMPLETED, COMPLETED, AWARDED, AWARDED, MOVED),
        ),
    ),
    15: Recorded(
        "ada", VOIDED | {"reason": "A slip of the pen."}, (COUNTED, AWARDED, LEVEL, MOVED)
    ),
    16: Recorded("ada", VOIDED, (COUNTED, AWARDED, MOVED)),
    18: Recorded("ada", _by("award_points", SATURDAY, reason="Well done."), (AWARDED, MOVED)),
    19: Recorded(
        "bob",
        _by("award_points", SATURDAY, reason="Did not walk."),
        (CLOSED, AWARDED, AWARDED, LEVEL, MOVED),
    ),
    20: Recorded("ada", _by("award_points", SATURDAY), (AWARDED,)),
    22: Recorded("bob", VOIDED, (COUNTED, AWARDED)),
    24: Recorded(
        "ada",
        _event(TUESDAY, 20.0),
        (
            *(CLOSED, CLOSED, CLOSED, COMPLETED, LEVEL),
            *(COUNTED, EXTENDED, EXTENDED, AWARDED, MOVED),
        ),
    ),
    25: Recorded("cyd", _by("upsert_user", TUESDAY), (COMPLETED, AWARDED, LEVEL, AWARDED, MOVED)),
}
"""Those that are asked about. A start, a met period and a broken one are each told of the day, the
week and the month."""


def explained(fact: str, *why: str, due: str | None = None, **reasons: Json) -> Json:
    """What is said of a fact; `due` is when it fell due, if it was not by its record's command."""
    seq, _, place = fact.partition(".")
    user, command, facts = RECORDS[int(seq)]
    edited = due in (None, MONDAY) and command["at"] > SATURDAY
    return {
        "factId": fact,
        "type": facts[int(place)],
        "at": due or command["at"],
        "userId": user,
        "why": list(why),
        "configurationVersion": 2 if edited else 1,
        "command": command,
        "due": due is not None,
        **reasons,
        "facts": [{"factId": f"{seq}.{i}", "type": kind} for i, kind in enumerate(facts)],
    }


def reasons(
    trigger: Json | None,
    amount: int,
    total: int,
    *boosts: Json,
    system: str = "xp",
    base: int | None = None,
    **fields: Any,
) -> Json:
    """How a row came about; without `base` it was neither boosted nor clipped."""
    had = amount if base is None else base
    return {
        "system": system,
        "source": trigger["type"] if trigger else "direct",
        "trigger": trigger,
        "times": 1,
        "baseAmount": had,
        "boosts": [
            {k: boost[k] for k in ("id", "name", "multiplier", "rounding")} for boost in boosts
        ],
        "multiplier": "1",
        "rounding": None,
        "boosted": had,
        "cap": None,
        "maxPoints": 5 if system == "lives" else None,
        "amount": amount,
        "total": total,
        **fields,
    }


def boosted(base: int, boosted: int, *boosts: Json) -> Json:
    """The part of the reasons that boosts have a say in."""
    multiplier = {1: "1.5", 2: "3"}[len(boosts)]
    return {"base": base, "boosted": boosted, "multiplier": multiplier, "rounding": "down"}


BY_BOTH = (AUTUMN, PATRONS)


def by_both(date: str, boosted: int) -> str:
    return f"Boosts on {date}: Autumn ×1.5, For patrons ×2; together ×3, rounded down: {boosted}."


def by_autumn(date: str, boosted: int) -> str:
    return f"Boosts on {date}: Autumn ×1.5; together ×1.5, rounded down: {boosted}."


def total(amount: int) -> str:
    return f"The total is {amount} by it."


def level(total: int | None, before: Json | None, now: Json | None) -> Json:
    return {"system": "xp", "total": total, "previousLevel": before, "newLevel": now}


def on_rich(before: int | None, position: int | None, value: int | None) -> Json:
    """What is said of a move on the only board of `game_points`."""
    return {
        "key": "rich",
        "name": "Rich",
        "start": None,
        "end": None,
        "breakdownAttributeValues": [],
        "previousPosition": before,
        "position": position,
        "value": value,
    }


def completion(achievement: Json, *, backdated: bool = False, **fields: Any) -> Json:
    return {"achievement": achievement, "backdated": backdated, **fields}
