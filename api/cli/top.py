"""`laurels top`: a page of a leaderboard as a table."""

from typing import Annotated

import typer

from api.cli.options import (
    DATA_DIRECTORY,
    SCOPE_NAME,
    ApiKey,
    DataDirectory,
    ScopeName,
    ServerUrl,
)

EPILOG = "Example: `laurels top commits --limit 20`"


def top(
    key: Annotated[str, typer.Argument(metavar="KEY", help="The board's key.")],
    *,
    data: DataDirectory = DATA_DIRECTORY,
    scope: ScopeName = SCOPE_NAME,
    limit: Annotated[int, typer.Option("--limit", help="How many ranks to show.")] = 10,
    offset: Annotated[int, typer.Option("--offset", help="How many ranks to pass over.")] = 0,
    url: ServerUrl = None,
    api_key: ApiKey = None,
) -> None:
    """Show a leaderboard, of a data directory or of a running server."""
    from api.cli import tables
    from api.cli.client import Client, segment
    from api.cli.process import run
    from api.embedded import open_reading
    from api.operations.answers import BoardAnswer

    async def read() -> BoardAnswer:
        async with open_reading(data) as laurels:
            return laurels.scope(scope).board(key, offset=offset, limit=limit)

    if url is None:
        board = run(read)
    else:
        path, query = f"/v1/leaderboards/{segment(key)}", {"offset": offset, "limit": limit}
        with Client(url, api_key) as client:
            board = client.ask("GET", path, BoardAnswer, query=query)
    title = f"{board.name}: {board.participants:,} participants"
    table = tables.table(title, "Rank", "User", "Name", "Value", numbers=("Rank", "Value"))
    for row in board.rankings:
        cells = (tables.plain(row.user_id), tables.plain(row.user_name))
        table.add_row(f"{row.rank:,}", *cells, f"{row.value:,}")
    tables.show(table)
