"""The command line as a client of a running server: one request, a typed answer or a sentence."""

from collections.abc import Mapping
from typing import TypeVar
from urllib.parse import quote

import httpx
import msgspec

from engine.model.errors import ConfigurationInvalid, InvalidInput, LaurelsError

AnswerT = TypeVar("AnswerT")

_TIMEOUT_S = 60.0
_RETRIES = 3
_ERROR_MIN = 400


class ServerUnreachable(LaurelsError):
    """Nothing answers at the address, or what answers is no Laurels."""

    code = "unreachable"
    status = 503
    exit_code = 10


class ServerRefused(LaurelsError):
    """The server answered with an error."""

    code = "refused"
    status = 400
    exit_code = 2


class _Error(msgspec.Struct):
    error: str
    issues: list[dict[str, str]] = []


class Client:
    """Requests to one server, over one connection; closed when its block is left."""

    def __init__(self, url: str, key: str | None) -> None:
        """Prepare; nothing is sent yet.

        Args:
            url: the server's address, `http://host:port`.
            key: the API key.

        Raises:
            InvalidInput: there is no key, or the address is none.
        """
        if not key:
            raise InvalidInput("--key", "is needed with --url (or set LAURELS_KEY)")
        if not url.startswith(("http://", "https://")):
            raise InvalidInput("--url", f"must begin with http:// or https://, not {url[:80]}")
        self._url = url.rstrip("/")
        try:
            self._http = httpx.Client(
                headers={"X-API-KEY": key},
                timeout=_TIMEOUT_S,
                transport=httpx.HTTPTransport(retries=_RETRIES),
            )
        except (ValueError, UnicodeEncodeError) as error:
            raise InvalidInput("--key", "is no API key") from error

    def ask(
        self,
        method: str,
        path: str,
        into: type[AnswerT],
        *,
        query: Mapping[str, object] | None = None,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> AnswerT:
        """Send a request; return the answer's body.

        Raises:
            ServerUnreachable: nothing answers there.
            ServerRefused: the server refused; says why in its words.
        """
        sent = {name: _text(value) for name, value in (query or {}).items() if value is not None}
        try:
            response = self._http.request(
                method, self._url + path, params=sent, content=body, headers=headers
            )
        except httpx.InvalidURL as error:
            raise InvalidInput("--url", str(error)) from error
        except httpx.TransportError as error:
            raise ServerUnreachable(
                f"{self._url}: {error or type(error).__name__}; is `laurels serve` running there?"
            ) from error
        try:
            if response.status_code >= _ERROR_MIN:
                raise _refused(response)
            return msgspec.json.decode(response.content, type=into)
        except msgspec.DecodeError as error:
            raise ServerUnreachable(
                f"{self._url}: what answers is no Laurels (status {response.status_code})"
            ) from error

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *exception: object) -> None:
        self._http.close()


def segment(text: str) -> str:
    """Return a key or an id as a part of a path."""
    return quote(text, safe="")


def _refused(response: httpx.Response) -> LaurelsError:
    told = msgspec.json.decode(response.content, type=_Error)
    if told.issues:
        return ConfigurationInvalid(
            [(issue.get("place", ""), issue.get("message", "")) for issue in told.issues]
        )
    return ServerRefused(f"{told.error} (status {response.status_code})")


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
