"""Guards in a backtest: they see what Kanbert would have listed when the invoice came."""

from collections.abc import Iterator
from decimal import Decimal
from random import Random
from typing import Any

from autobook.domain.decision import Decision
from autobook.domain.documents import Document, DocumentContent, DocumentKind, Unreadable
from autobook.domain.guards import Guards
from autobook.domain.kanbert import IncomingInvoice
from autobook.domain.provenance import ProvenanceRecord, Written
from autobook.service.status_guards import StatusGuards
from autobook_cli.history import EarlierInvoices
from tests.fake_kanbert import FakeKanbert, incoming
from tests.fakes import VIENNA


class _Kanbert(FakeKanbert):
    """As the guards' port has it."""

    def list_outgoing_invoices(self, **_: Any) -> Iterator[DocumentContent | Unreadable]:
        """No guard asks for them."""
        raise AssertionError("not asked for")


GRANTED = Decision(
    ProvenanceRecord(Document(DocumentKind.INCOMING_INVOICE, "x")),
    writes=(Written(None, "status", "ready_for_accounting", None, "r"),),
)
GUARDS = Guards(duplicates=True, tolerance=Decimal(50))


def test_the_same_as_kanberts_lists() -> None:
    """With the invoices before it in Kanbert and no others, each guard says the same of every invoice."""
    random, kanbert, earlier, held = Random(7), _Kanbert(), EarlierInvoices(VIENNA), 0
    for number in range(60):
        supplier = random.choice(("A GmbH", "a gmbh", "A GmbH", "B AG"))
        document = incoming(
            f"inv{number:04}",
            status=random.choice(("booked", "booked", "booked", "open", "deleted")),
            type=random.choice(("Invoice", "Invoice", "Invoice", "Credit")),
            invoice_number=random.choice((f"R-{number}", f"r-{max(0, number - random.randrange(4))} ", None)),
            sum_gross=Decimal(random.choice((100, 110, 120, 120, 10 + 30 * number))),
            supplier={"id": f"sup-{supplier[0].lower()}", "name": supplier},
            date_of_invoice=f"2026-{random.randrange(1, 4):02}-{random.randrange(1, 28):02}"
            f"T{number // 60:02}:{number % 60:02}:00.000000Z",  # no two alike: which comes first is not documented
            created_at=f"2026-05-01T{number // 60:02}:{number % 60:02}:00.000000Z",
        )
        invoice = IncomingInvoice.model_validate(document)
        asked = StatusGuards(kanbert, GUARDS, VIENNA).checked(GRANTED, invoice)
        remembered = StatusGuards(earlier.before(invoice), GUARDS, VIENNA).checked(GRANTED, invoice)
        assert remembered.guards == asked.guards, document
        held += bool(asked.guards)
        kanbert.add(document)
        earlier.remember(invoice)
    assert 5 < held < 55
