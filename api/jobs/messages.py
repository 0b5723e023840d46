"""What a job's process tells the server: a line of JSON each."""

import msgspec


class Progressed(msgspec.Struct, frozen=True, tag="progress"):
    """How far it is."""

    doing: str
    done: int
    of: int


class Done(msgspec.Struct, frozen=True, tag="done"):
    """It is done; the process ends."""

    result: msgspec.Raw
    users_listed: int


class Failed(msgspec.Struct, frozen=True, tag="failed"):
    """It cannot be done; the process ends."""

    error: str


Message = Progressed | Done | Failed

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Message)


def encode_message(message: Message) -> bytes:
    """Return a message as a line."""
    return _encoder.encode(message) + b"\n"


def decode_message(line: bytes) -> Message:
    """Read a line without its end.

    Raises:
        msgspec.DecodeError: it is no message.
    """
    return _decoder.decode(line)
