"""Every fault of the control endpoint, at every operation."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from autobook.adapters.kanbert import (
    BookingUpdate,
    IncomingInvoiceUpdate,
    IncomingInvoiceUpload,
    KanbertClient,
    OutgoingInvoiceUpload,
    UploadFile,
    WebhookCreate,
)
from autobook.domain.errors import AccessRefused, FileUnavailable, Forbidden, GiveUp, RetryLater
from autobook.domain.kanbert.incoming import IncomingInvoice
from autobook_sim.kanbert.operations import OPERATIONS
from tests.autobook.adapters.kanbert.conftest import PDF

type Call = Callable[[KanbertClient, IncomingInvoice], Any]
_DAY = "2026-01-31T12:00:00Z"


def _external(client: KanbertClient) -> OutgoingInvoiceUpload:
    dates = ("date_of_invoice", "performance_range_start", "performance_range_end", "payment_due_date")
    return OutgoingInvoiceUpload.model_validate(
        {
            "client_id": next(client.clients()).id, "title": "x", "status": "booked", "invoice_number": "E-1",
            "currency": "EUR", "sum_net": 1, **dict.fromkeys(dates, _DAY),
        }
    )  # fmt: skip


def _first(listed: Iterator[Any]) -> str:
    return str(next(listed).id)


def _line(invoice: IncomingInvoice) -> str:
    assert invoice.bookings
    return invoice.bookings[0].id


_UPLOAD = IncomingInvoiceUpload(title="Zweite")
CALLS: dict[str, Call] = {
    "incoming.index": lambda c, _: list(c.list_incoming_invoices()),
    "incoming.store": lambda c, _: c.upload_incoming_invoice(_UPLOAD, UploadFile.of("b.pdf", PDF + b"%2\n%%EOF")),
    "incoming.show": lambda c, i: c.get_incoming_invoice(i.id),
    "incoming.update": lambda c, i: c.update_incoming_invoice(i.id, IncomingInvoiceUpdate(title="neu")),
    "incoming.check_duplicate": lambda c, _: c.check_duplicate("a" * 32),
    "booking.update": lambda c, i: c.update_booking(i.id, _line(i), BookingUpdate(title="neu")),
    "booking.destroy": lambda c, i: c.delete_booking(i.id, _line(i)),
    "incoming.pdf": lambda c, i: c.incoming_invoice_pdf(i.id),
    "outgoing.index": lambda c, _: list(c.list_outgoing_invoices()),
    "master.index": lambda c, _: list(c.list_master_plans()),
    "master.show": lambda c, _: c.get_master_plan(_first(c.list_master_plans())),
    "outgoing.show": lambda c, _: c.get_outgoing_invoice(_first(c.list_outgoing_invoices())),
    "outgoing.line_items": lambda c, _: list(c.list_line_items(_first(c.list_outgoing_invoices()))),
    "outgoing.external": lambda c, _: c.upload_outgoing_invoice(_external(c), UploadFile.of("o.pdf", PDF)),
    "outgoing.pdf": lambda c, _: c.outgoing_invoice_pdf(_first(c.list_outgoing_invoices())),
    "accounts.index": lambda c, _: list(c.chart_of_accounts()),
    "projects.index": lambda c, _: list(c.projects()),
    "clients.index": lambda c, _: list(c.clients()),
    "suppliers.index": lambda c, _: list(c.suppliers()),
    "webhooks.index": lambda c, _: list(c.webhooks()),
    "webhooks.store": lambda c, _: c.create_webhook(WebhookCreate.model_validate({"url": "https://a.example/"})),
}
WRITES = {
    "incoming.store", "incoming.update", "booking.update", "outgoing.external", "webhooks.store",
}  # fmt: skip
PATCHES = {"incoming.update", "booking.update"}
FAULTS: dict[str, dict[str, Any]] = {
    "500": {"kind": "status", "status": 500},
    "429": {"kind": "status", "status": 429, "headers": {"Retry-After": "2"}},
    "401": {"kind": "status", "status": 401},
    "403": {"kind": "status", "status": 403},
    "422": {"kind": "status", "status": 422},
    "redirect": {"kind": "status", "status": 302, "headers": {"Location": "https://elsewhere.example/"}},
    "drop": {"kind": "drop"},
    "drop_after": {"kind": "drop_after"},
    "truncate": {"kind": "truncate"},
    "malformed": {"kind": "malformed"},
}
EXPECTED: dict[str, type[Exception]] = {"401": AccessRefused, "403": Forbidden, "422": GiveUp}


def test_every_operation_is_here() -> None:
    """The client has a method for every operation that the simulator knows."""
    assert set(CALLS) == {each.id for each in OPERATIONS}


@pytest.mark.parametrize("operation", CALLS)
def test_without_a_fault(operation: str, client: KanbertClient, invoice: IncomingInvoice) -> None:
    """Undisturbed, every operation works."""
    CALLS[operation](client, invoice)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("operation", CALLS)
def test_lasting_fault(
    operation: str, fault: str, client: KanbertClient, invoice: IncomingInvoice, control: Callable[..., Any]
) -> None:
    """A fault that stays leads to RetryLater, AccessRefused or GiveUp, as its kind asks for, with a reason."""
    expected = EXPECTED.get(fault, RetryLater)
    if operation == "outgoing.pdf" and fault in ("422", "redirect", "malformed"):
        expected = FileUnavailable
    control("POST", "/faults", {"operation": operation, "times": None, **FAULTS[fault]})
    if operation == "booking.destroy" and fault in ("truncate", "malformed"):
        CALLS[operation](client, invoice)  # 204, which has no body that could be spoilt
        return
    if operation in PATCHES and fault == "malformed":
        assert CALLS[operation](client, invoice) is None  # written all the same; one look tells
        return
    if operation == "incoming.store" and fault in ("drop_after", "truncate", "malformed"):
        # found through check-duplicate
        assert CALLS[operation](client, invoice).title == "Zweite"
        assert len(list(client.list_incoming_invoices(filter="title = 'Zweite'"))) == 1
        return
    if operation == "incoming.pdf" and fault in ("403", "422", "redirect", "malformed"):
        assert CALLS[operation](client, invoice) is None  # a path that we guess: not offered
        return
    with pytest.raises(expected) as raised:
        CALLS[operation](client, invoice)
    assert type(raised.value) is not GiveUp or str(raised.value)
    assert "adapter-test-token" not in str(raised.value)
    assert getattr(raised.value, "failure").path in str(raised.value)  # noqa: B009


@pytest.mark.parametrize("fault", ["500", "429", "drop", "drop_after", "truncate", "malformed"])
@pytest.mark.parametrize("operation", sorted(set(CALLS) - {"incoming.store", "booking.destroy"}))
def test_passing_fault(
    operation: str, fault: str, client: KanbertClient, invoice: IncomingInvoice, control: Callable[..., Any]
) -> None:
    """A fault that passes is overcome by reading again; a write is never repeated: the document is read first."""
    if fault == "malformed" and operation.endswith("pdf"):
        return  # that is an answer, see above
    control("POST", "/faults", {"operation": operation, "times": 1, **FAULTS[fault]})
    control("DELETE", "/requests")
    if operation in PATCHES and fault == "malformed":
        assert CALLS[operation](client, invoice) is None  # written, and not repeated
        expected = 1
    elif operation in WRITES:
        with pytest.raises(RetryLater):
            CALLS[operation](client, invoice)
        expected = 1
    else:
        CALLS[operation](client, invoice)
        # The chart of accounts has two pages.
        expected = 3 if operation == "accounts.index" else 2
    assert [each["operation"] for each in control("GET", "/requests")].count(operation) == expected


def test_latency_beyond_the_time_that_is_left(
    simulator: Any, invoice: IncomingInvoice, control: Callable[..., Any]
) -> None:
    """A call does not wait longer than the caller has."""
    control("POST", "/faults", {"operation": "incoming.show", "kind": "latency", "seconds": 30, "times": None})
    with (
        KanbertClient(simulator.api_url, "adapter-test-token", remaining=lambda: 0.3) as hurried,
        pytest.raises(RetryLater, match=r"in time|incomplete answer"),
    ):
        hurried.get_incoming_invoice(invoice.id)


def test_upload_that_never_arrived_is_not_repeated(client: KanbertClient, control: Callable[..., Any]) -> None:
    """Dropped before it was carried out: check-duplicate finds nothing, the caller gets RetryLater."""
    control("POST", "/faults", {"operation": "incoming.store", "kind": "status", "status": 500})
    control("DELETE", "/requests")
    with pytest.raises(RetryLater):
        client.upload_incoming_invoice(_UPLOAD, UploadFile.of("b.pdf", PDF))
    assert [each["operation"] for each in control("GET", "/requests")] == ["incoming.store", "incoming.check_duplicate"]
    assert list(client.list_incoming_invoices()) == []


def test_the_same_file_from_long_ago_is_not_taken_for_the_upload(
    client: KanbertClient, control: Callable[..., Any]
) -> None:
    """A document with the same MD5 that was there before says nothing about the upload that got no answer."""
    control("PUT", "/clock", {"advance": -3600})
    file = UploadFile.of("b.pdf", PDF)
    client.upload_incoming_invoice(_UPLOAD, file)
    control("PUT", "/clock", {"advance": 3600})
    control("POST", "/faults", {"operation": "incoming.store", "kind": "status", "status": 500})
    with pytest.raises(RetryLater):
        client.upload_incoming_invoice(_UPLOAD, UploadFile.of("b.pdf", PDF))
