"""What jobs and the commands of the same name answer: what if, and a dry run (ours)."""

from typing import Literal

import msgspec

from engine.host.comparison import WhatIf
from engine.host.dry_run import Backdated

JobKind = Literal["what-if", "dry-run"]
JobState = Literal["running", "done", "failed", "cancelled"]


class WhatIfAnswer(msgspec.Struct, rename="camel", kw_only=True):
    """The difference that another configuration would have made."""

    scope: str
    begin: str | None = msgspec.field(name="from")
    """From when on the configuration would have been in force; null: always."""
    end: str = msgspec.field(name="to")
    """The instant to which everybody was brought up in both runs."""
    difference: WhatIf


class DryRunAnswer(msgspec.Struct, rename="camel", kw_only=True):
    """What a configuration would backdate, were it put in force."""

    scope: str
    at: str
    """When."""
    users: int
    """Those who would get anything."""
    achievements: list[Backdated]


class ProgressAnswer(msgspec.Struct, rename="camel"):
    """How far a job is."""

    doing: str
    """What it does just now: words for people, which may change."""
    done: int
    of: int


class JobAnswer(msgspec.Struct, rename="camel", kw_only=True):
    """A job, without its users."""

    id: str
    kind: JobKind
    state: JobState
    started_at: str
    ended_at: str | None
    progress: ProgressAnswer
    error: str | None
    """Why it failed, and what to do; else null."""


class JobsAnswer(msgspec.Struct, rename="camel"):
    """All jobs that are known, the last one first."""

    jobs: list[JobAnswer]


class JobDetailsAnswer(JobAnswer, rename="camel", kw_only=True):
    """A job with its result and a page of users."""

    result: msgspec.Raw
    """`WhatIfAnswer` or `DryRunAnswer` as JSON; null until it is done."""
    users: list[msgspec.Raw]
    """`UserDifference` or `UserBackdated`."""
    users_listed: int
    """How many can be had by pages."""
    next: str | None
    """What `after` takes for the next page; null on the last one."""
