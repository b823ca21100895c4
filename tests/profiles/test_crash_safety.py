"""A run that ends at any call is repeated to the same end, whichever way Kanbert is."""

from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from autobook.adapters.kanbert import KanbertClient, RetryPolicy
from autobook.domain.documents import Document, DocumentKind, DocumentMessage
from autobook.domain.errors import GiveUp, RetryLater
from autobook_sim.kanbert.in_process import InProcess
from autobook_sim.kanbert.profiles import PROFILES, profiles_of
from autobook_sim.kanbert.service import Kanbert
from autobook_sim.kanbert.store import Clock
from autobook_sim.kanbert.wire import stamp
from tests.fake_kanbert import booking, incoming
from tests.fakes import Crash, FakeRuleRepository, Fuse, System, message
from tests.profiles.story import BASE, TOKEN

RULE = {"rule_id": "hetzner", "when": 'supplier.name contains "Hetzner"', "booking_title": "hosting", "note": "seen"}
MOST_ATTEMPTS = 40


@dataclass
class ProfiledSystem(System):
    """`process` on the real client of a simulator that plays these profiles."""

    profiles: tuple[str, ...] = ()
    simulator: Kanbert = field(init=False)
    document: str = field(init=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.rule_repository = FakeRuleRepository(RULE)
        self.simulator = Kanbert(
            token=TOKEN, examples=False, profiles=profiles_of(self.profiles), clock=Clock(self.clock)
        )
        stage, store = self.simulator.stage, self.simulator.store
        self.document = stage.identifier("doc1")
        lines = [booking(f"b{n}") | {"chart_of_account": None, "outgoing_invoice": None} for n in range(2)]
        now = stamp(self.clock())
        record = incoming(self.document, bookings=lines, created_at=now, updated_at=now)
        stage.create("incoming", store.add("incoming", record | {"_md5": None, "_tags": None}))
        policy = RetryPolicy(sleep=lambda seconds: self.clock.advance(seconds=seconds), now=self.clock)
        self.kanbert = cast("Any", KanbertClient(BASE, TOKEN, transport=InProcess(self.simulator), retry_policy=policy))

    def message(self) -> DocumentMessage:
        """About the document."""
        return message(self.document)

    def run(self, fuse: Fuse | None = None) -> None:
        """The message, again for as long as it has to wait. Raises Crash."""
        for _ in range(MOST_ATTEMPTS):
            try:
                self.processor(fuse)(self.message())
            except RetryLater as error:
                self.clock.advance(seconds=error.after or 60)
            except GiveUp:
                return
            else:
                return

    def finish(self) -> None:
        """Whatever happens by itself has happened, and was processed."""
        self.clock.advance(hours=2)
        self.run()

    def end(self) -> dict[str, Any]:
        """What is there when all is done: the document, what we know of it, and what was announced."""
        record = self.simulator.store.get("incoming", self.document) or {}
        known = self.provenance.get(Document(DocumentKind.INCOMING_INVOICE, self.document))
        return {
            "document": {name: value for name, value in record.items() if name not in ("updated_at", "bookings")},
            "lines": [{**line, "updated_at": None} for line in record.get("bookings") or ()],
            "written": {(write.place, str(write.value)) for write in known.written},
            "pending": known.pending,
            "announced": {event.type for event in self.publisher.published},
        }


def build(profile: str) -> ProfiledSystem:
    """Before the run."""
    return ProfiledSystem(profiles=(profile,))


@pytest.mark.parametrize("profile", PROFILES)
def test_crash(profile: str) -> None:
    """Ended before any call or after the last, and delivered again, it comes to the end of an undisturbed run."""
    undisturbed, calls = build(profile), Fuse()
    undisturbed.run(calls)
    undisturbed.finish()
    assert len(calls.calls) >= 3
    for number, call in enumerate(calls.calls, 1):
        system = build(profile)
        with pytest.raises(Crash):
            system.run(Fuse(at=number, after=number == len(calls.calls)))
        system.run()
        system.finish()
        assert system.end() == undisturbed.end(), call
