"""The way back: configured things as a document would have them, in its field names.

What follows from nothing but a default is left out, as a person would leave it out. A document made
of this changes nothing (`document_of`), and a single entry can be changed and resolved again
(`engine.configuration.edit`). Quantities are whole numbers or decimals, so nothing is rounded.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, TypeVar

from engine.configuration.references import References
from engine.configuration.resolver import Lasting, date_of
from engine.model.configuration import (
    NO_STREAK_CONFIGURED,
    Achievement,
    AttributeFilter,
    Configuration,
    Leaderboard,
    PointsBoost,
    PointsLevel,
    PointsSystem,
    PointsTrigger,
    Streak,
)
from engine.model.identifiers import Millionths, Ordinal
from engine.model.numbers import UNIT

L = TypeVar("L", bound=Lasting)

Fields = dict[str, Any]
"""An entry: what a TOML or JSON document holds for it."""


class Names:
    """The keys of what entries refer to. What is no more has none, and is left out."""

    def __init__(
        self,
        metrics: Mapping[Ordinal, str],
        attributes: Mapping[Ordinal, str],
        achievements: Mapping[Ordinal, str],
    ) -> None:
        """Take the keys by ordinal."""
        self.metrics = metrics
        self.attributes = attributes
        self.achievements = achievements


def names_of(configuration: Configuration) -> Names:
    """Return the keys of a version's things."""
    return Names(
        {metric.ordinal: metric.key for metric in configuration.metrics},
        {attribute.ordinal: attribute.key for attribute in configuration.attributes},
        {achievement.ordinal: achievement.key for achievement in configuration.achievements},
    )


def document_of(configuration: Configuration) -> Fields:
    """Return the document that a version could have come from.

    Archived things are left out, since they stay anyway, but for those that something refers to.
    """
    names = names_of(configuration)
    references = References(configuration.achievements, configuration.points)
    ranked = {board.points_system for board in configuration.leaderboards}
    achievements = [
        achievement_fields(achievement, names)
        for achievement in configuration.achievements
        if achievement.status != "archived" or references.to(achievement.ordinal)
    ]
    points = [
        system_fields(system, names)
        for system in configuration.points
        if system.status != "archived" or system.ordinal in ranked
    ]
    systems = {system.ordinal: system.key for system in configuration.points}
    streak = configuration.streak
    return _said(
        {
            "defaultTimeZone": configuration.default_time_zone,
            "weekStart": configuration.week_start,
            "metrics": [
                _said(
                    {
                        "key": metric.key,
                        "name": metric.name,
                        "aggregation": _unless(metric.aggregation, "sum"),
                        "unitType": _unless(metric.unit_type, "number"),
                        "units": metric.units,
                    }
                )
                for metric in configuration.metrics
            ],
            "attributes": [
                {"key": attribute.key, "name": attribute.name, "type": attribute.type}
                for attribute in configuration.attributes
            ],
            "streaks": streak_fields(streak, names) if streak is not None else None,
            "achievements": achievements,
            "points": points,
            "leaderboards": [
                board_fields(board, names, systems) for board in configuration.leaderboards
            ],
        }
    )


def streak_fields(streak: Streak, names: Names) -> Fields:
    """Return `[streaks]`."""
    freezes = streak.freezes
    default = NO_STREAK_CONFIGURED
    return _said(
        {
            "frequency": _unless(streak.frequency, default.frequency),
            "evaluationMode": _unless(streak.evaluation_mode, default.evaluation_mode),
            "customizationEnabled": streak.customization_enabled,
            "daysOff": list(streak.days_off),
            "metrics": [
                {"key": names.metrics[condition.metric], "threshold": number(condition.threshold)}
                for condition in streak.conditions
            ],
            "freezes": freezes
            and _said(
                {
                    "startCount": freezes.start_count,
                    "maxCount": freezes.max_count,
                    "autoEarnInterval": freezes.auto_earn_interval,
                    "autoEarnAmount": freezes.auto_earn_amount,
                }
            ),
        }
    )


def achievement_fields(achievement: Achievement, names: Names) -> Fields:
    """Return an entry of `[[achievements]]`."""
    value, prerequisites = achievement.metric_value, achievement.achievements
    return _said(
        {
            "key": achievement.key,
            "name": achievement.name,
            "trigger": achievement.trigger,
            "description": achievement.description,
            "badge": _badge(achievement.badge_url),
            "status": _unless(achievement.status, "active"),
            "userAttributes": _filters(achievement.user_attributes, names),
            "metricKey": _name(achievement.metric, names.metrics),
            "metricValue": None if value is None else number(value),
            "eventAttributes": _filters(achievement.event_attributes, names),
            "streakLength": achievement.streak_length,
            "achievementKeys": [
                names.achievements[ordinal]
                for ordinal in prerequisites
                if ordinal in names.achievements
            ],
            "anniversaryYears": achievement.anniversary_years,
        }
    )


def system_fields(system: PointsSystem, names: Names) -> Fields:
    """Return an entry of `[[points]]`, with what is in it but not archived."""
    return {
        **settings_fields(system),
        **_said(
            {
                "levels": [level_fields(level) for level in system.levels],
                "triggers": [trigger_fields(t, names) for t in _live(system.triggers)],
                "boosts": [boost_fields(boost, names) for boost in _live(system.boosts)],
            }
        ),
    }


def settings_fields(system: PointsSystem) -> Fields:
    """Return an entry of `[[points]]` without what is in it."""
    return _said(
        {
            "key": system.key,
            "name": system.name,
            "description": system.description,
            "badge": _badge(system.badge_url),
            "status": _unless(system.status, "active"),
            "maxPoints": system.max_points,
        }
    )


def level_fields(level: PointsLevel) -> Fields:
    """Return one of `levels`."""
    return _said(
        {
            "key": level.key,
            "name": level.name,
            "points": level.points,
            "description": level.description,
            "badge": _badge(level.badge_url),
        }
    )


def trigger_fields(trigger: PointsTrigger, names: Names) -> Fields:
    """Return one of `triggers`."""
    threshold, cap = trigger.metric_threshold, trigger.cap
    return _said(
        {
            "key": trigger.key,
            "type": trigger.type,
            "points": trigger.points,
            "status": _unless(trigger.status, "active"),
            "userAttributes": _filters(trigger.user_attributes, names),
            "metricKey": _name(trigger.metric, names.metrics),
            "metricThreshold": None if threshold is None else number(threshold),
            "eventAttributes": _filters(trigger.event_attributes, names),
            "blockIfOutOfPoints": trigger.block_if_out_of_points,
            "achievementKey": _name(trigger.achievement, names.achievements),
            "streakLength": trigger.streak_length,
            "timeUnit": trigger.time_unit,
            "timeInterval": trigger.time_interval,
            "cap": {"points": cap.points, "period": cap.period} if cap else None,
        }
    )


def boost_fields(boost: PointsBoost, names: Names) -> Fields:
    """Return one of `boosts`."""
    return _said(
        {
            "key": boost.key,
            "name": boost.name,
            "start": date_of(boost.start),
            "end": None if boost.end is None else date_of(boost.end),
            "multiplier": number(boost.multiplier),
            "rounding": _unless(boost.rounding, "down"),
            "status": _unless(boost.status, "active"),
            "userAttributes": _filters(boost.user_attributes, names),
        }
    )


def number(quantity: Millionths) -> int | Decimal:
    """Return a quantity as a document has it."""
    whole, rest = divmod(quantity, UNIT)
    return whole if not rest else Decimal(quantity).scaleb(-6).normalize()


def board_fields(board: Leaderboard, names: Names, systems: Mapping[Ordinal, str]) -> Fields:
    """Return an entry of `[[leaderboards]]`; `systems` are the keys of points systems."""
    return _said(
        {
            "key": board.key,
            "name": board.name,
            "rankBy": board.rank_by,
            "description": board.description,
            "status": _unless(board.status, "active"),
            "order": _unless(board.order, "desc"),
            "metricKey": _name(board.metric, names.metrics),
            "pointsSystemKey": _name(board.points_system, systems),
            "maxParticipants": board.max_participants,
            "start": date_of(board.start) if board.start_given else None,
            "end": date_of(board.end) if board.end is not None else None,
            "startTime": time_text(board.start_minute),
            "endTime": time_text(board.end_minute),
            "runUnit": board.run_unit,
            "runInterval": board.run_interval if board.run_unit else None,
            "userAttributes": _filters(board.user_attributes, names),
            "breakdownAttributes": [
                names.attributes[o] for o in board.breakdown if o in names.attributes
            ],
        }
    )


def time_text(minute: int | None) -> str | None:
    """Return a minute of the day as a document has it."""
    return None if minute is None else f"{minute // 60:02}:{minute % 60:02}"


def _said(fields: Mapping[str, object]) -> Fields:
    """Return the fields that say something."""
    return {
        field: value
        for field, value in fields.items()
        if value is not None and value is not False and value not in ("", [])
    }


def _unless(value: str, default: str) -> str | None:
    return None if value == default else value


def _live(things: Iterable[L]) -> Iterable[L]:
    return (thing for thing in things if thing.status != "archived")


def _badge(url: str | None) -> Fields | None:
    return None if url is None else {"url": url}


def _name(ordinal: Ordinal | None, keys: Mapping[Ordinal, str]) -> str | None:
    return None if ordinal is None else keys.get(ordinal)


def _filters(filters: Iterable[AttributeFilter], names: Names) -> list[Fields]:
    return [
        {"attributeKey": names.attributes[f.attribute], "attributeValue": f.value}
        for f in filters
        if f.attribute in names.attributes
    ]
