"""Does a job in a process of its own, and sees to it that none is left behind.

A job reads the whole log in Python: in the server's thread it would hold up every event. The
process gets an end of a pipe as standard input; whatever becomes of the server, the system closes
that pipe, and the process ends. It has a session of its own, so that Ctrl-C reaches the server
alone.
"""

import signal
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from pathlib import Path
from subprocess import PIPE
from typing import IO, Protocol

import msgspec
import trio

from api.jobs.limits import JOB_GRACE_SECONDS_MAX, JOB_MESSAGE_SIZE_MAX
from api.jobs.messages import Done, Failed, Message, Progressed, decode_message
from api.jobs.tasks import Task
from engine.model.errors import LaurelsError

_PIECE_SIZE = 64 * 1024
_ELSEWHERE = "run `laurels what-if` or `laurels dry-run` on a copy of the data directory elsewhere"


class JobFailed(LaurelsError):
    """A job did not come to its end; the sentence is for whoever asked for it."""

    code = "job_failed"


class Worker(Protocol):
    """What does jobs; its twin for tests does them in the server's own process."""

    async def run(self, task: Task, users: IO[bytes], tell: Callable[[Progressed], None]) -> Done:
        """Do a task; cancelled, leave nothing behind.

        Args:
            task: what to do.
            users: an empty file for the users, a line of JSON each.
            tell: told how far it is.

        Raises:
            JobFailed: it cannot be done, or was not.
        """
        ...


class ChildWorker:
    """Does tasks on a data directory, each in a process of its own."""

    def __init__(self, data: Path, module: str = "api.jobs.child") -> None:
        """Prepare.

        Args:
            data: the data directory.
            module: what the process runs.
        """
        self._data = data
        self._module = module

    async def run(self, task: Task, users: IO[bytes], tell: Callable[[Progressed], None]) -> Done:
        """Do a task in a new process. See `Worker.run`."""
        descriptor = users.fileno()
        command = [sys.executable, "-m", self._module, str(self._data), str(descriptor)]
        try:
            process = await trio.lowlevel.open_process(
                command, stdin=PIPE, stdout=PIPE, pass_fds=[descriptor], start_new_session=True
            )
        except OSError as error:
            raise JobFailed(
                f"no process could be started for it ({error.strerror}); try again later"
            ) from error
        try:
            return await _attend(process, task, tell)
        finally:
            with trio.CancelScope(shield=True):
                await _end(process)


async def _attend(process: trio.Process, task: Task, tell: Callable[[Progressed], None]) -> Done:
    assert process.stdin is not None
    assert process.stdout is not None
    last: Message | None = None
    try:
        await process.stdin.send_all(msgspec.json.encode(task) + b"\n")
        async with aclosing(_messages(process.stdout)) as messages:
            async for last in messages:
                if isinstance(last, Progressed):
                    tell(last)
    except trio.BrokenResourceError:
        pass  # it has ended: its exit status says why
    except msgspec.DecodeError as error:
        raise JobFailed("its process said what nobody understands; the log may say why") from error
    match last:
        case Done():
            return last
        case Failed(error):
            raise JobFailed(error)
        case _:
            raise JobFailed(_epitaph(await process.wait()))


async def _messages(stream: trio.abc.ReceiveStream) -> AsyncGenerator[Message]:
    unread = b""
    while piece := await stream.receive_some(_PIECE_SIZE):
        unread += piece
        if len(unread) > JOB_MESSAGE_SIZE_MAX:
            raise JobFailed(f"its answer is larger than {JOB_MESSAGE_SIZE_MAX >> 20} MiB")
        if b"\n" in piece:
            *lines, unread = unread.split(b"\n")
            for line in lines:
                yield decode_message(line)


def _epitaph(status: int) -> str:
    """Say how a process ended that has not said it itself."""
    if status == -signal.SIGKILL:
        return f"its process was killed, perhaps for want of memory; {_ELSEWHERE}"
    if status < 0:
        name = signal.Signals(-status).name
        return f"its process was ended by {name}; run it again, or {_ELSEWHERE}"
    return f"its process ended with status {status}; the server's log has what it said"


async def _end(process: trio.Process) -> None:
    """End a process: by its own will if it is quick about it.

    One that is killed leaves its place with LMDB taken until the writer looks for the dead.
    """
    if process.stdin is not None:
        await process.stdin.aclose()
    with trio.move_on_after(JOB_GRACE_SECONDS_MAX):
        await process.wait()
    if process.returncode is None:
        process.kill()
        await process.wait()
    if process.stdout is not None:
        await process.stdout.aclose()
