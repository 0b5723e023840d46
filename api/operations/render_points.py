"""Points as answers: systems, levels, triggers, boosts, rows of the ledger."""

from typing import Any

from msgspec import UNSET

from api.operations.answers_points import (
    AwardAnswer,
    BoostAnswer,
    EventPointsAnswer,
    LevelAnswer,
    LevelChangeAnswer,
    PointsAnswer,
    SystemAnswer,
    TriggerAnswer,
)
from api.operations.instants import date_text, instant_text
from api.operations.render_filters import filters, only_filter
from engine.configuration.plan import Plan, SystemPlan
from engine.host.requests import Applied
from engine.host.scope import Scope
from engine.model.configuration import PointsBoost, PointsLevel, PointsTrigger
from engine.model.facts import AppliedBoost, LevelChanged, PointsAwarded
from engine.model.identifiers import Day, Ordinal, boost_id, fact_id, public_id
from engine.model.numbers import UNIT, as_double
from engine.model.user import UserBoost, UserState


class PointsRender:
    """Makes the answers about one scope's points, by its plan at the time."""

    def __init__(self, scope: Scope, plan: Plan | None = None) -> None:
        """Take the scope, and the plan of an earlier version to show things as they were in it."""
        self._scope = scope
        self._plan = scope.plan if plan is None else plan

    def system(self, system: SystemPlan) -> SystemAnswer:
        """Return a points system with its active triggers."""
        alive = system.system.status == "active"
        return SystemAnswer(
            **self._system(system),
            triggers=[
                self.trigger(trigger)
                for trigger in system.system.triggers
                if alive and trigger.status == "active"
            ],
        )

    def of_user(
        self, system: SystemPlan, state: UserState, awards: list[AwardAnswer]
    ) -> PointsAnswer:
        """Return a points system and what a user has of it."""
        had = state.points.get(system.system.ordinal)
        total = had.total if had else 0
        level = system.level(total)
        return PointsAnswer(
            **self._system(system),
            total=total,
            level=self.level(level) if level else None,
            awards=awards,
        )

    def changed(self, applied: Applied) -> dict[str, EventPointsAnswer]:
        """Return what a command changed, by the systems' keys; not what fell due before it."""
        awards: dict[Ordinal, list[tuple[int, PointsAwarded]]] = {}
        levels: dict[Ordinal, LevelChangeAnswer] = {}
        seq, state = applied.seq, applied.state
        for index, fact in applied.own():
            if isinstance(fact, PointsAwarded):
                awards.setdefault(fact.system, []).append((index, fact))
            elif isinstance(fact, LevelChanged):
                levels[fact.system] = self._level_change(fact_id(seq, index), fact)
        answers: dict[str, EventPointsAnswer] = {}
        for ordinal, rows in awards.items():
            system = self._plan.systems.get(ordinal)
            if system is None:
                continue
            change = levels.get(ordinal)
            answers[system.system.key] = EventPointsAnswer(
                **self._system(system),
                total=state.points[ordinal].total,
                added=sum(fact.amount for _, fact in rows),
                awards=[self.award(fact_id(seq, i), fact, state) for i, fact in rows],
                level=change.new_level if change else UNSET,
                level_change=change or UNSET,
            )
        return answers

    def award(self, id_: str | None, fact: PointsAwarded, state: UserState) -> AwardAnswer:
        """Return a ledger row of a user."""
        system = self._plan.systems.get(fact.system)
        triggers = system.system.triggers if system else ()
        trigger = next((t for t in triggers if t.ordinal == fact.trigger), None)
        boosts = [
            answer
            for applied in fact.boosts
            if (answer := self._applied(applied, fact.system, state)) is not None
        ]
        return AwardAnswer(
            id=id_,
            awarded=fact.amount,
            date=instant_text(fact.at),
            total=fact.total,
            trigger=self.trigger(trigger) if trigger else UNSET,
            boosts=boosts or UNSET,
            base_amount=fact.base_amount,
            source=fact.source or (trigger.type if trigger else "metric"),
            intervals=fact.intervals.count if fact.intervals else UNSET,
        )

    def level(self, level: PointsLevel) -> LevelAnswer:
        """Return a level."""
        return LevelAnswer(
            id=self._id("points_level", level.ordinal),
            key=level.key,
            name=level.name,
            description=level.description,
            badge_url=level.badge_url,
            points=level.points,
        )

    def trigger(self, trigger: PointsTrigger) -> TriggerAnswer:
        """Return what awards points."""
        metric = self._plan.metrics.get(trigger.metric or Ordinal(0))
        achievement = self._plan.achievements.get(trigger.achievement or Ordinal(0))
        threshold = trigger.metric_threshold
        of_events = filters(self._plan, trigger.event_attributes)
        unit = trigger.time_unit
        return TriggerAnswer(
            id=self._id("points_trigger", trigger.ordinal),
            type=trigger.type,
            points=trigger.points,
            status=trigger.status,
            user_attributes=filters(self._plan, trigger.user_attributes),
            created=instant_text(trigger.created),
            updated=instant_text(trigger.updated),
            metric_id=self._id("metric", metric.metric.ordinal) if metric else UNSET,
            metric_name=metric.metric.name if metric else UNSET,
            metric_threshold=threshold // UNIT if threshold else UNSET,
            event_attribute=only_filter(of_events),
            event_attributes=of_events if trigger.type == "metric" else UNSET,
            achievement_id=self._id("achievement", achievement.ordinal) if achievement else UNSET,
            achievement_name=achievement.name if achievement else UNSET,
            streak_length_threshold=trigger.streak_length or UNSET,
            time_unit=unit.removesuffix("s") if unit else UNSET,
            time_interval=trigger.time_interval or UNSET,
        )

    def boost(self, boost: PointsBoost, today: Day) -> BoostAnswer:
        """Return a configured boost as it stands on a date."""
        on = boost.status == "active"
        return self._boost(self._id("points_boost", boost.ordinal), boost, today, on=on)

    def own_boost(self, boost: UserBoost, state: UserState, today: Day) -> BoostAnswer:
        """Return a user's own boost as it stands on a date."""
        id_ = boost_id(self._scope.state.number, state.number, boost.index)
        return self._boost(id_, boost, today, on=boost.active)

    def today(self) -> Day:
        """Return the present date in the scope's default zone."""
        return self._scope.calendar.day(self._plan.default_zone, self._scope.now())

    def _id(self, kind: str, ordinal: Ordinal) -> str:
        return public_id(self._scope.state.name, kind, ordinal)

    def _boost(
        self, id_: str, boost: PointsBoost | UserBoost, today: Day, *, on: bool
    ) -> BoostAnswer:
        return BoostAnswer(
            id=id_,
            name=boost.name,
            status=boost_status(boost, today, on=on),
            start=date_text(boost.start),
            end=None if boost.end is None else date_text(boost.end),
            multiplier=as_double(boost.multiplier),
            rounding=boost.rounding,
        )

    def _applied(
        self, applied: AppliedBoost, system: Ordinal, state: UserState
    ) -> BoostAnswer | None:
        """Return a boost that multiplied a row; None of one of the user's that is gone."""
        today = self.today()
        if applied.own:
            own = next((b for b in state.boosts if b.index == applied.ordinal), None)
            return self.own_boost(own, state, today) if own else None
        plan = self._plan.systems.get(system)
        boosts = plan.system.boosts if plan else ()
        boost = next((b for b in boosts if b.ordinal == applied.ordinal), None)
        return self.boost(boost, today) if boost else None

    def _level_change(self, id_: str, fact: LevelChanged) -> LevelChangeAnswer:
        system = self._plan.systems.get(fact.system)
        levels = {level.ordinal: level for level in system.levels} if system else {}
        was, now = levels.get(fact.from_level), levels.get(fact.to_level)
        return LevelChangeAnswer(
            fact_id=id_,
            previous_level=self.level(was) if was else None,
            new_level=self.level(now) if now else None,
        )

    def _system(self, plan: SystemPlan) -> dict[str, Any]:
        system = plan.system
        return {
            "id": self._id("points_system", system.ordinal),
            "key": system.key,
            "name": system.name,
            "description": system.description or None,
            "badge_url": system.badge_url,
            "max_points": system.max_points,
        }


def boost_status(boost: PointsBoost | UserBoost, today: Day, *, on: bool) -> str:
    """Return how a boost stands on a date; `inactive` (ours) for one that is switched off."""
    if boost.end is not None and boost.end < today:
        return "finished"
    if not on:
        return "inactive"
    return "active" if boost.start <= today else "scheduled"
