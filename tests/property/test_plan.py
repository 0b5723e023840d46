"""A compiled configuration finds by bisection what a walk over everything finds."""

from hypothesis import given
from hypothesis import strategies as st

from engine.configuration.plan import Plan, SystemPlan
from engine.configuration.thresholds import AchievementPlan, Thresholds
from engine.model.configuration import (
    Achievement,
    Attribute,
    AttributeFilter,
    Configuration,
    EventFilter,
    Leaderboard,
    Metric,
    PointsLevel,
    PointsSystem,
    PointsTrigger,
)
from engine.model.identifiers import Millionths, Ordinal

amounts = st.integers(-4, 4) | st.sampled_from((-9 * 10**18, 9 * 10**18))


def streak_achievement(ordinal: int) -> AchievementPlan:
    return AchievementPlan(Achievement(Ordinal(ordinal), f"a{ordinal}", "A", "streak"), ())


@given(st.lists(amounts, max_size=12), st.none() | amounts, amounts)
def test_thresholds_crossed_are_those_in_between(
    values: list[int], before: int | None, after: int
) -> None:
    # Ordinals run against the values, so that neither order comes for free.
    made = [(value, streak_achievement(len(values) - n)) for n, value in enumerate(values)]
    ordered = sorted(made, key=lambda pair: (pair[0], pair[1].achievement.ordinal))
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
    system = SystemPlan(PointsSystem(Ordinal(1), "p", "P", levels=levels), (), ())
    reached = [level for level in levels if level.points <= total]
    assert system.level(total) == max(reached, key=lambda level: level.points, default=None)


METRICS = 3
metric_ordinals = st.integers(1, METRICS).map(Ordinal)
KEYS = ("plan", "land", "via")
values = st.sampled_from(("x", "y"))
attributes = st.dictionaries(st.sampled_from(KEYS), values)
filters = st.dictionaries(st.sampled_from((1, 2, 3)), values, max_size=2).map(
    lambda wanted: tuple(AttributeFilter(Ordinal(o), v) for o, v in sorted(wanted.items()))
)


def wants(wanted: tuple[AttributeFilter, ...], having: dict[str, str]) -> bool:
    return all(having.get(KEYS[f.attribute - 1]) == f.value for f in wanted)


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
            user_attributes=draw(filters),
            event_filter=draw(st.none() | st.sampled_from((Ordinal(1), Ordinal(2)))),
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
                    metric_threshold=Millionths(draw(st.integers(1, 3))),
                    user_attributes=draw(filters),
                    event_filter=draw(st.none() | st.sampled_from((Ordinal(1), Ordinal(2)))),
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
        metrics=metrics,
        attributes=tuple(Attribute(Ordinal(n), key, "A") for n, key in enumerate(KEYS, 1)),
        event_filters=tuple(
            EventFilter(Ordinal(n), draw(metric_ordinals), draw(filters.filter(bool)))
            for n in (1, 2)
        ),
        achievements=achievements,
        points=systems,
        leaderboards=boards,
    )


@given(configurations(), attributes, attributes, st.none() | amounts, amounts)
def test_an_event_finds_what_a_walk_over_everything_finds(
    configuration: Configuration,
    of_user: dict[str, str],
    of_event: dict[str, str],
    before: int | None,
    after: int,
) -> None:
    plan = Plan(configuration)
    for metric in plan.metrics.values():
        of_metric = [f for f in configuration.event_filters if f.metric == metric.metric.ordinal]
        matched = metric.filters(of_event)
        assert [f.ordinal for f in matched] == [
            f.ordinal for f in of_metric if wants(f.attributes, of_event)
        ]
        for event_filter, counting in [
            (None, metric.counting),
            *((f.ordinal, f.counting) for f in matched),
        ]:

            def counts(
                thing: Achievement | PointsTrigger,
                event_filter: Ordinal | None = event_filter,
                ordinal: Ordinal = metric.metric.ordinal,
            ) -> bool:
                return (
                    thing.status == "active"
                    and (thing.metric, thing.event_filter) == (ordinal, event_filter)
                    and wants(thing.user_attributes, of_user)
                )

            known = None if before is None else Millionths(before)
            reached = counting.reached(known, Millionths(after), of_user)
            assert sorted(a.ordinal for a in reached) == [
                a.ordinal
                for a in configuration.achievements
                if counts(a)
                and (before is None or before < (a.metric_value or 0))
                and (a.metric_value or 0) <= after
            ]
            low, high = sorted((before or 0, max(after, 0)))
            if low < 0:
                continue
            crossed = counting.crossed(Millionths(low), Millionths(high), of_user)
            assert sorted((p.system, p.trigger.ordinal, n) for p, n in crossed) == sorted(
                (s.ordinal, t.ordinal, n)
                for s in configuration.points
                for t in s.triggers
                if counts(t)
                and (n := high // (t.metric_threshold or 1) - low // (t.metric_threshold or 1))
            )


@given(configurations(), configurations())
def test_a_step_means_something_for_what_comes_to_live_by_it(
    old: Configuration, configuration: Configuration
) -> None:
    before = Plan(old)
    plan = Plan(configuration, before)
    live_boards = [b for b in configuration.leaderboards if b.status == "active"]
    assert [plan.board for plan in plan.boards.values()] == live_boards
    for ordinal, metric in plan.metrics.items():
        of_metric = [b for b in live_boards if b.metric == ordinal]
        assert [plan.board for plan in metric.boards] == of_metric
    known = {board.shard for board in before.boards.values()}
    seeded = {board.shard for board in plan.work.seeded}
    assert seeded == {board.shard for board in plan.boards.values()} - known

    def condition(a: Achievement) -> tuple[object, ...]:
        return a.ordinal, a.metric, a.metric_value, a.user_attributes, a.event_filter

    unchanged = {condition(a) for a in old.achievements if a.status == "active"}
    assert {a.ordinal for a in plan.work.backdated} == {
        a.ordinal
        for a in configuration.achievements
        if a.status == "active" and condition(a) not in unchanged
    }
    assert not Plan(configuration, plan).work
