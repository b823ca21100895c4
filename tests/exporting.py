"""The export to Hypatos on fakes: what is remembered, a Hypatos in memory, and a system built from them."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from autobook.bootstrap.clients import Clients
from autobook.bootstrap.export_hypatos import build
from autobook.domain.documents import Document
from autobook.domain.errors import Refused, RetryLater
from autobook.domain.event_types import EventType
from autobook.domain.events import Event, EventContext, archive_request
from autobook.domain.hypatos import HypatosInvoice, HypatosRecord
from autobook.service.export_hypatos import ExportToHypatos
from autobook.settings import ExportHypatosSettings
from autobook_sim.hypatos.validation import faults_of
from autobook_sim.kanbert.wire import from_json, to_json
from tests.fake_kanbert import NOW
from tests.fakes import Fuse, System
from tests.settings import ENVIRONMENT, NoAws


class FakeHypatosRecords:
    """Records with versions, kept as JSON: a save on top of another's is refused."""

    def __init__(self) -> None:
        self.records: dict[Document, HypatosRecord] = {}

    def get(self, document: Document) -> HypatosRecord:
        """The record, or a blank one."""
        return self.records.get(document, HypatosRecord(document))

    def put(self, record: HypatosRecord) -> HypatosRecord:
        """Save it."""
        if self.get(record.document).version != record.version:
            raise RetryLater("another run was faster")
        saved = record.next_version()
        body = json.loads(json.dumps(saved.body, default=str), parse_float=Decimal) if saved.body else None
        self.records[record.document] = replace(saved, body=body)
        return saved


class FakeHypatos:
    """Invoices by their externalId. Refuses what Hypatos would refuse, and to insert one that may be there."""

    def __init__(self) -> None:
        self.bodies: dict[str, Mapping[str, Any]] = {}

    def put_invoice(
        self, invoice: HypatosInvoice, *, may_exist: bool, unanswered: bool, removed: frozenset[str]
    ) -> None:
        """Keep it."""
        del unanswered  # this one always answers
        known = self.bodies.get(invoice.external_id)
        if known is not None and not may_exist:
            raise Refused("an invoice with this externalId would be there twice")
        if details := faults_of(from_json(to_json(invoice.wire()))):
            raise Refused(f"422: {details}")
        left = {name: value for name, value in (known or {}).items() if name not in removed}
        self.bodies[invoice.external_id] = left | invoice.wire()


@dataclass
class ExportingSystem(System):
    """With Hypatos, and what is remembered of it."""

    hypatos: FakeHypatos = field(default_factory=FakeHypatos)
    records: FakeHypatosRecords = field(default_factory=FakeHypatosRecords)

    def exporter(self, fuse: Fuse | None = None) -> ExportToHypatos:
        """The use case of `export_hypatos`."""
        wrap: Callable[[object], Any] = (fuse or Fuse()).wrap
        clients = Clients(NoAws, clock=self.clock, kanbert=wrap(self.kanbert))
        built = build(ExportHypatosSettings.from_environment(ENVIRONMENT), clients)
        return replace(built, hypatos=wrap(self.hypatos), records=wrap(self.records))


def announced(document: Document, type_: EventType = "invoice.booked", state: str = "1") -> Event:
    """An event about the document; each state has its own id."""
    found = archive_request(EventContext(document, state, NOW, "trace-1", ENVIRONMENT["EVENT_SOURCE"]), state)
    return found.model_copy(update={"type": type_})
