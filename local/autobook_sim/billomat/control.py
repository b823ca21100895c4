"""`/_sim`: what a test or a person may do to the simulator, which Billomat itself does not offer.

| | |
|---|---|
| `GET /_sim/state` | counts, profile, quota, faults |
| `POST /_sim/reset` | as after the start |
| `GET`, `DELETE /_sim/requests` | every API request: `operation, method, path, query, status, fault, seconds` |
| `GET`, `POST`, `DELETE /_sim/faults` | `{operation, kind, times, status, seconds, headers}`, see `faults.Fault` |
| `GET`, `PUT /_sim/profile` | `{name}`, and single fields of the profile to change |
| `PUT /_sim/quota` | `{calls}`: so many calls are answered, then 429; null for all |
| `POST /_sim/suppliers` | `{name, …}`: a supplier; the API has no use for creating one here |
| `POST /_sim/incomings/{id}/paid` | a person pays it |
| `GET /_sim/documents` | everything, for the page |

Whatever changes something needs the content type `application/json`, also without a body (`loopback_guard`).
"""

import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from autobook_sim.billomat.operations import SUPPLIER_ANSWER
from autobook_sim.billomat.profiles import PROFILES
from autobook_sim.billomat.refusals import Refusal
from autobook_sim.billomat.service import Billomat

type Handler = Callable[[Request], Awaitable[Any]]
_SHOWN = 200


def control_routes(billomat: Billomat) -> list[Route]:
    """The routes below `/_sim`."""
    control = _Control(billomat)
    table: list[tuple[str, str, Handler]] = [
        ("GET", "/state", control.state),
        ("POST", "/reset", control.reset),
        ("GET", "/requests", control.requests),
        ("DELETE", "/requests", control.forget_requests),
        ("GET", "/faults", control.faults),
        ("POST", "/faults", control.order_fault),
        ("DELETE", "/faults", control.clear_faults),
        ("GET", "/profile", control.profile),
        ("PUT", "/profile", control.choose_profile),
        ("PUT", "/quota", control.quota),
        ("POST", "/suppliers", control.add_supplier),
        ("POST", "/incomings/{id:int}/paid", control.pay),
        ("GET", "/documents", control.documents),
    ]
    return [Route(path, _json(handler), methods=[method]) for method, path, handler in table]


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal | date):
        return str(value)
    raise TypeError(type(value).__name__)


def _json(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        status = 200
        try:
            answer = await handler(request)
        except Refusal as refusal:
            answer, status = {"message": str(refusal)}, refusal.status
        return Response(json.dumps(answer, default=_plain), status, media_type="application/json")

    return endpoint


async def _body(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.body())
    except ValueError as error:
        raise Refusal(400, str(error)) from None
    if not isinstance(body, dict):
        raise Refusal(400, "a JSON object is expected")
    return body


class _Control:
    def __init__(self, billomat: Billomat) -> None:
        self._billomat = billomat

    async def state(self, _: Request) -> Any:
        store = self._billomat.store
        return {
            "documents": {table: len(records) for table, records in store.tables.items()},
            "profile": asdict(self._billomat.profile),
            "quota": self._billomat.quota,
            "faults": self._billomat.faults.listed(),
        }

    async def reset(self, _: Request) -> Any:
        self._billomat.reset()
        return {}

    async def requests(self, _: Request) -> Any:
        return self._billomat.requests

    async def forget_requests(self, _: Request) -> Any:
        self._billomat.requests.clear()
        return {}

    async def faults(self, _: Request) -> Any:
        return self._billomat.faults.listed()

    async def order_fault(self, request: Request) -> Any:
        body = await _body(request)
        try:
            return asdict(self._billomat.faults.order(body))
        except (TypeError, ValueError) as error:
            raise Refusal(400, str(error)) from None

    async def clear_faults(self, _: Request) -> Any:
        self._billomat.faults.clear()
        return {}

    async def profile(self, _: Request) -> Any:
        return {"names": sorted(PROFILES), **asdict(self._billomat.profile)}

    async def choose_profile(self, request: Request) -> Any:
        body = await _body(request)
        try:
            self._billomat.choose_profile(body.pop("name", "documented"), **body)
        except (KeyError, TypeError) as error:
            raise Refusal(400, f"no such profile or field: {error}") from None
        return asdict(self._billomat.profile)

    async def quota(self, request: Request) -> Any:
        calls = (await _body(request)).get("calls")
        if calls is not None and (isinstance(calls, bool) or not isinstance(calls, int) or calls < 0):
            raise Refusal(400, "calls is expected, a number of calls or null")
        self._billomat.quota = calls
        return {}

    async def add_supplier(self, request: Request) -> Any:
        body = await _body(request)
        known = {name for name, _ in SUPPLIER_ANSWER} - {"id", "created"}
        if not isinstance(body.get("name"), str) or not all(
            name in known and isinstance(value, str) for name, value in body.items()
        ):
            raise Refusal(400, f"name is expected, and texts among {', '.join(sorted(known))}")
        return self._billomat.store.add_supplier(body)

    async def pay(self, request: Request) -> Any:
        self._billomat.pay(request.path_params["id"])
        return {}

    async def documents(self, _: Request) -> Any:
        store = self._billomat.store
        names = {each["id"]: each["name"] for each in store.all("suppliers")}
        newest = list(store.all("incomings"))[-_SHOWN:][::-1]
        return {
            "incomings": [
                {
                    **each,
                    "supplier": names.get(each["supplier_id"], ""),
                    "file": len(store.files.get(each["id"], b"")),
                    "tags": sorted(store.tags_of(each["id"])),
                }
                for each in newest
            ],
            "suppliers": list(store.all("suppliers")),
            "requests": self._billomat.requests[-50:][::-1],
        }
