"""Every bound of the jobs, in one place, each with its reason."""

JOBS_RUNNING_MAX = 1
"""Jobs at a time: each takes a core and the memory of a second engine."""

JOBS_KEPT_MAX = 8
"""Jobs that are over and can still be asked for."""

JOB_USERS_MAX = 100_000
"""Users of one job who are listed: some 20 MB in a temporary file; more are counted only."""

JOB_PAGE_SIZE_MAX = 16 * 1024 * 1024
"""Bytes of one page of users, whatever its number of rows."""

JOB_MESSAGE_SIZE_MAX = 64 * 1024 * 1024
"""Bytes of one message of a job's process: a result names everything that is configured."""

JOB_WAIT_SECONDS_MAX = 5
"""Seconds that a request can wait for a job: half of what a handler may take."""

JOB_GRACE_SECONDS_MAX = 1
"""Seconds that a job's process has to end by itself, so that LMDB knows that a reader has left."""
