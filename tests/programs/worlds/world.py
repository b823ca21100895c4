"""A world between two runs, as plain data."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Self

from autobook.domain.documents import Change, Document, DocumentKind, DocumentMessage
from autobook.domain.events import Event
from autobook.domain.provenance import ProvenanceRecord
from tests.fake_kanbert import NOW
from tests.programs.worlds.kanbert import WorldKanbert
from tests.programs.worlds.places import INVOICE, Rule
from tests.programs.worlds.truth import Truth

DOCUMENT = Document(DocumentKind.INCOMING_INVOICE, INVOICE)

STAGES: tuple[tuple[str, timedelta], ...] = (
    ("receive", timedelta()),
    ("sweep", timedelta(minutes=5)),
    ("sweep", timedelta(hours=25)),
    ("reconcile", timedelta(hours=2)),
)
"""What happens by itself, and how long after the one before; in between, the queues are drained."""
CALM = 1
"""From here on everything is done again after a person or an admin has intervened."""
MOST_STEPS = 60
"""Runs of one world; more, and it never comes to rest."""


@dataclass
class World:
    """All that there is between two runs."""

    kanbert: WorldKanbert
    rules: tuple[Rule, ...]
    webhooks: bool = True
    stage: int = 0
    records: dict[Document, ProvenanceRecord] = field(default_factory=dict)
    published: list[Event] = field(default_factory=list)
    documents: list[DocumentMessage] = field(default_factory=list)
    to_archive: list[Event] = field(default_factory=list)
    dead: list[str] = field(default_factory=list)
    objects: dict[str, Any] = field(default_factory=dict)
    manifest: dict[str, Any] = field(
        default_factory=lambda: {"lines": [], "states": {}, "files_missing": {}, "missing": {}}
    )
    sweep: dict[str, Any] = field(default_factory=lambda: {"queued": {}, "reports": set(), "saved": {}})
    reconcile: dict[str, Any] = field(default_factory=lambda: {"saved": None, "pages": {}})
    now: Any = NOW
    pace: float = 0.0
    """Seconds that a call to Kanbert takes."""
    steps: int = 0
    files_denied: int = 0
    """How often Kanbert said that there is no file."""

    @property
    def truth(self) -> Truth:
        """Who really set what."""
        return self.kanbert.truth

    def clone(self) -> Self:
        """The same, to go on from in another way."""
        return replace(
            self,
            kanbert=self.kanbert.clone(self.truth.clone()),
            records=dict(self.records),
            published=list(self.published),
            documents=list(self.documents),
            to_archive=list(self.to_archive),
            dead=list(self.dead),
            objects=dict(self.objects),
            manifest={name: each.copy() for name, each in self.manifest.items()},
            sweep={name: each.copy() for name, each in self.sweep.items()},
            reconcile={"saved": self.reconcile["saved"], "pages": dict(self.reconcile["pages"])},
        )

    def key(self) -> int:
        """Equal for worlds that go on alike, and are judged alike."""
        return hash(
            repr((
                self.kanbert.incoming, self.kanbert.tags, self.rules, self.stage, self.records,
                [(event.id, event.type) for event in self.published],
                self.documents, [event.id for event in self.to_archive], self.dead, sorted(self.objects),
                self.files_denied,
                self.manifest["states"], self.sweep["queued"], self.sweep["saved"], self.reconcile["saved"], self.now,
                self.truth.key(),
            ))
        )  # fmt: skip

    def next_step(self) -> str | None:
        """Which use case runs next; None when everything has come to rest."""
        if self.documents:
            return "process"
        if self.to_archive:
            return "archive"
        return STAGES[self.stage][0] if self.stage < len(STAGES) else None

    def record(self) -> ProvenanceRecord:
        """What provenance says."""
        return self.records.get(DOCUMENT, ProvenanceRecord(DOCUMENT))

    def message(self) -> DocumentMessage:
        """One about the invoice."""
        return DocumentMessage(DocumentKind.INCOMING_INVOICE, INVOICE, Change.UPDATE, self.now.isoformat(), "webhook")
