"""Who stays decoded, against the plainest list, in one part and in many."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.host import recently_used as module
from engine.host.recently_used import RecentlyUsed
from engine.model.identifiers import Seq, UserNumber
from engine.model.user import UserState

PARTS = 4
operations = st.lists(
    st.tuples(st.sampled_from(("put", "put", "use", "get")), st.integers(1, 24)), max_size=80
)


def play(walk: Sequence[tuple[str, int]], capacity: int, parts: int) -> None:
    """Each part is a list with the one used last at its end, and lets the first one go."""
    kept = RecentlyUsed(capacity)
    lists: list[list[int]] = [[] for _ in range(parts)]
    latest: dict[int, Seq] = {}
    for index, (what, number) in enumerate(walk):
        part = lists[number % parts]
        if what == "put":
            if number in part:
                part.remove(number)
            part.append(number)
            latest[number] = Seq(index)
            expected = part.pop(0) if len(part) > capacity // parts else None
            left = kept.put(UserState(UserNumber(number), seq=Seq(index)))
            assert (left and left.number) == expected
        else:
            state = (kept.use if what == "use" else kept.get)(UserNumber(number))
            assert (state and state.seq) == (latest[number] if number in part else None)
            if what == "use" and number in part:
                part.remove(number)
                part.append(number)
        assert [n for n in range(1, 25) if UserNumber(n) in kept] == sorted(
            n for part in lists for n in part
        )
        assert len(kept) == sum(map(len, lists)) <= capacity


@given(operations, st.integers(1, 12))
def test_the_one_used_longest_ago_leaves(walk: list[tuple[str, int]], capacity: int) -> None:
    play(walk, capacity, parts=1)


@given(operations, st.integers(PARTS, 16))
def test_a_large_one_is_many_small_ones(walk: list[tuple[str, int]], capacity: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_PARTED_FROM", PARTS)
        patch.setattr(module, "_PARTS", PARTS)
        play(walk, capacity, PARTS)
