"""What the leaderboards of a history have met, so that test_histories.py can say what happens.

Told from what the oracle remembers when a history is over, run by run and user by user.
"""

from collections.abc import Iterator
from datetime import date

from tests.model.boards import Activation
from tests.model.oracle import Oracle
from tests.model.remembered import User
from tests.model.runs import is_within
from tests.model.standings import (
    Item,
    Run,
    attributes_at,
    group_of,
    history,
    is_hidden,
    last_act,
    order,
    ranked,
    runs_of,
    value_of,
)

SITUATIONS = (
    *(f"live run of a {unit}" for unit in ("day", "week", "month", "year")),
    *(f"closed run of a {unit}" for unit in ("day", "week", "month")),
    *("live total", "closed total", "live streak", "closed streak", "closed by a window alone"),
    *(f"run by {aggregation}" for aggregation in ("sum", "max", "min", "last")),
    *("run by points", "run of several days", "two runs at once", "three runs at once"),
    *("within the window", "out of the window", "by night", "before the start", "after the end"),
    *("void out of its run", "void out of an earlier run", "void of what is over"),
    *("points out of a run", "void of the only one", "counts below 0"),
    *("hidden in a run", "hidden in a closed run", "hidden when it was over", "shown in a run"),
    *("one attribute", "two attributes", "several groups", "moves within a run"),
    *("stays in an earlier group", "lacks an attribute", "does not match"),
    *("ended early", "finished by hand", "given up", "opened by the clock", "another end"),
    *("ends at once", "activated again", "too late for the total", "streak kept at the end"),
    *("seeded", "starts empty", "tie in a run", "lower first"),
)

# Of a daily board over many months the last ones will do.
MOST_RUNS = 20


def what_boards_meet(oracle: Oracle) -> Iterator[str]:
    for activation in oracle.boards.activations:
        yield from of_activation(oracle, activation)
        for found in runs_of(activation, oracle.users, oracle.clock)[-MOST_RUNS:]:
            run = found._replace(until=min(found.until, activation.given_up))
            if activation.opened < run.until:
                yield from of_run(oracle, run)
                for user in oracle.users.values():
                    yield from of_user(oracle, run, user)


def of_activation(oracle: Oracle, activation: Activation) -> Iterator[str]:
    """What is to be said of a board from its beginning until it ranks otherwise."""
    if len(activation.ends) > 1:
        yield "another end"
    if any(
        each.board == activation.board and each != activation for each in oracle.boards.activations
    ):
        yield "activated again"
    if oracle.users and activation.began[0]:
        yield "starts empty" if activation.is_counting else "seeded"
    if not activation.is_counting:
        return
    live: dict[date, int] = {}
    items = [item for user in oracle.users.values() for item in ranked(activation, user)]
    for item in sorted(items, key=lambda each: each.moment.when):
        moment = item.moment
        if not activation.began < moment.when < activation.given_up:
            continue
        end = activation.end_at(moment.when)
        if moment.date < activation.rhythm.start:
            yield "before the start"
        elif end is not None and moment.date > end:
            yield "after the end"
        first = activation.counts_for(moment)
        if activation.entry.get("startTime") or activation.entry.get("endTime"):
            is_in = is_within(activation.entry, moment.zone, moment.at)
            yield "within the window" if is_in else "out of the window"
            if activation.entry.get("startTime", "") > activation.entry.get("endTime", "24:00"):
                yield "by night"
        if first is not None:
            live[first] = 1
            at_once = [each for each in live if activation.over(each) > moment.when]
            if len(at_once) > 1:
                yield "two runs at once" if len(at_once) == 2 else "three runs at once"


def of_run(oracle: Oracle, run: Run) -> Iterator[str]:
    """What is to be said of a run that somebody is on."""
    activation, entry = run.activation, run.activation.entry
    groups = order(oracle.things, run, oracle.users)
    if not groups:
        return
    if activation.opened != activation.began:
        yield "opened by the clock"
    over = activation.over(run.first)
    state = "closed" if over == run.until else "live"
    if activation.given_up == run.until:
        yield "given up"
        return
    if activation.rhythm.repeats:
        yield f"{state} run of a {activation.rhythm.unit}"
        if activation.rhythm.interval > 1:
            yield "run of several days"
    elif activation.is_counting:
        yield f"{state} by a window alone"
    else:
        yield f"{state} {'streak' if entry['rankBy'] == 'streak' else 'total'}"
    if activation.is_counting and activation.metric is not None:
        metric = oracle.things.by_number[activation.metric]
        yield f"run by {metric.entry.get('aggregation', 'sum')}"
    elif activation.is_counting:
        yield "run by points"
    if state == "closed" and activation.ended.get(run.first) == over:
        yield "ended early"
    elif state == "closed" and activation.finished == over:
        yield "finished by hand"
    elif state == "closed" and over[1]:
        yield "ends at once"
    keys = entry.get("breakdownAttributes", [])
    if keys:
        yield "one attribute" if len(keys) == 1 else "two attributes"
    if len(groups) > 1:
        yield "several groups"
    if entry.get("order") == "asc":
        yield "lower first"
    for places in groups.values():
        values = [value for _, value in places]
        if activation.is_counting and len(set(values)) < len(values):
            yield "tie in a run"
        if activation.is_counting and min(values) < 0:
            yield "counts below 0"


def of_user(oracle: Oracle, run: Run, user: User) -> Iterator[str]:
    """What is to be said of a user who has something in a run, on it or not."""
    activation = run.activation
    acted = last_act(run, user)
    if acted is None:
        return
    over = activation.over(run.first)
    items = run.items.get(user.number, ())
    counted = [item for item in items if item.moment.when < run.until]
    if activation.is_counting:
        values = history(oracle.things, run, user, counted)
        if any(value is None for value, _ in values):
            yield "void of the only one"
    else:
        yield from of_total(run, user)
    yield from of_voids(run, counted)
    if value_of(oracle.things, run, user, acted) is None:
        return
    if is_hidden(run, user):
        yield "hidden in a run" if over > run.until else "hidden in a closed run"
    for since, hidden in user.hidden:
        if hidden and over <= since:
            yield "hidden when it was over"
        elif not hidden and counted and counted[0].moment.when < since < run.until:
            yield "shown in a run"
    group = group_of(activation, attributes_at(user, acted))
    if group is None:
        is_missing = any(
            key not in attributes_at(user, acted)
            for key in activation.entry.get("breakdownAttributes", [])
        )
        yield "lacks an attribute" if is_missing else "does not match"
    elif group != group_of(activation, user.attributes):
        yield "stays in an earlier group"
    elif counted and group != group_of(activation, attributes_at(user, counted[0].moment.when)):
        yield "moves within a run"


def of_total(run: Run, user: User) -> Iterator[str]:
    """What came after the end of a board of totals, before it was over."""
    for each in (*ranked(run.activation, user), *user.lengths):
        moment = each.moment
        if not run.activation.opened < moment.when < run.until:
            continue
        if not run.activation.is_acted_on(run.first, moment):
            is_streak = run.activation.entry["rankBy"] == "streak"
            yield "streak kept at the end" if is_streak else "too late for the total"


def of_voids(run: Run, counted: list[Item]) -> Iterator[str]:
    for item in counted:
        if item.voided is None or item.voided.when <= run.activation.opened:
            continue
        if item.voided.when >= run.until:
            if run.activation.over(run.first) <= item.voided.when:
                yield "void of what is over"
        elif run.activation.system is not None and run.activation.is_counting:
            yield "points out of a run"
        elif run.activation.is_acted_on(run.first, item.voided):
            yield "void out of its run"
        else:
            yield "void out of an earlier run"
