"""The cases: those of tests/autobook/service/test_crash_safety.py, and receive, the sweep and reconcile."""

import hashlib
import hmac
import importlib
import inspect
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import autobook.service
from autobook.bootstrap.clients import Clients
from autobook.bootstrap.receive import build
from autobook.domain.awaiting import AwaitingLetter
from autobook.domain.billomat import SupplierMapping
from autobook.domain.documents import Document, DocumentKind
from autobook.domain.errors import RetryLater
from autobook.service.accept_suggestions import AcceptSuggestions
from autobook.service.archive import ArchiveDocument
from autobook.service.check_rules import CheckReach, CheckRules
from autobook.service.export_billomat import ExportToBillomat
from autobook.service.export_hypatos import ExportToHypatos
from autobook.service.finish_undo import FinishUndo
from autobook.service.process import ProcessDocument
from autobook.service.receive import ReceiveWebhook
from autobook.service.reconcile import ReconcileDocuments
from autobook.service.redrive_billomat import RedriveToBillomat
from autobook.service.sweep import SweepDocuments
from autobook.service.undo import UndoValues
from autobook.service.watch import WatchedSweep
from autobook.settings import ReceiveSettings
from tests.autobook.service import test_crash_safety as documents
from tests.checking import CheckingSystem
from tests.exporting import ExportingSystem, announced
from tests.exporting_billomat import BillomatExportingSystem, RedrivingSystem
from tests.fake_kanbert import booking, incoming, outgoing
from tests.fakes import FakeQueue, FakeRuleRepository, FakeSecrets, Fuse, System
from tests.listing import ListingKanbert, ListingSystem
from tests.programs.crash import operator_cases
from tests.settings import ENVIRONMENT, NoAws

COVERED = {
    AcceptSuggestions, ArchiveDocument, CheckRules, ExportToBillomat, ExportToHypatos, FinishUndo, ReconcileDocuments,
    ProcessDocument, ReceiveWebhook, RedriveToBillomat, SweepDocuments, UndoValues, WatchedSweep,
}  # fmt: skip
RULE = {"rule_id": "hetzner", "when": 'supplier.name contains "Hetzner"', "account": "7380"}
SIGNED = b'{"event":"incoming-invoice:create","data":{"id":"inv1"}}'


@dataclass(frozen=True)
class Case:
    """A system before the run, and the run; `fuse` counts the calls."""

    name: str
    build: Callable[[], System]
    act: Callable[[System, Fuse | None], None]


@dataclass
class ReceivingSystem(System):
    """With the queue that webhooks end in."""

    queue: FakeQueue = field(default_factory=FakeQueue)


def receive(system: System, fuse: Fuse | None) -> None:
    """A webhook, signed with a secret that has just been replaced."""
    assert isinstance(system, ReceivingSystem)
    wrap = (fuse or Fuse()).wrap
    receive_webhook = replace(
        build(ReceiveSettings.from_environment(ENVIRONMENT), Clients(NoAws, clock=system.clock)),
        secrets=wrap(FakeSecrets("old", replaced=("new",))),
        queue=wrap(system.queue),
    )
    receive_webhook(SIGNED, hmac.new(b"new", SIGNED, hashlib.sha256).hexdigest(), "trace")


def unknown() -> ListingSystem:
    """Five documents on three pages that nobody has seen, and an outgoing one."""
    system = ListingSystem(rule_repository=FakeRuleRepository(RULE), kanbert=ListingKanbert(page_size=2))
    for number in range(5):
        system.kanbert.add(incoming(f"inv{number}"))
    system.kanbert.add(outgoing(updated_at="2026-03-02T08:00:00.000000Z"))
    return system


def known() -> ListingSystem:
    """The same, processed and archived; one changed since."""
    system = unknown()
    system.sweeper()()
    system.work()
    system.kanbert.edit("inv2", title="changed")
    return system


def decided_otherwise() -> ListingSystem:
    """Processed; then an administrator edited a rule."""
    system = unknown()
    system.sweeper()()
    system.work()
    system.rule_repository.items = [RULE | {"project": "id:p1"}]
    return system


def different() -> ListingSystem:
    """One document of each kind of difference."""
    system = known()
    system.kanbert.add(incoming("inv9"))
    del system.kanbert.incoming["inv3"]
    system.manifest.states.pop(next(d for d in system.manifest.states if d.id == "inv1"))
    system.clock.advance(hours=5)
    return system


def sweep(system: System, fuse: Fuse | None) -> None:
    """One run, and the work that it queued."""
    assert isinstance(system, ListingSystem)
    system.watched_sweeper(fuse)()
    system.work()


def reconcile(system: System, fuse: Fuse | None) -> None:
    """One run, and the work that it queued."""
    assert isinstance(system, ListingSystem)
    system.reconciler(fuse)()
    system.work()


EXPORTED = Document(DocumentKind.INCOMING_INVOICE, "inv1")


def booked() -> ExportingSystem:
    """An invoice that is to be exported."""
    system = ExportingSystem()
    system.kanbert.add(incoming(bookings=[booking(chart_of_account_id="acc-7380")]))
    return system


def corrected() -> ExportingSystem:
    """Exported, then booked on another account, and without a title."""
    system = booked()
    system.exporter()(announced(EXPORTED))
    system.kanbert.incoming["inv1"] |= {"title": None, "bookings": [booking(chart_of_account_id="acc-7390")]}
    return system


def withdrawn() -> ExportingSystem:
    """Exported, then deleted."""
    system = booked()
    system.exporter()(announced(EXPORTED))
    del system.kanbert.incoming["inv1"]
    return system


def export(system: System, fuse: Fuse | None) -> None:
    """One event, which differs from the one that was exported."""
    assert isinstance(system, ExportingSystem)
    missing = "inv1" not in system.kanbert.incoming
    system.exporter(fuse)(announced(EXPORTED, "invoice.deleted" if missing else "invoice.changed", "2"))


def on_two_accounts() -> BillomatExportingSystem:
    """An invoice that is to become two incomings."""
    system = BillomatExportingSystem()
    lines = [
        booking("b1", value=Decimal("60.00"), chart_of_account_id="7380"),
        booking("b2", value=Decimal("40.00"), chart_of_account_id="7390"),
    ]
    system.kanbert.add(incoming(bookings=lines))
    return system


def on_one_account() -> BillomatExportingSystem:
    """Exported as two incomings, then booked on one account."""
    system = on_two_accounts()
    system.exporter()(announced(EXPORTED))
    system.kanbert.incoming["inv1"] |= {"bookings": [booking(chart_of_account_id="7390")]}
    return system


def withdrawn_from_billomat() -> BillomatExportingSystem:
    """Exported, then deleted."""
    system = on_two_accounts()
    system.exporter()(announced(EXPORTED))
    del system.kanbert.incoming["inv1"]
    return system


def export_to_billomat(system: System, fuse: Fuse | None) -> None:
    """One event."""
    assert isinstance(system, BillomatExportingSystem)
    missing = "inv1" not in system.kanbert.incoming
    system.exporter(fuse)(announced(EXPORTED, "invoice.deleted" if missing else "invoice.changed", "2"))


def saved() -> CheckingSystem:
    """Rules that were saved, changed and deleted, one of them broken."""
    system = CheckingSystem()
    system.table.save(rule_id="other", when="sum_gross > 5", account="7390")
    system.drain()
    system.table.save(rule_id="hosting", when="sum_gross > 0", account="7380", priority=1)
    system.table.save(rule_id="broken", when="nonsense")
    system.table.save(rule_id="other", when="sum_gross > 6", account="7390")
    system.table.delete("broken")
    return system


def overnight() -> CheckingSystem:
    """A rule whose account is gone since, one that was saved and one that was deleted while nobody looked."""
    system = saved()
    system.drain()
    system.code_resolver.known["account", "7380"] = []
    system.table.save(rule_id="late", when="sum_gross > 0", account="7390")
    system.table.delete("other")
    system.table.stream.clear()
    system.clock.advance(hours=1)
    return system


def check_saved(system: System, fuse: Fuse | None) -> None:
    """What is left of the stream."""
    assert isinstance(system, CheckingSystem)
    system.drain(fuse)


def check_all(system: System, fuse: Fuse | None) -> None:
    """The run of a night, and what follows from it."""
    assert isinstance(system, CheckingSystem)
    system.run(CheckReach.ALL, fuse)
    system.drain(fuse)


def awaiting() -> RedrivingSystem:
    """Three letters, of which two wait for a mapping that is there."""
    system = RedrivingSystem()
    for name in ("s1", "s2", "s3"):
        system.letters.letters.append(AwaitingLetter(name, name, name, system.clock(), (f"supplier:{name}",)))
    system.mappings.suppliers |= {name: SupplierMapping(supplier_id=1) for name in ("s1", "s3")}
    return system


def redrive(system: System, fuse: Fuse | None) -> None:
    """One run."""
    assert isinstance(system, RedrivingSystem)
    system.redriver(fuse)()


CASES = [Case(str(p.id), p.values[0], p.values[1]) for p in documents.CASES] + [
    Case("receive", ReceivingSystem, receive),
    Case("sweep of unknown documents", unknown, sweep),
    Case("sweep with one change", known, sweep),
    Case("sweep after an edit of a rule", decided_otherwise, sweep),
    Case("reconcile", different, reconcile),
    Case("check of saved rules", saved, check_saved),
    Case("check of all rules", overnight, check_all),
    Case("export to Hypatos", booked, export),
    Case("export of a correction", corrected, export),
    Case("export of a deletion", withdrawn, export),
    Case("export to Billomat", on_two_accounts, export_to_billomat),
    Case("export of a correction to Billomat", on_one_account, export_to_billomat),
    Case("export of a deletion to Billomat", withdrawn_from_billomat, export_to_billomat),
    Case("redrive of mapped invoices", awaiting, redrive),
    Case("undo of what a rule has booked", operator_cases.booked, operator_cases.undo),
    Case("suggestions that are accepted", operator_cases.suggested, operator_cases.accept),
]


def deliver_again(case: Case, system: System) -> None:
    """What comes after a crash: the same message, or the next scheduled run; once more where that has to wait."""
    for _ in range(3):
        try:
            case.act(system, None)
        except RetryLater:
            continue
        return


def seen(system: System) -> dict[str, Any]:
    """All that somebody could see afterwards: documents, provenance, archive, events, queues, progress."""
    found = documents.end_state(system) | {"events": documents.facts(system), "archived": system.manifest.states}
    if isinstance(system, ReceivingSystem):
        found["queued"] = {message.document for message in system.queue.messages}
    if isinstance(system, CheckingSystem):
        found["rules"] = system.table.items
        found["history"] = {key: each.content for key, each in system.objects.objects.items()}
    if isinstance(system, ListingSystem):
        found["queued"] = {message.document for message in system.queue.messages}
        found["progress"] = {
            kind: (set(progress.watermarks), progress.cursor) for kind, progress in system.sweep_state.saved.items()
        }
        found["remembered"] = set(system.sweep_state.queued)
    if isinstance(system, ExportingSystem):
        found["hypatos"] = system.hypatos.bodies
        found["exported"] = {
            document: (record.sent, record.attempted, record.body, record.events)
            for document, record in system.records.records.items()
        }
    if isinstance(system, BillomatExportingSystem):
        found["billomat"] = sorted(system.billomat.incomings.items())
        found["tags"] = sorted(system.billomat.tags)
        found["exports"] = {
            document: (record.incomings, record.sent, record.attempted)
            for document, record in system.exports.records.items()
        }
    if isinstance(system, RedrivingSystem):
        found["redriven"] = set(system.letters.redriven)
        found["left"] = [letter.body for letter in system.letters.letters]
        found["hidden"] = system.letters.hidden - set(system.letters.redriven)
    return found


def points(case: Case) -> list[str]:
    """The calls of an undisturbed run, in order: found, not listed."""
    fuse = Fuse()
    case.act(case.build(), fuse)
    return fuse.calls


def use_cases() -> set[type]:
    """Every use case there is: a class of autobook.service that can be called."""
    found: set[type] = set()
    for module in pkgutil.iter_modules(autobook.service.__path__, "autobook.service."):
        if module.name.endswith(".ports"):
            continue
        for _, each in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
            if each.__module__ == module.name and "__call__" in vars(each):
                found.add(each)
    return found
