"""Cases of the commands that decide: `suggestions`, `undo`."""

import contextlib
import importlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from autobook.domain.codes import ObjectName
from autobook.domain.errors import GiveUp
from autobook.domain.provenance import OpenSuggestion, PendingUndo, Written
from autobook.domain.undo import Kept, UndoPlan
from autobook.service.accept_suggestions import AcceptResult, LeftSuggestion
from autobook.service.finish_undo import UndoResult
from autobook.service.undo import UndoPreview
from tests.autobook_cli.outside_text import EVIL
from tests.autobook_cli.outside_text.documents import recorded
from tests.autobook_cli.outside_text.fakes import AT, Letters, aws_error, run, seen_invoice, stack_of

suggestions, undoing = (importlib.import_module(f"autobook_cli.{name}") for name in ("suggestions", "undo"))

VALUE = Written(
    EVIL, "account", EVIL, EVIL, EVIL, value_name=ObjectName(EVIL, EVIL), before_name=ObjectName(EVIL, EVIL)
)
TEXTS = Written(None, "tags", (EVIL,), (EVIL,), EVIL)


def on_stack(monkeypatch: pytest.MonkeyPatch, module: Any, *refuses: str, **resources: str) -> None:
    """A stack, and who we are in it, if that may be known."""
    tables = resources or {"LedgerTable": "provenance", "HistoryTable": "history"}
    monkeypatch.setattr(module, "target", lambda *_: stack_of(Letters(EVIL, *refuses), **tables))
    process = SimpleNamespace(zone=AT.tzinfo)
    monkeypatch.setattr(module, "process_of", lambda *_: contextlib.nullcontext(process), raising=False)


def alternating(result: Any) -> Callable[..., Any]:
    """This, then a fault."""
    calls: Iterator[int] = iter(range(1_000))

    def call(*_: object) -> Any:
        if next(calls) % 2:
            raise GiveUp(EVIL)
        return result

    return call


def waiting() -> list[Any]:
    """Two invoices with suggestions."""
    stand = (OpenSuggestion(VALUE, AT), OpenSuggestion(TEXTS, AT, is_code=True))
    return [replace(recorded(), suggestions=stand)] * 2


def list_(monkeypatch: pytest.MonkeyPatch) -> str:
    """In text, as data; without the table, and where AWS refuses."""
    printed = []
    for listed in (lambda *_: waiting(), aws_error):
        on_stack(monkeypatch, suggestions)
        monkeypatch.setattr(suggestions, "DynamoSuggestionList", listed)
        printed += [run("suggestions", "list", *more) for more in ([], ["--json"])]
    on_stack(monkeypatch, suggestions, OtherTable="")
    return "".join(printed) + run("suggestions", "list")


def accept(monkeypatch: pytest.MonkeyPatch) -> str:
    """Shown, asked for, written; not written, and interrupted; by one whom AWS does not know."""
    result = AcceptResult((VALUE, TEXTS), (LeftSuggestion(VALUE, EVIL),))
    printed = []
    monkeypatch.setattr(suggestions, "DynamoSuggestionList", lambda *_: waiting())
    previewed = (seen_invoice(), result)
    for more in ([], ["--yes", "--json"], ["--yes"]):
        on_stack(monkeypatch, suggestions)
        use_case = type("UseCase", (), {"preview": alternating(previewed), "__call__": lambda *_: result})()
        monkeypatch.setattr(suggestions, "AcceptSuggestions", lambda *_, use_case=use_case: use_case)
        printed.append(run("suggestions", "accept", "--rule", EVIL, *more))
    on_stack(monkeypatch, suggestions, "get_caller_identity")
    return "".join(printed) + run("suggestions", "accept", EVIL)


def undo(monkeypatch: pytest.MonkeyPatch) -> str:
    """Shown, asked for, taken back; what stays, what was interrupted; a document of which nothing is known."""
    plan = UndoPlan((VALUE, TEXTS), kept=(Kept(VALUE, EVIL),), closed=EVIL)
    preview = UndoPreview(seen_invoice(), plan, PendingUndo(EVIL, AT, (VALUE,)))
    result = UndoResult((VALUE,), (Kept(TEXTS, EVIL),))
    entry = SimpleNamespace(
        document=f"incoming_invoice:{EVIL}", at=AT, type="invoice.booked", is_part=True, rule_id=EVIL,
        details={"booking_id": EVIL, "field": EVIL}, is_repeated=False,
    )  # fmt: skip
    found: list[Any] = [entry]
    kept = SimpleNamespace(of_document=lambda _: found, by=lambda *_: found)
    printed = []
    for arguments in ((EVIL,), (EVIL, "--yes"), (EVIL, "--yes", "--json"), ("--rule", EVIL, "--since", "2026-01-01")):
        on_stack(monkeypatch, undoing)
        monkeypatch.setattr(undoing, "DynamoHistory", lambda *_: kept)
        use_case = type("UseCase", (), {"preview": lambda *_: preview, "__call__": lambda *_: result})()
        monkeypatch.setattr(undoing, "UndoValues", lambda *_, use_case=use_case: use_case)
        printed.append(run("undo", *arguments))
    failing = type("UseCase", (), {"preview": alternating(preview), "__call__": alternating(result)})()
    monkeypatch.setattr(undoing, "UndoValues", lambda *_: failing)
    printed += [run("undo", EVIL, "--yes") for _ in range(3)]
    found.clear()
    printed.append(run("undo", EVIL))
    on_stack(monkeypatch, undoing, "get_caller_identity")
    return "".join(printed) + run("undo", EVIL)
