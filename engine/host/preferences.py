"""A user's own settings: what is asked for, checked and resolved into what a command carries.

Left out is no change, null goes back to what is configured (wire.md, UserPreferences).
"""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, UnsetType

from engine.configuration.document import DaysOff
from engine.configuration.plan import Plan
from engine.configuration.resolve_streak import wrong_with_days_off
from engine.model.configuration import EvaluationMode, StreakCondition
from engine.model.errors import Forbidden, InvalidInput
from engine.model.numbers import from_number
from engine.model.user import Preferences

Channels = Annotated[tuple[Literal["email", "push"], ...], msgspec.Meta(max_length=2)]


class MetricPreference(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A metric that counts for a user's streak, and how much of it."""

    key: str
    threshold: float


MetricPreferences = Annotated[
    tuple[MetricPreference, ...], msgspec.Meta(min_length=1, max_length=100)
]


class StreakPreferences(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True
):
    """What is said of a user's streak settings."""

    enabled: bool | UnsetType | None = UNSET
    evaluation_mode: EvaluationMode | UnsetType | None = UNSET
    metrics: MetricPreferences | UnsetType | None = UNSET
    days_off: DaysOff | UnsetType | None = UNSET


class NotificationPreferences(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True
):
    """What is said of the channels that notifications of a kind may take."""

    achievement_completed: Channels | UnsetType | None = UNSET
    recap: Channels | UnsetType | None = UNSET
    reactivation: Channels | UnsetType | None = UNSET
    streak_reminder: Channels | UnsetType | None = UNSET


class PreferencesChanges(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is said of a user's settings."""

    notifications: NotificationPreferences | UnsetType | None = UNSET
    streak: StreakPreferences | UnsetType | None = UNSET


_UNCHANGED = StreakPreferences()
_AS_CONFIGURED = StreakPreferences(enabled=None, evaluation_mode=None, metrics=None, days_off=None)


def changed(known: Preferences, changes: PreferencesChanges, plan: Plan) -> Preferences:
    """Return a user's settings after a change.

    Raises:
        Forbidden: users have no streak settings of their own as things are.
        InvalidInput: names the field that is wrong.
    """
    said = changes.streak
    streak = _UNCHANGED if said is UNSET else said or _AS_CONFIGURED
    customized = (streak.evaluation_mode, streak.metrics, streak.days_off)
    if said and not plan.streak.customization_enabled and customized != (UNSET, UNSET, UNSET):
        raise Forbidden("streak: only 'enabled' can be set while customizationEnabled is off")
    return Preferences(
        enabled=known.enabled if streak.enabled is UNSET else streak.enabled is not False,
        evaluation_mode=(
            known.evaluation_mode if streak.evaluation_mode is UNSET else streak.evaluation_mode
        ),
        conditions=(
            known.conditions if streak.metrics is UNSET else _conditions(streak.metrics, plan)
        ),
        days_off=known.days_off if streak.days_off is UNSET else _days_off(streak.days_off),
        notifications=_notifications(known.notifications, changes.notifications),
    )


def _conditions(
    metrics: MetricPreferences | None, plan: Plan
) -> tuple[StreakCondition, ...] | None:
    if metrics is None:
        return None
    conditions: dict[str, StreakCondition] = {}
    for index, preference in enumerate(metrics):
        where = f"streak.metrics[{index}]"
        metric = plan.metrics_by_key.get(preference.key)
        if metric is None:
            raise InvalidInput(f"{where}.key", f"there is no metric {preference.key[:80]!r}")
        if preference.key in conditions:
            raise InvalidInput(f"{where}.key", f"{preference.key!r} is there twice")
        threshold = from_number(preference.threshold, f"{where}.threshold")
        conditions[preference.key] = StreakCondition(metric.ordinal, threshold)
    return tuple(conditions.values())


def _days_off(days: list[int] | None) -> tuple[int, ...] | None:
    if days is None:
        return None
    if what := wrong_with_days_off(days):
        raise InvalidInput("streak.daysOff", what)
    return tuple(sorted(days))


def _notifications(
    known: dict[str, tuple[str, ...]], changes: NotificationPreferences | UnsetType | None
) -> dict[str, tuple[str, ...]]:
    if changes is UNSET:
        return known
    if changes is None:
        return {}
    after = dict(known)
    for kind in changes.__struct_fields__:
        channels = getattr(changes, kind)
        if channels is None:
            after.pop(kind, None)
        elif channels is not UNSET:
            if len(set(channels)) != len(channels):
                raise InvalidInput(f"notifications.{kind}", "names a channel twice")
            after[kind] = tuple(sorted(channels))
    return dict(sorted(after.items()))
