"""Corrections by an operator (ours): points given or taken, events voided (SPEC 4.7, 7.3)."""

from http import HTTPStatus

import msgspec

from api.operations.answer import Answer, IssueAnswer
from api.operations.answers_points import AwardAnswer
from api.operations.bulk import Items, created_status, each, facts_of, item_keys
from api.operations.call import Call, NoQuery, Reply
from api.operations.render_points import PointsRender
from api.operations.voiding import void_event
from engine.configuration.plan import SystemPlan
from engine.host import by_hand
from engine.host.requests import Applied
from engine.host.scope import Scope
from engine.model.errors import InvalidInput, NotFound
from engine.model.facts import PointsAwarded
from engine.model.identifiers import fact_id, public_id, read_fact_id


class AwardItem(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """Who is given points, or whose are taken."""

    user_id: str
    amount: int
    reason: str | None = None


class AwardsBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Points to be given or taken."""

    awards: Items[AwardItem]


class VoidItem(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which event is to be taken out."""

    id: str
    reason: str | None = None


class VoidBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Events to be taken out."""

    events: Items[VoidItem]


class UserAwardAnswer(Answer, frozen=True, kw_only=True):
    """What a user was given."""

    user_id: str
    award: AwardAnswer


class CreatedAwardsAnswer(Answer, frozen=True, kw_only=True):
    """What came of a list of awards."""

    created: list[UserAwardAnswer]
    issues: list[IssueAnswer]


class VoidedAnswer(Answer, frozen=True, kw_only=True):
    """An event that is voided."""

    id: str
    fact_id: str
    """The fact that took it out."""


class VoidedEventsAnswer(Answer, frozen=True, kw_only=True):
    """What came of a list of events to be voided."""

    voided: list[VoidedAnswer]
    issues: list[IssueAnswer]


async def create_awards(call: Call[NoQuery, AwardsBody]) -> Reply:
    """Give points, or take some, item by item.

    Raises:
        NotFound: there is no such points system.
    """
    scope, items = call.scope, call.body.awards
    system = find_system(scope, call.path[0])
    keys = item_keys(call, f"points.awards\0{system.system.ordinal}", items)

    async def give(index: int) -> Applied:
        item = items[index]
        return await by_hand.award_points(
            scope,
            item.user_id,
            system.system.ordinal,
            item.amount,
            item.reason,
            key=keys[index],
        )

    given, issues = await each([item.user_id for item in items], give)
    render = PointsRender(scope)
    created: list[UserAwardAnswer] = []
    for index, applied in given.items():
        place, fact = _direct(applied, call)
        award = render.award(fact_id(applied.seq, place), fact, applied.state)
        created.append(UserAwardAnswer(user_id=items[index].user_id, award=award))
    return Reply(created_status(given), CreatedAwardsAnswer(created=created, issues=issues))


async def void_events(call: Call[NoQuery, VoidBody]) -> Reply:
    """Take events out again; one that is voided already is answered as the first time."""
    voided: list[VoidedAnswer] = []
    issues: list[IssueAnswer] = []
    for index, item in enumerate(call.body.events):
        found = read_fact_id(item.id)
        try:
            if found is None:
                raise NotFound("there is no such event")
            applied = await void_event(call.scope, call.engine.log, found[0], item.reason)
        except (InvalidInput, NotFound) as error:
            issues.append(IssueAnswer(message=str(error), id=item.id, index=index))
        else:
            voided.append(VoidedAnswer(id=item.id, fact_id=_voiding(applied, call)))
    return Reply(HTTPStatus.OK, VoidedEventsAnswer(voided=voided, issues=issues))


def find_system(scope: Scope, id_: str) -> SystemPlan:
    """Return a points system by its public id.

    Raises:
        NotFound: there is none.
    """
    for ordinal, system in scope.plan.systems.items():
        if public_id(scope.state.name, "points_system", ordinal) == id_:
            return system
    raise NotFound(f"there is no points system {id_[:80]!r}")


def _direct(applied: Applied, call: Call[NoQuery, AwardsBody]) -> tuple[int, PointsAwarded]:
    """Return the row that an operator's award made, with its place in the record."""
    for index, fact in enumerate(facts_of(applied, call.engine.log)):
        if isinstance(fact, PointsAwarded) and fact.source == "direct":
            return index, fact
    raise AssertionError("an award that was applied made a row")


def _voiding(applied: Applied, call: Call[NoQuery, VoidBody]) -> str:
    """Return the id of the fact that took an event out."""
    for index, fact in enumerate(facts_of(applied, call.engine.log)):
        if getattr(fact, "voids", 0):
            return fact_id(applied.seq, index)
    raise AssertionError("an event that is voided was taken out")
