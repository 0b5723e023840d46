"""The host: one command at a time, exactly once, on disk before it is answered, scopes apart."""

import msgspec
import pytest
import trio
import trio.testing

from api.operations.render import Render
from engine.host.digest import digest
from engine.host.engine import LiveEngine
from engine.host.requests import Applied
from engine.host.scope import Scope
from engine.model.errors import (
    HistoryModeActive,
    InvalidInput,
    LaurelsError,
    OutOfOrder,
)
from engine.model.facts import PeriodClosed
from engine.model.identifiers import Instant, Ordinal
from engine.model.numbers import UNIT
from persistence.memory import MemoryDisk
from tests.unit.games import DAY, GAME, HOUR, NOON, Gate, clock_at, event, game, opened


async def test_a_key_counts_once_however_many_copies_are_in_flight() -> None:
    disk = MemoryDisk()
    answers: list[Applied] = []
    async with game(disk) as (engine, scope):
        before = engine.last_seq

        async def send() -> None:
            applied = await scope.record_event(event(key="same"))
            await engine.durable(applied.seq)
            answers.append(applied)

        async with trio.open_nursery() as nursery:
            for _ in range(50):
                nursery.start_soon(send)
        assert engine.last_seq == before + 1
        assert {answer.seq for answer in answers} == {before + 1}
        assert sorted(answer.replayed for answer in answers) == [False] + [True] * 49
        await engine.snapshots.write()  # the key moves from memory into the index
        assert engine.statistics().keys_in_memory == 0
        assert (await scope.record_event(event(key="same"))).replayed
    async with game(disk) as (engine, scope):
        again = await scope.record_event(event("ada", "7", key="same"))
        assert (again.replayed, again.seq) == (True, before + 1)
        assert again.state.metrics[Ordinal(1)].total == UNIT


async def test_a_key_belongs_to_its_user_its_metric_and_its_scope() -> None:
    async with game() as (engine, scope):
        other = await engine.scope("other")
        await other.configure(GAME)
        for where, request in (
            (scope, event(key="k")),
            (scope, event("bob", key="k")),
            (scope, event(metric="best", key="k")),
            (other, event(key="k")),
        ):
            assert not (await where.record_event(request)).replayed


async def test_an_answer_waits_for_everything_applied_before_it() -> None:
    disk = MemoryDisk()
    async with game(disk) as (engine, scope):
        await engine.durable(engine.last_seq)
        disk.log.delay = gate = Gate()
        answered: list[str] = []

        async def send(user: str) -> None:
            await scope.record_event(event(user))
            await engine.durable(engine.last_seq)
            answered.append(user)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(send, "ada")
            await trio.testing.wait_all_tasks_blocked()
            nursery.start_soon(send, "bob")
            await trio.testing.wait_all_tasks_blocked()
            assert scope.state.users == 2  # both are applied, neither is on disk
            assert answered == []
            gate.let(1)
            await trio.testing.wait_all_tasks_blocked()
            assert answered == ["ada"]
            gate.let(1)
        assert answered == ["ada", "bob"]
        gate.let(100)


async def test_a_read_is_brought_up_to_now_and_writes_nothing() -> None:
    clock = clock_at()
    async with game(clock=clock) as (engine, scope):
        await scope.record_event(event())
        last = engine.last_seq
        clock.at = Instant(NOON + 3 * DAY)
        decision = scope.read_user("ada")
        assert decision.state.streak("daily").length == 0
        closed = [fact for fact in decision.facts if isinstance(fact, PeriodClosed)]
        assert [(fact.frequency, fact.outcome) for fact in closed] == [
            ("daily", "extended"),
            ("daily", "broken"),
            ("weekly", "extended"),
        ]
        assert decision.facts == closed
        assert scope.recorded_user("ada").streak("daily").length == 1
        assert engine.last_seq == last
        while scope.sweep_slice():
            pass
        assert engine.last_seq == last + 1
        assert scope.recorded_user("ada").streak("daily").length == 0


async def refused(error: type[LaurelsError], scope: Scope, at: int | None) -> None:
    with pytest.raises(error):
        await scope.record_event(event(), at=None if at is None else Instant(at))


async def test_a_scope_is_idle_then_importing_then_live() -> None:
    clock = clock_at(NOON + 30 * DAY)
    async with game(clock=clock) as (engine, scope):
        assert (scope.mode, scope.state.clock) == ("idle", 0)
        await refused(OutOfOrder, scope, NOON)
        await scope.start_import()
        await scope.start_import()
        assert (scope.mode, scope.state.clock) == ("importing", 0)
        await scope.record_event(event(), at=Instant(NOON))
        await refused(HistoryModeActive, scope, None)
        await refused(OutOfOrder, scope, NOON - 1)
        await refused(InvalidInput, scope, 2**62)
        with pytest.raises(OutOfOrder):
            await scope.finish_import(Instant(NOON - 1))
        assert scope.state.clock == NOON
        await scope.finish_import(Instant(NOON + 2 * DAY))
        assert (scope.mode, scope.state.clock) == ("live", NOON + 2 * DAY)
        last = engine.last_seq
        await scope.finish_import(Instant(NOON + 9 * DAY))
        assert engine.last_seq == last
        await refused(OutOfOrder, scope, NOON + 3 * DAY)
        with pytest.raises(OutOfOrder):
            await scope.start_import()
        assert (await scope.record_event(event())).at == clock.at


async def play(engine: LiveEngine, name: str, importing: bool) -> None:
    scope = await engine.scope(name)
    await scope.configure(GAME)
    if importing:
        await scope.start_import()
    for number in range(40):
        at = Instant(NOON + number * HOUR * 7) if importing else None
        request = event(f"user-{number % 3}", str(number % 4), key=f"k{number}")
        await scope.record_event(request, at=at)


async def test_scopes_do_not_touch_each_other() -> None:
    """Equal ids, keys and metric names; one scope is importing, the other live."""
    alone: dict[str, str] = {}
    for name, importing in (("one", True), ("two", False)):
        async with opened(MemoryDisk(), clock_at()) as engine:
            await play(engine, name, importing)
            alone[name] = digest(await engine.scope(name))
    disk = MemoryDisk()
    async with opened(disk, clock_at()) as engine:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(play, engine, "one", True)
            nursery.start_soon(play, engine, "two", False)
        one, two = await engine.scope("one"), await engine.scope("two")
        assert (one.mode, two.mode) == ("importing", "live")
        assert {"one": digest(one), "two": digest(two)} == alone
        await two.configure({"metrics": []})
        await one.finish_import(Instant(NOON + 90 * DAY))
        assert digest(one) != alone["one"]
        changed = digest(two)
        while one.sweep_slice():
            pass
        assert digest(two) == changed
    async with opened(disk, clock_at()) as engine:
        assert digest(await engine.scope("two")) == changed


@pytest.mark.parametrize(
    ("request_", "sentence"),
    [
        (event(value="900000000000"), "value: would take the metric's total beyond ±9×10^12"),
        (event(metric="none"), "key: there is no metric 'none'"),
        (event(tz="Mars/Base"), "user.tz: unknown time zone 'Mars/Base'; use an IANA name"),
        (event(user="a/b"), "user.id: must not contain '/' or control characters"),
        (event(user=""), "user.id: must have 1 to 255 characters"),
        (
            event(attributes={"hue": "red"}),
            "user.attributes: undeclared user attribute 'hue'; declare it first",
        ),
        (event(name="\ud800"), "user.name: is no Unicode text: it holds a lone surrogate"),
        (event(key=""), "idempotencyKey: must have 1 to 255 characters"),
    ],
)
async def test_a_refused_event_leaves_no_trace(request_: object, sentence: str) -> None:
    clock = clock_at()
    async with game(clock=clock) as (engine, scope):
        for _ in range(9):
            await scope.record_event(event(value="1000000000000"))
        clock.at = Instant(NOON + 2 * DAY)  # something is due, and has to stay so
        before = engine.last_seq, digest(scope), scope.timeline.due.first()
        with pytest.raises(InvalidInput) as refusal:
            await scope.record_event(request_)  # pyright: ignore[reportArgumentType]
        assert str(refusal.value) == sentence
        assert (engine.last_seq, digest(scope), scope.timeline.due.first()) == before


async def test_the_answer_tells_everything_that_changed() -> None:
    document = {**GAME, "leaderboards": [{**GAME["leaderboards"][0], "maxParticipants": 1}]}
    async with game() as (_, scope):
        await scope.configure(document)
        await scope.record_event(event("bob", "12"))
        applied = await scope.record_event(event("ada", "11", tz="Asia/Tokyo"))
        answer = msgspec.to_builtins(Render(scope).event(applied, "steps", None))
    assert answer["total"] == 11.0
    assert answer["eventId"] == f"{applied.seq}.0"
    assert [(a["key"], a["achievedAt"]) for a in answer["achievements"]] == [
        ("walker", "2024-10-04T12:00:00Z")
    ]
    assert answer["currentStreak"] == {
        "length": 1,
        "frequency": "daily",
        "started": "2024-10-04",
        "periodStart": "2024-10-04",
        "periodEnd": "2024-10-04",
        "expires": "2024-10-05",
        "extended": True,
    }
    points = answer["points"]["xp"]
    assert (points["total"], points["added"]) == (4, 4)
    assert "level" not in points, "it has not changed"
    assert [(a["awarded"], a["total"]) for a in points["awards"]] == [(4, 4)]
    board = answer["leaderboards"]["walk"]
    assert (board["rank"], board["previousRank"], board["threshold"]) == (None, None, 13)
    assert "idempotentReplayed" not in answer


async def test_an_engine_whose_owner_is_cancelled_still_commits_what_is_applied_then() -> None:
    disk, seq = MemoryDisk(), 0
    with trio.CancelScope() as owner:
        async with game(disk) as (_, scope):
            owner.cancel()
            try:
                await trio.sleep_forever()
            finally:
                with trio.CancelScope(shield=True):
                    await trio.testing.wait_all_tasks_blocked()
                    seq = (await scope.record_event(event(key="late"))).seq
    async with game(disk) as (_, scope):
        again = await scope.record_event(event(key="late"))
        assert (again.replayed, again.seq) == (True, seq)
