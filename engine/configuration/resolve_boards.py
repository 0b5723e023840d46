"""`[[leaderboards]]`: what they rank, when their runs are, and when their order begins anew."""

from collections.abc import Sequence
from typing import get_args

import msgspec

from engine.configuration import document as doc
from engine.configuration import runs
from engine.configuration.resolver import Resolver, by_key, date_of, day_of
from engine.model.configuration import (
    DAYS_OF_A_WEEK,
    Configuration,
    Leaderboard,
    RunUnit,
    Weekday,
)
from engine.model.identifiers import DAY_US, Day, Instant, Ordinal
from engine.model.limits import DAY_MAX

FIELDS: dict[str, tuple[str, ...]] = {
    "metric": ("metricKey",),
    "points": ("pointsSystemKey",),
    "streak": (),
}
"""By what a board ranks, the fields that say more of it."""

OPTIONAL: dict[str, tuple[str, ...]] = {
    "metric": ("runUnit", "runInterval", "startTime", "endTime"),
    "points": ("runUnit", "runInterval", "startTime", "endTime"),
    "streak": (),
}
"""Fields that it may have besides: streaks have neither runs nor times of the day."""


def resolve_boards(
    resolver: Resolver, entries: list[doc.LeaderboardEntry], *, week_start: Weekday, switched: bool
) -> tuple[Leaderboard, ...]:
    """Return the boards that entries mean.

    Args:
        resolver: knows what the keys of metrics, points systems and attributes mean.
        entries: `[[leaderboards]]`.
        week_start: on what weeks begin.
        switched: whether streaks are of another frequency from now on.
    """
    resolver.unique("leaderboards", entries)
    known = by_key(resolver.before.leaderboards)
    return tuple(
        resolve_board(
            resolver,
            doc.place_of("leaderboards", entries, index),
            entry,
            known.get(entry.key),
            week_start=week_start,
            switched=switched,
        )
        for index, entry in enumerate(entries)
    )


def resolve_board(
    resolver: Resolver,
    place: str,
    entry: doc.LeaderboardEntry,
    match: Leaderboard | None,
    *,
    week_start: Weekday,
    switched: bool = False,
) -> Leaderboard:
    """Return the board that an entry means, in its activation."""
    _check_fields(resolver, place, entry)
    wanted = _wanted(resolver, place, entry, match, week_start)
    board = activated(wanted, match, resolver.at, week_start=week_start, switched=switched)
    _check_dates(resolver, place, entry, board, match)
    if board.status == "finished":
        _check_kept(resolver, place, entry, board, wanted)
    return board


def _wanted(
    resolver: Resolver,
    place: str,
    entry: doc.LeaderboardEntry,
    match: Leaderboard | None,
    week_start: Weekday,
) -> Leaderboard:
    """Return the board that an entry means, in the activation that it had before."""
    metric, system = None, None
    if entry.rank_by == "metric" and (key := entry.metric_key) is not None:
        metric = resolver.reference(place, "metricKey", key, resolver.metrics)
    if entry.rank_by == "points" and (key := entry.points_system_key) is not None:
        system = resolver.reference(place, "pointsSystemKey", key, resolver.systems)
    return Leaderboard(
        ordinal=resolver.ordinal("leaderboard", match),
        key=entry.key,
        name=entry.name,
        rank_by=entry.rank_by,
        description=entry.description,
        status="active" if entry.status == "scheduled" else entry.status,
        order=entry.order,
        metric=metric.ordinal if metric else None,
        points_system=system,
        max_participants=entry.max_participants,
        run=match.run if match else 0,
        start=_start(entry, match, resolver.at, week_start),
        start_given=entry.start is not None,
        end=day_of(entry.end) if entry.end else None,
        start_minute=_minute(entry.start_time),
        end_minute=_minute(entry.end_time),
        run_unit=entry.run_unit,
        run_interval=entry.run_interval or 1,
        user_attributes=resolver.filters(place, entry.user_attributes, "user"),
        breakdown=_breakdown(resolver, place, entry.breakdown_attributes),
        opened=match.opened if match else True,
        ended=match.ended if match else (),
    )


def activated(
    board: Leaderboard,
    before: Leaderboard | None,
    at: Instant,
    *,
    week_start: Weekday,
    switched: bool = False,
) -> Leaderboard:
    """Give a board that becomes active, or that ranks otherwise from now on, its next run.

    A board that is to be seeded and begins later is not opened yet: see `with_opened`.

    Args:
        board: as it is wanted, in the activation that it had before.
        before: the board before, None for a new one.
        at: the scope's clock.
        week_start: on what weeks begin.
        switched: whether streaks are of another frequency from now on.
    """
    if board.status == "finished":
        return _finished(board, before, at)
    if board.status != "active":
        return msgspec.structs.replace(board, opened=True)
    if before is not None and _goes_on(board, before, at, switched=switched):
        return board
    given = board.start_given
    start = board.start if given else default_start(board.run_unit, at, week_start)
    opened = runs.is_counting(board) or not given or at >= runs.opens_at(start)
    run = board.run + 1
    return msgspec.structs.replace(board, run=run, start=start, opened=opened, ended=())


def _finished(board: Leaderboard, before: Leaderboard | None, at: Instant) -> Leaderboard:
    """Return a board that is finished by hand: what it ranked, and how, stands from then on."""
    if before is None or before.status == "inactive":
        return msgspec.structs.replace(board, opened=True, finished_at=at)
    return msgspec.structs.replace(
        before,
        name=board.name,
        description=board.description,
        max_participants=board.max_participants,
        status="finished",
        finished_at=before.finished_at if before.status == "finished" else at,
    )


def _goes_on(board: Leaderboard, before: Leaderboard, at: Instant, *, switched: bool) -> bool:
    """Tell whether a board that is to be active stays in the activation that it is in."""
    if before.status != "active" or not ranks_as(board, before):
        return False
    if runs.shown_status(board, at) == "finished":
        return True  # its order stands; there is nothing that could begin
    # What waits for its start has no order yet that another frequency could end.
    switched = switched and board.rank_by == "streak" and before.opened
    return not switched and runs.shown_status(before, at) != "finished"


def ranks_as(board: Leaderboard, before: Leaderboard) -> bool:
    """Tell whether two boards rank the same in the same way, so that the order can go on."""

    def what(b: Leaderboard) -> tuple[object, ...]:
        return (
            *(b.rank_by, b.metric, b.points_system, b.order),
            *(b.start_minute, b.end_minute, b.run_unit, b.run_interval),
            *(b.user_attributes, b.breakdown, b.start),
        )

    return what(board) == what(before) and (board.start_given or not before.start_given)


def opening(configuration: Configuration) -> Instant | None:
    """Return when the next board opens that was scheduled, None if none will."""
    at = [runs.opens_at(b.start) for b in _waiting(configuration.leaderboards)]
    return min(at) if at else None


def with_opened(configuration: Configuration, at: Instant) -> Configuration:
    """Return the version in which the boards are open whose time has come by an instant."""
    due = {b.ordinal for b in _waiting(configuration.leaderboards) if at >= runs.opens_at(b.start)}
    boards = tuple(
        msgspec.structs.replace(b, opened=True) if b.ordinal in due else b
        for b in configuration.leaderboards
    )
    return msgspec.structs.replace(
        configuration, version=configuration.version + 1, leaderboards=boards
    )


def _waiting(boards: Sequence[Leaderboard]) -> list[Leaderboard]:
    return [b for b in boards if b.status == "active" and not b.opened]


def _check_fields(resolver: Resolver, place: str, entry: doc.LeaderboardEntry) -> None:
    fields = {
        "metricKey": entry.metric_key,
        "pointsSystemKey": entry.points_system_key,
        "runUnit": entry.run_unit,
        "runInterval": entry.run_interval,
        "startTime": entry.start_time,
        "endTime": entry.end_time,
    }
    what = f"a board ranked by {entry.rank_by}"
    resolver.belong(place, what, fields, FIELDS[entry.rank_by], OPTIONAL[entry.rank_by])
    if entry.run_interval is not None and entry.run_unit is None:
        resolver.issue(place, "runInterval does not belong to a board without runUnit")
    if entry.start_time is not None and (entry.start_time or "00:00") == entry.end_time:
        resolver.issue(place, "startTime and endTime must differ")
    if entry.start_time is None and entry.end_time == "00:00":
        resolver.issue(place, "endTime 00:00 leaves nothing of the day; it may be left out")


def _check_dates(
    resolver: Resolver,
    place: str,
    entry: doc.LeaderboardEntry,
    board: Leaderboard,
    match: Leaderboard | None,
) -> None:
    # Those of the entry: a board that is finished keeps others.
    start = day_of(entry.start) if entry.start else None
    end = day_of(entry.end) if entry.end else None
    if start is not None and not 0 <= start <= DAY_MAX:
        resolver.issue(place, "start must be a date from 1970 to 2100")
    if end is not None and not 0 <= end <= DAY_MAX:
        resolver.issue(place, "end must be a date from 1970 to 2100")
    if entry.status == "scheduled":
        known = match is not None and match.status == "active" and ranks_as(board, match)
        if not known and (start is None or start <= resolver.at // DAY_US):
            resolver.issue(place, "start must lie in the future of what is 'scheduled'")
    # Without a start it begins when it is activated, and may be over by then: else a file that is
    # right today would be wrong tomorrow.
    if end is not None and start is not None and end < start:
        resolver.issue(place, f"end must not be before start ({date_of(start)})")


def _check_kept(
    resolver: Resolver,
    place: str,
    entry: doc.LeaderboardEntry,
    board: Leaderboard,
    wanted: Leaderboard,
) -> None:
    """Refuse to take away what a finished board ranked by, though its entry names it no more.

    What the entry names is checked already. A points system that is taken away is archived, not
    gone.
    """
    before = resolver.before
    if board.metric not in (None, wanted.metric):
        for metric in before.metrics:
            is_kept = metric.ordinal == board.metric and metric.key != entry.metric_key
            if is_kept and metric.key not in resolver.metrics:
                what = f"is finished: the metric {metric.key!r} must stay, it ranks by that"
                resolver.issue(place, what)
    kept = {*board.breakdown, *(f.attribute for f in board.user_attributes)}
    if kept.difference(wanted.breakdown, (f.attribute for f in wanted.user_attributes)):
        said = {*entry.breakdown_attributes, *(f.attribute_key for f in entry.user_attributes)}
        for known in before.attributes:
            attribute = resolver.attributes.get(known.key)
            is_gone = attribute is None or attribute.type != "user"
            if known.ordinal in kept and known.key not in said and is_gone:
                what = f"is finished: the user attribute {known.key!r} must stay, it ranks by that"
                resolver.issue(place, what)


def _start(
    entry: doc.LeaderboardEntry, match: Leaderboard | None, at: Instant, week_start: Weekday
) -> Day:
    """Return the first date of a board, as far as no activation says otherwise."""
    if entry.start is not None:
        return day_of(entry.start)
    if match is not None and not match.start_given:
        return match.start
    start = default_start(entry.run_unit, at, week_start)
    if entry.end is not None and entry.status == "finished":
        return min(start, day_of(entry.end))
    return start


def default_start(unit: RunUnit | None, at: Instant, week_start: Weekday) -> Day:
    """Return the first date of a board for which none is given: today.

    Before a scope's clock runs there is no today. Then weeks begin as its weeks do.
    """
    today = Day(at // DAY_US)
    if unit == "week" and not today:
        weekdays = get_args(Weekday)
        return Day((weekdays.index(week_start) - weekdays.index("thursday")) % DAYS_OF_A_WEEK)
    return today


def _breakdown(resolver: Resolver, place: str, keys: Sequence[str]) -> tuple[Ordinal, ...]:
    found: list[Ordinal] = []
    for index, key in enumerate(keys):
        where = f"breakdownAttributes[{index}]"
        attribute = resolver.attributes.get(key)
        if attribute is None:
            resolver.issue(place, f"{where}: there is no attribute {key!r}")
        elif attribute.type != "user":
            resolver.issue(place, f"{where}: {key!r} is an attribute of {attribute.type}s")
        elif attribute.ordinal in found:
            resolver.issue(place, f"{where}: {key!r} is there twice")
        else:
            found.append(attribute.ordinal)
    return tuple(found)


def _minute(time: str | None) -> int | None:
    return None if time is None else int(time[:2]) * 60 + int(time[3:])
