"""Which place a user's values give them on the boards (SPEC 8.2). Ranks are the boards' business.

Values on a board are whole: the metric's total or the points total, floored, or the length of
the streak.
"""

from collections.abc import Iterable

from engine.configuration.plan import shard_of
from engine.model.configuration import Leaderboard
from engine.model.identifiers import Instant, Ordinal
from engine.model.numbers import UNIT
from engine.rules.turn import Turn


def rank_by_metric(turn: Turn, metric: Ordinal) -> None:
    """Place the user on the boards of a metric that an event has just counted on."""
    shards = turn.plan.metrics[metric].shards
    if shards:
        value = turn.draft.metrics[metric].total // UNIT
        for shard in shards:
            turn.replace(turn.at, shard, value, turn.at, turn.order)


def rank_by_points(turn: Turn, systems: Iterable[Ordinal], at: Instant) -> None:
    """Place the user on the boards of points systems whose total has just changed."""
    for system in systems:
        for shard in turn.plan.systems[system].shards:
            points = turn.draft.points[system]
            # The value may be the old one, and yet another has been there in between.
            turn.place(at, shard, points.total, points.set_at, points.set_order)


def rank_by_streak(turn: Turn, at: Instant) -> None:
    """Place the user on the streak boards, or take them off, after their length has changed."""
    for shard in turn.plan.streak_shards:
        track = turn.draft.streak(turn.plan.streak.frequency)
        if track.length:
            turn.replace(at, shard, track.length, track.set_at, track.set_order)
        else:
            turn.leave(at, shard)


def seed(turn: Turn, boards: Iterable[Leaderboard], at: Instant) -> None:
    """Place a user on boards that became active, by value and when it was set."""
    for board in boards:
        if board.metric is not None:
            metric = turn.draft.metrics.get(board.metric)
            if metric is not None:
                value = metric.total // UNIT
                turn.replace(at, shard_of(board), value, metric.set_at, metric.set_order)
        elif board.points_system is not None:
            points = turn.draft.points.get(board.points_system)
            if points is not None:
                total = points.total
                turn.place(at, shard_of(board), total, points.set_at, points.set_order)
        else:
            track = turn.draft.streak(turn.plan.streak.frequency)
            if track.length:
                length = track.length
                turn.replace(at, shard_of(board), length, track.set_at, track.set_order)
