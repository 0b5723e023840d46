"""The books on what clients of a server were told, whatever became of the server.

An event is one by metric, user and idempotency key, whoever sends it and how often; its value
follows from these. Each answer is compared with everything that had been answered when its request
was sent, and after each life of the server the log with everything that was ever answered.
"""

import random
import zlib
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import trio

from api.embedded import open_reading
from engine.host.keys import Keys
from engine.host.recovery import read_records
from engine.model.commands import RecordEvent
from engine.model.identifiers import Ordinal, ScopeNumber, Seq, fact_id
from persistence.directory import open_reader
from tests.crash.directories import check_state
from tests.wire.server import Answer, event, request

SCOPE = ScopeNumber(1)
METRICS = {"steps": Ordinal(1), "lessons": Ordinal(2)}
RECENT = 200
"""Events from which one is taken that is sent again."""


class Event(NamedTuple):
    """What makes an event the same one."""

    metric: str
    user: str
    key: str

    @property
    def value(self) -> int:
        return 1 + zlib.crc32("/".join(self).encode()) % 5

    def request(self) -> bytes:
        return request(
            "POST",
            f"/v1/metrics/{self.metric}/event",
            event(self.user, self.value),
            headers={"Idempotency-Key": self.key},
        )


class Sent(NamedTuple):
    """A request, and what was known when it was sent."""

    event: Event | None
    """None for a read."""
    metric: str
    user: str
    told: str | None
    """The id under which the event had been acknowledged."""
    least: float
    """The highest total of this user and metric that any answer had shown."""


class Books:
    """What clients of one data directory wanted, and what they were told."""

    def __init__(self, data: Path) -> None:
        self.wanted: dict[Event, None] = {}
        """Every event that was ever sent, in order of its first sending."""
        self.told: dict[Event, str] = {}
        """Every event that was acknowledged, with its id."""
        self.answers = 0
        self.again = 0
        """Events that were answered as known already."""
        self.refusals: Counter[str] = Counter()
        """By code: answers that said that it could not be done now."""
        self.marks = 0
        """How often a look found the snapshot's mark moved."""
        self._first: set[Event] = set()
        self._shown: dict[tuple[str, str], float] = {}
        self._recent: list[Event] = []
        self._news = trio.Event()
        self._data = data
        self._events: dict[bytes, Event] = {}
        self._records: dict[Event, Seq] = {}
        self._seen = self._included = Seq(0)

    def recent(self, dice: random.Random) -> Event | None:
        """Return an event that was sent not long ago, by whomever, answered or not."""
        return dice.choice(self._recent) if self._recent else None

    def send(self, one: Event) -> Sent:
        """Note that an event is sent."""
        self.wanted.setdefault(one)
        self._recent = [*self._recent[-RECENT:], one]
        least = self._shown.get((one.user, one.metric), 0)
        return Sent(one, one.metric, one.user, self.told.get(one), least)

    def read(self, user: str, metric: str) -> Sent:
        """Note that a user's total is asked for."""
        return Sent(None, metric, user, None, self._shown.get((user, metric), 0))

    def answer(self, sent: Sent, answer: Answer) -> bool:
        """Check an answer and note what it says; return whether it is one."""
        self.answers += 1
        news, self._news = self._news, trio.Event()
        news.set()
        if answer.status == 503:
            assert int(answer.headers["retry-after"]) >= 1
            self.refusals[answer.json["code"]] += 1
            return False
        if sent.event is None:
            assert answer.status == 200 or (answer.status == 404 and not sent.least), (sent, answer)
            total = answer.json["current"] if answer.status == 200 else 0
            assert total >= sent.least, (sent, answer)
        else:
            total = self._acknowledge(sent, sent.event, answer)
        place = (sent.user, sent.metric)
        self._shown[place] = max(total, self._shown.get(place, 0))
        return True

    def _acknowledge(self, sent: Sent, one: Event, answer: Answer) -> float:
        assert answer.status in (201, 202), (sent, answer)
        said = answer.json
        before = self.told.setdefault(one, said["eventId"])
        assert before == said["eventId"], f"{one} was acknowledged as {before}, now {said}"
        if answer.status == 201:
            assert sent.told is None, f"{one} was known as {sent.told}, and counted again: {said}"
            assert one not in self._first, f"{one} was counted twice: {said}"
            self._first.add(one)
            assert said["total"] >= sent.least + one.value, (sent, said)
        else:
            assert said["idempotentReplayed"] is True
            assert said["total"] >= max(sent.least, one.value), (sent, said)
            self.again += 1
        return said["total"]

    async def wait_answers(self, count: int) -> None:
        """Wait until there have been so many answers in all."""
        while self.answers < count:
            await self._news.wait()

    def look(self) -> None:
        """Check the log: no event twice, and every acknowledged one in the record it was said."""
        if not (self._data / "log" / "data.mdb").exists():
            assert not self.told
            return
        with open_reader(self._data) as store:
            keys = Keys(store.log.secret(), store.derived)
            for one in list(self.wanted)[len(self._events) :]:
                hashed = keys.of_event(SCOPE, METRICS[one.metric], one.user, one.key)
                self._events[hashed] = one
            for stored in read_records(store.log, self._seen):
                self._seen = stored.seq
                command = stored.record.command
                if isinstance(command, RecordEvent):
                    one = self._events[command.key]
                    assert one not in self._records, f"{one} is in the log twice"
                    self._records[one] = stored.seq
            self.marks += store.derived.included() > self._included
            self._included = store.derived.included()
        for one, told in self.told.items():
            seq = self._records.get(one)
            assert seq is not None, f"{one} was acknowledged as {told} and is not in the log"
            assert told == fact_id(seq, 0), f"{one} was acknowledged as {told} and is in {seq}"

    async def close(self) -> None:
        """Check, once every client has been told of everything, that all is in exactly once."""
        assert self.told.keys() == self.wanted.keys()
        self.look()
        assert self._records.keys() == self.wanted.keys()
        totals: Counter[tuple[str, str]] = Counter()
        for one in self.wanted:
            totals[one.user, one.metric] += one.value
        async with open_reading(self._data) as laurels:
            check_state(laurels.scope(), totals)
