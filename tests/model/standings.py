"""Who is where on a leaderboard (SPEC 8.2, 8.3), worked out anew from all that users ever did.

A user *acts* on a run by what happens to them on its local dates, or earlier: a command, something
due, or a step such as the activation. As the last act left them, so they stand until the run is
over: their attributes, by which they match and fall into a group, and what they have. After that
only two things reach the run: an event that is voided is taken out of it, with the points that it
awarded, and an operator can hide a user or show them again. Once it is over nothing does.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from math import floor
from typing import Any, NamedTuple

from tests.model.boards import Activation, Boards, after_all
from tests.model.metrics import aggregate
from tests.model.points import ledger
from tests.model.remembered import Award, Counted, SetAt, User, When
from tests.model.runs import ONLY
from tests.model.things import Thing, Things, wanted

Users = Mapping[str, User]
# By group, everybody in order, with what they are ranked by.
Groups = dict[str, list[list[Any]]]
# What somebody has, and since when.
Value = tuple[int, SetAt]
Item = Counted | Award


class Run(NamedTuple):
    """A run as it was just before something."""

    activation: Activation
    first: date
    until: When
    # By user number what may count for it, also after that.
    items: Mapping[int, Sequence[Item]]


class Standing(NamedTuple):
    """How a run stands, or stood when it was over."""

    first: date
    groups: Groups
    over: When


def standings(
    things: Things, boards: Boards, board: Thing, users: Users, at: int
) -> tuple[list[Standing], list[Standing]]:
    """The runs of a board that are not over at an instant, and those that are.

    A run exists from its first participant on, so none of them is empty. The first ones are in
    order of their dates, the others in order of when they were over.
    """
    live: list[Standing] = []
    closed: list[Standing] = []
    for run in [run for activation in boards.of(board) for run in runs_of(activation, users, at)]:
        over = run.activation.over(run.first)
        # What is given up before it is over is no more, nor is what never opened.
        if run.activation.given_up < over or run.activation.opened >= run.until:
            continue
        groups = order(things, run, users)
        if groups:
            (live if over > run.until else closed).append(Standing(run.first, groups, over))
    return sorted(live, key=lambda each: each.first), sorted(closed, key=lambda each: each.over)


def runs_of(activation: Activation, users: Users, at: int) -> list[Run]:
    """The runs that anything ever counted for, as they are at an instant or were in the end."""
    items: dict[date, dict[int, list[Item]]] = {} if activation.rhythm.repeats else {ONLY: {}}
    for user in users.values():
        for item in ranked(activation, user):
            first = activation.counts_for(item.moment) if activation.is_counting else ONLY
            if first is not None:
                items.setdefault(first, {}).setdefault(user.number, []).append(item)
    return [
        Run(activation, first, min(activation.over(first), after_all(at)), items[first])
        for first in sorted(items)
    ]


def order(things: Things, run: Run, users: Users) -> Groups:
    """Everybody on a run; `maxParticipants` is not applied."""
    sign = 1 if run.activation.entry.get("order", "desc") == "asc" else -1
    groups: dict[str, list[tuple[int, SetAt, str, int]]] = {}
    for name, user in users.items():
        acted = last_act(run, user)
        if acted is None or is_hidden(run, user):
            continue
        group = group_of(run.activation, attributes_at(user, acted))
        has = value_of(things, run, user, acted)
        if group is not None and has is not None:
            value, set_at = has
            groups.setdefault(group, []).append((sign * value, set_at, name, value))
    return {
        group: [[name, value] for _, _, name, value in sorted(places)]
        for group, places in groups.items()
    }


# --- Whether somebody is to be on a run, and in which group ---------------------------------------


def last_act(run: Run, user: User) -> When | None:
    """When the user last acted on a run; None if they never did."""
    activation = run.activation
    acts = [
        each.moment.when
        for each in (*user.acts, *user.awards, *user.lengths)
        if activation.opened <= each.moment.when < run.until
        and activation.is_acted_on(run.first, each.moment)
    ]
    if activation.opened != activation.began and user.acts[0].moment.when < activation.opened:
        acts.append(activation.opened)  # by the clock, on the start at the latest
    return max(acts, default=None)


def attributes_at(user: User, when: When) -> dict[str, str]:
    return [act.attributes for act in user.acts if act.moment.when <= when][-1]


def is_hidden(run: Run, user: User) -> bool:
    """Whether an operator hides the user: that is for all runs, whatever their dates."""
    return [hidden for since, hidden in user.hidden if since < run.until][-1:] == [True]


def group_of(activation: Activation, attributes: dict[str, str]) -> str | None:
    """The group by the attributes: JSON of their values, "" if there is but one.

    None of those who do not match, or who have no value of one of them.
    """
    if not wanted(activation.entry, "userAttributes") <= attributes.items():
        return None
    keys = activation.entry.get("breakdownAttributes", [])
    if not set(keys) <= attributes.keys():
        return None
    values = [attributes[key] for key in keys]
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")) if keys else ""


# --- What somebody has ----------------------------------------------------------------------------


def value_of(things: Things, run: Run, user: User, acted: When) -> Value | None:
    """What the user has on a run on which they acted last at `acted`; None if nothing."""
    activation = run.activation
    if activation.entry["rankBy"] == "streak":
        lengths = [
            (each.length, each.set_at)
            for each in user.lengths
            if each.frequency == activation.frequency and each.moment.when <= acted
        ]
        return lengths[-1] if lengths and lengths[-1][0] else None
    items = [item for item in run.items.get(user.number, ()) if item.moment.when <= acted]
    values = history(things, run, user, items)
    return set_last(values) if values and values[-1][0] is not None else None


def ranked(activation: Activation, user: User) -> Sequence[Item]:
    """What users' values are made of: events of the metric, or rows of the points system.

    The row by which a void takes points back is left out: it is those rows that count no more.
    """
    if activation.system is not None:
        rows = ledger(user, activation.system)
        return [row for row in rows if row.source != "voided_event"]
    return [event for event in user.events if event.metric == activation.metric]


def history(
    things: Things, run: Run, user: User, items: Sequence[Item]
) -> list[tuple[int | None, SetAt]]:
    """What the items came to after each instant or command that brought some or took some away.

    When all are taken away, nothing is left of what counted in a run; but a total is 0.
    """
    moments = {
        moment.when: moment
        for item in items
        for moment in (item.moment, item.voided)
        if moment is not None and moment.when < run.until
    }
    found: list[tuple[int | None, SetAt]] = []
    for when in sorted(moments):
        left = [
            item
            for item in items
            if item.moment.when <= when and (item.voided is None or item.voided.when > when)
        ]
        value = None if run.activation.is_counting else 0
        if left:
            value = total(things, run.activation, left)
        found.append((value, moments[when].set_at(user)))
    return found


def total(things: Things, activation: Activation, items: Sequence[Item]) -> int:
    """What items come to, as it is shown: of a metric the floor."""
    amounts = sum(item.amount for item in items if isinstance(item, Award))
    if activation.metric is None:
        return amounts
    values = [item.value for item in items if isinstance(item, Counted)]
    aggregated = aggregate(things.by_number[activation.metric], values)
    assert aggregated is not None
    return floor(aggregated)


def set_last(values: Sequence[tuple[int | None, SetAt]]) -> Value:
    """Of values in order of time: the one that set the present value."""
    value, set_at = values[-1]
    for earlier, earlier_set_at in reversed(values):
        if earlier != value:
            break
        set_at = earlier_set_at
    assert value is not None
    return value, set_at
