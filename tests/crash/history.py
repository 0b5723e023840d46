"""A made-up history for imports that are killed: its lines, its game, and what must come of it.

Half of the events have idempotency keys, the others are known by import and line. Now and then a
keyed event is sent a second time, as clients do that got no answer; it must count once.
"""

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import msgspec
import trio

from api.embedded import open_reading
from engine.host.keys import Keys
from engine.host.recovery import read_records
from engine.model.commands import RecordEvent
from engine.model.identifiers import Ordinal, ScopeNumber, Seq
from persistence.directory import open_reader
from tests.cli.command import CONFIGURATION

BEGIN = datetime(2026, 1, 5, tzinfo=UTC)
DAYS = 60
FINISH_AT = "2026-04-01T00:00:00Z"
NAME = "history"
USERS = 300
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe")
KEYED_SHARE = 0.5
REPEATED_SHARE = 0.02
SCOPE = ScopeNumber(1)
METRIC = Ordinal(1)

Identity = tuple[str, str]
"""What makes an event the same one: user and key, or nobody and the line."""


class History(NamedTuple):
    """Lines on disk, and what each of them is."""

    lines: Path
    config: Path
    identities: list[Identity]
    """By line, from index 0."""

    @property
    def event_count(self) -> int:
        return len(set(self.identities))


def make_history(directory: Path, count: int, seed: int) -> History:
    """Write a history and the configuration of its game."""
    dice = random.Random(seed)
    moments = sorted(BEGIN + timedelta(days=DAYS) * dice.random() for _ in range(count))
    identities: list[Identity] = []
    sent: list[Identity] = []
    rows: list[bytes] = []
    for number, moment in enumerate(moments, start=1):
        user, key = f"user-{int(USERS * dice.random() ** 2)}", f"key-{number}"
        if sent and dice.random() < REPEATED_SHARE:
            user, key = dice.choice(sent)
        elif dice.random() >= KEYED_SHARE:
            key = ""
        about = {"id": user, "tz": ZONES[int(user[5:]) % len(ZONES)], "name": user.title()}
        stamp = moment.isoformat()
        event: dict[str, object] = {"key": "lessons", "user": about, "value": 1, "timestamp": stamp}
        if key:
            event["idempotencyKey"] = key
            sent.append((user, key))
        identities.append((user, key) if key else ("", str(number)))
        rows.append(msgspec.json.encode(event) + b"\n")
    lines, config = directory / "history.jsonl", directory / "game.toml"
    lines.write_bytes(b"".join(rows))
    config.write_text(CONFIGURATION)
    return History(lines, config, identities)


class Witness:
    """Reads a directory's log after every kill and compares it with what was acknowledged.

    A log only grows, so each look reads what is new since the last one.
    """

    def __init__(self, history: History, data: Path) -> None:
        self._history = history
        self._data = data
        self._identities: dict[bytes, Identity] = {}
        self._seen = Seq(0)
        self.records: dict[Identity, Seq] = {}
        """Every event that is in the log, with its record."""
        self.acknowledged: dict[int, Seq] = {}
        """What was ever acknowledged: line to record."""

    def acknowledge(self, line: int, status: str, seq: Seq) -> None:
        """Take note of a result: of an event that was in already it names the same record."""
        identity = self._history.identities[line - 1]
        before = self.acknowledged.setdefault(line, seq)
        assert before == seq, f"line {line} was acknowledged as record {before}, now as {seq}"
        known = self.records.get(identity)
        if known is not None:
            expected = ("replayed", known)
            assert (status, seq) == expected, f"line {line}: {status} {seq}, expected {expected}"

    def look(self) -> None:
        """Check the log: no event twice, and every acknowledged one in the record it was said."""
        if not (self._data / "log" / "data.mdb").exists():
            assert not self.acknowledged
            return
        with open_reader(self._data) as store:
            if not self._identities:
                keys = Keys(store.log.secret(), store.derived)
                for user, key in self._history.identities:
                    if user:
                        hashed = keys.of_event(SCOPE, METRIC, user, key)
                    else:
                        hashed = keys.of_import(SCOPE, f"{NAME}:{key}")
                    self._identities[hashed] = (user, key)
            for stored in read_records(store.log, self._seen):
                self._seen = stored.seq
                if isinstance(stored.record.command, RecordEvent):
                    identity = self._identities[stored.record.command.key]
                    assert identity not in self.records, f"{identity} is in the log twice"
                    self.records[identity] = stored.seq
        for line, seq in self.acknowledged.items():
            identity = self._history.identities[line - 1]
            assert self.records.get(identity) == seq, f"line {line} was acknowledged as {seq}"

    def look_at_the_end(self, expected_digest: str) -> None:
        """Check that everything is in once, and that the state is the expected one."""
        self.look()
        assert len(self.records) == self._history.event_count
        assert set(self.acknowledged) == set(range(1, len(self._history.identities) + 1))
        assert outcome(self._data) == (self._history.event_count, expected_digest)


def outcome(data: Path) -> tuple[int, str]:
    """Return what all users have together on the board, and the digest."""

    async def read() -> tuple[int, str]:
        async with open_reading(data) as laurels:
            scope = laurels.scope()
            board = scope.board("most", limit=1_000)
            return sum(row.value for row in board.rankings), scope.digest()

    return trio.run(read)
