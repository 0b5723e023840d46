"""A user's streak: as it stands, its ledgers, why each period ended as it did, own settings."""

from collections.abc import Iterator
from datetime import date
from http import HTTPStatus
from typing import Annotated, Literal

import msgspec
import trio

from api.operations.answers_streaks import (
    BulkStreakAnswer,
    FreezeRowAnswer,
    PeriodRowAnswer,
    StreakLedgerAnswer,
)
from api.operations.call import Call, NoQuery, Read, Reply
from api.operations.explain_streak import explain
from api.operations.instants import instant_text
from api.operations.render_streaks import StreakRender
from api.operations.streak_reading import (
    READ_SLICE,
    LedgerRow,
    freeze_rows,
    period_rows,
    streak_history,
)
from engine.host import by_hand
from engine.host.preferences import PreferencesChanges
from engine.model.configuration import Frequency
from engine.model.errors import InvalidInput
from engine.model.facts import FreezesChanged
from engine.model.identifiers import Seq
from engine.model.limits import ITEMS_MAX, PAGE_MAX
from persistence.ledgers import Cursor


class StreakQuery(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """How many past periods are wanted besides the present one."""

    history_periods: Annotated[int, msgspec.Meta(ge=0, le=PAGE_MAX)] = 7


class StreaksQuery(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """Whose streaks are wanted."""

    user_ids: Annotated[list[str], msgspec.Meta(min_length=1, max_length=ITEMS_MAX)]


class LedgerQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which page of which ledger is wanted."""

    rows: Literal["periods", "freezes"] = "periods"
    frequency: Frequency | None = None
    """Of periods: as followed on which; default the configured one."""
    before: str | None = None
    """The id of a row: older ones only."""
    limit: Annotated[int, msgspec.Meta(ge=1, le=PAGE_MAX)] = 10


class ExplainQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which periods are to be explained."""

    from_: date | None = msgspec.field(default=None, name="from")
    to: date | None = None
    frequency: Frequency | None = None


async def streak(call: Call[StreakQuery, None]) -> Reply:
    """Return a user's streak with its last periods, the present one included, oldest first.

    Raises:
        NotFound: there is no such user.
    """
    scope = call.scope
    decision = scope.read_user(call.path[0])
    history = await streak_history(scope, call.engine.log, decision, call.query.history_periods)
    answer = StreakRender(scope).with_history(decision.state, scope.now(), history)
    return Reply(HTTPStatus.OK, answer)


async def streaks(call: Call[StreaksQuery, None]) -> Reply:
    """Return several users' streaks, the longest first; whoever does not exist is left out."""
    scope = call.scope
    frequency = scope.plan.streak.frequency
    found: list[BulkStreakAnswer] = []
    for user_id in dict.fromkeys(call.query.user_ids):
        if scope.directory.number(user_id) is not None:
            track = scope.read_user(user_id).state.streak(frequency)
            found.append(
                BulkStreakAnswer(
                    user_id=user_id,
                    streak_length=track.length,
                    extended=instant_text(track.extended_at) if track.length else None,
                )
            )
    return Reply(HTTPStatus.OK, sorted(found, key=lambda answer: -answer.streak_length))


async def ledger(call: Call[LedgerQuery, None]) -> Reply:
    """Return a page of a user's period rows or of their freeze ledger, newest first.

    Raises:
        NotFound: there is no such user, or `before` is no row of this ledger.
        InvalidInput: `before` is no id, or a frequency was given for freezes.
    """
    scope, query, log = call.scope, call.query, call.engine.log
    decision = scope.read_user(call.path[0])
    before = None if query.before is None else _cursor(query.before)
    frequency = query.frequency or scope.plan.streak.frequency
    rows: Iterator[LedgerRow]
    if query.rows == "freezes":
        if query.frequency is not None:
            raise InvalidInput("frequency", "goes with rows=periods: freezes are one ledger")
        rows = freeze_rows(scope, log, decision, before)
    else:
        rows = period_rows(scope, log, decision, frequency, before)
    shown: list[LedgerRow] = []
    recorded = 0
    following: str | None = None
    for row in rows:
        if row.id is not None:  # those that are only due come besides: no page begins with them
            if recorded == query.limit:
                following = shown[-1].id
                break
            recorded += 1
        shown.append(row)
        if len(shown) % READ_SLICE == 0:
            await trio.lowlevel.checkpoint()
    render = StreakRender(scope)
    answers: list[PeriodRowAnswer | FreezeRowAnswer] = [
        render.freeze_row(row.id, row.fact)
        if isinstance(row.fact, FreezesChanged)
        else render.period_row(row.id, row.fact, frequency)
        for row in shown
    ]
    return Reply(HTTPStatus.OK, StreakLedgerAnswer(rows=answers, next=following))


async def explain_periods(call: Call[ExplainQuery, None]) -> Reply:
    """Return for each of a user's periods how it ended and why, oldest first.

    Raises:
        NotFound: there is no such user.
        InvalidInput: the range is empty or too long.
    """
    query = call.query
    return Reply(
        HTTPStatus.OK,
        await explain(
            call.scope,
            call.engine.log,
            call.path[0],
            first=query.from_,
            last=query.to,
            frequency=query.frequency,
        ),
    )


async def preferences(call: Read) -> Reply:
    """Return a user's own settings.

    Raises:
        NotFound: there is no such user.
    """
    state = call.scope.read_user(call.path[0]).state
    return Reply(HTTPStatus.OK, StreakRender(call.scope).preferences(state.preferences))


async def update_preferences(call: Call[NoQuery, PreferencesChanges]) -> Reply:
    """Change a user's own settings: left out is no change, null goes back to what is configured.

    Raises:
        NotFound: there is no such user.
        Forbidden: users have no streak settings of their own as things are.
        InvalidInput: names the field that is wrong.
    """
    applied = await by_hand.change_preferences(call.scope, call.path[0], call.body)
    return Reply(HTTPStatus.OK, StreakRender(call.scope).preferences(applied.state.preferences))


def _cursor(text: str) -> Cursor:
    seq, dot, fact = text.partition(".")
    digits = seq + fact
    if not dot or not seq or not fact or not digits.isascii() or not digits.isdigit():
        raise InvalidInput("before", f"{text[:40]!r} is no id of a row")
    return Cursor(Seq(int(seq[:20])), int(fact[:20]))
