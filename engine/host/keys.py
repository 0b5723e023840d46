"""Idempotency keys: known for ever, found in microseconds (SPEC 4.2).

A key enters the log inside its event's record, so it is durable with it. The index here is
derived: recent keys are in memory, older ones in the store's key index, which is written in bulk
behind the log; after a start the recent ones come from the log's tail.
"""

from hashlib import blake2b

from engine.host.ports import DerivedReader
from engine.model.identifiers import Ordinal, ScopeNumber, Seq

KEY_SIZE = 16


class Keys:
    """Every idempotency key of a log, as a keyed hash, with the record that first used it."""

    def __init__(self, secret: bytes, derived: DerivedReader) -> None:
        self._secret = secret
        self._derived = derived
        self._indexed = derived.included() > 0
        """Whether the store's index can know a key that is not in memory; if not, it is not asked:
        a look-up there gives up the interpreter's lock and may wait for a commit to give it back.
        """
        self._recent: dict[bytes, Seq] = {}
        self._leaving: dict[bytes, Seq] = {}

    def __len__(self) -> int:
        """How many keys are in memory."""
        return len(self._recent) + len(self._leaving)

    def of_event(self, scope: ScopeNumber, metric: Ordinal, user: str, key: str) -> bytes:
        """Return the hash under which an event's key is kept."""
        return self._hash(f"event\0{scope}\0{metric}\0{user}\0{key}")

    def of_import(self, scope: ScopeNumber, item: str) -> bytes:
        """Return the hash under which an item of a named import is kept."""
        return self._hash(f"import\0{scope}\0{item}")

    def of_operation(self, scope: ScopeNumber, operation: str, key: str, item: str) -> bytes:
        """Return the hash under which one of an operation's items is kept."""
        return self._hash(f"operation\0{scope}\0{operation}\0{len(key)}\0{key}\0{item}")

    def find(self, key: bytes) -> Seq | None:
        """Return the record that used a key first, None if none did."""
        known = self._recent.get(key) or self._leaving.get(key)
        if known is None and self._indexed:
            return self._derived.key(key)
        return known

    def add(self, key: bytes, seq: Seq) -> None:
        """Note that a record used a key."""
        self._recent[key] = seq

    def leave(self) -> list[tuple[bytes, Seq]]:
        """Return what is to be written to the store's index; still found here until `left`."""
        self._leaving.update(self._recent)  # not empty if the last flush failed
        self._recent = {}
        return list(self._leaving.items())

    def left(self) -> None:
        """Forget what `leave` returned: it is in the store's index now."""
        self._indexed = self._indexed or bool(self._leaving)
        self._leaving = {}

    def _hash(self, text: str) -> bytes:
        encoded = text.encode("utf-8", "surrogatepass")
        return blake2b(encoded, key=self._secret, digest_size=KEY_SIZE).digest()
