"""Proof that the log says what the engine says: replays from nothing, compared by digest.

Three ways to the same state, sharing as little as can be: what a start would make of snapshot and
tail; every record's facts applied from the first on, each ledger audited; every command evaluated
anew by the rules, each one's facts compared with the recorded ones. Reads beside a running writer.
"""

import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import TypeVar

import msgspec
import trio

from engine.host.digest import digest
from engine.host.engine import Engine, empty_engine, load_engine
from engine.host.ports import Cut, DerivedReader, LogReader, MovesChunk, Piece
from engine.host.recovery import read_records
from engine.host.reevaluation import Reevaluation
from engine.host.zones import check_zone_data
from engine.model.errors import LaurelsError, LogDamaged
from engine.model.identifiers import Ordinal, ScopeNumber, Seq, UserNumber
from persistence.directory import check_pages, open_reader
from persistence.ledger_audit import audit
from persistence.moves_audit import MovesAudit

T = TypeVar("T")
Progress = Callable[[str, int, int], None]
"""Called with what is being done, how many records are done, and of how many."""


class VerifyRow(msgspec.Struct, frozen=True):
    """One way to one scope's state."""

    scope: str
    name: str
    digest: str
    records: int
    seconds: float


class VerifyReport(msgspec.Struct, frozen=True):
    """What came of a verification."""

    rows: list[VerifyRow]
    agree: bool
    first_difference: str | None


class NothingDerived:
    """Derived data of which nothing is left: a replay from it is one from the first record."""

    def included(self) -> Seq:
        """Return 0: no record is included."""
        return Seq(0)

    def key(self, key: bytes) -> Seq | None:
        """Return None: no key is known."""
        return None

    def user(self, scope: ScopeNumber, number: UserNumber) -> Piece | None:
        """Return None: no user is stored."""
        return None

    def starts(self, scope: ScopeNumber) -> Iterator[Piece]:
        """Yield nothing."""
        return iter(())

    def scopes(self) -> Iterator[Piece]:
        """Yield nothing."""
        return iter(())

    def archive(
        self, scope: ScopeNumber, board: Ordinal, run: int, part: tuple[int, int, int]
    ) -> bytes | None:
        """Return None: there is no archive."""
        return None

    def moves(
        self, scope: ScopeNumber, shard: bytes, seq: Seq, fact: int, limit: int
    ) -> list[MovesChunk]:
        """Return nothing."""
        return []

    def last_moves(self, scope: ScopeNumber, shard: bytes) -> MovesChunk | None:
        """Return None: there is no rank history."""
        return None

    def start_of_moves(self, scope: ScopeNumber, shard: bytes, upto: Seq) -> Seq | None:
        """Return None: there is no rank history."""
        return None

    def all_moves(self) -> Iterator[MovesChunk]:
        """Yield nothing."""
        return iter(())

    def cut(self, scope: ScopeNumber, shard: bytes, upto: Seq) -> Cut | None:
        """Return None: there are no cuts."""
        return None

    def cut_part(self, cut: Cut, number: int, index: int) -> bytes:
        """Refuse: there are no cuts."""
        raise LogDamaged(f"there is no cut at record {cut.seq}")


class LogAlone(msgspec.Struct, frozen=True):
    """A store of which only the log is used."""

    log: LogReader
    derived: DerivedReader = NothingDerived()


async def verify_directory(
    directory: Path, *, evaluate: bool = False, progress: Progress | None = None
) -> VerifyReport:
    """Replay a data directory from nothing and compare the digests of all its scopes.

    Args:
        directory: the data directory; its writer may be running.
        evaluate: whether to evaluate every command anew, too.
        progress: told how far it is.

    Raises:
        NotFound: there is no data directory.
    """
    rows: list[VerifyRow] = []
    difference: str | None = None
    tell = progress or _tell_nobody
    problems = await trio.to_thread.run_sync(check_pages, directory)
    if problems:
        return VerifyReport(rows, agree=False, first_difference=problems[0])
    with open_reader(directory, pinned=True) as store:
        total = store.log.bounds().last_seq
        try:
            rows += _rows("snapshot and tail", *await _timed(load_engine(store)), total)
            tell("facts", 0, total)
            alone = LogAlone(store.log)
            moves = MovesAudit(store.derived)
            (engine, difference), seconds = await _timed(_replay(alone, moves, total, tell))
            rows += _rows("facts", engine, seconds, total)
            if difference is not None:
                return VerifyReport(rows, agree=False, first_difference=difference)
            if evaluate:
                check_zone_data()  # by another release everything may come out otherwise
                replayed, seconds = await _timed(_evaluate(alone, total, tell))
                difference = replayed.first_difference
                rows += _rows("evaluation", replayed.engine, seconds, total)
        except LaurelsError as error:
            return VerifyReport(rows, agree=False, first_difference=str(error))
    difference = difference or _first_difference(rows)
    return VerifyReport(rows, agree=difference is None, first_difference=difference)


def _tell_nobody(what: str, done: int, total: int) -> None:
    pass


async def _timed(work: Awaitable[T]) -> tuple[T, float]:
    started = time.perf_counter()
    return await work, time.perf_counter() - started


async def _replay(
    store: LogAlone, moves: MovesAudit, total: int, progress: Progress
) -> tuple[Engine, str | None]:
    """Apply every record by its facts, and audit ledgers and rank history on the way."""
    engine = empty_engine(store)
    for stored in read_records(store.log, Seq(0)):
        if wrong := audit(stored, engine.user_before(stored)) or moves.take(stored):
            return engine, wrong
        engine.replay(stored)
        if stored.seq % 1024 == 0:
            progress("facts", stored.seq, total)
            await trio.lowlevel.checkpoint()
    progress("facts", total, total)
    return engine, moves.finish()


async def _evaluate(store: LogAlone, total: int, progress: Progress) -> Reevaluation:
    replayed = Reevaluation(empty_engine(store))
    for stored in read_records(store.log, Seq(0)):
        replayed.apply(stored)
        if replayed.first_difference is not None:
            break
        if stored.seq % 1024 == 0:
            progress("evaluation", stored.seq, total)
            await trio.lowlevel.checkpoint()
    return replayed


def _rows(name: str, engine: Engine, seconds: float, records: int) -> list[VerifyRow]:
    return [
        VerifyRow(scope.state.name, name, digest(scope), records, seconds)
        for scope in engine.scopes()
    ]


def _first_difference(rows: list[VerifyRow]) -> str | None:
    digests: dict[str, VerifyRow] = {}
    for row in rows:
        first = digests.setdefault(row.scope, row)
        if first.digest != row.digest:
            return (
                f"scope {row.scope!r}: {row.name} gives {row.digest[:16]}…, "
                f"{first.name} gives {first.digest[:16]}…"
            )
    return None
