"""The process around a command: its settings, its signals, and how it ends.

What is set here is set for the whole process and therefore by nothing but its entry
(DESIGN, "One thread, so keep it free").
"""

import gc
import os
import resource
import signal
import sys
from collections.abc import Awaitable, Callable
from typing import TypeVar, cast

from api.cli.exit_codes import INTERRUPTED

SWITCH_INTERVAL_S = 0.0005
"""How long the loop may keep a finished commit waiting: measured 1–3 ms a commit, 6–9 without."""

_YOUNG_OBJECTS_MAX = 5_000
"""Objects made between two collections of the youngest: 1 ms to look through."""
_MIDDLE_COLLECTIONS_MAX = 10
"""Of those between two of the middle generation: at most so many times 5,000 objects, 10 ms."""
_NEVER = 2**31 - 1

Answer = TypeVar("Answer")


def tune() -> None:
    """Switch full garbage collections off, and make thread switches quick.

    A full collection stops everything for half a second at 300,000 users and finds nothing, since
    the engine makes no cycles.
    """
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    gc.set_threshold(_YOUNG_OBJECTS_MAX, _MIDDLE_COLLECTIONS_MAX, _NEVER)


def allow_files(count: int) -> None:
    """Let the process have so many files and sockets open, as far as the system lets it.

    Shells mostly allow 1,024, which a server's connections alone use up.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count if hard == resource.RLIM_INFINITY else min(count, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def run(function: Callable[[], Awaitable[Answer]]) -> Answer:
    """Run an async function to its end; what it raises is raised as it is, in no group."""
    import trio

    try:
        return trio.run(function)
    except BaseException as error:
        cause = _cause(error)
        if cause is error:
            raise
        raise cause from error


def _cause(error: BaseException) -> BaseException:
    """Return the one error that ended a tree of tasks, or the group if there were several."""
    if not isinstance(error, BaseExceptionGroup):
        return error
    group = cast("BaseExceptionGroup[BaseException]", error)
    return _cause(group.exceptions[0]) if len(list(group.exceptions)) == 1 else group


async def call_at_signals(first: Callable[[], None], second: int = INTERRUPTED) -> None:
    """Call `first` at SIGINT or SIGTERM; end the process at the next one, at once and safely.

    The next one's exit status is `second`.

    The log is written so that a process may end anywhere (RELIABILITY, G1): the second signal
    needs no care, and somebody who presses Ctrl-C twice means it.
    """
    import trio

    with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        asked = False
        async for _ in signals:
            if asked:
                os._exit(second)
            asked = True
            first()
