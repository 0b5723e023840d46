"""What an import says of itself: refused items, progress, a summary; over HTTP just the same."""

import sys
from collections.abc import Callable, Sequence
from typing import Literal

import msgspec

from api.cli.exit_codes import FINE, INTERRUPTED, SOME_REFUSED
from api.cli.terminal import Meter, complain
from api.imports import Result, Tally

Results = Literal["none", "errors", "all"]
NOTES_MAX = 20
"""Refused lines named on standard error; whoever wants all of them takes `--results errors`."""

_encoder = msgspec.json.Encoder()


class ImportReport:
    """The results of one import, as they come in."""

    def __init__(self, unit: str, name_of: Callable[[int], str], wanted: Results) -> None:
        """Begin with nothing.

        Args:
            unit: what an item is called: line, event.
            name_of: how the item with a number is called.
            wanted: for which items there is a line on standard output.
        """
        self.tally = Tally()
        self._unit = unit
        self._name_of = name_of
        self._wanted = wanted
        self._noted = 0

    def take(self, results: Sequence[Result], meter: Meter) -> None:
        """Report results that are on disk."""
        self.tally.add(results)
        if self._wanted == "none":
            self._note_refused(results, meter)
            return
        shown = [r for r in results if self._wanted == "all" or r.status == "refused"]
        sys.stdout.buffer.write(b"".join(_encoder.encode(r) + b"\n" for r in shown))
        sys.stdout.buffer.flush()

    def _note_refused(self, results: Sequence[Result], meter: Meter) -> None:
        for result in results:
            if result.status == "refused":
                if self._noted == NOTES_MAX:
                    return
                self._noted += 1
                meter.note(f"{self._name_of(result.line)}: {result.error}")

    def summarize(self, seconds: float) -> None:
        """Say what came of it, also when it ended early."""
        tally = self.tally
        if self._wanted == "none" and tally.refused > self._noted:
            left = tally.refused - self._noted
            complain(f"… and {left:,} more refused; --results errors lists all of them")
        complain(
            f"{self.rate(tally.total, seconds)}: "
            f"{tally.applied:,} new, {tally.replayed:,} were in already, {tally.refused:,} refused"
        )

    @property
    def is_in(self) -> int:
        """How many items are in, by this run or an earlier one."""
        return self.tally.applied + self.tally.replayed

    def configured_anew(self, version: int) -> None:
        """Say that a configuration was put in force that differs from what was."""
        complain(f"the configuration differs: it is in force from here as version {version}")

    def left_open(self) -> None:
        """Say that the import was not to be finished."""
        complain("the import stays open (--no-finish); --finish ends it")

    def left_empty(self) -> None:
        """Say that there was nothing to finish."""
        complain("the import stays open, since nothing is in")

    def finished(self, clock: str) -> None:
        """Say up to which instant everything is recorded."""
        complain(f"finished: everything due by {clock} is recorded")

    def status(self, *, stopped: bool) -> int:
        """Return the exit status; say how to go on if the import was stopped."""
        if stopped:
            verb = "is" if self.is_in == 1 else "are"
            complain(
                f"stopped: {self._counted(self.is_in)} {verb} in and on disk; "
                "the same command goes on from there"
            )
            return INTERRUPTED
        return SOME_REFUSED if self.tally.refused else FINE

    def rate(self, count: int, seconds: float) -> str:
        """Say how many items in how many seconds."""
        rate = count / max(seconds, 1e-9)
        return f"{self._counted(count)} in {seconds:.1f} s ({rate:,.0f} a second)"

    def _counted(self, count: int) -> str:
        return f"{count:,} {self._unit}{'' if count == 1 else 's'}"
