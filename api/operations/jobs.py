"""`/admin/v1/jobs`, and what starts one: `POST /admin/v1/what-if`, `POST /admin/v1/dry-run` (ours).

What can be known to be wrong is told at once: a job that is started has a configuration that could
be put in force.
"""

from http import HTTPStatus
from typing import Annotated

import msgspec

from api.jobs.jobs import Job, Page
from api.jobs.limits import JOB_WAIT_SECONDS_MAX
from api.jobs.tasks import DryRunTask, WhatIfTask, read_toml
from api.moments import read_moment
from api.operations.answers_jobs import (
    JobAnswer,
    JobDetailsAnswer,
    JobsAnswer,
    ProgressAnswer,
)
from api.operations.call import Call, NoQuery, Reply
from api.operations.instants import instant_text
from engine.configuration.document import Document
from engine.model.errors import ConfigurationInvalid, InvalidInput
from engine.model.limits import PAGE_MAX
from persistence.what_if import check


class WhatIfQuery(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """Which stretch of the history is run again."""

    begin: str | None = msgspec.field(default=None, name="from")
    """From when on the configuration would have been in force; default: from the beginning on."""
    end: str | None = msgspec.field(default=None, name="to")
    """Until when; default: the scope's clock."""


class JobQuery(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """Which of a job's users to show, and whether to wait for it."""

    limit: Annotated[int, msgspec.Meta(ge=1, le=PAGE_MAX)] = 10
    after: str = "0"
    """What another page says is next."""
    wait: Annotated[int, msgspec.Meta(ge=0, le=JOB_WAIT_SECONDS_MAX)] = 0
    """Seconds to wait for the job to be over, if it is not."""


async def what_if(call: Call[WhatIfQuery, bytes]) -> Reply:
    """Start to run the scope's history again under the configuration in the body.

    Raises:
        ConfigurationInvalid: names every place that is wrong.
        InvalidInput: an instant is none, or they are in the wrong order.
        Overloaded: another job is running.
    """
    begin = read_moment(call.query.begin, "from")
    end = read_moment(call.query.end, "to", ends=True)
    if begin is not None and end is not None and end < begin:
        raise InvalidInput("to", "lies before from")
    check(_document(call.body), call.scope, call.engine.log, begin)
    task = WhatIfTask(call.scope.state.name, call.body, begin, end)
    return _accepted(call.jobs.start(task, call.engine.last_seq))


async def dry_run(call: Call[NoQuery, bytes]) -> Reply:
    """Start to find out what the configuration in the body would backdate.

    Raises:
        ConfigurationInvalid: names every place that is wrong.
        Overloaded: another job is running.
    """
    check(_document(call.body), call.scope, call.engine.log, call.scope.now())
    task = DryRunTask(call.scope.state.name, call.body)
    return _accepted(call.jobs.start(task, call.engine.last_seq))


async def all_jobs(call: Call[NoQuery, None]) -> Reply:
    """Return the jobs that are known, the last one first."""
    jobs = call.jobs.of(call.scope.state.name)
    return Reply(HTTPStatus.OK, JobsAnswer([_answer(job) for job in jobs]))


async def get(call: Call[JobQuery, None]) -> Reply:
    """Return a job, with its result and a page of users once it is done.

    Raises:
        NotFound: there is no such job, or not any more.
        InvalidInput: no page begins there.
    """
    job = call.jobs.find(call.scope.state.name, call.path[0])
    await job.wait_over(call.query.wait)
    page = Page([], None)
    if job.state == "done":
        page = await call.jobs.page(job, call.query.after, call.query.limit)
    about = msgspec.structs.asdict(_answer(job))
    return Reply(
        HTTPStatus.OK,
        JobDetailsAnswer(
            **about,
            result=job.result,
            users=page.rows,
            users_listed=job.users_listed,
            next=page.next,
        ),
    )


async def cancel(call: Call[NoQuery, None]) -> Reply:
    """Cancel a job; one that is over stays as it is.

    Raises:
        NotFound: there is no such job, or not any more.
    """
    job = call.jobs.find(call.scope.state.name, call.path[0])
    job.running.cancel()
    await job.wait_over(JOB_WAIT_SECONDS_MAX)
    return Reply(HTTPStatus.OK, _answer(job))


def _document(body: bytes) -> Document:
    if not body.strip():
        raise ConfigurationInvalid([("", "the body holds no configuration")])
    return read_toml(body)


def _accepted(job: Job) -> Reply:
    return Reply(HTTPStatus.ACCEPTED, _answer(job))


def _answer(job: Job) -> JobAnswer:
    progress = job.progress
    return JobAnswer(
        id=job.id,
        kind=job.kind,
        state=job.state,
        started_at=instant_text(job.started_at),
        ended_at=None if job.ended_at is None else instant_text(job.ended_at),
        progress=ProgressAnswer(progress.doing, progress.done, progress.of),
        error=job.error,
    )
