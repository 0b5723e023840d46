"""What commands say to a person: errors, notes, progress. All of it on standard error.

Standard output is for what was asked for. On a terminal progress is a bar; elsewhere (a log file,
a pipe) it is a line now and then.
"""

import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from engine.model.errors import ConfigurationInvalid, LaurelsError

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

_REFRESH_S = 0.1
_LINE_S = 5.0


def complain(text: str) -> None:
    """Print a line on standard error under the command's name."""
    print(f"laurels: {text}", file=sys.stderr, flush=True)


def complain_of(error: LaurelsError) -> None:
    """Print an error: one line, or one for each place in a configuration."""
    if not isinstance(error, ConfigurationInvalid):
        complain(str(error))
        return
    complain("the configuration cannot be used; nothing has changed")
    for place, what in error.issues:
        print(f"  {place}: {what}" if place else f"  {what}", file=sys.stderr, flush=True)


Describe = Callable[[int, float], str]
"""Says how much is done, and in how many seconds."""


class Meter:
    """How far a long piece of work is. Speaks up rarely enough to cost nothing."""

    interval_s = _LINE_S

    def __init__(self, doing: str, describe: Describe) -> None:
        self.doing = doing
        self.describe = describe
        self._began_at = self._spoken_at = time.monotonic()

    def enter(self, doing: str) -> None:
        """Say what is being done from here on."""
        self.doing = doing

    def update(self, done: int, position: int, size: int | None) -> None:
        """Tell how much is done, and where that is in all there is to do."""
        now = time.monotonic()
        if now - self._spoken_at >= self.interval_s:
            self._spoken_at = now
            self.speak(self.describe(done, now - self._began_at), position, size)

    def note(self, text: str) -> None:
        """Say something in between."""
        complain(text)

    def speak(self, text: str, position: int, size: int | None) -> None:
        """Show how far it is."""
        share = f" ({100 * position // size} %)" if size else ""
        complain(f"{self.doing}: {text}{share}")


class _Bar(Meter):
    interval_s = _REFRESH_S

    def __init__(self, doing: str, describe: Describe, progress: "Progress") -> None:
        super().__init__(doing, describe)
        self._progress = progress
        self._task: TaskID = progress.add_task(doing, total=None, said="")

    def note(self, text: str) -> None:
        self._progress.console.print(f"laurels: {text}", markup=False, highlight=False)

    def speak(self, text: str, position: int, size: int | None) -> None:
        self._progress.update(
            self._task, description=self.doing, completed=position, total=size, said=text
        )
        self._progress.refresh()


@contextmanager
def meter(doing: str, describe: Describe) -> Generator[Meter]:
    """Show how far something is, as the terminal allows."""
    if not sys.stderr.isatty():
        yield Meter(doing, describe)
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    # Refreshed by hand: a thread that draws would take the interpreter from the loop.
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[said]}"),
        TimeRemainingColumn(compact=True),
        console=Console(stderr=True),
        auto_refresh=False,
        transient=True,
    ) as progress:
        yield _Bar(doing, describe, progress)
