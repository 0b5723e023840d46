"""A scenario in parts: each is measured by itself, as often as asked for."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from bench.in_process import Figure
from bench.measured import Measured, summarize

Runs = list[list[Figure]]
"""The figures of each run of a part."""


class Parts:
    """What the parts of a scenario have in common: a directory, repeats, somebody to tell."""

    def __init__(self, place: Path, repeats: int, tell: Callable[[str], None]) -> None:
        """Take it.

        Args:
            place: an empty directory, on the disk to be measured.
            repeats: how often a part is run.
            tell: told of every step.
        """
        self.place = place
        self.tell = tell
        self._repeats = repeats

    def measure(
        self, parts: Mapping[str, Callable[[], Runs]], asked: Sequence[str]
    ) -> list[Measured]:
        """Measure the parts asked for, in their own order; return all figures."""
        figures: list[Measured] = []
        for part, run in parts.items():
            if part in asked:
                self.tell(f"part {part}")
                figures += summarize(part, run())
        return figures

    def repeated(self, run: Callable[[int], list[Figure]], *, shown: bool = False) -> Runs:
        """Return the figures of all runs of a part; `run` gets the number of each from 1."""
        runs: Runs = []
        for repeat in self._numbers():
            runs.append(run(repeat))
            for figure in runs[-1] if shown else ():
                self.tell(f"  {figure.name}: {figure.value:,.1f} {figure.unit}")
        return runs

    def fresh(self, name: str) -> Path:
        """Make a directory."""
        made = self.place / name
        made.mkdir()
        return made

    def _numbers(self) -> Iterator[int]:
        for repeat in range(1, self._repeats + 1):
            self.tell(f"run {repeat} of {self._repeats}")
            yield repeat
