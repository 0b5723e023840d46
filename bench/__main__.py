"""Measures Laurels on this machine: `python -m bench [SCENARIO]`, or `make bench`."""

import argparse
import os
import platform
import signal
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table

from api.cli.process import tune
from bench import boards, in_process, over_http, points, streaks
from bench.children import ChildFailed

PACKAGES = ("trio", "msgspec", "lmdb", "sortedcontainers", "httptools", "quart-trio", "hypercorn")
_WIDE = 150
"""Columns of a table that goes into a file: rich would take 80."""
SECONDS_MAX = 3_600
"""How long one run may be measured."""

out = Console(width=None if sys.stdout.isatty() else _WIDE)
errors = Console(stderr=True, highlight=False)


def main(arguments: Sequence[str]) -> int:
    """Run a scenario and print its figures; with `--json`, write them to a file as well.

    The scenario's name comes first; without one it is `in-process`. Returns the exit status.
    """
    name, *rest = arguments or ("in-process",)
    match name:
        case "in-process":
            return _in_process(rest)
        case "http":
            return _http(rest)
        case "streaks":
            return _streaks(rest)
        case "points":
            return _points(rest)
        case "boards":
            return _boards(rest)
        case _:
            return _in_process(arguments)


def _in_process(arguments: Sequence[str]) -> int:
    parser = _parser("in-process", in_process.__doc__)
    parser.epilog = (
        "Other scenarios are `http`, `streaks`, `points` and `boards`: "
        "see `python -m bench http --help`."
    )
    parser.add_argument("--events", type=_positive, default=50_000, help="events a run (50,000)")
    parser.add_argument("--users", type=_positive, default=5_000, help="who send them (5,000)")
    options = parser.parse_args(arguments)
    tune()
    figures = in_process.run(
        options.events, options.users, options.repeats, options.directory, errors.print
    )
    table = Table("figure", "median", title=f"in-process, {options.events:,} events")
    for figure in figures:
        table.add_row(figure.name, f"{figure.value:,.1f} {figure.unit}")
    _report(table, options, figures)
    return 0


def _http(arguments: Sequence[str]) -> int:
    parser = _parser("http", over_http.__doc__)
    parser.add_argument("--seconds", type=_seconds, default=5.0, help="measured, each run (5)")
    parser.add_argument("--warm-up", type=_seconds, default=1.0, help="seconds before it (1)")
    parser.add_argument(
        "--connections", type=_numbers, default=(1, 32, 128), help="at once (1,32,128)"
    )
    parser.add_argument("--users", type=_positive, default=10_000, help="who send (10,000)")
    options = parser.parse_args(arguments)
    what = over_http.Options(
        directory=options.directory,
        connections=options.connections,
        seconds=options.seconds,
        warm_up_s=options.warm_up,
        repeats=options.repeats,
        users=options.users,
    )
    # SIGTERM then ends the servers as Ctrl-C does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        figures = over_http.run(what, errors.print)
    except ChildFailed as error:
        errors.print(str(error), markup=False)
        return 1
    _report(over_http.make_table(what, figures), options, figures)
    return _judge(over_http.complaints(figures))


def _streaks(arguments: Sequence[str]) -> int:
    parser = _parser("streaks", streaks.__doc__)
    every = ",".join(streaks.PARTS)
    parser.add_argument(
        "--parts", type=_parts_of(streaks.PARTS), default=streaks.PARTS, help=f"which ({every})"
    )
    parser.add_argument("--events", type=_positive, default=20_000, help="of `cost` (20,000)")
    parser.add_argument("--users", type=_positive, default=1_000, help="who send them (1,000)")
    parser.add_argument(
        "--people", type=_positive, default=100_000, help="at midnight and restart (100,000)"
    )
    parser.add_argument("--streak-board", action="store_true", help="rank the people's streaks too")
    parser.add_argument("--every-ms", type=_seconds, default=5.0, help="an event at midnight (5)")
    parser.add_argument("--quiet", type=_seconds, default=10.0, help="seconds without one (10)")
    parser.add_argument("--year-users", type=_positive, default=200, help="people of `year` (200)")
    parser.add_argument("--days", type=_positive, default=365, help="days of `year` (365)")
    parser.add_argument("--keep", type=_directory, help="keep the people here, and use them again")
    options = parser.parse_args(arguments)
    what = streaks.Options(
        directory=options.directory,
        parts=options.parts,
        repeats=options.repeats,
        events=options.events,
        users=options.users,
        people=options.people,
        streak_board=options.streak_board,
        every_ms=options.every_ms,
        quiet_s=options.quiet,
        year_users=options.year_users,
        days=options.days,
        keep=options.keep,
    )
    tune()
    figures = streaks.run(what, errors.print)
    _report(streaks.make_table(what, figures), options, figures)
    return _judge(streaks.complaints(figures))


def _points(arguments: Sequence[str]) -> int:
    parser = _parser("points", points.__doc__)
    every = ",".join(points.PARTS)
    parser.add_argument(
        "--parts", type=_parts_of(points.PARTS), default=points.PARTS, help=f"which ({every})"
    )
    parser.add_argument("--events", type=_positive, default=20_000, help="of `touched` (20,000)")
    parser.add_argument("--users", type=_positive, default=1_000, help="who send them (1,000)")
    parser.add_argument("--people", type=_positive, default=100_000, help="who exist (100,000)")
    parser.add_argument("--every-ms", type=_seconds, default=5.0, help="an event (5)")
    parser.add_argument("--hours", type=_positive, default=2, help="of `hourly` (2)")
    parser.add_argument("--keep", type=_directory, help="keep the people here, and use them again")
    options = parser.parse_args(arguments)
    what = points.Options(
        directory=options.directory,
        parts=options.parts,
        repeats=options.repeats,
        events=options.events,
        users=options.users,
        people=options.people,
        every_ms=options.every_ms,
        hours=options.hours,
        keep=options.keep,
    )
    tune()
    figures = points.run(what, errors.print)
    _report(points.make_table(what, figures), options, figures)
    return _judge(points.complaints(figures))


def _boards(arguments: Sequence[str]) -> int:
    parser = _parser("boards", boards.__doc__)
    every = ",".join(boards.PARTS)
    parser.add_argument(
        "--parts", type=_parts_of(boards.PARTS), default=boards.PARTS, help=f"which ({every})"
    )
    parser.add_argument(
        "--sizes",
        type=_numbers,
        default=(1_000, 100_000, 1_000_000),
        help="participants of the boards of `moves` (1000,100000,1000000)",
    )
    parser.add_argument("--moves", type=_positive, default=20_000, help="on each, a run (20,000)")
    parser.add_argument("--people", type=_positive, default=100_000, help="who exist (100,000)")
    parser.add_argument("--every-ms", type=_seconds, default=5.0, help="an event (5)")
    parser.add_argument("--quiet", type=_seconds, default=10.0, help="seconds before closing (10)")
    parser.add_argument("--keep", type=_directory, help="keep the people here, and use them again")
    options = parser.parse_args(arguments)
    what = boards.Options(
        directory=options.directory,
        parts=options.parts,
        repeats=options.repeats,
        sizes=options.sizes,
        moves=options.moves,
        people=options.people,
        every_ms=options.every_ms,
        quiet_s=options.quiet,
        keep=options.keep,
    )
    tune()
    try:
        figures = boards.run(what, errors.print)
    except ChildFailed as error:
        errors.print(str(error), markup=False)
        return 1
    _report(boards.make_table(what, figures), options, figures)
    return _judge(boards.complaints(figures))


def _parser(name: str, description: str | None) -> argparse.ArgumentParser:
    """Return a parser with what every scenario takes."""
    parser = argparse.ArgumentParser(
        prog=f"python -m bench {name}",
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--repeats", type=_positive, default=3, help="runs; medians are shown (3)")
    parser.add_argument(
        "--directory", type=_directory, default=Path(), help="on the disk to measure"
    )
    parser.add_argument("--json", type=Path, help="write the figures to this file, too")
    return parser


def _report(table: Table, options: argparse.Namespace, figures: Sequence[Any]) -> None:
    machine = {
        "python": platform.python_version(),
        "system": platform.platform(),
        "processors": str(len(os.sched_getaffinity(0))),
        **{name: version(name) for name in PACKAGES},
    }
    out.print(table)
    out.print(", ".join(f"{name} {value}" for name, value in machine.items()))
    if options.json is not None:
        content = {"machine": machine, "options": vars(options), "figures": figures}
        options.json.write_bytes(msgspec.json.encode(content, enc_hook=str))


def _judge(complaints: Sequence[str]) -> int:
    """Say what is not as it must be; return the exit status."""
    for complaint in complaints:
        errors.print(complaint, markup=False)
    return 1 if complaints else 0


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def _seconds(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0
    if not 0 < number <= SECONDS_MAX:
        raise argparse.ArgumentTypeError(f"{text!r} is not above 0 and up to {SECONDS_MAX:,}")
    return number


def _directory(text: str) -> Path:
    if not Path(text).is_dir():
        raise argparse.ArgumentTypeError(f"there is no directory {text!r}")
    return Path(text)


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(_positive(part) for part in text.split(","))


def _parts_of(known: Sequence[str]) -> Callable[[str], tuple[str, ...]]:
    def read(text: str) -> tuple[str, ...]:
        parts = tuple(text.split(","))
        for part in parts:
            if part not in known:
                raise argparse.ArgumentTypeError(f"{part!r} is none of {', '.join(known)}")
        return parts

    return read


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
