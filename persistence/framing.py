"""The bytes of a row: checksum, format, number, payload. Nothing else writes or reads them.

Every row of every table has the same frame (big endian):

    offset  size  field
         0     4  checksum: CRC-32 (zlib's) over table name, key, and the row from offset 4 on
         4     1  format: 1
         5     8  number: which one depends on the table, see below
        13        payload

    environment  table     key                      number             payload
    log          meta      "log"                    0                  identity (16), secret (32)
    log          records   record number (8)        its batch          the record
    log          personal  record number (8)        its batch          the personal row
    log          batches   batch number (8)         its first record   count (4), previous chain
                                                                       (16), chain (16)
    derived      meta      "derived"                included record    identity of the log (16)
    derived      users     scope (4), user (8)      included record    state
    derived      starts    scope (4), user (8)      included record    what a start must read
    derived      scopes    scope (4)                included record    state
    derived      keys      keyed hash (16)          record             nothing
    derived      archives  scope (4), board (8),    closing record     part of an archive
                           run (8), kind (1),
                           group (4), index (4)
    derived      moves     scope (4), shard (16),   rows of the shard  rows of rank history
                           first row's record (8)   before these
                           and fact (4)
    derived      cuts      scope (4), shard (16),   its record         head of a cut
                           record (8)
    derived      places    scope (4), shard (16),   the cut's record   participants of a cut
                           cut (4), part (4)

The checksum covers table and key, so a row that has strayed to another place is noticed like a
flipped byte: CRC-32 finds every error of up to 32 bits in a row, and one in 2**32 of all others
escapes it. The chain of BLAKE2b checksums over the batches leaves no such gap: a batch's is taken
over the one before, the batch's own numbers, and its framed records. Personal rows stay out, since
they can be forgotten. The first batch chains to the log's identity.

Rules of evolution: persistence/DESIGN.md. Checksum and format keep their places in every format, so
that any release can tell a newer row from a damaged one.
"""

import struct
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from zlib import crc32

import msgspec

from engine.model.errors import LogDamaged
from engine.model.identifiers import ScopeNumber, Seq, UserNumber

FORMAT = 1
"""The format of all rows that this release writes, and the only one there has been."""

META = "meta"
RECORDS = "records"
PERSONAL = "personal"
BATCHES = "batches"
LOG_TABLES = (META, RECORDS, PERSONAL, BATCHES)

USERS = "users"
STARTS = "starts"
SCOPES = "scopes"
KEYS = "keys"
ARCHIVES = "archives"
MOVES = "moves"
CUTS = "cuts"
PLACES = "places"
DERIVED_TABLES = (META, USERS, STARTS, SCOPES, KEYS, ARCHIVES, MOVES, CUTS, PLACES)

LOG_KEY = b"log"
DERIVED_KEY = b"derived"

IDENTITY_SIZE = 16
SECRET_SIZE = 32
CHAIN_SIZE = 16
KEY_HASH_SIZE = 16
SHARD_ID_SIZE = 16

CHECKSUM = struct.Struct(">I")
REST = struct.Struct(">BQ")
"""What the frame holds behind its checksum: format, number."""
FRAME = struct.Struct(">IBQ")
BATCH = struct.Struct(f">I{CHAIN_SIZE}s{CHAIN_SIZE}s")
CHAIN_HEAD = struct.Struct(f">{CHAIN_SIZE}sQQI")
"""What a chain checksum takes in first: the one before, batch number, first record, count."""
NUMBER_KEY = struct.Struct(">Q")
SCOPE_KEY = struct.Struct(">I")
USER_KEY = struct.Struct(">IQ")
ARCHIVE_KEY = struct.Struct(">IQQBII")
"""Scope, board, run, kind of part, group, index."""
MOVES_KEY = struct.Struct(f">I{SHARD_ID_SIZE}sQI")
CUT_KEY = struct.Struct(f">I{SHARD_ID_SIZE}sQ")
PLACES_KEY = struct.Struct(f">I{SHARD_ID_SIZE}sII")

_KEY_SIZES = {
    SCOPES: SCOPE_KEY.size,
    USERS: USER_KEY.size,
    STARTS: USER_KEY.size,
    MOVES: MOVES_KEY.size,
    CUTS: CUT_KEY.size,
    PLACES: PLACES_KEY.size,
}
_SEEDS = {name: crc32(name.encode()) for name in (*LOG_TABLES, *DERIVED_TABLES)}


class BatchHead(msgspec.Struct, frozen=True):
    """A batch row as read: where the batch begins, how many records it has, how it is chained."""

    number: int
    first_seq: Seq
    count: int
    previous: bytes
    chain: bytes

    @property
    def next_seq(self) -> Seq:
        """The first record of the batch after this one."""
        return Seq(self.first_seq + self.count)


def genesis(identity: bytes) -> BatchHead:
    """Return the batch 0 that is not stored: empty, and chained to by batch 1."""
    return BatchHead(0, Seq(1), 0, b"", identity)


def frame(table: str, key: bytes, number: int, payload: bytes) -> bytes:
    """Return the row that stores a payload under a key. Cost: under 1 µs and the checksum."""
    rest = REST.pack(FORMAT, number) + payload
    return CHECKSUM.pack(crc32(rest, crc32(key, _SEEDS[table]))) + rest


def unframe(table: str, key: bytes, row: bytes) -> tuple[int, bytes]:
    """Return number and payload of a row made by `frame`.

    Raises:
        LogDamaged: these are not the bytes that were written under this key, or a newer release
            wrote them; names the record, batch or piece.
    """
    if len(row) < FRAME.size:
        raise LogDamaged(f"{describe(table, key)} is cut short: {len(row)} bytes are left of it")
    checksum, form, number = FRAME.unpack_from(row)
    if crc32(row[CHECKSUM.size :], crc32(key, _SEEDS[table])) != checksum:
        raise LogDamaged(f"{describe(table, key)} is damaged: its checksum does not fit its bytes")
    if form != FORMAT:
        raise LogDamaged(
            f"{describe(table, key)} was written by a newer release of Laurels:"
            f" it has format {form}, this release reads {FORMAT}"
        )
    return number, row[FRAME.size :]


def describe(table: str, key: bytes) -> str:
    """Return what a row is, as a person would name it."""
    if table == META:
        return f"the {key.decode(errors='replace')}'s own row"
    if table == KEYS:
        return f"the idempotency key {key.hex()}"
    if table == ARCHIVES and len(key) == ARCHIVE_KEY.size:
        scope, board, run, kind, group, index = ARCHIVE_KEY.unpack(key)
        return (
            f"part {kind}.{group}.{index} of the archive of run {run} of board {board} "
            f"in scope {scope}"
        )
    if len(key) != _KEY_SIZES.get(table, NUMBER_KEY.size):
        return f"the row {key.hex()} of the table {table}"
    if table == RECORDS:
        return f"record {number_of(key)}"
    if table == PERSONAL:
        return f"the personal row of record {number_of(key)}"
    if table == BATCHES:
        return f"batch {number_of(key)}"
    if table == SCOPES:
        return f"the stored piece of scope {SCOPE_KEY.unpack(key)[0]}"
    if table == MOVES:
        scope, shard, seq, fact = MOVES_KEY.unpack(key)
        return f"the rank history of shard {shard.hex()} in scope {scope} from {seq}.{fact} on"
    if table == CUTS:
        scope, shard, seq = CUT_KEY.unpack(key)
        return f"the cut of shard {shard.hex()} in scope {scope} at record {seq}"
    if table == PLACES:
        scope, shard, cut, part = PLACES_KEY.unpack(key)
        return f"part {part} of cut {cut} of shard {shard.hex()} in scope {scope}"
    scope, user = USER_KEY.unpack(key)
    part = "state" if table == USERS else "start row"
    return f"the stored {part} of user {user} in scope {scope}"


def number_key(number: int) -> bytes:
    """Return the key of a record or a batch."""
    return NUMBER_KEY.pack(number)


def number_of(key: bytes) -> int:
    """Return the record or batch of a key made by `number_key`."""
    return NUMBER_KEY.unpack(key)[0]


def scope_key(scope: ScopeNumber) -> bytes:
    """Return the key of a scope's piece."""
    return SCOPE_KEY.pack(scope)


def user_key(scope: ScopeNumber, user: UserNumber) -> bytes:
    """Return the key of a user's pieces: those of one scope lie together, by number."""
    return USER_KEY.pack(scope, user)


def user_of(key: bytes) -> tuple[ScopeNumber, UserNumber]:
    """Return scope and user of a key made by `user_key`."""
    scope, user = USER_KEY.unpack(key)
    return scope, user


def moves_key(scope: ScopeNumber, shard: bytes, seq: Seq, fact: int) -> bytes:
    """Return the key of a chunk of rank history: by shard, then by its first row."""
    return MOVES_KEY.pack(scope, shard, seq, fact)


def cut_key(scope: ScopeNumber, shard: bytes, seq: Seq) -> bytes:
    """Return the key of a cut's head: by shard, then by record."""
    return CUT_KEY.pack(scope, shard, seq)


def places_key(scope: ScopeNumber, shard: bytes, cut: int, part: int) -> bytes:
    """Return the key of a cut's part: by shard, then by number of the cut."""
    return PLACES_KEY.pack(scope, shard, cut, part)


def frame_batch(previous: BatchHead, rows: Sequence[bytes]) -> tuple[BatchHead, bytes]:
    """Return head and row of the batch that follows `previous` and holds these framed records."""
    number = previous.number + 1
    chain = chain_checksum(previous.chain, number, previous.next_seq, rows)
    head = BatchHead(number, previous.next_seq, len(rows), previous.chain, chain)
    payload = BATCH.pack(head.count, head.previous, head.chain)
    return head, frame(BATCHES, number_key(number), head.first_seq, payload)


def unframe_batch(number: int, row: bytes) -> BatchHead:
    """Read a row made by `frame_batch`.

    Raises:
        LogDamaged: as `unframe`.
    """
    first_seq, payload = unframe(BATCHES, number_key(number), row)
    if len(payload) != BATCH.size:
        raise LogDamaged(f"batch {number} is damaged: its row has {len(row)} bytes")
    count, previous, chain = BATCH.unpack(payload)
    return BatchHead(number, Seq(first_seq), count, previous, chain)


def chain_checksum(previous: bytes, number: int, first_seq: Seq, rows: Sequence[bytes]) -> bytes:
    """Return a batch's chain checksum, from the one before and the batch's framed records.

    The rows' lengths go in before the rows: two lists of rows never look the same as one string.
    """
    checksum = blake2b(
        CHAIN_HEAD.pack(previous, number, first_seq, len(rows)), digest_size=CHAIN_SIZE
    )
    checksum.update(struct.pack(f">{len(rows)}I", *map(len, rows)))
    checksum.update(b"".join(rows))
    return checksum.digest()


def frame_numbered(
    table: str, batch: int, payloads: Iterable[tuple[int, bytes]]
) -> list[tuple[bytes, bytes]]:
    """Return the rows of a batch's records or personal rows, by record number.

    Does what `frame` does, with what is the same for a whole batch done once: it runs between two
    turns of the server's loop. Cost: under 1 µs a row.
    """
    seed, front = _SEEDS[table], REST.pack(FORMAT, batch)
    pack_key, pack_checksum = NUMBER_KEY.pack, CHECKSUM.pack
    rows: list[tuple[bytes, bytes]] = []
    for seq, payload in payloads:
        key = pack_key(seq)
        rest = front + payload
        rows.append((key, pack_checksum(crc32(rest, crc32(key, seed))) + rest))
    return rows
