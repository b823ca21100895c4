"""Kanbert with its lists, and the sweep and reconcile on fakes."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from operator import itemgetter
from typing import Any

from autobook.adapters.deadline import Deadline
from autobook.bootstrap import reconcile, sweep
from autobook.bootstrap.clients import Clients
from autobook.domain.documents import DocumentKind
from autobook.domain.errors import BrokenPaging
from autobook.domain.kanbert import IncomingInvoice, OutgoingInvoice
from autobook.service.reconcile import ReconcileDocuments
from autobook.service.sweep import SweepDocuments
from autobook.service.watch import WatchedSweep
from autobook.settings import ReconcileSettings, SweepSettings
from tests.fake_kanbert import NOW, FakeKanbert
from tests.fake_watch import FakeWatchState
from tests.fakes import (
    FakeArchiveRequests,
    FakeProvenanceInventory,
    FakeQueue,
    FakeReconcileState,
    FakeSweepState,
    Fuse,
    System,
)
from tests.kanbert_filters import fits
from tests.settings import ENVIRONMENT, NoAws

_SORT_KEYS = {"created_at", "updated_at", "title", "sum_net", "sum_gross", "date_of_invoice"}


class ListingKanbert(FakeKanbert):
    """Serves the two lists, each page as it is when it is fetched; a cursor names the last document of a page.

    `page_size` overrides what is asked for. `bookings_listed` False: the list leaves the lines out.
    """

    def __init__(self, *, page_size: int | None = None, bookings_listed: bool = True) -> None:
        super().__init__()
        self.page_size = page_size
        self.bookings_listed = bookings_listed
        self.forgotten_cursors: set[str] = set()
        self.pages_fetched = 0

    def list_incoming_invoices(
        self,
        *,
        filter: str | None,  # noqa: A002 - the API's name
        sort: str,
        page_size: int,
        cursor: str | None,
        on_page: Callable[[str | None], None] | None,
    ) -> Iterator[IncomingInvoice]:
        """Those that fit."""

        def found() -> list[tuple[str, IncomingInvoice]]:
            models = [IncomingInvoice.model_validate(self._listed(each)) for each in self.incoming.values()]
            fitting = [each for each in models if filter is None or fits(each, filter)]
            return sorted(((_place(each, sort), each) for each in fitting), key=itemgetter(0))

        return self._pages(found, page_size, cursor, on_page)

    def list_outgoing_invoices(
        self,
        *,
        sort: str,
        include: Sequence[str],
        page_size: int,
        cursor: str | None,
        on_page: Callable[[str | None], None] | None,
    ) -> Iterator[OutgoingInvoice]:
        """All, what changed last first, without the parts that are not asked for."""
        left_out = {"line_items", "discounts", "external_costs"}.difference(include)

        def found() -> list[tuple[str, OutgoingInvoice]]:
            listed = [{k: v for k, v in each.items() if k not in left_out} for each in self.outgoing.values()]
            models = [OutgoingInvoice.model_validate(each) for each in listed]
            return sorted(((_place(each, sort), each) for each in models), key=itemgetter(0))

        return self._pages(found, page_size, cursor, on_page)

    def fetch_page(self) -> None:
        """Called before each page; what a page's request may run into."""
        self.pages_fetched += 1

    def _listed(self, invoice: dict[str, Any]) -> dict[str, Any]:
        return invoice if self.bookings_listed else {k: v for k, v in invoice.items() if k != "bookings"}

    def _pages[T](
        self,
        found: Callable[[], list[tuple[str, T]]],
        page_size: int,
        cursor: str | None,
        on_page: Callable[[str | None], None] | None,
    ) -> Iterator[T]:
        size = self.page_size or page_size
        while True:
            self.fetch_page()
            if cursor in self.forgotten_cursors:
                raise BrokenPaging("400: the cursor is not known")
            rest = [(key, each) for key, each in found() if cursor is None or key > cursor]
            page = rest[:size]
            for _, each in page:
                yield each
            cursor = page[-1][0] if len(rest) > size else None
            if on_page is not None:
                on_page(cursor)
            if cursor is None:
                return


def _place(document: IncomingInvoice | OutgoingInvoice, sort: str) -> str:
    """A text that sorts as Kanbert sorts: by the key, up or down, then by the id."""
    name, down = sort.removeprefix("-"), sort.startswith("-")
    assert name in _SORT_KEYS, sort
    value = getattr(document, name)
    match value:
        case datetime() | None if name.endswith("_at") or name.startswith("date_"):
            number = (_known(value) - _known(None)) // timedelta(microseconds=1)
        case Decimal() | None:
            number = 10**30 + int((value or 0) * 10_000)
        case _:
            number = int.from_bytes(str(value or "").encode()[:12].ljust(12, b"\0"))
    return f"{10**40 - number if down else number:042} {document.id}"


def _known(moment: datetime | None) -> datetime:
    """One that a document does not say is before all others, as null is in MySQL."""
    return moment or datetime.min.replace(tzinfo=UTC)


@dataclass
class ListingSystem(System):
    """The use cases on fakes, with the sweep and reconcile."""

    kanbert: ListingKanbert = field(default_factory=ListingKanbert)
    queue: FakeQueue = field(default_factory=FakeQueue)
    archive_requests: FakeArchiveRequests = field(default_factory=FakeArchiveRequests)
    seconds_left: float = 300.0
    watch_state: FakeWatchState = field(default_factory=FakeWatchState)

    def __post_init__(self) -> None:
        self.sweep_state = FakeSweepState(self.provenance)
        self.reconcile_state = FakeReconcileState()
        self.clock.now = NOW

    def sweeper(self, fuse: Fuse | None = None) -> SweepDocuments:
        """The use case of `sweep`."""
        wrap: Callable[[object], Any] = (fuse or Fuse()).wrap
        deadline = Deadline()
        deadline.start(lambda: round(self.seconds_left * 1000))
        clients = Clients(NoAws, clock=self.clock, deadline=deadline, kanbert=wrap(self.kanbert))
        return replace(
            sweep.build(SweepSettings.from_environment(ENVIRONMENT), clients),
            rule_repository=wrap(self.rule_repository),
            code_resolver=wrap(self.code_resolver),
            sweep_state=wrap(self.sweep_state),
            queue=wrap(self.queue),
        )

    def watched_sweeper(self, fuse: Fuse | None = None) -> WatchedSweep:
        """The use case of `sweep` with its watch."""
        return WatchedSweep(self.sweeper(fuse), (fuse or Fuse()).wrap(self.watch_state), self.clock)

    def reconciler(self, fuse: Fuse | None = None) -> ReconcileDocuments:
        """The use case of `reconcile`."""
        wrap: Callable[[object], Any] = (fuse or Fuse()).wrap
        deadline = Deadline()
        deadline.start(lambda: round(self.seconds_left * 1000))
        clients = Clients(NoAws, clock=self.clock, deadline=deadline, kanbert=wrap(self.kanbert))
        return replace(
            reconcile.build(ReconcileSettings.from_environment(ENVIRONMENT), clients),
            sweep_state=wrap(self.sweep_state),
            inventory=wrap(FakeProvenanceInventory(self.provenance, self.manifest)),
            archive=wrap(self.objects),
            queue=wrap(self.queue),
            archive_requests=wrap(self.archive_requests),
            reconcile_state=wrap(self.reconcile_state),
        )

    def work(self) -> int:
        """Process everything that is queued, then archive what was announced; how many messages that were."""
        messages, self.queue.messages = self.queue.messages, []
        before = len(self.publisher.published)
        for message in messages:
            self.deliver(message)
        facts = [kind.facts for kind in DocumentKind]
        seen = {each.received_event for each in facts} | {each.changed_event for each in facts}
        requests, self.archive_requests.events = self.archive_requests.events, []
        for event in [e for e in self.publisher.published[before:] if e.type in seen] + requests:
            self.archiver()(event)
        return len(messages)
