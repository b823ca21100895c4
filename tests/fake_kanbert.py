"""An in-memory Kanbert that patches really change, with the reference's refusals, and documents to put into it."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, cast
from zlib import crc32

from pydantic import ValidationError

from autobook.domain.documents import Unreadable
from autobook.domain.errors import AutobookError, NotFound, Refused, UnreadableDocument
from autobook.domain.kanbert import Booking, IncomingInvoice, KanbertModel, OutgoingInvoice

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)

_WRITABLE = {
    "title",
    "type",
    "invoice_number",
    "notes",
    "status",
    "payment_status",
    "supplier_id",
    "editor_id",
    "payment_account_id",
    "tags",
}
_WRITABLE_ON_BOOKING = {"title", "type", "chart_of_account_id", "position_id", "project_id", "client_id"}


def booking(identifier: str = "b1", **fields: Any) -> dict[str, Any]:
    """A line as OCR leaves it: value and nothing else."""
    return {
        "id": identifier,
        "type": "account",
        "title": None,
        "value": Decimal("100.00"),
        "chart_of_account_id": None,
        "position_id": None,
        "project_id": None,
        "client_id": None,
        "created_at": "2026-03-01T08:00:00.000000Z",
        "updated_at": None,
    } | fields


def incoming(identifier: str = "inv1", **fields: Any) -> dict[str, Any]:
    """An incoming invoice as the API returns it. Another one has another number and day: it is no duplicate."""
    number, day = ("R-2026-17", "2026-02-27") if identifier == "inv1" else (f"R-{identifier}", _day_of(identifier))
    return {
        "id": identifier,
        "external_id": None,
        "external_origin": None,
        "type": "Invoice",
        "title": "Hosting 2026/02",
        "status": "open",
        "payment_status": "open",
        "invoice_number": number,
        "notes": None,
        "sum_net": Decimal("100.00"),
        "sum_tax": Decimal("20.00"),
        "sum_gross": Decimal("120.00"),
        "vats": [{"vat": Decimal(20), "value": Decimal("20.00")}],
        "supplier": {"id": "sup1", "name": "Hetzner Online GmbH"},
        "payment_account": None,
        "date_of_invoice": f"{day}T00:00:00.000000Z",
        "due_date": None,
        "date_of_start": None,
        "date_of_end": None,
        "editor": None,
        "bookings": [booking()],
        "payments": [],
        "created_at": "2026-03-01T08:00:00.000000Z",
        "updated_at": "2026-03-01T08:00:00.000000Z",
    } | fields


def undisturbed(_number: int, _done: bool) -> None:
    """Around a PATCH, nothing happens."""


def _nothing_along(_fields: Mapping[str, object]) -> Mapping[str, object]:
    return {}


def _day_of(identifier: str) -> str:
    """A day before the documents came, another for another id (in all likelihood)."""
    return str(date(2026, 2, 26) - timedelta(days=crc32(identifier.encode()) % 2_000))


class FakeKanbert:
    """Invoices that patches really change, with the reference's refusals, and what a person does in the browser.

    `answers_in_full` False: the answer to a PATCH leaves out the lists that the reference calls optional.

    What is not documented can be played: `shows_writes` False: a PATCH answers nothing; `makes_of` has, by the API's
    name of a field, what Kanbert makes of a value that it is sent (None: it leaves the field empty); `refuses` has the
    message of a 422 about a field; `along` gives what Kanbert changes by itself along with fields of a line.
    `around_patch` is called before (False) and after (True) each PATCH with its number, from 1 on: people act, answers
    are lost.
    """

    def __init__(self, *, answers_in_full: bool = True) -> None:
        self.incoming: dict[str, dict[str, Any]] = {}
        self.outgoing: dict[str, dict[str, Any]] = {}
        self.pdfs: dict[str, bytes] = {}
        self.offers_files = True
        self.file_fault: AutobookError | None = None
        """Raised instead of a file."""
        self.tags: dict[str, list[str]] = {}
        self.patches: list[tuple[str, str | None, dict[str, object]]] = []
        """(invoice, line or None, fields): every PATCH, in order."""
        self.answers_in_full = answers_in_full
        self.closed_accounts: set[str] = set()
        """Ids that Kanbert will not take on a line."""
        self.shows_writes = True
        self.makes_of: dict[str, Callable[[Any], Any]] = {}
        self.refuses: dict[str, str] = {}
        self.along: Callable[[Mapping[str, object]], Mapping[str, object]] = _nothing_along
        self.around_patch: Callable[[int, bool], None] = undisturbed
        self._calls = 0
        self._edits = 0

    def add(self, document: dict[str, Any], pdf: bytes | None = b"%PDF-1.7 fake") -> str:
        """A document appears; returns its id."""
        identifier = str(document["id"])
        (self.incoming if "bookings" in document else self.outgoing)[identifier] = document
        if pdf is not None:
            self.pdfs[identifier] = pdf
        return identifier

    def edit(self, invoice_id: str, line: str | None = None, **fields: Any) -> None:
        """A person changes an invoice, or one of its lines."""
        invoice = self.incoming[invoice_id]
        self._touch(invoice, invoice if line is None else self._line(invoice, line), fields)

    def line(self, invoice_id: str, line: str = "b1") -> dict[str, Any]:
        """A line as it is now."""
        return self._line(self.incoming[invoice_id], line)

    def list_incoming_invoices(
        self,
        *,
        filter: str | None,  # noqa: A002 - the API's name
        sort: str,
        page_size: int,
        cursor: str | None,
        on_page: Callable[[str | None], None] | None,
    ) -> Iterator[IncomingInvoice | Unreadable]:
        """Those that fit, on one page."""
        from tests.kanbert_filters import SORTS, fits

        assert (cursor, on_page) == (None, None), "this fake has no pages"
        assert sort.removeprefix("-") in SORTS, sort
        assert 0 < page_size <= 100
        listed = list(map(_listed, self.incoming.values()))
        fitting = [each for each in listed if isinstance(each, Unreadable) or filter is None or fits(each, filter)]
        name = sort.removeprefix("-")
        fitting.sort(key=lambda each: str(getattr(each, name, None) or ""), reverse=sort.startswith("-"))
        return iter(fitting)

    def get_incoming_invoice(self, invoice_id: str) -> IncomingInvoice:
        """The present state."""
        return _read(IncomingInvoice, self._find(self.incoming, invoice_id))

    def get_outgoing_invoice(self, invoice_id: str) -> OutgoingInvoice:
        """The present state."""
        return _read(OutgoingInvoice, self._find(self.outgoing, invoice_id))

    def patch_incoming_invoice(self, invoice_id: str, fields: Mapping[str, object]) -> IncomingInvoice | None:
        """Change an invoice."""
        number = self._begin()
        invoice = self._find(self.incoming, invoice_id)
        self._refuse_unknown(fields, _WRITABLE)
        if fields.get("status") not in {None, "open", "ready_for_accounting"}:
            raise Refused("422: status")
        self._refuse_fields(fields)
        self.patches.append((invoice_id, None, dict(fields)))
        values = self._made_of(fields)
        if "tags" in values:
            self.tags[invoice_id] = cast("list[str]", values.pop("tags"))
        if editor := values.pop("editor_id", None):
            values["editor"] = _user(str(editor))
        if account := values.pop("payment_account_id", None):
            values["payment_account"] = {"id": account, "title": "Bank"}
        self._touch(invoice, invoice, values)
        answered = invoice if self.answers_in_full else _without(invoice, "bookings", "payments")
        answer = IncomingInvoice.model_validate(answered)
        self.around_patch(number, True)
        return answer if self.shows_writes else None

    def patch_booking(self, invoice_id: str, booking_id: str, fields: Mapping[str, object]) -> Booking | None:
        """Change a line."""
        number = self._begin()
        invoice = self._find(self.incoming, invoice_id)
        line = self._line(invoice, booking_id)
        self._refuse_unknown(fields, _WRITABLE_ON_BOOKING)
        if fields.get("chart_of_account_id") in self.closed_accounts:
            raise Refused("422: chart_of_account_id: is closed", {"chart_of_account_id": "is closed"})
        self._refuse_fields(fields)
        self.patches.append((invoice_id, booking_id, dict(fields)))
        self._touch(invoice, line, {**self.along(fields), **self._made_of(fields)})
        answer = Booking.model_validate(line)
        self.around_patch(number, True)
        return answer if self.shows_writes else None

    def _begin(self) -> int:
        self._calls += 1
        self.around_patch(self._calls, False)
        return self._calls

    def _refuse_fields(self, fields: Mapping[str, object]) -> None:
        if named := {name: message for name, message in self.refuses.items() if name in fields}:
            raise Refused(f"422: The given data was invalid. {named}", named)

    def _made_of(self, fields: Mapping[str, object]) -> dict[str, Any]:
        return {name: self.makes_of.get(name, lambda same: same)(value) for name, value in fields.items()}

    def incoming_invoice_pdf(self, invoice_id: str) -> bytes | None:
        """The file; None where none is offered."""
        self._find(self.incoming, invoice_id)
        if self.file_fault is not None:
            raise self.file_fault
        return self._find(self.pdfs, invoice_id) if self.offers_files else None

    def outgoing_invoice_pdf(self, invoice_id: str) -> bytes:
        """The file."""
        self._find(self.outgoing, invoice_id)
        if self.file_fault is not None:
            raise self.file_fault
        return self._find(self.pdfs, invoice_id)

    def _touch(self, invoice: dict[str, Any], part: dict[str, Any], fields: Mapping[str, object]) -> None:
        self._edits += 1
        at = (NOW + timedelta(seconds=self._edits)).isoformat()
        part.update(fields)
        part["updated_at"] = invoice["updated_at"] = at

    @staticmethod
    def _find[T](kept: dict[str, T], identifier: str) -> T:
        if identifier not in kept:
            raise NotFound(f"404: {identifier}")
        return kept[identifier]

    @staticmethod
    def _line(invoice: dict[str, Any], line: str) -> dict[str, Any]:
        for one in invoice["bookings"] or ():
            if one["id"] == line:
                return cast("dict[str, Any]", one)
        raise NotFound(f"404: {line}")

    @staticmethod
    def _refuse_unknown(fields: Mapping[str, object], known: set[str]) -> None:
        if unknown := set(fields) - known:
            raise Refused(f"422: {sorted(unknown)}")
        if too_long := [n for n, v in fields.items() if len(str(v)) > (10_000 if n == "notes" else 255)]:
            raise Refused(f"422: {too_long} too long")


def outgoing(identifier: str = "out1", **fields: Any) -> dict[str, Any]:
    """An outgoing invoice."""
    return {
        "id": identifier,
        "status": "bookable",
        "date_of_invoice": "2026-02-27T00:00:00.000000Z",
        "created_at": "2026-03-01T08:00:00.000000Z",
        "updated_at": "2026-03-01T08:00:00.000000Z",
        "sum_gross": Decimal("1200.10"),
        "line_items": [{"id": "item1", "title": "Concept"}],
        "discounts": [],
        "external_costs": [],
    } | fields


def _listed(source: dict[str, Any]) -> IncomingInvoice | Unreadable:
    try:
        return _read(IncomingInvoice, source)
    except UnreadableDocument as error:
        return Unreadable(str(source["id"]), str(error), source)


def _user(identifier: str) -> dict[str, Any]:
    return {
        "id": identifier,
        "first_name": "Ada",
        "last_name": "Byron",
        "email": "ada@example.com",
        "type": "user",
        "space": {"id": "s1", "name": "Agency"},
    }


def _without(fields: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name not in names}


def _read[M: KanbertModel](model: type[M], source: dict[str, Any]) -> M:
    """The model, or the refusal with what came, as the client has it."""
    try:
        return model.model_validate(source)
    except ValidationError as error:
        refusal = UnreadableDocument(f"{source.get('id')} is unreadable: {error.errors()[0]['loc']}")
        refusal.source = source
        raise refusal from None
