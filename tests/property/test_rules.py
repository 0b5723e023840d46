"""Facts and evaluation give the same state, and evaluation changes nothing that it was given."""

from collections.abc import Callable

import msgspec
import trio
from hypothesis import given, settings

from engine.host.engine import empty_engine
from engine.host.recovery import read_records
from engine.model.commands import UserCommand
from engine.model.facts import RankMoved
from engine.model.identifiers import Seq
from engine.model.user import ShardKey, UserState
from persistence.memory import MemoryDisk, open_memory_store
from persistence.verify import LogAlone
from tests.model.histories import DAY, Operation, histories
from tests.model.player import Player, Regime

encode = msgspec.msgpack.Encoder().encode


@settings(max_examples=30)
@given(histories(max_operations=30))
def test_facts_give_the_state_that_evaluation_gave(history: list[Operation]) -> None:
    async def compare() -> None:
        player = Player(Regime(sweep="at random"))
        await player.play(history, max(operation_end(o) for o in history) + 3 * DAY)
        await check_log(player.disk)

    trio.run(compare)


def operation_end(operation: Operation) -> int:
    return getattr(operation, "at", None) or getattr(operation, "to", 0)


async def check_log(disk: MemoryDisk) -> None:
    """Walk through a log: evaluate each command, then apply its record's facts, and compare."""
    async with open_memory_store(disk) as store:
        alone = LogAlone(store.log)
        engine = empty_engine(alone)
        for stored in read_records(store.log, Seq(0)):
            record = stored.record
            decided = None
            if isinstance(record.command, UserCommand):
                scope = engine.scopes()[0]
                given_state = scope.actors.find(record.user)
                plans = [step.plan.configuration for step in scope.timeline.steps]
                before = encode((given_state, plans))
                decided = engine.evaluate(stored, record.command)
                assert encode((given_state, plans)) == before, "evaluation leaves its input alone"
                assert decided.date == record.date
                causes = [fact for fact in record.facts if not isinstance(fact, RankMoved)]
                assert decided.facts == causes
            engine.replay(stored)
            if decided is not None:
                applied = engine.scopes()[0].actors.find(record.user)
                assert applied is not None
                wanted = engine.scopes()[0].boards.wants
                assert comparable(applied, wanted) == comparable(decided.state, wanted)


def comparable(state: UserState, wanted: Callable[[ShardKey], bool]) -> UserState:
    """A state with the places on live boards only: a place elsewhere is dropped without a fact."""
    compared = state.copy()
    compared.entries = {key: entry for key, entry in state.entries.items() if wanted(key)}
    return compared
