"""What if, against engines that really lived through it, over random histories.

Each history is played on the engine first, so that there is a log. Then its commands run again:
under the configuration that they met anyway, which must make no difference; and under another one,
which must make the difference that shows when a second engine is given that configuration and the
same commands. That engine is told by key and by full particulars, as a product would; the log only
by ordinal and by what was new.
"""

import copy
import random
import re
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import pytest
import trio
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from engine.boards.boards import Entries, gather
from engine.boards.shard import Shard
from engine.configuration.document import read_document
from engine.host.digest import digest
from engine.host.engine import load_engine
from engine.host.ports import ReadableStore
from engine.host.recovery import read_records
from engine.host.rerun import Rerun, Stretch, walk
from engine.host.scope import Scope
from engine.host.standing import brought_up
from engine.host.unrecorded import UnrecordedEngine
from engine.model.errors import ConfigurationInvalid
from engine.model.identifiers import Instant, Seq
from engine.model.user import ShardKey
from persistence.memory import MemoryDisk, open_memory_store
from persistence.verify import LogAlone
from persistence.what_if import Answer, Question, run_again, what_if
from tests.model.histories import histories
from tests.model.living import living
from tests.model.operations import Configure, Operation
from tests.model.player import Player, Regime
from tests.model.steps import ATTRIBUTES, EVENT_ATTRIBUTE

HOUR = 3_600_000_000

regimes = st.builds(
    Regime, sweep=st.sampled_from(("at once", "at random", "at the end")), snapshots=st.booleans()
)


@asynccontextmanager
async def played(history: list[Operation], regime: Regime) -> AsyncGenerator[ReadableStore]:
    """The store that a history leaves, a day after its last operation."""
    player = Player(regime)
    await player.play(history, instant_of(history[-1]) + 24 * HOUR)
    async with open_memory_store(player.disk) as store:
        yield store


def instant_of(operation: Operation) -> int:
    return getattr(operation, "at", 0) or getattr(operation, "to", 0)


async def ran_again(
    store: ReadableStore, document: dict[str, Any], begin: int | None, end: int | None
) -> tuple[Rerun, Scope]:
    """The second of the two runs, with everything that the answer leaves away."""
    last = store.log.bounds().last_seq
    begins, ends = (None if at is None else Instant(at) for at in (begin, end))
    stretch = Stretch("default", last, begins, ends)
    recorded = UnrecordedEngine(LogAlone(store.log))
    await walk(store.log, stretch, recorded.replay, lambda _: None)
    made = recorded.find_scope("default").configuration.made
    document_ = read_document(document)
    rerun = await run_again(store.log, document_, stretch, made, lambda *_: None)
    return rerun, rerun.finish()


async def asked(
    store: ReadableStore, document: dict[str, Any], begin: int | None, end: int | None
) -> tuple[Answer, list[str]]:
    """What is answered, and the ids of those who differ."""
    begins, ends = (None if at is None else Instant(at) for at in (begin, end))
    question = Question(read_document(document), "default", begins, ends)
    differ: list[str] = []

    @contextmanager
    def opened(*, pinned: bool = False) -> Iterator[ReadableStore]:
        yield store

    answer = await what_if(
        opened, question, lambda *_: None, lambda user: differ.append(user.user_id)
    )
    return answer, differ


def outcome(scope: Scope, at: int) -> dict[str, Any]:
    """What everybody has, by keys."""
    configuration, plan = scope.configuration, scope.plan
    gathered: dict[ShardKey, Entries] = {}
    users: dict[str, Any] = {}
    ids: dict[int, str] = {}
    for state in brought_up(scope, scope.state.users, Instant(at)):
        if state is None:
            continue  # none of their commands was taken
        gather(state.number, state.entries, gathered, lambda key: plan.ranks(key, Instant(at)))
        ids[state.number] = state.identity.id
        users[state.identity.id] = {
            "zone": state.zone,
            "created": (state.created_at, state.created_on),
            "metrics": {
                m.key: (state.metrics[m.ordinal].total, state.metrics[m.ordinal].peak)
                for m in configuration.metrics
                if m.ordinal in state.metrics
            },
            "streaks": {
                frequency: (track.length, track.longest, track.period, track.met, track.started)
                for frequency, track in sorted(state.streaks.items())
                if track.longest
            },
            "freezes": (state.freezes.balance, state.freezes.earned),
            "achievements": {
                a.key: (state.completions[a.ordinal].at, state.completions[a.ordinal].backdated)
                for a in configuration.achievements
                if a.ordinal in state.completions
            },
            "points": {
                # Of an archived system and its successor of the same key the successor.
                s.key: state.points[s.ordinal].total if s.ordinal in state.points else 0
                for s in sorted(configuration.points, key=lambda s: s.status != "archived")
            },
        }
    rows: dict[tuple[str, str], list[tuple[str, int]]] = {}
    for key, entries in sorted(gathered.items()):  # of several live runs the last one
        board = plan.leaderboards[key.board]
        shard = Shard(descending=board.order == "desc", entries=entries)
        places = shard.page(0, len(shard))
        rows[board.key, key.group] = [(ids[place.number], place.value) for place in places]
    return {"users": users, "boards": rows}


# --- The configuration that was in force anyway ---------------------------------------------------


@settings(max_examples=150)
@given(histories(), regimes, st.data())
def test_the_configuration_in_force_makes_no_difference(
    history: list[Operation], regime: Regime, data: st.DataObject
) -> None:
    configured = [operation for operation in history if isinstance(operation, Configure)]
    index = data.draw(st.integers(0, len(configured) - 1))
    document, begin = configured[index].document, configured[index].at
    end = None if index == len(configured) - 1 else configured[index + 1].at - 1
    assume(end is None or end >= begin)

    async def check() -> None:
        async with played(history, regime) as store:
            answer, differ = await asked(store, document, begin, end)
            assert differ == []
            difference = answer.difference
            assert difference.left_out == []
            assert difference.users == difference.would_be_users
            for achievement in difference.achievements:
                assert achievement.recorded == achievement.would_be
                assert achievement.gained == achievement.lost == 0
            for system in difference.points:
                assert (system.recorded, system.more, system.fewer) == (system.would_be, 0, 0)
                assert all(level.recorded == level.would_be for level in system.levels)
            for board in difference.leaderboards:
                assert board.recorded == board.would_be
                assert board.recorded_participants == board.would_be_participants
            if end is None:
                scope = (await load_engine(store)).find_scope("default")
                _, again = await ran_again(store, document, begin, end)
                # Nobody closes runs in a history that is only thought of.
                digests = [digest(s, answer.end, closed_runs=False) for s in (again, scope)]
                assert digests[0] == digests[1]

    trio.run(check)


# --- Another one ----------------------------------------------------------------------------------


def other_documents(history: list[Operation]) -> list[dict[str, Any]]:
    """The documents of a history, each with all attributes, without which commands are refused."""
    documents = [copy.deepcopy(o.document) for o in history if isinstance(o, Configure)]
    for document in documents:
        known = {attribute["key"] for attribute in document["attributes"]}
        document["attributes"] += [
            {"key": key, "name": key, "type": kind}
            for key, kind in (*((key, "user") for key in ATTRIBUTES), (EVENT_ATTRIBUTE, "event"))
            if key not in known
        ]
    return documents


async def configure(scope: Scope, document: dict[str, Any]) -> None:
    """Put a document in force; what is archived in it and is not there yet is made first."""
    made, configuration = copy.deepcopy(document), scope.configuration
    systems = {system.key: system for system in configuration.points}
    let_begin(made["achievements"], configuration.achievements, "inactive")
    for entry in made["points"]:
        system = systems.get(entry["key"])
        let_begin(entry["triggers"], system.triggers if system else (), "inactive")
        let_begin(entry["boosts"], system.boosts if system else (), "inactive")
    let_begin(made["points"], configuration.points, "active")
    await scope.configure(made)
    await scope.configure(document)


def let_begin(entries: list[dict[str, Any]], known: Sequence[Any], status: str) -> None:
    keys = {thing.key for thing in known}
    for entry in entries:
        if entry["status"] == "archived" and entry["key"] not in keys:
            entry["status"] = status


@settings(max_examples=150)
@given(histories(), histories(max_operations=6), regimes, st.integers(0, 2**16))
def test_another_configuration_from_the_beginning(
    history: list[Operation], other: list[Operation], regime: Regime, seed: int
) -> None:
    document = random.Random(seed).choice(other_documents(history) + other_documents(other))

    async def check() -> None:
        async with played(history, regime) as store:
            rerun, again = await ran_again(store, document, None, None)
            async with living(MemoryDisk(), 0) as second:
                await configure(second.scope, document)
                for stored in read_records(store.log, Seq(0)):
                    await second.live(stored)
                at = second.clock.at + 48 * HOUR
                assert outcome(again, at) == outcome(second.scope, at)
                assert rerun.refused.total() == second.refused
            await check_answer(store, document, None, again)

    trio.run(check)


@settings(max_examples=150)
@given(histories(), regimes, st.integers(0, 2**16))
def test_another_configuration_from_an_instant_on(
    history: list[Operation], regime: Regime, seed: int
) -> None:
    dice = random.Random(seed)
    document = dice.choice(other_documents(history))
    begin = instant_of(dice.choice(history))
    before = [operation for operation in history if instant_of(operation) <= begin]

    async def check() -> None:
        async with played(history, regime) as store:
            first = Player(regime)
            await first.play(before, begin)
            async with living(first.disk, begin) as second:
                try:
                    await configure(second.scope, document)
                except ConfigurationInvalid as refused:
                    with pytest.raises(ConfigurationInvalid, match=re.escape(str(refused))):
                        await ran_again(store, document, begin, None)
                    return
                rerun, again = await ran_again(store, document, begin, None)
                for stored in read_records(store.log, Seq(0)):
                    if stored.record.at <= begin:
                        second.skip(stored)
                    else:
                        await second.live(stored)
                at = second.clock.at + 48 * HOUR
                assert outcome(again, at) == outcome(second.scope, at)
                assert rerun.refused.total() == second.refused
            await check_answer(store, document, begin, again)

    trio.run(check)


async def check_answer(
    store: ReadableStore, document: dict[str, Any], begin: int | None, again: Scope
) -> None:
    """What is answered is counted from what both runs came to."""
    answer, differ = await asked(store, document, begin, None)
    recorded = (await load_engine(store)).find_scope("default")
    was, now = outcome(recorded, answer.end), outcome(again, answer.end)
    counted = {
        user for user in was["users"] | now["users"] if _shown(was, user) != _shown(now, user)
    }
    assert counted <= set(differ)  # levels differ besides
    assert len(differ) == answer.difference.users_differ
    for row in answer.difference.achievements:
        has = {u for u, user in was["users"].items() if row.key in user["achievements"]}
        would = {u for u, user in now["users"].items() if row.key in user["achievements"]}
        assert (row.recorded, row.would_be) == (len(has), len(would))
        assert (row.gained, row.lost) == (len(would - has), len(has - would))
    for row in answer.difference.points:
        assert row.recorded == sum(u["points"].get(row.key, 0) for u in was["users"].values())
        assert row.would_be == sum(u["points"].get(row.key, 0) for u in now["users"].values())
    for row in answer.difference.leaderboards:
        for places, run in ((row.recorded, was), (row.would_be, now)):
            rows = run["boards"].get((row.key, row.group), [])[:10]
            assert [(p.user_id, p.value) for p in places] == rows[: len(places)]


def _shown(run: dict[str, Any], user: str) -> object:
    found = run["users"].get(user)
    if found is None:
        return None
    return set(found["achievements"]), {k: v for k, v in found["points"].items() if v}
