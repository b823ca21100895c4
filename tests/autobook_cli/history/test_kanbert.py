"""Past invoices from Kanbert's list, whatever becomes of the walk."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from weakref import WeakSet

import pytest

from autobook.domain.documents import Document, Unreadable
from autobook.domain.errors import AccessRefused, BrokenPaging, Forbidden, GiveUp, NotFound, Refused, RetryLater
from autobook.domain.guards import Guards
from autobook.domain.kanbert import IncomingInvoice
from autobook.domain.provenance import ProvenanceRecord
from autobook.domain.rules import RuleSet
from autobook_cli.backtest import Evaluation, Figures, trial_of
from autobook_cli.history import Entry, KanbertHistory, Names, Patience
from autobook_cli.history.names import AccountsOfInvoices
from tests.autobook_cli.past import NOW, booked
from tests.fakes import VIENNA
from tests.listing import ListingKanbert

SINCE = date(2026, 1, 1)


class Kanbert(ListingKanbert):
    """Lists pages of two; `faults` are raised by the calls of these numbers (from 1 on), instead of a page."""

    def __init__(self, faults: Mapping[int, Exception] | None = None, **options: Any) -> None:
        super().__init__(page_size=2, **options)
        self.faults = dict(faults or {})
        self.asked: list[dict[str, Any]] = []
        self.missing: dict[str, Exception] = {}
        self.odd: list[Unreadable] = []

    def list_incoming_invoices(self, **how: Any) -> Iterator[IncomingInvoice]:
        """Page by page, each of which may fail."""
        self.asked.append(how)
        if fault := self.faults.pop(len(self.asked), None):
            raise fault
        yield from self.odd  # type: ignore[misc]
        cursor, on_page = how["cursor"], how["on_page"]
        while True:
            after: list[str | None] = []
            page = super().list_incoming_invoices(**{**how, "cursor": cursor, "on_page": after.append})
            for each in page:
                yield each
                if after:
                    break
            cursor = after[0] if after else None
            on_page(cursor)
            if cursor is None:
                return

    def get_incoming_invoice(self, invoice_id: str) -> IncomingInvoice:
        """May fail."""
        if invoice_id in self.missing:
            raise self.missing[invoice_id]
        return super().get_incoming_invoice(invoice_id)


def history(kanbert: Kanbert, waits: list[float] | None = None) -> KanbertHistory:
    """Its history since 2026, without sleeping."""

    def records(_: Any) -> Mapping[Document, ProvenanceRecord]:
        return {}

    sleep = (waits if waits is not None else []).append
    return KanbertHistory(kanbert, records, AccountsOfInvoices(), Names(), SINCE, VIENNA, Patience(sleep))


def filled(*numbers: int, kanbert: Kanbert | None = None, **options: Any) -> Kanbert:
    """With invoices of these numbers, a minute apart."""
    kanbert = kanbert or Kanbert(**options)
    for number in numbers:
        came = f"2026-03-01T08:{number:02}:00.000000Z"
        kanbert.add(booked(f"inv{number}", created_at=came, date_of_invoice="2026-02-01T08:00:00.000000Z"))
    return kanbert


def ids(found: KanbertHistory) -> list[str]:
    """In the order in which they come."""
    return [each.invoice.id if isinstance(each, Entry) else f"unreadable {each.id}" for each in found.entries()]


def test_each_once_in_order() -> None:
    """Whoever walks the list twice meets each invoice twice, and takes it once."""
    assert ids(history(filled(3, 1, 5, 2, 4))) == ["inv1", "inv2", "inv3", "inv4", "inv5"]


def test_filter_and_comparison() -> None:
    """Kanbert is asked from a day before on, by either date; what it finds too much is left out."""
    kanbert = filled(1)
    kanbert.add(booked("old", created_at="2026-01-05T08:00:00Z", date_of_invoice="2025-12-31T08:00:00Z"))
    kanbert.add(booked("dateless", created_at="2026-01-05T08:00:00Z", date_of_invoice=None))
    kanbert.add(booked("ancient", created_at="2025-01-05T08:00:00Z", date_of_invoice="2025-01-01T08:00:00Z"))
    assert ids(history(kanbert)) == ["dateless", "inv1"]
    wanted = '(date_of_invoice >= "2025-12-31") or (created_at >= "2025-12-31")'
    assert {each["filter"] for each in kanbert.asked} == {wanted}


def test_a_filter_that_is_refused() -> None:
    """All are listed then, and compared here."""
    kanbert = filled(1, 2, faults={1: Refused("422: filter")})
    kanbert.add(booked("ancient", created_at="2025-01-05T08:00:00Z", date_of_invoice="2025-01-01T08:00:00Z"))
    assert ids(history(kanbert)) == ["inv1", "inv2"]
    assert kanbert.asked[1]["filter"] is None


def test_goes_on_after_a_wait() -> None:
    """A list that cannot be had now is gone on with where it stopped, after the time that Kanbert asks for."""
    waits: list[float] = []
    kanbert = filled(1, 2, 3, faults={1: RetryLater("429", after=7), 2: RetryLater("503")})
    assert ids(history(kanbert, waits)) == ["inv1", "inv2", "inv3"]
    assert waits == [7, 5]


def test_gives_up_in_the_end() -> None:
    """A list that never comes ends the command, with Kanbert's reason."""
    waits: list[float] = []
    kanbert = filled(1, faults={number: RetryLater("503") for number in range(1, 50)})
    with pytest.raises(RetryLater, match="503"):
        ids(history(kanbert, waits))
    assert len(waits) == 20


def test_credentials_that_are_refused() -> None:
    """Waiting does not help there."""
    with pytest.raises(AccessRefused):
        ids(history(filled(1, faults={1: AccessRefused("401")})))


def test_cursors_that_lead_nowhere() -> None:
    """The walk begins anew; after three attempts what was found stands, and the report says so."""
    broken = BrokenPaging("a cursor came a second time")
    kanbert = filled(1, 2, faults={1: broken, 2: broken})
    assert ids(history(kanbert)) == ["inv1", "inv2"]
    found = history(filled(1, 2, faults=dict.fromkeys(range(1, 4), broken)))
    assert ids(found) == ["inv2", "inv1"]
    assert found.notes == ["Kanbert's list broke off, some invoices may be missing: a cursor came a second time"]


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (None, ["inv1", "inv2"]),
        (NotFound("404"), ["inv1"]),
        (Forbidden("403"), ["inv1", "unreadable inv2"]),
        (GiveUp("no invoice"), ["inv1", "unreadable inv2"]),
        (RetryLater("503"), ["inv1", "unreadable inv2"]),
    ],
)
def test_lists_without_lines(error: Exception | None, expected: list[str]) -> None:
    """Each invoice is fetched then. One that is gone is left out, one that cannot be had is named."""
    kanbert = filled(1, 2, bookings_listed=False)
    if error is not None:
        kanbert.missing["inv2"] = error
    assert ids(history(kanbert)) == expected


def test_unreadable_ones_are_named_once() -> None:
    """Both walks meet them."""
    kanbert = filled(1)
    kanbert.odd = [Unreadable("odd", "sum_net: expected a number"), Unreadable(None, "no id")]
    assert sorted(ids(history(kanbert))) == ["inv1", "unreadable None", "unreadable odd"]


def test_provenance_comes_with_each() -> None:
    """A hundred at a time."""
    kanbert, asked = filled(1, 2), []
    found = history(kanbert)

    def records(documents: Any) -> Mapping[Document, ProvenanceRecord]:
        asked.append([each.id for each in documents])
        return {each: ProvenanceRecord(each, revision="known") for each in documents if each.id == "inv2"}

    found.records = records
    known = {each.invoice.id: each.record.revision for each in found.entries() if isinstance(each, Entry)}
    assert known == {"inv1": "", "inv2": "known"}
    assert asked == [["inv1", "inv2"]]


class _Endless:
    """Lists as many invoices as are asked for, each made when it is needed."""

    def __init__(self, count: int) -> None:
        self._count = count

    def list_incoming_invoices(self, **how: Any) -> Iterator[IncomingInvoice]:
        """A page after the other."""
        for number in range(int(how["cursor"] or 0), self._count):
            came = datetime(2026, 1, 5, tzinfo=UTC) + timedelta(minutes=number)
            yield IncomingInvoice.model_validate(
                booked(f"inv{number}", created_at=str(came), date_of_invoice=str(came))
            )
            if number % 100 == 99:
                how["on_page"](str(number + 1))
        how["on_page"](None)


def test_memory_is_bounded() -> None:
    """Of a long history a page is held at a time, by the walk and by what is decided and counted."""
    kanbert: Any = _Endless(700)
    found = history(kanbert)
    trial = trial_of(RuleSet.load([{"rule_id": "r", "when": "sum_gross > 0", "account": "7380"}], timezone=VIENNA))
    guards = Guards(duplicates=True, tolerance=Decimal(50))
    evaluate, figures = Evaluation(trial, found.codes, found.names, guards, VIENNA, NOW), Figures.of(trial.rules)
    alive, most = WeakSet[IncomingInvoice](), 0
    for each in found.entries():
        assert isinstance(each, Entry)
        alive.add(each.invoice)
        figures.add(evaluate(each))
        most = max(most, len(alive))
    assert figures.total.invoices == 700
    assert most <= 2 * 100 + 1
