"""`laurels digest`: one number for everything a scope has come to."""

from typing import Annotated

import typer

from api.cli.options import DATA_DIRECTORY, SCOPE_NAME, DataDirectory, ScopeName

EPILOG = "Example: `laurels digest --data laurels-data`"


def digest(
    data: DataDirectory = DATA_DIRECTORY,
    scope: ScopeName = SCOPE_NAME,
    at: Annotated[
        str | None,
        typer.Option(
            "--at",
            metavar="INSTANT",
            help="Bring everybody up to this instant (not before the scope's clock) first: to "
            "compare scopes of which one's clock has run on, as a server's does by itself.",
        ),
    ] = None,
) -> None:
    """Print the last record's number and the digest of the scope's state.

    Two scopes that came to the same have the same digest, on any machine, whatever happened in
    between: crashes, restarts, snapshots. It covers configuration, users and boards as of the
    scope's clock, and neither record numbers nor idempotency keys.
    """
    from api.cli.process import run
    from api.embedded import open_reading
    from api.items import read_instant

    instant = None if at is None else read_instant(at, "--at")

    async def read() -> tuple[int, str]:
        async with open_reading(data) as laurels:
            return laurels.last_seq, laurels.scope(scope).digest(instant)

    seq, text = run(read)
    typer.echo(f"{seq} {text}")
