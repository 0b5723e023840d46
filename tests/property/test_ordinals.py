"""Ordinals over any sequence of documents: kept for kept keys, never given twice; runs of boards.

What a user has is kept under ordinals, so one that was given twice would hand somebody's past to
another thing.
"""

from collections.abc import Iterator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from engine.configuration.document import read_document
from engine.configuration.resolve import resolve
from engine.host.zones import Zones
from engine.model.configuration import EMPTY, Configuration
from engine.model.identifiers import Instant

zones = Zones()
DAY = 86_400_000_000


def some(*keys: str) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(keys), unique=True, max_size=len(keys))


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    metrics = draw(some("m0", "m1", "m2"))
    systems = [
        {
            **entry(key),
            "levels": [
                {**entry(level), "points": index}
                for index, level in enumerate(draw(some("l0", "l1", "l2")))
            ],
            "triggers": [
                {
                    "key": trigger,
                    "type": "metric",
                    "metricKey": draw(st.sampled_from(metrics)),
                    "metricThreshold": 1,
                    "points": draw(st.integers(1, 2)),
                }
                for trigger in (draw(some("t0", "t1")) if metrics else ())
            ],
        }
        for key in draw(some("p0", "p1"))
    ]
    ranked = [("metric", "metricKey", key) for key in metrics]
    ranked += [("points", "pointsSystemKey", system["key"]) for system in systems]
    boards = []
    for key in draw(some("b0", "b1")) if ranked else ():
        rank_by, field, what = draw(st.sampled_from(ranked))
        boards.append(
            {
                **entry(key),
                "rankBy": rank_by,
                field: what,
                "status": draw(st.sampled_from(("active", "active", "inactive"))),
                "order": draw(st.sampled_from(("desc", "desc", "asc"))),
                "maxParticipants": draw(st.integers(1, 2)),
            }
        )
    return {
        "metrics": [entry(key) for key in metrics],
        "attributes": [entry(key) for key in draw(some("x0", "x1"))],
        "achievements": [
            {**entry(key), "trigger": "streak", "streakLength": 1}
            for key in draw(some("a0", "a1", "a2"))
        ],
        "points": systems,
        "leaderboards": boards,
    }


def entry(key: str) -> dict[str, Any]:
    return {"key": key, "name": key}


def put(document: dict[str, Any], before: Configuration, at: int) -> Configuration:
    return resolve(
        read_document(document), before, at=Instant(at), started=False, knows_zone=zones.knows
    )


def things(configuration: Configuration) -> Iterator[tuple[str, tuple[int | str, ...], int]]:
    """Everything that has an ordinal, with its kind and what tells it from others of its kind.

    Of what is archived that is its ordinal, since its key may be used again.
    """
    for kind in ("metrics", "attributes", "achievements", "points", "leaderboards"):
        for thing in getattr(configuration, kind):
            yield kind, name_of(thing), thing.ordinal
    for system in configuration.points:
        # Of the system that it is, not of its key: with another one come other levels.
        for level in system.levels:
            yield "levels", (system.ordinal, level.key), level.ordinal
        for trigger in system.triggers:
            yield "triggers", (system.ordinal, *name_of(trigger)), trigger.ordinal


def name_of(thing: Any) -> tuple[int | str, ...]:
    archived = getattr(thing, "status", "") == "archived"
    return ("archived", thing.ordinal) if archived else (thing.key,)


@given(st.lists(documents(), min_size=1, max_size=8))
def test_ordinals_are_kept_and_never_given_twice(sequence: list[dict[str, Any]]) -> None:
    configuration = EMPTY
    given_so_far: dict[str, int] = {}
    for at, document in enumerate(sequence):
        known = {(kind, key): ordinal for kind, key, ordinal in things(configuration)}
        before, configuration = configuration, put(document, configuration, at)
        assert put(document, configuration, at + 1) is configuration
        assert configuration.version in (before.version, before.version + 1)
        ordinals_before: dict[str, set[int]] = {}
        for (kind, _), ordinal in known.items():
            ordinals_before.setdefault(kind, set()).add(ordinal)
        fresh: dict[str, list[int]] = {}
        for kind, key, ordinal in things(configuration):
            if (kind, key) in known:
                assert ordinal == known[kind, key]
            elif "archived" in key:
                assert ordinal in ordinals_before[kind]
            else:
                fresh.setdefault(kind, []).append(ordinal)
        for kind, ordinals in fresh.items():
            last = given_so_far.get(kind, 0)
            assert sorted(ordinals) == list(range(last + 1, last + 1 + len(ordinals)))
            given_so_far[kind] = last + len(ordinals)


@given(st.lists(documents(), min_size=1, max_size=8))
def test_a_boards_run_counts_its_activations(sequence: list[dict[str, Any]]) -> None:
    configuration = EMPTY
    runs: dict[int, int] = {}
    starts: dict[int, int] = {}
    ranking: dict[int, object] = {}
    for index, document in enumerate(sequence):
        configuration = put(document, configuration, index * DAY + 1)
        ranked = {}
        for board in configuration.leaderboards:
            if board.status == "active":
                what = board.rank_by, board.metric, board.points_system, board.order
                ranked[board.ordinal] = what
                if ranking.get(board.ordinal) != what:
                    runs[board.ordinal] = runs.get(board.ordinal, 0) + 1
                    starts[board.ordinal] = index
                assert board.start == starts[board.ordinal]
            assert board.run == runs.get(board.ordinal, 0)
        ranking = ranked
