"""`laurels serve`: the HTTP server on a data directory."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from api.cli.exit_codes import FINE
from api.cli.options import DATA_DIRECTORY, DataDirectory

if TYPE_CHECKING:
    from api.front.serve import Options

EPILOG = (
    "Example: `laurels serve --config game.toml`\n\n"
    "Example: `LAURELS_ADMIN_KEY=$(cat key) laurels serve --data /var/lib/laurels --host ::`"
)


def serve(
    data: DataDirectory = DATA_DIRECTORY,
    config: Annotated[
        Path | None,
        typer.Option(
            "--config",
            metavar="FILE",
            help="The configuration (TOML) to put in force. Left out: what the directory has, or "
            "for a new one a small built-in example.",
        ),
    ] = None,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65_535, help="The port; 0 takes a free one.")
    ] = 8787,
    front: Annotated[
        Literal["both", "quart"],
        typer.Option(
            help="`both`: the fast lane, with Quart behind it; `quart`: Quart for everything."
        ),
    ] = "both",
) -> None:
    """Answer over HTTP until stopped.

    The first start on a directory prints a new admin key, once. LAURELS_ADMIN_KEY sets one instead:
    it alone counts then, and is stored nowhere.

    SIGTERM or Ctrl-C stops: what is under way is answered, everything is committed, the exit status
    is 0 within 20 seconds. A second one ends the process at once; nothing acknowledged is lost.

    `/healthz`, `/readyz` (503 until recovered) and `/metrics` need no key. Log lines go to standard
    error, as JSON unless it is a terminal.
    """
    import os

    from api.cli.importing import read_configuration
    from api.cli.process import run
    from api.front.auth import check_given_key
    from api.front.serve import Options

    given = os.environ.get("LAURELS_ADMIN_KEY")
    options = Options(
        host=host,
        port=port,
        document=None if config is None else read_configuration(config),
        given_key=None if given is None else check_given_key(given),
        front=front,
    )

    run(lambda: _serve(data, options))


async def _serve(data: Path, options: "Options") -> None:
    """Serve until a signal; one that comes before the server is ready ends the recovery."""
    import trio

    from api.cli.process import allow_files, call_at_signals
    from api.front.limits import CONNECTIONS_MAX
    from api.front.logs import open_log
    from api.front.serve import serve_directory

    allow_files(2 * CONNECTIONS_MAX)
    stop, recovering = trio.Event(), trio.CancelScope()
    ready = False

    def announce(url: str, key: str | None) -> None:
        nonlocal ready
        ready = True
        _announce(url, key)

    def end() -> None:
        stop.set()
        if not ready:
            recovering.cancel()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(call_at_signals, end, FINE)
        with recovering:
            await serve_directory(data, options, open_log(), announce, stop)
        nursery.cancel_scope.cancel()


def _announce(url: str, key: str | None) -> None:
    print(f"Laurels answers at {url}")
    if key is not None:
        print(f"Admin key, shown this once: {key}")
    sys.stdout.flush()
