"""The simulated Billomat behind HTTP: routes, faults, the request log, and the page for people."""

import time
from collections.abc import Awaitable, Callable
from functools import partial
from importlib.resources import files
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount, Route

from autobook_sim.billomat.answers import error_response
from autobook_sim.billomat.control import control_routes
from autobook_sim.billomat.operations import OPERATIONS, Operation
from autobook_sim.billomat.refusals import Refusal
from autobook_sim.billomat.service import Billomat
from autobook_sim.billomat.store import now
from autobook_sim.fault_responses import with_fault
from autobook_sim.loopback_guard import LoopbackGuard

PREFIX = "/api"
_CONTROL = "/_sim"
_MALFORMED = b"<?xml version='1.0'?><incomings type='array'><incoming><id>1</incoming>"


def create_app(billomat: Billomat) -> Starlette:
    """The application."""
    by_path: dict[str, list[Operation]] = {}
    for each in OPERATIONS:
        by_path.setdefault(each.path, []).append(each)
    routes = [
        Route(path, _endpoint(billomat, {each.method: each for each in operations}), methods=[*_methods(operations)])
        for path, operations in by_path.items()
    ]

    async def refused_by_starlette(_: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101 - registered for nothing else
        response = error_response(Refusal(error.status_code, str(error.detail)), billomat.profile)
        response.headers.update(error.headers or {})
        return response

    return Starlette(
        routes=[Route("/", _page), Mount(_CONTROL, routes=control_routes(billomat)), Mount(PREFIX, routes=routes)],
        middleware=[Middleware(LoopbackGuard, control=_CONTROL)],
        exception_handlers={HTTPException: refused_by_starlette},
    )


def _methods(operations: list[Operation]) -> list[str]:
    return [each.method for each in operations]


def _endpoint(billomat: Billomat, by_method: dict[str, Operation]) -> Callable[[Request], Awaitable[Response]]:
    def ordered_error(status: int) -> Response:
        return error_response(Refusal(status, "A fault that was ordered."), billomat.profile)

    async def endpoint(request: Request) -> Response:
        began = time.perf_counter()
        # Starlette answers HEAD where GET is.
        operation = by_method["GET" if request.method == "HEAD" else request.method]
        entry: dict[str, Any] = {
            "at": now().isoformat(),
            "operation": operation.id,
            "method": request.method,
            "path": request.url.path,
            "query": request.url.query,
            "status": 0,
            "fault": None,
        }
        billomat.requests.append(entry)
        fault = billomat.faults.take(operation.id)
        entry["fault"] = fault.kind if fault else None
        try:
            response = await with_fault(fault, partial(billomat.answer, operation, request), ordered_error, _MALFORMED)
        except Refusal as refusal:
            response = billomat.refusal(refusal)
        entry["status"], entry["seconds"] = response.status_code, round(time.perf_counter() - began, 4)
        return response

    return endpoint


async def _page(_: Request) -> Response:
    return HTMLResponse(files("autobook_sim.billomat").joinpath("page.html").read_text(encoding="utf-8"))
