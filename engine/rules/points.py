"""Points: awards by triggers, boosted and clipped, each a row of its ledger (SPEC 7).

One command, or one thing that falls due, awards through one `Awarding`: it knows what the user had
before, so that in the end levels and boards are told once, and an event that must not take a
total below zero is refused.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from math import isqrt

from engine.configuration.filters import matches
from engine.configuration.plan import SystemPlan
from engine.configuration.thresholds import TriggerPlan
from engine.model.configuration import PointsCap
from engine.model.errors import InvalidInput
from engine.model.facts import LevelChanged, PointsAwarded, Source
from engine.model.identifiers import Day, Instant, Ordinal, Seq
from engine.model.limits import POINTS_MAX
from engine.model.user import ORDER_OF_COMMANDS, Bucket, Capped, PointsState
from engine.rules import boosts, periods, ranking
from engine.rules.metrics import Count
from engine.rules.turn import Moment, Turn

NO_LEVEL = Ordinal(0)
NO_TRIGGER = Ordinal(0)
NO_ACHIEVEMENT = Ordinal(0)


class Awarding:
    """What one command, or one thing that falls due, awards to its user."""

    def __init__(self, turn: Turn, moment: Moment) -> None:
        """Begin, before anything is awarded.

        Args:
            turn: the user's turn.
            moment: when the awards happen.
        """
        self._turn = turn
        self._moment = moment
        self._before = turn.draft.points.copy()
        self._blocking: set[Ordinal] = set()
        self._taken_back: dict[Ordinal, int] = {}

    def by_creation(self) -> None:
        """Award for the user's having been made."""
        for plan in self._turn.plan.creation_triggers:
            self._fire(plan, 1, "user_creation")

    def by_metric(self, counts: Iterable[Count]) -> None:
        """Award for every multiple of a threshold that a peak has risen over (SPEC 7.2)."""
        fired: list[tuple[TriggerPlan, int]] = []
        for count in counts:
            if count.peak > count.peak_before:
                fired += count.counting.crossed(
                    count.peak_before, count.peak, self._turn.attributes
                )
        if len(fired) > 1:
            fired.sort(key=lambda pair: (pair[0].system, pair[0].trigger.ordinal))
        for plan, crossings in fired:
            if plan.trigger.block_if_out_of_points and plan.trigger.points < 0:
                self._blocking.add(plan.system)
            self._fire(plan, crossings, "metric")

    def by_streak(self, length_before: int) -> None:
        """Award for a met period that has brought the streak to a multiple of a length."""
        plan = self._turn.plan
        length = self._turn.draft.streak(plan.streak.frequency).length
        if length <= length_before or not plan.streak_triggers:
            return
        fired = [
            trigger
            for divisor in _divisors(length)
            for trigger in plan.streak_triggers.get(divisor, ())
        ]
        fired.sort(key=lambda trigger: (trigger.system, trigger.trigger.ordinal))
        for trigger in fired:
            self._fire(trigger, 1, "streak")

    def by_achievements(self, completed: Iterable[Ordinal]) -> None:
        """Award for achievements that completed live, in order of completion."""
        for achievement in completed:
            for plan in self._turn.plan.achievement_triggers.get(achievement, ()):
                self._fire(plan, 1, "achievement", achievement)

    def by_hand(self, system: Ordinal, amount: int) -> None:
        """Give points, or take some: not boosted, clipped to the system's maximum.

        Raises:
            InvalidInput: nothing is left of it, or the system is archived.
        """
        if self._turn.plan.systems[system].system.status != "active":
            raise InvalidInput("", "the points system is archived")
        room = self._room(system)
        clipped = amount if room is None or amount < 0 else min(amount, room)
        if not clipped:
            most = self._turn.plan.systems[system].system.max_points
            raise InvalidInput("amount", f"the user is at the system's maximum, {most}")
        self._add(system, clipped, amount, source="direct")

    def take_back(self, awarded: Sequence[tuple[Ordinal, int]]) -> None:
        """Take back what a voided event has awarded: one row a system that is not archived."""
        plan = self._turn.plan
        for system, amount in awarded:
            if amount and plan.systems[system].system.status == "active":
                self._add(system, -amount, -amount, source="voided_event")
                self._taken_back[system] = amount

    def settle(self) -> None:
        """End: refuse what must not go below zero, then tell levels and boards.

        Raises:
            InvalidInput: a system in which a blocking trigger fired has less than nothing.
        """
        points = self._turn.draft.points
        changed = [o for o, state in points.items() if self._before.get(o) is not state]
        if not changed:
            return
        changed.sort()
        plan = self._turn.plan
        for ordinal in changed:
            total = points[ordinal].total
            if ordinal in self._blocking and total < 0:
                key = plan.systems[ordinal].system.key
                raise InvalidInput("value", f"the user would be out of points: {total} of {key!r}")
            had = self._before.get(ordinal)
            system = plan.systems[ordinal]
            state_level(
                self._turn,
                system,
                system,
                before=had.total if had else 0,
                after=total,
                at=self._moment.at,
            )
        for ordinal in changed:
            had, now = self._before.get(ordinal), points[ordinal]
            taken_back = self._taken_back.get(ordinal)
            gained = now.total - (had.total if had else 0) + (taken_back or 0)
            ranking.rank_by_points(
                self._turn,
                ordinal,
                self._moment,
                gained if gained or taken_back is None else None,
            )

    def _fire(
        self,
        plan: TriggerPlan,
        times: int,
        source: Source,
        achievement: Ordinal = NO_ACHIEVEMENT,
    ) -> None:
        """Award what a trigger awards, boosted and clipped; no row if nothing is left of it."""
        if not matches(plan.wanted, self._turn.attributes):
            return
        trigger, system = plan.trigger, plan.system
        base_amount = amount = times * trigger.points
        applied: tuple[boosts.AppliedBoost, ...] = ()
        capped: Capped | None = None
        if amount > 0:
            applied = boosts.applying(self._turn, system, self._moment.date)
            amount = boosts.boosted(amount, applied)
            room = self._room(system)
            amount = amount if room is None else min(amount, room)
            if trigger.cap is not None:
                so_far = self._awarded_within(trigger.ordinal, trigger.cap)
                amount = min(amount, max(0, trigger.cap.points - so_far.amount))
                capped = so_far._replace(amount=so_far.amount + amount)
        if self._moment.order < ORDER_OF_COMMANDS:
            amount = self._within_bounds(system, amount)
        if amount:
            self._add(
                system,
                amount,
                base_amount,
                source=source,
                trigger=trigger.ordinal,
                applied=applied,
                achievement=achievement,
                capped=capped,
            )

    def _room(self, system: Ordinal) -> int | None:
        """Return how much the system's maximum leaves; None without one."""
        most = self._turn.plan.systems[system].system.max_points
        if most is None:
            return None
        state = self._turn.draft.points.get(system)
        return max(0, most - (state.total if state else 0))

    def _within_bounds(self, system: Ordinal, amount: int) -> int:
        """Clip what falls due so that no bound is passed: it cannot be refused."""
        state = self._turn.draft.points.get(system)
        total = state.total if state else 0
        return max(-POINTS_MAX - total, min(amount, POINTS_MAX - total))

    def _awarded_within(self, trigger: Ordinal, cap: PointsCap) -> Capped:
        """Return what a trigger has awarded within the present period of its cap."""
        starts = periods.starts(self._moment.date, self._turn.plan.week_start)
        first = {"day": starts.daily, "week": starts.weekly, "month": starts.monthly}[cap.period]
        had = self._turn.draft.capped.get(trigger)
        if had is not None and (had.cap, had.period) == (cap.ordinal, first):
            return had
        return Capped(cap.ordinal, first, 0)

    def _add(
        self,
        system: Ordinal,
        amount: int,
        base_amount: int,
        *,
        source: Source,
        trigger: Ordinal = NO_TRIGGER,
        applied: tuple[boosts.AppliedBoost, ...] = (),
        achievement: Ordinal = NO_ACHIEVEMENT,
        capped: Capped | None = None,
    ) -> None:
        """Add one ledger row."""
        moment = self._moment
        state = self._turn.draft.points.get(system)
        total = (state.total if state else 0) + amount
        if abs(total) > POINTS_MAX:
            raise InvalidInput("value", "would take the user's points beyond ±2^53")
        had = self._before.get(system)
        unmoved = had if had is not None and had.total == total else None
        date, buckets, days = bucket(state, moment.date)
        self._turn.emit(
            PointsAwarded(
                at=moment.at,
                system=system,
                trigger=trigger,
                amount=amount,
                base_amount=base_amount,
                total=total,
                set_at=unmoved.set_at if unmoved else moment.at,
                set_order=unmoved.set_order if unmoved else moment.order,
                prev=state.head if state else Seq(0),
                source=source,
                boosts=applied,
                achievement=achievement,
                capped=capped,
                date=date,
                buckets=buckets,
                days=days,
            )
        )


def bucket(state: PointsState | None, date: Day) -> tuple[Day, tuple[Bucket, ...], Seq]:
    """Return the date of a change; with the first one on it what the date before came to."""
    if state is None:
        return date, (), Seq(0)
    if date <= state.date:
        return state.date, (), Seq(0)
    return date, (Bucket(state.date, state.total),), state.days


def state_level(
    turn: Turn,
    old: SystemPlan,
    new: SystemPlan,
    *,
    before: int,
    after: int,
    at: Instant,
) -> None:
    """Emit `LevelChanged` if a total's level under one plan differs from another's."""
    was, now = old.level(before), new.level(after)
    from_level = was.ordinal if was else NO_LEVEL
    to_level = now.ordinal if now else NO_LEVEL
    if from_level != to_level:
        turn.emit(LevelChanged(at, new.system.ordinal, from_level, to_level))


@lru_cache(maxsize=4_096)
def _divisors(number: int) -> tuple[int, ...]:
    """Return all divisors of a streak's length. O(√number)."""
    low = [d for d in range(1, isqrt(number) + 1) if number % d == 0]
    return (*low, *(number // d for d in reversed(low) if d * d != number))
