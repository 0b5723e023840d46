"""What is done to a streak by hand: refused without a trace, once a key, nothing for nothing."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from engine.host import by_hand
from engine.host.digest import digest
from engine.host.engine import LiveEngine, Settings
from engine.host.preferences import PreferencesChanges
from engine.host.requests import Applied, UserFields
from engine.host.scope import Scope
from engine.model.configuration import StreakCondition
from engine.model.errors import Forbidden, HistoryModeActive, InvalidInput, LaurelsError, NotFound
from engine.model.identifiers import Instant, Millionths, Ordinal
from engine.model.limits import PAUSES_MAX
from engine.model.user import Preferences
from persistence.memory import MemoryDisk
from tests.model.player import ManualClock
from tests.unit.games import DAY, GAME, NOON, clock_at, event, opened

FIRST = date(2024, 10, 4)
"""The date of `NOON`."""
TODAY = 9
"""Days since then when the tests do something; ada's streak of three days broke on the way."""
Act = Callable[[Scope], Awaitable[object]]


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


def rules(**streaks: Any) -> dict[str, Any]:
    settings: dict[str, Any] = {
        "metrics": [{"key": "steps", "threshold": 1}],
        "freezes": {"startCount": 0, "maxCount": 2},
        "customizationEnabled": True,
    }
    return {**GAME, "streaks": settings | streaks}


def prefer(**changes: Any) -> PreferencesChanges:
    """What a body says, in the wire's names."""
    return msgspec.convert(changes, PreferencesChanges)


async def grow(scope: Scope, clock: ManualClock) -> None:
    """Ada comes for three days, stays away until her streak breaks, and comes again; bob looks."""
    for number in (0, 1, 2, 5):
        clock.at = Instant(NOON + number * DAY)
        await scope.record_event(event())
    await scope.upsert_user(UserFields("bob"))
    clock.at = Instant(NOON + TODAY * DAY)  # something is due, and nobody has swept


@asynccontextmanager
async def grown(
    disk: MemoryDisk | None = None, clock: ManualClock | None = None, **streaks: Any
) -> AsyncGenerator[tuple[LiveEngine, Scope, ManualClock]]:
    clock = clock or clock_at()
    async with opened(disk or MemoryDisk(), clock) as engine:
        scope = await engine.scope()
        await scope.configure(rules(**streaks))
        await grow(scope, clock)
        yield engine, scope, clock


def grant(user: str = "ada") -> Act:
    return lambda scope: by_hand.grant_freeze(scope, user)


def pause(start: int, end: int, user: str = "ada") -> Act:
    return lambda scope: by_hand.add_pause(scope, user, day(start), day(end))


def delete(index: int, user: str = "ada") -> Act:
    return lambda scope: by_hand.delete_pause(scope, user, index)


def reset(user: str = "ada") -> Act:
    return lambda scope: by_hand.reset_streak(scope, user)


def restore(user: str = "ada") -> Act:
    return lambda scope: by_hand.restore_streak(scope, user)


def change(user: str = "ada", **changes: Any) -> Act:
    return lambda scope: by_hand.change_preferences(scope, user, prefer(**changes))


def streak(**changes: Any) -> Act:
    return change(streak=changes)


def move(zone: str) -> Act:
    return lambda scope: scope.upsert_user(UserFields("ada", tz=zone))


def configure(**streaks: Any) -> Act:
    return lambda scope: scope.configure(rules(**streaks))


NO_FREEZES: dict[str, Any] = {"freezes": None}
NOT_CUSTOMIZED: dict[str, Any] = {"customizationEnabled": False}
NOTHING_TO_RESTORE = "no longer streak than the present one lies within the window"
NO_SUCH_PAUSE = "there is no such pause, or it is over or deleted"
NOT_ALLOWED = "streak: only 'enabled' can be set while customizationEnabled is off"
ODD = "x" * 100


@pytest.mark.parametrize(
    ("streaks", "before", "act", "error", "sentence"),
    [
        # There is no such user.
        *(
            ({}, [], act, NotFound, "there is no user 'nobody'")
            for act in (
                grant("nobody"),
                pause(TODAY, TODAY, "nobody"),
                delete(1, "nobody"),
                reset("nobody"),
                restore("nobody"),
                change("nobody", streak={"enabled": False}),
            )
        ),
        ({}, [], grant(ODD), NotFound, f"there is no user '{ODD[:80]}'"),
        # Freezes.
        (NO_FREEZES, [], grant(), InvalidInput, "streak freezes are switched off"),
        (
            {},
            [grant(), grant()],
            grant(),
            InvalidInput,
            "there is no room for a freeze: the user has 2 of 2",
        ),
        (
            {},
            [grant(), grant(), configure(freezes={"startCount": 0, "maxCount": 1})],
            grant(),
            InvalidInput,
            "there is no room for a freeze: the user has 2 of 1",
        ),
        (
            {"freezes": {"startCount": 0, "maxCount": 0}},
            [],
            grant(),
            InvalidInput,
            "there is no room for a freeze: the user has 0 of 0",
        ),
        # Pauses.
        (
            {},
            [],
            pause(TODAY - 1, TODAY + 1),
            InvalidInput,
            "start: lies before the user's today, 2024-10-13",
        ),
        (
            {},
            [move("Pacific/Kiritimati")],  # where it is tomorrow
            pause(TODAY, TODAY + 1),
            InvalidInput,
            "start: lies before the user's today, 2024-10-14",
        ),
        (
            {},
            [move("Pacific/Kiritimati"), move("Pacific/Niue")],  # a date does not come back
            pause(TODAY, TODAY + 1),
            InvalidInput,
            "start: lies before the user's today, 2024-10-14",
        ),
        ({}, [], pause(TODAY + 2, TODAY + 1), InvalidInput, "end: lies before start"),
        (
            {},
            [],
            lambda scope: by_hand.add_pause(scope, "ada", day(TODAY), date(2101, 1, 1)),
            InvalidInput,
            "end: lies after 2100-12-31",
        ),
        (
            {},
            [],
            lambda scope: by_hand.add_pause(scope, "ada", date(1, 1, 1), date.max),
            InvalidInput,
            "start: lies before the user's today, 2024-10-13",
        ),
        (
            {},
            [pause(TODAY + n, TODAY + n + 1) for n in range(PAUSES_MAX)],
            pause(TODAY, TODAY),
            InvalidInput,
            "the user has 100 pauses already that are not over",
        ),
        *(({}, [], delete(index), InvalidInput, NO_SUCH_PAUSE) for index in (1, 0, -1, 2**40)),
        (
            {},
            [pause(TODAY, TODAY + 1), delete(1)],
            delete(1),
            InvalidInput,
            NO_SUCH_PAUSE,
        ),
        (
            {},
            [pause(TODAY, TODAY + 1)],
            delete(1, "bob"),  # whose it is not
            InvalidInput,
            NO_SUCH_PAUSE,
        ),
        # Restores.
        ({}, [], restore("bob"), InvalidInput, NOTHING_TO_RESTORE),
        ({}, [restore()], restore(), InvalidInput, NOTHING_TO_RESTORE),
        ({}, [reset()], restore(), InvalidInput, NOTHING_TO_RESTORE),
        ({"frequency": "monthly"}, [], restore(), InvalidInput, NOTHING_TO_RESTORE),
        (
            {},
            [streak(enabled=False)],
            restore(),
            InvalidInput,
            "streaks are disabled for this user",
        ),
        # Settings of one's own.
        *(
            (NOT_CUSTOMIZED, [], act, Forbidden, NOT_ALLOWED)
            for act in (
                streak(evaluationMode="AND"),
                streak(metrics=[{"key": "steps", "threshold": 2}]),
                streak(daysOff=[0]),
                streak(evaluationMode=None),
                streak(metrics=None),
                streak(daysOff=None),
                streak(enabled=False, daysOff=[]),
                # It is told before what else would be wrong.
                streak(metrics=[{"key": "none", "threshold": 1}], daysOff=[1, 1]),
            )
        ),
        ({}, [], streak(daysOff=[1, 1]), InvalidInput, "streak.daysOff: names a weekday twice"),
        (
            {},
            [],
            streak(daysOff=[0, 1, 2, 3, 4, 5, 6]),
            InvalidInput,
            "streak.daysOff: must leave a weekday on which the streak counts",
        ),
        (
            {},
            [],
            streak(metrics=[{"key": "steps", "threshold": 1}, {"key": ODD, "threshold": 1}]),
            InvalidInput,
            f"streak.metrics[1].key: there is no metric '{ODD[:80]}'",
        ),
        (
            {},
            [],
            streak(metrics=[{"key": "steps", "threshold": n} for n in (1, 2)]),
            InvalidInput,
            "streak.metrics[1].key: 'steps' is there twice",
        ),
        (
            {},
            [],
            streak(metrics=[{"key": "steps", "threshold": 1e13}]),
            InvalidInput,
            "streak.metrics[0].threshold: must be a number of magnitude up to 10^12",
        ),
        (
            {},
            [],
            streak(metrics=[{"key": "steps", "threshold": float("nan")}]),
            InvalidInput,
            "streak.metrics[0].threshold: must be a finite number, not NaN",
        ),
        (
            {},
            [],
            change(notifications={"recap": ["push", "push"]}),
            InvalidInput,
            "notifications.recap: names a channel twice",
        ),
        (
            {},
            [],
            change(streak={"enabled": False}, notifications={"recap": ["push", "push"]}),
            InvalidInput,
            "notifications.recap: names a channel twice",
        ),
    ],
)
async def test_what_is_refused_leaves_no_trace(
    streaks: dict[str, Any],
    before: list[Act],
    act: Act,
    error: type[LaurelsError],
    sentence: str,
) -> None:
    async with grown(**streaks) as (engine, scope, _):
        for preparing in before:
            await preparing(scope)
        known = trace(engine, scope)
        with pytest.raises(error) as refusal:
            await act(scope)
        assert type(refusal.value) is error
        assert str(refusal.value) == sentence
        assert trace(engine, scope) == known


def trace(engine: LiveEngine, scope: Scope) -> tuple[object, ...]:
    """Everything that a command could have changed."""
    return (
        engine.last_seq,
        digest(scope),
        digest(scope, Instant(NOON + 100 * DAY)),
        scope.timeline.due.first(),
        scope.timeline.due.statistics(),
        engine.statistics(),
        [scope.recorded_user(user) for user in ("ada", "bob")],
    )


@pytest.mark.parametrize(
    ("days_later", "length"),
    [
        (90, 3),  # since the sixth of October, the last day with the length to be given back
        (91, 1),  # that of the streak after it
        (3 + 90, 1),
        (3 + 91, None),
    ],
)
async def test_the_window_of_a_restore_ends(days_later: int, length: int | None) -> None:
    async with grown() as (engine, scope, clock):
        clock.at = Instant(NOON + (2 + days_later) * DAY)
        known = trace(engine, scope)
        if length is None:
            with pytest.raises(InvalidInput, match=NOTHING_TO_RESTORE):
                await by_hand.restore_streak(scope, "ada")
            assert trace(engine, scope) == known
        else:
            restored = await by_hand.restore_streak(scope, "ada")
            assert restored.state.streak("daily").length == length


async def test_a_pause_that_has_made_room_is_over() -> None:
    async with grown() as (engine, scope, clock):
        await pause(TODAY, TODAY)(scope)
        clock.at = Instant(NOON + (TODAY + 40) * DAY)
        await pause(TODAY + 40, TODAY + 41)(scope)
        known = trace(engine, scope)
        with pytest.raises(InvalidInput, match=NO_SUCH_PAUSE):
            await delete(1)(scope)
        assert trace(engine, scope) == known
        assert [p.index for p in scope.recorded_user("ada").pauses] == [2]


async def test_pauses_that_are_over_leave_room() -> None:
    async with grown() as (_, scope, clock):
        for number in range(PAUSES_MAX):
            await pause(TODAY, TODAY + number % 2)(scope)
        with pytest.raises(InvalidInput, match="has 100 pauses already"):
            await pause(TODAY, TODAY)(scope)
        clock.at = Instant(NOON + (TODAY + 31) * DAY)
        applied = await by_hand.add_pause(scope, "ada", day(TODAY + 31), day(TODAY + 31))
        assert [p.index for p in applied.state.pauses] == [PAUSES_MAX + 1]
        assert applied.state.pauses_made == PAUSES_MAX + 1


@pytest.mark.parametrize(
    "body",
    [
        {"streak": {"daysOff": [7]}},
        {"streak": {"daysOff": [-1]}},
        {"streak": {"daysOff": [0] * 8}},
        {"streak": {"daysOff": 1}},
        {"streak": {"metrics": []}},
        {"streak": {"metrics": [{"key": "steps"}]}},
        {"streak": {"metrics": [{"key": "steps", "threshold": "1"}]}},
        {"streak": {"metrics": [{"key": "steps", "threshold": 1}] * 101}},
        {"streak": {"evaluationMode": "XOR"}},
        {"streak": {"enabled": 1}},
        {"streak": {"frequency": "daily"}},
        {"notifications": {"recap": ["sms"]}},
        {"notifications": {"recap": ["email", "push", "email"]}},
        {"notifications": {"spam": ["email"]}},
        {"boosts": {}},
    ],
)
def test_settings_of_another_form_are_not_understood(body: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        prefer(**body)


async def test_nothing_is_done_by_hand_while_history_is_imported() -> None:
    clock = clock_at()
    async with opened(MemoryDisk(), clock) as engine:
        scope = await engine.scope()
        await scope.configure(rules())
        await scope.start_import()
        await scope.record_event(event(), at=Instant(NOON))
        known = engine.last_seq, digest(scope)
        for act in (
            grant(),
            pause(0, 1),
            delete(1),
            reset(),
            restore(),
            streak(enabled=False),
            streak(enabled=True),
        ):
            with pytest.raises(HistoryModeActive):
                await act(scope)
        assert (engine.last_seq, digest(scope)) == known


# Idempotency keys.


def keyed(operation: str, scope: Scope, key: str, user: str = "ada") -> Awaitable[Applied]:
    """One of the operations that take a key."""
    hashed = scope.operation_key(operation, key, "0")
    match operation:
        case "grant":
            return by_hand.grant_freeze(scope, user, key=hashed)
        case "pause":
            return by_hand.add_pause(scope, user, day(TODAY), day(TODAY + 1), key=hashed)
        case "reset":
            return by_hand.reset_streak(scope, user, key=hashed)
        case _:
            assert operation == "restore"
            return by_hand.restore_streak(scope, user, key=hashed)


OPERATIONS = ("grant", "pause", "reset", "restore")
NO_CLOSING_SNAPSHOT = Settings(sweeping=False, closing_snapshot_s=0)


async def check_repeat(
    operation: str, engine: LiveEngine, scope: Scope, first: Applied, expected: str
) -> None:
    known = engine.last_seq, digest(scope), scope.timeline.due.first()
    for _ in range(2):
        again = await keyed(operation, scope, "k")
        assert (again.replayed, again.seq, again.facts) == (True, first.seq, ())
        assert again.state.freezes.balance == first.state.freezes.balance
        assert again.state.pauses == first.state.pauses
        assert again.state.streak("daily").length == first.state.streak("daily").length
    assert known == (engine.last_seq, digest(scope), scope.timeline.due.first())
    assert known[1] == expected


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("snapshot", ["none", "after", "between"])
async def test_a_key_works_once(operation: str, snapshot: str) -> None:
    disk, clock = MemoryDisk(), clock_at()
    async with opened(disk, clock, NO_CLOSING_SNAPSHOT) as engine:
        scope = await engine.scope()
        await scope.configure(rules())
        await grow(scope, clock)
        if snapshot == "between":
            await engine.snapshots.write()
        first = await keyed(operation, scope, "k")
        assert (first.replayed, first.seq) == (False, engine.last_seq)
        assert first.facts
        expected = digest(scope)
        await check_repeat(operation, engine, scope, first, expected)
        if snapshot == "after":
            await engine.durable(first.seq)
            assert await engine.snapshots.write() == first.seq
            assert engine.statistics().keys_in_memory == 0
            await check_repeat(operation, engine, scope, first, expected)
    for _ in range(2):
        async with opened(disk, clock, NO_CLOSING_SNAPSHOT) as engine:
            assert engine.statistics().keys_in_memory == (0 if snapshot == "after" else 1)
            scope = await engine.scope()
            await check_repeat(operation, engine, scope, first, expected)
    # And once more from a snapshot that closing has written.
    async with opened(disk, clock):
        pass
    async with opened(disk, clock) as engine:
        assert engine.statistics().keys_in_memory == 0
        scope = await engine.scope()
        await check_repeat(operation, engine, scope, first, expected)


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_a_repeat_is_brought_up_to_now(operation: str) -> None:
    async with grown() as (engine, scope, clock):
        await keyed(operation, scope, "k")
        last = engine.last_seq
        clock.at = Instant(clock.at + 60 * DAY)
        again = await keyed(operation, scope, "k")
        assert again.replayed
        assert again.state.streak("daily").length == 0
        assert again.state == scope.read_user("ada").state
        assert engine.last_seq == last


async def test_a_key_belongs_to_its_operation_its_item_and_its_scope() -> None:
    async with grown() as (engine, scope, _):
        for operation in ("restore", "grant", "pause", "reset"):
            assert not (await keyed(operation, scope, "k")).replayed
        assert not (
            await by_hand.grant_freeze(scope, "ada", key=scope.operation_key("grant", "k", "1"))
        ).replayed
        other = await engine.scope("other")
        await other.configure(rules())
        await other.upsert_user(UserFields("ada"))
        assert not (await keyed("grant", other, "k")).replayed
        # An event's key is another thing, and none at all is none.
        assert not (await scope.record_event(event(key="k"))).replayed
        assert not (await by_hand.reset_streak(scope, "ada")).replayed
        assert not (await by_hand.reset_streak(scope, "ada")).replayed


async def test_what_was_refused_has_not_used_its_key() -> None:
    full = {"startCount": 0, "maxCount": 0}
    async with grown(freezes=full) as (engine, scope, clock):
        last = engine.last_seq
        with pytest.raises(InvalidInput):
            await keyed("grant", scope, "k")
        with pytest.raises(InvalidInput):
            await keyed("restore", scope, "k", "bob")
        clock.at = Instant(NOON + (TODAY + 1) * DAY)
        with pytest.raises(InvalidInput):
            await keyed("pause", scope, "k")  # it begins yesterday by now
        with pytest.raises(NotFound):
            await keyed("reset", scope, "k", "cyd")
        assert engine.last_seq == last
        assert engine.statistics().keys_in_memory == 0

        await scope.configure(rules())
        assert not (await keyed("grant", scope, "k")).replayed
        assert not (await keyed("restore", scope, "k")).replayed
        hashed = scope.operation_key("pause", "k", "0")
        start, end = day(TODAY + 1), day(TODAY + 2)
        assert not (await by_hand.add_pause(scope, "ada", start, end, key=hashed)).replayed
        await scope.upsert_user(UserFields("cyd"))
        assert not (await keyed("reset", scope, "k", "cyd")).replayed
        for operation in OPERATIONS:
            assert (await keyed(operation, scope, "k")).replayed


async def test_a_used_key_is_known_before_anything_is_refused() -> None:
    """Whoever sends a list again is not told that there is no room for what it has brought."""
    async with grown() as (_, scope, clock):
        for operation in ("grant", "restore", "pause"):
            await keyed(operation, scope, "k")
        await scope.configure(rules(**NO_FREEZES))
        clock.at = Instant(NOON + (TODAY + 3) * DAY)
        for operation in ("grant", "restore", "pause"):
            assert (await keyed(operation, scope, "k")).replayed


# Settings of one's own.

STEPS = StreakCondition(Ordinal(1), Millionths(2_000_000))
BEST = StreakCondition(Ordinal(2), Millionths(500_000))
CHANGED: list[tuple[dict[str, Any], Preferences | None]] = [
    # What is said, and what it makes of what was before; None if it says nothing new.
    ({}, None),
    ({"streak": {}}, None),
    ({"notifications": {}}, None),
    ({"streak": None, "notifications": None}, None),
    (
        {
            "streak": {
                "enabled": None,
                "evaluationMode": None,
                "metrics": None,
                "daysOff": None,
            }
        },
        None,
    ),
    ({"streak": {"enabled": True}}, None),
    ({"streak": {"daysOff": [6, 0]}}, Preferences(days_off=(0, 6))),
    ({"streak": {"daysOff": [0, 6]}}, None),
    ({"streak": {"evaluationMode": "AND"}}, Preferences(True, "AND", None, (0, 6))),
    (
        {
            "streak": {
                "metrics": [{"key": "best", "threshold": 0.5}, {"key": "steps", "threshold": 2}]
            }
        },
        Preferences(True, "AND", (BEST, STEPS), (0, 6)),
    ),
    ({"streak": {"daysOff": None}}, Preferences(True, "AND", (BEST, STEPS), None)),
    # No days off at all is not the same as those that are configured.
    ({"streak": {"daysOff": []}}, Preferences(True, "AND", (BEST, STEPS), ())),
    (
        {"notifications": {"recap": ["push", "email"], "streak_reminder": []}},
        Preferences(
            True,
            "AND",
            (BEST, STEPS),
            (),
            {"recap": ("email", "push"), "streak_reminder": ()},
        ),
    ),
    ({"notifications": {"recap": ["email", "push"], "reactivation": None}}, None),
    (
        {"streak": {"enabled": False}, "notifications": {"recap": None}},
        Preferences(False, "AND", (BEST, STEPS), (), {"streak_reminder": ()}),
    ),
    ({"streak": {"enabled": False}}, None),
    (
        {"streak": {"enabled": None, "metrics": None}},
        Preferences(True, "AND", None, (), {"streak_reminder": ()}),
    ),
    ({"streak": None}, Preferences(notifications={"streak_reminder": ()})),
    ({"notifications": None}, Preferences()),
]


async def test_left_out_is_no_change_and_null_goes_back() -> None:
    async with grown() as (engine, scope, _):
        expected = Preferences()
        for said, becomes in CHANGED:
            last, known = engine.last_seq, digest(scope)
            applied = await by_hand.change_preferences(scope, "ada", prefer(**said))
            expected = becomes or expected
            assert applied.state.preferences == expected, said
            assert scope.recorded_user("ada").preferences == expected
            assert engine.last_seq == last + (becomes is not None), said
            assert applied.seq == engine.last_seq
            assert (digest(scope) == known) == (becomes is None), said
            assert scope.recorded_user("bob").preferences == Preferences()


@pytest.mark.parametrize("closing_snapshot_s", [0, 10])
async def test_settings_survive_a_restart(closing_snapshot_s: float) -> None:
    disk, clock = MemoryDisk(), clock_at()
    settings = Settings(sweeping=False, closing_snapshot_s=closing_snapshot_s)
    for said, _ in CHANGED:
        async with opened(disk, clock, settings) as engine:
            scope = await engine.scope()
            if scope.mode == "idle":
                await scope.configure(rules())
                await grow(scope, clock)
            await by_hand.change_preferences(scope, "ada", prefer(**said))
            known = digest(scope), scope.recorded_user("ada"), scope.timeline.due.first()
        async with opened(disk, clock, settings) as engine:
            scope = await engine.scope()
            found = digest(scope), scope.recorded_user("ada"), scope.timeline.due.first()
            assert found == known


async def test_settings_that_change_nothing_are_answered_as_of_now() -> None:
    async with grown() as (engine, scope, clock):
        last = engine.last_seq
        assert scope.recorded_user("ada").streak("daily").length == 1
        clock.at = Instant(NOON + 60 * DAY)
        applied = await by_hand.change_preferences(scope, "ada", prefer())
        assert applied.state.streak("daily").length == 0
        assert (applied.replayed, applied.facts) == (False, ())
        assert engine.last_seq == last


async def test_what_may_be_set_while_nothing_else_can_be() -> None:
    """Enabled or not is everybody's own; so are the notifications, and going back to nothing."""
    async with grown(**NOT_CUSTOMIZED) as (engine, scope, _):
        for said, changes in (
            ({"streak": {"enabled": False}}, True),
            ({"streak": {"enabled": True}}, True),
            ({"streak": None}, False),
            ({"streak": {}}, False),
            ({"notifications": {"recap": []}}, True),
        ):
            last = engine.last_seq
            await by_hand.change_preferences(scope, "ada", prefer(**said))
            assert engine.last_seq == last + changes, said


async def test_what_was_set_is_kept_while_it_is_not_allowed() -> None:
    async with grown() as (_, scope, _):
        await streak(daysOff=[1], metrics=[{"key": "best", "threshold": 1}])(scope)
        kept = scope.recorded_user("ada").preferences
        await scope.configure(rules(**NOT_CUSTOMIZED))
        with pytest.raises(Forbidden):
            await streak(daysOff=[])(scope)
        await streak(enabled=False)(scope)
        await streak(enabled=True)(scope)
        assert scope.recorded_user("ada").preferences == kept
        # Back to what is configured can go what is not applied anyway.
        await change(streak=None)(scope)
        assert scope.recorded_user("ada").preferences == Preferences()
