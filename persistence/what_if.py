"""What if: a data directory's history once more under another configuration, and the difference.

Two runs, one after the other, so that only one is in memory. The first says what there is: from
the snapshot where the whole history is asked for, else by the records' facts. Of it a few bytes a
user stay (`engine.host.standing`). The second evaluates the commands anew (`engine.host.rerun`) and
is compared with the first user by user.

Nothing is written. Only the snapshot needs one state of the directory, and is let go of before the
long part begins: what is in the log does not change, so a writer beside it is not held up.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import NamedTuple, Protocol

import msgspec
import trio

from engine.configuration.document import Document
from engine.host.comparison import Comparison, LeftOut, UserDifference, WhatIf
from engine.host.engine import Engine, empty_engine
from engine.host.hypothesis import hypothetical
from engine.host.ports import LogReader, ReadableStore
from engine.host.recovery import decode_stored
from engine.host.rerun import Rerun, Stretch, walk
from engine.host.scope import Scope
from engine.host.standing import Standings, Tops, brought_up, id_of, standing_of
from engine.host.unrecorded import UnrecordedEngine
from engine.host.zones import check_zone_data
from engine.model.commands import ApplyConfiguration, VoidEvent
from engine.model.configuration import EMPTY, Configuration
from engine.model.errors import InvalidInput, LogDamaged
from engine.model.identifiers import Instant, Seq, UserNumber
from engine.model.limits import INSTANT_MIN
from engine.model.record import StoredRecord
from engine.model.user import UserState
from persistence.verify import LogAlone, Progress
from persistence.voiding import Voiding

PAUSE_USERS = 512
"""Users brought up between two looks at other tasks: some 20 ms."""


class Question(msgspec.Struct, frozen=True):
    """What is asked."""

    document: Document
    scope: str = "default"
    begin: Instant | None = None
    """The record counts up to here, the document from here on; None for all of the document."""
    end: Instant | None = None
    """Until when; None for the scope's clock."""


class Answer(NamedTuple):
    """What came of it."""

    begin: Instant | None
    end: Instant
    difference: WhatIf


class Open(Protocol):
    """What opens a directory for reading: `partial(open_reader, directory)`."""

    def __call__(self, *, pinned: bool = False) -> AbstractContextManager[ReadableStore]:
        """Open it; `pinned` to see one state of log and snapshot."""
        ...


Take = Callable[[UserDifference], None]
"""Gets every user who differs, in order of their making."""


async def what_if(open_reader: Open, question: Question, tell: Progress, take: Take) -> Answer:
    """Run a scope's history under another configuration; return what would be otherwise.

    Cost: some 30 µs a record up to the beginning, 70 µs a command from there on, 90 µs a user; in
    memory 0.2 GB and 0.7 kB a user.

    Args:
        open_reader: opens the data directory; its writer may be running.
        question: what is asked.
        tell: told how far it is.
        take: gets the users who differ.

    Raises:
        NotFound: there is no data directory, or no such scope.
        InvalidInput: the end lies before the beginning.
        ConfigurationInvalid: the document cannot be put in force; names every place.
        ZoneDataMismatch: the zone data is not the rules' own.
        LogDamaged: names the record.
    """
    check_zone_data()
    begin, end = question.begin, question.end
    if begin is not None and end is not None and end < begin:
        raise InvalidInput("to", "lies before from")
    with open_reader(pinned=True) as store:
        stretch = Stretch(question.scope, store.log.bounds().last_seq, begin, end)
        engine = empty_engine(store)
        await engine.start(lambda seq: tell("reading what there is", seq, stretch.records))
        scope = engine.find_scope(question.scope)
        check(question.document, scope, store.log, begin)
        recorded = None
        if end is None or end >= scope.state.clock:
            recorded = await _recorded(scope, end, tell)
    del engine, scope
    with open_reader() as store:
        if recorded is None:
            recorded = await _recorded_until(store.log, stretch, tell)
        rerun = await run_again(store.log, question.document, stretch, recorded.made, tell)
        difference = await _compare(rerun, recorded, tell, take)
        return Answer(begin, recorded.end, difference)


async def run_again(
    log: LogReader,
    document: Document,
    stretch: Stretch,
    made: Mapping[str, int],
    tell: Progress,
) -> Rerun:
    """Run a stretch of a log again under another configuration.

    Args:
        log: the log.
        document: the configuration.
        stretch: which part.
        made: how many of each kind there are at the stretch's end (`Configuration.made`).
        tell: told how far it is.

    Raises:
        ConfigurationInvalid: the document cannot be put in force at the stretch's beginning.
        LogDamaged: names the record.
    """
    kept: set[UserNumber] = set()

    def look(stored: StoredRecord) -> None:
        if isinstance(stored.record.command, VoidEvent):
            kept.add(stored.record.user)

    def looking(seq: Seq) -> None:
        tell("looking for what was voided", seq, stretch.records)

    await walk(log, stretch, look, looking)
    engine = UnrecordedEngine(LogAlone(log), frozenset(kept))
    rerun = Rerun(engine, document, stretch, made=made, voids=_void)
    await walk(log, stretch, rerun.take, lambda seq: tell("running it again", seq, stretch.records))
    return rerun


def _void(scope: Scope, log: LogReader, event: Seq, state: UserState) -> VoidEvent:
    return Voiding(scope, log, event).command(state)


def check(document: Document, scope: Scope, log: LogReader, begin: Instant | None) -> Configuration:
    """Return what a document comes to in a scope, to be told of mistakes before a long run.

    Args:
        document: the document.
        scope: the scope, as it is now.
        log: the log.
        begin: when it is to be put in force; None for the beginning of all.

    Raises:
        ConfigurationInvalid: with every issue found, each with its place.
    """
    parted = EMPTY if begin is None else _in_force(scope, log, begin)
    return hypothetical(
        document,
        parted,
        made=scope.configuration.made,
        at=INSTANT_MIN if begin is None else begin,
        started=parted is not EMPTY and scope.mode != "idle",
        knows_zone=scope.calendar.knows,
    )


def _in_force(scope: Scope, log: LogReader, at: Instant) -> Configuration:
    for seq in reversed(scope.state.versions):
        rows = log.read_record(seq)
        record = None if rows is None else decode_stored(seq, *rows).record
        if record is None or not isinstance(record.command, ApplyConfiguration):
            raise LogDamaged(f"record {seq} should be a version of the configuration")
        if record.at <= at:
            return record.command.configuration
    return EMPTY


class _Recorded(NamedTuple):
    """What there is at the end of a stretch."""

    standings: Standings
    made: Mapping[str, int]
    end: Instant


async def _recorded(scope: Scope, end: Instant | None, tell: Progress) -> _Recorded:
    at = scope.state.clock if end is None else end
    users = scope.state.users
    standings, tops = Standings(scope.plan), Tops(scope, at)
    for number, state in enumerate(brought_up(scope, users, at), start=1):
        if state is not None:
            standings.put(UserNumber(number), standing_of(state, scope.plan))
            tops.take(state)
        if number % PAUSE_USERS == 0:
            tell("looking at users as recorded", number, users)
            await trio.lowlevel.checkpoint()
    standings.boards = tops.result()
    return _Recorded(standings, scope.configuration.made, at)


async def _recorded_until(log: LogReader, stretch: Stretch, tell: Progress) -> _Recorded:
    engine: Engine = UnrecordedEngine(LogAlone(log))
    await walk(
        log,
        stretch,
        engine.replay,
        lambda seq: tell("replaying as recorded", seq, stretch.records),
    )
    return await _recorded(engine.find_scope(stretch.scope), stretch.end, tell)


async def _compare(rerun: Rerun, recorded: _Recorded, tell: Progress, take: Take) -> WhatIf:
    scope = rerun.finish()
    users = max(rerun.users, len(recorded.standings))
    comparison, tops = Comparison(recorded.standings, scope.plan), Tops(scope, recorded.end)
    for index, state in enumerate(brought_up(scope, users, recorded.end), start=1):
        number = UserNumber(index)
        had = recorded.standings.get(number)
        has = None if state is None else standing_of(state, scope.plan)
        if state is not None:
            tops.take(state)
        if had is not None or has is not None:
            user_id = rerun.absent_user_id(number) if state is None else id_of(state)
            differing = comparison.add(user_id, had, has)
            if differing is not None:
                take(differing)
        if index % PAUSE_USERS == 0:
            tell("comparing users", index, users)
            await trio.lowlevel.checkpoint()
    would_be = Standings(scope.plan)
    would_be.boards = tops.result()
    return WhatIf(
        users=comparison.users,
        would_be_users=comparison.would_be_users,
        users_differ=comparison.users_differ,
        evaluated=rerun.evaluated,
        left_out=[LeftOut(reason, count) for reason, count in rerun.refused.most_common()],
        replaced_versions=rerun.replaced,
        other_rules=rerun.other_rules,
        achievements=list(comparison.achievements.values()),
        points=list(comparison.points.values()),
        leaderboards=comparison.boards(would_be),
    )
