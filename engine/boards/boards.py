"""All live shards of a scope, and what a user's new place does to the ranks.

The shards are an index over the users' own entries: never stored, rebuilt from them at a start.
A place in a shard that is not live any more (its board was switched off) is dropped silently.
"""

from collections.abc import Iterable, Mapping

from engine.boards.shard import Shard
from engine.configuration.plan import Plan
from engine.model.facts import RankMoved
from engine.model.identifiers import Instant, UserNumber
from engine.model.user import Entry, ShardKey
from engine.rules.turn import Placement

Entries = list[tuple[UserNumber, int, Instant, int]]


class Boards:
    """The live shards of one scope."""

    def __init__(self) -> None:
        self._shards: dict[ShardKey, Shard] = {}

    def enact(self, plan: Plan) -> None:
        """Make the shards live that a plan has, drop all others."""
        self._shards = {
            key: self._shards.get(key) or Shard(descending=plan.boards[key.board].order == "desc")
            for key in plan.live
        }

    def rebuild(self, plan: Plan, entries: dict[ShardKey, Entries]) -> None:
        """Make all shards of a plan from the users' entries at once."""
        self._shards = {
            key: Shard(
                descending=plan.boards[key.board].order == "desc",
                entries=entries.get(key, ()),
            )
            for key in plan.live
        }

    def place(self, number: UserNumber, placements: Iterable[Placement]) -> list[RankMoved]:
        """Move a participant as decided; return the rows of rank history."""
        moved: list[RankMoved] = []
        for at, shard_key, value, set_at, set_order in placements:
            shard = self._shards.get(shard_key)
            if shard is None:
                continue
            if value is None:
                from_position, to_position = shard.leave(number), 0
            else:
                from_position, to_position = shard.move(number, value, set_at, set_order)
            moved.append(
                RankMoved(
                    at=at,
                    board=shard_key.board,
                    group=shard_key.group,
                    run=shard_key.run,
                    from_position=from_position,
                    to_position=to_position,
                    value=value or 0,
                    set_at=set_at,
                    set_order=set_order,
                )
            )
        return moved

    def shard(self, key: ShardKey) -> Shard | None:
        """Return a live shard, None if there is no such one."""
        return self._shards.get(key)


def gather(
    number: UserNumber,
    entries: Mapping[ShardKey, Entry],
    gathered: dict[ShardKey, Entries],
) -> None:
    """Add a user's entries to those of the shards that are wanted; others are left out."""
    for key, entry in entries.items():
        if key in gathered:
            gathered[key].append((number, entry.value, entry.set_at, entry.set_order))
