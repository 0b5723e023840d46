"""Reading a log: every row's checksum, the numbers without a gap, the chain from batch to batch.

One batch is one view of the tables. That keeps no state of the store pinned while whoever reads is
busy with a batch (a long view makes LMDB's file grow), holds one batch in memory, and costs some
2 µs a batch. It is sound because a log only grows behind its end: what was read stays as it was,
personal rows apart, which may vanish between two views.
"""

from collections.abc import Iterator

from engine.host.ports import Batch, Bounds
from engine.model.errors import LogDamaged, NotFound
from engine.model.identifiers import Seq
from persistence.framing import (
    BATCHES,
    IDENTITY_SIZE,
    LOG_KEY,
    META,
    PERSONAL,
    RECORDS,
    SECRET_SIZE,
    BatchHead,
    chain_checksum,
    genesis,
    number_key,
    number_of,
    unframe,
    unframe_batch,
)
from persistence.tables import ReadTables, Row, View


class StoredLogReader:
    """A log in tables, read and verified; `engine.host.ports.LogReader`."""

    def __init__(self, tables: ReadTables) -> None:
        """Read the log's own row.

        Raises:
            NotFound: the tables hold no log.
            LogDamaged: that row is not what was written, or is missing from a log with records.
        """
        self._tables = tables
        with tables.view() as view:
            row = view.get(META, LOG_KEY)
            if row is None and (view.last(RECORDS) or view.last(BATCHES)):
                raise LogDamaged("the log's own row, with its identity and its secret, is missing")
        if row is None:
            raise NotFound("there is no log here")
        _, payload = unframe(META, LOG_KEY, row)
        if len(payload) != IDENTITY_SIZE + SECRET_SIZE:
            raise LogDamaged(f"the log's own row is damaged: it has {len(row)} bytes")
        self._identity = payload[:IDENTITY_SIZE]
        self._secret = payload[IDENTITY_SIZE:]

    def identity(self) -> bytes:
        """Return the log's own 16 random bytes, by which derived data knows its log."""
        return self._identity

    def secret(self) -> bytes:
        """Return the log's own 32 random bytes: the key of its keyed hashes."""
        return self._secret

    def bounds(self) -> Bounds:
        """Return how far the log reaches now. Cost: some 4 µs.

        Raises:
            LogDamaged: the last batch and the last record do not belong together.
        """
        with self._tables.view() as view:
            head = self._last_head(view)
        return Bounds(head.number, Seq(head.next_seq - 1))

    def read(self, after: int = 0, upto: int | None = None) -> Iterator[Batch]:
        """Yield the batches with after < number ≤ upto in order, each verified.

        Without `upto`, up to the log's end at the call. Holds one batch at a time. Cost: about
        3 µs a record and 10 µs a batch.

        Raises:
            LogDamaged: a batch is missing or its bytes are not what was written; names the record.
        """
        last = self.bounds().last_batch
        if upto is not None and upto > last:
            raise LogDamaged(f"batch {last + 1} is missing: the log should reach batch {upto}")
        return self._read(after, last if upto is None else upto)

    def _read(self, after: int, upto: int) -> Iterator[Batch]:
        previous: BatchHead | None = None
        for number in range(after + 1, upto + 1):
            with self._tables.view() as view:
                if previous is None:
                    previous = self._head(view, after)
                head = self._head(view, number)
                batch = self._batch(view, previous, head)
            previous = head
            yield batch

    def read_record(self, seq: Seq) -> tuple[bytes, bytes | None] | None:
        """Return one record's payload and personal payload (None if forgotten or never there).

        Returns None for a number beyond the end. Cost: some 4 µs.

        Raises:
            LogDamaged: the bytes are not what was written.
        """
        key = number_key(seq)
        with self._tables.view() as view:
            row = view.get(RECORDS, key)
            if row is None:
                self._expect_beyond_end(view, seq)
                return None
            personal_row = view.get(PERSONAL, key)
        batch, payload = unframe(RECORDS, key, row)
        if personal_row is None:
            return payload, None
        return payload, self._numbered(PERSONAL, key, personal_row, batch)

    def batch_of(self, seq: Seq) -> int:
        """Return the number of the batch that holds a record; 0 for seq 0. Cost: some 3 µs.

        Raises:
            NotFound: the log does not reach that far.
            LogDamaged: the record's bytes are not what was written.
        """
        if seq == 0:
            return 0
        key = number_key(seq)
        with self._tables.view() as view:
            row = view.get(RECORDS, key)
            if row is None:
                self._expect_beyond_end(view, seq)
                raise NotFound(f"the log has no record {seq} yet")
        return unframe(RECORDS, key, row)[0]

    def head(self, number: int) -> BatchHead:
        """Return a batch's head; that of batch 0 is what batch 1 chains to.

        Raises:
            LogDamaged: the batch is missing, or its row is not what was written.
        """
        with self._tables.view() as view:
            return self._head(view, number)

    def _expect_beyond_end(self, view: View, seq: Seq) -> None:
        if seq < self._last_head(view).next_seq:
            raise LogDamaged(f"record {seq} is missing")

    def _last_head(self, view: View) -> BatchHead:
        last = view.last(BATCHES)
        head = self._head(view, number_of(last[0]) if last else 0)
        row = view.last(RECORDS)
        last_record = number_of(row[0]) if row else 0
        if last_record >= head.next_seq:
            raise LogDamaged(
                f"batch {head.number + 1} is missing: record {head.next_seq} belongs to none"
            )
        if last_record < head.next_seq - 1:
            raise LogDamaged(f"record {last_record + 1} is missing")
        return head

    def _head(self, view: View, number: int) -> BatchHead:
        if number == 0:
            return genesis(self._identity)
        row = view.get(BATCHES, number_key(number))
        try:
            if row is None:
                raise LogDamaged(f"batch {number} is missing")
            return unframe_batch(number, row)
        except LogDamaged as damage:
            raise LogDamaged(f"{damage}{self._first_record_note(view, number)}") from None

    def _first_record_note(self, view: View, number: int) -> str:
        """Name the first record of a batch whose row cannot say it, if the one before can."""
        try:
            row = view.get(BATCHES, number_key(number - 1))
            first = 1 if number == 1 else unframe_batch(number - 1, row or b"").next_seq
        except LogDamaged:
            return ""
        return f" (its first record is {first})"

    def _batch(self, view: View, previous: BatchHead, head: BatchHead) -> Batch:
        if (head.first_seq, head.previous) != (previous.next_seq, previous.chain):
            raise LogDamaged(
                f"batch {head.number} (its first record is {previous.next_seq}) is damaged:"
                f" it does not follow from batch {previous.number}"
            )
        start, stop = number_key(head.first_seq), number_key(head.next_seq)
        rows = view.rows(RECORDS, start, stop, head.count)
        personal_rows = view.rows(PERSONAL, start, stop, head.count)
        records = self._records(head, rows)
        chain = chain_checksum(head.previous, head.number, head.first_seq, [row for _, row in rows])
        if chain != head.chain:
            raise LogDamaged(
                f"batch {head.number} (records {head.first_seq} to {head.next_seq - 1})"
                " is damaged: its chained checksum does not fit its records"
            )
        personal = {
            Seq(number_of(key)): self._numbered(PERSONAL, key, row, head.number)
            for key, row in personal_rows
        }
        return Batch(head.number, head.first_seq, records, personal)

    def _records(self, head: BatchHead, rows: list[Row]) -> tuple[bytes, ...]:
        records: list[bytes] = []
        for seq, (key, row) in zip(range(head.first_seq, head.next_seq), rows, strict=False):
            if key != number_key(seq):
                break
            records.append(self._numbered(RECORDS, key, row, head.number))
        if len(records) < head.count:
            raise LogDamaged(f"record {head.first_seq + len(records)} is missing")
        return tuple(records)

    def _numbered(self, table: str, key: bytes, row: bytes, batch: int) -> bytes:
        """Return the payload of a record or a personal row that must belong to a batch."""
        number, payload = unframe(table, key, row)
        if number != batch:
            name = "record" if table == RECORDS else "the personal row of record"
            raise LogDamaged(
                f"{name} {number_of(key)} is damaged:"
                f" it claims to belong to batch {number}, not {batch}"
            )
        return payload
