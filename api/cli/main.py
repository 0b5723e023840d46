"""The command group, and `main`, which `laurels` and `python -m api.cli` call.

A command's module says what it takes; what it needs to do it is imported when it runs, so that
`laurels --help` answers at once.
"""

import sys
from typing import Annotated

import typer

from api.cli import (
    digest,
    dry_run,
    event,
    import_events,
    import_git,
    process,
    serve,
    top,
    user,
    verify,
    what_if,
    why,
)
from api.cli.exit_codes import BAD_INPUT, EXPLAINED
from api.cli.terminal import complain, complain_of
from engine.model.errors import LaurelsError

_EPILOG = "Exit status:\n\n" + "\n".join(f"- `{code}` {what}" for code, what in EXPLAINED.items())

app = typer.Typer(
    name="laurels",
    help="Laurels, a self-hosted real-time gamification engine: "
    "streaks, achievements, points and leaderboards from a stream of events.",
    epilog=_EPILOG,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        import importlib.metadata

        print(f"laurels {importlib.metadata.version('laurels')}")
        raise typer.Exit()


@app.callback()
def laurels(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Take the options that stand before a command."""


app.command("serve", epilog=serve.EPILOG)(serve.serve)
app.command("event", epilog=event.EPILOG)(event.event)
app.command("import", epilog=import_events.EPILOG)(import_events.import_events)
app.command("import-git", epilog=import_git.EPILOG)(import_git.import_git)
app.command("top", epilog=top.EPILOG)(top.top)
app.command("user", epilog=user.EPILOG)(user.user)
app.add_typer(why.why)
app.command("dry-run", epilog=dry_run.EPILOG)(dry_run.dry_run)
app.command("what-if", epilog=what_if.EPILOG)(what_if.what_if)
app.command("digest", epilog=digest.EPILOG)(digest.digest)
app.command("verify", epilog=verify.EPILOG)(verify.verify)


def main() -> None:
    """Run the command line; never returns.

    The barrier around a command: an error that Laurels raises on purpose, or that the operating
    system gives, becomes a sentence and an exit status. Anything else is a bug and keeps its
    traceback.
    """
    process.tune()
    try:
        app()
    except LaurelsError as error:
        complain_of(error)
        sys.exit(error.exit_code)
    except OSError as error:
        complain(f"{error.filename}: {error.strerror}" if error.filename else str(error))
        sys.exit(BAD_INPUT)
