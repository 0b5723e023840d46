"""`laurels top`: a page of a leaderboard as a table."""

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
    from api.operations.answers import BoardAnswer

_OPTIONS = {"userAttributes": "--group", "run": "--run", "at": "--at", "offset": "--offset"}
"""By the parameters of the HTTP interface, which refusals name."""
EPILOG = "Example: `laurels top commits --limit 20`"


def top(
    key: Annotated[str, typer.Argument(metavar="KEY", help="The board's key.")],
    *,
    data: DataDirectory = DATA_DIRECTORY,
    scope: ScopeName = SCOPE_NAME,
    limit: Annotated[int, typer.Option("--limit", help="How many ranks to show.")] = 10,
    offset: Annotated[
        int,
        typer.Option(
            "--offset", help="How many ranks to pass over; with `--around` also a negative number."
        ),
    ] = 0,
    run: Annotated[
        str | None,
        typer.Option(
            "--run",
            metavar="DATE",
            help="A date in the run, or the run's id; default: the run that is on.",
            show_default=False,
        ),
    ] = None,
    group: Annotated[
        str | None,
        typer.Option(
            "--group",
            metavar="KEY:VALUE,…",
            help="Which group of a board that is broken down by attributes.",
            show_default=False,
        ),
    ] = None,
    around: Annotated[
        str | None,
        typer.Option(
            "--around",
            metavar="ID",
            help="Count from this user: their run and group, from their rank on.",
            show_default=False,
        ),
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(
            "--at",
            metavar="INSTANT",
            help="As the board was then, like 2026-03-01T12:00:00Z.",
            show_default=False,
        ),
    ] = None,
    url: ServerUrl = None,
    api_key: ApiKey = None,
) -> None:
    """Show a leaderboard, of a data directory or of a running server."""
    from api.cli import process, tables
    from api.cli.client import Client, ServerRefused, segment
    from api.embedded import open_reading
    from api.operations.answers import BoardAnswer
    from api.operations.board_pages import read_query
    from engine.model.errors import InvalidInput

    given = {
        "limit": limit,
        "offset": offset,
        "run": run,
        "userAttributes": group,
        "userId": around,
        "at": at,
    }
    asked = {name: value for name, value in given.items() if value is not None}

    async def read() -> BoardAnswer:
        query = read_query(asked)
        async with open_reading(data) as laurels:
            return await laurels.scope(scope).read_board(key, query)

    path = f"/v1/leaderboards/{segment(key)}"
    try:
        if url is None:
            board = process.run(read)
        else:
            with Client(url, api_key) as client:
                board = client.ask("GET", path, BoardAnswer, query=asked)
    except (InvalidInput, ServerRefused) as error:
        place, _, what = str(error).partition(": ")
        if place not in _OPTIONS:
            raise
        raise InvalidInput(_OPTIONS[place], what) from error
    table = tables.table("", "Rank", "User", "Name", "Value", numbers=("Rank", "Value"))
    for row in board.rankings:
        cells = (tables.plain(row.user_id), tables.plain(row.user_name))
        table.add_row(f"{row.rank:,}", *cells, f"{row.value:,}")
    # A title of the table would be broken to its width.
    tables.show(tables.heading(_title(board)), table)


def _title(board: "BoardAnswer") -> str:
    """Return which board it is, with what of it is shown: run, group, status, instant."""
    from api.cli import tables

    parts = [board.name]
    run = board.run
    if run is not None and board.run_unit is not None and run.start is not None:
        parts.append(tables.period(run.start, run.end or run.start))
    parts += [f"{pair.key} {pair.value}" for pair in board.breakdown_attribute_values]
    if board.at is not None:
        parts.append(f"at {board.at}")
    shown = run.status if run is not None and run.status != "live" else board.status
    status = "" if board.at is not None else f" ({shown})"
    people = "participant" if board.participants == 1 else "participants"
    return f"{', '.join(parts)}{status}: {board.participants:,} {people}"
