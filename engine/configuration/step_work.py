"""What a step from one configuration to the next means for a user who existed before (SPEC 2.7)."""

from typing import TYPE_CHECKING

from engine.configuration.board_plan import BoardPlan
from engine.model.configuration import NO_STREAK_CONFIGURED as NO_STREAK
from engine.model.configuration import Achievement, Configuration, FreezeSettings, Streak

if TYPE_CHECKING:
    from engine.configuration.plan import Plan


class StepWork:
    """What a step to a plan may mean for a user who existed before it."""

    def __init__(self, before: "Plan | None", plan: "Plan") -> None:
        old = before.configuration if before else Configuration()
        known = {a.ordinal: a for a in old.achievements}
        self.backdated = [
            achievement
            for achievement in plan.configuration.achievements
            if achievement.status == "active"
            and _condition(known.get(achievement.ordinal), old)
            != _condition(achievement, plan.configuration)
        ]
        old_boards = before.boards if before else {}
        self.seeded = [
            board
            for ordinal, board in plan.boards.items()
            if not board.is_counting and _places(old_boards.get(ordinal)) != _places(board)
        ]
        """Boards that rank what users have in all, and do so from now on, or up to another end."""
        old_systems = before.systems if before else {}
        self.relevelled = [
            (old_systems[ordinal], system)
            for ordinal, system in plan.systems.items()
            if ordinal in old_systems and old_systems[ordinal].levels != system.levels
        ]
        self.timing = _timing(old, before) != _timing(plan.configuration, plan)
        """Whether something falls due for users at other instants from now on."""

    def __bool__(self) -> bool:
        """Whether the step can mean anything for anybody."""
        return bool(self.backdated or self.seeded or self.relevelled or self.timing)


def streak_of(configuration: Configuration) -> Streak:
    """Return the streak settings in force, also where none are configured."""
    return configuration.streak or NO_STREAK


def earning(settings: FreezeSettings | None) -> tuple[object, ...]:
    """Return what decides when users earn freezes; nothing if they do not."""
    if settings is None or settings.auto_earn_interval is None:
        return ()
    return settings.auto_earn_interval, settings.max_count


def _places(board: BoardPlan | None) -> tuple[object, ...] | None:
    """Return what decides whether the places on a board go on as they are."""
    return None if board is None else (board.board.run, board.board.end)


def _timing(configuration: Configuration, plan: "Plan | None") -> tuple[object, ...]:
    """Return what decides when something falls due, but for the days of streaks."""
    if plan is None:
        return (), (), (), ()
    return (
        earning(streak_of(configuration).freezes),
        tuple((years, achievement.ordinal) for years, achievement, _ in plan.anniversaries),
        tuple(plan.trigger.ordinal for timed in plan.timed for plan in timed.triggers),
        tuple(plan.trigger.since for timed in plan.timed for plan in timed.triggers),
    )


def _condition(
    achievement: Achievement | None, configuration: Configuration
) -> tuple[object, ...] | None:
    """Return what decides who completes an achievement; None unless it is active."""
    if achievement is None or achievement.status != "active":
        return None
    return (
        achievement.trigger,
        achievement.user_attributes,
        achievement.metric,
        achievement.metric_value,
        achievement.event_filter,
        achievement.streak_length,
        streak_of(configuration).frequency if achievement.trigger == "streak" else None,
        achievement.achievements,
        achievement.anniversary_years,
    )
