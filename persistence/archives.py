"""Reading the archives of closed runs (`engine.boards.archive` has their form)."""

from collections.abc import Iterator

from engine.boards.archive import (
    CHUNK_BITS,
    HEAD_KEY,
    PAGE_PLACES,
    PAGES,
    PLACES,
    PartKey,
    find_place,
    read_head,
    read_page,
)
from engine.boards.shard import Place
from engine.host.ports import DerivedReader
from engine.model.errors import LogDamaged
from engine.model.identifiers import ScopeNumber, UserNumber
from engine.model.scope import ClosedRun


class Archive:
    """The archive of one run."""

    def __init__(self, derived: DerivedReader, scope: ScopeNumber, closed: ClosedRun) -> None:
        """Read its head.

        Args:
            derived: where it is.
            scope: whose run.
            closed: the run, whose archive is complete.

        Raises:
            LogDamaged: the archive is not there, or not what was written.
        """
        self._derived = derived
        self._scope = scope
        self._run = closed.finished
        head = self._part(HEAD_KEY)
        if head is None:
            raise LogDamaged(
                f"the archive of run {closed.finished.run} of board {closed.finished.board} is "
                "missing: the derived data are damaged; remove them to have them made again"
            )
        self._groups = read_head(head)

    def groups(self) -> dict[str, int]:
        """Return the groups with how many are on each."""
        return dict(self._groups)

    def order(self, group: str) -> "ArchivedOrder | None":
        """Return the order of a group, None if nobody was on it."""
        for index, (known, participants) in enumerate(self._groups):
            if known == group:
                return ArchivedOrder(self, index, participants)
        return None

    def group_of(self, number: UserNumber) -> str | None:
        """Return the group that somebody was on, None if they were on none. One read."""
        place = self.place(number)
        return None if place is None else self._groups[place[0]][0]

    def place(self, number: UserNumber) -> tuple[int, int, int] | None:
        """Return group, position and value of somebody. One read."""
        chunk = self._part(PartKey(PLACES, 0, number >> CHUNK_BITS))
        return None if chunk is None else find_place(chunk, number)

    def page(self, group: int, index: int) -> list[tuple[UserNumber, int]]:
        """Return a page of a group, from 0. One read."""
        page = self._part(PartKey(PAGES, group, index))
        return [] if page is None else read_page(page)

    def _part(self, key: PartKey) -> bytes | None:
        return self._derived.archive(self._scope, self._run.board, self._run.run, key)


class ArchivedOrder:
    """The final order of one group of a run; `engine.boards.order.Order`."""

    def __init__(self, archive: Archive, group: int, participants: int) -> None:
        self._archive = archive
        self._group = group
        self._participants = participants

    def __len__(self) -> int:
        return self._participants

    def page(self, offset: int, limit: int) -> Iterator[Place]:
        """Yield the places at positions offset + 1 to offset + limit. A read each 1,000."""
        position, end = offset, min(offset + limit, self._participants)
        while position < end:
            index, within = divmod(position, PAGE_PLACES)
            for number, value in self._archive.page(self._group, index)[within:]:
                if position == end:
                    return
                position += 1
                yield Place(position, number, value)

    def position(self, number: UserNumber) -> int:
        """Return a participant's position, 0 if they were not in the order. One read."""
        place = self._archive.place(number)
        return place[1] if place is not None and place[0] == self._group else 0

    def value(self, number: UserNumber) -> int | None:
        """Return a participant's value, None if they were not in the order. One read."""
        place = self._archive.place(number)
        return place[2] if place is not None and place[0] == self._group else None

    def value_at(self, position: int) -> int | None:
        """Return the value at a position, None beyond the end. One read."""
        return next((place.value for place in self.page(position - 1, 1)), None)
