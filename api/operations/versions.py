"""Versions of the configuration as the log has them: what was in force at a record, an instant."""

from bisect import bisect_right
from typing import NamedTuple

from engine.configuration.plan import Plan
from engine.host.ports import LogReader
from engine.host.recovery import decode_stored
from engine.host.scope import Scope
from engine.model.commands import ApplyConfiguration
from engine.model.configuration import Configuration, Leaderboard
from engine.model.errors import LogDamaged
from engine.model.identifiers import Instant, Ordinal, Seq
from engine.model.record import StoredRecord


class Version(NamedTuple):
    """A version of the configuration, and since when it was in force."""

    at: Instant
    configuration: Configuration


class BoardThen(NamedTuple):
    """A leaderboard as it was once, and the version that it belongs to."""

    board: Leaderboard
    plan: Plan


def read_record(scope: Scope, log: LogReader, seq: Seq) -> StoredRecord | None:
    """Return a record of a scope; None if there is none of that number."""
    rows = log.read_record(seq)
    if rows is None:
        return None
    stored = decode_stored(seq, *rows)
    return stored if stored.record.scope == scope.state.number else None


def read_version(scope: Scope, log: LogReader, seq: Seq) -> Version:
    """Return the version that a record made. It reads all of it: milliseconds for a large one.

    Raises:
        LogDamaged: the record is no version.
    """
    stored = read_record(scope, log, seq)
    if stored is None or not isinstance(stored.record.command, ApplyConfiguration):
        raise LogDamaged(f"record {seq} should be a version of the configuration")
    return Version(stored.record.at, stored.record.command.configuration)


class Versions:
    """The versions of one scope's configuration."""

    def __init__(self, scope: Scope, log: LogReader) -> None:
        self._scope = scope
        self._log = log

    def board_at_record(self, ordinal: Ordinal, seq: Seq) -> BoardThen | None:
        """Return a leaderboard as it was when a record was made; None if it was not there."""
        stored = read_record(self._scope, self._log, seq)
        if stored is None:
            raise LogDamaged(f"record {seq} is missing")
        made = self._scope.state.versions[: stored.record.step]
        return self._board(ordinal, made[-1]) if made else None

    def board_at(self, ordinal: Ordinal, at: Instant) -> BoardThen | None:
        """Return a leaderboard as it was at an instant; None if it was not there.

        It reads as many versions as a bisection of all takes.
        """
        made = self._scope.state.versions
        count = bisect_right(made, at, key=self._since)
        return self._board(ordinal, made[count - 1]) if count else None

    def _since(self, seq: Seq) -> Instant:
        return read_version(self._scope, self._log, seq).at

    def _board(self, ordinal: Ordinal, seq: Seq) -> BoardThen | None:
        plan = Plan(read_version(self._scope, self._log, seq).configuration)
        board = plan.leaderboards.get(ordinal)
        return None if board is None else BoardThen(board, plan)
