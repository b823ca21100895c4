"""The simulated Kanbert as a whole: what it knows, who may ask, and what each operation does."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request

from autobook_sim.faults import Faults
from autobook_sim.kanbert import incoming, outgoing
from autobook_sim.kanbert.answers import Answer, Call
from autobook_sim.kanbert.examples import add_examples
from autobook_sim.kanbert.listing import Listing
from autobook_sim.kanbert.operations import OPERATIONS, SCOPES, Operation
from autobook_sim.kanbert.pdf import outgoing_pdf
from autobook_sim.kanbert.profiles import Profile, Stage
from autobook_sim.kanbert.refusals import Refusal, bad_request, invalid, not_found
from autobook_sim.kanbert.seeding import seed
from autobook_sim.kanbert.store import Clock, Settings, Store
from autobook_sim.kanbert.validation import nested, validated
from autobook_sim.kanbert.webhooks import Webhooks
from autobook_sim.kanbert.wire import Record, from_json, stamp

MAX_BODY = 20 * 1024 * 1024
"""Bytes of a request; more is 413."""
_TABLES = {
    "incoming.index": "incoming",
    "outgoing.index": "outgoing",
    "master.index": "master",
    "projects.index": "projects",
    "clients.index": "clients",
    "suppliers.index": "suppliers",
    "webhooks.index": "webhooks",
}


class Kanbert:
    """State and behaviour; `app.py` puts it behind HTTP."""

    def __init__(
        self,
        *,
        token: str,
        scopes: tuple[str, ...] = SCOPES,
        seed_number: int = 1,
        incoming_pdf: bool = False,
        examples: bool = True,
        timezone: str = "Europe/Vienna",
        profiles: Iterable[Profile] = (),
        largest_page: int = 100,
        clock: Clock | None = None,
    ) -> None:
        self._profiles, self._largest_page, self._clock = tuple(profiles), largest_page, clock
        self._first_settings = Settings(incoming_pdf=incoming_pdf)
        self._first_tokens = {token: frozenset(scopes)}
        self._seed, self._examples, self._timezone = seed_number, examples, ZoneInfo(timezone)
        self.faults = Faults()
        self.requests: list[dict[str, Any]] = []
        self.rules: dict[str, list[dict[str, Any]]] = {}
        self._fill()

    def _fill(self) -> None:
        self.tokens = dict(self._first_tokens)
        settings = Settings(**vars(self._first_settings))
        self.store = Store(seed=self._seed, settings=settings, clock=self._clock or Clock())
        self.stage = Stage(self.store, self._profiles, self._largest_page)
        seed(self.store)
        if self._examples:
            add_examples(self.store)
        self.listing = Listing(self.store, self._timezone, self.stage)
        self.webhooks = Webhooks(self.store, self._document, self.stage)
        self.stage.on_change = lambda table, record: self.webhooks.happened(table, "update", record)

    async def reset(self) -> None:
        """Back to the state after the start, without subscriptions, faults and request log."""
        await self.webhooks.stop()
        self.faults.clear()
        self.requests.clear()
        self.rules.clear()
        self._fill()

    def _document(self, table: str, record_id: str) -> Record | None:
        return self.store.get(table, record_id)

    def subscribe(self, url: str, secret: str, *, events: list[str] | None = None, active: bool = True) -> Record:
        """A webhook subscription."""
        record: Record = {
            "id": self.store.new_id("webhook"),
            "url": url,
            "is_active": active,
            "events": events,
            "created_at": stamp(self.store.clock()),
            "_secret": secret,
        }
        return self.store.add("webhooks", record)

    def authorise(self, operation: Operation, header: str | None) -> None:
        """401 without a token that is known, 403 where it lacks a scope."""
        scheme, _, token = (header or "").partition(" ")
        held = self.tokens.get(token.strip()) if scheme.lower() == "bearer" else None
        if held is None:
            raise Refusal(401, "Unauthenticated.")
        if not held.issuperset(operation.scopes):
            raise Refusal(403, "Invalid scope(s) provided.")

    async def answer(self, operation: Operation, request: Request) -> Answer:
        """What Kanbert answers. Raises Refusal."""
        self.authorise(operation, request.headers.get("Authorization"))
        call = Call(operation.id, request.path_params, request.query_params)
        answer = self.stage.before(call)
        if answer is None:
            if not operation.documented and not self.store.settings.incoming_pdf:
                raise Refusal(404, "Not Found")
            answer = await self._carry_out(operation, request)
        return self.stage.after(call, answer)

    async def _carry_out(self, operation: Operation, request: Request) -> Answer:
        if operation.paged:
            return Answer(200, self._page(operation, request))
        if operation.body:
            body, form = await _body(operation, request)
            try:
                fields = validated(operation.body, body, self.store.exists)
                return await self._write(operation, request, fields)
            finally:
                if form is not None:
                    await form.close()
        return self._read(operation, request)

    def _page(self, operation: Operation, request: Request) -> Record:
        rows: Callable[[], Iterable[Record]]
        scope = ""
        if operation.id == "outgoing.line_items":
            parent = outgoing.found(self.store, "outgoing", request.path_params["id"], request.query_params)
            scope = parent["id"]

            def rows() -> Iterable[Record]:
                return [
                    {**each, "created_at": each["_created_at"], "updated_at": each["_updated_at"], "_order": n}
                    for n, each in enumerate(parent["line_items"])
                ]
        elif operation.id == "accounts.index":
            positions = "positions" in request.query_params.get("include", "").split(",")

            def rows() -> Iterable[Record]:
                return [
                    {**each, "positions": each["_positions"]} if positions else each
                    for each in self.store.all("chart_of_accounts")
                ]

            scope = str(positions)
        else:

            def rows() -> Iterable[Record]:
                return self.store.all(_TABLES[operation.id])

        url = str(request.url.replace(query=""))
        page = self.listing.page(operation, rows, request.query_params.multi_items(), url, scope)
        if operation.id == "incoming.index":
            page["data"] = [incoming.answered(self.store, each) for each in page["data"]]
        if operation.id in ("outgoing.index", "master.index"):
            # Marked as required, yet offered as includes. The stricter reading: left out unless asked for.
            asked = request.query_params.get("include", "").split(",")
            left_out = set(operation.includes).difference(asked)
            page["data"] = [{name: v for name, v in each.items() if name not in left_out} for each in page["data"]]
        if operation.id == "outgoing.line_items":
            moments = ("created_at", "updated_at")  # to sort by; the reference does not show them
            page["data"] = [{name: v for name, v in each.items() if name not in moments} for each in page["data"]]
        return page

    def _read(self, operation: Operation, request: Request) -> Answer:
        given = request.path_params
        match operation.id:
            case "incoming.show":
                return Answer(200, incoming.answered(self.store, incoming.found(self.store, given["id"])))
            case "incoming.pdf":
                return self._file(incoming.found(self.store, given["id"]))
            case "booking.destroy":
                invoice = incoming.found(self.store, given["invoiceId"])
                booking = incoming.found_booking(invoice, given["bookingId"])
                incoming.delete_booking(self.store, invoice, booking)
                self.webhooks.happened("incoming", "update", invoice)
                return Answer(204)
            case "outgoing.show" | "master.show":
                table = operation.id.split(".")[0]
                return Answer(200, outgoing.found(self.store, table, given["id"], request.query_params))
            case "outgoing.pdf":
                record = outgoing.found(self.store, "outgoing", given["id"], request.query_params)
                if record["id"] not in self.store.files:
                    self.store.files[record["id"]] = outgoing_pdf(record)
                return self._file(record)
        raise Refusal(500, f"{operation.id} is not simulated")  # pragma: no cover - a test walks the operations

    def _file(self, record: Record) -> Answer:
        content = self.store.files.get(record["id"])
        if content is None:
            raise not_found("file")
        headers = {"Content-Disposition": f'attachment; filename="{record["id"]}.pdf"'}
        return Answer(content=content, media_type="application/octet-stream", headers=headers)

    async def _write(self, operation: Operation, request: Request, fields: Mapping[str, Any]) -> Answer:
        given = request.path_params
        match operation.id:
            case "incoming.store":
                record = await self.upload_invoice(fields, await _file_of(fields))
                return Answer(operation.status, incoming.answered(self.store, record))
            case "incoming.update":
                record = incoming.found(self.store, given["id"])
                self.change_invoice(record, fields)
                return Answer(200, incoming.answered(self.store, record))
            case "incoming.check_duplicate":
                return Answer(200, incoming.check_duplicate(self.store, await _md5(fields)))
            case "booking.update":
                return Answer(200, self.change_booking(given["invoiceId"], given["bookingId"], fields))
            case "outgoing.external":
                file = await _file_of(fields)
                record = outgoing.external_upload(self.store, fields, file[1] if file else None)
                self.stage.create("outgoing", record)
                self.webhooks.happened("outgoing", "create", record)
                return Answer(operation.status, record)
            case "webhooks.store":
                record = self.subscribe(
                    fields["url"],
                    fields.get("secret") or self.store.new_id("secret"),
                    events=fields.get("events"),
                    active=fields.get("is_active", True),
                )
                return Answer(operation.status, record)
        raise Refusal(500, f"{operation.id} is not simulated")  # pragma: no cover - a test walks the operations

    async def upload_invoice(self, fields: Mapping[str, Any], file: tuple[str, bytes, str] | None) -> Record:
        """A new incoming invoice, through the API or by a person."""
        record = await run_in_threadpool(incoming.upload, self.store, fields, file)
        self.stage.create("incoming", record)
        self.webhooks.happened("incoming", "create", record)
        return record

    def change_invoice(self, record: Record, fields: Mapping[str, Any]) -> None:
        """Write fields of an incoming invoice, through the API or by a person."""
        before = record["updated_at"]
        if incoming.update(self.store, record, self.stage.written("incoming", dict(fields))):
            if not self.stage.moves("incoming"):
                record["updated_at"] = before
            self.webhooks.happened("incoming", "update", record)

    def change_booking(self, invoice_id: str, booking_id: str, fields: Mapping[str, Any]) -> Record:
        """Write fields of a line, through the API or by a person."""
        invoice = incoming.found(self.store, invoice_id)
        booking = incoming.found_booking(invoice, booking_id)
        before = invoice["updated_at"], booking["updated_at"]
        if incoming.update_booking(self.store, invoice, booking, self.stage.written("booking", dict(fields))):
            if not self.stage.moves("booking"):
                invoice["updated_at"], booking["updated_at"] = before
            self.webhooks.happened("incoming", "update", invoice)
        return booking


def operation_of(operation_id: str) -> Operation:
    """The operation with this id."""
    return next(each for each in OPERATIONS if each.id == operation_id)


async def _body(operation: Operation, request: Request) -> tuple[dict[str, Any], FormData | None]:
    media_type = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if media_type != operation.media_type:
        raise Refusal(415, f"The content type must be {operation.media_type}.")
    length = request.headers.get("Content-Length", "0")
    if not length.isdigit() or int(length) > MAX_BODY:
        raise Refusal(413, "The POST data is too large.")
    if operation.media_type == "multipart/form-data":
        form = await request.form(max_part_size=1024 * 1024)
        return nested(form.multi_items()), form
    try:
        body = from_json(await request.body())
    except ValueError:
        raise bad_request("The body is no JSON.") from None
    if not isinstance(body, dict):
        raise bad_request("The body is no JSON object.")
    return body, None


async def _file_of(fields: Mapping[str, Any]) -> tuple[str, bytes, str] | None:
    file = fields.get("file")
    if not isinstance(file, UploadFile):
        return None
    return file.filename or "", await file.read(), file.content_type or "application/octet-stream"


async def _md5(fields: Mapping[str, Any]) -> str:
    file = await _file_of(fields)
    given = fields.get("hash")
    if (file is None) == (given is None):
        both = "prohibits file from being present" if given is not None else "is required when file is not present"
        raise invalid({"hash": [f"The hash field {both}."]})
    return hashlib.md5(file[1], usedforsecurity=False).hexdigest() if file else str(given)
