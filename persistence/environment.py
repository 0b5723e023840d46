"""LMDB, as far as Laurels uses it; the only file that imports it.

An environment is a directory with a data file, which LMDB maps into memory, and a lock file, in
which readers note what they are reading. One process writes, others may read beside it. Every
option is spelled out, because the safe ones matter: with `metasync` or `sync` off acknowledged data
was lost in 142 and 397 of 400 simulated power cuts, with `writemap` a full disk ends the process.

LMDB trusts its own pages. What follows from that: a data file that is shorter than its pages say
would end the process with SIGBUS when touched, so its length is looked at before it is mapped. A
flipped byte in a value goes unnoticed, so rows carry checksums (`framing`). A process may have an
environment open only once.
"""

import errno
import os
import struct
from collections import deque
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

import lmdb
import lmdb.verify

from engine.host.ports import OutcomeUnknown
from engine.model.errors import DirectoryInUse, LaurelsError, LogDamaged, NotFound, StorageFull
from persistence.tables import Change, Row, StoreUnavailable

DATA_FILE = "data.mdb"
LOCK_FILE = "lock.mdb"
READERS_MAX = 126
"""Views open at once, over all processes: one a reader, and LMDB's own default."""
TABLES_MAX = 16
ENGINE = 0
"""LMDB 0.9, data format 1: what the distributions' own mdb_stat, mdb_copy and mdb_dump read."""

_META_HEAD = struct.Struct("=16xII8xQI")
"""Of a meta page: magic, data version, map size, page size; native order, as LMDB writes it."""
_META_TAIL = struct.Struct("=136xQQ")
"""Of a meta page: last page used, transaction."""
_MAGIC, _DATA_VERSION = 0xBEEFC0DE, 1
_OUT_OF_ROOM = (lmdb.MapFullError, lmdb.TxnFullError)
_DAMAGED = (
    lmdb.BadTxnError,  # what a view says once it has met a damaged page
    lmdb.CorruptedError,
    lmdb.InvalidError,
    lmdb.PageNotFoundError,
    lmdb.VersionMismatchError,
)


class Environment:
    """Tables in a directory. Use `open_writer` or `open_reader`."""

    def __init__(
        self, path: Path, environment: lmdb.Environment, names: Iterable[str], *, readonly: bool
    ) -> None:
        self._path = path
        self._environment = environment
        if not readonly:
            with environment.begin(write=True) as transaction:
                self._tables = {
                    name: environment.open_db(name.encode(), txn=transaction, create=True)
                    for name in names
                }
        else:
            self._tables = {
                name: environment.open_db(name.encode(), create=False) for name in names
            }
        self._page_size = environment.stat()["psize"]

    @classmethod
    def open_writer(
        cls, path: Path, names: Iterable[str], *, map_size: int, readahead: bool
    ) -> "Environment":
        """Open for reading and writing; make the files and tables that are missing.

        Args:
            path: the directory, which must exist. Who calls sees to it that no other writes.
            names: the tables.
            map_size: bytes that it can ever hold: address space, not disk, until used.
            readahead: whether the system should read ahead of what is read: good for scans, bad for
                single rows of an environment larger than memory.

        Raises:
            LogDamaged: the data file is shorter than its own pages say, or not LMDB's.
            StorageFull: no room for the files.
            DirectoryInUse: this process has it open already.
            StoreUnavailable: LMDB or the system refused, for the reason given.
        """
        check_whole(path / DATA_FILE)
        return cls._open(
            path, names, map_size=map_size, readahead=readahead, readonly=False, lock=True
        )

    @classmethod
    def open_reader(
        cls, path: Path, names: Iterable[str], *, lock: bool, readahead: bool
    ) -> "Environment":
        """Open for reading. Creates nothing, provided that the lock file is there if `lock`.

        Args:
            path: the directory.
            names: the tables.
            lock: whether to note in LMDB's lock file what is being read, as anyone must who reads
                beside a writer. Needs permission to write that file.
            readahead: as `open_writer`.

        Raises:
            NotFound: there is no environment, or not with these tables.
            LogDamaged, DirectoryInUse, StoreUnavailable: as `open_writer`.
        """
        file = path / DATA_FILE
        if not file.is_file() or file.stat().st_size == 0:
            raise NotFound(f"{path} holds no data")
        check_whole(file)
        # Size 0 takes the map's size from the data file.
        return cls._open(path, names, map_size=0, readahead=readahead, readonly=True, lock=lock)

    @classmethod
    def _open(
        cls,
        path: Path,
        names: Iterable[str],
        *,
        map_size: int,
        readahead: bool,
        readonly: bool,
        lock: bool,
    ) -> "Environment":
        try:
            environment = lmdb.open(
                str(path),
                map_size=map_size,
                subdir=True,
                readonly=readonly,
                metasync=True,
                sync=True,
                map_async=False,
                mode=0o600,
                create=False,
                readahead=readahead,
                writemap=False,
                meminit=True,
                max_readers=READERS_MAX,
                max_dbs=TABLES_MAX,
                max_spare_txns=1,
                lock=lock,
                lib_version=ENGINE,
            )
        except lmdb.Error as error:
            raise _translated(path, error) from error
        try:
            return cls(path, environment, names, readonly=readonly)
        except lmdb.Error as error:
            environment.close()
            if isinstance(error, lmdb.NotFoundError):
                raise NotFound(f"{path} holds no data of this kind") from error
            raise _translated(path, error) from error

    def view(self) -> "LmdbView":
        """Open a view of the present state: a context. Cost: some 1 µs."""
        return LmdbView(self)

    def begin_reading(self) -> "lmdb.Transaction[bytes]":
        """Begin a transaction that reads; whoever begins it must end it."""
        try:
            return self._environment.begin()
        except lmdb.Error as error:
            raise _translated(self._path, error) from error

    @property
    def path(self) -> Path:
        """The directory."""
        return self._path

    def table(self, name: str) -> "lmdb._Database":
        """Return LMDB's handle of a table."""
        return self._tables[name]

    def write(self, change: Change) -> None:
        """Apply a change in one transaction; return once it is durable. Blocks: give it a thread.

        Cost: one synced commit; within the interpreter only a handful of calls, however many rows.

        Raises:
            StorageFull: no room; nothing was changed, and the environment can be used further.
            OutcomeUnknown: the change may or may not be durable; use the environment no further.
            StoreUnavailable: it could not even begin; nothing was changed.
        """
        try:
            self._environment.reader_check()  # a reader that was killed must not pin pages for ever
            transaction = self._environment.begin(write=True)
        except lmdb.Error as error:
            raise _translated(self._path, error) from error
        try:
            self._fill(transaction, change)
        except BaseException as error:
            transaction.abort()
            if isinstance(error, lmdb.Error):
                raise _translated(self._path, error) from error
            raise
        try:
            transaction.commit()
        except _OUT_OF_ROOM as error:
            # Pages for the list of free pages are claimed before the first page goes to disk.
            raise _translated(self._path, error) from error
        except lmdb.Error as error:
            raise OutcomeUnknown(
                f"{self._path}: a commit failed ({error}) and may or may not be on disk;"
                " start again to find out"
            ) from error

    def _fill(self, transaction: "lmdb.Transaction[bytes]", change: Change) -> None:
        for name in change.clear:
            transaction.drop(self._tables[name], delete=False)
        for name, keys in change.delete.items():
            deque(map(partial(transaction.delete, db=self._tables[name]), keys), maxlen=0)
        for rows_of, append in ((change.put, False), (change.append, True)):
            for name, rows in rows_of.items():
                with transaction.cursor(self._tables[name]) as cursor:
                    consumed, _ = cursor.putmulti(rows, append=append)
                assert consumed == len(rows), "LMDB took fewer rows than it was given"

    def room(self) -> int:
        """Return how many more bytes fit: the least of free disk and free map. Cost: some 4 µs.

        Pages that a deletion has freed inside the file are not counted.
        """
        info = self._environment.info()
        free_map = info["map_size"] - (info["last_pgno"] + 1) * self._page_size
        disk = os.statvfs(self._path)
        return max(0, min(free_map, disk.f_bavail * disk.f_frsize))

    def close(self) -> None:
        """Close; what was written stays. A second call does nothing."""
        self._environment.close()


class LmdbView:
    """One state of the tables, as a context; see `persistence.tables.View`."""

    def __init__(self, environment: Environment) -> None:
        self._of = environment

    def __enter__(self) -> "LmdbView":
        self._transaction = self._of.begin_reading()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._transaction.abort()
        if isinstance(error, lmdb.Error):
            raise _translated(self._of.path, error) from error

    def get(self, table: str, key: bytes) -> bytes | None:
        """Return the row of a key, None if there is none."""
        return self._transaction.get(key, db=self._of.table(table))

    def rows(self, table: str, start: bytes, stop: bytes, limit: int) -> list[Row]:
        """Return the rows with start ≤ key < stop in order, at most `limit` of them."""
        rows: list[Row] = []
        with self._transaction.cursor(self._of.table(table)) as cursor:
            if limit > 0 and cursor.set_range(start):
                for key, row in cursor.iternext():
                    if key >= stop:
                        break
                    rows.append((key, row))
                    if len(rows) == limit:
                        break
        return rows

    def before(self, table: str, start: bytes, stop: bytes) -> Row | None:
        """Return the last row with start ≤ key < stop, None if there is none."""
        with self._transaction.cursor(self._of.table(table)) as cursor:
            found = cursor.prev() if cursor.set_range(stop) else cursor.last()
            return cursor.item() if found and cursor.key() >= start else None

    def last(self, table: str) -> Row | None:
        """Return the row with the highest key, None if the table is empty."""
        with self._transaction.cursor(self._of.table(table)) as cursor:
            return cursor.item() if cursor.last() else None


def check_whole(path: Path) -> None:
    """Make sure that a data file can be mapped: that it is as long as its own pages say.

    A file may rightly be shorter than the last page noted in it, if that page was freed before it
    was ever written; only then are all pages walked, at some seconds a gigabyte. A missing or empty
    file is whole; one that is not LMDB's is left for LMDB to refuse.

    Raises:
        LogDamaged: pages that are in use are missing.
        OSError: the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            needed = _size_needed(file.read(4096), file)
            size = file.seek(0, os.SEEK_END)
    except FileNotFoundError:
        return
    if size >= needed:
        return
    problems = damaged_pages(path)
    if problems:
        raise LogDamaged(
            f"{path} is cut short: it has {size} bytes, its pages need {needed}"
            f" ({problems[0]}); restore it from a backup"
        )


def _size_needed(meta: bytes, file: BinaryIO) -> int:
    """Return how long the newer of the two meta pages says that the file is; 0 if there is none."""
    needed, newest = 0, -1
    for _ in range(2):
        if len(meta) < _META_TAIL.size:
            break
        magic, version, _, page_size = _META_HEAD.unpack_from(meta)
        if (magic, version) != (_MAGIC, _DATA_VERSION):
            break
        last_page, transaction = _META_TAIL.unpack_from(meta)
        if transaction > newest:
            needed, newest = (last_page + 1) * page_size, transaction
        file.seek(page_size)
        meta = file.read(_META_TAIL.size)
    return needed


def damaged_pages(path: Path) -> list[str]:
    """Return what LMDB's own verifier finds wrong with the pages of a data file.

    It does not map the file, so damage cannot end the process. Nobody may write meanwhile. Cost:
    9 s a gigabyte.
    """
    try:
        return lmdb.verify.verify(str(path), subdir=False)  # pyright: ignore
    except lmdb.verify.VerifyError as error:
        return [str(error)]


def _translated(path: Path, error: lmdb.Error) -> LaurelsError:
    """Return the error of ours that an error of LMDB's means, outside a commit."""
    if isinstance(error, _OUT_OF_ROOM) or error.code == errno.ENOSPC:
        return StorageFull(f"{path} has no room left ({error}); nothing was changed")
    if isinstance(error, _DAMAGED):
        return LogDamaged(f"{path}: LMDB finds its own pages damaged ({error})")
    if "already open in this process" in str(error):
        return DirectoryInUse(f"{path} is open in this process already; use what is open")
    if isinstance(error, lmdb.MapResizedError):
        return StoreUnavailable(f"{path} was given a larger map by its writer; open it again")
    return StoreUnavailable(f"{path} cannot be used: {error}")
