"""The rules of SPEC.md once more, as slowly and as plainly as they can be said.

The model test plays one history to the engine and to this oracle and compares what comes out. So
the oracle imports nothing of the engine and has no cleverness to get wrong. Totals, peaks, period
sums, levels, summaries and boards are worked out anew from the raw list of what happened whenever
they are asked for; amounts are fractions; midnights are found by walking through UTC.

All that is remembered of a user is what they did, what they got and what they set
(tests/model/remembered.py), and where their streaks and freezes stand. The last, which is what
changes by itself as time passes, is an immutable value: see tests/model/streaks.py.

Here everybody is brought up to the instant of every operation. The engine does it later or in
another order, and has to end up the same: that is SPEC 2.7 put to the test.

This file has the operations in it, the others what they need: metrics, settings and due (what time
does), streak_commands, achievements, points, boards; outcome says what came of it.

Scope: metrics, users, zones, attributes, streaks, achievements, points, leaderboards.
"""

from dataclasses import replace
from typing import Any, Literal

from tests.model import outcome, points, streak_commands
from tests.model.achievements import (
    anniversary,
    complete,
    completed_by_event,
    condition,
    has_attributes,
    qualifies,
    reached_now,
)
from tests.model.boards import Boards
from tests.model.due import anniversaries_between, bring_up, copies_brought_up
from tests.model.metrics import events_on, exact, total_after
from tests.model.operations import (
    AddBoost,
    AwardPoints,
    Boost,
    ChangeBoost,
    Complete,
    Configure,
    DeleteBoost,
    Document,
    EndRun,
    Event,
    Hide,
    Operation,
    Pass,
    PointsCommand,
    StreakCommand,
    Upsert,
    UserUpsert,
    Void,
)
from tests.model.points import Refused
from tests.model.remembered import Act, Counted, Moment, OwnBoost, User, When
from tests.model.settings import in_force, meets_the_period, today, zone_of
from tests.model.streaks import (
    FREQUENCIES,
    Frequency,
    earned,
    earning_dates,
    extended,
    first_day,
    local_date,
    moved,
    zone_exists,
)
from tests.model.things import Thing, Things, wanted

Answer = Literal["applied", "repeated", "refused"]

# SPEC 4.1
LARGEST_VALUE = 10**12
LARGEST_TOTAL = 9 * 10**12


class Oracle:
    """A scope. `apply` takes the operations of a history in order; `outcome` says what came of it.

    `last_answer` says what became of the last operation: "applied", "repeated" for what was done
    before (an idempotency key, a completion, a void), "refused" for what the engine answers with
    an error. A refusal changes nothing: whoever may be refused works on a copy.
    """

    def __init__(self) -> None:
        self.last_answer: Answer = "applied"
        self.order = 0
        self.clock = 0
        self.things = Things()
        self.boards = Boards()
        self.users: dict[str, User] = {}
        self.keys_used: set[tuple[int, str, str]] = set()
        # The events that were applied: whose, and by which operation.
        self.applied: list[tuple[str, int]] = []

    def apply(self, operation: Operation) -> None:
        self.order += 1
        self.last_answer = "applied"
        at = operation.to if isinstance(operation, Pass) else operation.at
        assert at >= self.clock, "instants never run backwards"
        self.clock = at
        for user in self.users.values():
            bring_up(self.things, user, at)
        before = self.users.copy()
        try:
            self._apply(operation)
        except Refused:
            self.last_answer = "refused"
        for name, user in self.users.items():
            # Whoever is another one now did something.
            if isinstance(operation, Configure) or user is not before.get(name):
                self._note(user)

    def _apply(self, operation: Operation) -> None:
        match operation:
            case Configure():
                self._configure(operation.document)
            case Pass():
                pass
            case Event():
                self._event(operation)
            case Complete():
                self._complete(operation)
            case Upsert():
                self._upsert_alone(operation)
            case Void():
                self._void(operation)
            case AddBoost() | ChangeBoost() | DeleteBoost() | AwardPoints():
                self._points_command(operation)
            case Hide():
                self._hide(operation)
            case EndRun(board=key):
                board = self.things.thing("leaderboards", key)
                if board is None:
                    raise Refused
                self.boards.end_run(board, self._step)
            case _:
                self._streak_command(operation)

    def outcome(self, at: int) -> dict[str, Any]:
        """Everything that can be seen at an instant, as plain data; changes nothing."""
        assert at >= self.clock
        users = copies_brought_up(self.things, self.users, at)
        return outcome.outcome(self.things, self.boards, users, at)

    # What leaderboards go by

    def _note(self, user: User) -> None:
        """Notes that a command came, or a step, and what has become of the user."""
        zone, day = zone_of(self.things, user), today(self.things, user, self.clock)
        moment = Moment(self.clock, self.order, day, zone)
        user.acts.append(Act(moment, user.attributes.copy()))
        for frequency in FREQUENCIES:
            user.note_length(frequency, moment)

    def _hide(self, operation: Hide) -> None:
        user = self._known(operation.user)
        is_hidden = bool(user.hidden) and user.hidden[-1][1]
        if is_hidden == operation.hidden:
            return  # leaves no trace
        user.last_date = today(self.things, user, self.clock)
        user.hidden.append((self._moment(user).when, operation.hidden))
        self.users[operation.user] = user

    @property
    def _step(self) -> When:
        """When a step of the scope comes. Its clock stands at 0 until a user does something."""
        return self.clock if self.users else 0, self.order

    # Configuration versions: steps (SPEC 2.7)

    def _configure(self, document: Document) -> None:
        before = {
            achievement.number: condition(self.things, achievement)
            for achievement in self.things.of_kind("achievements")
        }
        self.things.configure(document, self.order)
        self.boards.configure(self.things, self._step)
        for user in self.users.values():
            for achievement in self.things.active("achievements"):
                changed = condition(self.things, achievement) != before.get(achievement.number)
                day = today(self.things, user, self.clock)
                if changed and qualifies(self.things, user, achievement, day):
                    complete(self.things, user, [achievement], self.clock, backdated=True)

    # What is said of a user, on the way of whatever they do (SPEC 1.4, 3)

    def _check_fields(self, operation: UserUpsert) -> None:
        if operation.zone and not zone_exists(operation.zone):
            raise Refused
        for key in operation.attributes or {}:
            if self.things.attribute_type(key) != "user":
                raise Refused

    def _says_something(self, operation: Upsert | Complete) -> bool:
        """An upsert that says nothing new of a known user is no command: it leaves no trace."""
        user = self.users.get(operation.user)
        if user is None or (operation.zone is not None and operation.zone != user.zone):
            return True
        if operation.signed_up is not None and (operation.signed_up or None) != user.signed_up:
            return True
        return not (operation.attributes or {}).items() <= user.attributes.items()

    def _upsert_alone(self, operation: Upsert | Complete) -> None:
        self._check_fields(operation)
        if self._says_something(operation):
            user, completed, changed = self._upsert(operation)
            completed += self._complete_what_attributes_allow(user, changed)
            points.award_completions(self.things, user, completed, self._moment(user))
            self.users[operation.user] = user

    def _moment(self, user: User) -> Moment:
        return Moment(self.clock, self.order, user.last_date, zone_of(self.things, user))

    def _upsert(self, operation: UserUpsert) -> tuple[User, list[Thing], set[str]]:
        """Creates or changes the user, moves them to another zone, decides the command's date.

        Returns:
            A copy of the user, the anniversaries that it completed, for which points come later,
            and the attributes that are others now, which are looked at later.
        """
        known = self.users.get(operation.user)
        user = User(number=len(self.users) + 1) if known is None else known.copy()
        zone_before = zone_of(self.things, user)
        changed = {
            key
            for key, value in (operation.attributes or {}).items()
            if user.attributes.get(key) != value
        }
        user.attributes |= operation.attributes or {}
        signed_up_before = user.signed_up
        if operation.signed_up is not None:
            user.signed_up = operation.signed_up or None
        if operation.zone is not None:
            user.zone = operation.zone
        if known is None:
            user.made_on = local_date(zone_of(self.things, user), self.clock)
            user.made_at = user.brought_up_to = self.clock
            freezes = in_force(self.things, user).freezes
            if freezes is not None:
                amount = freezes["startCount"]
                streak_commands.grant(self.things, user, "initial_grant", amount, self.clock)
        user.last_date = today(self.things, user, self.clock)
        if user.signed_up is not None and user.signed_up > user.last_date:
            raise Refused
        if user.signed_up != signed_up_before:
            self._complete_passed_anniversaries(user)
        if known is None:
            points.award_creation(self.things, user, self._moment(user))
            return user, [], changed
        return user, self._move(user, zone_before), changed

    def _move(self, user: User, zone_before: str) -> list[Thing]:
        """Closes what is over in the zone now in effect; then what begins at dates jumped over."""
        force = in_force(self.things, user)
        for frequency in FREQUENCIES:
            user.progress = moved(user.progress, frequency, force, user.last_date, self.clock)
        first, last = [local_date(zone, self.clock) for zone in (zone_before, force.zone)]
        for day in earning_dates(force, first, last):
            user.progress = earned(user.progress, force, day, self.clock)
        jumped_over = anniversaries_between(self.things, user, first, last)
        return [
            each
            for achievements in jumped_over.values()
            for each in complete(self.things, user, achievements, self.clock)
        ]

    def _complete_passed_anniversaries(self, user: User) -> None:
        """By another sign-up date, those that have passed are completed as backdated."""
        passed = [
            achievement
            for achievement in self.things.active("achievements", trigger="anniversary")
            if has_attributes(user, achievement)
            and anniversary(user, achievement.entry["anniversaryYears"]) <= user.last_date
        ]
        complete(self.things, user, passed, self.clock, backdated=True)

    def _complete_what_attributes_allow(self, user: User, changed: set[str]) -> list[Thing]:
        """Live, what the user matches now and qualifies for, of what asks for these attributes."""
        allowed = [
            achievement
            for achievement in self.things.active("achievements")
            if changed & {key for key, _ in wanted(achievement.entry, "userAttributes")}
            and qualifies(self.things, user, achievement, user.last_date)
        ]
        return complete(self.things, user, allowed, self.clock)

    # What users do (SPEC 1.4)

    def _event(self, operation: Event) -> None:
        metric = self.things.thing("metrics", operation.metric)
        value = exact(operation.value)
        if metric is None or abs(value) > LARGEST_VALUE:
            raise Refused
        self._check_fields(operation)
        for key in operation.event_attributes or {}:
            if self.things.attribute_type(key) != "event":
                raise Refused
        used = (metric.number, operation.user, operation.key or "")
        if operation.key and used in self.keys_used:
            self.last_answer = "repeated"
            return
        value = round(value, 6)  # a fraction rounds half to even
        user, completed, changed = self._upsert(operation)
        attributes = frozenset((operation.event_attributes or {}).items())
        moment = self._moment(user)
        user.events.append(Counted(moment, metric.number, value, attributes))
        self._check_total(user, metric)
        has_extended = self._meet_periods(user)
        completed += complete(
            self.things,
            user,
            completed_by_event(self.things, user, metric, has_extended=has_extended),
            self.clock,
        )
        completed += self._complete_what_attributes_allow(user, changed)
        fired = points.award_crossings(self.things, user, metric, moment)
        if has_extended:
            points.award_streak(self.things, user, moment)
        points.award_completions(self.things, user, completed, moment)
        points.check_blocks(self.things, user, fired)
        self.users[operation.user] = user
        self.applied.append((operation.user, self.order))
        if operation.key:
            self.keys_used.add(used)

    def _check_total(self, user: User, metric: Thing) -> None:
        total = total_after(metric, events_on(user, metric), self.order)
        if total is not None and abs(total) > LARGEST_TOTAL:
            raise Refused

    def _meet_periods(self, user: User) -> bool:
        """Meets what the event just counted meets; says whether it extended the streak."""
        met: list[Frequency] = [
            each for each in FREQUENCIES if meets_the_period(self.things, user, each)
        ]
        for frequency in met:
            period = first_day(frequency, user.last_date, self.things.week_start)
            streak = extended(user.progress.streaks[frequency], period, self.clock, self.order)
            user.progress = user.progress.with_streak(frequency, streak)
        return self.things.frequency in met

    def _complete(self, operation: Complete) -> None:
        """SPEC 6.6. A key means the achievement that is not archived, else the youngest of it."""
        of_key = [
            thing
            for thing in self.things.of_kind("achievements")
            if thing.key == operation.achievement
        ]
        of_key.sort(key=lambda thing: (not thing.is_archived, thing.number))
        self._check_fields(operation)
        if not of_key:
            raise Refused
        achievement = of_key[-1]
        known = self.users.get(operation.user)
        if known is not None and achievement.number in known.completions:
            self._upsert_alone(operation)
            self.last_answer = "repeated"
            return
        user, completed, changed = self._upsert(operation)
        completed += self._complete_what_attributes_allow(user, changed)
        is_api = achievement.entry["trigger"] == "api"
        if not is_api or not self.things.is_active(achievement):
            raise Refused
        if not has_attributes(user, achievement):
            raise Refused
        completed += complete(self.things, user, [achievement], self.clock)
        points.award_completions(self.things, user, completed, self._moment(user))
        self.users[operation.user] = user

    # What is done by hand

    def _known(self, name: str) -> User:
        if name not in self.users:
            raise Refused
        return self.users[name].copy()

    def _streak_command(self, operation: StreakCommand) -> None:
        user = self._known(operation.user)
        streak_commands.check(self.things, user, operation, self.clock)
        if streak_commands.changes_nothing(self.things, user, operation):
            return
        user.last_date = today(self.things, user, self.clock)
        streak_commands.apply(self.things, user, operation, self._moment(user))
        self.users[operation.user] = user

    def _points_command(self, operation: PointsCommand) -> None:
        user = self._known(operation.user)
        user.last_date = today(self.things, user, self.clock)
        match operation:
            case AwardPoints(system=key, amount=amount):
                system = self.things.thing("points", key)
                if system is None:
                    raise Refused
                points.award_by_hand(self.things, user, system, amount, self._moment(user))
            case AddBoost(boost=boost):
                user.boosts.append(self._own(boost))
            case ChangeBoost(index=index, boost=boost):
                self._check_boost(user, index)
                if user.boosts[index - 1] == self._own(boost):
                    return  # leaves no trace
                user.boosts[index - 1] = self._own(boost)
            case DeleteBoost(index=index):
                self._check_boost(user, index)
                user.boosts[index - 1] = replace(user.boosts[index - 1], is_deleted=True)
        self.users[operation.user] = user

    def _own(self, boost: Boost) -> OwnBoost:
        return OwnBoost(self.things.number("points", boost.system), boost)

    def _check_boost(self, user: User, index: int) -> None:
        if not 1 <= index <= len(user.boosts) or user.boosts[index - 1].is_deleted:
            raise Refused

    def _void(self, operation: Void) -> None:
        """SPEC 4.7: everything else follows from the event being out of the list."""
        if operation.event >= len(self.applied):
            raise Refused
        name, order = self.applied[operation.event]
        user = self.users[name].copy()
        [place] = [n for n, event in enumerate(user.events) if event.moment.order == order]
        event = user.events[place]
        metric = self.things.by_number[event.metric]
        if metric.is_gone:
            raise Refused
        if event.voided is not None:
            self.last_answer = "repeated"
            return
        user.last_date = today(self.things, user, self.clock)
        moment = self._moment(user)
        user.events[place] = replace(event, voided=moment)
        self._check_total(user, metric)
        completed = complete(self.things, user, reached_now(self.things, user, metric), self.clock)
        points.take_back(self.things, user, order, moment)
        points.award_completions(self.things, user, completed, moment)
        self.users[name] = user
