"""All live shards of a scope, and what a user's new place does to the ranks.

    board and run ──► groups ──► shard            a run is there from its first participant on

The shards are an index over the users' own entries: never stored, rebuilt from them at a start.
A place on a board that does not rank any more (it was switched off, or began anew) is dropped
silently. A run that is over stays as it is until it is closed, and then until it is archived.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

import msgspec

from engine.boards.shard import Remains, Shard
from engine.configuration import runs
from engine.configuration.plan import Plan
from engine.model.errors import InvalidInput
from engine.model.facts import RankMoved
from engine.model.identifiers import Instant, Ordinal, UserNumber
from engine.model.limits import GROUPS_MAX
from engine.model.user import Entry, ShardKey
from engine.rules.turn import Placement

Entries = list[tuple[UserNumber, int, Instant, int]]
RunKey = tuple[Ordinal, int]
"""A board and a run of it."""

_NO_GROUPS: Mapping[str, Shard] = {}


class BoardsStatistics(msgspec.Struct, frozen=True):
    """How much is ranked."""

    runs: int
    shards: int
    participants: int


class Boards:
    """The live shards of one scope."""

    def __init__(self) -> None:
        self._plan: Plan | None = None
        self._runs: dict[RunKey, dict[str, Shard]] = {}
        """By board and run its groups; none of them is empty."""
        self._closed: dict[RunKey, bool] = {}
        """Those whose standing is final and not archived yet, and whether higher values come first.
        """
        self._archived: set[RunKey] = set()
        self._remains: Remains | None = None
        """Of runs that were dropped, if somebody calls `let_go`."""
        self.version = 0
        """How often a run came or went."""

    def enact(self, plan: Plan) -> None:
        """Rank by a plan from now on; drop the runs that it does not have."""
        self._plan = plan
        self._runs = {key: groups for key, groups in self._runs.items() if self._has(key)}
        self.version += 1

    def wants(self, key: ShardKey) -> bool:
        """Tell whether an entry of a user counts: the others are of boards that are no more."""
        return self._has((key.board, key.run))

    def rebuild(self, entries: Mapping[ShardKey, Entries]) -> None:
        """Make all shards from the users' entries at once; those that are not wanted are none."""
        self._runs = {}
        for key, of_shard in entries.items():
            shard = Shard(descending=self._descends(key), entries=of_shard, remains=self._remains)
            self._runs.setdefault((key.board, key.run), {})[key.group] = shard
        self.version += 1

    def check_groups(self, placements: Iterable[Placement], where: str) -> None:
        """Refuse placements that would make more groups on a run than there may be (SPEC 8.1).

        Args:
            placements: of one command, from attributes that it brings.
            where: what the command calls these.

        Raises:
            InvalidInput: they would.
        """
        for placement in placements:
            key = placement.shard
            groups = self._runs.get((key.board, key.run), _NO_GROUPS)
            if placement.value is None or len(groups) < GROUPS_MAX or key.group in groups:
                continue
            raise InvalidInput(
                where,
                f"would make a group more than the {GROUPS_MAX} that a leaderboard can have",
            )

    def place(self, number: UserNumber, placements: Iterable[Placement]) -> list[RankMoved]:
        """Move a participant as decided; return the rows of rank history."""
        moved: list[RankMoved] = []
        for at, shard_key, value, set_at, set_order in placements:
            shard = self.shard(shard_key)
            if shard is None:
                if value is None or not self._has((shard_key.board, shard_key.run)):
                    continue
                shard = self._begin(shard_key)
            if value is None:
                from_position, to_position = shard.leave(number), 0
                if not len(shard):
                    self._end(shard_key)
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

    def live(self) -> list[ShardKey]:
        """Return the keys of all live shards."""
        return [
            ShardKey(board, group, run)
            for (board, run), groups in self._runs.items()
            for group in groups
        ]

    def shard(self, key: ShardKey) -> Shard | None:
        """Return a shard that somebody is on, None if nobody is."""
        groups = self._runs.get((key.board, key.run))
        return None if groups is None else groups.get(key.group)

    def groups(self, board: Ordinal, run: int) -> Mapping[str, Shard]:
        """Return the groups of a run that somebody is on. Not to be changed."""
        return self._runs.get((board, run), _NO_GROUPS)

    def open_runs(self) -> Iterator[RunKey]:
        """Yield boards and runs that somebody is on and that are not closed."""
        return (key for key in self._runs if key not in self._closed)

    def close(self, key: RunKey, *, descending: bool) -> None:
        """Note that the standing of a run is final; or again, that its archive is lost."""
        self._archived.discard(key)
        self._closed[key] = descending
        self.version += 1

    def holds(self, key: RunKey) -> bool:
        """Tell whether a run is closed and its order still here: its archive is to be written."""
        return key in self._closed

    def held(self) -> Collection[RunKey]:
        """Return the runs that `holds` is true of, in order of their closing."""
        return self._closed.keys()

    def drop(self, key: RunKey) -> None:
        """Let go of a closed run, whose archive is complete."""
        self._closed.pop(key, None)
        self._archived.add(key)
        self._runs.pop(key, None)
        self.version += 1

    def free_in_slices(self) -> None:
        """Leave it to `let_go` to free the memory of runs that are dropped from now on."""
        self._remains = []

    def let_go(self, limit: int) -> bool:
        """Free some participants of dropped runs that nobody reads; return whether more are left.

        0.1 µs each.
        """
        while self._remains and limit > 0:
            keys = self._remains[-1]
            some = min(limit, len(keys))
            for _ in range(some):
                keys.popitem()
            limit -= some
            if not keys:
                self._remains.pop()
        return bool(self._remains)

    def statistics(self) -> BoardsStatistics:
        """Return how much is ranked. O(shards)."""
        shards = [shard for groups in self._runs.values() for shard in groups.values()]
        return BoardsStatistics(len(self._runs), len(shards), sum(map(len, shards)))

    def _has(self, key: RunKey) -> bool:
        if key in self._closed:
            return True
        if key in self._archived or self._plan is None:
            return False
        board = self._plan.leaderboards.get(key[0])
        if board is None or board.status == "inactive" or not board.opened:
            return False
        return runs.activation_of(key[1]) == board.run

    def _descends(self, key: ShardKey) -> bool:
        closed = self._closed.get((key.board, key.run))
        if closed is not None:
            return closed  # the board may rank otherwise by now, or be no more
        return self._plan is None or self._plan.leaderboards[key.board].order == "desc"

    def _begin(self, key: ShardKey) -> Shard:
        shard = Shard(descending=self._descends(key), remains=self._remains)
        run = key.board, key.run
        if run not in self._runs:
            self._runs[run] = {}
            self.version += 1
        self._runs[run][key.group] = shard
        return shard

    def _end(self, key: ShardKey) -> None:
        run = key.board, key.run
        del self._runs[run][key.group]
        if not self._runs[run]:
            del self._runs[run]
            self.version += 1

    def _check(self) -> None:
        """Assert that no shard is empty and each is sound; O(n), for tests."""
        for groups in self._runs.values():
            assert groups
            for shard in groups.values():
                assert len(shard)
                shard._check()  # pyright: ignore[reportPrivateUsage]


def gather(
    number: UserNumber,
    entries: Mapping[ShardKey, Entry],
    gathered: dict[ShardKey, Entries],
    wanted: Callable[[ShardKey], bool],
) -> None:
    """Add a user's entries to those of the shards that are wanted; others are left out."""
    for key, entry in entries.items():
        if wanted(key):
            gathered.setdefault(key, []).append(
                (number, entry.value, entry.set_at, entry.set_order)
            )
