"""The simulated Billomat as a whole: what it knows, who may ask, and what each operation does."""

import base64
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from autobook_sim.billomat.answers import error_response, list_xml, xml_response
from autobook_sim.billomat.listing import chosen_incomings, chosen_suppliers, grouped, ordered
from autobook_sim.billomat.operations import (
    GROUP_ANSWER,
    INCOMING_ANSWER,
    PDF_ANSWER,
    SUPPLIER_ANSWER,
    TAG_ANSWER,
    Operation,
)
from autobook_sim.billomat.profiles import PROFILES, Profile
from autobook_sim.billomat.refusals import Refusal, invalid, not_found
from autobook_sim.billomat.store import EXAMPLES, Store, now
from autobook_sim.billomat.validation import checked_fields, checked_params
from autobook_sim.billomat.wire import MEDIA_TYPE, Record, document, fields_of, record_xml
from autobook_sim.faults import Faults

MAX_BODY = 30 * 1024 * 1024
"""Bytes of a request; more is 413."""
_GROUP_TYPES = {**dict(GROUP_ANSWER), "supplier_id": "integer"}
_WINDOW = 900
"""Seconds: the quota is one of quarters of an hour."""


class Billomat:
    """State and behaviour; `app.py` puts it behind HTTP."""

    def __init__(self, *, api_key: str, profile: str = "documented", examples: bool = True) -> None:
        self._api_key, self._first_profile, self._examples = api_key, PROFILES[profile], examples
        self.faults = Faults()
        self.requests: list[dict[str, Any]] = []
        self.reset()

    def reset(self) -> None:
        """Back to the state after the start, without faults and request log."""
        self.faults.clear()
        self.requests.clear()
        self.store = Store()
        self._created_at: dict[int, int] = {}
        """How many requests there were before each incoming was created."""
        self.profile: Profile = self._first_profile
        self.quota: int | None = None
        """Calls that are answered until they get 429; None for all."""
        for each in EXAMPLES if self._examples else ():
            self.store.add_supplier(dict(each))

    def choose_profile(self, name: str, **changes: Any) -> None:
        """Play this profile, with some fields changed. KeyError or TypeError where there is none."""
        self.profile = replace(PROFILES[name], **changes)

    def _is_listed(self, incoming_id: int) -> bool:
        lag = self.profile.listing_lag
        return not lag or len(self.requests) - self._created_at.get(incoming_id, 0) >= lag

    def authorise(self, request: Request) -> None:
        """401 without the API key, 429 beyond the quota."""
        given = request.headers.get("X-BillomatApiKey") or request.query_params.get("api_key", "")
        if given != self._api_key:
            raise Refusal(401, "Unauthorized")
        if self.quota is not None:
            if self.quota <= 0:
                raise Refusal(429, "Maximum number of requests (300 per 15 minutes) reached.")
            self.quota -= 1

    async def answer(self, operation: Operation, request: Request) -> Response:
        """What Billomat answers."""
        self.authorise(request)
        accepted = request.headers.get("Accept", "*/*")
        if not any(kind in accepted for kind in ("*/*", MEDIA_TYPE, "text/xml")):
            raise Refusal(406, "Only XML is simulated.")
        params = checked_params(operation, request.query_params.multi_items())
        if operation.body:
            return await self._write(operation, request)
        record_id = _id_of(request) if "{id}" in operation.path else 0
        match operation.id:
            case "incomings.index":
                found = chosen_incomings(self.store, params, self.profile)
                chosen = [each for each in found if self._is_listed(each["id"])]
                return (
                    self._groups(chosen, params["group_by"])
                    if "group_by" in params
                    else self._page(operation, chosen, params, ("incomings", "incoming"))
                )
            case "suppliers.index":
                return self._page(operation, chosen_suppliers(self.store, params), params, ("suppliers", "supplier"))
            case "tags.index":
                tags = [
                    each
                    for each in self.store.all("tags")
                    if params.get("incoming_id", each["incoming_id"]) == each["incoming_id"]
                ]
                return self._page(operation, tags, params, ("incoming-tags", "incoming-tag"))
            case "incomings.show":
                return self._record("incoming", self.store.found("incomings", record_id), INCOMING_ANSWER)
            case "suppliers.show":
                return self._record("supplier", self.store.found("suppliers", record_id), SUPPLIER_ANSWER)
            case "incomings.delete":
                self.store.found("incomings", record_id)
                self.store.remove_incoming(record_id)
                return Response(status_code=200, media_type=MEDIA_TYPE)
            case "incomings.pdf":
                return self._pdf(self.store.found("incomings", record_id), params.get("format", "xml"))
        raise Refusal(500, f"{operation.id} is not simulated")  # pragma: no cover - a test walks the operations

    def _record(self, name: str, record: Record, answers: tuple[tuple[str, str], ...]) -> Response:
        return xml_response(record_xml(name, record, answers, self.profile), self.profile)

    def _page(
        self, operation: Operation, records: list[Record], params: Mapping[str, Any], names: tuple[str, str]
    ) -> Response:
        records = ordered(records, params.get("order_by", ""), (name for name, _ in operation.answers))
        size = min(params.get("per_page", 100), self.profile.most_per_page)
        page, last = params.get("page", 1), max(1, -(-len(records) // size))
        start = (page if self.profile.beyond_the_end == "empty" else min(page, last)) - 1
        chosen = records[start * size : (start + 1) * size]
        elements = [record_xml(names[1], each, operation.answers, self.profile) for each in chosen]
        if self.profile.single_unwrapped and len(records) == 1 and elements:
            return xml_response(elements[0], self.profile)
        attributes = {"page": page, "per_page": size, "total": len(records)} if self.profile.page_attributes else {}
        return xml_response(list_xml(names[0], elements, attributes), self.profile)

    def _groups(self, records: list[Record], keys: list[str]) -> Response:
        elements = []
        for group, parameters in grouped(records, keys):
            values = [(name, _GROUP_TYPES.get(name, "")) for name in parameters]
            params = record_xml("incoming-params", parameters, values, self.profile)
            answers = [(name, _GROUP_TYPES.get(name, "")) for name in group]
            elements.append(record_xml("incoming-group", group, answers, self.profile, params))
        return xml_response(list_xml("incoming-groups", elements, {"currency_code": "EUR"}), self.profile)

    def _pdf(self, record: Record, form: str) -> Response:
        content = self.store.files.get(record["id"])
        if content is None:
            raise not_found("File")
        if form == "pdf":
            return Response(content, media_type="application/pdf")
        file = {
            "id": record["id"] + 1_000_000,
            "created": record["created"],
            "incoming_id": record["id"],
            "base64file": base64.b64encode(content).decode("ascii"),
        }
        return self._record("incoming-pdf", file, PDF_ANSWER)

    async def _write(self, operation: Operation, request: Request) -> Response:
        media_type = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if media_type not in (MEDIA_TYPE, "text/xml"):
            raise Refusal(415, f"The content type must be {MEDIA_TYPE}.")
        length = request.headers.get("Content-Length", "0")
        if not length.isdigit() or int(length) > MAX_BODY:
            raise Refusal(413, "The request is too large.")
        record = None if operation.method == "POST" else self.store.found("incomings", _id_of(request))
        given = fields_of(await request.body(), operation.root)
        fields = checked_fields(operation.body, given, creating=record is None)
        if operation.id == "tags.create":
            if fields["incoming_id"] not in self.store.tables["incomings"]:
                raise invalid("incoming_id is not an incoming")
            return self._written(operation, self.store.add("tags", fields), TAG_ANSWER)
        if "supplier_id" in fields and fields["supplier_id"] not in self.store.tables["suppliers"]:
            raise invalid("supplier_id is not a supplier")
        if self.profile.numbers_normalised and fields.get("number"):
            fields["number"] = " ".join(fields["number"].upper().split())
        file = fields.pop("base64file", None)
        if record is None:
            record = self._created(operation, fields)
        else:
            emptied = [each.name for each in operation.body if not each.mandatory and each.name != "base64file"]
            record |= (dict.fromkeys(emptied) if self.profile.put_replaces else {}) | fields
            if self.profile.put_drops_file:
                self.store.files.pop(record["id"], None)
        if file is not None:
            self.store.keep_file(record["id"], file)
        self._calculate(record)
        return self._written(operation, record, INCOMING_ANSWER)

    def _created(self, operation: Operation, fields: dict[str, Any]) -> Record:
        supplier = self.store.tables["suppliers"][fields["supplier_id"]]
        defaults = {"address": supplier["_address"], "currency_code": supplier["currency_code"]}
        empty: Record = {each.name: defaults.get(each.name) for each in operation.body if each.name != "base64file"}
        given = {name: value for name, value in fields.items() if value is not None}
        self._created_at[self.store.next_id] = len(self.requests)
        paid = {"quote": Decimal("1.0000"), "status": "OPEN", "paid_amount": Decimal()}
        return self.store.add("incomings", empty | paid | given)

    @staticmethod
    def _calculate(record: Record) -> None:
        """The properties that Billomat calculates."""
        record["open_amount"] = (record["total_gross"] or Decimal()) - record["paid_amount"]

    def pay(self, incoming_id: int) -> None:
        """A person pays it."""
        record = self.store.found("incomings", incoming_id)
        record |= {"status": "PAID", "paid_amount": record["total_gross"] or Decimal()}
        self._calculate(record)

    def _written(self, operation: Operation, record: Record, answers: tuple[tuple[str, str], ...]) -> Response:
        element = record_xml(operation.root, record, answers, self.profile)
        match self.profile.write_answer:
            case "id":
                element = record_xml(operation.root, record, (("id", "integer"),), self.profile)
            case "empty":
                return Response(status_code=operation.status, media_type=MEDIA_TYPE)
            case "list":
                element = list_xml(f"{operation.root}s", [element], {})
            case "html":
                return Response("<html><body>OK<br></body></html>", operation.status, media_type="text/html")
        return Response(document(element, self.profile), operation.status, media_type=MEDIA_TYPE)

    def refusal(self, refusal: Refusal) -> Response:
        """A refusal in the profile's shape, with the headers of a 429."""
        response = error_response(refusal, self.profile)
        if refusal.status == 429:
            moment = int(now().timestamp())
            until = moment - moment % _WINDOW + _WINDOW
            if self.profile.reset_header == "X-Rate-Limit-Reset":
                response.headers["X-Rate-Limit-Remaining"], response.headers["X-Rate-Limit-Reset"] = "0", str(until)
            elif self.profile.reset_header == "Retry-After":
                response.headers["Retry-After"] = str(until - moment)
        return response


def _id_of(request: Request) -> int:
    text = request.path_params["id"]
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise not_found("Record")
    return int(text)
