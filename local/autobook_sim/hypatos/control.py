"""`/_sim`: what a test or a person may do to the simulator, which Hypatos itself does not offer.

| | |
|---|---|
| `GET /_sim/state` | `invoices` (how many), `tokens`, `profile`, `faults`, `now` |
| `POST /_sim/reset` | as after the start |
| `GET`, `DELETE /_sim/requests` | every API request: `operation, method, path, status, fault` |
| `GET`, `POST`, `DELETE /_sim/faults` | `{operation, kind, times, status, seconds, headers}`, as for Kanbert |
| `GET`, `PUT /_sim/profile` | `{"name": "insert-again"}`; GET adds what each profile is about |
| `PUT /_sim/clock` | `{"frozen": "2026-01-31T12:00:00Z" or null}`, `{"advance": seconds}` |
| `PUT /_sim/clients` | `{client_id: client_secret}` replaces all |
| `DELETE /_sim/tokens` | every token ends at once |
| `GET /_sim/invoices` | what the page shows: `id, inserted_at, body`, and `history` with the bodies before |

Whatever changes something needs the content type `application/json`, also without a body (`loopback_guard`).
"""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from autobook_sim.hypatos.profiles import PROFILES
from autobook_sim.hypatos.refusals import refused
from autobook_sim.hypatos.service import Hypatos
from autobook_sim.kanbert.wire import from_json, moment_of, to_json

type Handler = Callable[[Request], Awaitable[Any]]


def control_routes(hypatos: Hypatos) -> list[Route]:
    """The routes below `/_sim`."""
    control = _Control(hypatos)
    table: list[tuple[str, str, Handler]] = [
        ("GET", "/state", control.state),
        ("POST", "/reset", control.reset),
        ("GET", "/requests", control.requests),
        ("DELETE", "/requests", control.forget_requests),
        ("GET", "/faults", control.faults),
        ("POST", "/faults", control.order_fault),
        ("DELETE", "/faults", control.clear_faults),
        ("GET", "/profile", control.profile),
        ("PUT", "/profile", control.set_profile),
        ("PUT", "/clock", control.clock),
        ("PUT", "/clients", control.clients),
        ("DELETE", "/tokens", control.end_tokens),
        ("GET", "/invoices", control.invoices),
    ]
    return [Route(path, _json(handler), methods=[method]) for method, path, handler in table]


def _json(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        return Response(to_json(await handler(request)), media_type="application/json")

    return endpoint


async def _body(request: Request) -> dict[str, Any]:
    try:
        body = from_json(await request.body())
    except ValueError as error:
        raise refused(400, str(error)) from None
    if not isinstance(body, dict):
        raise refused(400, "a JSON object is expected")
    return body


class _Control:
    def __init__(self, hypatos: Hypatos) -> None:
        self._hypatos = hypatos

    async def state(self, _: Request) -> Any:
        hypatos = self._hypatos
        return {
            "invoices": len(hypatos.invoices),
            "tokens": len(hypatos.tokens),
            "profile": hypatos.profile_name,
            "faults": hypatos.faults.listed(),
            "now": hypatos.clock().isoformat(),
        }

    async def reset(self, _: Request) -> Any:
        self._hypatos.reset()
        return {}

    async def requests(self, _: Request) -> Any:
        return self._hypatos.requests

    async def forget_requests(self, _: Request) -> Any:
        self._hypatos.requests.clear()
        return {}

    async def faults(self, _: Request) -> Any:
        return self._hypatos.faults.listed()

    async def order_fault(self, request: Request) -> Any:
        body = await _body(request)
        try:
            return asdict(self._hypatos.faults.order({k: float(v) if k == "seconds" else v for k, v in body.items()}))
        except (TypeError, ValueError) as error:
            raise refused(400, str(error)) from None

    async def clear_faults(self, _: Request) -> Any:
        self._hypatos.faults.clear()
        return {}

    async def profile(self, _: Request) -> Any:
        about = {name: each.about for name, each in PROFILES.items()}
        return {"name": self._hypatos.profile_name, "profiles": about}

    async def set_profile(self, request: Request) -> Any:
        name = (await _body(request)).get("name")
        if name not in PROFILES:
            raise refused(400, f"name is not one of {', '.join(PROFILES)}")
        self._hypatos.profile_name = str(name)
        return {"name": name}

    async def clock(self, request: Request) -> Any:
        body, clock = await _body(request), self._hypatos.clock
        try:
            if "frozen" in body:
                clock.frozen = None if body["frozen"] is None else moment_of(body["frozen"])
            if "advance" in body:
                clock.ahead += timedelta(seconds=float(body["advance"]))
        except (TypeError, ValueError, OverflowError) as error:
            raise refused(400, str(error)) from None
        return {"now": clock().isoformat()}

    async def clients(self, request: Request) -> Any:
        body = await _body(request)
        if not all(isinstance(secret, str) for secret in body.values()):
            raise refused(400, "every client needs a secret")
        self._hypatos.clients = body
        return {}

    async def end_tokens(self, _: Request) -> Any:
        self._hypatos.tokens.clear()
        return {}

    async def invoices(self, _: Request) -> Any:
        return [asdict(each) for each in self._hypatos.invoices]
