"""The processes of a scenario: started, watched, and ended whatever happens.

Each is the leader of a session of its own, so that Ctrl-C reaches the bench alone, which then ends
them. All listen on 127.0.0.1 only, on a port that the system chooses and they tell.
"""

import os
import re
import subprocess
import sys
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import NamedTuple

import msgspec

from bench.load import API_KEY, DRAIN_SECONDS_MAX, HOST, Load, Plan

CHECKOUT = Path(__file__).resolve().parent.parent
START_SECONDS_MAX = 30
STOP_SECONDS_MAX = 20
"""What `laurels serve` promises to need at most."""

_POLL_SECONDS = 0.02
_SAID_SIZE_MAX = 2_000
_ANNOUNCED = re.compile(r"(?:answers at|Running on) http://127\.0\.0\.1:(\d+)\b")
_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


class ChildFailed(Exception):
    """A process did not start, or ended too early; says what it said."""


class Commits(NamedTuple):
    """Commits of the log since the server started, and the records in them."""

    commits: float
    records: float


class Server:
    """A server that answers."""

    def __init__(self, name: str, process: "subprocess.Popen[bytes]", output: Path) -> None:
        self.port = 0
        self._name = name
        self._process = process
        self._output = output

    def wait_answering(self) -> None:
        """Wait until it tells its port.

        Raises:
            ChildFailed: it ended, or takes too long.
        """
        deadline = time.monotonic() + START_SECONDS_MAX
        while True:
            announced = _ANNOUNCED.search(self._said())
            if announced:
                self.port = int(announced[1])
                return
            self.check()
            if time.monotonic() > deadline:
                raise ChildFailed(
                    f"{self._name} does not answer after {START_SECONDS_MAX} seconds. "
                    f"It said:\n{self._said()}"
                )
            time.sleep(_POLL_SECONDS)

    def check(self) -> None:
        """Make sure that it lives.

        Raises:
            ChildFailed: it does not.
        """
        status = self._process.poll()
        if status is not None:
            raise ChildFailed(
                f"{self._name} ended with exit status {status}. It said:\n{self._said()}"
            )

    def processor_seconds(self) -> float:
        """Return how much processor time it has taken, all threads together."""
        return read_processor_seconds(Path(f"/proc/{self._process.pid}/stat").read_text())

    def commits(self) -> Commits:
        """Return what Laurels says at `/metrics` of its commits.

        Raises:
            ChildFailed: it says nothing.
        """
        connection = HTTPConnection(HOST, self.port, timeout=START_SECONDS_MAX)
        try:
            connection.request("GET", "/metrics")
            return read_commits(connection.getresponse().read().decode())
        except (OSError, HTTPException) as error:
            self.check()
            raise ChildFailed(f"{self._name} does not answer at /metrics: {error}") from error
        finally:
            connection.close()

    def _said(self) -> str:
        return self._output.read_text(errors="replace")[-_SAID_SIZE_MAX:]


@contextmanager
def running(name: str, command: Sequence[str], output: Path) -> Generator[Server]:
    """Run a server until the block is left.

    Args:
        name: what people call it.
        command: what starts it.
        output: a file for all that it says.

    Raises:
        ChildFailed: it did not start.
    """
    with output.open("wb") as file:
        process = subprocess.Popen(
            command,
            cwd=CHECKOUT,
            env={**os.environ, "LAURELS_ADMIN_KEY": API_KEY},
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        server = Server(name, process, output)
        server.wait_answering()
        try:
            yield server
        finally:
            server.check()  # that it ended explains whatever else went wrong
    finally:
        end(process)


def end(process: "subprocess.Popen[bytes]") -> None:
    """End a process in good order, or else at once."""
    process.terminate()
    try:
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOP_SECONDS_MAX)
    finally:
        process.kill()
        process.wait()


def send(plan: Plan) -> Load:
    """Send a load from a process of its own.

    Raises:
        ChildFailed: it could not be sent; says why.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.load"],
        cwd=CHECKOUT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    limit = plan.warm_up_s + plan.seconds + DRAIN_SECONDS_MAX + START_SECONDS_MAX
    try:
        out, said = process.communicate(msgspec.json.encode(plan), timeout=limit)
    except subprocess.TimeoutExpired:
        raise ChildFailed(f"the load generator did not end in {limit:.0f} seconds") from None
    finally:
        end(process)
    if process.returncode != 0:
        text = said.decode(errors="replace").strip()[-_SAID_SIZE_MAX:]
        raise ChildFailed(f"the load generator failed: {text}")
    return msgspec.json.decode(out, type=Load)


# --- Commands ---


def laurels(front: str, data: Path, configuration: Path) -> list[str]:
    """Return the command that serves a data directory."""
    options = ["--data", str(data), "--config", str(configuration), "--front", front, "--port", "0"]
    return [sys.executable, "-m", "api.cli", "serve", *options]


def echo(body_size: int) -> list[str]:
    """Return the command of the echo."""
    return [sys.executable, "-m", "bench.echo", str(body_size)]


def plain_quart(body_size: int, settings: Path) -> list[str]:
    """Return the command of the plain route on Hypercorn, in one process; writes its settings."""
    # Hypercorn closes a connection after 1,000 requests otherwise, and Laurels' own does not.
    settings.write_text(
        f'bind = ["{HOST}:0"]\nworker_class = "trio"\nworkers = 0\n'
        "keep_alive_max_requests = 1_000_000_000\n"
    )
    app = f"bench.plain_quart:make_app({body_size})"
    return [sys.executable, "-m", "hypercorn", "--config", str(settings), app]


# --- What the system and the server tell ---


def read_processor_seconds(stat: str) -> float:
    """Return user and system time together from `/proc/<pid>/stat` (proc(5))."""
    # The command's name is in parentheses and may hold anything; the state follows, field 3.
    fields = stat.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS_A_SECOND


def read_busy_seconds(stat: str) -> float:
    """Return how long all processors together have worked from `/proc/stat` (proc(5))."""
    user, nice, system, _idle, _waiting, *interrupts = map(int, stat.split("\n", 1)[0].split()[1:9])
    return (user + nice + system + sum(interrupts)) / _TICKS_A_SECOND


def read_commits(exposition: str) -> Commits:
    """Return the commits from Prometheus' text format; none if it does not speak of them."""
    values = dict(
        line.split(" ", 1) for line in exposition.splitlines() if not line.startswith("#")
    )
    name = "laurels_commit_records"
    return Commits(float(values.get(f"{name}_count", 0)), float(values.get(f"{name}_sum", 0)))
