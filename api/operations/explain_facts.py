"""What is to be said of each kind of fact: for awards, completions and levels as data, too."""

from collections.abc import Iterable
from typing import TypeVar

import msgspec
from msgspec import UNSET

from api.operations.answers_explain import (
    AwardReasonsAnswer,
    BoardReasonsAnswer,
    BoostAppliedAnswer,
    CompletionReasonsAnswer,
    LevelReasonsAnswer,
)
from api.operations.explain_boards import BoardExplainer
from api.operations.instants import date_text, instant_text
from api.operations.render_achievements import AchievementRender
from api.operations.render_points import PointsRender
from engine.configuration.plan import Plan
from engine.host.ports import LogReader
from engine.host.scope import Scope
from engine.model.configuration import Achievement, PointsTrigger
from engine.model.facts import (
    AchievementCompleted,
    AnyFact,
    AppliedBoost,
    BoostsChanged,
    Fact,
    FreezesChanged,
    LevelChanged,
    MetricChanged,
    PausesChanged,
    PeriodClosed,
    PeriodMet,
    PointsAwarded,
    PreferencesChanged,
    RankMoved,
    RunCounted,
    RunFinished,
    StreakReset,
    StreakRestored,
    UserCreated,
    UserHidden,
    ZoneChanged,
)
from engine.model.identifiers import Millionths, Ordinal, boost_id, fact_id, public_id
from engine.model.numbers import UNIT, as_double, as_text
from engine.model.record import StoredRecord
from engine.rules import boosts

F = TypeVar("F", bound=Fact)


class Told(msgspec.Struct):
    """An explanation in the making."""

    why: list[str]
    award: AwardReasonsAnswer | None = None
    completion: CompletionReasonsAnswer | None = None
    level: LevelReasonsAnswer | None = None
    leaderboard: BoardReasonsAnswer | None = None


class Explainer:
    """Explains the facts of one record by the configuration in force then."""

    def __init__(self, scope: Scope, log: LogReader, plan: Plan, stored: StoredRecord) -> None:
        """Take what there is to explain by.

        Args:
            scope: where it happened.
            log: the log.
            plan: the configuration that was in force, compiled.
            stored: the record.
        """
        self._scope = scope
        self._log = log
        self._plan = plan
        self._stored = stored
        self._facts = stored.record.facts

    def explain(self, fact: AnyFact, *, due: bool) -> Told:
        """Return what is to be said of a fact; `due` if no command is its cause."""
        match fact:
            case PointsAwarded():
                return self._award(fact)
            case AchievementCompleted():
                return self._completion(fact, due=due)
            case LevelChanged():
                return self._level(fact)
            case MetricChanged():
                return Told([self._metric(fact)])
            case RankMoved() | RunCounted() | RunFinished():
                return self._board(fact, due=due)
            case PeriodMet():
                return Told(
                    [
                        f"The event met the {fact.frequency} period that begins on "
                        f"{date_text(fact.period)}: the streak has a length of {fact.length:,}."
                    ]
                )
            case PeriodClosed():
                return Told([self._closed(fact)])
            case FreezesChanged():
                return Told([self._freezes(fact)])
            case _:
                return Told([self._plain(fact)])

    def _award(self, fact: PointsAwarded) -> Told:
        system = self._plan.systems.get(fact.system)
        key = system.system.key if system else "?"
        triggers = system.system.triggers if system else ()
        trigger = next((t for t in triggers if t.ordinal == fact.trigger), None)
        times = fact.base_amount // trigger.points if trigger else 1
        boosted = _boosted(fact.base_amount, fact)
        applied = [self._applied(boost, fact.system) for boost in fact.boosts]
        if fact.intervals is not None and trigger is not None:
            times = fact.intervals.count
            boosted = times * _boosted(trigger.points, fact)
        rounding = min((b.rounding for b in fact.boosts), key=_strictness, default=None)
        most = system.system.max_points if system else None
        cap = trigger.cap if trigger else None
        why = [self._cause(fact, trigger, key, times)]
        if applied:
            names = ", ".join(
                f"{shown.name or 'a boost'} ×{as_text(boost.multiplier)}"
                for shown, boost in zip(applied, fact.boosts, strict=True)
            )
            why.append(
                f"Boosts on {date_text(fact.date)}: {names}; together ×{_product(fact.boosts)}, "
                f"rounded {rounding}: {boosted:,}."
            )
        if cap is not None and fact.capped is not None and fact.capped.amount >= cap.points:
            why.append(f"The trigger awards at most {cap.points:,} a {cap.period}.")
        if most is not None and fact.amount < boosted and fact.total >= most:
            why.append(f"The system's maximum of {most:,} left {fact.amount:,} of it.")
        why.append(f"The total is {fact.total:,} by it.")
        return Told(
            why,
            award=AwardReasonsAnswer(
                system=key,
                source=fact.source or (trigger.type if trigger else "metric"),
                trigger=PointsRender(self._scope, self._plan).trigger(trigger) if trigger else None,
                times=times,
                base_amount=fact.base_amount,
                boosts=applied,
                multiplier=_product(fact.boosts),
                rounding=rounding,
                boosted=boosted,
                cap=cap.points if cap else None,
                max_points=most,
                amount=fact.amount,
                total=fact.total,
            ),
        )

    def _cause(
        self, fact: PointsAwarded, trigger: PointsTrigger | None, system: str, times: int
    ) -> str:
        source = fact.source or (trigger.type if trigger else None)
        if source == "direct":
            reason = self._stored.personal.reason if self._stored.personal else UNSET
            said = f": {reason}" if reason else "."
            how = "gave" if fact.base_amount > 0 else "took away"
            return f"An operator {how} {abs(fact.base_amount):,} of {system!r}{said}"
        if source == "voided_event":
            return f"An event was voided: what it had awarded of {system!r} was taken back."
        if trigger is None:
            return f"A trigger that is not known any more awarded {fact.base_amount:,}."
        each = f"{trigger.points:,} of {system!r}"
        if source == "metric":
            threshold = as_text(trigger.metric_threshold or Millionths(0))
            peak = self._peak(trigger)
            return (
                f"Trigger {trigger.key!r} awards {each} for every {threshold} of "
                f"{self._metric_name(trigger.metric)}: its highest total rose to {as_text(peak)} "
                f"and passed {times:,} of them, {times:,} × {trigger.points:,} = "
                f"{fact.base_amount:,}."
            )
        if source == "streak":
            return (
                f"Trigger {trigger.key!r} awards {each} at every multiple of "
                f"{trigger.streak_length} periods of the streak."
            )
        if source == "achievement":
            achievement = self._plan.achievements.get(fact.achievement)
            name = achievement.name if achievement else "an achievement"
            return f"Trigger {trigger.key!r} awards {each} for completing {name!r}."
        if source == "time":
            ended = fact.intervals
            first = instant_text(ended.first) if ended else ""
            return (
                f"Trigger {trigger.key!r} awards {each} every {trigger.time_interval} "
                f"{trigger.time_unit} since the user was made: {times:,} of them ended from "
                f"{first} to {instant_text(fact.at)}."
            )
        return f"Trigger {trigger.key!r} awards {each} to a new user."

    def _completion(self, fact: AchievementCompleted, *, due: bool) -> Told:
        achievement = self._plan.achievements.get(fact.achievement)
        if achievement is None:
            return Told(["The achievement is not known any more."])
        why: list[str] = []
        answer = CompletionReasonsAnswer(
            achievement=AchievementRender(self._scope, self._plan).with_stats(achievement),
            backdated=fact.backdated,
        )
        match achievement.trigger:
            case "metric":
                why, answer = self._by_total(achievement, fact, answer)
            case "streak":
                length = achievement.streak_length or 1
                periods = _of(self._facts, PeriodMet)
                met = [f.length for f in periods if f.frequency == self._plan.streak.frequency]
                why.append(f"{achievement.name!r} asks for a streak of {length:,} periods.")
                if met and not fact.backdated:
                    why.append(f"The event brought it to {max(met):,}.")
                answer = msgspec.structs.replace(answer, threshold=float(length))
            case "api":
                why.append(f"The product said that {achievement.name!r} is completed.")
            case "achievement":
                found = self._prerequisites(achievement)
                answer = msgspec.structs.replace(answer, prerequisites=found)
                why.append(
                    f"{achievement.name!r} asks for {len(found):,} achievements, and the last of "
                    "them was completed."
                )
            case "anniversary":
                years = achievement.anniversary_years or 1
                passed = "A year has" if years == 1 else f"{years:,} years have"
                why.append(f"{passed} passed since the user signed up.")
                answer = msgspec.structs.replace(answer, threshold=float(years))
        if fact.backdated:
            why.append(
                "It was completed by the user's past, when the achievement or the sign-up date "
                "was set: backdated, without points."
            )
        elif due:
            why.append("It fell due, without anybody's doing.")
        return Told(why, completion=answer)

    def _by_total(
        self, achievement: Achievement, fact: AchievementCompleted, answer: CompletionReasonsAnswer
    ) -> tuple[list[str], CompletionReasonsAnswer]:
        threshold = achievement.metric_value or Millionths(0)
        name = self._metric_name(achievement.metric)
        why = [f"{achievement.name!r} asks for {as_text(threshold)} of {name}."]
        answer = msgspec.structs.replace(answer, threshold=as_double(threshold))
        counted = [f for f in _of(self._facts, MetricChanged) if f.metric == achievement.metric]
        if not fact.backdated and counted:
            total = counted[-1].total
            for ordinal, matching in counted[-1].matched:
                if ordinal == achievement.event_filter:
                    total = matching.total
            why.append(f"The event brought the total to {as_text(total)}.")
            answer = msgspec.structs.replace(answer, value=as_double(total))
        elif not fact.backdated:
            why.append("The user's attributes became those that it asks for.")
        return why, answer

    def _prerequisites(self, achievement: Achievement) -> dict[str, str | None]:
        user = self._stored.record.user
        completions = self._scope.actors.view(user).completions
        found: dict[str, str | None] = {}
        for prerequisite in achievement.achievements:
            done = completions.get(prerequisite)
            id_ = public_id(self._scope.state.name, "achievement", prerequisite)
            found[id_] = fact_id(done.seq, done.index) if done else None
        return found

    def _level(self, fact: LevelChanged) -> Told:
        system = self._plan.systems.get(fact.system)
        levels = {level.ordinal: level for level in system.levels} if system else {}
        was, now = levels.get(fact.from_level), levels.get(fact.to_level)
        render = PointsRender(self._scope, self._plan)
        awards = [f for f in _of(self._facts, PointsAwarded) if f.system == fact.system]
        totals = [f.total for f in awards if f.at == fact.at]
        key = system.system.key if system else "?"
        if totals:
            said = f"The total of {key!r} is {totals[-1]:,}"
            said += f"; {now.name!r} begins at {now.points:,}." if now else ", below every level."
        else:
            said = f"The levels of {key!r} were edited."
        return Told(
            [said],
            level=LevelReasonsAnswer(
                system=key,
                total=totals[-1] if totals else None,
                previous_level=render.level(was) if was else None,
                new_level=render.level(now) if now else None,
            ),
        )

    def _metric(self, fact: MetricChanged) -> str:
        name = self._metric_name(fact.metric)
        if fact.voids:
            return (
                f"Event {fact_id(fact.voids, 0)} was voided: the total of {name} is "
                f"{as_text(fact.total)} without it."
            )
        return f"The event was counted: the total of {name} is {as_text(fact.total)}."

    def _board(self, fact: RankMoved | RunCounted | RunFinished, *, due: bool) -> Told:
        boards = BoardExplainer(self._plan, self._stored)
        match fact:
            case RankMoved():
                why, reasons = boards.moved(fact, due=due)
            case RunCounted():
                why, reasons = boards.counted(fact)
            case RunFinished():
                why, reasons = boards.finished(fact)
        return Told(why, leaderboard=reasons)

    def _closed(self, fact: PeriodClosed) -> str:
        return (
            f"The {fact.frequency} period from {date_text(fact.period_start)} to "
            f"{date_text(fact.period_end)} ended {fact.outcome.replace('_', ' ')}; the streak has "
            f"a length of {fact.length:,}. `laurels why streak` says how it came to that."
        )

    def _freezes(self, fact: FreezesChanged) -> str:
        if fact.reason == "consumed":
            return (
                f"A freeze kept the streak over the period that begins on "
                f"{date_text(fact.period)}; {fact.balance:,} are left."
            )
        how = {
            "initial_grant": "New users get freezes",
            "accumulation": f"Freezes are earned on {date_text(fact.period)}",
            "manual": "An operator gave a freeze",
        }[fact.reason]
        return f"{how}: {fact.amount:,} more, {fact.balance:,} in all."

    def _plain(self, fact: AnyFact) -> str:
        match fact:
            case UserCreated():
                return f"The user was made, on {date_text(fact.date)} where they are."
            case ZoneChanged():
                return f"The user's time zone became {fact.zone or 'the default one'}."
            case StreakReset():
                return f"The streaks ended: {fact.reason}."
            case StreakRestored():
                return f"The streak got back a length of {fact.length:,}."
            case PausesChanged():
                return f"The user has {len(fact.pauses):,} pauses that are not over."
            case PreferencesChanged():
                return "The user's own settings changed."
            case BoostsChanged():
                return f"The user has {len(fact.boosts):,} boosts of their own."
            case UserHidden():
                return self._hidden(fact)
            case _:
                return ""

    def _hidden(self, fact: UserHidden) -> str:
        what = "keeps the user off all leaderboards; their values go on"
        said = f"An operator {what if fact.hidden else 'shows the user on leaderboards again'}"
        reason = self._stored.personal.reason if self._stored.personal else UNSET
        return f"{said}: {reason}" if reason else f"{said}."

    def _peak(self, trigger: PointsTrigger) -> Millionths:
        counted = [f for f in _of(self._facts, MetricChanged) if f.metric == trigger.metric]
        if not counted:
            return Millionths(0)
        for ordinal, matching in counted[-1].matched:
            if ordinal == trigger.event_filter:
                return matching.peak
        return counted[-1].peak

    def _metric_name(self, ordinal: Ordinal | None) -> str:
        metric = self._plan.metrics.get(ordinal or Ordinal(0))
        return repr(metric.metric.name) if metric else "a metric that is not known any more"

    def _applied(self, applied: AppliedBoost, system: Ordinal) -> BoostAppliedAnswer:
        user = self._stored.record.user
        if applied.own:
            own = self._scope.actors.view(user).boosts
            name = next((b.name for b in own if b.index == applied.ordinal), None)
            id_ = boost_id(self._scope.state.number, user, applied.ordinal)
        else:
            plan = self._plan.systems.get(system)
            configured = plan.system.boosts if plan else ()
            name = next((b.name for b in configured if b.ordinal == applied.ordinal), None)
            id_ = public_id(self._scope.state.name, "points_boost", Ordinal(applied.ordinal))
        return BoostAppliedAnswer(
            id=id_,
            name=name,
            multiplier=as_double(applied.multiplier),
            rounding=applied.rounding,
        )


def _of(facts: Iterable[AnyFact], kind: type[F]) -> list[F]:
    return [fact for fact in facts if isinstance(fact, kind)]


def _strictness(rounding: str) -> int:
    return ("down", "nearest", "up").index(rounding)


def _product(applied: tuple[AppliedBoost, ...]) -> str:
    """Return the exact product of multipliers, without trailing zeros."""
    product, places = 1, 0
    for boost in applied:
        product *= boost.multiplier
        places += 6
    whole, part = divmod(product, UNIT ** len(applied)) if applied else (1, 0)
    text = f"{part:0{places}d}".rstrip("0") if part else ""
    return f"{whole}.{text}" if text else str(whole)


def _boosted(points: int, fact: PointsAwarded) -> int:
    """Return points multiplied by an award's boosts; those that are taken away are not."""
    return boosts.boosted(points, fact.boosts) if points > 0 else points
