"""`/_sim`: what a test or a person may do to the simulator, which Kanbert itself does not offer.

| | |
|---|---|
| `GET /_sim/state` | counts, settings, `webhooks_pending` (documents about which a webhook has yet to leave) |
| `POST /_sim/reset` | as after the start |
| `GET`, `DELETE /_sim/requests` | every API request: `operation, method, path, query, status, fault, seconds` |
| `GET`, `POST`, `DELETE /_sim/faults` | `{operation, kind, times, status, seconds, headers}`, see `faults.Fault` |
| `PUT /_sim/webhook` | `{url, secret}`: the one subscription; `url` null removes all |
| `GET`, `PUT /_sim/webhooks` | options (`held, debounce, backoff, header, drop, duplicate`); GET adds the deliveries |
| `PUT /_sim/settings` | `ocr, ocr_booking, incoming_pdf, omit_bookings` |
| `GET`, `PUT /_sim/profiles` | `{"profiles": [id, …]}` replaces all; GET has every profile, and which are on |
| `PUT /_sim/clock` | `{"frozen": "2026-01-31T12:00:00Z" or null}`, `{"advance": seconds}` |
| `PUT /_sim/tokens` | `{token: [scope, …]}` replaces all |
| `POST /_sim/generate` | `{"count": 1000}` incoming invoices, without webhooks |
| `GET /_sim/documents` | what the page shows |
| `POST /_sim/incoming-invoices` | `{"name", "content"}`: a file, as base64, that a person uploads there |
| `GET /_sim/incoming-invoices/{id}/file` | the file, for a person to look at |
| `PUT /_sim/rules` | `{id: [{"booking_id", "field", "rule_id"}, …]}`: which rules set what, to be shown on the page |
| `POST /_sim/incoming-invoices/{id}/bookings` | a line that a person adds in Kanbert's pages |
| `PATCH`, `DELETE` `/_sim/incoming-invoices/{id}/bookings/{booking}` | what a person changes or removes there |
| `DELETE /_sim/incoming-invoices/{id}` | a document that a person deletes |
| `POST /_sim/{collection}` | master data that a person adds; fields: `master_data.FIELDS` |
| `PATCH`, `DELETE` `/_sim/{collection}/{id}` | `chart-of-accounts`, `projects`, `clients`, `suppliers` |

Whatever changes something needs the content type `application/json`, also without a body (`loopback_guard`).
"""

from dataclasses import asdict, fields
from datetime import timedelta
from decimal import Decimal
from typing import Any

from starlette.requests import Request
from starlette.routing import Route

from autobook_sim.kanbert import incoming, master_data
from autobook_sim.kanbert.json_control import Handler, json_body, json_endpoint
from autobook_sim.kanbert.operations import BOOKING
from autobook_sim.kanbert.profiles import PROFILES, profiles_of
from autobook_sim.kanbert.refusals import Refusal
from autobook_sim.kanbert.service import Kanbert, operation_of
from autobook_sim.kanbert.validation import validated
from autobook_sim.kanbert.wire import moment_of


def control_routes(kanbert: Kanbert) -> list[Route]:
    """The routes below `/_sim`."""
    control = _Control(kanbert)
    table: list[tuple[str, str, Handler]] = [
        ("GET", "/state", control.state),
        ("POST", "/reset", control.reset),
        ("GET", "/requests", control.requests),
        ("DELETE", "/requests", control.forget_requests),
        ("GET", "/faults", control.faults),
        ("POST", "/faults", control.order_fault),
        ("DELETE", "/faults", control.clear_faults),
        ("PUT", "/webhook", control.webhook),
        ("GET", "/webhooks", control.webhooks),
        ("PUT", "/webhooks", control.set_webhooks),
        ("PUT", "/settings", control.settings),
        ("GET", "/profiles", control.profiles),
        ("PUT", "/profiles", control.set_profiles),
        ("PUT", "/clock", control.clock),
        ("PUT", "/tokens", control.tokens),
        ("POST", "/generate", control.generate),
        ("DELETE", "/incoming-invoices/{id}", control.delete_document),
        ("POST", "/incoming-invoices/{id}/bookings", control.add_booking),
        ("PATCH", "/incoming-invoices/{id}/bookings/{booking}", control.change_booking),
        ("DELETE", "/incoming-invoices/{id}/bookings/{booking}", control.delete_booking),
    ]
    for name in master_data.FIELDS:
        collection = name.replace("_", "-")
        table += [
            ("POST", f"/{collection}", control.add_master_data),
            ("PATCH", f"/{collection}/{{id}}", control.change_master_data),
            ("DELETE", f"/{collection}/{{id}}", control.remove_master_data),
        ]
    return [Route(path, json_endpoint(handler), methods=[method]) for method, path, handler in table]


def _assign(target: Any, body: dict[str, Any]) -> None:
    known = {each.name: getattr(target, each.name) for each in fields(target)}
    for name, value in body.items():
        wanted = type(known[name]) if name in known else None
        if wanted is float and type(value) in (int, Decimal):
            value = float(value)
        if wanted is None or type(value) is not wanted:
            raise Refusal(400, f"{name} is not one of {', '.join(sorted(known))}, or of another type")
        setattr(target, name, value)


class _Control:
    def __init__(self, kanbert: Kanbert) -> None:
        self._kanbert = kanbert

    async def state(self, _: Request) -> Any:
        store = self._kanbert.store
        return {
            "documents": {table: len(store.tables[table]) for table in ("incoming", "outgoing", "master")},
            "webhooks_pending": self._kanbert.webhooks.pending,
            "subscriptions": list(store.all("webhooks")),
            "settings": asdict(store.settings),
            "profiles": [each.id for each in self._kanbert.stage.profiles],
            "faults": self._kanbert.faults.listed(),
            "now": store.clock().isoformat(),
        }

    async def reset(self, _: Request) -> Any:
        await self._kanbert.reset()
        return {}

    async def requests(self, _: Request) -> Any:
        return self._kanbert.requests

    async def forget_requests(self, _: Request) -> Any:
        self._kanbert.requests.clear()
        return {}

    async def faults(self, _: Request) -> Any:
        return self._kanbert.faults.listed()

    async def order_fault(self, request: Request) -> Any:
        body = await json_body(request)
        try:
            return asdict(self._kanbert.faults.order({k: float(v) if k == "seconds" else v for k, v in body.items()}))
        except (TypeError, ValueError) as error:
            raise Refusal(400, str(error)) from None

    async def clear_faults(self, _: Request) -> Any:
        self._kanbert.faults.clear()
        return {}

    async def webhook(self, request: Request) -> Any:
        body = await json_body(request)
        for subscription in list(self._kanbert.store.all("webhooks")):
            self._kanbert.store.remove("webhooks", subscription["id"])
        if body.get("url") is None:
            return {}
        url, secret = body["url"], body.get("secret")
        if not isinstance(url, str) or not isinstance(secret, str):
            raise Refusal(400, "url and secret are expected as texts")
        return self._kanbert.subscribe(url, secret)

    async def webhooks(self, _: Request) -> Any:
        return {**asdict(self._kanbert.webhooks.options), "deliveries": self._kanbert.webhooks.log}

    async def set_webhooks(self, request: Request) -> Any:
        _assign(self._kanbert.webhooks.options, await json_body(request))
        self._kanbert.webhooks.changed()
        return asdict(self._kanbert.webhooks.options)

    async def settings(self, request: Request) -> Any:
        _assign(self._kanbert.store.settings, await json_body(request))
        return asdict(self._kanbert.store.settings)

    async def profiles(self, _: Request) -> Any:
        on = {each.id for each in self._kanbert.stage.profiles}
        return [
            {"id": each.id, "description": each.description, "assumption": each.assumption, "on": each.id in on}
            for each in PROFILES.values()
        ]

    async def set_profiles(self, request: Request) -> Any:
        ids = (await json_body(request)).get("profiles")
        if not isinstance(ids, list) or not all(isinstance(each, str) for each in ids):
            raise Refusal(400, "profiles is expected, a list of ids")
        try:
            self._kanbert.stage.play(profiles_of(ids))
        except ValueError as error:
            raise Refusal(400, str(error)) from None
        return {"profiles": [each.id for each in self._kanbert.stage.profiles]}

    async def clock(self, request: Request) -> Any:
        body, clock = await json_body(request), self._kanbert.store.clock
        try:
            if "frozen" in body:
                clock.frozen = None if body["frozen"] is None else moment_of(body["frozen"])
            if "advance" in body:
                clock.ahead += timedelta(seconds=float(body["advance"]))
        except (TypeError, ValueError, OverflowError) as error:
            raise Refusal(400, str(error)) from None
        return {"now": clock().isoformat()}

    async def tokens(self, request: Request) -> Any:
        body = await json_body(request)
        if not all(isinstance(scopes, list) for scopes in body.values()):
            raise Refusal(400, "every token needs a list of scopes")
        self._kanbert.tokens = {token: frozenset(scopes) for token, scopes in body.items()}
        return {}

    async def generate(self, request: Request) -> Any:
        count = (await json_body(request)).get("count")
        if not isinstance(count, int) or isinstance(count, bool) or not 0 < count <= 200_000:
            raise Refusal(400, "count is expected, 1 to 200,000")
        for number in range(1, count + 1):
            value = Decimal(number % 5000) + Decimal("0.90")
            details = {"invoice_number": f"G-{number}", "net_value": value, "vat_value": value / 5}
            line = [{"title": f"Position {number}", "value": value}]
            incoming.upload(self._kanbert.store, {"title": f"Rechnung {number}", **details, "bookings": line}, None)
        return {"count": count}

    async def delete_document(self, request: Request) -> Any:
        record = incoming.found(self._kanbert.store, request.path_params["id"])
        self._kanbert.webhooks.happened("incoming", "delete", record)
        self._kanbert.store.remove("incoming", record["id"])
        return {}

    async def add_booking(self, request: Request) -> Any:
        store = self._kanbert.store
        record = incoming.found(store, request.path_params["id"])
        given = validated(BOOKING, await json_body(request), store.exists)
        booking = incoming.add_booking(store, record, {"value": Decimal(), **given})
        self._kanbert.webhooks.happened("incoming", "update", record)
        return booking

    async def change_booking(self, request: Request) -> Any:
        given = validated(operation_of("booking.update").body, await json_body(request), self._kanbert.store.exists)
        return self._kanbert.change_booking(request.path_params["id"], request.path_params["booking"], given)

    async def delete_booking(self, request: Request) -> Any:
        record = incoming.found(self._kanbert.store, request.path_params["id"])
        booking = incoming.found_booking(record, request.path_params["booking"])
        incoming.delete_booking(self._kanbert.store, record, booking)
        self._kanbert.webhooks.happened("incoming", "update", record)
        return {}

    async def add_master_data(self, request: Request) -> Any:
        return master_data.add(self._kanbert.store, _collection(request), await json_body(request))

    async def change_master_data(self, request: Request) -> Any:
        record_id = request.path_params["id"]
        return master_data.change(self._kanbert.store, _collection(request), record_id, await json_body(request))

    async def remove_master_data(self, request: Request) -> Any:
        master_data.remove(self._kanbert.store, _collection(request), request.path_params["id"])
        return {}


def _collection(request: Request) -> str:
    """The collection that a path is about."""
    parts = request.url.path.split("/")
    return next(name for name in master_data.FIELDS if name.replace("_", "-") in parts)
