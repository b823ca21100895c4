"""The simulated Kanbert behind HTTP: routes, faults, the request log, and the page for people."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from autobook_sim.fault_responses import with_fault
from autobook_sim.kanbert.control import control_routes
from autobook_sim.kanbert.openapi import description
from autobook_sim.kanbert.operations import OPERATIONS, PREFIX, Operation
from autobook_sim.kanbert.page import page, page_routes
from autobook_sim.kanbert.refusals import Refusal
from autobook_sim.kanbert.service import Kanbert
from autobook_sim.kanbert.wire import stamp, to_json
from autobook_sim.loopback_guard import LoopbackGuard

_CONTROL = "/_sim"
_MALFORMED = b'{"data": [{"id": "' + b"\xff"


def create_app(kanbert: Kanbert) -> Starlette:
    """The application."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        await kanbert.webhooks.stop()

    # Fixed paths first: `check-duplicate` and `master` would pass for an id.
    ordered = sorted(OPERATIONS, key=lambda operation: operation.path.replace("{", "~"))
    routes = [Route(each.path, _endpoint(kanbert, each), methods=[each.method]) for each in ordered]
    return Starlette(
        routes=[
            Route("/", page),
            Route("/openapi.json", _openapi),
            Mount(_CONTROL, routes=[*page_routes(kanbert), *control_routes(kanbert)]),
            Mount(PREFIX, routes=routes),
        ],
        middleware=[Middleware(LoopbackGuard, control=_CONTROL)],
        exception_handlers={Refusal: _refused, HTTPException: _refused_by_starlette},
        lifespan=lifespan,
    )


def _endpoint(kanbert: Kanbert, operation: Operation) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        began = time.perf_counter()
        entry: dict[str, Any] = {
            "at": stamp(kanbert.store.clock()),
            "operation": operation.id,
            "method": request.method,
            "path": request.url.path,
            "query": request.url.query,
            "status": 0,
            "fault": None,
        }
        kanbert.requests.append(entry)
        fault = kanbert.faults.take(operation.id)
        entry["fault"] = fault.kind if fault else None
        try:

            async def answer() -> Response:
                return (await kanbert.answer(operation, request)).response()

            response = await with_fault(fault, answer, _ordered_error, _MALFORMED)
        except Refusal as refusal:
            response = _refusal(refusal)
        entry["status"], entry["seconds"] = response.status_code, round(time.perf_counter() - began, 4)
        return response

    return endpoint


def _ordered_error(status: int) -> Response:
    body = to_json({"message": "Server Error" if status >= 500 else "A fault that was ordered."})
    return Response(body, status, media_type="application/json")


def _refusal(refusal: Refusal) -> Response:
    return Response(to_json(refusal.body), refusal.status, media_type="application/json")


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)  # noqa: S101 - registered for nothing else
    return _refusal(error)


async def _refused_by_starlette(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for nothing else
    body = to_json({"message": str(error.detail)})
    return Response(body, error.status_code, headers=error.headers, media_type="application/json")


async def _openapi(request: Request) -> Response:
    document = description(str(request.base_url).rstrip("/") + PREFIX)
    return Response(to_json(document), media_type="application/json")
