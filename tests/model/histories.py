"""Random histories of a scope: what users and operators do, at nasty instants in nasty zones.

A history is a list of operations (tests/model/operations.py). It is made in two halves. The first
draws *steps*, which know nothing of each other (tests/model/steps.py). The second, here, writes the
steps down as operations, for which it follows the clock, the document (tests/model/documents.py)
and the users' zones: which metric is the third one, when midnight is. So hypothesis can strike out
any step and what remains is still a valid history, and `random_history` draws the same steps from a
seed.

All documents are valid. Rarely a value is too large; then the engine has to refuse the event. Other
things are refused more often: a pause in the past, a freeze too many, settings that users may not
have, an achievement that is locked, an event without the points for it.
"""

import random
from collections.abc import Sequence
from datetime import UTC, datetime

from hypothesis import strategies as st

from tests.model.documents import Editor
from tests.model.operations import Operation
from tests.model.scribe import Scribe, wall_date
from tests.model.steps import (
    DAY,
    HOUR,
    SECOND,
    TRANSITIONS,
    USER_COUNTS,
    USERS,
    ZONES,
    Chance,
    Drawn,
    Mutation,
    Seeded,
    Step,
    draw_mutation,
    draw_numbers,
    draw_step,
)
from tests.model.streaks import WEEKDAYS

__all__ = ["DAY", "Operation", "histories", "random_history"]


def _begin(chance: Chance, first_mutations: Sequence[Mutation]) -> Scribe:
    """Writes the first document: one sum, mostly a streak on it, and what the mutations add."""
    transition = datetime.fromisoformat(chance.pick(TRANSITIONS)).replace(tzinfo=UTC)
    start = int(transition.timestamp()) * SECOND - chance.between(0, 72) * HOUR
    editor = Editor()
    editor.today = wall_date("UTC", start)
    editor.document["defaultTimeZone"] = chance.pick(("UTC", "UTC", *ZONES))
    week_start = chance.pick((None, None, *WEEKDAYS))
    if week_start is not None:
        editor.document["weekStart"] = week_start
    editor.mutate(Mutation("metric", "add", 0, (0, 0, 0, 0)))
    if chance.between(0, 1):
        editor.mutate(Mutation("metric", "add", 0, (1, chance.between(0, 5), 0, 0)))
    scribe = Scribe(start, USERS[: chance.pick(USER_COUNTS)], editor)
    if chance.between(0, 3) > 0:
        numbers = draw_numbers(chance, 8)
        editor.mutate(Mutation("streak", "add", chance.between(0, 3), numbers))
    for number in range(chance.between(0, 2)):
        editor.mutate(Mutation("attribute", "add", 0, (number, 0, 0, 0)))
    if chance.between(0, 2) == 2:
        editor.mutate(Mutation("points", "add", 0, (0, 0, 0, 0)))
        numbers = (0, 0, 0, chance.between(0, 9), 0, chance.between(0, 1), 0, 0)
        editor.mutate(Mutation("trigger", "add", 0, numbers))
    boards = [
        Mutation("board", "add", 0, draw_numbers(chance, 8)) for _ in range(chance.between(0, 2))
    ]
    scribe.configure([*first_mutations, *boards])
    return scribe


class _Dealt:
    """Makes a `Chance` of one number, or has hypothesis draw each choice.

    By numbers histories differ more: a history has a thousand choices, and hypothesis comes back to
    the same ones again and again. It can strike out a step either way, but make a step simpler only
    where it draws each choice.
    """

    def __init__(self, draw: st.DrawFn) -> None:
        self._by_number = draw(st.sampled_from((False, True, True)))

    def chance(self, draw: st.DrawFn) -> Chance:
        if not self._by_number:
            return Drawn(draw)
        # Hypothesis prefers small numbers to larger ones of more than 24 bits.
        return Seeded(random.Random(draw(st.integers(0, 2**24 - 1))))


@st.composite
def _additions(draw: st.DrawFn, dealt: _Dealt) -> Mutation:
    return draw_mutation(dealt.chance(draw), adds_only=True)


@st.composite
def _steps(draw: st.DrawFn, dealt: _Dealt) -> Step | None:
    return draw_step(dealt.chance(draw))


@st.composite
def histories(draw: st.DrawFn, max_operations: int = 50) -> list[Operation]:
    """Histories of up to so many operations, the first of which configures the scope."""
    dealt = _Dealt(draw)
    # Lists are short unless they have to be long.
    least = draw(st.sampled_from((0, 5, 10, 20)))
    mutations = draw(st.lists(_additions(dealt), min_size=least, max_size=25))
    scribe = _begin(dealt.chance(draw), mutations)
    most = max_operations - 1
    least = min(most, draw(st.sampled_from((0, 10, 25, 40, 40))))
    for step in draw(st.lists(_steps(dealt), min_size=least, max_size=most)):
        scribe.write(step)
    return scribe.operations[:max_operations]


def random_history(rng: random.Random, operations: int) -> list[Operation]:
    """A history of exactly so many operations (at least one); the same seed gives the same one."""
    chance = Seeded(rng)
    scribe = _begin(
        chance, [draw_mutation(chance, adds_only=True) for _ in range(rng.randint(0, 30))]
    )
    while len(scribe.operations) < operations:
        scribe.write(draw_step(chance))
    return scribe.operations[:operations]
