"""What the acts of the demo share: words, commands as a person would type them, a directory."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.markup import escape

CHECKOUT = Path(__file__).resolve().parent.parent

console = Console(highlight=False)


class Failed(Exception):
    """Something that Laurels promises did not hold."""


def laurels() -> list[str]:
    """Return how the command is called from here."""
    beside = Path(sys.executable).with_name("laurels")
    return [str(beside)] if beside.exists() else [sys.executable, "-m", "api.cli"]


def run(*arguments: object) -> None:
    """Show a command, run it, let its output through.

    Raises:
        Failed: it did not end well.
    """
    command = [*laurels(), *map(str, arguments)]
    show_command(command)
    status = subprocess.run(command, check=False).returncode
    if status != 0:
        raise Failed(f"`laurels {arguments[0]}` ended with exit status {status}")


def capture(*arguments: object) -> str:
    """Run a command; return what it prints.

    Raises:
        Failed: it did not end well.
    """
    command = [*laurels(), *map(str, arguments)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        raise Failed(f"`laurels {arguments[0]}` ended with exit status {done.returncode}")
    return done.stdout.strip()


@contextmanager
def demo_directory() -> Generator[Path]:
    """Make a directory on the checkout's own disk: /tmp is in memory on many machines."""
    parent = CHECKOUT / ".test-data"
    try:
        parent.mkdir(exist_ok=True)
        made = tempfile.mkdtemp(prefix="demo-", dir=parent)
    except OSError:
        made = tempfile.mkdtemp(prefix="laurels-demo-")
    try:
        yield Path(made)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def title(text: str) -> None:
    """Print the title of an act."""
    console.print()
    console.rule(f"[bold]{text}", align="left")


def say(text: str) -> None:
    """Print a paragraph."""
    console.print(f"\n{escape(text)}", width=88)


def holds(text: str) -> None:
    """Print that something was checked and holds."""
    console.print(f"  [green]✓[/] {escape(text)}", soft_wrap=True)


def show_command(command: list[str]) -> None:
    """Print a command as it would be typed, with paths from the checkout on."""
    here = f"{CHECKOUT}/"
    words = ["laurels", *command[len(laurels()) :]]
    text = " ".join(word.removeprefix(here) for word in words)
    console.print(f"\n[bold]$[/] [cyan]{escape(text)}[/]", soft_wrap=True)
    sys.stdout.flush()
