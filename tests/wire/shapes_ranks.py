"""The shapes of answers about leaderboards, in the game of `game_ranks`."""

from typing import Any

from tests.wire.shapes import Json, id_of

NAMES = {"ada": "Ada", "cyd": "Cyd"}
OF_STEPS = {"rankBy": "metric", "metricKey": "steps", "metricName": "Steps"}
OF_XP = {"rankBy": "points", "pointsSystemKey": "xp", "pointsSystemName": "Experience"}
OF_STREAK = {"rankBy": "streak"}
PRO = {"key": "plan", "value": "pro"}


def _board(ordinal: int, key: str, name: str, of: Json, **fields: Any) -> Json:
    return {
        "id": id_of("leaderboard", ordinal),
        "name": name,
        "key": key,
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
        **of,
        **fields,
    }


def _every(unit: str) -> Json:
    return {"runUnit": unit, "runInterval": 1}


WEEKLY_UNDIVIDED = _board(
    2, "weekly", "Of the week", OF_STEPS, start="2024-09-30", **_every("week")
)
MONTHLY = _board(
    3,
    "monthly",
    "Of the month",
    OF_XP,
    description="For those who pay.",
    start="2024-10-01",
    end="2024-11-30",
    userAttributes=[PRO],
    **_every("month"),
)
BOARDS = [
    _board(
        1,
        "daily",
        "Of the day",
        OF_STEPS,
        start="2024-10-01",
        maxParticipants=2,
        **_every("day"),
    ),
    WEEKLY_UNDIVIDED | {"breakdownAttribute": "country", "breakdownAttributes": ["country"]},
    MONTHLY,
    _board(4, "nights", "By night", OF_STEPS, startTime="20:00", endTime="06:00"),
    _board(5, "few", "Fewest steps", OF_STEPS, maxParticipants=2),
    _board(6, "teams", "Teams", OF_XP, breakdownAttributes=["country", "team"]),
    _board(7, "days", "Days in a row", OF_STREAK),
    _board(8, "autumn", "Autumn", OF_STEPS, start="2024-10-01", end="2024-10-06"),
    _board(9, "soon", "Soon", OF_STEPS, start="2024-12-01"),
    _board(10, "soon-daily", "Soon, by day", OF_STEPS, start="2024-12-01", **_every("day")),
    _board(11, "old", "Old", OF_STREAK, end="2024-09-30"),
]
BY_KEY = {board["key"]: board for board in BOARDS}


def run(
    number: int,
    first: str | None,
    last: str | None,
    participants: int,
    over_at: str | None = None,
    *,
    status: str = "live",
    groups: int = 1,
    **fields: Any,
) -> Json:
    return {
        "id": str(number),
        "start": first,
        "end": last,
        "status": status,
        "participants": participants,
        "groups": groups,
        "overAt": over_at,
        "closedAt": None,
        "finalisedAt": None,
        **fields,
    }


def closed(run: Json, fact: str, at: str, over_at: str | None = None) -> Json:
    """A run that is closed and archived at one instant."""
    return run | {
        "status": "closed",
        "overAt": over_at or run["overAt"],
        "closedAt": at,
        "finalisedAt": at,
        "factId": fact,
    }


def values(**attributes: str) -> list[Json]:
    return [{"key": key, "value": value} for key, value in attributes.items()]


def ranking(user: str, rank: int, value: int, **fields: Any) -> Json:
    return {"userId": user, "userName": NAMES.get(user), "rank": rank, "value": value, **fields}


def rankings(first: int = 1, **by_user: int) -> list[Json]:
    """Users in order of their ranks, from the first one on."""
    return [ranking(user, rank, value) for rank, (user, value) in enumerate(by_user.items(), first)]


def page(
    board: Json | str,
    run: Json | None,
    ranked: list[Json],
    *,
    group: list[Json] | None = None,
    participants: int | None = None,
    reset: str | None = None,
    **fields: Any,
) -> Json:
    """A page of a board; without `participants` everybody is on it."""
    return {
        **(BY_KEY[board] if isinstance(board, str) else board),
        "status": "active",
        "rankings": ranked,
        "participants": len(ranked) if participants is None else participants,
        "run": run,
        "breakdownAttributeValues": group or [],
        "threshold": 0,
        "nextReset": reset,
        "at": None,
        **fields,
    }


def day(date: str, before: tuple[int | None, int] | None, now: tuple[int | None, int]) -> Json:
    """Rank and value in the end of the day before, and of this one."""
    return {
        "date": date,
        "timestamp": f"{date}T00:00:00Z",
        "previousRank": before and before[0],
        "rank": now[0],
        "previousValue": before and before[1],
        "value": now[1],
    }


def place(
    board: Json | str,
    run: Json,
    spot: tuple[int, int] | None,
    participants: int,
    *days: Json,
    group: list[Json] | None = None,
    reset: str | None = None,
    **fields: Any,
) -> Json:
    """A user's place: position and value, which is their rank but beyond a cap."""
    position, value = spot or (None, None)
    behind = None
    if position is not None:
        behind = 10_000 * (participants - position) // participants / 100
    return {
        **(BY_KEY[board] if isinstance(board, str) else board),
        "rank": position,
        "value": value,
        "history": list(days),
        "position": position,
        "participants": participants,
        "percentile": behind,
        "run": run,
        "breakdownAttributeValues": group or [],
        "nextReset": reset,
        "at": None,
        **fields,
    }


def moved(
    board: str,
    fact: str,
    value: int | None,
    rank: int | None,
    before: int | None,
    *,
    dates: tuple[str, str] | None = None,
    group: list[Json] | None = None,
    threshold: int = 0,
) -> dict[str, Json]:
    """What an event changed on a board."""
    shown = BY_KEY[board]
    first, last = dates or (shown["start"], shown["end"])
    of_group: Json = {"breakdownAttributeValues": group} if group else {}
    if group and len(group) == 1:
        of_group["breakdownAttributeValue"] = group[0]["value"]
    return {
        board: {
            **shown,
            "start": first,
            "end": last,
            "rank": rank,
            "previousRank": before,
            "threshold": threshold,
            "factId": fact,
            "value": value,
            **of_group,
        }
    }


def change(
    fact: str,
    at: str,
    before: tuple[int, int] | None,
    now: tuple[int, int] | None,
    cap: int = 10**6,
) -> Json:
    """A change from one position and value to others."""

    def rank(spot: tuple[int, int] | None) -> int | None:
        return spot[0] if spot and spot[0] <= cap else None

    return {
        "timestamp": at,
        "factId": fact,
        "previousRank": rank(before),
        "rank": rank(now),
        "previousPosition": before and before[0],
        "position": now and now[0],
        "previousValue": before and before[1],
        "value": now and now[1],
    }


def told(type_: str, user: str | None, *why: str, due: bool = False, **leaderboard: Any) -> Json:
    """What is said of a fact about a leaderboard."""
    board = leaderboard.pop("board", None)
    about: Json = {}
    if board is not None:
        first, last = leaderboard.pop("dates", (None, None))
        name = BY_KEY[board]["name"]
        about = {"leaderboard": {"key": board, "name": name, "start": first, "end": last}}
        about["leaderboard"] |= leaderboard
    return {"type": type_, "userId": user, "why": list(why), "due": due, **about}


def moving(before: int | None, now: int | None, value: int | None, **attributes: str) -> Json:
    return {
        "breakdownAttributeValues": values(**attributes),
        "previousPosition": before,
        "position": now,
        "value": value,
    }


def group(participants: int, **attributes: str) -> Json:
    return {"breakdownAttributeValues": values(**attributes), "participants": participants}


def rank_of(value: int, rank: int | None, position: int, participants: int) -> Json:
    return {"value": value, "rank": rank, "position": position, "participants": participants}
