"""Reconcile on a large account at one second a page: how many calls it takes, and how much memory.

`make large-account` plays 100,000 documents; the tests play fewer. Nothing of the account is held here either: each
document, record and key is made when it is asked for, so that the memory measured is the run's own.
"""

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from autobook.bootstrap import reconcile
from autobook.bootstrap.clients import Clients
from autobook.domain.documents import Document, DocumentKind
from autobook.domain.errors import NotFound
from autobook.domain.fingerprints import state_of
from autobook.domain.kanbert import IncomingInvoice, OutgoingInvoice
from autobook.domain.provenance import ProvenanceRecord
from autobook.domain.sweeping import KnownState, Progress
from autobook.service.reconcile_result import ReconcileResult
from autobook.settings import ReconcileSettings
from tests.fake_kanbert import NOW, incoming
from tests.fakes import FakeArchiveRequests, FakeClock, FakeQueue, FakeReconcileState
from tests.peak_memory import peak_bytes
from tests.settings import ENVIRONMENT, NoAws

CALL = timedelta(minutes=15)
"""How long a call may take, and how far calls are apart (template.yaml)."""
MOST_MEGABYTES = 256
_SEEN = NOW - timedelta(days=3)
INCOMING = DocumentKind.INCOMING_INVOICE


class Account:
    """That many incoming invoices; the one in the middle is not in the provenance."""

    def __init__(self, size: int, seconds: int, clock: FakeClock) -> None:
        self.size = size
        self.seconds = seconds
        self.clock = clock
        self.pages = 0
        self.asked: list[str] = []

    def invoice(self, number: int) -> IncomingInvoice:
        """Made anew each time."""
        return IncomingInvoice.model_validate(incoming(f"inv{number:09}"))

    def record(self, number: int) -> ProvenanceRecord | None:
        """As a complete run left it."""
        if number == self.size // 2:
            return None
        document = Document(INCOMING, f"inv{number:09}")
        return ProvenanceRecord(document, version=1).completed(state_of(self.invoice(number)), _SEEN)

    # --- Kanbert

    def list_incoming_invoices(self, *, page_size: int, cursor: str | None, on_page: Any, **_: Any) -> Iterator[Any]:
        """So many seconds a page."""
        start = int(cursor or 0)
        while True:
            self.clock.advance(seconds=self.seconds)
            self.pages += 1
            yield from (self.invoice(number) for number in range(start, min(start + page_size, self.size)))
            start += page_size
            on_page(str(start) if start < self.size else None)
            if start >= self.size:
                return

    def list_outgoing_invoices(self, *, on_page: Any, **_: Any) -> Iterator[OutgoingInvoice]:
        """None."""
        on_page(None)
        return iter(())

    def get_incoming_invoice(self, invoice_id: str) -> IncomingInvoice:
        """The present state."""
        self.asked.append(invoice_id)
        return self.invoice(int(invoice_id.removeprefix("inv")))

    def get_outgoing_invoice(self, invoice_id: str) -> OutgoingInvoice:
        """There is none."""
        raise NotFound(invoice_id)

    # --- provenance

    def known(self, documents: Iterable[Document]) -> Mapping[Document, KnownState]:
        """What is known of these."""
        records = {each: self.record(int(each.id.removeprefix("inv"))) for each in documents}
        return {document: KnownState(record) for document, record in records.items() if record is not None}

    def progress(self, kind: DocumentKind) -> Progress:
        """Everything is to be there."""
        return Progress(kind, NOW - timedelta(days=4000))

    def remember_queued(self, _document: Document, _queued: object) -> None:
        """Nobody asks."""

    def page(self, cursor: str | None) -> tuple[Sequence[ProvenanceRecord], str | None]:
        """Five hundred records at a time."""
        start = int(cursor or 0)
        numbers = range(start, min(start + 500, self.size))
        records = [record for number in numbers if (record := self.record(number)) is not None]
        return records, str(start + 500) if start + 500 < self.size else None

    def archived(self, documents: Iterable[Document]) -> Mapping[Document, str]:
        """Each in its present state."""
        records = {each: self.record(int(each.id.removeprefix("inv"))) for each in documents}
        return {document: record.fingerprint or "" for document, record in records.items() if record is not None}

    # --- the archive

    def keys(self, after: str | None = None) -> Iterator[str]:
        """One key a document."""
        start = int(after.split("/")[2].removeprefix("inv")) + 1 if after else 0
        return (f"{INCOMING}/2026/inv{number:09}/{'f' * 64}.json" for number in range(start, self.size))

    def holds(self, _document: Document) -> bool:
        """Each has an object."""
        return True


def play(size: int, seconds: int) -> tuple[ReconcileResult, int, Account]:
    """The last call's result, and how many there were."""
    clock = FakeClock()
    account = Account(size, seconds, clock)
    calls = 0
    settings = ReconcileSettings.from_environment(ENVIRONMENT)
    use_case = replace(
        reconcile.build(settings, Clients(NoAws, clock=clock, kanbert=account)),
        sweep_state=account,  # type: ignore[arg-type]
        inventory=account,
        archive=account,
        queue=FakeQueue(),
        archive_requests=FakeArchiveRequests(),
        reconcile_state=FakeReconcileState(),
    )
    while True:
        began, calls = clock(), calls + 1

        def remaining(until: datetime = began + CALL) -> float:
            return (until - clock()).total_seconds()

        result = replace(use_case, remaining=remaining)()
        if result.complete or calls > 100:
            return result, calls, account
        clock.now = began + CALL


def main() -> int:
    """Play; 1 if it is not complete, not right, or takes too much memory."""
    size, seconds = int(sys.argv[1]), int(sys.argv[2])
    result, calls, account = play(size, seconds)
    peak = peak_bytes() / 1024**2
    sys.stdout.write(
        f"{size} documents on {account.pages} pages at {seconds} s each: {calls} calls, "
        f"{sum(result.kanbert.values())} compared, {result.found} found, peak memory {peak:.0f} MB\n"
    )
    right = (result.complete, result.found, account.asked) == (True, 1, [f"inv{size // 2:09}"])
    return 0 if right and peak < MOST_MEGABYTES else 1


if __name__ == "__main__":
    sys.exit(main())
