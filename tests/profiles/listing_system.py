"""Sweep, reconcile and archive on the real client of a simulator that plays profiles, with the work that follows."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Self, cast

import httpx

from autobook.adapters.kanbert import KanbertClient, KanbertCodeResolver, RetryPolicy
from autobook.domain.documents import Document, DocumentKind, DocumentMessage
from autobook.domain.errors import GiveUp, RetryLater
from autobook.domain.events import Event
from autobook.service.archive import ArchiveDocument
from autobook.service.process import ProcessDocument
from autobook.service.reconcile import ReconcileDocuments
from autobook.service.reconcile_result import ReconcileResult
from autobook.service.sweep import SweepDocuments
from autobook_sim.kanbert.in_process import InProcess
from autobook_sim.kanbert.profiles import profiles_of
from autobook_sim.kanbert.service import Kanbert
from autobook_sim.kanbert.store import Clock
from autobook_sim.kanbert.wire import Record, stamp
from tests.fake_kanbert import NOW, booking, incoming, outgoing
from tests.fakes import FakeRuleRepository, Fuse
from tests.listing import ListingSystem
from tests.profiles.story import BASE, TOKEN

RULE = {"rule_id": "hetzner", "when": 'supplier.name contains "Hetzner"', "account": "7380", "note": "seen"}
ARCHIVED = frozenset(each for kind in DocumentKind for each in (kind.facts.received_event, kind.facts.changed_event))
"""The events that the archive gets (template.yaml)."""
MOST_ATTEMPTS = 60
"""At a message, or at a scheduled run, before it counts as waiting for ever."""
MOST_SWEEPS = 6
"""Until all is at rest."""
BETWEEN_SWEEPS, BETWEEN_RECONCILES = timedelta(minutes=10), timedelta(minutes=15)


def nothing(_table: str, _record: Record) -> None:
    """Changes have no webhooks."""


class CallPoints(Fuse):
    """A fuse for which the client is no call to the outside: each of its requests is one."""

    def wrap(self, target: object) -> Any:
        """The same object, whose calls count unless they are made of requests."""
        return target if isinstance(target, KanbertClient | KanbertCodeResolver) else super().wrap(target)


class FusedTransport(InProcess):
    """A connection to the simulator on which every request is a call that a run can end at."""

    def __init__(self, kanbert: Kanbert, fuse: Fuse) -> None:
        super().__init__(kanbert)
        self._fuse = fuse

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The answer."""
        what = f"{request.method} {request.url.path.removeprefix('/api/v1')}"
        answer: httpx.Response = self._fuse.call(what, super().handle_request, request)
        return answer


@dataclass
class ProfiledListing(ListingSystem):
    """Use cases as a new process has them; what they leave behind stays.

    `dead` are the documents of dead letters with their reasons, `waiting` those of messages that would wait for ever.
    `runs` are the results of reconcile by the run's number, `reported` what the sweep reported that has no id.
    """

    profiles: tuple[str, ...] = ()
    simulator: Kanbert = field(init=False)
    dead: dict[tuple[str, Document], str] = field(default_factory=dict)
    waiting: set[tuple[str, Document]] = field(default_factory=set)
    runs: dict[int, ReconcileResult] = field(default_factory=dict)
    reported: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.rule_repository = FakeRuleRepository(RULE)
        self.simulator = Kanbert(
            token=TOKEN,
            examples=False,
            incoming_pdf=True,
            profiles=profiles_of(self.profiles),
            largest_page=2,
            clock=Clock(self.clock),
        )
        self.simulator.stage.on_change = nothing  # no webhooks, and copies of this have stages of their own
        accounts = self.simulator.store.tables["chart_of_accounts"]
        for each in [id_ for id_, account in accounts.items() if account["code"] not in ("7380", "7390")]:
            del accounts[each]

    def copy(self) -> Self:
        """The same, as it is now."""
        self.kanbert = self.code_resolver = cast("Any", None)  # of a process that is over
        return deepcopy(self)

    # --- what is in Kanbert

    def add(self, name: str) -> Document:
        """A document comes: an outgoing invoice where its name says so."""
        stage, store, now = self.simulator.stage, self.simulator.store, stamp(self.clock())
        id_ = stage.identifier(name)
        store.files[id_] = f"%PDF-1.7 {name} %%EOF".encode()
        if name.startswith("out"):
            stage.create("outgoing", store.add("outgoing", outgoing(id_, title="", created_at=now, updated_at=now)))
            return Document(DocumentKind.OUTGOING_INVOICE, id_)
        lines = [booking("b1") | {"chart_of_account": None, "outgoing_invoice": None}]
        record = incoming(id_, bookings=lines, created_at=now, updated_at=now)
        stage.create("incoming", store.add("incoming", record | {"_md5": None, "_tags": None}))
        return Document(DocumentKind.INCOMING_INVOICE, id_)

    def edit(self, document: Document, **fields: object) -> None:
        """A person changes an incoming invoice."""
        record = self.simulator.store.tables["incoming"][document.id]
        record.update(fields)
        if self.simulator.stage.moves("incoming"):
            record["updated_at"] = stamp(self.clock())
        self.simulator.store.touch()

    # --- the functions, each in a new process

    def _restart(self, fuse: Fuse | None) -> Fuse:
        fuse = CallPoints() if fuse is None else fuse
        transport = FusedTransport(self.simulator, fuse)
        policy = RetryPolicy(sleep=self._sleep, now=self.clock, jitter=lambda: 1.0, monotonic=self._monotonic)
        client = KanbertClient(BASE, TOKEN, incoming_pdf=True, transport=transport, retry_policy=policy)
        self.kanbert = cast("Any", client)
        self.code_resolver = cast("Any", KanbertCodeResolver(client, self._monotonic))
        return fuse

    def _sleep(self, seconds: float) -> None:
        self.clock.advance(seconds=seconds)

    def _monotonic(self) -> float:
        return (self.clock() - NOW).total_seconds()

    def processor(self, fuse: Fuse | None = None) -> ProcessDocument:
        """The use case of `process`."""
        return super().processor(self._restart(fuse))

    def archiver(self, fuse: Fuse | None = None) -> ArchiveDocument:
        """The use case of `archive`."""
        return super().archiver(self._restart(fuse))

    def sweeper(self, fuse: Fuse | None = None) -> SweepDocuments:
        """The use case of `sweep`."""
        return replace(super().sweeper(self._restart(fuse)), report_unidentified=self.reported.append)

    def reconciler(self, fuse: Fuse | None = None) -> ReconcileDocuments:
        """The use case of `reconcile`."""
        return replace(super().reconciler(self._restart(fuse)), on_complete=self._completed)

    def _completed(self, result: ReconcileResult) -> None:
        progress = self.reconcile_state.saved
        assert progress is not None
        self.runs[progress.number] = result

    # --- runs

    def sweep(self, fuse: Fuse | None = None) -> int:
        """Scheduled runs, until one has walked both lists to their ends; how many documents they queued."""
        queued = 0
        for _ in range(MOST_ATTEMPTS):
            try:
                result = self.sweeper(fuse)()
            except RetryLater:
                self.clock.advance(seconds=BETWEEN_SWEEPS.total_seconds())
                continue
            queued += result.queued
            if result.complete:
                return queued
            self.clock.advance(seconds=BETWEEN_SWEEPS.total_seconds())
        raise AssertionError("the sweep is never complete")

    def reconcile(self, fuse: Fuse | None = None) -> None:
        """Scheduled runs, until one is complete."""
        for _ in range(MOST_ATTEMPTS):
            try:
                result = self.reconciler(fuse)()
            except RetryLater:
                self.clock.advance(seconds=BETWEEN_RECONCILES.total_seconds())
                continue
            if result.complete or not result.due:
                return
            self.clock.advance(seconds=BETWEEN_RECONCILES.total_seconds())
        raise AssertionError("reconcile is never complete")

    def work(self) -> int:
        """Process everything that is queued, then archive what was announced; how many messages that were."""
        messages, self.queue.messages = self.queue.messages, []
        before = len(self.publisher.published)
        for message in messages:
            self.process(message)
        requests, self.archive_requests.events = self.archive_requests.events, []
        for event in [e for e in self.publisher.published[before:] if e.type in ARCHIVED] + requests:
            self.archive(event)
        return len(messages)

    def process(self, message: DocumentMessage, fuse: Fuse | None = None) -> None:
        """A message, again for as long as it has to wait."""
        self._deliver("process", message.document, lambda: self.processor(fuse)(message))

    def archive(self, event: Event, fuse: Fuse | None = None) -> None:
        """An event to the archive, again for as long as it has to wait."""
        self._deliver("archive", event.document, lambda: self.archiver(fuse)(event))

    def _deliver(self, consumer: str, document: Document, run: Callable[[], object]) -> None:
        for _ in range(MOST_ATTEMPTS):
            try:
                run()
            except RetryLater as error:
                self.clock.advance(seconds=error.after or 60)
                continue
            except GiveUp as error:
                self.dead[consumer, document] = str(error)
            return
        self.waiting.add((consumer, document))

    def come_to_rest(self) -> None:
        """Nothing passing happens any more; sweeps go on until two in a row find nothing.

        No more than a few: what Kanbert refuses is tried again and again, at last once a day.
        """
        self.simulator.stage.calm = True
        self.clock.advance(hours=2)
        self.work()
        found_nothing = 0
        for _ in range(MOST_SWEEPS):
            found_nothing = 0 if self.sweep() or self.work() else found_nothing + 1
            if found_nothing == 2:
                return
            self.clock.advance(hours=1)
