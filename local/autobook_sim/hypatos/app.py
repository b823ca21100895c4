"""The simulated Hypatos behind HTTP: routes, faults, the request log, and the page for people."""

from collections.abc import Awaitable, Callable
from functools import partial
from importlib.resources import files
from typing import Any, Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route

from autobook_sim.fault_responses import with_fault
from autobook_sim.hypatos.control import control_routes
from autobook_sim.hypatos.refusals import Refused, refused
from autobook_sim.hypatos.service import Hypatos
from autobook_sim.kanbert.wire import stamp
from autobook_sim.loopback_guard import LoopbackGuard

PREFIX: Final = "/v2"
_CONTROL: Final = "/_sim"
_MALFORMED: Final = b'{"id": "\xff'
OPERATIONS: Final = {
    "auth.token": ("POST", f"{PREFIX}/auth/token"),
    "invoices.insert": ("POST", f"{PREFIX}/enrichment/invoices"),
    "invoices.update": ("PATCH", f"{PREFIX}/enrichment/invoices/{{external_id:path}}"),
}
"""Every operation that is simulated, by the name that a fault is ordered with."""

type Operation = Callable[[Request], Awaitable[Response]]


def create_app(hypatos: Hypatos) -> Starlette:
    """The application."""
    carried_out: dict[str, Operation] = {
        "auth.token": hypatos.token,
        "invoices.insert": hypatos.insert,
        "invoices.update": hypatos.update,
    }
    routes = [
        Route(path, _endpoint(hypatos, name, carried_out[name]), methods=[method])
        for name, (method, path) in OPERATIONS.items()
    ]
    at_root = Route("/auth/token", _endpoint(hypatos, "auth.token", hypatos.token, at_root=True), methods=["POST"])
    return Starlette(
        routes=[Route("/", _page), Mount(_CONTROL, routes=control_routes(hypatos)), *routes, at_root],
        middleware=[Middleware(LoopbackGuard, control=_CONTROL)],
        exception_handlers={Refused: _refused, HTTPException: _refused_by_starlette},
    )


def _endpoint(hypatos: Hypatos, name: str, operation: Operation, *, at_root: bool = False) -> Operation:
    async def answer(request: Request) -> Response:
        if name == "auth.token" and hypatos.profile.token_at_root is not at_root:
            raise refused(404, "Not Found")
        return await operation(request)

    async def endpoint(request: Request) -> Response:
        entry: dict[str, Any] = {
            "at": stamp(hypatos.clock()),
            "operation": name,
            "method": request.method,
            "path": request.url.path,
            "status": 0,
            "fault": None,
        }
        hypatos.requests.append(entry)
        fault = hypatos.faults.take(name)
        entry["fault"] = fault.kind if fault else None
        try:
            response = await with_fault(fault, partial(answer, request), _ordered_error, _MALFORMED)
        except Refused as refusal:
            response = refusal.response
        entry["status"] = response.status_code
        return response

    return endpoint


def _ordered_error(status: int) -> Response:
    return JSONResponse({"message": "Server Error" if status >= 500 else "A fault that was ordered."}, status)


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)  # noqa: S101 - registered for nothing else
    return error.response


async def _refused_by_starlette(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for nothing else
    return JSONResponse({"message": str(error.detail)}, error.status_code, headers=error.headers)


async def _page(_: Request) -> Response:
    return HTMLResponse(files("autobook_sim.hypatos").joinpath("page.html").read_text(encoding="utf-8"))
