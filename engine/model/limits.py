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

BREAKDOWN_MAX = 10
"""Attributes by whose values a board falls into groups."""

PARTICIPANTS = 1_000
"""Participants who have a rank on a board of the Admin API that does not say how many: its
contract's own."""

ENDED_RUNS_KEPT_DAYS = 400
"""Days for which a leaderboard remembers that an operator ended a run, after it is over by its
dates: more than a server is ever behind with closing runs."""

GROUPS_MAX = 10_000
"""Groups of a board's run that users can make (SPEC 8.1)."""

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
"""31 December 2100: a pause or a leaderboard that ends later is a mistake of a century."""

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

UNARCHIVED_RUNS_MAX = 32
"""Closed runs without an archive before an import waits for their archives: users keep a place in
each, and look through them."""

SWEEP_AHEAD_RECORDS = 128
"""Records that a sweep may be ahead of the disk: an event's commit waits for no more of them."""

SNAPSHOT_SLICE_USERS = 256
"""Users packed between two looks at the event loop: some 2 ms."""

RECENT_KEYS_MAX = 100_000
"""Idempotency keys in memory before they are flushed to the key index."""

MOVES_BYTES_MAX = 8 * 1024 * 1024
"""Bytes of rank history in memory before a snapshot is written: a quarter of a million moves."""

MOVES_CHUNK_ROWS = 511
"""Rows of rank history in one value: what four of LMDB's pages hold; one more takes five."""

CUT_ROWS_MIN = 4_096
"""Rows of rank history before a cut is worth its room: they are walked through in 1 ms."""

CUT_PART_PARTICIPANTS = 2_166
"""Participants in a part of a cut: what nine pages hold; sorted in 1 ms and read in 40 µs."""

SCAN_SLICE_PARTICIPANTS = 1_024
"""Participants taken out of a live board between two looks at the event loop: some 1 ms."""

LET_GO_PARTICIPANTS = 4_096
"""Participants of dropped runs that are freed between two looks at the event loop: some 0.5 ms."""

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
