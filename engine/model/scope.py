"""The state of one scope: what all its users share. A piece of its own in log and snapshot."""

from collections.abc import Collection, Iterator

import msgspec

from engine.model.commands import Role
from engine.model.configuration import EMPTY, Configuration
from engine.model.facts import RunFinished
from engine.model.identifiers import Instant, Ordinal, ScopeNumber, Seq


class StepState(msgspec.Struct, frozen=True, array_like=True):
    """A step on the timeline: a configuration in force from an instant on (SPEC 2.7)."""

    number: int
    at: Instant
    configuration: Configuration
    users: int
    """How many users existed: those whom the step may concern."""


class AccessKey(msgspec.Struct, frozen=True, array_like=True):
    """An API key that opens the scope."""

    role: Role
    prefix: str
    hash: bytes


class ClosedRun(msgspec.Struct, frozen=True, array_like=True):
    """A run of a board whose standing is final (SPEC 8.7)."""

    seq: Seq
    """The record that closed it."""
    closed_at: Instant
    finished: RunFinished
    finalised_at: Instant = Instant(0)
    """When its archive was complete; 0 before."""


class ScopeState(msgspec.Struct, array_like=True):
    """One scope, up to record `seq`."""

    number: ScopeNumber
    name: str
    seq: Seq = Seq(0)
    clock: Instant = Instant(0)
    started: bool = False
    """Whether the clock runs: since the first user command (SPEC 9.1)."""
    importing: bool = False
    """Whether the scope is in history mode."""
    users: int = 0
    """How many users were ever made; the last one's number."""
    steps: list[StepState] = msgspec.field(
        default_factory=lambda: [StepState(0, Instant(0), EMPTY, 0)]
    )
    """From the last one that is settled for everybody on; never empty."""
    swept_step: int = 0
    swept: int = 0
    """The step being swept and the number of the last user who has worked it off."""

    keys: tuple[AccessKey, ...] = ()
    versions: tuple[Seq, ...] = ()
    """The record of each version of the configuration; the n-th one's step is n."""
    completions: dict[Ordinal, int] = {}
    """How many users have completed each achievement (SPEC 6.5)."""
    closed_runs: dict[Ordinal, dict[int, ClosedRun]] = {}
    """By board and run, in order of their closing."""

    def closed(self, board: Ordinal) -> Collection[ClosedRun]:
        """Return the closed runs of a board, in order of their closing."""
        return self.closed_runs.get(board, {}).values()

    def all_closed(self) -> Iterator[ClosedRun]:
        """Yield the closed runs of all boards."""
        return (closed for runs in self.closed_runs.values() for closed in runs.values())

    @property
    def configuration(self) -> Configuration:
        """The configuration in force."""
        return self.steps[-1].configuration
