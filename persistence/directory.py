"""A data directory: its layout, its one writer, its readers.

    DIR/lock        who writes; locked by them
    DIR/log/        LMDB: the truth
    DIR/derived/    LMDB: what is made from it and can be made again

A log is there wholly or not at all: it is made as `log.new`, made durable, and renamed.
"""

import os
import shutil
from collections.abc import AsyncGenerator, Generator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path

import trio

from engine.model.errors import DirectoryInUse, LogDamaged, NotFound
from persistence.derived import StoredDerivedReader, empty_change, misfit
from persistence.directory_lock import DirectoryLock, command_of_process, share_lock
from persistence.environment import DATA_FILE, LOCK_FILE, Environment, check_whole, damaged_pages
from persistence.framing import DERIVED_TABLES, LOG_TABLES
from persistence.lmdb_tables import LmdbTables
from persistence.log_reader import StoredLogReader
from persistence.log_writer import new_log
from persistence.memory import MemoryDisk
from persistence.store import OpenStore, ReadStore, open_tables
from persistence.tables import Pinned, ReadTables

LOCK = "lock"
LOG = "log"
DERIVED = "derived"
NEW_LOG = "log.new"

LOG_MAP_SIZE = 256 * 1024**3
"""Bytes that a log can hold: address space only, until they are used."""
DERIVED_MAP_SIZE = 64 * 1024**3
"""Bytes that the derived data can hold: 100 million users of 500 bytes."""
WALKED_SIZE_MAX = 64 * 1024**2
"""Bytes of a file whose pages are walked after an unclean stop: some 0.6 s of a start."""


@asynccontextmanager
async def open_store(
    path: str | os.PathLike[str],
    *,
    log_map_size: int = LOG_MAP_SIZE,
    derived_map_size: int = DERIVED_MAP_SIZE,
    command: str | None = None,
    url: str = "",
) -> AsyncGenerator[OpenStore]:
    """Open a data directory for its one writer, and close it in the end.

    A directory that is missing is made. Derived data that do not fit the log are emptied, and
    `derived_reset` says why. Cost: some 10 ms; whoever opens reads the log.

    Args:
        path: the data directory.
        log_map_size: bytes that the log can ever hold.
        derived_map_size: bytes that the derived data can ever hold.
        command: what to tell others that this process is doing; by default what it was called with.
        url: where others can reach this process, if it is a server.

    Raises:
        DirectoryInUse: another process, or this one, has it open for writing.
        LogDamaged: the log is cut short, damaged at its end, or gone from beside its derived data.
        StorageFull, StoreUnavailable: LMDB or the system refused.
        OSError: the directory cannot be made or opened.
    """
    directory = Path(path)
    lock = await trio.to_thread.run_sync(_lock, directory, command or command_of_process(), url)
    stopped = False
    try:
        log_tables, derived_tables = await trio.to_thread.run_sync(
            _open_tables, directory, log_map_size, derived_map_size, not lock.stopped_cleanly
        )
        try:
            store = await open_tables(
                log_tables, derived_tables, stopped_cleanly=lock.stopped_cleanly
            )
            try:
                yield store
            finally:
                await store.close()
                stopped = not store.log.failed
        finally:
            await derived_tables.close()
            await log_tables.close()
    finally:
        lock.release(stopped=stopped)


@contextmanager
def open_reader(path: str | os.PathLike[str], *, pinned: bool = False) -> Generator[ReadStore]:
    """Open a data directory for reading, beside its writer or without one. Creates nothing.

    Whoever needs both log and derived data reads `derived.included` first, then pieces, then
    `log.bounds`: a piece then never includes a record beyond the bounds. Or pins them: then both
    are seen as they were at the opening, the derived data never ahead of the log.

    Without LMDB's lock file (a copy of a directory), or without permission to write it, no writer
    can be let in beside the reader, who therefore holds the directory's lock shared.

    Args:
        path: the data directory.
        pinned: whether to see one state for as long as the reader is open. Both files grow
            meanwhile, since no page that is seen can be used again: the log's by some 32 kB a
            commit of the writer. Fit for seconds beside a busy one.

    Raises:
        NotFound: there is no log.
        DirectoryInUse: this process writes to it, or the lock is needed and a writer holds it.
        LogDamaged: the log is cut short, or its own row is not what was written.
        StoreUnavailable: LMDB or the system refused.
        OSError: the directory cannot be read.
    """
    directory = Path(path)
    if not (directory / LOG / DATA_FILE).is_file():
        raise NotFound(f"{directory} holds no log; give the directory that a server writes to")
    with ExitStack() as closing:
        lock = _can_note_readers(directory)
        if not lock:
            descriptor = share_lock(directory / LOCK)
            if descriptor is not None:
                closing.callback(os.close, descriptor)
        derived_tables = _derived_for_reading(directory / DERIVED, lock, closing)
        environment = Environment.open_reader(
            directory / LOG, LOG_TABLES, lock=lock, readahead=True
        )
        closing.callback(environment.close)
        log_tables: ReadTables = environment
        if pinned:
            if derived_tables is not None:
                derived_tables = Pinned(closing.enter_context(derived_tables.view()))
            log_tables = Pinned(closing.enter_context(environment.view()))
        log = StoredLogReader(log_tables)
        why = "" if derived_tables is None else misfit(derived_tables, log)
        if derived_tables is None or why is not None:
            derived_tables = _no_derived(log.identity())
        yield ReadStore(
            log=log, derived=StoredDerivedReader(derived_tables), derived_misfit=why or None
        )


def check_pages(path: str | os.PathLike[str]) -> list[str] | None:
    """Walk all pages of a data directory's two files, down to where no checksum of ours reaches.

    Blocks: give it a thread. Cost: 9 s a gigabyte.

    Returns:
        What is wrong, nothing if all is well; None if a writer is at work, for it changes pages.
    """
    directory = Path(path)
    try:
        descriptor = share_lock(directory / LOCK)
    except DirectoryInUse:
        return None
    try:
        files = [directory / name / DATA_FILE for name in (LOG, DERIVED)]
        return [
            f"{file}: {problem}"
            for file in files
            if file.exists()
            for problem in damaged_pages(file)
        ]
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _lock(directory: Path, command: str, url: str) -> DirectoryLock:
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    return DirectoryLock(directory / LOCK, command, url)


def _open_tables(
    directory: Path, log_map_size: int, derived_map_size: int, doubtful: bool
) -> tuple[LmdbTables, LmdbTables]:
    shutil.rmtree(directory / NEW_LOG, ignore_errors=True)
    if not (directory / LOG).exists():
        if (directory / DERIVED / DATA_FILE).exists():
            raise LogDamaged(
                f"{directory / LOG} is gone, while {directory / DERIVED}, which was made from it,"
                f" is there; restore the log from a backup, or remove {directory / DERIVED} to"
                " start with an empty one"
            )
        _make_log(directory, log_map_size)
    log = _open_log(directory / LOG, log_map_size, doubtful)
    try:
        derived = _open_derived(directory / DERIVED, derived_map_size, doubtful)
        # The entries of new files and directories must be as durable as what is in them.
        for changed in (
            directory / DERIVED,
            directory / LOG,
            directory,
            directory.absolute().parent,
        ):
            _sync_directory(changed)
    except BaseException:
        log.close()
        raise
    return LmdbTables(log), LmdbTables(derived)


def _make_log(directory: Path, map_size: int) -> None:
    """Make an empty log, so that a power cut leaves either none or all of it."""
    new = directory / NEW_LOG
    new.mkdir(mode=0o700)
    environment = Environment.open_writer(new, LOG_TABLES, map_size=map_size, readahead=True)
    try:
        environment.write(new_log())
    finally:
        environment.close()
    _sync_directory(new)
    new.rename(directory / LOG)


def _open_log(path: Path, map_size: int, doubtful: bool) -> Environment:
    """Open a log that is there: it was made whole, so one that is empty has lost what it held."""
    file = path / DATA_FILE
    if not file.is_file() or file.stat().st_size == 0:
        raise LogDamaged(f"{file} is gone or empty; restore it from a backup")
    if doubtful:
        _walk(file)
    environment = Environment.open_writer(path, LOG_TABLES, map_size=map_size, readahead=True)
    try:
        StoredLogReader(environment)
    except NotFound as error:
        environment.close()
        raise LogDamaged(f"{file} holds no log any more; restore it from a backup") from error
    except BaseException:
        environment.close()
        raise
    return environment


def _open_derived(path: Path, map_size: int, doubtful: bool) -> Environment:
    """Open the derived data; if LMDB cannot read its file, begin a new one."""
    path.mkdir(mode=0o700, exist_ok=True)
    try:
        if doubtful:
            _walk(path / DATA_FILE)
        return Environment.open_writer(path, DERIVED_TABLES, map_size=map_size, readahead=False)
    except LogDamaged:
        (path / DATA_FILE).unlink()
        return Environment.open_writer(path, DERIVED_TABLES, map_size=map_size, readahead=False)


def _walk(file: Path) -> None:
    """Walk the pages of a file that its last writer did not close, if it is not too large.

    LMDB ends the process at many a damaged page. Were that a page of derived data, every start
    would end so, though they could be thrown away.
    """
    if not file.is_file() or not 0 < file.stat().st_size <= WALKED_SIZE_MAX:
        return
    check_whole(file)
    problems = damaged_pages(file)
    if problems:
        raise LogDamaged(f"{file} has damaged pages ({problems[0]}); restore it from a backup")


def _can_note_readers(directory: Path) -> bool:
    """Return whether LMDB's lock files are there, and open to this process, for all there is."""
    there = [name for name in (LOG, DERIVED) if (directory / name / DATA_FILE).is_file()]
    return all(os.access(directory / name / LOCK_FILE, os.R_OK | os.W_OK) for name in there)


def _derived_for_reading(path: Path, lock: bool, closing: ExitStack) -> ReadTables | None:
    try:
        environment = Environment.open_reader(path, DERIVED_TABLES, lock=lock, readahead=False)
    except (NotFound, LogDamaged):
        return None
    closing.callback(environment.close)
    return environment


def _no_derived(identity: bytes) -> ReadTables:
    disk = MemoryDisk()
    disk.derived.durable.apply(empty_change(identity))
    return disk.derived.open()


def _sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
