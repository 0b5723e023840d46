"""From a document to the next version: keys matched with the version before, references checked.

An entry is matched by its key among its kind (levels and triggers: within their points system).
A matched one keeps its ordinal, a new one gets the next ever made; one that was removed and comes
back is a new thing, since what users had of it may be gone.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol, TypeVar

import msgspec

from engine.configuration import document as doc
from engine.configuration.plan import earning, streak_of
from engine.model.configuration import (
    DAYS_OF_A_WEEK,
    NO_STREAK_CONFIGURED,
    Achievement,
    Attribute,
    Configuration,
    FreezeSettings,
    Leaderboard,
    Metric,
    PointsLevel,
    PointsSystem,
    PointsTrigger,
    Streak,
    StreakCondition,
)
from engine.model.errors import ConfigurationInvalid
from engine.model.identifiers import Day, Instant, Ordinal
from engine.model.numbers import from_number

DAY_US = 86_400_000_000


class _Keyed(Protocol):
    @property
    def key(self) -> str: ...
    @property
    def ordinal(self) -> Ordinal: ...


K = TypeVar("K", bound=_Keyed)


def resolve(
    document: doc.Document,
    before: Configuration,
    *,
    at: Instant,
    started: bool,
    knows_zone: Callable[[str], bool],
) -> Configuration:
    """Return the version that a document makes of the one before.

    Args:
        document: what is wanted.
        before: the version in force.
        at: the scope's clock.
        started: whether it runs; from then on some settings are fixed.
        knows_zone: tells whether a name is an IANA zone.

    Returns:
        The next version, or `before` itself if nothing differs.

    Raises:
        ConfigurationInvalid: with every issue found, each with its place.
    """
    resolver = _Resolver(before, at)
    if not knows_zone(document.default_time_zone):
        resolver.issue("defaultTimeZone", f"unknown time zone {document.default_time_zone!r}")
    elif started and document.default_time_zone != before.default_time_zone:
        resolver.issue(
            "defaultTimeZone",
            f"is fixed once the scope's clock runs: it stays {before.default_time_zone!r}",
        )
    if started and document.week_start != before.week_start:
        resolver.issue(
            "weekStart", f"is fixed once the scope's clock runs: it stays {before.week_start!r}"
        )
    metrics = resolver.metrics(document.metrics)
    streak = resolver.streak(document.streaks, metrics)
    achievements = resolver.achievements(document.achievements, metrics)
    points = resolver.points(document.points, metrics, achievements)
    after = Configuration(
        version=before.version + 1,
        default_time_zone=document.default_time_zone,
        week_start=document.week_start,
        metrics=metrics,
        attributes=resolver.attributes(document.attributes),
        streak=streak,
        achievements=achievements,
        points=points,
        leaderboards=resolver.leaderboards(document.leaderboards, metrics, points, streak),
        made=resolver.made,
    )
    return resolver.finish(after)


def change_streak(
    changes: doc.StreakChanges, before: Configuration, *, at: Instant
) -> Configuration:
    """Return the version that other streak settings make of the one before.

    Leaving the daily frequency clears the days off, unless new ones are given.

    Args:
        changes: what is to be another.
        before: the version in force.
        at: the scope's clock.

    Raises:
        ConfigurationInvalid: with every issue found.
    """
    resolver = _Resolver(before, at, streaks="")
    entry = _entry_of(streak_of(before), before.metrics)
    for field in changes.__struct_fields__:
        if (value := getattr(changes, field)) is not msgspec.UNSET:
            setattr(entry, field, value)
    if entry.frequency != "daily" and changes.days_off is msgspec.UNSET:
        entry.days_off = []
    streak = resolver.streak(entry, before.metrics)
    switched = resolver.switches(streak)
    boards = tuple(_activated(board, board, at, switched) for board in before.leaderboards)
    after = msgspec.structs.replace(
        before, version=before.version + 1, streak=streak, leaderboards=boards
    )
    return resolver.finish(after)


def _entry_of(streak: Streak, metrics: Iterable[Metric]) -> doc.StreakEntry:
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


class _Resolver:
    """One resolution: the issues found and the ordinals given out so far."""

    def __init__(self, before: Configuration, at: Instant, streaks: str = "streaks.") -> None:
        self.before = before
        self.at = at
        self.streaks = streaks  # what stands before a streak setting's place
        self.made = dict(before.made)
        self.issues: list[tuple[str, str]] = []

    def issue(self, place: str, what: str) -> None:
        self.issues.append((place, what))

    def finish(self, after: Configuration) -> Configuration:
        if self.issues:
            raise ConfigurationInvalid(self.issues)
        unchanged = msgspec.structs.replace(after, version=self.before.version) == self.before
        return self.before if unchanged and self.before.version else after

    def ordinal(self, kind: str, known: _Keyed | None) -> Ordinal:
        if known is not None:
            return known.ordinal
        self.made[kind] = self.made.get(kind, 0) + 1
        return Ordinal(self.made[kind])

    def unique(self, kind: str, entries: Sequence[doc.Entry | doc.TriggerEntry]) -> None:
        seen: set[str] = set()
        for index, entry in enumerate(entries):
            if entry.key in seen:
                self.issue(doc.place_of(kind, entries, index), "the key is used twice")
            seen.add(entry.key)

    def reference(self, place: str, field: str, key: str | None, known: dict[str, K]) -> K | None:
        if key is None:
            self.issue(place, f"{field} is missing")
        elif key not in known:
            self.issue(place, f"{field}: there is no {key!r}")
        else:
            return known[key]
        return None

    def only(self, place: str, why: str, fields: Mapping[str, object]) -> None:
        for field, value in fields.items():
            if value is not None:
                self.issue(place, f"{field} does not belong to {why}")

    def metrics(self, entries: list[doc.MetricEntry]) -> tuple[Metric, ...]:
        self.unique("metrics", entries)
        known = by_key(self.before.metrics)
        made: list[Metric] = []
        for index, entry in enumerate(entries):
            match = known.get(entry.key)
            if match is not None and match.aggregation != entry.aggregation:
                self.issue(
                    doc.place_of("metrics", entries, index),
                    f"aggregation is fixed once made: it stays {match.aggregation!r}",
                )
            made.append(
                Metric(
                    ordinal=self.ordinal("metric", match),
                    key=entry.key,
                    name=entry.name,
                    aggregation=entry.aggregation,
                    unit_type=entry.unit_type,
                    units=entry.units,
                )
            )
        return tuple(made)

    def attributes(self, entries: list[doc.AttributeEntry]) -> tuple[Attribute, ...]:
        self.unique("attributes", entries)
        known = {a.key: a for a in self.before.attributes}
        return tuple(
            Attribute(
                ordinal=self.ordinal("attribute", known.get(e.key)),
                key=e.key,
                name=e.name,
                type=e.type,
            )
            for e in entries
        )

    def streak(self, entry: doc.StreakEntry | None, metrics: tuple[Metric, ...]) -> Streak | None:
        if entry is None:
            return None
        known = by_key(metrics)
        conditions: list[StreakCondition] = []
        seen: set[str] = set()
        for index, condition in enumerate(entry.metrics):
            place = f"{self.streaks}metrics[{index}]"
            if condition.key in seen:
                self.issue(place, f"key: {condition.key!r} is there twice")
            seen.add(condition.key)
            metric = self.reference(place, "key", condition.key, known)
            if metric is not None:
                threshold = condition.threshold.millionths
                conditions.append(StreakCondition(metric.ordinal, threshold))
        if entry.days_off and entry.frequency != "daily":
            self.issue(f"{self.streaks}daysOff", "goes only with the daily frequency")
        if what := wrong_with_days_off(entry.days_off):
            self.issue(f"{self.streaks}daysOff", what)
        return Streak(
            conditions=tuple(conditions),
            frequency=entry.frequency,
            evaluation_mode=entry.evaluation_mode,
            days_off=tuple(sorted(entry.days_off)),
            customization_enabled=entry.customization_enabled,
            freezes=self.freezes(entry.freezes),
        )

    def switches(self, streak: Streak | None) -> bool:
        return (streak or NO_STREAK_CONFIGURED).frequency != streak_of(self.before).frequency

    def freezes(self, entry: doc.FreezesEntry | None) -> FreezeSettings | None:
        if entry is None:
            return None
        place = f"{self.streaks}freezes"
        if entry.max_count < entry.start_count:
            self.issue(place, "maxCount must not be less than startCount")
        if (entry.auto_earn_interval is None) != (entry.auto_earn_amount is None):
            self.issue(place, "autoEarnInterval and autoEarnAmount go together: give both or none")
        settings = FreezeSettings(
            start_count=entry.start_count,
            max_count=entry.max_count,
            auto_earn_interval=entry.auto_earn_interval,
            auto_earn_amount=entry.auto_earn_amount,
        )
        known = streak_of(self.before).freezes
        goes_on = known is not None and earning(known) == earning(settings)
        since = known.since if known is not None and goes_on else self.at
        return msgspec.structs.replace(settings, since=since)

    def achievements(
        self, entries: list[doc.AchievementEntry], metrics: tuple[Metric, ...]
    ) -> tuple[Achievement, ...]:
        self.unique("achievements", entries)
        known, by_metric = by_key(self.before.achievements), by_key(metrics)
        made: list[Achievement] = []
        for index, entry in enumerate(entries):
            place = doc.place_of("achievements", entries, index)
            metric, value, length = None, None, None
            if entry.trigger == "metric":
                metric = self.reference(place, "metricKey", entry.metric_key, by_metric)
                self.only(place, "a metric trigger", {"streakLength": entry.streak_length})
                value = entry.metric_value
                if value is None:
                    self.issue(place, "metricValue is missing")
            else:
                fields = {"metricKey": entry.metric_key, "metricValue": entry.metric_value}
                self.only(place, "a streak trigger", fields)
                length = entry.streak_length
                if length is None:
                    self.issue(place, "streakLength is missing")
            made.append(
                Achievement(
                    ordinal=self.ordinal("achievement", known.get(entry.key)),
                    key=entry.key,
                    name=entry.name,
                    trigger=entry.trigger,
                    description=entry.description,
                    badge_url=entry.badge.url if entry.badge else None,
                    status=entry.status,
                    metric=metric.ordinal if metric else None,
                    metric_value=value.millionths if value else None,
                    streak_length=length,
                )
            )
        return tuple(made)

    def points(
        self,
        entries: list[doc.PointsEntry],
        metrics: tuple[Metric, ...],
        achievements: tuple[Achievement, ...],
    ) -> tuple[PointsSystem, ...]:
        self.unique("points", entries)
        known = by_key(self.before.points)
        made: list[PointsSystem] = []
        for index, entry in enumerate(entries):
            place = doc.place_of("points", entries, index)
            match = known.get(entry.key)
            made.append(
                PointsSystem(
                    ordinal=self.ordinal("points_system", match),
                    key=entry.key,
                    name=entry.name,
                    description=entry.description,
                    badge_url=entry.badge.url if entry.badge else None,
                    max_points=entry.max_points,
                    levels=self.levels(place, entry.levels, match),
                    triggers=self.triggers(place, entry.triggers, match, metrics, achievements),
                )
            )
        return tuple(made)

    def levels(
        self, place: str, entries: list[doc.LevelEntry], before: PointsSystem | None
    ) -> tuple[PointsLevel, ...]:
        self.unique(f"{place}.levels", entries)
        known = by_key(before.levels if before else ())
        thresholds: set[int] = set()
        for index, entry in enumerate(entries):
            if entry.points in thresholds:
                where = doc.place_of(f"{place}.levels", entries, index)
                self.issue(where, f"another level already begins at {entry.points} points")
            thresholds.add(entry.points)
        return tuple(
            PointsLevel(
                ordinal=self.ordinal("points_level", known.get(e.key)),
                key=e.key,
                name=e.name,
                points=e.points,
                description=e.description,
                badge_url=e.badge.url if e.badge else None,
            )
            for e in entries
        )

    def triggers(
        self,
        place: str,
        entries: list[doc.TriggerEntry],
        before: PointsSystem | None,
        metrics: tuple[Metric, ...],
        achievements: tuple[Achievement, ...],
    ) -> tuple[PointsTrigger, ...]:
        self.unique(f"{place}.triggers", entries)
        known = by_key(before.triggers if before else ())
        made: list[PointsTrigger] = []
        for index, entry in enumerate(entries):
            where = doc.place_of(f"{place}.triggers", entries, index)
            metric, achievement, threshold = None, None, None
            if entry.type == "metric":
                metric = self.reference(where, "metricKey", entry.metric_key, by_key(metrics))
                if metric is not None and metric.aggregation not in ("sum", "max"):
                    what = f"needs a sum or max metric, {metric.key!r} is {metric.aggregation}"
                    self.issue(where, what)
                self.only(where, "a metric trigger", {"achievementKey": entry.achievement_key})
                threshold = entry.metric_threshold
                if threshold is None:
                    self.issue(where, "metricThreshold is missing")
            else:
                key = entry.achievement_key
                achievement = self.reference(where, "achievementKey", key, by_key(achievements))
                fields = {
                    "metricKey": entry.metric_key,
                    "metricThreshold": entry.metric_threshold,
                }
                self.only(where, "an achievement trigger", fields)
            match = known.get(entry.key)
            trigger = PointsTrigger(
                ordinal=self.ordinal("points_trigger", match),
                key=entry.key,
                type=entry.type,
                points=entry.points,
                status=entry.status,
                metric=metric.ordinal if metric else None,
                metric_threshold=from_number(threshold) if threshold else None,
                achievement=achievement.ordinal if achievement else None,
                created=match.created if match else self.at,
                updated=match.updated if match else self.at,
            )
            if match is not None and trigger != match:
                trigger = msgspec.structs.replace(trigger, updated=self.at)
            made.append(trigger)
        return tuple(made)

    def leaderboards(
        self,
        entries: list[doc.LeaderboardEntry],
        metrics: tuple[Metric, ...],
        points: tuple[PointsSystem, ...],
        streak: Streak | None,
    ) -> tuple[Leaderboard, ...]:
        self.unique("leaderboards", entries)
        known = by_key(self.before.leaderboards)
        made: list[Leaderboard] = []
        switched = self.switches(streak)
        for index, entry in enumerate(entries):
            place = doc.place_of("leaderboards", entries, index)
            metric, system = None, None
            if entry.rank_by == "metric":
                metric = self.reference(place, "metricKey", entry.metric_key, by_key(metrics))
                fields: Mapping[str, object] = {"pointsSystemKey": entry.points_system_key}
            elif entry.rank_by == "streak":
                fields = {
                    "metricKey": entry.metric_key,
                    "pointsSystemKey": entry.points_system_key,
                }
            else:
                key = entry.points_system_key
                system = self.reference(place, "pointsSystemKey", key, by_key(points))
                fields = {"metricKey": entry.metric_key}
            self.only(place, f"a board ranked by {entry.rank_by}", fields)
            match = known.get(entry.key)
            board = Leaderboard(
                ordinal=self.ordinal("leaderboard", match),
                key=entry.key,
                name=entry.name,
                rank_by=entry.rank_by,
                description=entry.description,
                status=entry.status,
                order=entry.order,
                metric=metric.ordinal if metric else None,
                points_system=system.ordinal if system else None,
                max_participants=entry.max_participants,
                run=match.run if match else 0,
                start=match.start if match else Day(self.at // DAY_US),
            )
            made.append(_activated(board, match, self.at, switched))
        return tuple(made)


def wrong_with_days_off(days: Sequence[int]) -> str | None:
    """Return what is wrong with a list of weekdays, None if nothing is."""
    if len(set(days)) != len(days):
        return "names a weekday twice"
    if len(days) == DAYS_OF_A_WEEK:
        return "must leave a weekday on which the streak counts"
    return None


def _activated(
    board: Leaderboard, before: Leaderboard | None, at: Instant, switched: bool
) -> Leaderboard:
    """Give a board that becomes active, or that ranks something else from now on, its next run.

    `switched` says whether streaks are of another frequency from now on.
    """
    if board.status != "active":
        return board
    goes_on = before is not None and before.status == "active" and _ranks_as(board, before)
    if board.rank_by == "streak" and switched:
        goes_on = False
    if goes_on:
        return board
    return msgspec.structs.replace(board, run=board.run + 1, start=Day(at // DAY_US))


def _ranks_as(board: Leaderboard, before: Leaderboard) -> bool:
    def what(b: Leaderboard) -> tuple[object, ...]:
        return b.rank_by, b.metric, b.points_system, b.order

    return what(board) == what(before)


def by_key(things: Iterable[K]) -> dict[str, K]:
    """Return configured things by their key."""
    return {thing.key: thing for thing in things}
