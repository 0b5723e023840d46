"""The difference between what is recorded and what would be, as tables for people."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from api.cli import tables
from api.operations.answers_jobs import WhatIfAnswer
from engine.host.comparison import (
    AchievementDifference,
    BoardDifference,
    PointsDifference,
    UserDifference,
    WhatIf,
)
from engine.host.standing import Place

if TYPE_CHECKING:
    from rich.console import RenderableType

_NUMBERS = ("Recorded", "Would be", "Gained", "Lost", "Rank")


def parts(found: WhatIfAnswer, users: Sequence[UserDifference]) -> "Iterator[RenderableType]":
    """Yield tables of whatever would be otherwise, and what was left out."""
    difference = found.difference
    since = "from the beginning on" if found.begin is None else f"from {found.begin} on"
    yield f"Scope {found.scope}, with the other configuration {since}, up to {found.end}."
    yield from _counts(difference)
    changed = [a for a in difference.achievements if a.gained or a.lost]
    if changed:
        yield _achievements(changed)
    for system in difference.points:
        if _differ(system):
            yield _points(system)
    for board in difference.leaderboards:
        if board.recorded != board.would_be:
            yield _board(board)
    if users:
        yield _users(users, difference.users_differ)
    if not difference.users_differ:
        yield "Nobody would have anything else."


def _counts(difference: WhatIf) -> Iterator[str]:
    yield (
        f"{difference.evaluated:,} commands evaluated anew; {difference.users_differ:,} of "
        f"{max(difference.users, difference.would_be_users):,} users differ."
    )
    if difference.would_be_users != difference.users:
        yield f"There would be {difference.would_be_users:,} users, not {difference.users:,}."
    if difference.other_rules:
        yield (
            f"{difference.other_rules:,} commands were recorded under other rules than this "
            "release's, so that some of the difference may be theirs."
        )
    for left_out in difference.left_out:
        yield f"Left out: {left_out.commands:,} commands: {left_out.reason}"


def _achievements(changed: Sequence[AchievementDifference]) -> "RenderableType":
    columns = ("Achievement", "Name", "Recorded", "Would be", "Gained", "Lost")
    table = tables.table("Achievements", *columns, numbers=_NUMBERS)
    for a in changed:
        counts = (f"{count:,}" for count in (a.recorded, a.would_be, a.gained, a.lost))
        table.add_row(a.key, tables.plain(a.name), *counts)
    return table


def _differ(system: PointsDifference) -> bool:
    levels = any(level.recorded != level.would_be for level in system.levels)
    return bool(system.more or system.fewer or levels)


def _points(system: PointsDifference) -> "RenderableType":
    table = tables.table(f"Points: {system.key}", "", "Recorded", "Would be", numbers=_NUMBERS)
    table.add_row("sum of all totals", f"{system.recorded:,}", f"{system.would_be:,}")
    table.add_row("users with more", "", f"{system.more:,}")
    table.add_row("users with fewer", "", f"{system.fewer:,}")
    for level in system.levels:
        name = "on no level" if level.key is None else f"on level {level.key}"
        table.add_row(name, f"{level.recorded:,}", f"{level.would_be:,}")
    return table


def _board(board: BoardDifference) -> "RenderableType":
    title = f"Board: {board.key} {board.group}".rstrip()
    table = tables.table(title, "Rank", "Recorded", "", "Would be", "", numbers=("Rank", ""))
    for index in range(max(len(board.recorded), len(board.would_be))):
        before, after = _cells(board.recorded, index), _cells(board.would_be, index)
        table.add_row(f"{index + 1:,}", *before, *after)
    return table


def _cells(places: Sequence[Place], index: int) -> "tuple[RenderableType, RenderableType]":
    if index >= len(places):
        return "", ""
    return tables.plain(places[index].user_id), f"{places[index].value:,}"


def _users(users: Sequence[UserDifference], differ: int) -> "RenderableType":
    title = f"Users who differ: {len(users):,} of {differ:,}"
    table = tables.table(title, "User", "Gained", "Lost", "Points", "Level")
    for user in users:
        points = [f"{key} {c.recorded:,} → {c.would_be:,}" for key, c in user.points.items()]
        levels = [
            f"{key} {c.recorded_level or '–'} → {c.would_be_level or '–'}"
            for key, c in user.points.items()
            if c.recorded_level != c.would_be_level
        ]
        gained, lost = ", ".join(user.gained), ", ".join(user.lost)
        name = tables.plain(user.user_id)
        table.add_row(name, gained, lost, ", ".join(points), ", ".join(levels))
    return table
