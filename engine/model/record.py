"""A record of the log: one command and the facts it caused, as the clear part of a row.

`encode_record` gives the payload that persistence frames with number and checksum; the bytes are
specified in persistence/DESIGN.md.
"""

import msgspec

from engine.model.commands import AnyCommand, Personal
from engine.model.facts import AnyFact
from engine.model.identifiers import Day, Instant, ScopeNumber, Seq, UserNumber

RULES = 3
"""The version of the rules that this release evaluates by, zone data included (SPEC 1.6)."""

RULES_ZONE_DATA = "2026.6"
"""The release of the `tzdata` package that belongs to `RULES`."""


class Record(msgspec.Struct, frozen=True, array_like=True):
    """One command, wholly applied."""

    scope: ScopeNumber
    at: Instant
    user: UserNumber
    step: int
    """The last step of the scope's timeline when the command was applied."""
    date: Day
    """The user's local date, as decided; 0 where the command has none."""
    rules: int
    prev_personal: Seq
    """The user's previous record with a personal row, if this one has one; else 0."""
    command: AnyCommand
    facts: tuple[AnyFact, ...]


class StoredRecord(msgspec.Struct, frozen=True):
    """A record as read back, with its number and its personal row, if it still has one."""

    seq: Seq
    record: Record
    personal: Personal | None


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Record)
_personal_decoder = msgspec.msgpack.Decoder(Personal)


def encode_record(record: Record) -> bytes:
    """Return the payload of a record's row."""
    return _encoder.encode(record)


def decode_record(payload: bytes) -> Record:
    """Read a payload written by `encode_record`.

    Raises:
        msgspec.DecodeError: the bytes are no record of this version or an earlier one.
    """
    return _decoder.decode(payload)


def encode_personal(personal: Personal) -> bytes:
    """Return the payload of a personal row."""
    return _encoder.encode(personal)


def decode_personal(payload: bytes) -> Personal:
    """Read a payload written by `encode_personal`."""
    return _personal_decoder.decode(payload)
