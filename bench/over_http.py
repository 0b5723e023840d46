"""Scenario `http`: single events over both front ends, each answered once it is on disk.

Beside them stand two servers that do nothing: an echo on httptools and trio gets the same requests
and answers as many bytes, and so does a plain Quart route on Hypercorn. What they cost is the price
of HTTP in this interpreter; so the ratio to the echo says more than the rate, which is as good as
the machine is idle.

Every measurement starts its server anew, on a copy of one prepared directory in which everybody has
sent one event: none inherits what another one left behind. Each round measures everything once.
"""

import os
import resource
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import msgspec
from rich.table import Table

from bench import children
from bench.load import Load, Plan
from bench.workload import CONFIGURATION_TOML

ECHO = "echo"
LANE = "Laurels, lane"
QUART = "Laurels, Quart"
PLAIN_QUART = "plain Quart"
SERVERS = (ECHO, LANE, QUART, PLAIN_QUART)
_FRONTS = {LANE: "both", QUART: "quart"}

PREPARING_CONNECTIONS = 64
PREPARING_SECONDS_MAX = 300
SIZING_SECONDS = 1.0


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What is measured."""

    directory: Path
    """Where the data directories are made, on the disk to be measured."""
    connections: Sequence[int] = (1, 32, 128)
    seconds: float = 5
    warm_up_s: float = 1
    repeats: int = 3
    users: int = 10_000


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One measurement."""

    events_a_second: float
    p50_ms: float
    p99_ms: float
    processor_us: float
    """The server's processor time a request, its threads and the kernel's part included."""
    records_a_commit: float | None
    """None for a server without a log."""
    others: float
    """How many processors were busy with neither the server nor the load: figures with much of it
    are worth little."""
    load: Load


class Spread(msgspec.Struct, frozen=True):
    """What several runs say."""

    median: float
    min: float
    max: float


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """All runs of one server at one number of connections."""

    server: str
    connections: int
    events_a_second: Spread
    p50_ms: Spread
    p99_ms: Spread
    processor_us: Spread
    others: Spread
    of_echo: float | None
    """The median rate as a share of the echo's; None without an echo."""
    records_a_commit: Spread | None
    refused: dict[int, int]
    """Answers other than 2xx, by status."""
    lost: int
    """Connections that ended before their answer."""
    runs: list[Run]

    @property
    def errors(self) -> int:
        """How many requests were not answered with 2xx."""
        return self.lost + sum(self.refused.values())


Runs = Mapping[tuple[str, int], Sequence[Run]]


def run(options: Options, tell: Callable[[str], None]) -> list[Figures]:
    """Run the scenario; return the figures of each server at each number of connections.

    Args:
        options: what is measured.
        tell: told of every step.

    Raises:
        ChildFailed: a server or the load generator did not do its part.
    """
    with tempfile.TemporaryDirectory(dir=options.directory, prefix="bench-") as place:
        return summarize(_Bench(options, Path(place).resolve(), tell).measure_all())


class _Bench:
    """The rounds, and the directory in which they take place."""

    def __init__(self, options: Options, place: Path, tell: Callable[[str], None]) -> None:
        self._options = options
        self._place = place
        self._tell = tell
        self._prepared = place / "prepared"
        self._configuration = place / "configuration.toml"
        self._configuration.write_bytes(CONFIGURATION_TOML)
        self._body_size = 0

    def measure_all(self) -> dict[tuple[str, int], list[Run]]:
        """Prepare, then measure everything as often as asked for."""
        self._tell(f"preparing {self._options.users:,} users")
        self._prepare()
        self._tell(f"answers have bodies of {self._body_size:,} bytes on average")
        combinations = [
            (server, connections) for connections in self._options.connections for server in SERVERS
        ]
        runs: dict[tuple[str, int], list[Run]] = {}
        total = self._options.repeats * len(combinations)
        for number in range(total):
            # Over the rounds the order turns: nobody is always the one behind a certain other.
            repeat, index = divmod(number, len(combinations))
            server, connections = combinations[(index + repeat) % len(combinations)]
            one = self._measure(server, connections, number + 1)
            runs.setdefault((server, connections), []).append(one)
            self._tell(
                f"{number + 1} of {total}: {server}, {connections} at once: "
                f"{one.events_a_second:,.0f} a second"
            )
        return runs

    def _prepare(self) -> None:
        """Make the directory with everybody in it, and see how large an answer is."""
        command = children.laurels("both", self._prepared, self._configuration)
        with self._running(LANE, command) as server:
            everybody = self._plan(server, PREPARING_CONNECTIONS, 0, PREPARING_SECONDS_MAX)
            load = children.send(msgspec.structs.replace(everybody, once=True))
            if load.all != self._options.users or load.refused or load.lost:
                raise children.ChildFailed(
                    f"preparing failed: {load.all:,} of {self._options.users:,} users are in, "
                    f"refused by status: {load.refused}, connections lost: {load.lost}"
                )
        with self._running(LANE, self._command(LANE)) as server:
            plan = self._plan(server, PREPARING_CONNECTIONS, 0xFFFF, SIZING_SECONDS)
            self._body_size = children.send(plan).body_size

    def _measure(self, name: str, connections: int, number: int) -> Run:
        options, with_log = self._options, name in _FRONTS
        with self._running(name, self._command(name)) as server:
            plan = self._plan(server, connections, number, options.seconds, options.warm_up_s)
            commits = server.commits() if with_log else children.Commits(0, 0)
            began_at, busy, sent = time.perf_counter(), _busy_seconds(), _children_seconds()
            worked = server.processor_seconds()
            load = children.send(plan)
            worked = server.processor_seconds() - worked
            sent, busy = _children_seconds() - sent, _busy_seconds() - busy
            elapsed = time.perf_counter() - began_at
            after = server.commits() if with_log else commits
            records, batches = after.records - commits.records, after.commits - commits.commits
        return Run(
            events_a_second=load.measured / options.seconds,
            p50_ms=load.p50_ms,
            p99_ms=load.p99_ms,
            processor_us=worked / load.all * 1e6,
            records_a_commit=records / batches if batches else None,
            others=max(0.0, (busy - worked - sent) / elapsed),
            load=load,
        )

    def _command(self, name: str) -> list[str]:
        """Return what starts a server, on a fresh copy of the prepared directory if it has one."""
        if name == ECHO:
            return children.echo(self._body_size)
        if name == PLAIN_QUART:
            return children.plain_quart(self._body_size, self._place / "hypercorn.toml")
        data = self._place / "data"
        shutil.rmtree(data, ignore_errors=True)
        shutil.copytree(self._prepared, data)
        os.sync()  # what was copied is not to be written while commits are measured
        return children.laurels(_FRONTS[name], data, self._configuration)

    def _running(
        self, name: str, command: Sequence[str]
    ) -> AbstractContextManager[children.Server]:
        return children.running(name, command, self._place / "output.txt")

    def _plan(
        self,
        server: children.Server,
        connections: int,
        number: int,
        seconds: float,
        warm_up_s: float = 0,
    ) -> Plan:
        return Plan(
            port=server.port,
            connections=connections,
            users=self._options.users,
            run=number,
            warm_up_s=warm_up_s,
            seconds=seconds,
        )


def _busy_seconds() -> float:
    return children.read_busy_seconds(Path("/proc/stat").read_text())


def _children_seconds() -> float:
    """Return the processor time of children that have ended: the load generators."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


# --- Report ---


def spread(values: Sequence[float]) -> Spread:
    """Return the median of some values, and the least and the greatest of them."""
    return Spread(statistics.median(values), min(values), max(values))


def summarize(runs: Runs) -> list[Figures]:
    """Return the figures of all runs, by connections and then in the servers' order."""
    found: list[Figures] = []
    order = sorted(runs, key=lambda key: (key[1], SERVERS.index(key[0])))
    for server, connections in order:
        own = list(runs[server, connections])
        rate = spread([one.events_a_second for one in own])
        echo = [one.events_a_second for one in runs.get((ECHO, connections), ())]
        batches = [one.records_a_commit for one in own if one.records_a_commit is not None]
        refused: dict[int, int] = {}
        for one in own:
            for status, times in one.load.refused.items():
                refused[status] = refused.get(status, 0) + times
        found.append(
            Figures(
                server=server,
                connections=connections,
                events_a_second=rate,
                p50_ms=spread([one.p50_ms for one in own]),
                p99_ms=spread([one.p99_ms for one in own]),
                processor_us=spread([one.processor_us for one in own]),
                others=spread([one.others for one in own]),
                of_echo=rate.median / statistics.median(echo) if echo else None,
                records_a_commit=spread(batches) if batches else None,
                refused=refused,
                lost=sum(one.load.lost for one in own),
                runs=own,
            )
        )
    return found


def make_table(options: Options, figures: Sequence[Figures]) -> Table:
    """Return the figures for people: medians, and from the least to the greatest beside them."""
    table = Table(
        title=f"http, single events, {options.users:,} users; {options.repeats} runs of "
        f"{options.seconds:g} s: median (min–max)",
        caption="CPU µs: the server's processor time a request. records: in a commit, on average. "
        "others: processors busy with something else.",
    )
    table.add_column("at once", justify="right")
    table.add_column("server")
    for heading in ("events/s", "of echo", "p50 ms", "p99 ms", "CPU µs", "records", "others"):
        table.add_column(heading, justify="right", overflow="fold")
    table.add_column("errors", justify="right")
    before = figures[0].connections if figures else 0
    for one in figures:
        if one.connections != before:
            table.add_section()
            before = one.connections
        table.add_row(
            f"{one.connections}",
            one.server,
            _shown(one.events_a_second, 0),
            "–" if one.of_echo is None else f"{one.of_echo:.0%}",
            _shown(one.p50_ms, 2),
            _shown(one.p99_ms, 1),
            _shown(one.processor_us, 0),
            "–" if one.records_a_commit is None else f"{one.records_a_commit.median:.1f}",
            f"{one.others.median:.1f}",
            f"{one.errors:,}",
        )
    return table


def complaints(figures: Sequence[Figures]) -> list[str]:
    """Return a sentence for each row with requests that were not answered with 2xx."""
    return [
        f"{one.server}, {one.connections} at once: answers other than 2xx by status "
        f"{one.refused}, connections lost {one.lost}"
        for one in figures
        if one.errors
    ]


def _shown(one: Spread, digits: int) -> str:
    return f"{one.median:,.{digits}f} ({one.min:,.{digits}f}–{one.max:,.{digits}f})"
