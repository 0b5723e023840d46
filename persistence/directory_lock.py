"""The lock that makes one process the writer of a data directory, and the note left in it.

The file `lock` is locked with flock for the writer's life: the system releases it when the process
ends, however it ends. Its content is for people and for the next start: who holds the lock, and
whether they let go of it in good order. It is never deleted, or two writers could lock two files.
"""

import errno
import fcntl
import os
import sys
from pathlib import Path

import msgspec

from engine.model.errors import DirectoryInUse

NOTE_SIZE = 2048
"""Bytes of the note, padded: writing it again needs no new room on the disk."""
COMMAND_LENGTH_MAX = 200
"""Characters of a command: six bytes each at most, as JSON."""


class LockNote(msgspec.Struct, frozen=True):
    """What the lock file says."""

    pid: int
    command: str
    stopped: bool
    """Whether the writer closed the store before letting go."""
    url: str = ""
    """Where the process can be asked over HTTP; empty if it cannot."""


class DirectoryLock:
    """The lock, held from the construction on."""

    def __init__(self, path: Path, command: str, url: str = "") -> None:
        """Take the lock at once or not at all.

        Args:
            path: the lock file; made if it is missing.
            command: what to tell others that this process is doing.
            url: where others can reach it, if it is a server.

        Raises:
            DirectoryInUse: another process, or another store of this process, holds it.
            OSError: the file cannot be made or opened.
        """
        # Python opens with close-on-exec: no child program inherits the lock.
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            note = read_note(self._descriptor)
            os.close(self._descriptor)
            if error.errno not in (errno.EAGAIN, errno.EACCES):
                raise
            raise DirectoryInUse(_in_use(path.parent, note)) from None
        _held.add(self._descriptor)
        found = read_note(self._descriptor)
        is_new = os.fstat(self._descriptor).st_size == 0
        self.stopped_cleanly = is_new or (found is not None and found.stopped)
        """Whether the last writer closed the store, or there was none."""
        self._command = command[:COMMAND_LENGTH_MAX]
        self._url = url[:COMMAND_LENGTH_MAX]
        self._write(stopped=False)

    def release(self, *, stopped: bool) -> None:
        """Let go; note whether the store was closed in good order."""
        self._write(stopped=stopped)
        _held.discard(self._descriptor)
        # Unlocked by name: a child forked this instant may still have the descriptor.
        fcntl.flock(self._descriptor, fcntl.LOCK_UN)
        os.close(self._descriptor)

    def _write(self, *, stopped: bool) -> None:
        note = msgspec.json.encode(LockNote(os.getpid(), self._command, stopped, self._url))
        os.pwrite(self._descriptor, note.ljust(NOTE_SIZE - 1) + b"\n", 0)
        os.fsync(self._descriptor)


def share_lock(path: Path) -> int | None:
    """Keep writers out while reading without LMDB's lock file: several readers can.

    Returns the descriptor to close in the end, None if the directory has no lock file.

    Raises:
        DirectoryInUse: a writer holds the lock.
        OSError: the file cannot be opened.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError as error:
        note = read_note(descriptor)
        os.close(descriptor)
        if error.errno not in (errno.EAGAIN, errno.EACCES):
            raise
        raise DirectoryInUse(_in_use(path.parent, note)) from None
    return descriptor


def read_note(descriptor: int) -> LockNote | None:
    """Return what the lock file says, None if it says nothing that can be read."""
    try:
        return msgspec.json.decode(os.pread(descriptor, NOTE_SIZE, 0), type=LockNote)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def command_of_process() -> str:
    """Return this process's program and its first argument, and an ellipsis for the others."""
    program = Path(sys.argv[0]).name if sys.argv else ""
    words = [program or "python", *sys.argv[1:2], *(["…"] if len(sys.argv) > 2 else [])]
    return " ".join(words)


def _in_use(directory: Path, note: LockNote | None) -> str:
    who = f"process {note.pid} ({note.command})" if note else "another process"
    if note and note.url:
        return f"{directory} is in use by {who}; ask it with --url {note.url}, or stop it"
    return f"{directory} is in use by {who}; wait until it is through, or stop it"


_held: set[int] = set()
"""Descriptors of the locks of this process, which a forked child must not keep alive."""


def _close_inherited() -> None:
    for descriptor in _held:
        os.close(descriptor)
    _held.clear()


os.register_at_fork(after_in_child=_close_inherited)
