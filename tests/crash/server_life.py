"""One life of a server, from its birth to its exit status, and two ways to bring one into being.

`command_life` runs the command as people do; until it answers it takes a second. A `Nest` forks
them ready-made, in a tenth of that (see `tests.crash.serving`). Both are the same program.
"""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import IO, Any

import msgspec
import trio

from tests.cli.command import command, environment
from tests.conftest import REPOSITORY
from tests.crash.killing import STUCK_S
from tests.crash.serving import Job
from tests.wire.server import KEY, Answer, Connection, request

ANSWERS_AT = re.compile(r"Laurels answers at http://127\.0\.0\.1:(\d+)\n")


STOP_S_MAX = 20
"""What is promised."""
SOON_S_MAX = 4
"""For all that nothing holds up: ten times what it takes, less than any time-out."""


class Life:
    """A server's process."""

    def __init__(
        self,
        pid: int,
        out: trio.abc.ReceiveStream,
        log: Path,
        wait: Callable[[], Awaitable[int]],
    ) -> None:
        self.pid = pid
        self.address = ("127.0.0.1", 0)
        """Where it answers, once it has said so."""
        self._out = out
        self._said = ""
        self._log = log
        self._log_begins = log.stat().st_size
        self._wait = wait
        self.status: int | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.address[1]}"

    async def ready(self) -> bool:
        """Wait until it says where it answers; return False if it ends before."""
        while (said := ANSWERS_AT.match(self._said)) is None:
            with trio.fail_after(STUCK_S):
                data = await self._out.receive_some()
            if not data:
                return False
            self._said += data.decode()
        self.address = ("127.0.0.1", int(said[1]))
        return True

    async def wait_logged(self, text: str) -> dict[str, Any]:
        """Wait until a line of its log says something; return that line."""
        with trio.fail_after(STUCK_S):
            while True:
                for line in self.log().splitlines():
                    if text in line:
                        return msgspec.json.decode(line)
                await trio.sleep(0.002)

    def log(self) -> str:
        """What it has said on standard error."""
        with self._log.open("rb") as file:
            file.seek(self._log_begins)
            return file.read().decode()

    def kill(self, number: int = signal.SIGKILL) -> None:
        """Send it a signal; if it has ended already, to what is left of it."""
        os.kill(self.pid, number)

    async def ended(self, within_s: float = STUCK_S) -> int:
        """Wait for its end; return its exit status, negative for a signal."""
        if self.status is None:
            with trio.fail_after(within_s):
                self.status = await self._wait()
        return self.status

    async def stop(self, number: int = signal.SIGTERM, within_s: float = SOON_S_MAX) -> float:
        """Tell it to stop; check that it does in good order, return after how many seconds."""
        told_at = trio.current_time()
        self.kill(number)
        await self.expect_stopped()
        seconds = trio.current_time() - told_at
        assert seconds < within_s, self.log()
        return seconds

    async def expect_stopped(self) -> None:
        """Wait for the end of one that was told to stop; check that it is a good one."""
        assert await self.ended(STOP_S_MAX + 10) == 0, self.log()
        assert '"stopped"' in self.log()

    async def connect(self) -> Connection:
        return Connection(await trio.open_tcp_stream(*self.address))

    async def ask(self, method: str, path: str, body: object = None, **options: Any) -> Answer:
        """Send one request on a connection of its own."""
        async with await self.connect() as connection:
            await connection.send(request(method, path, body, **options))
            return await connection.read()


def serve_environment() -> dict[str, str]:
    return environment() | {"LAURELS_ADMIN_KEY": KEY}


def serve_arguments(data: Path, *options: object) -> list[str]:
    return ["serve", "--data", str(data), "--port", "0", *map(str, options)]


@asynccontextmanager
async def command_life(data: Path, *options: object) -> AsyncGenerator[Life]:
    """Run the command; kill it in the end if it has not ended."""
    with open_log(data) as errors:
        process = await trio.lowlevel.open_process(
            command(*serve_arguments(data, *options)),
            stdout=subprocess.PIPE,
            stderr=errors,
            env=serve_environment(),
            cwd=REPOSITORY,
        )
    assert process.stdout is not None
    async with process.stdout:
        life = Life(process.pid, process.stdout, Path(errors.name), process.wait)
        try:
            yield life
        finally:
            process.kill()
            with trio.CancelScope(shield=True):
                await life.ended()


class Nest:
    """The process that forks servers."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control

    @asynccontextmanager
    async def life(self, data: Path, *options: object, **job: Any) -> AsyncGenerator[Life]:
        """Let a server be born; it is killed in the end if it has not ended.

        Args:
            data: its data directory.
            options: of the command, besides those that every life has.
            job: what else is different about it, see `Job`.
        """
        order = Job(
            arguments=serve_arguments(data, *options), environment=serve_environment(), **job
        )
        out, childs_out = os.pipe()
        voice, childs_voice = socket.socketpair()
        with open_log(data) as errors, childs_voice:
            descriptors = [childs_out, errors.fileno(), childs_voice.fileno()]
            socket.send_fds(self._control, [msgspec.json.encode(order)], descriptors)
            os.close(childs_out)
        words = trio.SocketStream(trio.socket.from_stdlib_socket(voice))
        async with trio.lowlevel.FdStream(out) as heard, words:
            birth = await _line(words)
            life = Life(int(birth.split()[1]), heard, Path(errors.name), lambda: _ended(words))
            try:
                yield life
            finally:
                life.kill()
                with trio.CancelScope(shield=True):
                    await life.ended()


async def _ended(words: trio.SocketStream) -> int:
    return int((await _line(words)).split()[1])


async def _line(words: trio.SocketStream) -> bytes:
    line = b""
    while not line.endswith(b"\n"):
        with trio.fail_after(STUCK_S):
            data = bytes(await words.receive_some(1))
        assert data, "what forks servers has ended"
        line += data
    return line


@contextmanager
def nest(**variables: str) -> Generator[Nest]:
    """Start a process that forks servers, and end it with all of them.

    Args:
        variables: of its environment, besides those that there are.
    """
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with (
        ours,
        subprocess.Popen(
            [sys.executable, "-m", "tests.crash.serving", str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            env=os.environ | variables,
            cwd=REPOSITORY,
        ) as process,
    ):
        theirs.close()
        try:
            yield Nest(ours)
            ours.shutdown(socket.SHUT_RDWR)
            assert process.wait(STUCK_S) == 0
        finally:
            process.kill()


def open_log(data: Path) -> IO[bytes]:
    """Open the file that takes what a directory's servers say on standard error."""
    return data.with_suffix(".log").open("ab")
