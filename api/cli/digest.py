"""`laurels digest`: one number for everything a scope has come to."""

import typer

from api.cli.options import DATA_DIRECTORY, SCOPE_NAME, DataDirectory, ScopeName

EPILOG = "Example: `laurels digest --data laurels-data`"


def digest(data: DataDirectory = DATA_DIRECTORY, scope: ScopeName = SCOPE_NAME) -> None:
    """Print the last record's number and the digest of the scope's state.

    Two scopes that came to the same have the same digest, on any machine, whatever happened in
    between: crashes, restarts, snapshots. It covers configuration, users and boards as of the
    scope's clock, and neither record numbers nor idempotency keys.
    """
    from api.cli.process import run
    from api.embedded import open_reading

    async def read() -> tuple[int, str]:
        async with open_reading(data) as laurels:
            return laurels.last_seq, laurels.scope(scope).digest()

    seq, text = run(read)
    typer.echo(f"{seq} {text}")
