"""Cases of the commands on documents: `sweep`, `reconcile`, `reprocess`, `review`, `show`."""

import contextlib
import importlib
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from autobook.domain.decision import Decision
from autobook.domain.documents import Document, DocumentKind, Unreadable
from autobook.domain.errors import GiveUp
from autobook.domain.event_types import EventType
from autobook.domain.events import Event
from autobook.domain.history import entries
from autobook.domain.problems import Problem, ProblemCode
from autobook.domain.provenance import GivenUp, ProvenanceRecord, Written
from autobook.domain.reconciling import Difference
from autobook.domain.reviews import OpenReview
from autobook.domain.rules import RuleSet
from autobook.domain.snapshots import DocumentSnapshot
from autobook.service.reconcile_result import ReconcileResult
from tests.autobook.domain.rules.invoices import an_invoice
from tests.autobook_cli.outside_text import EVIL
from tests.autobook_cli.outside_text.fakes import AT, aws_error, run, stack_of

documents, reconciling, reprocessing = (
    importlib.import_module(f"autobook_cli.{name}") for name in ("documents", "reconcile", "reprocess")
)

DOCUMENT: Any = SimpleNamespace(kind=EVIL, id=EVIL)


def use_case(monkeypatch: pytest.MonkeyPatch, name: str, made: Any) -> None:
    monkeypatch.setattr(reconciling, "target", lambda *_: None)
    monkeypatch.setattr(reconciling, name, lambda *_, **__: contextlib.nullcontext(made))


def sweep(monkeypatch: pytest.MonkeyPatch) -> str:
    found = SimpleNamespace(document=DOCUMENT, status=EVIL, needs_processing=True)
    made = SimpleNamespace(find=lambda _: [found], submit=lambda _: None, reach_back=lambda _: None)
    use_case(monkeypatch, "sweep_of", made)
    return run("sweep", "--since", "2026-01-31")


def reconcile(monkeypatch: pytest.MonkeyPatch) -> str:
    counts = {EVIL: 1}
    result = ReconcileResult(counts, counts, counts, (Difference(DOCUMENT, EVIL, EVIL),), found=1)  # type: ignore[arg-type]
    use_case(monkeypatch, "reconcile_of", lambda: result)
    return run("reconcile")


def reprocess(monkeypatch: pytest.MonkeyPatch) -> str:
    """Invoices, values, rules, problems and reasons that are such texts."""
    invoice = an_invoice()
    assert invoice.supplier is not None
    named = {"supplier": invoice.supplier.model_copy(update={"name": EVIL}), "invoice_number": EVIL}
    opened = invoice.model_copy(update={**named, "status": "open"})
    closed = invoice.model_copy(update={**named, "status": EVIL})
    write = Written(EVIL, "account", EVIL, EVIL, EVIL)
    problem = Problem(ProblemCode.REFUSED, EVIL, EVIL, "account", (EVIL,))
    decision = Decision(ProvenanceRecord(DOCUMENT), writes=(write,), suggestions=(write,), problems=(problem,))

    def preview(_: object) -> Decision:
        previews.append(decision)
        if len(previews) % 2:
            return decision
        raise GiveUp(EVIL)

    previews: list[Decision] = []
    rules = RuleSet.load([], timezone=ZoneInfo("UTC"))
    made = SimpleNamespace(
        select=lambda _: [opened, closed, opened, Unreadable(EVIL, EVIL)],
        submit=lambda _: None,
        titles=lambda: {EVIL: EVIL},
        process=SimpleNamespace(preview=preview, rule_repository=SimpleNamespace(rules=lambda: rules)),
    )
    monkeypatch.setattr(reprocessing, "target", lambda *_: None)
    monkeypatch.setattr(reprocessing, "reprocessing_of", lambda *_: contextlib.nullcontext(made))
    ways: list[tuple[str, ...]] = [("--dry-run",), (), ("--dry-run", "--json"), ("--json",)]
    return "".join(run("reprocess", "--open", *each) for each in ways)


def recorded() -> ProvenanceRecord:
    """An invoice that needs a person, and whose letter is a dead one."""
    summary = {"invoice_number": EVIL, "supplier": {"title": EVIL}, "sum_gross": EVIL}
    review = OpenReview(EVIL, EVIL, EVIL, EVIL, (EVIL,), since=AT)
    return ProvenanceRecord(
        Document(DocumentKind.INCOMING_INVOICE, EVIL),
        status=EVIL,
        given_up=GivenUp(EVIL, EVIL, AT),
        snapshot=DocumentSnapshot("", summary),
        reviews=(review,),
        unpublished=(EVIL,),
    )


def announced() -> list[Any]:
    """The history of such an invoice, an entry of each kind."""
    value = {"id": EVIL, "code": EVIL, "title": EVIL}
    part = {
        "booking_id": EVIL, "field": EVIL, "value": value, "before": value, "ours": value, "present": value,
        "rule_id": EVIL, "why": EVIL, "message": EVIL, "actual": value, "theirs": value,
    }  # fmt: skip
    invoice = {"invoice_number": EVIL, "supplier": value, "sum_gross": EVIL}
    stored = {"objects": [EVIL], "file": EVIL, "retain_until": EVIL}
    changes = {"changes": {"fields": [part], "lines": [part]}}
    data: dict[EventType, dict[str, Any]] = {
        "invoice.received": {}, "invoice.booked": {"values": [part]}, "invoice.suggested": {"values": [part]},
        "booking.corrected": {"corrections": [part]}, "invoice.needs_review": {"reasons": [part]},
        "invoice.changed": changes, "invoice.archived": stored,
    }  # fmt: skip
    events = (
        Event.model_construct(
            id=EVIL,
            source=EVIL,
            dataschema=EVIL,
            traceid=EVIL,
            type=type_,
            subject="incoming_invoice/i1",
            time=AT,
            data={"invoice": invoice, **each},
        )
        for type_, each in data.items()
    )
    return [entry for event in events for entry in entries(event)]


def on_tables(monkeypatch: pytest.MonkeyPatch, *arguments: str, **resources: str) -> str:
    """A command where the tables say such things of every document."""
    tables = resources or {"LedgerTable": "provenance", "HistoryTable": "history"}
    monkeypatch.setattr(documents, "target", lambda *_: stack_of(**tables))
    return run(*arguments)


def review(monkeypatch: pytest.MonkeyPatch) -> str:
    """In text, as data; without the table, and where AWS refuses."""
    printed = []
    for listed in (lambda *_: [recorded()], aws_error):
        monkeypatch.setattr(documents, "DynamoReviewList", listed)
        printed += [on_tables(monkeypatch, "review", *more) for more in ([], ["--json"])]
    return "".join(printed) + on_tables(monkeypatch, "review", OtherTable="")


def show(monkeypatch: pytest.MonkeyPatch) -> str:
    """One that is found by its id; several with one number; none; without the table, and where AWS refuses."""
    by_number: list[Any] = []
    kept = SimpleNamespace(of_document=lambda _: announced(), by=lambda *_: by_number)
    monkeypatch.setattr(documents, "DynamoHistory", lambda *_: kept)
    monkeypatch.setattr(documents, "DynamoProvenanceStore", lambda *_: SimpleNamespace(get=lambda _: recorded()))
    printed = [on_tables(monkeypatch, "show", EVIL, *more) for more in ([], ["--json"])]
    assert "needs a person: " in printed[0]
    kept.of_document = lambda _: []
    printed.append(on_tables(monkeypatch, "show", EVIL))
    by_number += [SimpleNamespace(document=f"incoming_invoice:{name}{EVIL}") for name in "ab"]
    printed.append(on_tables(monkeypatch, "show", EVIL))
    kept.of_document = aws_error
    printed += [on_tables(monkeypatch, "show", EVIL), on_tables(monkeypatch, "show", EVIL, OtherTable="")]
    return "".join(printed)
