"""`laurels user`: everything that a user has, as tables."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.options import DATA_DIRECTORY, SCOPE_NAME, DataDirectory, ScopeName

if TYPE_CHECKING:
    from rich.console import RenderableType

    from api.operations.answers import PeriodAnswer, UserAnswer

EPILOG = "Example: `laurels user ada@example.org`"


def user(
    user_id: Annotated[str, typer.Argument(metavar="ID", help="The user's id.")],
    data: DataDirectory = DATA_DIRECTORY,
    scope: ScopeName = SCOPE_NAME,
    periods: Annotated[
        int, typer.Option("--periods", help="How many of the last streak periods to show.")
    ] = 7,
) -> None:
    """Show a user: streak, metrics, achievements, points, levels, places on boards."""
    from api.cli import tables
    from api.cli.process import run
    from api.embedded import open_reading

    async def read() -> tuple["UserAnswer", "Sequence[PeriodAnswer]"]:
        async with open_reading(data) as laurels:
            reader = laurels.scope(scope)
            return reader.user(user_id), reader.periods(user_id, periods)

    tables.show(*_parts(*run(read)))


def _parts(user: "UserAnswer", periods: "Sequence[PeriodAnswer]") -> "Iterator[RenderableType]":
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
    ):
        if text:
            about.add_row(label, tables.plain(text))
    yield about
    if periods:
        rows = tables.table("Last periods", "Day", "Outcome", "Length", numbers=("Length",))
        for period in periods:
            rows.add_row(period.period_start, period.outcome, f"{period.length:,}")
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
        rows = tables.table("Boards", "Board", "Rank", "Value", numbers=("Rank", "Value"))
        for board in user.leaderboards:
            rank = f"{board.rank:,}" if board.rank else "–"
            rows.add_row(tables.plain(board.name), rank, f"{board.value:,}")
        yield rows


def _streak(user: "UserAnswer") -> str:
    streak = user.streak
    unit = {"daily": "day", "weekly": "week", "monthly": "month"}.get(streak.frequency, "period")

    def counted(length: int) -> str:
        return f"{length:,} {unit}{'' if length == 1 else 's'}"

    running = f", since {streak.started}, until {streak.expires} if not extended"
    present = counted(streak.length) + (running if streak.length else "")
    return f"{present}; longest {counted(user.longest_streak)}"
