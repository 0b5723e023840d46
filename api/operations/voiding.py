"""Voiding an event (SPEC 4.7): its totals and what it awarded are taken back."""

from engine.host.ports import LogReader
from engine.host.requests import Applied, check_text
from engine.host.scope import Scope
from engine.model.identifiers import Seq
from engine.model.limits import REASON_LENGTH_MAX
from persistence.voiding import Voiding


async def void_event(scope: Scope, log: LogReader, seq: Seq, reason: str | None = None) -> Applied:
    """Take an event out of totals and open sums, and take back what it awarded.

    Args:
        scope: where it was recorded.
        log: the log, with what waits for the disk.
        seq: the event's record.
        reason: why, in the operator's words.

    Returns:
        `replayed` if it was voided before.

    Raises:
        NotFound: there is no such event in the scope.
        InvalidInput: it cannot be taken out.
    """
    if reason is not None:
        check_text(reason, "reason", REASON_LENGTH_MAX)
    voiding = Voiding(scope, log, seq)
    user_id = scope.directory.id(voiding.user)
    await voiding.read(scope.recorded_user(user_id))
    return await scope.change_user(user_id, voiding.command, reason=reason)
