"""Every bound of the engine, in one place, each with its precedent or its reason."""

from engine.model.identifiers import Day, Instant, Millionths

ID_LENGTH_MAX = 255
"""Characters of a user id, an idempotency key, a name, an e-mail: the wire contract's own."""

ATTRIBUTE_VALUE_LENGTH_MAX = 1_024
"""Characters of an attribute's value."""

ATTRIBUTES_MAX = 64
"""Attributes in one command, and user attributes a person can have."""

DEVICE_TOKENS_MAX = 64
"""Device tokens of a person: one for each device they push to."""

VALUE_MAX = Millionths(10**12 * 10**6)
"""Magnitude of one event's value: 10**12 (SPEC 4.1)."""

TOTAL_MAX = Millionths(9 * 10**12 * 10**6)
"""Magnitude of a total: 9 * 10**12, so that millionths fit into 64 bits (SPEC 4.1)."""

POINTS_MAX = 2**53
"""Magnitude of points and awards: every wire reader's doubles hold them exactly."""

AWARD_MAX = 10**12
"""Magnitude of points given or taken by hand: that of a trigger."""

REASON_LENGTH_MAX = 1_024
"""Characters of an operator's reason."""

NUMBER_LENGTH_MAX = 400
"""Characters of a number's text: more digits than any double has, few enough to read at once."""

EVENT_SIZE_MAX = 16 * 1024
"""Bytes of one event as JSON; also of one line of an import."""

JSON_DEPTH_MAX = 32
"""Nesting of a request's JSON."""

CONFIGURED_MAX = 10_000
"""Things of one kind in a configuration: enough for the largest game, small enough to plan."""

PREREQUISITES_MAX = 1_000
"""Prerequisites of one achievement."""

BOOSTS_MAX = 100
"""Boosts of a user that are kept, those that are over included: more than anybody is given."""

CONFIGURATION_SIZE_MAX = 4 * 1024 * 1024
"""Bytes of a configuration file."""

QUEUE_RECORDS_MAX = 8_192
"""Records waiting for their commit."""

QUEUE_BYTES_MAX = 16 * 1024 * 1024
"""Bytes of records waiting for their commit."""

BATCH_RECORDS_MAX = 4_096
"""Records of one commit: some 4 ms of disk, so that nobody waits long behind a large one."""

PAUSES_MAX = 100
"""Pauses of a user that are not over: more than anybody plans, few enough to look through."""

DAY_MAX = Day(47_846)
"""31 December 2100: a pause that ends later is a mistake of a century."""

FREEZES_MAX = 1_000
"""Freezes that a user can have, and that one interval can earn."""

RESIDENT_USERS_MAX = 200_000
"""Users kept decoded: some 5 kB each."""

PACKED_USERS_MAX = 50_000
"""Users passivated but not yet in the snapshot: some 500 bytes each."""

DIRTY_USERS_MAX = 50_000
"""Users changed since the snapshot before the snapshot is written: bounds the tail to replay."""

SWEEP_SLICE_USERS = 32
"""Users brought up between two looks at the event loop: some 2 ms."""

SWEEP_AHEAD_RECORDS = 128
"""Records that a sweep may be ahead of the disk: an event's commit waits for no more of them."""

SNAPSHOT_SLICE_USERS = 256
"""Users packed between two looks at the event loop: some 2 ms."""

RECENT_KEYS_MAX = 100_000
"""Idempotency keys in memory before they are flushed to the key index."""

HEADROOM_BYTES = 64 * 1024 * 1024
"""Free disk and free map below which commands are refused: several of the largest batches."""

ITEMS_MAX = 100
"""Items of one list of changes, users asked for at once: the wire contract's own."""

PAGE_MAX = 1_000
"""Rows of one page of anything."""

INSTANT_MIN = Instant(0)
"""1970: a scope's clock before its first user command."""

INSTANT_MAX = Instant(4_102_444_800_000_000)
"""2100: later instants are mistakes of a unit, not times."""
