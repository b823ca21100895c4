"""Many documents, some of them unreadable, each in its own way: the others are booked, archived and announced.

`make odd-documents` plays 10,000 with 100 odd ones; the tests play fewer.
"""

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from typing import Any

from autobook.adapters.kanbert.calls import reader
from autobook.domain.documents import Document, DocumentKind, Unreadable
from autobook.domain.errors import GiveUp, UnreadableDocument
from autobook.domain.kanbert import Booking, IncomingInvoice
from autobook.domain.retention import ManifestLine
from tests.fake_kanbert import NOW, booking, incoming
from tests.fakes import FakeManifest, FakeRuleRepository, message
from tests.listing import ListingKanbert, ListingSystem

RULE = {"rule_id": "hetzner", "when": 'supplier.name contains "Hetzner"', "account": "7380"}
_WRONG: tuple[Any, ...] = (
    *([1], {"a": 1}, True, "no such thing", -1),
    *([None], [["x"]], "2026-13-45", {"id": {"id": 1}}, [{"id": []}]),
)
_read = reader(IncomingInvoice)


def ways(number: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """That many ways in which a document cannot be read: the name of the field, and what stands in it."""

    def candidates() -> Iterator[tuple[str, dict[str, Any]]]:
        for value in _WRONG:
            for name in sorted(IncomingInvoice.needed - {"id"}):
                yield name, {name: value}
            for name in sorted(Booking.needed):
                yield name, {"bookings": [booking() | {name: value}]}

    return islice((each for each in candidates() if isinstance(_read(incoming("x", **each[1])), Unreadable)), number)


class OddKanbert(ListingKanbert):
    """Reads documents as the client does. Lists are put in order once a walk: nothing changes while they are walked."""

    def list_incoming_invoices(self, **how: Any) -> Iterator[IncomingInvoice | Unreadable]:  # type: ignore[override]
        """All of them, in the order of their ids, up or down."""
        ids = sorted(self.incoming, reverse=how["sort"].startswith("-"))
        size = how["page_size"]
        for start in range(int(how["cursor"] or 0), len(ids), size):
            for each in ids[start : start + size]:
                yield _read(self.incoming[each])
            how["on_page"](str(start + size) if start + size < len(ids) else None)

    def get_incoming_invoice(self, invoice_id: str) -> IncomingInvoice:
        """UnreadableDocument, as the client raises it."""
        found = _read(self._find(self.incoming, invoice_id))
        if isinstance(found, Unreadable):
            raise UnreadableDocument(found.reason)
        return found


class QuickManifest(FakeManifest):
    """Finds a key's line without looking through all."""

    def __init__(self) -> None:
        super().__init__()
        self._by_key: dict[str, ManifestLine] = {}

    def line(self, key: str, digest: str, size: int, retain_until: Any) -> ManifestLine:
        """The key's line."""
        if key not in self._by_key:
            lines, self.lines = self.lines, self.lines[-1:]
            self._by_key[key] = super().line(key, digest, size, retain_until)
            self.lines = [*lines[-1:], self._by_key[key]]
        return self._by_key[key]


@dataclass
class Played:
    """How it ended; `odd` is the id of each unreadable document with the field that is wrong."""

    system: ListingSystem
    odd: dict[str, str]
    dead_letters: list[tuple[str, str]] = field(default_factory=list)
    """(id, reason)."""

    def faults(self) -> Iterator[str]:
        """Everything that is not as it should be, in a sentence."""
        announced = Counter(e.document.id for e in self.system.publisher.of("invoice.received"))
        for identifier in self.system.kanbert.incoming:
            document = Document(DocumentKind.INCOMING_INVOICE, identifier)
            if identifier in self.odd:
                reasons = [reason for each, reason in self.dead_letters if each == identifier]
                if len(reasons) != 1:
                    yield f"{identifier} has {len(reasons)} dead letters"
                elif identifier not in reasons[0] or self.odd[identifier] not in reasons[0]:
                    yield f"{identifier}: {reasons[0]!r} does not name {self.odd[identifier]}"
            elif self.system.kanbert.line(identifier)["chart_of_account_id"] != "acc-7380":
                yield f"{identifier} is not booked"
            elif document not in self.system.manifest.states:
                yield f"{identifier} is not archived"
            elif announced[identifier] != 1:
                yield f"{identifier} was announced {announced[identifier]} times"
        for identifier, reason in self.dead_letters:
            if identifier not in self.odd:
                yield f"dead letter of {identifier}: {reason}"


def play(documents: int, odd: int, by: str) -> Played:
    """`by`: "sweep" without any webhook, or "webhooks", each of them twice, without any sweep."""
    system = ListingSystem(rule_repository=FakeRuleRepository(RULE), kanbert=OddKanbert(), manifest=QuickManifest())
    played = Played(system, {})
    every, odd_fields = max(documents // odd, 1), ways(odd)
    for number in range(documents):
        identifier = f"inv{number:06}"
        name, fields = next(odd_fields, ("", {})) if number % every == 0 else ("", {})
        created = (NOW - timedelta(seconds=documents - number)).isoformat()
        system.kanbert.add(incoming(identifier, created_at=created) | fields)
        if name:
            played.odd[identifier] = name
    for attempt in range(4):
        if by == "sweep":
            while not system.sweeper()().complete:
                pass
        elif attempt < 2:
            for identifier in system.kanbert.incoming:
                system.queue.send(message(identifier, trace_id=f"webhook-{identifier}-{attempt}"))
        _work(played)
        system.clock.advance(hours=2)
    return played


def _work(played: Played) -> None:
    """Process what is queued, then archive what was announced."""
    system = played.system
    process, archive = system.processor(), system.archiver()
    messages, system.queue.messages = system.queue.messages, []
    before = len(system.publisher.published)
    for each in messages:
        try:
            process(each)
        except GiveUp as error:
            played.dead_letters.append((each.id, str(error)))
    for event in system.publisher.published[before:]:
        if event.type in {"invoice.received", "invoice.changed"}:
            archive(event)


def main() -> int:
    """Play; 1 if anything is not as it should be."""
    documents, odd = int(sys.argv[1]), int(sys.argv[2])
    failed = 0
    for by in ("sweep", "webhooks"):
        played = play(documents, odd, by)
        faults = list(played.faults())
        failed += len(faults)
        sys.stdout.write(f"{by}: {documents} documents, {len(played.odd)} unreadable, {len(faults)} faults\n")
        sys.stdout.writelines(f"  {fault}\n" for fault in faults[:20])
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main())
