"""Points: systems with levels and boosts, how many users have how many, and whose (SPEC 7)."""

from http import HTTPStatus
from typing import Annotated, Literal, Protocol

import msgspec
import trio

from api.operations.answers_points import LevelCountAnswer, RangeAnswer
from api.operations.call import Call, Read, Reply
from api.operations.reading import last_awards
from api.operations.render_filters import read_attributes
from api.operations.render_points import PointsRender, boost_status
from api.operations.summaries import SummaryQuery, points_summary
from engine.configuration.filters import Wanted, matches
from engine.configuration.plan import SystemPlan
from engine.host.scope import Scope
from engine.model.errors import NotFound
from engine.model.identifiers import Ordinal, UserNumber
from engine.rules.turn import local_date

RANGES = 10
_SLICE_USERS = 256
"""Users looked at between two looks at the event loop: some 2 ms."""


class BoostsQuery(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """Whether boosts are wanted that are over."""

    include_finished: Literal["true", "false"] = "false"


class SummaryOfQuery(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """Which users are counted."""

    user_attributes: str | None = None


class PointsQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many of the last awards are wanted."""

    awards: Annotated[int, msgspec.Meta(ge=1, le=100)] = 10


async def system(call: Read) -> Reply:
    """Return a points system with its triggers.

    Raises:
        NotFound: there is no such points system.
    """
    return Reply(HTTPStatus.OK, PointsRender(call.scope).system(_system(call.scope, call.path[0])))


async def levels(call: Read) -> Reply:
    """Return the levels of a points system, lowest first.

    Raises:
        NotFound: there is no such points system.
    """
    render = PointsRender(call.scope)
    found = _system(call.scope, call.path[0]).levels
    return Reply(HTTPStatus.OK, [render.level(level) for level in found])


async def boosts(call: Call[BoostsQuery, None]) -> Reply:
    """Return the boosts of a points system that are not for certain users only.

    Raises:
        NotFound: there is no such points system.
    """
    render = PointsRender(call.scope)
    today = render.today()
    every = call.query.include_finished == "true"
    return Reply(
        HTTPStatus.OK,
        [
            render.boost(boost, today)
            for boost in _system(call.scope, call.path[0]).system.boosts
            if boost.status == "active"
            and not boost.user_attributes
            and (every or boost_status(boost, today, on=True) != "finished")
        ],
    )


async def summary(call: Call[SummaryOfQuery, None]) -> Reply:
    """Return how many users have points in each of eleven ranges (SPEC 7.8).

    Raises:
        NotFound: there is no such points system.
        InvalidInput: the attributes are not written as they should be, or not declared.
    """
    scope = call.scope
    found = _system(scope, call.path[0]).system.ordinal
    wanted = read_attributes(call.query.user_attributes, scope.plan)
    counts = Everybody(scope, found) if not wanted else await _some(scope, found, wanted)
    return Reply(HTTPStatus.OK, in_ranges(counts))


async def level_summary(call: Read) -> Reply:
    """Return how many users are on each level of a points system.

    Raises:
        NotFound: there is no such points system.
    """
    scope = call.scope
    found = _system(scope, call.path[0])
    render, counts = PointsRender(scope), on_levels(Everybody(scope, found.system.ordinal), found)
    rows = [
        LevelCountAnswer(level=render.level(level), users=users)
        for level, users in zip(found.levels, counts, strict=True)
    ]
    return Reply(HTTPStatus.OK, rows)


async def of_user(call: Call[PointsQuery, None]) -> Reply:
    """Return what a user has of a points system, with their last awards, newest first.

    Raises:
        NotFound: there is no such user or points system.
    """
    user_id, key = call.path
    decision = call.scope.read_user(user_id)
    found = _system(call.scope, key)
    awards = last_awards(call.scope, call.engine.log, decision, found, call.query.awards)
    return Reply(HTTPStatus.OK, PointsRender(call.scope).of_user(found, decision.state, awards))


async def boosts_of_user(call: Read) -> Reply:
    """Return the boosts that multiply a user's awards now.

    Raises:
        NotFound: there is no such user or points system.
    """
    user_id, key = call.path
    scope = call.scope
    state = scope.read_user(user_id).state
    found = _system(scope, key)
    today = local_date(state, scope.plan.zone(state.zone), scope.now(), scope.calendar)
    render = PointsRender(scope)
    applying = found.boosts(today, state.identity.attributes)
    answers = [render.boost(boost, today) for boost in applying]
    answers += [
        render.own_boost(boost, state, today)
        for boost in state.boosts
        if boost.system == found.system.ordinal
        and boost_status(boost, today, on=boost.active) == "active"
    ]
    return Reply(HTTPStatus.OK, answers)


async def event_summary(call: Call[SummaryQuery, None]) -> Reply:
    """Return what a user's points came to, period by period.

    Raises:
        NotFound: there is no such user or points system.
        InvalidInput: the dates are no range, or too long a one.
    """
    user_id, key = call.path
    decision = call.scope.read_user(user_id)
    ordinal = _system(call.scope, key).system.ordinal
    rows = await points_summary(call.scope, call.engine.log, decision, ordinal, call.query)
    return Reply(HTTPStatus.OK, rows)


def range_size(greatest: int) -> int:
    """Return the size of ten equal ranges from 1 to a total rounded up to a power of ten."""
    end = RANGES
    while end < greatest:
        end *= 10
    return end // RANGES


class Counts(Protocol):
    """Who has how many points."""

    @property
    def users(self) -> int:
        """All that are counted."""
        ...

    @property
    def greatest(self) -> int:
        """The greatest total, at least 0."""
        ...

    def above(self, total: int) -> int:
        """Return how many have more than a total."""
        ...


def in_ranges(counts: Counts) -> list[RangeAnswer]:
    """Return how many have nothing, and how many are in each of ten equal ranges (SPEC 7.8)."""
    step = range_size(counts.greatest)
    ranges = [RangeAnswer(from_=0, to=0, users=counts.users - counts.above(0))]
    for index in range(RANGES):
        low, high = index * step, (index + 1) * step
        users = counts.above(low) - counts.above(high)
        ranges.append(RangeAnswer(from_=low + 1, to=high, users=users))
    return ranges


def on_levels(counts: Counts, system: SystemPlan) -> list[int]:
    """Return how many are on each level, in the order of the levels."""
    reached = [counts.above(level.points - 1) for level in system.levels]
    return [here - beyond for here, beyond in zip(reached, [*reached[1:], 0], strict=False)]


class Everybody:
    """Counts all users of a scope, from the order of their totals."""

    def __init__(self, scope: Scope, system: Ordinal) -> None:
        self.users = scope.state.users
        self.greatest = max(0, scope.totals.greatest(system) or 0)
        self._totals = scope.totals
        self._system = system

    def above(self, total: int) -> int:
        """Return how many have more than a total. O(log users)."""
        found = self._totals.count(self._system, low=total + 1)
        return found + (self.users - self._totals.count(self._system) if total < 0 else 0)


class _Some:
    """Counts the users that were looked at."""

    def __init__(self) -> None:
        self.users = 0
        self._totals: dict[int, int] = {}

    def add(self, total: int) -> None:
        """Count a user."""
        self.users += 1
        self._totals[total] = self._totals.get(total, 0) + 1

    @property
    def greatest(self) -> int:
        """The greatest total, at least 0."""
        return max(self._totals, default=0)

    def above(self, total: int) -> int:
        """Return how many have more than a total."""
        return sum(users for value, users in self._totals.items() if value > total)


async def _some(scope: Scope, system: Ordinal, wanted: Wanted) -> _Some:
    """Look at every user, in slices: each as they are when their turn comes."""
    counts = _Some()
    for number in range(1, scope.state.users + 1):
        state = scope.actors.view(UserNumber(number))
        if matches(wanted, state.identity.attributes):
            had = state.points.get(system)
            counts.add(had.total if had else 0)
        if number % _SLICE_USERS == 0:
            await trio.lowlevel.checkpoint()
    return counts


def _system(scope: Scope, key: str) -> SystemPlan:
    found = scope.plan.systems_by_key.get(key)
    if found is None:
        raise NotFound(f"there is no points system {key[:80]!r}")
    return found
