"""Rank history by brute force: what follows from the facts of the log, row by row (SPEC 8.5).

Facts say who came where; everybody between is displaced and has no row of their own. Here each
board, group and run is a plain list of everybody, sorted anew at each fact by value and by when
that was set. So it can be said whether the positions that a fact names are the true ones, and for
everybody whose position changed there is a row. It takes everything in and is slow.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from engine.model.facts import AnyFact, RankMoved


class Shard(NamedTuple):
    board: int
    group: str
    run: int


class Entry(NamedTuple):
    """A participant by number, with what they are ranked by."""

    number: int
    value: int
    set_at: int
    set_order: int


class Row(NamedTuple):
    """Somebody's position or value became another one: position 0 is not on the board."""

    seq: int
    # The place of the fact among those of its record, from 0.
    fact: int
    # The instant of the record.
    at: int
    from_position: int
    to_position: int
    # After it; 0 for one who is not on the board.
    value: int


class Rank(NamedTuple):
    position: int
    value: int


class RankHistory:
    """What rank history has to say of a scope. `descends` tells in which order a board ranks."""

    def __init__(self, descends: Callable[[int], bool]) -> None:
        self._descends = descends
        self._signs: dict[Shard, int] = {}
        self._orders: dict[Shard, list[Entry]] = {}
        # By shard: the order after each record that changed it.
        self._past: dict[Shard, list[tuple[int, list[Entry]]]] = {}
        # By shard and participant.
        self._rows: dict[tuple[Shard, int], list[Row]] = {}
        # Of every record its number and instant.
        self._records: list[tuple[int, int]] = []

    def take(self, seq: int, at: int, number: int, facts: Sequence[AnyFact]) -> None:
        """Takes in the next record of the scope: all its facts, which are about one user."""
        if self._records:
            assert (seq, at) > self._records[-1], "records come in order"
            assert at >= self._records[-1][1], "and so do their instants"
        self._records.append((seq, at))
        touched: set[Shard] = set()
        for index, fact in enumerate(facts):
            if isinstance(fact, RankMoved):
                shard = Shard(fact.board, fact.group, fact.run)
                self._move(shard, number, fact, Row(seq, index, at, 0, 0, 0))
                touched.add(shard)
        for shard in touched:
            self._past.setdefault(shard, []).append((seq, self._orders[shard]))

    def _move(self, shard: Shard, number: int, fact: RankMoved, row: Row) -> None:
        before = self._orders.get(shard, [])
        # The order of a board that ranks the other way is that of another run.
        sign = self._signs.setdefault(shard, -1 if self._descends(fact.board) else 1)
        after = [entry for entry in before if entry.number != number]
        if fact.to_position:
            after.append(Entry(number, fact.value, fact.set_at, fact.set_order))
        after.sort(key=lambda entry: (sign * entry.value, entry.set_at, entry.set_order))
        assert len({entry[1:] for entry in after}) == len(after), "nobody is level with another"
        assert fact.from_position == position(before, number), (row, fact)
        assert fact.to_position == position(after, number), (row, fact)
        assert fact.from_position or fact.to_position, "somebody came, went or moved"
        assert before != after, "no fact says nothing"
        self._orders[shard] = after
        for other in {entry.number for entry in (*before, *after)}:
            was, is_now = rank(before, other), rank(after, other)
            if was != is_now:
                changed = row._replace(
                    from_position=was.position if was else 0,
                    to_position=is_now.position if is_now else 0,
                    value=is_now.value if is_now else 0,
                )
                self._rows.setdefault((shard, other), []).append(changed)

    # Questions

    def shards(self) -> list[Shard]:
        """All that anybody was ever on."""
        return sorted(self._orders)

    def moves(self, shard: Shard) -> list[Row]:
        """All rows of everybody who was ever on it."""
        return [
            row for (of_shard, _), rows in self._rows.items() if of_shard == shard for row in rows
        ]

    def participants(self, shard: Shard) -> list[int]:
        """By number everybody who was ever on it."""
        return sorted(number for of_shard, number in self._rows if of_shard == shard)

    def last_seq(self, at: int) -> int:
        """The last record that is not later than an instant, 0 if there is none."""
        return max((seq for seq, of_record in self._records if of_record <= at), default=0)

    def standing_after(self, shard: Shard, seq: int) -> list[Entry]:
        """Everybody in order, as a record left them."""
        orders = [order for of_record, order in self._past.get(shard, []) if of_record <= seq]
        return orders[-1] if orders else []

    def standing_at(self, shard: Shard, at: int) -> list[Entry]:
        """Everybody in order at an instant: after all records that are not later."""
        return self.standing_after(shard, self.last_seq(at))

    def rank_after(self, shard: Shard, number: int, seq: int) -> Rank | None:
        """Where somebody was as a record left them; None if they were not on it."""
        return rank(self.standing_after(shard, seq), number)

    def rank_at(self, shard: Shard, number: int, at: int) -> Rank | None:
        """Where somebody was at an instant."""
        return self.rank_after(shard, number, self.last_seq(at))

    def rows(self, shard: Shard, number: int) -> list[Row]:
        """All changes of somebody's position or value, their own and those by others."""
        return list(self._rows.get((shard, number), []))

    def changes(self, shard: Shard, number: int, after: int, upto: int) -> list[Row]:
        """Those of records later than one instant and not later than another."""
        return [row for row in self.rows(shard, number) if after < row.at <= upto]


def position(order: Sequence[Entry], number: int) -> int:
    """Somebody's place in an order, from 1; 0 if they have none."""
    numbers = [entry.number for entry in order]
    return numbers.index(number) + 1 if number in numbers else 0


def rank(order: Sequence[Entry], number: int) -> Rank | None:
    place = position(order, number)
    return Rank(place, order[place - 1].value) if place else None
