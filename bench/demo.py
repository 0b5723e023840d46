"""What `make demo` shows: a git history as a game; an import and a server, killed, lose nothing.

Everything goes through the command `laurels` as a person would run it, on a real disk. Each claim
is checked, and the exit status is 0 only if all of them hold.

    python -m bench.demo [REPOSITORY]
"""

import json
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import trio
from rich.markup import escape
from rich.panel import Panel

from api.embedded import open_reading
from bench.demo_server import show_server
from bench.stage import (
    CHECKOUT,
    Failed,
    capture,
    console,
    demo_directory,
    holds,
    laurels,
    run,
    say,
    show_command,
    title,
)
from engine.model.errors import LaurelsError

CONFIGURATION = CHECKOUT / "api" / "configurations" / "git.toml"
EVENT_COUNT = 30_000
KILLED_AFTER = 10_000
"""Acknowledged lines after which the second import is killed."""

SMALL_HISTORY_COUNT = 1_000
TINY = 30
HISTORY_BEGIN = datetime(2026, 1, 5, tzinfo=UTC)
FINISH_AT = "2026-06-01T00:00:00Z"


def main(arguments: Sequence[str]) -> int:
    """Run the demo with the path of a repository or none; return the exit status."""
    began = time.monotonic()
    console.print(
        Panel(
            "Laurels turns events into streaks, achievements, points, levels and leaderboards.\n"
            "First a git history as a game. Then an import that is killed in the middle, and a\n"
            "server: what was acknowledged is still there, and nothing counts twice.",
            title="Laurels, the demo",
            width=88,
        )
    )
    try:
        with demo_directory() as directory:
            _show_history(directory, _repository(arguments))
            _show_crash(directory)
            show_server(directory)
    except Failed as error:
        console.print(f"\n[bold red]Does not hold:[/] {escape(str(error))}")
        return 1
    seconds = time.monotonic() - began
    console.print(f"\n[bold green]Everything held.[/] {seconds:.0f} seconds in all.")
    return 0


# --- Part 1: a git history as a game ---


def _show_history(directory: Path, repository: Path | None) -> None:
    title("1. A git history as a game")
    data = directory / "history"
    if repository is None:
        say("Here is no git history to play, so this one is made up.")
        lines = directory / "history.jsonl"
        _write_events(lines, SMALL_HISTORY_COUNT, people=12)
        run("import", lines, "--data", data, "--config", CONFIGURATION, "--finish-at", FINISH_AT)
    else:
        say(
            "Every commit becomes an event of its author, at the author's date and in the zone "
            "that their clock showed."
        )
        run("import-git", repository, "--data", data)
    first, events = trio.run(_first_of, data)
    if events < TINY:
        say(
            f"That is a tiny history of {events} commits. Try `make demo GIT=path` with the path "
            "of a larger repository."
        )
    run("top", "commits", "--data", data, "--limit", 5)
    run("top", "xp", "--data", data, "--limit", 5)
    say("And everything that the first of them has:")
    run("user", first, "--data", data)
    say("And why their streak is what it is:")
    run("why", "streak", first, "--data", data)


async def _first_of(data: Path) -> tuple[str, int]:
    """Return who leads the board of commits, and how many commits all have together."""
    async with open_reading(data) as laurels:
        board = laurels.scope().board("commits", limit=1_000)
        return board.rankings[0].user_id, sum(row.value for row in board.rankings)


def _repository(arguments: Sequence[str]) -> Path | None:
    """Return the repository to play: the one asked for, else the project's own if it has commits.

    One that was asked for is taken whatever it is: `laurels` says what is wrong with it.
    """
    if arguments:
        return Path(arguments[0])
    if not (CHECKOUT / ".git").exists() or shutil.which("git") is None:
        return None
    head = ["git", "-C", str(CHECKOUT), "rev-parse", "--verify", "--quiet", "HEAD"]
    has_commits = subprocess.run(head, capture_output=True, check=False).returncode == 0
    return CHECKOUT if has_commits else None


# --- Part 2: a crash ---


def _show_crash(directory: Path) -> None:
    title("2. An import is killed and resumed")
    lines = directory / "events.jsonl"
    _write_events(lines, EVENT_COUNT, people=300)
    killed, whole = directory / "killed", directory / "uninterrupted"
    say(
        f"{EVENT_COUNT:,} made-up events go in. Laurels acknowledges each one once it is on disk; "
        f"after {KILLED_AFTER:,} acknowledgements the process gets a SIGKILL."
    )
    command = _import_command(lines, killed)
    show_command(command)
    acknowledged = _import_and_kill(command)
    say(
        f"Killed. {len(acknowledged):,} lines had been acknowledged. The same command again picks "
        "up what is on disk and goes on:"
    )
    show_command(command)
    results = _results(command)
    _check_results(acknowledged, results)
    say("A third directory gets the same events without a crash, for comparison:")
    _results(_import_command(lines, whole))
    _check_same(killed, whole)
    title("3. The log proves its state")
    say("Replayed from the first record, by the recorded facts and again by the rules:")
    run("verify", "--data", killed, "--evaluate")
    holds("verify agrees for the directory that was killed")
    run("verify", "--data", directory / "history", "--evaluate")
    holds("verify agrees for the git history")


def _import_and_kill(command: list[str]) -> dict[int, int]:
    """Run an import and kill it in the middle; return what it acknowledged: line to record."""
    acknowledged: dict[int, int] = {}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        for text in process.stdout:
            if not text.endswith(b"\n"):
                break  # What was cut off was not said.
            result = json.loads(text)
            acknowledged[result["line"]] = result["seq"]
            if len(acknowledged) == KILLED_AFTER:
                process.kill()
    if not KILLED_AFTER <= len(acknowledged) < EVENT_COUNT:
        raise Failed(f"{len(acknowledged):,} lines were acknowledged before the kill")
    return acknowledged


def _check_results(acknowledged: dict[int, int], results: list[dict[str, Any]]) -> None:
    """Check what the resumed import says about every line against what the killed one had said."""
    replayed = {
        result["line"]: result["seq"] for result in results if result["status"] == "replayed"
    }
    new = sum(result["status"] == "applied" for result in results)
    if len(results) != EVENT_COUNT or len(replayed) + new != EVENT_COUNT:
        raise Failed(f"of {EVENT_COUNT:,} lines {len(replayed):,} + {new:,} are in")
    lost = [line for line, seq in acknowledged.items() if replayed.get(line) != seq]
    if lost:
        raise Failed(f"{len(lost):,} acknowledged lines were lost, line {lost[0]} first")
    unsaid = len(replayed) - len(acknowledged)
    holds(f"all {len(acknowledged):,} acknowledged lines are there, in the same records")
    holds(
        f"{len(replayed):,} lines were in already ({unsaid:,} on disk and not yet acknowledged), "
        f"{new:,} are new"
    )


def _check_same(killed: Path, whole: Path) -> None:
    digests = [capture("digest", "--data", data) for data in (killed, whole)]
    for data, digest in zip((killed, whole), digests, strict=True):
        console.print(f"  {digest}  [dim]{data.name}[/]", soft_wrap=True)
    if digests[0] != digests[1]:
        raise Failed("the killed import came to another state than the uninterrupted one")
    holds("the same number of records and the same digest: nothing is lost, nothing doubled")
    totals = [trio.run(_first_of, data)[1] for data in (killed, whole)]
    if totals != [EVENT_COUNT, EVENT_COUNT]:
        raise Failed(f"the boards count {totals[0]:,} and {totals[1]:,} of {EVENT_COUNT:,} events")
    holds(f"all people together have {EVENT_COUNT:,} events on the board")


# --- Events ---


def _write_events(path: Path, count: int, people: int) -> None:
    """Write a made-up history: some people come every day, most now and then."""
    chance = random.Random(20_260_105)
    zones = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Sydney"]
    users = [
        {"id": f"person-{number:03}@example.org", "tz": chance.choice(zones), "name": f"P{number}"}
        for number in range(1, people + 1)
    ]
    weights = [1 / (1 + number / 10) for number in range(people)]
    span = timedelta(days=120)
    moments = sorted(HISTORY_BEGIN + span * chance.random() for _ in range(count))
    with path.open("w", encoding="utf-8") as file:
        for moment in moments:
            (user,) = chance.choices(users, weights)
            event = {"key": "commits", "user": user, "value": 1, "timestamp": moment.isoformat()}
            file.write(json.dumps(event) + "\n")


def _import_command(lines: Path, data: Path) -> list[str]:
    options = ["--config", str(CONFIGURATION), "--finish-at", FINISH_AT, "--results", "all"]
    return [*laurels(), "import", str(lines), "--data", str(data), *options]


def _results(command: list[str]) -> list[dict[str, Any]]:
    """Run an import to its end and return what it says about every line."""
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        raise Failed(f"the import ended with exit status {done.returncode}")
    return [json.loads(text) for text in done.stdout.splitlines()]


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except LaurelsError as error:
        console.print(f"[bold red]Does not hold:[/] {escape(str(error))}")
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
