"""The shapes of answers about streaks, in the October that the script `STREAKS` tells of.

4 October 2024 was a Friday. Ada is in London, where midnight is at 23:00 in UTC; Bob has no zone of
his own. While freezes are switched on, one can have two of them, and earns one a week.
"""

from typing import Any

from tests.wire.shapes import Json, history, moved, recorded, streak, walk

EVERY_CHANNEL = {
    kind: ["email", "push"]
    for kind in ("achievement_completed", "recap", "reactivation", "streak_reminder")
}


def noon(day: int) -> str:
    return f"{date(day)}T12:00:00Z"


def midnight(day: int) -> str:
    """The beginning of a day of Bob's."""
    return f"{date(day)}T00:00:00Z"


def london(day: int) -> str:
    """The beginning of a day of Ada's."""
    return f"{date(day - 1)}T23:00:00Z"


def date(day: int) -> str:
    """A day of October 2024."""
    return f"2024-10-{day:02}"


def settings(threshold: int = 1, **fields: Any) -> Json:
    return {
        "frequency": "daily",
        "evaluationMode": "OR",
        "customizationEnabled": False,
        "daysOff": [],
        "metrics": [{"key": "steps", "threshold": threshold}],
        "freezes": None,
        **fields,
    }


def having(freezes: int) -> Json:
    """What a streak shows while freezes are switched on."""
    return {
        "freezes": freezes,
        "maxFreezes": 2,
        "freezeAutoEarnInterval": 7,
        "freezeAutoEarnAmount": 1,
    }


def running(
    length: int, today: int, expires: int, freezes: int, started: int = 4, **fields: Any
) -> Json:
    """A daily streak, and the freezes that its user has."""
    fields = having(freezes) | fields
    return streak(length, date(started), date(today), date(expires), **fields)


def no_streak(today: int, freezes: int, **fields: Any) -> Json:
    return streak(0, None, date(today), None, **having(freezes), **fields)


def stepped(
    seq: int, total: float, streak: Json, rank: int, before: int | None, **fields: Any
) -> Json:
    """The answer to an event that extended the streak."""
    return recorded(
        seq,
        total,
        streak | {"extended": True},
        **{"leaderboards": {"walk": walk(**moved(int(total), rank, before))}} | fields,
    )


def past(day: int, length: int, **used: Any) -> Json:
    """A period of a history while freezes are switched on."""
    return history((date(day), length))[0] | {"usedFreeze": False} | used


def issue(index: int, message: str, **whose: str) -> Json:
    return {"message": message, "severity": "error", "index": index, **whose}


def nobody(index: int) -> Json:
    return issue(index, "there is no user 'nobody'", userId="nobody")


def pause(id_: str, first: int, last: int) -> Json:
    return {"id": id_, "start": date(first), "end": date(last)}


def freeze_row(row_id: str | None, reason: str, balance: int, at: str, period: str | None) -> Json:
    used = reason == "consumed"
    return {
        "id": row_id,
        "type": "consumed" if used else "granted",
        "reason": reason,
        "amount": -1 if used else 1,
        "balance": balance,
        "period": period,
        "createdAt": at,
    }


def row(
    row_id: str, day: int, length: int, outcome: str, *, at: str, met_by: str | None = None
) -> Json:
    return {
        "id": row_id,
        "frequency": "daily",
        "periodStart": date(day),
        "periodEnd": date(day),
        "length": length,
        "outcome": outcome,
        "closedAt": at,
        "metBy": met_by,
    }


def counted(event: str, day: int, total: float = 1, *, met: bool = True) -> Json:
    """An event of one step."""
    return {
        "eventId": event,
        "at": noon(day),
        "metric": "steps",
        "value": 1,
        "total": total,
        "met": met,
    }


def verdict(
    day: int,
    verdict: str,
    length: int,
    why: str,
    *events: Json,
    row_id: str | None = None,
    at: str | None = None,
    **fields: Any,
) -> Json:
    return {
        "periodStart": date(day),
        "periodEnd": date(day),
        "verdict": verdict,
        "length": length,
        "why": why,
        "rowId": row_id,
        "closedAt": at,
        "metBy": next((event["eventId"] for event in events if event["met"]), None),
        "events": list(events),
        "moreEvents": False,
        **fields,
    }


def met_by(event: str, day: int) -> str:
    return f"met by event {event} at {noon(day)}, with steps at 1"


def explanation(user: str, length: int, longest: int, *periods: Json, **fields: Any) -> Json:
    return {
        "userId": user,
        "frequency": "daily",
        "length": length,
        "longest": longest,
        "periods": list(periods),
        "eventsComplete": True,
        **fields,
    }


def preferences(notifications: Json, **streak: Any) -> Json:
    return {
        "notifications": EVERY_CHANNEL | notifications,
        "streak": {"enabled": True, **streak},
    }
