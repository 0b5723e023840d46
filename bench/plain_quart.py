"""What the other front end is measured against: one plain route of Quart-Trio.

Hypercorn's own command runs it (`bench.children.plain_quart`): Laurels' own use of Hypercorn, with
its barriers, is what is compared.
"""

from http import HTTPStatus

from quart import Response, request
from quart_trio import QuartTrio


def make_app(body_size: int) -> QuartTrio:
    """Return an application that reads an event and answers so many bytes."""
    app = QuartTrio("plain", static_folder=None)
    body = b"x" * body_size

    @app.post("/v1/metrics/<key>/event")
    async def event(key: str) -> Response:  # pyright: ignore[reportUnusedFunction]
        await request.get_data()
        return Response(body, HTTPStatus.CREATED, content_type="application/json")

    return app
