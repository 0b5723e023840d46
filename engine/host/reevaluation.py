"""Replay by evaluation: every command goes through the rules anew, its facts are compared.

Where recovery takes the recorded facts as they are, this takes only the commands. The two must
agree, fact by fact; the first record in which they do not is named.
"""

from engine.boards.final_order import whole_order
from engine.host.engine import Engine
from engine.model.commands import CloseRun, UserCommand
from engine.model.errors import InvalidInput
from engine.model.facts import RunFinished
from engine.model.record import RULES, StoredRecord


class Reevaluation:
    """A replay of a log from its first record on, by its commands."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.first_difference: str | None = None
        """The first record whose facts come out otherwise, in words; None while all agree."""

    def apply(self, stored: StoredRecord) -> None:
        """Evaluate one record's command, compare the facts, and apply them."""
        record = stored.record
        if isinstance(record.command, UserCommand):
            self.first_difference = self._compare(stored, record.command)
        elif isinstance(record.command, CloseRun):
            self.first_difference = self._compare_order(stored, record.command)
        self.engine.replay(stored)

    def _compare_order(self, stored: StoredRecord, command: CloseRun) -> str | None:
        order = whole_order(self.engine.groups(stored, command))
        (recorded,) = stored.record.facts
        assert isinstance(recorded, RunFinished), "a run is closed by that fact"
        if order == (recorded.groups, recorded.participants, recorded.digest):
            return None
        return f"record {stored.seq}: the order recorded of run {command.run} is not the evaluated"

    def _compare(self, stored: StoredRecord, command: UserCommand) -> str | None:
        record = stored.record
        if record.rules != RULES:
            return f"record {stored.seq} was made by rules version {record.rules}, not {RULES}"
        try:
            decision = self.engine.evaluate(stored, command)
        except InvalidInput as error:
            return f"record {stored.seq} would be refused: {error}"
        if decision.date != record.date:
            return (
                f"record {stored.seq}: local date {record.date} recorded, {decision.date} evaluated"
            )
        facts = decision.facts + self.engine.place(stored, decision)
        for index, (recorded, evaluated) in enumerate(zip(record.facts, facts, strict=False)):
            if recorded != evaluated:
                return (
                    f"record {stored.seq}, fact {index}: recorded {recorded}, evaluated {evaluated}"
                )
        if len(facts) != len(record.facts):
            return (
                f"record {stored.seq}: {len(record.facts)} facts recorded, {len(facts)} evaluated"
            )
        return None
