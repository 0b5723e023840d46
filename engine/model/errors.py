"""Every error a caller can meet, with whose fault it is: a code, an HTTP status, a sentence.

A refusal (4xx) leaves no record and no trace. An outage (503) says nothing about the command but
that it was not applied, except `EngineFailed`: there the outcome is unknown and recovery decides.
"""

from typing import ClassVar


class LaurelsError(Exception):
    """Base of all errors that Laurels raises on purpose."""

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 500
    exit_code: ClassVar[int] = 1


class InvalidInput(LaurelsError):
    """A command cannot mean anything sensible; the sentence says what and where."""

    code = "invalid"
    status = 422
    exit_code = 2

    def __init__(self, where: str, what: str) -> None:
        super().__init__(f"{where}: {what}" if where else what)
        self.where = where
        self.what = what


class Malformed(InvalidInput):
    """The bytes of a request are not the document they claim to be."""

    code = "malformed"
    status = 400


class NotFound(LaurelsError):
    """A read or a change names something that does not exist."""

    code = "not_found"
    status = 404
    exit_code = 2


class Forbidden(LaurelsError):
    """What is asked for is not allowed by the settings in force."""

    code = "forbidden"
    status = 403
    exit_code = 2


class OutOfOrder(InvalidInput):
    """An imported item is older than the scope's clock (SPEC 9.1)."""

    code = "out_of_order"


class HistoryModeActive(LaurelsError):
    """A live command met a scope that is importing its history (SPEC 9.1)."""

    code = "history_mode"
    status = 503
    exit_code = 2


class ConfigurationInvalid(LaurelsError):
    """A configuration cannot be used; every issue names its place in the document."""

    code = "configuration_invalid"
    status = 422
    exit_code = 4

    def __init__(self, issues: list[tuple[str, str]]) -> None:
        super().__init__("\n".join(f"{place}: {what}" for place, what in issues))
        self.issues = issues


class DirectoryInUse(LaurelsError):
    """Another process writes to the data directory."""

    code = "directory_in_use"
    status = 503
    exit_code = 5


class LogDamaged(LaurelsError):
    """Stored bytes are not what was written; names the record, batch or piece."""

    code = "damaged"
    status = 503
    exit_code = 6


class StorageFull(LaurelsError):
    """Too little room on disk or in the map to accept a command; nothing was applied."""

    code = "storage_full"
    status = 503
    exit_code = 7


class EngineFailed(LaurelsError):
    """A commit failed: what was in flight may or may not be on disk. Reopen to find out."""

    code = "engine_failed"
    status = 503
    exit_code = 8


class EngineClosed(LaurelsError):
    """The engine is being closed or already is; nothing was applied."""

    code = "closed"
    status = 503
    exit_code = 1


class ReadOnly(LaurelsError):
    """A command met an engine that was opened for reading."""

    code = "read_only"
    status = 503


class Overloaded(LaurelsError):
    """A queue is full; nothing was applied. Try again."""

    code = "overloaded"
    status = 503
    exit_code = 1
