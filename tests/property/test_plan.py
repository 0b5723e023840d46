"""A compiled configuration finds by bisection what a walk over everything finds."""

from hypothesis import given
from hypothesis import strategies as st

from engine.configuration.plan import Plan, SystemPlan, Thresholds, shard_of
from engine.model.configuration import (
    Achievement,
    Configuration,
    Leaderboard,
    Metric,
    PointsLevel,
    PointsSystem,
    PointsTrigger,
)
from engine.model.identifiers import Millionths, Ordinal

amounts = st.integers(-4, 4) | st.sampled_from((-9 * 10**18, 9 * 10**18))


def streak_achievement(ordinal: int) -> Achievement:
    return Achievement(Ordinal(ordinal), f"a{ordinal}", "A", "streak")


@given(st.lists(amounts, max_size=12), st.none() | amounts, amounts)
def test_thresholds_crossed_are_those_in_between(
    values: list[int], before: int | None, after: int
) -> None:
    # Ordinals run against the values, so that neither order comes for free.
    made = [(value, streak_achievement(len(values) - n)) for n, value in enumerate(values)]
    ordered = sorted(made, key=lambda pair: (pair[0], pair[1].ordinal))
    thresholds = Thresholds(made)
    assert list(thresholds.risen(before, after)) == [
        a for value, a in ordered if (before is None or before < value) and value <= after
    ]
    assert list(thresholds.fallen(before, after)) == [
        a for value, a in ordered if (before is None or value < before) and after <= value
    ]


@given(st.lists(st.integers(0, 6), unique=True, max_size=5), st.integers(-2, 8))
def test_a_level_is_the_highest_that_is_reached(points: list[int], total: int) -> None:
    levels = tuple(
        PointsLevel(Ordinal(n + 1), f"l{n}", "L", threshold) for n, threshold in enumerate(points)
    )
    system = SystemPlan(PointsSystem(Ordinal(1), "p", "P", levels=levels), ())
    reached = [level for level in levels if level.points <= total]
    assert system.level(total) == max(reached, key=lambda level: level.points, default=None)


METRICS = 3
metric_ordinals = st.integers(1, METRICS).map(Ordinal)


@st.composite
def configurations(draw: st.DrawFn) -> Configuration:
    achievements = tuple(
        Achievement(
            Ordinal(n + 1),
            f"a{n}",
            "A",
            "metric",
            status=draw(st.sampled_from(("active", "inactive", "locked"))),
            metric=draw(metric_ordinals),
            metric_value=Millionths(draw(st.integers(-3, 3))),
        )
        for n in range(draw(st.integers(0, 6)))
    )
    systems = tuple(
        PointsSystem(
            Ordinal(2 - n),
            f"p{n}",
            "P",
            triggers=tuple(
                PointsTrigger(
                    Ordinal(10 * n + 5 - t),
                    f"t{t}",
                    "metric",
                    1,
                    status=draw(st.sampled_from(("active", "inactive"))),
                    metric=draw(metric_ordinals),
                    metric_threshold=Millionths(1),
                )
                for t in range(draw(st.integers(0, 3)))
            ),
        )
        for n in range(2)
    )
    boards = tuple(
        Leaderboard(
            Ordinal(n + 1),
            f"b{n}",
            "B",
            "metric",
            status=draw(st.sampled_from(("active", "inactive"))),
            metric=draw(metric_ordinals),
            run=draw(st.integers(1, 2)),
        )
        for n in range(draw(st.integers(0, 4)))
    )
    metrics = tuple(Metric(Ordinal(n), f"m{n}", "M") for n in range(1, METRICS + 1))
    return Configuration(
        metrics=metrics, achievements=achievements, points=systems, leaderboards=boards
    )


@given(configurations(), configurations())
def test_an_event_touches_only_what_is_active_and_of_its_metric(
    old: Configuration, configuration: Configuration
) -> None:
    before = Plan(old)
    plan = Plan(configuration, before)
    live_boards = [b for b in configuration.leaderboards if b.status == "active"]
    assert plan.live == {shard_of(board) for board in live_boards}
    for ordinal, metric in plan.metrics.items():
        assert set(metric.thresholds.achievements) == {
            a for a in configuration.achievements if a.status == "active" and a.metric == ordinal
        }
        assert metric.triggers == tuple(
            sorted(
                (
                    (s.ordinal, t)
                    for s in configuration.points
                    for t in s.triggers
                    if t.status == "active" and t.metric == ordinal
                ),
                key=lambda pair: (pair[0], pair[1].ordinal),
            )
        )
        assert metric.shards == tuple(shard_of(b) for b in live_boards if b.metric == ordinal)
    # A step means something for those boards and achievements only that come to live by it.
    assert {shard_of(b) for b in plan.work.seeded} == plan.live - before.live
    unchanged = {
        (a.ordinal, a.metric, a.metric_value) for a in old.achievements if a.status == "active"
    }
    assert {a.ordinal for a in plan.work.backdated} == {
        a.ordinal
        for a in configuration.achievements
        if a.status == "active" and (a.ordinal, a.metric, a.metric_value) not in unchanged
    }
    assert not Plan(configuration, plan).work
