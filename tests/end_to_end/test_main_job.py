"""A document's whole way on the deployed system: webhook, booking, archive, event."""

import hashlib
from collections import Counter

import pytest

from autobook.adapters.kanbert import BookingUpdate, IncomingInvoiceUpload, UploadFile
from autobook.domain.documents import Document, DocumentKind
from autobook_local.demo.checks import faults
from autobook_local.demo.documents import DemoDocument
from autobook_local.demo.story import Story, follow
from autobook_local.system import LocalSystem
from tests.end_to_end.webhooks import deliver, unsubscribed, webhook_body

SECONDS = 120.0


@pytest.fixture(autouse=True)
def _nothing_asked_yet(system: LocalSystem) -> None:
    """What other tests asked of Kanbert, as the persons that they play, is not ours."""
    system.simulator.control("DELETE", "/requests")


def upload(system: LocalSystem, document: DemoDocument, mark: str) -> Story:
    """Give Kanbert the invoice as a file that it has not had yet."""
    pdf = document.pdf + f"\n% {mark}\n".encode()
    file = UploadFile.of(document.file_name, pdf)
    invoice = system.simulator.client.upload_incoming_invoice(IncomingInvoiceUpload(), file)
    return Story(Document(DocumentKind.INCOMING_INVOICE, invoice.id), document.file_name, pdf)


def finish(system: LocalSystem, story: Story) -> Story:
    """Wait until the document has come to rest."""
    follow(system, [story], seconds=SECONDS, progress=lambda _done, _total: None)
    return story


def faults_here(system: LocalSystem, story: Story) -> list[str]:
    """Without Billomat's: every test uploads the same invoice, which Billomat takes once (test_export_billomat.py)."""
    return [each for each in faults(system, [story]) if "Billomat" not in each]


def account_of(story: Story) -> str | None:
    """The first line's account."""
    assert story.invoice is not None
    assert story.invoice.bookings
    return story.invoice.bookings[0].chart_of_account_id


def test_invoice_is_booked_archived_and_announced(system: LocalSystem, hosting: DemoDocument) -> None:
    """A webhook leads to a booking by rule, an archived PDF under its SHA-256 and one event of each kind."""
    story = finish(system, upload(system, hosting, "main job"))
    assert faults_here(system, story) == []
    types = Counter(event.type for event in story.events)
    assert types == {"invoice.received": 1, "invoice.booked": 1, "invoice.archived": 1}
    assert account_of(story)
    (archived,) = story.of("invoice.archived")
    digest = hashlib.sha256(story.pdf).hexdigest()
    assert [o["key"] for o in archived.data["objects"] if o["key"].endswith(f"/{digest}.pdf")]


def test_same_webhook_three_times(system: LocalSystem, hosting: DemoDocument) -> None:
    """The same webhook three times over, and the echo of our own writing, lead to one of everything."""
    story = upload(system, hosting, "three times")
    body = webhook_body(story.document.id)
    for _ in range(3):
        assert deliver(system, body).status_code == 202
    finish(system, story)
    assert deliver(system, body).status_code == 202
    finish(system, story)
    assert faults_here(system, story) == []
    assert set(Counter(event.type for event in story.events).values()) == {1}


def test_a_persons_value_stays(system: LocalSystem, hosting: DemoDocument) -> None:
    """An account that a person chose before the rule came to it is never changed."""
    client = system.simulator.client
    with unsubscribed(system):
        story = upload(system, hosting, "a person")
        line = (client.get_incoming_invoice(story.document.id).bookings or ())[0]
        chosen = next(account for account in client.chart_of_accounts() if account.code == "7600")
        client.update_booking(story.document.id, line.id, BookingUpdate(chart_of_account_id=chosen.id))
    assert deliver(system, webhook_body(story.document.id, "incoming-invoice:create")).status_code == 202
    finish(system, story)
    assert account_of(story) == chosen.id
    written = [value["field"] for event in story.of("invoice.booked") for value in event.data["values"]]
    assert "account" not in written
