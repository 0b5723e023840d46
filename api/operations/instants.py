"""Instants and local dates as the wire writes them.

Remembered: an answer names the present instant and date some ten times, and those of configured
things, which never change, as often.
"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache

from engine.model.identifiers import Day, Instant
from engine.rules.periods import civil

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
