"""Structured log lines, one a thing that matters, on standard error.

JSON for a machine; for a person at a terminal the same in columns. What a client can cause is
limited per second and kind: neither the disk nor the reader of the log is at its mercy.
"""

import logging
import sys
import time
from collections.abc import Callable
from typing import TextIO, cast

import structlog
from structlog.typing import EventDict, FilteringBoundLogger, WrappedLogger

from api.front.limits import CLIENT_COMPLAINTS_MAX

Log = FilteringBoundLogger


def open_log(file: TextIO | None = None, *, monotonic: Callable[[], float] = time.monotonic) -> Log:
    """Return a log that writes to a file, by default standard error."""
    out = file or sys.stderr
    renderer = (
        structlog.dev.ConsoleRenderer()
        if out.isatty()
        else structlog.processors.JSONRenderer(sort_keys=False)
    )
    return cast(
        Log,
        structlog.wrap_logger(
            structlog.PrintLogger(out),
            processors=[
                structlog.processors.add_log_level,
                _Limit(monotonic),
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                structlog.processors.format_exc_info,
                renderer,
            ],
            wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        ),
    )


def forwarding_logger(name: str, log: Log) -> logging.Logger:
    """Return a logger of the standard library, for a library that wants one, that writes here."""
    logger = logging.getLogger(name)
    logger.handlers = [_Forward(log)]
    logger.propagate = False
    return logger


class _Forward(logging.Handler):
    def __init__(self, log: Log) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        self._log.error(record.getMessage(), logger=record.name, exc_info=record.exc_info)


class _Limit:
    """Passes so many lines of one kind a second; the next that passes says how many did not."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._second = 0
        self._passed: dict[str, int] = {}
        self._dropped: dict[str, int] = {}

    def __call__(self, _logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        kind = str(event["event"])
        second = int(self._monotonic())
        if second != self._second:
            self._second = second
            self._passed.clear()
        passed = self._passed.get(kind, 0)
        if passed >= CLIENT_COMPLAINTS_MAX:
            self._dropped[kind] = self._dropped.get(kind, 0) + 1
            raise structlog.DropEvent
        self._passed[kind] = passed + 1
        if dropped := self._dropped.pop(kind, 0):
            event["not_shown_before"] = dropped
        return event
