"""Who is asking: API keys, known by their SHA-256, compared in constant time (SPEC 11.1).

A key looks like `prefix.body`; the prefix is for people, the whole is the secret. Keys are records
of the log, as hashes. The server may be given one from outside instead (`LAURELS_ADMIN_KEY`): then
that one alone opens it, and it is stored nowhere.
"""

import secrets
from hashlib import sha256
from hmac import compare_digest
from typing import NamedTuple

from api.front.limits import KEY_LENGTH_MAX
from engine.host.scope import Scope
from engine.model.errors import InvalidInput, LaurelsError

_BODY_BYTES = 32
_PREFIX_BYTES = 4
_KEY_LENGTH_MIN = 16


class Unauthorized(LaurelsError):
    """A request without a key, or with one that is not known."""

    code = "unauthorized"
    status = 401


class NewKey(NamedTuple):
    """A key just made; it is shown once and stored nowhere."""

    text: str
    prefix: str
    digest: bytes


def make_key() -> NewKey:
    """Make a key of 256 random bits."""
    prefix = secrets.token_hex(_PREFIX_BYTES)
    text = f"{prefix}.{secrets.token_urlsafe(_BODY_BYTES)}"
    return NewKey(text, prefix, _digest(text))


def check_given_key(text: str) -> str:
    """Check a key that the operator chose.

    Raises:
        InvalidInput: too short to be a secret, too long, or not printable ASCII.
    """
    if not _KEY_LENGTH_MIN <= len(text) <= KEY_LENGTH_MAX:
        what = f"must have {_KEY_LENGTH_MIN} to {KEY_LENGTH_MAX} characters"
        raise InvalidInput("LAURELS_ADMIN_KEY", what)
    if not text.isascii() or not text.isprintable() or " " in text:
        raise InvalidInput("LAURELS_ADMIN_KEY", "must be printable ASCII without spaces")
    return text


class Authenticator:
    """Knows the keys of a scope."""

    def __init__(self, scope: Scope, given_key: str | None = None) -> None:
        """Begin with the keys there are.

        Args:
            scope: whose keys count.
            given_key: the one key that counts instead.
        """
        self._scope = scope
        self._given = None if given_key is None else _digest(given_key)

    def authenticate(self, key: str | None) -> Scope:
        """Return the scope that a key opens.

        Raises:
            Unauthorized: it opens none.
        """
        if not key:
            raise Unauthorized("send an API key in the header X-API-KEY")
        digest = _digest(key)
        known = [self._given] if self._given else [k.hash for k in self._scope.state.keys]
        # Every one is looked at, so that the time says nothing about which was close.
        matches = [compare_digest(digest, one) for one in known]
        if not any(matches):
            raise Unauthorized("the API key in the header X-API-KEY is not known")
        return self._scope


def _digest(key: str) -> bytes:
    return sha256(key.encode("utf-8", "surrogatepass")).digest()
