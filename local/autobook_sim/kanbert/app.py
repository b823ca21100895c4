"""The simulated Kanbert behind HTTP: routes, faults, the request log, and the page for people."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from importlib.resources import files
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount, Route
from starlette.types import Receive, Scope, Send

from autobook_sim.kanbert.control import control_routes
from autobook_sim.kanbert.faults import Fault
from autobook_sim.kanbert.openapi import description
from autobook_sim.kanbert.operations import OPERATIONS, Operation
from autobook_sim.kanbert.refusals import Refusal
from autobook_sim.kanbert.service import Kanbert
from autobook_sim.kanbert.transports import transport_of
from autobook_sim.kanbert.wire import stamp, to_json
from autobook_sim.loopback_guard import LoopbackGuard

PREFIX = "/api/v1"
_CONTROL = "/_sim"


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
            Route("/", _page),
            Route("/openapi.json", _openapi),
            Mount(_CONTROL, routes=control_routes(kanbert)),
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
            response = await _with_fault(kanbert, operation, request, fault)
        except Refusal as refusal:
            response = _refusal(refusal)
        entry["status"], entry["seconds"] = response.status_code, round(time.perf_counter() - began, 4)
        return response

    return endpoint


async def _with_fault(kanbert: Kanbert, operation: Operation, request: Request, fault: Fault | None) -> Response:
    match fault.kind if fault else None:
        case "latency" if fault:
            await asyncio.sleep(fault.seconds)
        case "status" if fault:
            body = to_json({"message": "Server Error" if fault.status >= 500 else "A fault that was ordered."})
            return Response(body, fault.status, headers=fault.headers, media_type="application/json")
        case "drop":
            return _Dropped()
    response = await kanbert.answer(operation, request)
    match fault.kind if fault else None:
        case "drop_after":
            return _Dropped()
        case "truncate":
            return _Truncated(bytes(response.body), response.status_code)
        case "malformed":
            return Response(b'{"data": [{"id": "' + b"\xff", response.status_code, media_type="application/json")
    return response


class _Dropped(Response):
    """No answer at all: the connection is cut."""

    def __init__(self) -> None:
        super().__init__(status_code=599)

    async def __call__(self, scope: Scope, _receive: Receive, _send: Send) -> None:
        transport_of(scope).abort()
        await asyncio.sleep(0.01)


class _Truncated(Response):
    """Half of the body that was announced."""

    def __init__(self, body: bytes, status: int) -> None:
        super().__init__(body or b"{}", status, media_type="application/json")

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        half = bytes(self.body)[: len(self.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
        transport_of(scope).close()
        await asyncio.sleep(0.01)


def _refusal(refusal: Refusal) -> Response:
    return Response(to_json(refusal.body), refusal.status, media_type="application/json")


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)  # noqa: S101 - registered for nothing else
    return _refusal(error)


async def _refused_by_starlette(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for nothing else
    body = to_json({"message": str(error.detail)})
    return Response(body, error.status_code, headers=error.headers, media_type="application/json")


async def _page(_: Request) -> Response:
    return HTMLResponse(files("autobook_sim.kanbert").joinpath("page.html").read_text(encoding="utf-8"))


async def _openapi(request: Request) -> Response:
    document = description(str(request.base_url).rstrip("/") + PREFIX)
    return Response(to_json(document), media_type="application/json")
