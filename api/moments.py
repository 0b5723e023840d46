"""Instants that people give: to the microsecond, or a date."""

from datetime import date, timedelta

from api.items import read_instant
from engine.model.errors import InvalidInput
from engine.model.identifiers import Instant

_DATE_LENGTH = len("2026-03-01")


def read_moment(text: str | None, where: str, *, ends: bool = False) -> Instant | None:
    """Read an RFC 3339 timestamp, or a date, which is a day of UTC.

    Args:
        text: what was given; None for nothing.
        where: the option or parameter, for refusals.
        ends: whether a date means its end, not its beginning.

    Raises:
        InvalidInput: it is neither, or lies before 1970 or after 2100.
    """
    if text is None:
        return None
    if len(text) > _DATE_LENGTH:
        return read_instant(text, where)
    try:
        day = date.fromisoformat(text) + timedelta(days=1 if ends else 0)
    except (ValueError, OverflowError) as error:
        what = "must be an instant as 2026-03-01T09:30:00Z or a date as 2026-03-01"
        raise InvalidInput(where, what) from error
    return read_instant(f"{day.isoformat()}T00:00:00Z", where)
