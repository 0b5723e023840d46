"""Instants and local dates as the wire writes them.

Remembered: an answer names the present instant and date some ten times, and those of configured
things, which never change, as often.
"""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

import msgspec

from engine.model.errors import InvalidInput
from engine.model.identifiers import Day, Instant
from engine.model.limits import DAY_MAX
from engine.rules.periods import civil, day_of

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=4_096)
def instant_text(at: Instant) -> str:
    """Return an instant as RFC 3339 text, UTC, without more digits than it has."""
    moment = _EPOCH + timedelta(microseconds=at)
    return moment.isoformat().replace("+00:00", "Z")


@lru_cache(maxsize=4_096)
def date_text(day: Day) -> str:
    """Return a local date as ISO text."""
    return civil(day).isoformat()


def read_date(text: str, where: str) -> Day:
    """Read a local date that `date_text` could have written.

    Raises:
        InvalidInput: it is none, or lies outside of 1970 to 2100; says where.
    """
    try:
        day = day_of(msgspec.convert(text, date))
    except msgspec.ValidationError as error:
        raise InvalidInput(where, "is not a date like 2026-03-01") from error
    if not 0 <= day <= DAY_MAX:
        raise InvalidInput(where, "must be between 1970 and 2100")
    return day
