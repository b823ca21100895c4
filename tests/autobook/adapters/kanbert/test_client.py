"""The client against the simulator: what the operations give."""

import hashlib
import io
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from autobook.adapters.kanbert import (
    IncomingInvoiceUpload,
    KanbertClient,
    OutgoingInvoiceUpload,
    UploadFile,
    VatLine,
)
from autobook.adapters.kanbert.pages import equals, readable
from autobook.adapters.kanbert.upload import MAX_UPLOAD
from autobook.domain.conditions import Comparison, parse
from autobook.domain.conditions.printing import to_text
from autobook.domain.errors import AccessRefused, GiveUp, NotFound
from autobook.domain.kanbert.incoming import IncomingInvoice
from autobook_sim.kanbert.server import Running
from tests.autobook.adapters.kanbert.conftest import PDF, TOKEN


class OnlyOnce(io.RawIOBase):
    """A body as S3 gives it: read once, never rewound."""

    def __init__(self, content: bytes) -> None:
        self._rest = io.BytesIO(content)

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes."""
        return self._rest.read(size)

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Not possible."""
        raise io.UnsupportedOperation(f"{offset} {whence}")


def test_round_trip_keeps_everything(client: KanbertClient, invoice: IncomingInvoice) -> None:
    """What was read is kept as it came, unknown fields included, and reads the same again."""
    fields = {"surprise": {"a": 1}, **invoice.source}
    again = IncomingInvoice.model_validate(fields)
    assert again.source == fields
    assert again.model_dump() == invoice.model_dump()
    assert client.get_incoming_invoice(invoice.id) == invoice


def test_upload_with_every_field(client: KanbertClient) -> None:
    """Lists, booleans, amounts and date-times of a form arrive as they were meant."""
    upload = IncomingInvoiceUpload.model_validate(
        {
            "title": "Übergröße »ß«", "type": "Credit", "invoice_number": "1/2", "notes": "a\nb", "net_value": "10.10",
            "vat_value": "2.02", "date_of_invoice": "2026-01-31T12:00:00+01:00", "tags": ["a", "b"],
            "vats": [VatLine(vat=Decimal(20), value=Decimal("2.02"))], "file_was_preprocessed": True,
            "external_id": "e-1", "external_origin": "elsewhere",
        }
    )  # fmt: skip
    invoice = client.upload_incoming_invoice(upload)
    assert (invoice.title, invoice.type, invoice.invoice_number) == ("Übergröße »ß«", "Credit", "1/2")
    assert (invoice.sum_net, invoice.sum_tax, invoice.sum_gross) == (
        Decimal("10.1"),
        Decimal("2.02"),
        Decimal("12.12"),
    )
    assert [(each.vat, each.value) for each in invoice.vats] == [(Decimal(20), Decimal("2.02"))]
    assert invoice.date_of_invoice is not None
    assert invoice.date_of_invoice.isoformat() == "2026-01-31T11:00:00+00:00"
    with pytest.raises(GiveUp, match="already been taken"):
        client.upload_incoming_invoice(upload)


def test_upload_from_a_stream(client: KanbertClient) -> None:
    """A body that can be read only once is uploaded, and is found again by its MD5."""
    invoice = client.upload_incoming_invoice(IncomingInvoiceUpload(), UploadFile("s3.pdf", OnlyOnce(PDF), len(PDF)))
    assert client.incoming_invoice_pdf(invoice.id) == PDF
    found = client.check_duplicate(hashlib.md5(PDF, usedforsecurity=False).hexdigest())
    assert [each.id for each in found.duplicates] == [invoice.id]
    assert client.check_duplicate(UploadFile.of("again.pdf", PDF)).exists


@pytest.mark.parametrize(
    "file",
    [
        UploadFile("large.pdf", io.BytesIO(), MAX_UPLOAD + 1),
        UploadFile.of("empty.pdf", b""),
        UploadFile.of("letter.docx", b"PK", "application/vnd.openxmlformats"),
    ],
    ids=lambda file: file.name,
)
def test_hopeless_file_is_not_sent(client: KanbertClient, control: Callable[..., Any], file: UploadFile) -> None:
    """Too large, empty or no document: GiveUp before anything is sent."""
    with pytest.raises(GiveUp):
        client.upload_incoming_invoice(IncomingInvoiceUpload(), file)
    assert control("GET", "/requests") == []


def test_file_that_is_shorter_than_announced(client: KanbertClient) -> None:
    """A length that is not kept is a GiveUp, and nothing is created."""
    with pytest.raises(GiveUp, match="as announced"):
        client.upload_incoming_invoice(IncomingInvoiceUpload(), UploadFile("x.pdf", io.BytesIO(PDF), len(PDF) + 9))
    assert list(client.list_incoming_invoices()) == []


def test_filter_from_text_and_from_a_tree(client: KanbertClient, invoice: IncomingInvoice) -> None:
    """A filter may be written or printed from a syntax tree; both find the same."""
    text = 'invoice_number = "R-1" and sum_net >= 100'
    assert list(client.list_incoming_invoices(filter=text)) == [invoice]
    assert list(client.list_incoming_invoices(filter=to_text(parse(text)), sort=["-created_at", "title"])) == [invoice]
    assert list(client.list_incoming_invoices(filter=to_text(parse('title = "another"')))) == []


@given(text=st.text(st.characters(codec="utf-8")))
@example(text='a"b\\c\nd\re')
@example(text="\\")
def test_filter_by_a_code(text: str) -> None:
    """Whatever a code holds, the filter for it means that code, as the language's own printer writes it."""
    meant = Comparison("shortcode", "eq", text)
    assert equals("shortcode", text) == to_text(meant)
    if len(text) < 1000 and "\x00" not in text:
        assert parse(equals("shortcode", text)) == meant


def test_computed_fields_and_includes(client: KanbertClient) -> None:
    """Aggregates come back under their aliases, and can be sorted and filtered by."""
    found = client.list_outgoing_invoices(
        computed_fields={"lines": "line_items.count()", "net": "line_items.sum(total_net, price > 100)"},
        filter="computed_fields.lines > 1",
        sort="-computed_fields.net",
        include=["line_items", "discounts"],
    )
    computed = [each.computed_fields for each in readable(found)]
    assert computed == [{"lines": 3, "net": 1824}, {"lines": 2, "net": 608}]


def test_find_by_external_id(client: KanbertClient) -> None:
    """`find_by` and `origin` find what another system calls by its own name."""
    dates = ("date_of_invoice", "performance_range_start", "performance_range_end", "payment_due_date")
    fields = {
        "client_id": next(client.clients()).id, "title": "x", "status": "booked", "invoice_number": "E-1",
        "currency": "EUR", "sum_net": 1, "external_id": "e 1 ü", "external_origin": "elsewhere",
        **dict.fromkeys(dates, "2026-01-31T12:00:00Z"),
    }  # fmt: skip
    uploaded = client.upload_outgoing_invoice(OutgoingInvoiceUpload.model_validate(fields), UploadFile.of("o.pdf", PDF))
    assert client.get_outgoing_invoice("e 1 ü", find_by="external_id", origin="elsewhere") == uploaded
    assert client.outgoing_invoice_pdf("e 1 ü", find_by="external_id", origin="elsewhere") == PDF
    with pytest.raises(NotFound):
        client.get_outgoing_invoice("there-is-none", find_by="external_id", origin="elsewhere")


def test_wrong_token_is_asked_for_again(simulator: Running, client: KanbertClient) -> None:
    """After a 401 the token is fetched afresh once, because it may have been changed."""
    assert client
    given: list[bool] = []

    def token(*, fresh: bool = False) -> str:
        given.append(fresh)
        return TOKEN if fresh else "yesterdays-token"

    with KanbertClient(simulator.api_url, token) as other:
        assert len(list(other.clients())) == 8
    assert given == [False, True]
    with KanbertClient(simulator.api_url, "wrong-token") as refused, pytest.raises(AccessRefused) as raised:
        next(refused.clients())
    assert "wrong-token" not in str(raised.value)


def test_missing_scope(client: KanbertClient, invoice: IncomingInvoice, control: Callable[..., Any]) -> None:
    """A booking needs two scopes; with one of them the access is refused, and nothing is written."""
    control("PUT", "/tokens", {TOKEN: ["incoming-invoice:write", "incoming-invoice:read"]})
    assert invoice.bookings
    with pytest.raises(AccessRefused):
        client.patch_booking(invoice.id, invoice.bookings[0].id, {"title": "x"})
    assert client.get_incoming_invoice(invoice.id) == invoice


def test_incoming_pdf_not_offered(client: KanbertClient, invoice: IncomingInvoice, control: Callable[..., Any]) -> None:
    """Where Kanbert has no download of incoming PDFs it answers 404, as for one that is not there yet."""
    control("PUT", "/settings", {"incoming_pdf": False})
    with pytest.raises(NotFound):
        client.incoming_invoice_pdf(invoice.id)


PAGING = """
import sys
from autobook.adapters.kanbert import KanbertClient
from tests.peak_memory import peak_bytes

early = count = 0
with KanbertClient(sys.argv[1], sys.argv[2]) as client:
    for invoice in client.list_incoming_invoices(page_size=100):
        count += 1
        if count == 5_000:
            early = peak_bytes()
print(count, invoice.title, peak_bytes() - early)
"""


def test_hundred_thousand_invoices_in_constant_memory(
    simulator: Running, client: KanbertClient, control: Callable[..., Any]
) -> None:
    """100,000 invoices are paged through; from the 5,000th to the last, the process that reads them grows by < 8 MB."""
    del client
    control("POST", "/generate", {"count": 100_000})
    done = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-c", PAGING, simulator.api_url, TOKEN], capture_output=True, text=True, check=True
    )
    count, *title, grown = done.stdout.split()
    assert (count, title) == ("100000", ["Rechnung", "100000"])
    assert int(grown) < 8_000_000
