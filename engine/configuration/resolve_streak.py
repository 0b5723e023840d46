"""`[streaks]`: what extends the scope's streak, and what keeps it."""

from collections.abc import Iterable, Sequence

import msgspec

from engine.configuration import document as doc
from engine.configuration.resolver import Resolver
from engine.configuration.step_work import earning, streak_of
from engine.model.configuration import (
    DAYS_OF_A_WEEK,
    NO_STREAK_CONFIGURED,
    Configuration,
    FreezeSettings,
    Metric,
    Streak,
    StreakCondition,
)


def resolve_streak(
    resolver: Resolver, entry: doc.StreakEntry | None, prefix: str = "streaks."
) -> Streak | None:
    """Return the streak settings that an entry means; `prefix` stands before a setting's place."""
    if entry is None:
        return None
    conditions: list[StreakCondition] = []
    seen: set[str] = set()
    for index, condition in enumerate(entry.metrics):
        place = f"{prefix}metrics[{index}]"
        if condition.key in seen:
            resolver.issue(place, f"key: {condition.key!r} is there twice")
        seen.add(condition.key)
        metric = resolver.reference(place, "key", condition.key, resolver.metrics)
        if metric is not None:
            conditions.append(StreakCondition(metric.ordinal, condition.threshold.millionths))
    if entry.days_off and entry.frequency != "daily":
        resolver.issue(f"{prefix}daysOff", "goes only with the daily frequency")
    if what := wrong_with_days_off(entry.days_off):
        resolver.issue(f"{prefix}daysOff", what)
    return Streak(
        conditions=tuple(conditions),
        frequency=entry.frequency,
        evaluation_mode=entry.evaluation_mode,
        days_off=tuple(sorted(entry.days_off)),
        customization_enabled=entry.customization_enabled,
        freezes=_freezes(resolver, entry.freezes, f"{prefix}freezes"),
    )


def _freezes(
    resolver: Resolver, entry: doc.FreezesEntry | None, place: str
) -> FreezeSettings | None:
    if entry is None:
        return None
    if entry.max_count < entry.start_count:
        resolver.issue(place, "maxCount must not be less than startCount")
    if (entry.auto_earn_interval is None) != (entry.auto_earn_amount is None):
        resolver.issue(place, "autoEarnInterval and autoEarnAmount go together: give both or none")
    settings = FreezeSettings(
        start_count=entry.start_count,
        max_count=entry.max_count,
        auto_earn_interval=entry.auto_earn_interval,
        auto_earn_amount=entry.auto_earn_amount,
    )
    known = streak_of(resolver.before).freezes
    goes_on = known is not None and earning(known) == earning(settings)
    since = known.since if known is not None and goes_on else resolver.at
    return msgspec.structs.replace(settings, since=since)


def streak_entry(streak: Streak, metrics: Iterable[Metric]) -> doc.StreakEntry:
    """Return streak settings as a document would have them."""
    keys = {metric.ordinal: metric.key for metric in metrics}
    return doc.StreakEntry(
        frequency=streak.frequency,
        evaluation_mode=streak.evaluation_mode,
        customization_enabled=streak.customization_enabled,
        days_off=list(streak.days_off),
        metrics=[
            doc.StreakMetricEntry(keys[c.metric], doc.Quantity(c.threshold))
            for c in streak.conditions
        ],
        freezes=doc.FreezesEntry(
            start_count=streak.freezes.start_count,
            max_count=streak.freezes.max_count,
            auto_earn_interval=streak.freezes.auto_earn_interval,
            auto_earn_amount=streak.freezes.auto_earn_amount,
        )
        if streak.freezes
        else None,
    )


def switches(streak: Streak | None, before: Configuration) -> bool:
    """Tell whether streaks are of another frequency than before."""
    return (streak or NO_STREAK_CONFIGURED).frequency != streak_of(before).frequency


def wrong_with_days_off(days: Sequence[int]) -> str | None:
    """Return what is wrong with a list of weekdays, None if nothing is."""
    if len(set(days)) != len(days):
        return "names a weekday twice"
    if len(days) == DAYS_OF_A_WEEK:
        return "must leave a weekday on which the streak counts"
    return None
