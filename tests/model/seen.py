"""What came of a play on the real engine, said as the oracle says it (tests/model/outcome.py).

A row of the engine's ledger may stand for several intervals of a time trigger: how many depends on
when the sweep came, which must not matter. So rows are taken apart into single intervals, put in
order and summed up anew.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor, prod
from typing import Any, Protocol, TypeVar

from api.operations.instants import date_text
from api.operations.points import Everybody, in_ranges, on_levels
from engine.boards.shard import Place
from engine.configuration import runs
from engine.host.engine import LiveEngine
from engine.host.scope import Scope
from engine.model.configuration import FREQUENCIES, Leaderboard, PointsSystem
from engine.model.facts import (
    AnyFact,
    FreezesChanged,
    PeriodClosed,
    PointsAwarded,
    StreakReset,
)
from engine.model.identifiers import Day, Millionths
from engine.model.numbers import UNIT, as_text
from engine.model.scope import ClosedRun
from engine.model.user import StreakTrack, UserState
from engine.rules.streaks import expires
from persistence.archives import Archive
from persistence.ledgers import Ledgers

EVERYTHING = 100_000
Outcome = dict[str, Any]
Groups = dict[str, list[Place]]
"""Of a run the places of everybody, by group."""


class Aged(Protocol):
    @property
    def key(self) -> str: ...

    @property
    def ordinal(self) -> int: ...


A = TypeVar("A", bound=Aged)


def outcome(scope: Scope, engine: LiveEngine) -> Outcome:
    """Everything that can be seen, once everything is recorded that is due."""
    return {
        "users": {user: user_outcome(scope, user, engine) for user in users(scope)},
        **of_boards(scope, engine),
        "completions": by_key(
            scope.configuration.achievements, lambda a: scope.state.completions.get(a.ordinal)
        ),
        "summaries": by_key(scope.configuration.points, lambda system: summary(scope, system)),
    }


def of_boards(scope: Scope, engine: LiveEngine) -> Outcome:
    """By the key of a board its status, and everybody on its runs: `tests.model.outcome` says how.

    Runs that are over are read from their archives, if they are closed and archived.
    """
    found: Outcome = {"boards": {}, "closed": {}, "statuses": {}}
    now = scope.now()
    for board in scope.configuration.leaderboards:
        live = [
            (runs.dates_of(board, run).first, run)
            for of_board, run in scope.boards.open_runs()
            if of_board == board.ordinal
        ]
        assert not any(runs.is_over(board, run, now) for _, run in live), "the sweep has ended"
        found["boards"][board.key] = [
            of_run(scope, run, first, groups_in_memory(scope, board, run))
            for first, run in sorted(live)
        ]
        found["closed"][board.key] = [
            of_run(
                scope,
                closed.finished.run,
                closed.finished.first,
                final_groups(scope, engine, closed),
            )
            for closed in scope.state.closed(board.ordinal)
        ]
        found["statuses"][board.key] = runs.shown_status(board, now)
    return found


def groups_in_memory(scope: Scope, board: Leaderboard, run: int) -> Groups:
    groups = scope.boards.groups(board.ordinal, run)
    return {group: list(shard.page(0, EVERYTHING)) for group, shard in groups.items()}


def final_groups(scope: Scope, engine: LiveEngine, closed: ClosedRun) -> Groups:
    finished = closed.finished
    if scope.boards.holds((finished.board, finished.run)):
        groups = scope.boards.groups(finished.board, finished.run)
        found = {group: list(shard.page(0, EVERYTHING)) for group, shard in groups.items()}
    else:
        archive = Archive(engine.derived, scope.state.number, closed)
        orders = {group: archive.order(group) for group in archive.groups()}
        found = {group: list(order.page(0, EVERYTHING)) for group, order in orders.items() if order}
    assert sum(map(len, found.values())) == finished.participants
    assert len(found) == finished.groups
    return found


def of_run(scope: Scope, run: int, first: Day, groups: Groups) -> Outcome:
    return {
        "first": date_text(first) if runs.activation_of(run) != run else None,
        "groups": {
            group: [[scope.directory.id(place.number), place.value] for place in places]
            for group, places in groups.items()
        },
    }


def users(scope: Scope) -> list[str]:
    return [scope.directory.id(number) for number in scope.directory.numbers()]


def by_key(things: Iterable[A], what: Callable[[A], Any]) -> dict[str, list[Any]]:
    """What there is to say of each thing, by key and then by age; None is nothing."""
    found: dict[str, list[Any]] = {}
    for thing in sorted(things, key=lambda thing: thing.ordinal):
        said = what(thing)
        if said is not None:
            found.setdefault(thing.key, []).append(said)
    return found


def user_outcome(scope: Scope, user_id: str, engine: LiveEngine) -> Outcome:
    """What a read shows of a user: what is recorded, with what has fallen due since."""
    recorded = scope.recorded_user(user_id)
    decision = scope.read_user(user_id)
    state, plan = decision.state, scope.plan
    ledgers = Ledgers(engine.log, scope.state.number)
    systems = scope.configuration.points
    return {
        "zone": state.zone,
        "attributes": {
            key: value
            for key, value in state.identity.attributes.items()
            if key in plan.user_attributes
        },
        "signedUp": date_or_none(state.identity.sign_up_date),
        "metrics": {
            metric.key: as_text(found.total)
            for metric in scope.configuration.metrics
            if (found := state.metrics.get(metric.ordinal)) and found.events
        },
        "metricDays": {
            metric.key: [
                [date_text(day.date), as_text(Millionths(day.total))]
                for day in reversed(list(ledgers.metric_days(recorded, metric.ordinal)))
            ]
            for metric in scope.configuration.metrics
            if metric.ordinal in state.metrics
        },
        "streaks": {
            frequency: streak_outcome(state.streak(frequency)) for frequency in FREQUENCIES
        },
        "periods": periods(recorded, ledgers, decision.facts),
        "resets": [
            [date_text(row.fact.date), row.fact.at]
            for row in reversed(list(ledgers.periods(recorded, "daily")))
            if isinstance(row.fact, StreakReset) and row.fact.reason == "reset"
        ],
        "freezes": {
            "balance": state.freezes.balance,
            "ledger": freezes(recorded, ledgers, decision.facts),
        },
        "pauses": [
            [date_text(pause.start), date_text(pause.end)]
            for pause in sorted(state.pauses, key=lambda pause: pause.index)
            if pause.end >= today(scope, state)
        ],
        "expires": date_or_none(expires(state, plan, plan.streak.frequency, scope.calendar)),
        "achievements": by_key(
            scope.configuration.achievements,
            lambda achievement: (
                [completion.at, completion.backdated]
                if (completion := state.completions.get(achievement.ordinal))
                else None
            ),
        ),
        "points": by_key(systems, lambda system: total(state, system)),
        "levels": by_key(systems, lambda system: [level(scope, system, total(state, system))]),
        "ledger": by_key(
            systems, lambda system: rows(recorded, ledgers, decision.facts, state, system)
        ),
        "pointsDays": by_key(
            systems, lambda system: points_days(recorded, ledgers, decision.facts, state, system)
        ),
        "boosts": [
            [
                *(boost.index, key_of(systems, boost.system), date_text(boost.start)),
                *(date_or_none(boost.end), as_text(boost.multiplier), boost.rounding),
                boost.active,
            ]
            for boost in sorted(state.boosts, key=lambda boost: boost.index)
        ],
    }


def key_of(things: Iterable[Aged], ordinal: int) -> str:
    [key] = [thing.key for thing in things if thing.ordinal == ordinal]
    return key


# --- Streaks --------------------------------------------------------------------------------------


def streak_outcome(track: StreakTrack) -> Outcome:
    return {
        "length": track.length,
        "longest": track.longest,
        "started": date_text(track.started) if track.length else None,
        "period": date_text(track.period) if track.length else None,
        "met": track.met and track.length > 0,
    }


def periods(
    recorded: UserState, ledgers: Ledgers, facts: Sequence[AnyFact]
) -> dict[str, list[list[object]]]:
    """The rows of all frequencies; what is due and not yet recorded stands in the facts."""
    found: dict[str, list[list[object]]] = {}
    for frequency in FREQUENCIES:
        known = [row.fact for row in reversed(list(ledgers.periods(recorded, frequency)))]
        closed = [fact for fact in (*known, *facts) if isinstance(fact, PeriodClosed)]
        found[frequency] = [
            [date_text(f.period_start), date_text(f.period_end), f.length, f.outcome, f.at]
            for f in closed
            if f.frequency == frequency
        ]
    return found


def freezes(recorded: UserState, ledgers: Ledgers, facts: Sequence[AnyFact]) -> list[list[object]]:
    known = [row.fact for row in reversed(list(ledgers.freezes(recorded)))]
    changes = [fact for fact in (*known, *facts) if isinstance(fact, FreezesChanged)]
    return [
        [
            *(f.reason, f.amount, f.balance),
            date_text(f.period) if f.reason == "consumed" else None,
            f.at,
        ]
        for f in changes
    ]


def today(scope: Scope, state: UserState) -> Day:
    """The local date that a command would have now."""
    day = scope.calendar.day(scope.plan.zone(state.zone), scope.now())
    return max(day, state.date, *(track.period for track in state.streaks.values()), Day(0))


def date_or_none(day: Day | None) -> str | None:
    return None if day is None else date_text(day)


# --- Points ---------------------------------------------------------------------------------------


def total(state: UserState, system: PointsSystem) -> int:
    points = state.points.get(system.ordinal)
    return points.total if points else 0


def level(scope: Scope, system: PointsSystem, points: int) -> str | None:
    found = scope.plan.systems[system.ordinal].level(points)
    return found.key if found else None


def rows(
    recorded: UserState,
    ledgers: Ledgers,
    facts: Sequence[AnyFact],
    state: UserState,
    system: PointsSystem,
) -> list[list[Any]]:
    """The rows of a ledger, recorded and due, with single intervals and the totals after them."""
    known = reversed(ledgers.points(recorded, system.ordinal, EVERYTHING))
    awarded = [row.fact for row in known]
    awarded += [f for f in facts if isinstance(f, PointsAwarded) and f.system == system.ordinal]
    after = 0
    for fact in awarded:
        after += fact.amount
        assert fact.total == after, "a total is the sum of its ledger"
    assert total(state, system) == after, "a total is the sum of its ledger"
    single = [one for fact in awarded for one in single_rows(fact, system)]
    # At one instant time triggers come by age; the rows of other sources stay where they are.
    single.sort(key=lambda row: row[5])
    while places := [n for n, pair in enumerate(pairwise(single)) if out_of_turn(*pair)]:
        first = places[0]
        single[first : first + 2] = single[first + 1], single[first]
    names = {trigger.ordinal: trigger.key for trigger in system.triggers}
    after = 0
    for row in single:
        after += row[2]
        row[0], row[4] = names.get(row[0]), after
    return single


def out_of_turn(row: list[Any], following: list[Any]) -> bool:
    """Whether two rows are of intervals that ended at one instant, the younger trigger first."""
    return row[5] == following[5] and row[1] == following[1] == "time" and row[0] > following[0]


def single_rows(fact: PointsAwarded, system: PointsSystem) -> Iterable[list[Any]]:
    """A row for each interval that one stands for; key and total after are left to the caller."""
    boosts = sorted(
        [
            f"#{boost.ordinal}" if boost.own else key_of(system.boosts, boost.ordinal),
            as_text(boost.multiplier),
        ]
        for boost in fact.boosts
    )
    count, first = 1, fact.at
    if fact.intervals is not None:
        count, first = fact.intervals.count, fact.intervals.first
    assert fact.base_amount % count == 0
    base = fact.base_amount // count
    full = fact.amount if count == 1 else unclipped(fact, base)
    for n in range(count):
        at = first + n * (fact.at - first) // max(1, count - 1)
        amount = full if n < count - 1 else fact.amount - full * (count - 1)
        assert amount == full or 0 < amount < full, "only the last one is clipped"
        yield [fact.trigger, fact.source, amount, base, 0, at, boosts]


def unclipped(fact: PointsAwarded, base: int) -> int:
    """What a single interval awards by the boosts in the row, if there is room."""
    exactly = base * prod((Fraction(b.multiplier, UNIT) for b in fact.boosts), start=Fraction(1))
    roundings = [boost.rounding for boost in fact.boosts]
    if "down" in roundings:
        return floor(exactly)
    if "nearest" in roundings:
        return floor(exactly + Fraction(1, 2))
    return ceil(exactly)


def points_days(
    recorded: UserState,
    ledgers: Ledgers,
    facts: Sequence[AnyFact],
    state: UserState,
    system: PointsSystem,
) -> list[list[Any]]:
    """What the user had at the end of each date: what is recorded, and above that what is due."""
    days = dict(reversed(list(ledgers.points_days(recorded, system.ordinal))))
    for fact in facts:
        if isinstance(fact, PointsAwarded) and fact.system == system.ordinal:
            days |= dict(fact.buckets)
    now = state.points.get(system.ordinal)
    if now is not None:
        days[now.date] = now.total
    assert list(days) == sorted(days)
    return [[date_text(day), end] for day, end in days.items()]


def summary(scope: Scope, system: PointsSystem) -> Outcome:
    """How many users are in each range, the first for those who have nothing, and on each level."""
    counts, plan = Everybody(scope, system.ordinal), scope.plan.systems[system.ordinal]
    levels = zip(plan.levels, on_levels(counts, plan), strict=True)
    return {
        "ranges": [[each.from_, each.to, each.users] for each in in_ranges(counts)],
        "levels": {level.key: users for level, users in levels},
    }


# --- Counts that are kept as things happen --------------------------------------------------------


def check_counts(scope: Scope) -> None:
    """Completions and totals, as they are kept, are those of the users as they are recorded."""
    states = [scope.recorded_user(user) for user in users(scope)]
    completions = Counter(number for state in states for number in state.completions)
    assert scope.state.completions == completions, "completions are counted as they are recorded"
    for system in scope.configuration.points:
        totals = [s.points[system.ordinal].total for s in states if system.ordinal in s.points]
        assert scope.totals.all(system.ordinal) == sorted(totals), "totals are in order"
