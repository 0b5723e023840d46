"""What a caller may ask for, checked before it becomes a command.

Requests name things by key and id. Checking resolves them against the configuration in force and
bounds every field; whatever is wrong is refused here, with the field's place, before any effect.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from engine.configuration.plan import Plan
from engine.model.commands import Personal
from engine.model.errors import InvalidInput
from engine.model.identifiers import Day, Instant, Millionths, Seq
from engine.model.limits import (
    ATTRIBUTE_VALUE_LENGTH_MAX,
    ATTRIBUTES_MAX,
    DEVICE_TOKENS_MAX,
    ID_LENGTH_MAX,
)
from engine.model.user import Identity, UserState
from engine.rules.calendar import Calendar
from engine.rules.periods import day_of

T = TypeVar("T")


class UserChanges(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True
):
    """What is said of a user, as on the wire: left out is no change, null takes away."""

    tz: str | UnsetType | None = UNSET
    name: str | UnsetType | None = UNSET
    email: str | UnsetType | None = UNSET
    attributes: dict[str, str] | UnsetType = UNSET
    sign_up_date: date | UnsetType | None = UNSET
    device_tokens: tuple[str, ...] | UnsetType | None = UNSET
    subscribe_to_emails: bool | UnsetType | None = UNSET


class UserFields(UserChanges, frozen=True):
    """Who did something, and what is said of them."""

    id: str


class EventRequest(msgspec.Struct, frozen=True):
    """One interaction of one user on one metric."""

    metric: str
    user: UserFields
    value: Millionths
    attributes: dict[str, str] = {}
    key: str | None = None
    """The idempotency key, in the namespace of metric and user."""
    import_key: str | None = None
    """For items without a key: their place in a named import, in a namespace of its own."""


class Applied(msgspec.Struct, frozen=True):
    """What came of a command. It is on disk once the record `seq` is."""

    seq: Seq
    at: Instant
    replayed: bool
    state: UserState
    """The user after the command; not to be changed."""
    facts: tuple[object, ...] = ()
    due_facts: int = 0
    """So many of the facts come first that had fallen due before the command."""
    moves: int = 0
    """Where among the facts the moves on boards begin."""
    due_moves: int = 0
    """So many of the moves come first that had fallen due."""

    def own(self) -> Iterator[tuple[int, object]]:
        """Yield what the command itself caused, each fact with its place in the record."""
        for index, fact in enumerate(self.facts):
            first = self.due_facts if index < self.moves else self.moves + self.due_moves
            if index >= first:
                yield index, fact


def check_user(user: UserFields, plan: Plan, calendar: Calendar, where: str) -> None:
    """Check the fields of a user.

    Args:
        user: the fields.
        plan: says which attributes there are.
        calendar: knows the zones.
        where: what stands before a field's name in the request: `user.`, or nothing.

    Raises:
        InvalidInput: names the field.
    """
    check_id(user.id, where)
    if user.tz and not calendar.knows(user.tz):
        raise InvalidInput(f"{where}tz", f"unknown time zone {user.tz[:80]!r}; use an IANA name")
    if user.tz == "":
        raise InvalidInput(f"{where}tz", "must be an IANA time zone or null, not empty")
    for field, text in (("name", user.name), ("email", user.email)):
        if text and text is not UNSET:
            check_text(text, where + field, ID_LENGTH_MAX)
    if user.attributes is not UNSET:
        check_attributes(user.attributes, plan.user_attributes, f"{where}attributes", "user")
    tokens = user.device_tokens
    if tokens and tokens is not UNSET:
        if len(tokens) > DEVICE_TOKENS_MAX:
            raise InvalidInput(f"{where}deviceTokens", f"more than {DEVICE_TOKENS_MAX} of them")
        for token in tokens:
            check_text(token, f"{where}deviceTokens", ATTRIBUTE_VALUE_LENGTH_MAX)


def check_id(user_id: str, where: str) -> None:
    """Check a user's id: 1–255 characters without `/` and control characters (SPEC 3.1).

    Raises:
        InvalidInput: says what is wrong with it.
    """
    if not 0 < len(user_id) <= ID_LENGTH_MAX:
        raise InvalidInput(f"{where}id", f"must have 1 to {ID_LENGTH_MAX} characters")
    if not user_id.isprintable() or "/" in user_id:
        raise InvalidInput(f"{where}id", "must not contain '/' or control characters")


def check_attributes(
    attributes: Mapping[str, str], declared: set[str], where: str, kind: str
) -> None:
    """Check that attributes are declared and bounded (SPEC 3.2).

    Raises:
        InvalidInput: names the undeclared ones.
    """
    unknown = [key for key in attributes if key not in declared]
    if unknown:
        named = ", ".join(repr(key[:80]) for key in unknown[:5])
        raise InvalidInput(where, f"undeclared {kind} attribute {named}; declare it first")
    if len(attributes) > ATTRIBUTES_MAX:
        raise InvalidInput(where, f"more than {ATTRIBUTES_MAX} attributes")
    for key, value in attributes.items():
        check_text(value, f"{where}.{key}", ATTRIBUTE_VALUE_LENGTH_MAX)


def check_text(text: str, where: str, length_max: int) -> None:
    """Check that a text is bounded and can be stored.

    Raises:
        InvalidInput: it is too long, or holds half of a surrogate pair.
    """
    if len(text) > length_max:
        raise InvalidInput(where, f"is longer than {length_max} characters")
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise InvalidInput(where, "is no Unicode text: it holds a lone surrogate") from error


def check_key(key: str | None) -> None:
    """Check an idempotency key.

    Raises:
        InvalidInput: empty or too long.
    """
    if key is not None and not 0 < len(key) <= ID_LENGTH_MAX:
        raise InvalidInput("idempotencyKey", f"must have 1 to {ID_LENGTH_MAX} characters")


def news_of(
    user: UserFields, known: Identity | None, event_attributes: dict[str, str]
) -> Personal | None:
    """Return what a command says about a person that is not known yet, None if nothing."""
    if known is not None and not event_attributes and _says_nothing(user):
        return None  # as nearly every event
    before = known or Identity()
    attributes = user.attributes
    if attributes is not UNSET and attributes.items() <= before.attributes.items():
        attributes = UNSET
    subscribes = True if user.subscribe_to_emails is None else user.subscribe_to_emails
    news = Personal(
        id=user.id,
        name=_news(user.name, before.name),
        email=_news(user.email, before.email),
        attributes=attributes,
        event_attributes=event_attributes or UNSET,
        sign_up_date=_news(_day(user.sign_up_date), before.sign_up_date),
        device_tokens=_news(user.device_tokens, before.device_tokens),
        subscribe_to_emails=_news(subscribes, before.subscribe_to_emails),
    )
    return None if known is not None and news == Personal(user.id) else news


def _says_nothing(user: UserFields) -> bool:
    return (
        user.name is user.email is user.attributes is user.sign_up_date is UNSET
        and user.device_tokens is user.subscribe_to_emails is UNSET
    )


def _news(said: T | UnsetType, known: T) -> T | UnsetType:
    return UNSET if said == known else said


def _day(said: date | UnsetType | None) -> Day | UnsetType | None:
    return day_of(said) if isinstance(said, date) else said


def zone_news(user: UserFields, state: UserState | None) -> str | None:
    """Return the zone setting that a request changes to: empty for the default, None for none."""
    if user.tz is UNSET:
        return None
    zone = user.tz or ""
    return None if zone == (state.zone if state else "") else zone
