"""Time triggers: what a user is awarded as time passes, also while they are away (SPEC 7.2).

Each interval is an award by itself: boosted, rounded, clipped. So totals do not depend on when the
user is brought up. Those that are worked off together under the same boosts stand in one row; a row
of ten thousand hours costs no more than one of an hour, but for the local dates that it passes,
each of which has its own boosts and its own line in a summary.

    after ──┬── date ──┬── date ──┬── upto       per date: how many intervals of each trigger
            └ boosts   └ boosts   └ boosts       per row:  dates with the same boosts in a stretch
"""

from heapq import merge

import msgspec

from engine.configuration.filters import matches
from engine.configuration.plan import Timed, interval_after, interval_of
from engine.configuration.thresholds import TriggerPlan
from engine.model.facts import AppliedBoost, Intervals, PointsAwarded
from engine.model.identifiers import Day, Instant, Ordinal, Seq
from engine.model.limits import POINTS_MAX
from engine.model.user import Bucket
from engine.rules import boosts, points, ranking
from engine.rules.turn import Turn


class _Row:
    """A row being made: intervals of one trigger in a stretch under the same boosts."""

    def __init__(
        self, plan: TriggerPlan, applied: tuple[AppliedBoost, ...], first: Instant
    ) -> None:
        self.plan = plan
        self.applied = applied
        self.first = first
        self.last = first
        self.count = 0
        self.amount = 0

    def add(self, last: Instant, count: int, amount: int) -> None:
        self.last = last
        self.count += count
        self.amount += amount


class _Part(msgspec.Struct, frozen=True):
    """The intervals of one trigger that end within some instants of one date."""

    plan: TriggerPlan
    first: Instant
    last: Instant
    count: int
    unit: int
    """What one of them awards, boosted, before it is clipped."""
    applied: tuple[AppliedBoost, ...]


def award(turn: Turn, upto: Instant) -> None:
    """Award for the intervals that have ended since the user was worked off, up to an instant."""
    found = [
        system
        for timed in turn.plan.timed
        if (triggers := _due(turn, timed, upto))
        if (system := _System(turn, timed, triggers, upto)).rows
    ]
    rows = [(row, system) for system in found for row in system.rows]
    rows.sort(key=lambda pair: (pair[0].last, pair[0].plan.system, pair[0].plan.trigger.ordinal))
    for row, system in rows:
        system.emit(row)
    for system in sorted(found, key=lambda s: s.set_at):
        system.settle()


def _due(turn: Turn, timed: Timed, upto: Instant) -> list[TriggerPlan]:
    """Return the triggers of a system of which an interval has ended."""
    draft = turn.draft
    return [
        plan
        for plan in timed.triggers
        if interval_after(plan, draft.created_at, draft.at) <= upto
        and matches(plan.wanted, turn.attributes)
    ]


class _System:
    """What the intervals of one system come to."""

    def __init__(
        self, turn: Turn, timed: Timed, triggers: list[TriggerPlan], upto: Instant
    ) -> None:
        self._turn = turn
        self._plan = timed.system
        self._triggers = triggers
        self._upto = upto
        self._most = timed.system.system.max_points
        self._ordinal = timed.system.system.ordinal
        state = turn.draft.points.get(self._ordinal)
        self._state = state
        self._total_before = self._total = state.total if state else 0
        self._date = state.date if state else Day(0)
        self._buckets: list[Bucket] = []
        self.set_at = Instant(0)
        self.rows: list[_Row] = []
        self._open: dict[Ordinal, _Row] = {}
        self._gains = ranking.Gains(turn, timed.system)
        self._work_off()

    def emit(self, row: _Row) -> None:
        """Add a row to the ledger; the first one carries the dates that all of them passed."""
        state = self._turn.draft.points.get(self._ordinal)
        had = self._state
        unmoved = had if had is not None and not self.set_at else None
        buckets, self._buckets = tuple(self._buckets), []
        self._turn.emit(
            PointsAwarded(
                at=row.last,
                system=self._ordinal,
                trigger=row.plan.trigger.ordinal,
                amount=row.amount,
                base_amount=row.count * row.plan.trigger.points,
                total=(state.total if state else 0) + row.amount,
                set_at=unmoved.set_at if unmoved else self.set_at,
                set_order=unmoved.set_order if unmoved else self._turn.draft.number,
                prev=state.head if state else Seq(0),
                source="time",
                boosts=row.applied,
                intervals=Intervals(row.first, row.count),
                date=self._date,
                buckets=buckets,
                days=had.days if had and buckets else Seq(0),
            )
        )

    def settle(self) -> None:
        """Tell level and boards."""
        at = self.set_at or max(row.last for row in self.rows)
        points.state_level(
            self._turn,
            self._plan,
            self._plan,
            before=self._total_before,
            after=self._total,
            at=at,
        )
        self._gains.settle(at)

    def _work_off(self) -> None:
        """Go from local date to local date, within one from instant to instant if it matters."""
        turn, created_at = self._turn, self._turn.draft.created_at
        after = turn.draft.at
        while after < self._upto:
            # From the next end on: in between may lie years.
            first = min(interval_after(plan, created_at, after) for plan in self._triggers)
            after = max(after, Instant(first - 1))
            if after >= self._upto:
                return
            date = turn.local_date(Instant(after + 1))
            end = turn.calendar.day_end(turn.zone, date)
            until = min(self._upto, Instant(end - 1))
            parts = self._parts(after, until, date)
            if parts:
                self._count(parts, date)
            if self._is_full():
                return
            after = until

    def _parts(self, after: Instant, until: Instant, date: Day) -> list[_Part]:
        created_at = self._turn.draft.created_at
        found: list[_Part] = []
        applied: tuple[AppliedBoost, ...] | None = None
        for plan in self._triggers:
            first = interval_after(plan, created_at, after)
            if first > until:
                continue
            interval = interval_of(plan)
            count = (until - first) // interval + 1
            unit = plan.trigger.points
            if unit > 0:
                if applied is None:
                    applied = boosts.applying(self._turn, self._ordinal, date)
                unit = boosts.boosted(unit, applied)
            last = Instant(first + (count - 1) * interval)
            by = applied or () if plan.trigger.points > 0 else ()
            found.append(_Part(plan, first, last, count, unit, by))
        return found

    def _count(self, parts: list[_Part], date: Day) -> None:
        change = sum(part.count * part.unit for part in parts)
        one_way = min(part.unit for part in parts) >= 0 or max(part.unit for part in parts) <= 0
        most = POINTS_MAX if self._most is None else min(POINTS_MAX, self._most)
        if one_way and -POINTS_MAX <= self._total + change <= most:
            changing = [part for part in parts if part.unit]
            if changing:
                self._touch(date)
                for part in changing:
                    interval = interval_of(part.plan)
                    self._gains.add(date, part.first, interval, part.count, part.unit)
                    self._add(part, part.first, part.last, part.count, part.count * part.unit)
                self._change(max(part.last for part in changing), change)
            return
        for at, group in _by_instant(parts):
            total, awards = self._total, 0
            for part in group:
                room = max(0, most - total)
                amount = max(min(part.unit, room), -POINTS_MAX - total)
                if amount:
                    self._touch(date)
                    self._add(part, at, at, 1, amount)
                    total += amount
                    awards += 1
            change = total - self._total
            if awards:
                self._gains.add_net(date, at, change, awards)
            if change:
                self._change(at, change)
            elif awards and self._state is None and not self.set_at:
                self.set_at = at  # they have nothing, and have had it since now
            if self._is_full():
                return

    def _is_full(self) -> bool:
        """Whether nothing can change any more: at the maximum, and nothing takes away."""
        most = self._most
        if most is None or self._total < most:
            return False
        return all(plan.trigger.points > 0 for plan in self._triggers)

    def _add(self, part: _Part, first: Instant, last: Instant, count: int, amount: int) -> None:
        row = self._open.get(part.plan.trigger.ordinal)
        clipped = row is not None and row.amount != row.count * part.unit
        if (
            row is None
            or row.applied != part.applied
            or clipped
            or first - row.last != interval_of(part.plan)
        ):
            row = self._open[part.plan.trigger.ordinal] = _Row(part.plan, part.applied, first)
            self.rows.append(row)
        row.add(last, count, amount)

    def _touch(self, date: Day) -> None:
        """Note that a row is of a date; ahead of its first one what the date before came to."""
        if date > self._date:
            if self._state is not None or self.rows:
                self._buckets.append(Bucket(self._date, self._total))
            self._date = date

    def _change(self, at: Instant, amount: int) -> None:
        self._total += amount
        self.set_at = at


def _by_instant(parts: list[_Part]) -> list[tuple[Instant, list[_Part]]]:
    """Return instants in order, each with the triggers, by age, of which an interval ends then."""

    def ends(index: int, part: _Part) -> list[tuple[Instant, int]]:
        interval = interval_of(part.plan)
        return [(Instant(part.first + n * interval), index) for n in range(part.count)]

    found: list[tuple[Instant, list[_Part]]] = []
    for at, index in merge(*(ends(index, part) for index, part in enumerate(parts))):
        if not found or found[-1][0] != at:
            found.append((at, []))
        found[-1][1].append(parts[index])
    return found
