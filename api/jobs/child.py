"""A job's own process: `python -m api.jobs.child DIR DESCRIPTOR`.

The task comes as a line on standard input, which then stays open: when it ends, so does this
process, however the server went. Messages go out on standard output, users to the descriptor, a
line each. It only reads the data directory, has a lower priority than the server, and is the one
that the system ends first when memory runs short.
"""

import gc
import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import msgspec
import trio

from api.jobs.limits import JOB_USERS_MAX
from api.jobs.messages import Done, Failed, Progressed, encode_message
from api.jobs.tasks import Row, Task, perform
from engine.model.errors import LaurelsError

_NICENESS = 10
_FIRST_TO_END = "500"
"""Of 1,000: half of all memory is added to what this process is taken to use."""
_PROGRESS_S = 0.1
_BUFFER_SIZE = 64 * 1024
_NEVER = 2**31 - 1


def main() -> None:
    """Do the task that is read from standard input, and tell what came of it."""
    _step_back()
    gc.set_threshold(5_000, 10, _NEVER)  # a full collection takes long and finds nothing
    data, descriptor = Path(sys.argv[1]), int(sys.argv[2])
    task = msgspec.json.decode(sys.stdin.buffer.readline(), type=Task)
    trio.run(_work, data, task, descriptor)


def _step_back() -> None:
    os.nice(_NICENESS)
    with suppress(OSError):  # not every system has it
        Path("/proc/self/oom_score_adj").write_text(_FIRST_TO_END)


async def _work(data: Path, task: Task, descriptor: int) -> None:
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_end_with_server, nursery.cancel_scope.cancel)
        with os.fdopen(descriptor, "wb", buffering=_BUFFER_SIZE) as file:
            users = _Users(file.write)
            try:
                result = await perform(data, task, _Teller().tell, users.take)
                last = Done(msgspec.Raw(msgspec.json.encode(result)), users.listed)
            except (LaurelsError, OSError) as error:
                last = Failed(str(error))
        _send(encode_message(last))
        nursery.cancel_scope.cancel()


async def _end_with_server(end: Callable[[], None]) -> None:
    async with trio.lowlevel.FdStream(os.dup(sys.stdin.fileno())) as stream:
        while await stream.receive_some():
            pass
    end()


class _Users:
    """The file of users, as many as are listed."""

    def __init__(self, write: Callable[[bytes], object]) -> None:
        self.listed = 0
        self._write = write
        self._encoder = msgspec.json.Encoder()

    def take(self, row: Row) -> None:
        if self.listed < JOB_USERS_MAX:
            self.listed += 1
            self._write(self._encoder.encode(row) + b"\n")


class _Teller:
    """Tells how far it is, now and then."""

    def __init__(self) -> None:
        self._told_at = 0.0
        self._doing = ""

    def tell(self, doing: str, done: int, of: int) -> None:
        now = time.monotonic()
        if doing != self._doing or now - self._told_at >= _PROGRESS_S:
            self._told_at, self._doing = now, doing
            _send(encode_message(Progressed(doing, done, of)))


def _send(line: bytes) -> None:
    sys.stdout.buffer.write(line)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
