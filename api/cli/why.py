"""`laurels why`: why something is as it is, from the log."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from typer.core import TyperGroup

from api.cli.options import (
    DATA_DIRECTORY,
    SCOPE_NAME,
    ApiKey,
    DataDirectory,
    ScopeName,
    ServerUrl,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from api.operations.answers_explain import ExplanationAnswer
    from api.operations.answers_streaks import StreakExplanationAnswer

FACT_EPILOG = "Example: `laurels why 1234.5`"
STREAK_EPILOG = "Example: `laurels why streak ada --from 2026-03-01 --to 2026-03-31`"


class _WhyGroup(TyperGroup):
    """Takes the id of a fact where a command's name would stand: `laurels why 1234.5`."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        # Typer carries a click of its own, whose types it does not export.
        if args and args[0] not in self.commands:
            args = ["fact", *args]
        return super().resolve_command(ctx, args)


why = typer.Typer(
    name="why",
    cls=_WhyGroup,
    help="Say why something is as it is, from the log: `laurels why ID` for a fact of an answer.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
)

First = Annotated[
    datetime | None,
    typer.Option(
        "--from",
        formats=["%Y-%m-%d"],
        help="A date in the first period; default: the last seven periods.",
        show_default=False,
    ),
]
Last = Annotated[
    datetime | None,
    typer.Option(
        "--to",
        formats=["%Y-%m-%d"],
        help="A date in the last period; default: the user's today.",
        show_default=False,
    ),
]
Followed = Annotated[
    Literal["daily", "weekly", "monthly"] | None,
    typer.Option(
        "--frequency",
        help="The streak as followed on which periods; default: the configured ones.",
        show_default=False,
    ),
]


@why.command("fact", epilog=FACT_EPILOG)
def fact(
    fact_id: Annotated[str, typer.Argument(metavar="ID", help="Of an event, an award, a move, …")],
    *,
    data: DataDirectory = DATA_DIRECTORY,
    scope: ScopeName = SCOPE_NAME,
    url: ServerUrl = None,
    api_key: ApiKey = None,
) -> None:
    """Say why a fact is: what caused it, by which version of the configuration, and how much."""
    from api.cli import tables
    from api.cli.client import Client, segment
    from api.cli.process import run
    from api.embedded import open_reading
    from api.operations.answers_explain import ExplanationAnswer

    async def read() -> ExplanationAnswer:
        async with open_reading(data) as laurels:
            return laurels.scope(scope).explain(fact_id)

    if url is None:
        found = run(read)
    else:
        with Client(url, api_key) as client:
            found = client.ask("GET", f"/v1/explain/{segment(fact_id)}", ExplanationAnswer)
    tables.show(*_told(found))


@why.command("streak", epilog=STREAK_EPILOG)
def streak(
    user_id: Annotated[str, typer.Argument(metavar="ID", help="The user's id.")],
    *,
    first: First = None,
    last: Last = None,
    frequency: Followed = None,
    data: DataDirectory = DATA_DIRECTORY,
    scope: ScopeName = SCOPE_NAME,
    url: ServerUrl = None,
    api_key: ApiKey = None,
) -> None:
    """Say of each period of a user's streak how it ended, and why."""
    from api.cli import tables
    from api.cli.client import Client, segment
    from api.cli.process import run
    from api.embedded import open_reading
    from api.operations.answers_streaks import StreakExplanationAnswer

    begin, end = _date(first), _date(last)

    async def read() -> StreakExplanationAnswer:
        async with open_reading(data) as laurels:
            reader = laurels.scope(scope)
            return await reader.explain_streak(user_id, first=begin, last=end, frequency=frequency)

    if url is None:
        found = run(read)
    else:
        given = {"from": begin, "to": end, "frequency": frequency}
        query = {name: str(value) for name, value in given.items() if value is not None}
        with Client(url, api_key) as client:
            path = f"/v1/users/{segment(user_id)}/streak/explain"
            found = client.ask("GET", path, StreakExplanationAnswer, query=query)
    tables.show(*_parts(found))


def _told(found: "ExplanationAnswer") -> "Iterator[RenderableType]":
    from api.cli import tables

    whose = f" of {found.user_id}" if found.user_id is not None else ""
    yield tables.plain(f"{found.fact_id}: {found.type}{whose}, {found.at}")
    for sentence in found.why:
        yield tables.plain(f"  {sentence}")
    yield tables.plain(
        f"By version {found.configuration_version} of the configuration, "
        + (f"recorded with {found.command.type}" if found.due else f"by {found.command.type}")
        + f" of {found.command.at}."
    )
    rows = tables.table("In the same record", "Id", "What")
    for other in found.facts:
        rows.add_row(other.fact_id, tables.plain(other.type))
    if len(found.facts) > 1:
        yield rows


def _parts(found: "StreakExplanationAnswer") -> "Iterator[RenderableType]":
    from api.cli import tables

    title = f"{found.user_id}: {found.frequency} streak of {found.length:,}"
    title += f", longest {found.longest:,}"
    rows = tables.table(title, "Period", "Verdict", "Length", "Why", numbers=("Length",))
    for period in found.periods:
        dates = tables.period(period.period_start, period.period_end)
        verdict = period.verdict.replace("_", " ")
        rows.add_row(dates, verdict, f"{period.length:,}", tables.plain(period.why))
    yield rows
    if not found.events_complete:
        yield "There were more events than are read for one explanation; ask for fewer periods."


def _date(given: datetime | None) -> date | None:
    return None if given is None else given.date()
