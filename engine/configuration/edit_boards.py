"""Changes to leaderboards: `engine.configuration.edit` has the idea.

What a board ranks, whom and when can change only while it is inactive: who plays on it may count on
that. A document can change it at any time, but then the board begins anew. Of a board that is
finished all that stands (`engine.configuration.resolve_boards`), and so does its end.
"""

from collections.abc import Collection
from typing import Literal

import msgspec

from engine.configuration import document as doc
from engine.configuration import runs
from engine.configuration.changes import Change, changed_fields, new_fields, read_entry
from engine.configuration.edit import Draft
from engine.configuration.entries import board_fields
from engine.configuration.resolve_boards import FIELDS, OPTIONAL, resolve_board
from engine.configuration.resolver import article, date_of, day_of
from engine.model.configuration import EndedRun, Leaderboard
from engine.model.errors import InvalidInput
from engine.model.identifiers import DAY_US, Day, Instant, Ordinal
from engine.model.limits import ENDED_RUNS_KEPT_DAYS, PARTICIPANTS

_NAMES = {f.encode_name: f.name for f in msgspec.structs.fields(doc.LeaderboardEntry)}
_ALWAYS = {"name", "description", "status", "maxParticipants", "end"}
"""Fields that can change at any time, `end` unless the board is finished."""

_DEPENDENT = {f for fields in (*FIELDS.values(), *OPTIONAL.values()) for f in fields}
"""Fields that some boards cannot have."""

_PAST = "must not lie in the past: make the leaderboard 'finished' instead"
_FINISHED = "can change only while the leaderboard is not finished"

Status = Literal["inactive", "active", "scheduled", "finished"]

_FOLLOWING: dict[str, Collection[str]] = {
    "inactive": ("inactive", "active", "scheduled"),
    "active": ("active", "scheduled", "inactive", "finished"),
    "finished": ("finished", "inactive", "active"),
}
"""By status, as it is written, those that can follow it."""


def create_leaderboard(draft: Draft, change: Change) -> Ordinal:
    """Make a leaderboard, inactive and for a thousand participants unless it is said otherwise.

    Raises:
        InvalidInput: it cannot be; nothing has changed.
        msgspec.ValidationError: a field is not of its type; likewise.
    """
    with draft.change():
        count = len(draft.leaderboards.all()) + 1
        draft.check_count("leaderboards", count, archived=False)
        fields = new_fields(change, status="inactive")
        if "maxParticipants" not in change:  # null: everybody
            fields["maxParticipants"] = PARTICIPANTS
        entry = read_entry(doc.LeaderboardEntry, fields)
        draft.leaderboards.check_key(entry.key, "leaderboard")
        if entry.status == "finished" and not _is_past(draft, entry):
            raise InvalidInput("end", "must lie in the past of what is 'finished' from the start")
        if entry.status in ("active", "scheduled") and _is_past(draft, entry):
            raise InvalidInput("end", _PAST)
        board = _resolved(draft, entry, None)
    draft.leaderboards.put(board)
    return board.ordinal


def update_leaderboard(draft: Draft, ordinal: Ordinal, change: Change) -> None:
    """Change a leaderboard: left out is no change.

    Ranked by something else it loses the fields that do not belong to it any more; without
    `runUnit` it has no `runInterval`.

    Raises:
        NotFound: there is none.
        InvalidInput: it cannot be; nothing has changed.
        msgspec.ValidationError: a field is not of its type; likewise.
    """
    match = draft.leaderboards.find(ordinal, "leaderboard")
    with draft.change():
        known = board_fields(match, draft.names, draft.system_keys)
        fields = changed_fields(known, change, _dropped(match, change))
        before = read_entry(doc.LeaderboardEntry, known)
        entry = read_entry(doc.LeaderboardEntry, fields)
        if match.status != "inactive":
            _check_fixed(draft, match, before, entry, change)
        if entry.key != match.key:
            draft.leaderboards.check_key(entry.key, "leaderboard")
        entry.status = _next_status(draft, match, before, entry, change)
        board = _resolved(draft, entry, match)
    draft.leaderboards.put(board)


def delete_leaderboard(draft: Draft, ordinal: Ordinal) -> None:
    """Let a leaderboard vanish.

    Raises:
        NotFound: there is none.
    """
    draft.leaderboards.remove(draft.leaderboards.find(ordinal, "leaderboard"))


def end_run(draft: Draft, ordinal: Ordinal, at: Instant) -> None:
    """End the run of a leaderboard that is on, by the UTC date; one without runs is finished.

    Raises:
        NotFound: there is no such leaderboard.
        InvalidInput: no run is on.
    """
    board = draft.leaderboards.find(ordinal, "leaderboard")
    status = runs.shown_status(board, at)
    if status != "active":
        raise InvalidInput("", f"no run of the leaderboard is on: it is {status}")
    if board.run_unit is None:
        draft.leaderboards.put(msgspec.structs.replace(board, status="finished", finished_at=at))
        return
    run = runs.run_on(msgspec.structs.replace(board, ended=()), Day(at // DAY_US))
    if run is None:
        raise InvalidInput("", "no run of the leaderboard is on today, by the date in UTC")
    if runs.ended_at(board, run) is not None:
        raise InvalidInput("", "the run of today, by the date in UTC, is ended already")
    kept = tuple(known for known in board.ended if not _is_long_over(board, known.run, at))
    draft.leaderboards.put(msgspec.structs.replace(board, ended=(*kept, EndedRun(run, at))))


def _resolved(draft: Draft, entry: doc.LeaderboardEntry, match: Leaderboard | None) -> Leaderboard:
    """Return the board that an entry means.

    Raises:
        InvalidInput: it cannot be.
    """
    resolver = draft.resolver
    repeats = entry.run_unit is not None and "runUnit" in OPTIONAL[entry.rank_by]
    if repeats and entry.run_interval is None:
        resolver.issue("", "runInterval is missing")
    board = resolve_board(resolver, "", entry, match, week_start=draft.before.week_start)
    if match is None or board.points_system != match.points_system:
        archived = {s.ordinal for s in draft.system_settings() if s.status == "archived"}
        if board.points_system in archived:
            what = f"{resolver.named('pointsSystemKey')}: there is no {entry.points_system_key!r}"
            resolver.issue("", what)
    draft.check()
    return board


def _dropped(match: Leaderboard, change: Change) -> Collection[str]:
    """Return the fields of a board that a change takes away without naming them."""
    dropped: set[str] = set()
    rank_by = str(change.get("rankBy", match.rank_by))
    if rank_by != match.rank_by:
        dropped |= _DEPENDENT.difference(FIELDS.get(rank_by, ()), OPTIONAL.get(rank_by, ()))
    if "runUnit" in change and change["runUnit"] is None:
        dropped.add("runInterval")
    return dropped


def _check_fixed(
    draft: Draft,
    match: Leaderboard,
    before: doc.LeaderboardEntry,
    entry: doc.LeaderboardEntry,
    change: Change,
) -> None:
    """Refuse changes that an inactive board only can take; to say what is so already is none.

    Raises:
        InvalidInput: names the fields.
    """
    if not match.start_given and entry.start == date_of(match.start):
        entry.start = None
    resolver = draft.resolver
    for field, name in _NAMES.items():
        if field in change and field not in _ALWAYS and _said(entry, name) != _said(before, name):
            what = "can change only while the leaderboard is inactive"
            resolver.issue(resolver.named(field), what)
    draft.check()


def _said(entry: doc.LeaderboardEntry, name: str) -> object:
    if name == "user_attributes":
        return {(f.attribute_key, f.attribute_value) for f in entry.user_attributes}
    return getattr(entry, name)


def _next_status(
    draft: Draft,
    match: Leaderboard,
    before: doc.LeaderboardEntry,
    entry: doc.LeaderboardEntry,
    change: Change,
) -> Status:
    """Return the status, as it is written, that a changed board gets.

    What it is shown with already is no change.

    Raises:
        InvalidInput: it cannot have the one that is wanted.
    """
    at, wanted, status = draft.resolver.at, entry.status, match.status
    shown = runs.shown_status(match, at)
    if "status" in change and wanted != shown:
        if wanted not in _FOLLOWING[status]:
            what = f"{article(status)} leaderboard cannot become {wanted!r}"
            raise InvalidInput("status", what)
        if status == "active" and wanted == "scheduled":
            if match.start <= at // DAY_US:
                raise InvalidInput("status", "the leaderboard has begun already")
        else:
            status = wanted
    if wanted == "finished" and entry.end != before.end:
        raise InvalidInput("end", _FINISHED)
    begins = match.status != "active" or entry.end != before.end
    begins = begins or ("status" in change and shown == "finished" != wanted)
    if status in ("active", "scheduled") and begins and _is_past(draft, entry):
        raise InvalidInput("end", _PAST)
    return status


def _is_past(draft: Draft, entry: doc.LeaderboardEntry) -> bool:
    """Tell whether a board's last date is over, by the date in UTC."""
    return entry.end is not None and day_of(entry.end) < draft.resolver.at // DAY_US


def _is_long_over(board: Leaderboard, run: int, at: Instant) -> bool:
    over = runs.over_at(msgspec.structs.replace(board, ended=()), run)
    return over is not None and over + ENDED_RUNS_KEPT_DAYS * DAY_US < at
