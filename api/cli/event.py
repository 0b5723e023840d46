"""`laurels event`: send one event to a server and show what it changed."""

from typing import Annotated

import typer

from api.cli.options import ApiKey, ServerUrl

EPILOG = "Example: `laurels event lessons ada --url http://127.0.0.1:8787 --key KEY`"
DEFAULT_URL = "http://127.0.0.1:8787"


def event(
    metric: Annotated[str, typer.Argument(metavar="METRIC", help="The metric's key.")],
    user: Annotated[str, typer.Argument(metavar="USER", help="The user's id.")],
    value: Annotated[str, typer.Argument(metavar="VALUE", help="How much.")] = "1",
    *,
    url: ServerUrl = DEFAULT_URL,
    key: ApiKey = None,
    tz: Annotated[
        str | None, typer.Option(metavar="ZONE", help="The user's time zone, an IANA name.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="The user's name.")] = None,
    idempotency_key: Annotated[
        str | None,
        typer.Option("--idempotency-key", metavar="KEY", help="Makes a repeat harmless, for ever."),
    ] = None,
) -> None:
    """Send one event; print the answer, as JSON, once it is on the server's disk."""
    import msgspec

    from api.cli.client import Client, segment
    from engine.model.numbers import parse_millionths

    parse_millionths(value)
    said = {"id": user, **{k: v for k, v in (("tz", tz), ("name", name)) if v is not None}}
    body = msgspec.json.encode({"user": said, "value": msgspec.Raw(value.encode())})
    headers = {} if idempotency_key is None else {"Idempotency-Key": idempotency_key}
    path = f"/v1/metrics/{segment(metric)}/event"
    with Client(url or DEFAULT_URL, key) as client:
        answer = client.ask("POST", path, msgspec.Raw, body=body, headers=headers)
    print(msgspec.json.format(bytes(answer)).decode())
