"""Servers to be ended at any instant, born in milliseconds: a process that forks one for each job.

    python -m tests.crash.serving DESCRIPTOR

takes jobs from a Unix socket, a message of JSON each, with three descriptors: the child's standard
output, its standard error, and a socket on which `born PID` is said first and `ended STATUS` at
last (negative: the signal). When the other side closes that socket, a child that still lives is
killed. Until then its number is kept for it, so that whoever kills it late never meets another.

The child is the command itself, from `api.cli.main.main` on: options, signals, exit status. Only
what it imports is there already, and some bounds are as the job says.
"""

import contextlib
import ctypes
import functools
import importlib
import os
import select
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Callable
from typing import Any

import msgspec
import trio

import api.cli.importing
import api.cli.main
import api.cli.serve
import api.front.serve
import engine.host.engine
import persistence.environment
from engine.host.engine import Settings
from engine.model.identifiers import Seq
from persistence.tables import Change

MESSAGE_SIZE_MAX = 64 * 1024


class Job(msgspec.Struct, kw_only=True):
    """A command, and what is different about the process it runs in."""

    arguments: list[str]
    environment: dict[str, str]
    bounds: dict[str, int | float] = {}
    """By `module:NAME`: instead of what the program has there."""
    resident_users: int | None = None
    """How many users are kept decoded."""
    recovery_hangs: bool = False
    """Whether recovery gets no further than to its first pause, which it makes then at once."""
    fail_call: int = 0
    """Which call to the disk fails, counted from the first answer on; needs the shim disk.c."""
    hang_commit: int = 0
    """Which commit never returns, counted likewise."""


class Child:
    """A server that was born."""

    def __init__(self, pid: int, voice: socket.socket) -> None:
        self.pid = pid
        self.voice = voice
        self.watched = os.pidfd_open(pid)
        self.has_ended = False

    def note_end(self) -> None:
        """Tell how it ended; do not reap it yet."""
        ended = os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT)
        assert ended is not None
        status = ended.si_status if ended.si_code == os.CLD_EXITED else -ended.si_status
        self.has_ended = True
        with contextlib.suppress(OSError):  # nobody may want to know
            self.voice.sendall(f"ended {status}\n".encode())

    def forget(self) -> None:
        if not self.has_ended:
            os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.watched)
        self.voice.close()


def main(control: socket.socket) -> None:
    children: dict[int, Child] = {}
    """By the descriptors on which there may be news of them."""
    poll = select.poll()
    poll.register(control, select.POLLIN)
    while True:
        for descriptor, _ in poll.poll():
            if descriptor == control.fileno():
                message, descriptors, _, _ = socket.recv_fds(control, MESSAGE_SIZE_MAX, 3)
                if not message:
                    for child in set(children.values()):
                        child.forget()
                    return
                child = bear(msgspec.json.decode(message, type=Job), descriptors, control)
                children[child.watched] = children[child.voice.fileno()] = child
                poll.register(child.watched, select.POLLIN)
                poll.register(child.voice, select.POLLIN)
                continue
            child = children.get(descriptor)
            if child is None:
                continue  # forgotten a moment ago
            if descriptor == child.watched:
                poll.unregister(child.watched)
                child.note_end()
            else:
                poll.unregister(child.voice)
                if not child.has_ended:
                    poll.unregister(child.watched)
                del children[child.watched], children[child.voice.fileno()]
                child.forget()


def bear(job: Job, descriptors: list[int], control: socket.socket) -> Child:
    """Fork a child for a job."""
    out, err, said = descriptors
    voice = socket.socket(fileno=said)
    pid = os.fork()
    if pid:
        for descriptor in (out, err):
            os.close(descriptor)
        voice.sendall(f"born {pid}\n".encode())
        return Child(pid, voice)
    control.close()
    voice.close()
    for descriptor, standard in ((out, 1), (err, 2)):
        os.dup2(descriptor, standard)
        os.close(descriptor)
    os._exit(do(job))


def do(job: Job) -> int:
    """Run a job's command in this process; return its exit status."""
    status: Any = 1
    try:
        prepare(job)
        api.cli.main.main()
    except SystemExit as end:
        status = end.code or 0
    except BaseException:  # noqa: BLE001 - the barrier: a fork must not return into its parent's code
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    return status if isinstance(status, int) else 1


def prepare(job: Job) -> None:
    sys.argv = ["laurels", *job.arguments]
    os.environ.clear()
    os.environ.update(job.environment)
    for place, value in job.bounds.items():
        module, _, name = place.partition(":")
        assert hasattr(sys.modules[module], name), place
        setattr(sys.modules[module], name, value)
    if job.resident_users is not None:
        settings = Settings(resident_users=job.resident_users)
        api.front.serve.answer = functools.partial(api.front.serve.answer, settings=settings)
    if job.recovery_hangs:
        engine.host.engine.LiveEngine.start = start_and_hang
    if job.fail_call or job.hang_commit:
        api.cli.serve._announce = functools.partial(announce, job, api.cli.serve._announce)


async def start_and_hang(self: Any, progress: Callable[[Seq], None]) -> None:
    """Stand in for the start of an engine: it gets to its first pause, and no further."""
    progress(Seq(1))
    await trio.sleep_forever()


def announce(job: Job, said: Any, url: str, key: str | None) -> None:
    """Stand in for the announcement: from here on the disk is as the job has it."""
    if job.fail_call:
        ctypes.CDLL(None).disk_fail(job.fail_call, 0)
    if job.hang_commit:
        hang(job.hang_commit)
    said(url, key)


def hang(number: int) -> None:
    """Let the commit of this number, and those after it, never return."""
    write = persistence.environment.Environment.write
    commits = 0

    def write_or_hang(self: persistence.environment.Environment, change: Change) -> None:
        nonlocal commits
        commits += 1
        if commits >= number:
            os.write(2, b'{"event": "a commit hangs"}\n')
            threading.Event().wait()
        write(self, change)

    persistence.environment.Environment.write = write_or_hang


if __name__ == "__main__":
    for name in ("api.front.lane", "api.front.quart_app", "persistence.verify", "httpx"):
        importlib.import_module(name)
    main(socket.socket(fileno=int(sys.argv[1])))
