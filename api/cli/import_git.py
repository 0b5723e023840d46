"""`laurels import-git`: the history of repositories into a scope's history."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.import_events import ConfigFile, Finish, FinishAt, ResultLines
from api.cli.options import DATA_DIRECTORY, SCOPE_NAME, DataDirectory, ScopeName

if TYPE_CHECKING:
    from api.git_history import History

EPILOG = (
    "Example: `laurels import-git . --data /tmp/git && laurels top commits --data /tmp/git`\n\n"
    "Example: `laurels import-git ~/src/server ~/src/client --lines`"
)
_SKIPPED_SHOWN = 5


def import_git(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH…", help="The repositories.")],
    *,
    data: DataDirectory = DATA_DIRECTORY,
    config: ConfigFile = None,
    scope: ScopeName = SCOPE_NAME,
    all_refs: Annotated[
        bool,
        typer.Option("--all", help="Commits of all branches and tags, not only of HEAD."),
    ] = False,
    lines: Annotated[
        bool,
        typer.Option(
            "--lines",
            help="Besides, an event on the metric 'lines' with the lines that a commit changed. "
            "Takes git many times as long.",
        ),
    ] = False,
    finish: Finish = True,
    finish_at: FinishAt = None,
    results: ResultLines = "none",
) -> None:
    """Import git histories: every commit an event of its author on the metric 'commits'.

    The user is the author's e-mail address, in lower case, as the commit has it; their time zone
    is the one that agrees with most of the offsets of their commits. Events are in order of the
    authors' dates. A commit counts once, however often and from however many repositories it is
    imported. Holds all commits in memory, some 300 bytes each.

    Without --config, a scope without a configuration gets the one that comes with Laurels: a daily
    streak, achievements, experience points with levels, boards 'commits' and 'xp'.
    """
    from importlib.resources import files

    from api.cli import importing
    from api.cli.process import run
    from api.cli.terminal import meter
    from api.git_history import history_items, read_history
    from api.imports import listed_windows
    from api.items import read_instant

    end = importing.now() if finish_at is None else read_instant(finish_at, "--finish-at")
    builtin = files("api").joinpath("configurations", "git.toml").read_bytes()
    destination = importing.Destination(
        data=data,
        scope=scope,
        document=None if config is None else importing.read_configuration(config),
        fallback=importing.checked_document(builtin),
        finish=finish,
        end=end,
        results=results,
    )
    with meter("reading", lambda done, _: f"{done:,} commits") as shown:
        history = read_history(
            paths,
            all_refs=all_refs,
            lines=lines,
            until=end,
            progress=lambda done: shown.update(done, done, None),
        )
    _describe(history)
    items = history_items(history)
    source = importing.Source(
        windows=listed_windows(items),
        unit="event",
        name_of=lambda number: f"commit {items[number - 1].request.key}",
    )
    raise typer.Exit(run(lambda: importing.bring_in(source, destination)))


def _describe(history: "History") -> None:
    from api.cli.terminal import complain

    for path in history.shallow:
        complain(f"{path} is a shallow clone: only the newest part of its history is there")
    for hash_, reason in history.skipped[:_SKIPPED_SHOWN]:
        complain(f"commit {hash_} {reason}; skipped")
    if len(history.skipped) > _SKIPPED_SHOWN:
        complain(f"… and {len(history.skipped) - _SKIPPED_SHOWN:,} more commits skipped")
    complain(f"{len(history.commits):,} commits by {len(history.authors):,} authors")
