"""Every bound of the HTTP server, in one place, each with its precedent or its reason.

Those of what a request says (ids, numbers, texts) are the engine's: `engine.model.limits`.
"""

HEAD_SIZE_MAX = 16 * 1024
"""Bytes of a request's line and headers together: h11's own bound."""

HEAD_SECONDS_MAX = 5
"""Seconds from a request's first byte to the end of its headers: who drips them is cut off."""

BODY_SIZE_MAX = 1024 * 1024
"""Bytes of a request's body, unless its route says less or more."""

BODY_SECONDS_MAX = 5
"""Seconds for a whole body to arrive."""

STREAM_SECONDS_MAX = 60
"""Seconds without a byte of a body of any length: a pipe behind it may pause, nobody stays for
ever."""

HANDLER_SECONDS_MAX = 10
"""Seconds from a whole request to its answer: a disk that takes longer has failed."""

WRITE_SECONDS_MAX = 10
"""Seconds in which a client must take an answer; who does not read is cut off."""

IDLE_SECONDS_MAX = 75
"""Seconds that a connection may be silent between two requests: longer than what clients' pools
keep theirs."""

LINGER_SECONDS_MAX = 1
"""Seconds in which what a refused client still sends is read away, so that it sees the refusal."""

CONNECTIONS_MAX = 1_024
"""Connections at a time; one more is told 503 and closed."""

IN_FLIGHT_MAX = 1_024
"""Requests being answered at a time; one more is told 503."""

BODIES_SIZE_MAX = 64 * 1024 * 1024
"""Bytes of all bodies being received or answered at a time; above that a request is told 503."""

PIPELINED_MAX = 64
"""Requests of one connection that are applied before their answers are written."""

KEY_LENGTH_MAX = 255
"""Characters of an API key."""

RETRY_AFTER_SECONDS = 1
"""What a client is told to wait when the server cannot take a request now."""

DRAIN_SECONDS_MAX = 12
"""Seconds that requests in flight have to end once the server is told to stop."""

CLOSING_SNAPSHOT_SECONDS_MAX = 5
"""Seconds for the snapshot of a stop: without it the next start takes longer, nothing is lost.
Together with draining, a stop takes less than 20 seconds."""

CLIENT_COMPLAINTS_MAX = 10
"""Log lines of one kind in a second that a client can cause; the rest is counted."""
