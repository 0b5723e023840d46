"""A leaderboard compiled for evaluation: who is on it, in which group, for which run."""

from collections.abc import Mapping

import msgspec

from engine.configuration import runs
from engine.configuration.filters import Wanted, matches
from engine.model.configuration import Leaderboard
from engine.model.identifiers import Day
from engine.model.limits import GROUPS_MAX
from engine.model.user import ShardKey

NO_GROUP = ""
"""The one group of a board without breakdown."""

_GROUPS_REMEMBERED = 2 * GROUPS_MAX

_encoder = msgspec.json.Encoder()


class BoardPlan:
    """An active board with the attributes that it asks for, by their keys."""

    __slots__ = (
        "_for_everybody",
        "_groups",
        "board",
        "breakdown",
        "is_counting",
        "keeps_values",
        "shard",
        "wanted",
    )

    def __init__(self, board: Leaderboard, wanted: Wanted, breakdown: tuple[str, ...]) -> None:
        """Compile a board.

        Args:
            board: the board.
            wanted: the user attributes that it asks for.
            breakdown: the keys of those by whose values it falls into groups.
        """
        self.board = board
        self.wanted = wanted
        self.breakdown = breakdown
        self.is_counting = runs.is_counting(board)
        self.keeps_values = runs.keeps_values(board)
        self.shard = ShardKey(board.ordinal, NO_GROUP, board.run)
        """Of a perpetual board without groups its one shard."""
        self._for_everybody = not wanted and not breakdown
        self._groups: dict[tuple[str, ...], str] = {}

    def run_on(self, day: Day) -> int | None:
        """Return the run for which a local date counts, None if it counts for none."""
        board = self.board
        if board.run_unit is None and board.end is None and not self.is_counting:
            return board.run  # as most boards
        return runs.run_on(board, day)

    def asks_for(self, attribute: str) -> bool:
        """Tell whether a user attribute decides who is on the board, or in which group."""
        return attribute in self.breakdown or any(key == attribute for key, _ in self.wanted)

    def group(self, attributes: Mapping[str, str]) -> str | None:
        """Return the group of a user by their attributes; None if they are not to be on it."""
        if self._for_everybody:  # as most boards
            return NO_GROUP
        if self.wanted and not matches(self.wanted, attributes):
            return None
        return self.group_of(attributes) if self.breakdown else NO_GROUP

    def group_of(self, attributes: Mapping[str, str]) -> str | None:
        """Return the group of some attributes; None if one is missing."""
        values = tuple(attributes[key] for key in self.breakdown if key in attributes)
        if len(values) < len(self.breakdown):
            return None
        group = self._groups.get(values)
        if group is None:
            if len(self._groups) >= _GROUPS_REMEMBERED:
                self._groups.clear()
            group = self._groups[values] = _encoder.encode(values).decode()
        return group

    def shard_of(self, group: str, run: int) -> ShardKey:
        """Return the shard of a group in a run."""
        if group == NO_GROUP and run == self.shard.run:
            return self.shard
        return ShardKey(self.board.ordinal, group, run)


def values_of(group: str) -> tuple[str, ...]:
    """Return the values of the breakdown attributes that a group stands for."""
    return tuple(msgspec.json.decode(group, type=list[str])) if group else ()
