"""In-memory doubles of service/ports.py that behave as the real things do, and a system built from them.

No mocks: tests look at the state that is left behind. `Fuse` ends a run right before or right after any one call to
the outside, as a crash would.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from copy import copy, deepcopy
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Self
from zoneinfo import ZoneInfo

from botocore.exceptions import EndpointConnectionError

from autobook.adapters.dynamodb.overflow import item_size, packed
from autobook.adapters.dynamodb.provenance_store import record_fields
from autobook.bootstrap import archive, process
from autobook.bootstrap.clients import Clients
from autobook.domain.codes import Candidate, Code, ObjectName, normal_code
from autobook.domain.documents import Change, Document, DocumentKind, DocumentMessage
from autobook.domain.errors import ArchiveConflict, RetryLater
from autobook.domain.events import Event
from autobook.domain.object_names import best_names
from autobook.domain.provenance import ProvenanceRecord
from autobook.domain.reconciling import ReconcileProgress
from autobook.domain.retention import YEARS, ArchivedState, ManifestLine
from autobook.domain.rules import RuleSet
from autobook.domain.sweeping import KnownState, Progress, Queued
from autobook.service.archive import ArchiveDocument
from autobook.service.process import ProcessDocument, ProcessResult
from autobook.settings import ArchiveSettings, ProcessSettings
from tests.fake_kanbert import NOW, FakeKanbert
from tests.settings import ENVIRONMENT, NoAws

VIENNA = ZoneInfo("Europe/Vienna")

ACCOUNTS = {"7380": "acc-7380", "7390": "acc-7390", "5800": "acc-5800"}
"""Chart of accounts: code to id."""


class FakeClock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """Now."""
        return self.now

    def advance(self, **by: float) -> None:
        """Move it: `advance(minutes=5)`."""
        self.now += timedelta(**by)


class FakeSecrets:
    """Webhook secrets; `replaced` are seen only by who asks afresh."""

    def __init__(self, *secrets: str, replaced: tuple[str, ...] | None = None) -> None:
        self.known = secrets
        self.replaced = replaced

    def webhook_secrets(self, *, fresh: bool = False) -> tuple[str, ...]:
        """Current first."""
        if fresh and self.replaced is not None:
            self.known = self.replaced
        return self.known


class FakeQueue:
    """documents.fifo."""

    def __init__(self) -> None:
        self.messages: list[DocumentMessage] = []

    def send(self, message: DocumentMessage) -> None:
        """Queue it."""
        self.messages.append(message)


class FakeRuleRepository:
    """Rules as plain items, as in the rules table."""

    def __init__(self, *items: dict[str, Any]) -> None:
        self.items = list(items)
        self._compiled = ("", RuleSet.load((), timezone=VIENNA))

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """Rules of its own; what is compiled is never changed."""
        other = copy(self)
        other.items = deepcopy(self.items, memo)
        return other

    def __reduce__(self) -> tuple[Any, ...]:
        """Between processes the items travel; they are compiled anew."""
        return FakeRuleRepository, tuple(self.items)

    def rules(self, since: datetime | None = None) -> RuleSet:  # noqa: ARG002 - always those of now
        """As they stand now; compiled once for each state."""
        if (items := repr(self.items)) != self._compiled[0]:
            self._compiled = (items, RuleSet.load(self.items, timezone=VIENNA))
        return self._compiled[1]


class FakeCodeResolver:
    """Codes that people know, and what Kanbert has by them: an id, or candidates. Remembers for ever unless `fresh`."""

    def __init__(self, known: Mapping[Code, str | Sequence[Candidate]] | None = None) -> None:
        self.known = {**{("account", code): identifier for code, identifier in ACCOUNTS.items()}, **(known or {})}
        self.remembered: dict[Code, tuple[Candidate, ...]] = {}
        self.asked: list[Code] = []
        """Codes that were looked up."""

    def candidates(self, codes: Collection[Code], *, fresh: bool = False) -> Mapping[Code, Sequence[Candidate]]:
        """Everything that has each of these codes."""
        return {code: self._of(code, fresh=fresh) for code in codes}

    def names(self, objects: Collection[tuple[str, str]]) -> Mapping[tuple[str, str], ObjectName]:
        """As far as they were looked up."""
        found = ((field, each) for (field, _), candidates in self.remembered.items() for each in candidates)
        return best_names((field, each) for field, each in found if (field, each.id) in objects)

    def _of(self, code: Code, *, fresh: bool) -> tuple[Candidate, ...]:
        if fresh or not self.remembered.get(code):
            self.asked.append(code)
            self.remembered[code] = tuple(self._looked_up(code))
        return self.remembered[code]

    def _looked_up(self, code: Code) -> Iterator[Candidate]:
        for (kind, name), found in self.known.items():
            if kind == code[0] and normal_code(name) == normal_code(code[1]):
                yield from [Candidate(found, name)] if isinstance(found, str) else found


@lru_cache(maxsize=1024)
def _item_sizes(record: ProvenanceRecord) -> tuple[int, ...]:
    """Bytes of the items that DynamoDB would have of a record: one, or one and what did not fit into it."""
    items = packed(record_fields(record))
    return tuple(item_size(item) for item in (items.item, *items.chunks))


def _may_be_large(record: ProvenanceRecord) -> bool:
    """False for a record that is far from the limit: measuring each would take most of a story's time."""
    values = (record.written, record.pending, record.side_effects, record.reviews, record.human_owned)
    lines = len(record.snapshot.lines) if record.snapshot else 0
    return lines + sum(map(len, values)) > 50 or sum(map(len, record.unpublished)) > 50_000


class FakeProvenanceStore:
    """Records with versions: a save on top of another's is refused, and an item that DynamoDB would not take."""

    def __init__(self) -> None:
        self.records: dict[Document, ProvenanceRecord] = {}

    def get(self, document: Document) -> ProvenanceRecord:
        """The record, or a blank one."""
        return self.records.get(document, ProvenanceRecord(document))

    def put(self, record: ProvenanceRecord) -> ProvenanceRecord:
        """Save it."""
        if self.get(record.document).version != record.version:
            raise RetryLater("another run was faster")
        saved = record.next_version()
        if _may_be_large(saved) and max(_item_sizes(saved)) > 400_000:
            raise AssertionError("ValidationException: item size has exceeded the maximum allowed size")
        self.records[record.document] = saved
        return saved


class FakeAttempts:
    """Faults of messages by kind, as a table keeps them; `failing`: it does not answer."""

    def __init__(self) -> None:
        self.counts: dict[str, dict[str, int]] = {}
        self.failing = False

    def add(self, message_id: str, kind: str) -> Mapping[str, int]:
        """One more."""
        if self.failing:
            raise EndpointConnectionError(endpoint_url="https://dynamodb")
        counts = self.counts.setdefault(message_id, {})
        counts[str(kind)] = counts.get(str(kind), 0) + 1
        return dict(counts)


_REFUSED_BY_SNS = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class FakeEventPublisher:
    """Everything that was published, repetitions included. Refuses what SNS does: length, characters."""

    def __init__(self) -> None:
        self.published: list[Event] = []

    def publish(self, events: Iterable[Event]) -> None:
        """Publish in this order."""
        for event in events:
            text = event.to_json()
            assert len(text.encode()) <= 262_144, "InvalidParameter: message too long"
            assert not _REFUSED_BY_SNS.search(text), "InvalidParameter: invalid characters"
            self.published.append(event)

    @property
    def types(self) -> list[str]:
        """The types, in the order of publication."""
        return [event.type for event in self.published]

    def of(self, type_: str) -> list[Event]:
        """All events of one type."""
        return [event for event in self.published if event.type == type_]


@dataclass(frozen=True)
class OneByOne:
    """Publishes as SnsEventPublisher does, with a call for each event."""

    publisher: FakeEventPublisher

    def publish(self, events: Iterable[Event]) -> None:
        """In this order."""
        for event in events:
            self.publisher.publish([event])


@dataclass(frozen=True)
class Stored:
    """An object of the archive."""

    content: bytes
    media_type: str
    retain_until: datetime


class FakeArchive:
    """Written once, and only what is locked within the bounds of the bucket's policy (template.yaml)."""

    def __init__(self, clock: FakeClock | None = None, years: int = YEARS["AT"]) -> None:
        self.objects: dict[str, Stored] = {}
        self.clock = clock or FakeClock()
        self.years = years

    def store(self, key: str, content: bytes, media_type: str, retain_until: datetime) -> datetime:
        """Store unless it is there."""
        present = self.objects.get(key)
        if present is None:
            days = (retain_until - self.clock()) / timedelta(days=1)
            assert self.years * 365 - 1 <= days <= (self.years + 2) * 366, f"AccessDenied: locked for {days} days"
            present = self.objects[key] = Stored(content, media_type, retain_until)
        if present.content != content:
            raise ArchiveConflict(f"the archive has another {key}")
        return present.retain_until

    def keys(self, after: str | None = None) -> Iterator[str]:
        """Every key of a document's object, in order."""
        keys = (key for key in self.objects if not key.startswith("manifest/"))
        return iter(sorted(key for key in keys if key > (after or "")))

    def holds(self, document: Document) -> bool:
        """True if one of its objects is there."""
        return any(key.split("/")[::2][:2] == [document.kind, document.id] for key in self.objects)


class FakeManifest:
    """A chain of lines, one per key."""

    def __init__(self) -> None:
        self.lines: list[ManifestLine] = []
        self.states: dict[Document, str] = {}
        self.files_missing: dict[Document, datetime] = {}
        self.missing: dict[Document, datetime] = {}
        self.halted = ""

    def halt(self, reason: str) -> None:
        """Add no further line."""
        self.halted = reason

    def archived(self, document: Document) -> ArchivedState:
        """How far it is archived."""
        missing = self.files_missing.get(document), self.missing.get(document)
        return ArchivedState(self.states.get(document, ""), *missing)

    def mark_archived(self, document: Document, archived: ArchivedState) -> None:
        """Remember it."""
        self.states[document] = archived.state
        for kept, since in ((self.files_missing, archived.file_missing_since), (self.missing, archived.missing_since)):
            kept.pop(document, None)
            if since is not None:
                kept[document] = since

    def line(self, key: str, digest: str, size: int, retain_until: datetime) -> ManifestLine:
        """The key's line, made at the end unless there is one."""
        for line in self.lines:
            if line.key == key:
                return line
        if self.halted:
            raise RetryLater(f"the archive's manifest is halted: {self.halted}")
        until = retain_until.isoformat()
        made = (
            self.lines[-1].next(key, digest, size, until)
            if self.lines
            else ManifestLine.first(key, digest, size, until)
        )
        self.lines.append(made)
        return made


class FakeSweepState:
    """What the sweep compares with, on top of the provenance."""

    def __init__(self, provenance: FakeProvenanceStore) -> None:
        self.provenance = provenance
        self.queued: dict[Document, Queued] = {}
        self.reports: set[str] = set()
        self.saved: dict[DocumentKind, Progress] = {}

    def known(self, documents: Iterable[Document]) -> Mapping[Document, KnownState]:
        """What is known of these; of an item that is too long, without all of its values, as the real one does."""
        found = {}
        for document in documents:
            record, queued = self.provenance.records.get(document), self.queued.get(document)
            if record or queued:
                whole = record is None or len(_item_sizes(record)) == 1
                if record is not None and not whole:
                    record = replace(record, written=record.written[:1], pending=record.pending[:1])
                found[document] = KnownState(record, queued, has_values=whole)
        return found

    def remember_queued(self, document: Document, queued: Queued) -> None:
        """Remember what was queued."""
        self.queued[document] = queued

    def was_reported(self, key: str) -> bool:
        """True if it is marked."""
        return key in self.reports

    def mark_reported(self, key: str) -> None:
        """Mark it."""
        self.reports.add(key)

    def progress(self, kind: DocumentKind) -> Progress | None:
        """How far it came."""
        return self.saved.get(kind)

    def save_progress(self, progress: Progress) -> Progress | None:
        """Save it, unless another was faster."""
        present = self.saved.get(progress.kind)
        if present is not None and present.version != progress.version:
            return None
        self.saved[progress.kind] = progress.next_version()
        return self.saved[progress.kind]


@dataclass(frozen=True)
class FakeProvenanceInventory:
    """Everything, for counting."""

    provenance: FakeProvenanceStore
    manifest: FakeManifest

    def page(self, cursor: str | None) -> tuple[list[ProvenanceRecord], str | None]:
        """Three at a time, without their values."""
        rest = sorted(key for d in self.provenance.records if (key := d.key) > (cursor or ""))
        by_key = {document.key: record for document, record in self.provenance.records.items()}
        page = [replace(by_key[key], written=(), human_owned=frozenset()) for key in rest[:3]]
        return page, rest[2] if len(rest) > 3 else None

    def archived(self, documents: Iterable[Document]) -> Mapping[Document, str]:
        """What is archived."""
        return {each: self.manifest.states[each] for each in documents if each in self.manifest.states}


class FakeReconcileState:
    """Progress with versions, and pages of digests."""

    def __init__(self) -> None:
        self.saved: ReconcileProgress | None = None
        self.pages: dict[tuple[str, int], bytes] = {}

    def progress(self) -> ReconcileProgress | None:
        """How far it came."""
        return self.saved

    def save_progress(self, progress: ReconcileProgress) -> ReconcileProgress | None:
        """Save it, unless another was faster."""
        if self.saved is not None and self.saved.version != progress.version:
            return None
        self.saved = progress.next_version()
        return self.saved

    def keep(self, name: str, number: int, digests: bytes) -> None:
        """Keep it."""
        self.pages[name, number] = digests

    def digests(self, name: str, pages: int) -> Iterator[bytes]:
        """The first pages."""
        return (self.pages[name, number] for number in range(pages))


class FakeArchiveRequests:
    """archive.fifo, asked directly."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def send(self, event: Event) -> None:
        """Queue it."""
        self.events.append(event)


class Crash(BaseException):
    """The end of a run at a bad moment. Not an Exception, so that nothing on the way can mistake it for an error."""


@dataclass
class Fuse:
    """Counts the calls to the outside and ends the run right before, or right after, the one of that number."""

    at: int | None = None
    after: bool = False
    calls: list[str] = field(default_factory=list)

    def wrap(self, target: object) -> Any:
        """The same object, each of whose methods counts."""
        return _Fused(target, self)

    def call(self, name: str, method: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """One call."""
        self.calls.append(name)
        hit = len(self.calls) == self.at
        if hit and not self.after:
            raise Crash(f"before {name}")
        try:
            return method(*args, **kwargs)
        finally:
            if hit:
                raise Crash(f"after {name}")


class _Fused:
    def __init__(self, target: object, fuse: Fuse) -> None:
        self._target = target
        self._fuse = fuse

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self._target, name)
        if not callable(attribute):
            return attribute
        return lambda *args, **kwargs: self._fuse.call(
            f"{type(self._target).__name__}.{name}", attribute, *args, **kwargs
        )


@dataclass
class System:
    """The use cases on fakes, and what they leave behind."""

    kanbert: FakeKanbert = field(default_factory=FakeKanbert)
    rule_repository: FakeRuleRepository = field(default_factory=FakeRuleRepository)
    code_resolver: FakeCodeResolver = field(default_factory=FakeCodeResolver)
    provenance: FakeProvenanceStore = field(default_factory=FakeProvenanceStore)
    publisher: FakeEventPublisher = field(default_factory=FakeEventPublisher)
    objects: FakeArchive = field(default_factory=FakeArchive)
    manifest: FakeManifest = field(default_factory=FakeManifest)
    clock: FakeClock = field(default_factory=FakeClock)
    environment: Mapping[str, str] = field(default_factory=lambda: ENVIRONMENT)

    def __post_init__(self) -> None:
        """The bucket looks at the same clock."""
        self.objects.clock = self.clock

    def processor(self, fuse: Fuse | None = None) -> ProcessDocument:
        """The use case of `process`."""
        wrap: Callable[[object], Any] = (fuse or Fuse()).wrap
        clients = Clients(NoAws, clock=self.clock, kanbert=wrap(self.kanbert))
        return replace(
            process.build(ProcessSettings.from_environment(self.environment), clients),
            rule_repository=wrap(self.rule_repository),
            code_resolver=wrap(self.code_resolver),
            provenance=wrap(self.provenance),
            publisher=OneByOne(wrap(self.publisher)),
        )

    def deliver(self, message: DocumentMessage) -> ProcessResult:
        """A message as the queue delivers it: again after its wait, as long as it has to wait."""
        for _ in range(20):
            try:
                return self.processor()(message)
            except RetryLater as error:
                self.clock.advance(seconds=error.after or 60)
        raise AssertionError(f"{message} waits for ever")

    def archiver(self, fuse: Fuse | None = None) -> ArchiveDocument:
        """The use case of `archive`."""
        wrap: Callable[[object], Any] = (fuse or Fuse()).wrap
        clients = Clients(NoAws, clock=self.clock, kanbert=wrap(self.kanbert))
        return replace(
            archive.build(ArchiveSettings.from_environment(ENVIRONMENT), clients),
            archive=wrap(self.objects),
            manifest=wrap(self.manifest),
            publisher=OneByOne(wrap(self.publisher)),
        )


def message(
    identifier: str = "inv1",
    kind: DocumentKind = DocumentKind.INCOMING_INVOICE,
    change: Change = Change.UPDATE,
    trace_id: str = "trace-1",
) -> DocumentMessage:
    """A message of documents.fifo."""
    return DocumentMessage(kind, identifier, change, NOW.isoformat(), trace_id)
