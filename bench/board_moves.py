"""Part `moves`: moves on boards of several sizes, side by side, and what readers ask of them.

Each board takes a few hundred moves or questions in turn: whatever else the machine does hits all
alike, so the ratio of two says more than the microseconds. Measured is processor time. Somebody
drawn evenly gains a little, as in a game: values rise, and nobody flies past everybody.
"""

import random
import time
from collections.abc import Callable, Iterable, Sequence

from bench.in_process import Figure
from bench.people import MORNING, collected
from engine.boards.boards import Boards
from engine.boards.order import position_for
from engine.boards.shard import Shard
from engine.model.identifiers import Instant, Ordinal, UserNumber
from engine.model.user import ORDER_OF_COMMANDS, ShardKey
from engine.rules.turn import Placement

MOVE, RANK, PAGE = "a move with both ranks", "the rank of somebody", "a page of 100"
AROUND, VALUE = "21 around somebody", "the rank of a value"
TIMES = "a move, the largest board's times the smallest's"

_KINDS: tuple[str, ...] = (MOVE, RANK, PAGE, AROUND, VALUE)
_ROUNDS = 20
_MEAN = 10_000
_GAIN_MAX = 100
_PAGE, _BESIDE = 100, 10
_READS = 10
"""So many moves for each of the dearer questions."""
_KEY = ShardKey(Ordinal(1), "", 1)


def run(sizes: Sequence[int], moves: int) -> list[Figure]:
    """Measure boards of these sizes once; return microseconds, and the ratio of moves.

    Args:
        sizes: participants of each board.
        moves: how many each takes.
    """
    with collected():
        sides = [_Side(size) for size in sizes]
        a_round = -(-moves // _ROUNDS)
        for side in sides:
            side.play(a_round)
            side.forget()  # the first round finds everything cold
        order = list(sides)
        for _ in range(_ROUNDS):
            for side in order:
                side.play(a_round)
            order.append(order.pop(0))  # nobody is always the one behind a certain other
        figures = [figure for kind in _KINDS for figure in (side.figure(kind) for side in sides)]
        smallest, largest = min(sides, key=len), max(sides, key=len)
        ratio = largest.microseconds(MOVE) / smallest.microseconds(MOVE)
        return [*figures, Figure(f"{TIMES} ({len(largest):,} and {len(smallest):,})", ratio, "×")]


class _Side:
    """One of the boards."""

    def __init__(self, participants: int) -> None:
        dice = self._dice = random.Random(participants)
        self._values = [int(dice.expovariate(1 / _MEAN)) for _ in range(participants)]
        self._made = 0
        entries = [
            (UserNumber(number), value, *self._now())
            for number, value in enumerate(self._values, 1)
        ]
        self._boards = Boards()
        self._boards.rebuild({_KEY: entries})
        self.forget()

    def __len__(self) -> int:
        return len(self._values)

    def forget(self) -> None:
        """Forget what was measured so far."""
        self._seconds = dict.fromkeys(_KINDS, 0.0)
        self._counts = dict.fromkeys(_KINDS, 0)

    def play(self, moves: int) -> None:
        """Let it take some moves, and questions."""
        # What is drawn is drawn before: only the boards' own work is measured.
        turns = [self._turn() for _ in range(moves)]
        reads = -(-moves // _READS)
        ranks = [self._number() for _ in range(moves)]
        offsets = [self._dice.randrange(len(self)) for _ in range(reads)]
        people = [self._number() for _ in range(reads)]
        values = [self._values[self._number() - 1] + self._gain() for _ in range(reads)]
        shard = self._boards.shard(_KEY)
        assert shard is not None, "somebody is on it"
        self._measure(MOVE, moves, lambda: _move(self._boards, turns))
        self._measure(RANK, moves, lambda: _read_ranks(self._boards, ranks))
        self._measure(PAGE, reads, lambda: _read_pages(shard, offsets))
        self._measure(AROUND, reads, lambda: _read_around(shard, people))
        self._measure(VALUE, reads, lambda: _rank_values(shard, values))

    def microseconds(self, kind: str) -> float:
        """Return what something has cost on average."""
        return self._seconds[kind] / self._counts[kind] * 1e6

    def figure(self, kind: str) -> Figure:
        """Return what something has cost as a figure."""
        return Figure(f"{kind}, {len(self):,} participants", self.microseconds(kind), "µs")

    def _measure(self, kind: str, count: int, work: Callable[[], None]) -> None:
        begun = time.thread_time()
        work()
        self._seconds[kind] += time.thread_time() - begun
        self._counts[kind] += count

    def _turn(self) -> tuple[UserNumber, Placement]:
        number = self._number()
        self._values[number - 1] += self._gain()
        at, order = self._now()
        return number, Placement(at, _KEY, self._values[number - 1], at, order)

    def _number(self) -> UserNumber:
        return UserNumber(self._dice.randrange(len(self)) + 1)

    def _gain(self) -> int:
        return self._dice.randint(1, _GAIN_MAX)

    def _now(self) -> tuple[Instant, int]:
        """Return the instant and the order of the next command, a millisecond after the last."""
        self._made += 1
        return Instant(MORNING + self._made * 1_000), ORDER_OF_COMMANDS + self._made


def _move(boards: Boards, turns: Iterable[tuple[UserNumber, Placement]]) -> None:
    for number, placement in turns:
        boards.place(number, (placement,))


def _read_ranks(boards: Boards, numbers: Iterable[UserNumber]) -> None:
    for number in numbers:
        shard = boards.shard(_KEY)
        assert shard is not None, "somebody is on it"
        shard.position(number)


def _read_pages(shard: Shard, offsets: Iterable[int]) -> None:
    for offset in offsets:
        list(shard.page(offset, _PAGE))


def _read_around(shard: Shard, numbers: Iterable[UserNumber]) -> None:
    for number in numbers:
        offset = shard.position(number) - 1 - _BESIDE
        list(shard.page(max(0, offset), 2 * _BESIDE + 1 + min(0, offset)))


def _rank_values(shard: Shard, values: Iterable[int]) -> None:
    for value in values:
        position_for(shard, value, descending=True)
