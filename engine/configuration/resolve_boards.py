"""`[[leaderboards]]`: what they rank, and when their order begins anew."""

import msgspec

from engine.configuration import document as doc
from engine.configuration.resolver import Resolver, by_key
from engine.model.configuration import Leaderboard
from engine.model.identifiers import Day, Instant

DAY_US = 86_400_000_000

_FIELDS: dict[str, tuple[str, ...]] = {
    "metric": ("metricKey",),
    "points": ("pointsSystemKey",),
    "streak": (),
}
"""By what a board ranks, the fields that say more of it."""


def resolve_boards(
    resolver: Resolver, entries: list[doc.LeaderboardEntry], *, switched: bool
) -> tuple[Leaderboard, ...]:
    """Return the boards that entries mean.

    Args:
        resolver: knows what the keys of metrics and points systems mean.
        entries: `[[leaderboards]]`.
        switched: whether streaks are of another frequency from now on.
    """
    resolver.unique("leaderboards", entries)
    known = by_key(resolver.before.leaderboards)
    made: list[Leaderboard] = []
    for index, entry in enumerate(entries):
        place = doc.place_of("leaderboards", entries, index)
        metric, system = None, None
        fields = {"metricKey": entry.metric_key, "pointsSystemKey": entry.points_system_key}
        what = f"a board ranked by {entry.rank_by}"
        resolver.belong(place, what, fields, _FIELDS[entry.rank_by])
        if entry.rank_by == "metric" and (key := entry.metric_key) is not None:
            metric = resolver.reference(place, "metricKey", key, resolver.metrics)
        if entry.rank_by == "points" and (key := entry.points_system_key) is not None:
            system = resolver.reference(place, "pointsSystemKey", key, resolver.systems)
        match = known.get(entry.key)
        board = Leaderboard(
            ordinal=resolver.ordinal("leaderboard", match),
            key=entry.key,
            name=entry.name,
            rank_by=entry.rank_by,
            description=entry.description,
            status=entry.status,
            order=entry.order,
            metric=metric.ordinal if metric else None,
            points_system=system,
            max_participants=entry.max_participants,
            run=match.run if match else 0,
            start=match.start if match else Day(resolver.at // DAY_US),
        )
        made.append(activated(board, match, resolver.at, switched=switched))
    return tuple(made)


def activated(
    board: Leaderboard, before: Leaderboard | None, at: Instant, *, switched: bool
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
