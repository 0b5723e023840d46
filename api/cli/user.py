"""`laurels user`: everything that a user has, as tables."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.options import (
    DATA_DIRECTORY,
    SCOPE_NAME,
    ApiKey,
    DataDirectory,
    ScopeName,
    ServerUrl,
)

if TYPE_CHECKING:
    from rich.console import RenderableType

    from api.operations.answers import UserAnswer

EPILOG = "Example: `laurels user ada@example.org`"


def user(
    user_id: Annotated[str, typer.Argument(metavar="ID", help="The user's id.")],
    *,
    data: DataDirectory = DATA_DIRECTORY,
    scope: ScopeName = SCOPE_NAME,
    periods: Annotated[
        int, typer.Option("--periods", help="How many of the last streak periods to show.")
    ] = 7,
    url: ServerUrl = None,
    api_key: ApiKey = None,
) -> None:
    """Show a user: streak, metrics, achievements, points, levels, places on boards."""
    from api.cli import tables
    from api.cli.client import Client, segment
    from api.cli.process import run
    from api.embedded import open_reading
    from api.operations.answers import UserAnswer

    async def read() -> UserAnswer:
        async with open_reading(data) as laurels:
            return laurels.scope(scope).user(user_id, periods)

    if url is None:
        found = run(read)
    else:
        path, query = f"/admin/v1/users/{segment(user_id)}", {"periods": periods}
        with Client(url, api_key) as client:
            found = client.ask("GET", path, UserAnswer, query=query)
    tables.show(*_parts(found))


def _parts(user: "UserAnswer") -> "Iterator[RenderableType]":
    from api.cli import tables

    about = tables.table("", "", "")
    about.show_header = False
    attributes = ", ".join(f"{key}={value}" for key, value in user.attributes.items())
    for label, text in (
        ("User", user.id),
        ("Name", user.name),
        ("E-mail", user.email),
        ("Time zone", user.tz),
        ("Attributes", attributes),
        ("Since", tables.moment(user.created)),
        ("Streak", _streak(user)),
        ("Freezes", _freezes(user)),
        ("Boards", "kept off all of them by an operator" if user.hidden else None),
    ):
        if text:
            about.add_row(label, tables.plain(text))
    yield about
    if user.periods:
        rows = tables.table("Last periods", "Period", "Outcome", "Length", numbers=("Length",))
        for period in user.periods:
            dates = tables.period(period.period_start, period.period_end)
            rows.add_row(dates, period.outcome.replace("_", " "), f"{period.length:,}")
        yield rows
    yield from _holdings(user)


def _holdings(user: "UserAnswer") -> "Iterator[RenderableType]":
    from api.cli import tables

    if user.metrics:
        rows = tables.table("Metrics", "Metric", "Total", numbers=("Total",))
        for metric in user.metrics:
            rows.add_row(tables.plain(metric.name), tables.quantity(metric.current))
        yield rows
    achieved = [item for item in user.achievements if item.achieved_at]
    if achieved:
        rows = tables.table("Achievements", "Achievement", "For", "Completed (UTC)")
        for item in sorted(achieved, key=lambda item: item.achieved_at or ""):
            cells = (tables.plain(item.name), tables.plain(item.description))
            rows.add_row(*cells, tables.moment(item.achieved_at))
        yield rows
    if user.points:
        rows = tables.table("Points", "System", "Total", "Level", numbers=("Total",))
        for system in user.points:
            level = tables.plain(system.level.name if system.level else None)
            rows.add_row(tables.plain(system.name), f"{system.total:,}", level)
        yield rows
    if user.leaderboards:
        rows = tables.table(
            "Boards", "Board", "Run", "Group", "Rank", "Value", numbers=("Rank", "Value")
        )
        for board in user.leaderboards:
            group = ", ".join(f"{p.key} {p.value}" for p in board.breakdown_attribute_values)
            rank = f"{board.rank:,}" if board.rank else "–"
            cells = (tables.plain(board.name), board.run or "", tables.plain(group))
            rows.add_row(*cells, rank, f"{board.value:,}")
        yield rows


def _freezes(user: "UserAnswer") -> str | None:
    streak = user.streak
    return f"{streak.freezes} of {streak.max_freezes}" if isinstance(streak.freezes, int) else None


def _streak(user: "UserAnswer") -> str:
    streak = user.streak
    unit = {"daily": "day", "weekly": "week", "monthly": "month"}.get(streak.frequency, "period")

    def counted(length: int) -> str:
        return f"{length:,} {unit}{'' if length == 1 else 's'}"

    running = f", since {streak.started}, until {streak.expires} if not extended"
    present = counted(streak.length) + (running if streak.length else "")
    return f"{present}; longest {counted(user.longest_streak)}"
