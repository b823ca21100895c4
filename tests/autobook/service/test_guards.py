"""Guards: a status that a rule would set is withheld where the supplier's other invoices give a doubt."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from autobook.bootstrap import process
from autobook.bootstrap.clients import Clients
from autobook.domain.errors import BrokenPaging, GiveUp, NotFound, Refused, RetryLater
from autobook.domain.guards import filter_for_duplicates, filter_for_supplier
from autobook.domain.kanbert import IncomingInvoice
from autobook.settings import BadSettings, ProcessSettings
from tests.autobook.service.processing import reasons, rule, run, system
from tests.fake_kanbert import FakeKanbert, booking, incoming
from tests.fakes import VIENNA, FakeRuleRepository, System, message
from tests.listing import ListingSystem
from tests.settings import ENVIRONMENT, NoAws

RULE = rule(account="7380", status="ready_for_accounting")


def status(made: System) -> Any:
    return made.kanbert.incoming["inv1"]["status"]


def problem(made: System) -> Any:
    (reason,) = made.publisher.of("invoice.needs_review")[-1].data["reasons"]
    return reason


def earlier(identifier: str = "inv0", **fields: Any) -> dict[str, Any]:
    """An invoice of the same supplier that came a month before, with a number and an amount of its own."""
    return incoming(
        identifier,
        **{
            "created_at": "2026-02-01T08:00:00Z", "date_of_invoice": "2026-01-27T00:00:00Z", "status": "booked",
            "invoice_number": f"R-{identifier}", "sum_net": 99, "sum_tax": Decimal("19.80"),
            "sum_gross": Decimal("118.80"), "title": "Earlier",
        }
        | fields,
    )  # fmt: skip


class TestDuplicates:
    @pytest.mark.parametrize(
        ("other", "words"),
        [
            ({"invoice_number": "R-2026-17"}, "invoice R-2026-17 of Hetzner Online GmbH is there already: R-2026-17"),
            ({"invoice_number": " r-2026-17"}, "is there already"),
            ({"invoice_number": "R-2026-17", "supplier": {"id": None, "name": "HETZNER Online GmbH"}}, "already"),
            ({"invoice_number": "R-2026-17", "supplier": {"id": "sup1", "name": "Hetzner"}}, "already"),
            ({"invoice_number": "R-2026-17", "status": "open"}, "status open"),
            (
                {"invoice_number": "R-2026-17", "status": "booked", "created_at": "2026-03-09T08:00:00Z"},
                "gross 118.80, status booked (id inv0)",
            ),
            (
                {"sum_gross": Decimal("120.00"), "date_of_invoice": "2026-02-26T23:30:00Z"},
                "GmbH has another invoice of the same day and amount: R-inv0, of 2026-02-27, gross 120.00",
            ),
            ({"sum_gross": Decimal("119.99999999999999"), "date_of_invoice": "2026-02-27"}, "same day and amount"),
        ],
    )  # fmt: skip
    def test_held(self, other: dict[str, Any], words: str) -> None:
        """The same number, or the same day and gross sum, of the same supplier: booked, and left for a person."""
        made = system(RULE)
        made.kanbert.add(earlier(**other))
        run(made)
        assert status(made) == "open"
        assert made.kanbert.line("inv1")["chart_of_account_id"] == "acc-7380"
        found = problem(made)
        assert (found["code"], found["field"], found["rule_ids"]) == ("duplicate", "status", ["hetzner"])
        assert words in found["message"]

    @pytest.mark.parametrize(
        "other",
        [
            {},
            {"invoice_number": "R-2026-17", "supplier": {"id": "sup2", "name": "Somebody else"}},
            {"invoice_number": "R-2026-17", "supplier": None},
            {"invoice_number": "R-2026-17", "type": "Credit"},
            {"invoice_number": "R-2026-17", "sum_gross": -120},
            {"invoice_number": "R-2026-17", "status": "cancelled"},
            {"invoice_number": "R-2026-17", "deleted_at": "2026-02-03T08:00:00Z"},
            {"invoice_number": "R-2026-17", "status": "open", "created_at": "2026-03-09T08:00:00Z"},
            {"sum_gross": 120, "date_of_invoice": "2026-02-28"},
            {"sum_gross": Decimal("120.01"), "date_of_invoice": "2026-02-27"},
            {"sum_gross": 120, "date_of_invoice": None},
            {"bookings": [{"odd": True}], "invoice_number": "R-2026-17"},
        ],
    )
    def test_not_held(self, other: dict[str, Any]) -> None:
        """Another supplier's, a credit note, one withdrawn, one that came later, or one that cannot be read."""
        made = system(RULE)
        made.kanbert.add(earlier(**other))
        run(made)
        assert status(made) == "ready_for_accounting"

    def test_blank_number(self) -> None:
        """Blanks are no number: two invoices without one are not the same."""
        made = system(RULE, invoice_number=" ")
        made.kanbert.add(earlier(invoice_number=None, sum_gross=120, date_of_invoice="2026-02-28"))
        run(made)
        assert status(made) == "ready_for_accounting"

    def test_two_at_once(self) -> None:
        """Of two that are open together the first is handed over, the second is left for a person."""
        made = system(RULE)
        made.kanbert.add(incoming("inv2", invoice_number="R-2026-17", created_at="2026-03-01T09:00:00Z"))
        for identifier in ("inv2", "inv1"):
            made.deliver(message(identifier))
        assert [made.kanbert.incoming[each]["status"] for each in ("inv1", "inv2")] == ["ready_for_accounting", "open"]

    @pytest.mark.parametrize("supplier", [None, {"id": None, "name": None}])
    def test_without_a_supplier(self, supplier: Any) -> None:
        """Without a supplier there is nothing to compare."""
        made = system(rule(when="sum_gross > 0", account="7380", status="ready_for_accounting"), supplier=supplier)
        made.kanbert.add(earlier(supplier=supplier, invoice_number="R-2026-17"))
        run(made)
        assert status(made) == "ready_for_accounting"

    def test_over_again(self) -> None:
        """Once the other is gone, the sweep's next look hands the invoice over: nobody touches it in Kanbert."""
        made = ListingSystem(rule_repository=FakeRuleRepository(RULE))
        for each in (earlier(invoice_number="R-2026-17"), incoming()):
            made.kanbert.add(each)

        def sweep(minutes: float) -> None:
            made.clock.advance(minutes=minutes)
            made.sweeper()()
            while made.queue.messages:
                made.deliver(made.queue.messages.pop(0))

        sweep(0)
        sweep(5)
        assert status(made) == "open"
        assert len(made.publisher.of("invoice.needs_review")) == 1, "asked about once"
        del made.kanbert.incoming["inv0"]
        sweep(60)
        assert status(made) == "ready_for_accounting"


def history(amounts: list[Any], **fields: Any) -> list[dict[str, Any]]:
    """Invoices of the supplier, one a month, the last amount the latest."""
    return [
        earlier(f"old{n}", sum_gross=Decimal(amount), date_of_invoice=f"{2020 + n // 12}-{n % 12 + 1:02}-05", **fields)
        for n, amount in enumerate(amounts)
    ]


class TestAmounts:
    @pytest.mark.parametrize(
        ("amounts", "held"),
        [
            ([100, 110, 90, 120, 100], False),
            ([70, 70, 70, 70, 80], False),
            ([70, 70, 70, 70, 79], True),
            ([180, 180, 180, 190, 181], False),
            ([181, 181, 182, 190, 181], True),
            ([70, 70, 70, 70], False),
            ([500] * 20 + [100] * 12, False),
            ([100] * 20 + [500] * 12, True),
            ([5000, 110, *[10] * 12], True),
            ([5000, 110, *[10] * 10], False),
        ],
    )
    def test_span(self, amounts: list[Any], held: bool) -> None:
        """Held where gross leaves the span of the last twelve by more than half; with fewer than five never."""
        made = system(RULE)
        for each in history(amounts):
            made.kanbert.add(each)
        run(made)
        assert (status(made) == "open") is held

    def test_reason(self) -> None:
        """The reason has the figures and the numbers of the other invoices."""
        made = system(RULE)
        for each in history([10, 12, 11, 10, 14]):
            made.kanbert.add(each)
        run(made)
        found = problem(made)
        assert (found["code"], found["field"]) == ("unusual_amount", "status")
        assert found["message"] == (
            "status not set: gross 120.00 is unusual for Hetzner Online GmbH, whose last 5 invoices are "
            "from 10.00 (R-old3) to 14.00 (R-old4)"
        )

    @pytest.mark.parametrize(
        "fields",
        [
            {"supplier": {"id": "sup2", "name": "Somebody else"}},
            {"type": "Credit"},
            {"status": "void"},
            {"bookings": [{"odd": True}]},
        ],
    )
    def test_others_do_not_count(self, fields: dict[str, Any]) -> None:
        """Another supplier's invoices, credit notes, and what was withdrawn or cannot be read say nothing."""
        made = system(RULE)
        for each in history([10] * 6, **fields):
            made.kanbert.add(each)
        run(made)
        assert status(made) == "ready_for_accounting"

    @pytest.mark.parametrize("sign", [1, -1])
    def test_credit_notes(self, sign: int) -> None:
        """A credit note is compared with credit notes, whichever sign their amounts have."""
        sums = {"sum_net": -100, "sum_tax": -20, "sum_gross": -120, "vats": [], "bookings": [booking(value=-100)]}
        made = system(RULE, type="Credit", **sums)
        for each in history([sign * 10] * 6, type="Credit"):
            made.kanbert.add(each)
        run(made)
        assert reasons(made) == [("unusual_amount", None, "status")]


class TestLooks:
    @pytest.mark.parametrize(
        "made",
        [
            lambda: system(rule(account="7380")),
            lambda: system(RULE, status="booked"),
            lambda: system(rule(status="ready_for_accounting")),
            lambda: system(RULE, sum_gross=7),
        ],
    )
    def test_only_where_a_status_would_be_set(self, made: Callable[[], System]) -> None:
        """No list is asked for where the status would not be set anyway."""
        blind = made()
        blind.kanbert.list_incoming_invoices = None  # type: ignore[assignment,method-assign]
        run(blind)

    def test_that_fails(self) -> None:
        """A list that fails for now makes the document wait, with nothing written."""

        def failing(**_: Any) -> Any:
            raise RetryLater("503")

        made = system(RULE)
        made.kanbert.list_incoming_invoices = failing  # type: ignore[method-assign]
        with pytest.raises(RetryLater):
            run(made)
        assert made.kanbert.patches == []

    @pytest.mark.parametrize("error", [Refused("400: Invalid filter"), NotFound("404"), GiveUp("no data")], ids=str)
    def test_that_is_refused(self, error: GiveUp) -> None:
        """A list that cannot be had withholds the status with that reason: the invoice is booked all the same."""

        def refusing(**_: Any) -> Any:
            raise error

        made = system(RULE)
        made.kanbert.list_incoming_invoices = refusing  # type: ignore[method-assign]
        run(made)
        assert [code for code, _, _ in reasons(made)] == ["duplicate", "unusual_amount"]
        assert made.kanbert.line("inv1")["chart_of_account_id"] == "acc-7380"

    def test_that_breaks_off(self) -> None:
        """A list that breaks off may hide a duplicate; the amounts before are enough to compare with."""
        made = system(RULE)
        for each in history([10] * 6):
            made.kanbert.add(each)
        whole = made.kanbert.list_incoming_invoices

        def breaking_off(**about: Any) -> Any:
            yield from whole(**about)
            raise BrokenPaging("a cursor came a second time")

        made.kanbert.list_incoming_invoices = breaking_off  # type: ignore[method-assign]
        run(made)
        duplicates, amounts = made.publisher.of("invoice.needs_review")[-1].data["reasons"]
        assert "a cursor came a second time" in duplicates["message"]
        assert "last 6 invoices" in amounts["message"]

    @pytest.mark.parametrize(
        ("duplicates", "amounts", "held"),
        [
            ("on", "50", ["duplicate", "unusual_amount"]),
            ("off", "50", ["unusual_amount"]),
            ("on", "off", ["duplicate"]),
            ("on", "5000", ["duplicate"]),
            ("off", "off", []),
        ],
    )
    def test_switches(self, duplicates: str, amounts: str, held: list[str]) -> None:
        """Each is switched by a parameter of its own."""
        made = system(RULE)
        for each in [*history([10] * 6), earlier(invoice_number="R-2026-17", sum_gross=10)]:
            made.kanbert.add(each)
        environment = ENVIRONMENT | {"DUPLICATE_GUARD": duplicates, "AMOUNT_GUARD": amounts}
        made.environment = environment
        run(made)
        assert [code for code, _, _ in reasons(made)] == held if held else status(made) == "ready_for_accounting"

    @pytest.mark.parametrize("bad", [{"DUPLICATE_GUARD": "yes"}, {"AMOUNT_GUARD": "-5"}, {"AMOUNT_GUARD": "half"}])
    def test_bad_settings(self, bad: dict[str, str]) -> None:
        """Any other word is refused when the function starts, naming the variable."""
        with pytest.raises(BadSettings, match=next(iter(bad))):
            ProcessSettings.from_environment(ENVIRONMENT | bad)

    def test_wired(self) -> None:
        """The use case as it is built has both, on Kanbert's own lists."""
        kanbert = FakeKanbert()
        built = process.build(ProcessSettings.from_environment(ENVIRONMENT), Clients(NoAws, kanbert=kanbert))
        assert built.status_guards.lists.list_incoming_invoices.__self__ is kanbert  # type: ignore[attr-defined]
        assert built.status_guards.guards.duplicates
        assert built.status_guards.guards.tolerance == 50


def test_filters() -> None:
    """What is sent to Kanbert: documented fields, quoted texts, parentheses."""
    invoice = IncomingInvoice.model_validate(incoming(invoice_number='r "1"'))
    number, contained, about = str(filter_for_duplicates(invoice, VIENNA)).split(") or (")
    assert number == '(invoice_number in ["r \\"1\\"", "R \\"1\\""]'
    assert contained == 'invoice_number contains "r \\"1\\""'
    assert about == (
        'sum_gross >= 119.99 and sum_gross <= 120.01 and date_of_invoice >= "2026-02-26" '
        'and date_of_invoice <= "2026-02-28")'
    )
    assert filter_for_supplier(invoice) == 'supplier.id = "sup1"'
    unknown = IncomingInvoice.model_validate(incoming(supplier={"name": "Hetzner"}))
    assert filter_for_supplier(unknown) is None


@pytest.mark.parametrize(
    ("number", "other"),
    [("RE-7", "Re-7"), ("re7", "rE7"), ("AB1", "aB1"), ("RE-2026-17", "rE-2026-17"), ("RECHNUNG 4", "Rechnung 4")],
)
def test_filter_in_mixed_case(number: str, other: str) -> None:
    """A number in mixed case is found, also where Kanbert's filter regards case and takes texts as they are."""
    invoice = IncomingInvoice.model_validate(incoming(invoice_number=number, sum_gross=None))
    wanted = str(filter_for_duplicates(invoice, VIENNA))
    contained = re.findall(r'contains "([^"]*)"', wanted)
    assert f'"{other}"' in wanted or any(each in other for each in contained)
    assert len(wanted) < 700
    assert all(len(each) >= 5 for each in contained), "a short text is in many numbers"
