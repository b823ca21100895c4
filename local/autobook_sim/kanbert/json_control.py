"""Requests below `/_sim`: a JSON object comes in, JSON goes out."""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from autobook_sim.kanbert.refusals import Refusal
from autobook_sim.kanbert.wire import from_json, to_json

type Handler = Callable[[Request], Awaitable[Any]]


def json_endpoint(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """What it returns, as JSON."""

    async def endpoint(request: Request) -> Response:
        return Response(to_json(await handler(request)), media_type="application/json")

    return endpoint


async def json_body(request: Request) -> dict[str, Any]:
    """The object that was sent. Refusal for anything else."""
    try:
        body = from_json(await request.body())
    except ValueError as error:
        raise Refusal(400, str(error)) from None
    if not isinstance(body, dict):
        raise Refusal(400, "a JSON object is expected")
    return body
