"""`laurels import`: newline-delimited JSON into a scope's history."""

import os
import stat
from pathlib import Path
from typing import Annotated, Literal

import typer

from api.cli.options import (
    DATA_DIRECTORY,
    SCOPE_NAME,
    ApiKey,
    DataDirectory,
    ScopeName,
    ServerUrl,
)

EPILOG = (
    "Example: `laurels import events.jsonl --config game.toml`\n\n"
    "Example: `zcat *.jsonl.gz | laurels import - --sort --config game.toml --name launch`"
)

ConfigFile = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        help="The configuration (TOML). May be left out once the scope has one; "
        "a file that differs from it is put in force as a new version.",
    ),
]
Finish = Annotated[
    bool,
    typer.Option(
        "--finish/--no-finish",
        help="Finish the import: let the scope's clock run on and record everything that has "
        "become due; from then on the scope is live. --no-finish leaves it open for more.",
    ),
]
FinishAt = Annotated[
    str | None,
    typer.Option(
        "--finish-at",
        metavar="INSTANT",
        help="How far the clock runs on, as 2026-03-01T09:30:00Z; default now. "
        "Later items are refused.",
    ),
]
ResultLines = Annotated[
    Literal["none", "errors", "all"],
    typer.Option(
        "--results",
        help="Print a line of JSON on standard output for refused items, or for all of them, "
        "in order, each once it is on disk.",
    ),
]


def import_events(
    file: Annotated[str, typer.Argument(metavar="FILE", help="The file; - reads standard input.")],
    *,
    data: DataDirectory = DATA_DIRECTORY,
    config: ConfigFile = None,
    scope: ScopeName = SCOPE_NAME,
    finish: Finish = True,
    finish_at: FinishAt = None,
    sort: Annotated[
        bool,
        typer.Option(
            "--sort",
            help="Import in order of time, whatever the order of the lines; without it a line "
            "older than the one before it is refused. Holds the whole input in memory.",
        ),
    ] = False,
    name: Annotated[
        str | None,
        typer.Option(
            "--name",
            metavar="NAME",
            help="The import's name, which with the line number identifies lines without an "
            "idempotencyKey. Default: the file's name and a hash of its first line.",
        ),
    ] = None,
    results: ResultLines = "none",
    url: ServerUrl = None,
    api_key: ApiKey = None,
) -> None:
    """Import a history of events, one JSON object a line; into a data directory or a server.

    A line: `{"key": "lessons", "user": {"id": "ada", "tz": "Europe/London"}, "value": 1,
    "timestamp": "2026-03-01T09:30:00+00:00"}`; besides, `attributes` and `idempotencyKey`, and of
    the user `name`, `email` and `attributes`.

    Streaks, achievements, points and boards come out as if every event had arrived at its
    timestamp. Lines that cannot be used are reported with their number; all others go in.

    The same command may be run again, after an interruption, a crash, or when lines have been
    appended: what is in already is counted once. A line is known by its idempotencyKey, or else by
    the import's name and the line's number, so lines must not be moved or changed in between.
    """
    from api.cli import importing
    from api.cli.client import Client
    from api.cli.process import run
    from api.cli.remote_import import Remote, send
    from api.items import read_instant
    from api.lines import LineSource, read_file

    end = importing.now() if finish_at is None else read_instant(finish_at, "--finish-at")
    descriptor, label, size = _open(file)
    lines = LineSource(
        read_file(descriptor), label=label, name=name, until=end, size=size, sort=sort
    )
    if url is not None:
        with Client(url, api_key) as client:
            remote = Remote(client=client, config=config, finish=finish, end=end, results=results)
            raise typer.Exit(run(lambda: send(lines, remote)))
    destination = importing.Destination(
        data=data,
        scope=scope,
        document=None if config is None else importing.read_configuration(config),
        finish=finish,
        end=end,
        results=results,
    )
    source = importing.Source(
        windows=lines.windows(), unit="line", name_of=lambda line: f"line {line}"
    )
    raise typer.Exit(run(lambda: importing.bring_in(source, destination)))


def _open(file: str) -> tuple[int, str, int | None]:
    """Return an open descriptor, what to call it, and the size if it is a regular file's."""
    if file == "-":
        return 0, "stdin", None
    descriptor = os.open(file, os.O_RDONLY)
    status = os.fstat(descriptor)
    if stat.S_ISDIR(status.st_mode):
        raise typer.BadParameter(f"{file} is a directory", param_hint="FILE")
    return descriptor, Path(file).name, status.st_size if stat.S_ISREG(status.st_mode) else None
