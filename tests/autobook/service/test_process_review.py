"""What a person has to look at, and when the status is granted."""

from decimal import Decimal
from typing import Any

import pytest

from autobook.domain.event_values import plain_value
from autobook.service.process import ProcessOutcome
from tests.autobook.service.processing import reasons, rule, run, system
from tests.fake_kanbert import booking


class TestReview:
    def test_conflict(self) -> None:
        """Rules of equal priority that disagree: nothing is written, a person has to look."""
        made = system(rule("a", account="7380"), rule("b", account="7390"))
        run(made)
        assert made.kanbert.patches == []
        (reason,) = made.publisher.of("invoice.needs_review")[0].data["reasons"]
        assert (reason["code"], reason["booking_id"], reason["field"]) == ("conflict", "b1", "account")
        assert reason["rule_ids"] == ["a", "b"]
        assert "a says 7380, b says 7390" in reason["message"]

    def test_conflict_about_a_persons_value(self) -> None:
        """Rules that disagree about what a person has decided trouble nobody."""
        made = system(
            rule("a", account="7380"),
            rule("b", account="7390"),
            bookings=[booking(chart_of_account_id="acc-person")],
        )
        run(made)
        assert made.publisher.types == ["invoice.received"]

    def test_conflict_about_a_note(self) -> None:
        """Notes disagree even where a note of a person's stands already: they would have been appended."""
        made = system(
            rule("a", note="one"),
            rule("b", note="two"),
            notes="mine",
            bookings=[booking(chart_of_account_id="acc-person")],
        )
        run(made)
        assert reasons(made) == [("conflict", None, "note")]

    def test_the_rest_is_booked(self) -> None:
        """A conflict about one field does not hold up the others."""
        made = system(rule("a", account="7380", project="id:p1"), rule("b", account="7390"))
        run(made)
        assert made.kanbert.line("inv1")["project_id"] == "p1"
        assert made.publisher.types == ["invoice.received", "invoice.booked", "invoice.needs_review"]

    def test_no_rule(self) -> None:
        """A line that no rule gives an account is for a person."""
        made = system(rule(when='supplier.name = "Somebody else"', account="7380"))
        run(made)
        assert reasons(made) == [("no_rule", "b1", "account")]
        assert made.publisher.types == ["invoice.received", "invoice.needs_review"]

    def test_unknown_code(self) -> None:
        """A code that Kanbert does not know is named, and is the only reason for its line."""
        made = system(rule(account="9999", project="id:p1"))
        run(made)
        assert reasons(made) == [("unknown_code", "b1", "account")]
        assert made.kanbert.line("inv1")["project_id"] == "p1"

    @pytest.mark.parametrize("lines", [[], None])
    def test_no_line(self, lines: list[Any] | None) -> None:
        """Without a line nothing can be booked; the event carries the booking that we would have made."""
        made = system(rule(account="7380", booking_title="Hosting {invoice_number}"), bookings=lines)
        if lines is None:
            del made.kanbert.incoming["inv1"]["bookings"]
        run(made)
        (review,) = made.publisher.of("invoice.needs_review")
        assert [r["code"] for r in review.data["reasons"]] == ["no_booking_line"]
        assert [(v["field"], plain_value(v["value"]), v["booking_id"]) for v in review.data["would_book"]] == [
            ("account", "acc-7380", None),
            ("booking_title", "Hosting R-2026-17", None),
        ]
        assert made.kanbert.patches == []

    def test_refused(self) -> None:
        """What Kanbert refuses to take is for a person; the rest is booked, and the document still announced."""
        made = system(
            rule("a", "booking.value < 50", account="7380", booking_title="taken all the same"),
            rule("b", "booking.value >= 50", account="7390"),
            rule("s", status="ready_for_accounting", note="seen"),
            bookings=[booking("b1", value=Decimal("20.00")), booking("b2", value=Decimal("80.00"))],
        )
        made.kanbert.closed_accounts = {"acc-7380"}
        run(made)
        assert made.publisher.types == ["invoice.received", "invoice.booked", "invoice.needs_review"]
        reason, _ = made.publisher.of("invoice.needs_review")[0].data["reasons"]
        assert reasons(made) == [("refused", "b1", "account"), ("status_withheld", None, "status")]
        assert reason["rule_ids"] == ["a"]
        assert reason["message"] == "Kanbert did not take the account acc-7380 of rule a: is closed"
        assert made.kanbert.line("inv1", "b1")["title"] == "taken all the same"
        invoice = made.kanbert.incoming["inv1"]
        assert (invoice["status"], invoice["notes"]) == ("open", "seen")
        assert made.kanbert.line("inv1", "b2")["chart_of_account_id"] == "acc-7390"

    def test_refused_then_possible(self) -> None:
        """What was refused is not taken for ours, and is written once Kanbert takes it."""
        made = system(rule(account="7380"))
        made.kanbert.closed_accounts = {"acc-7380"}
        run(made)
        made.kanbert.closed_accounts = set()
        assert run(made).outcome is ProcessOutcome.UNCHANGED
        made.kanbert.edit("inv1", title="changed")
        run(made)
        assert made.kanbert.line("inv1")["chart_of_account_id"] == "acc-7380"
        assert made.publisher.of("booking.corrected") == []

    def test_reference_needs_no_account(self) -> None:
        """A line that refers to an outgoing invoice needs no account."""
        made = system(bookings=[booking(type="reference")])
        run(made)
        assert made.publisher.types == ["invoice.received"]


class TestGuardRules:
    def test_status_is_withheld(self) -> None:
        """A rule that asks for a review raises it with its text and keeps the status; everything else is booked."""
        made = system(
            rule(account="7380", status="ready_for_accounting"),
            rule("guard", "sum_gross > sum_net", review="Ask Ada: gross is more than net"),
        )
        run(made)
        (review,) = made.publisher.of("invoice.needs_review")
        assert [(each["code"], each["rule_ids"], each["booking_id"]) for each in review.data["reasons"]] == [
            ("review_rule", ["guard"], None),
            ("status_withheld", ["hetzner"], None),
        ]
        assert review.data["reasons"][0]["message"] == "Ask Ada: gross is more than net"
        assert made.kanbert.line("inv1")["chart_of_account_id"] == "acc-7380"
        assert made.kanbert.incoming["inv1"]["status"] == "open"

    def test_writes_nothing(self) -> None:
        """By itself it only raises the review, once."""
        made = system(rule("guard", review="look"), bookings=[booking(chart_of_account_id="x")])
        run(made)
        run(made)
        assert made.kanbert.patches == []
        assert made.publisher.types == ["invoice.received", "invoice.needs_review"]

    @pytest.mark.parametrize(("mode", "suggested"), [("suggest", [("review", "look", "guard")]), ("off", [])])
    def test_modes(self, mode: str, suggested: list[Any]) -> None:
        """Suggested, the review is announced as a suggestion and holds nothing back; switched off, it is nothing."""
        made = system(rule(account="7380", status="ready_for_accounting"), rule("guard", mode=mode, review="look"))
        run(made)
        found = [value for event in made.publisher.of("invoice.suggested") for value in event.data["values"]]
        assert [(each["field"], plain_value(each["value"]), each["rule_id"]) for each in found] == suggested
        assert made.kanbert.incoming["inv1"]["status"] == "ready_for_accounting"
        assert made.publisher.of("invoice.needs_review") == []


class TestStatus:
    def test_granted(self) -> None:
        """The status is set when every line has an account and the lines add up, and last of all."""
        made = system(rule(account="7380", status="ready_for_accounting"))
        run(made)
        assert made.kanbert.incoming["inv1"]["status"] == "ready_for_accounting"
        assert made.kanbert.patches[-1] == ("inv1", None, {"status": "ready_for_accounting"})

    @pytest.mark.parametrize(
        ("value", "granted"),
        [
            ("100.00", True),
            ("120.00", True),
            ("99.99", True),
            ("120.01", True),
            ("100.0100", True),
            ("99.98", False),
            ("100.02", False),
            ("119.984", False),
            ("0", False),
        ],
    )
    def test_within_a_cent(self, value: str, granted: bool) -> None:
        """Lines may differ from the invoice's net or gross sum by a cent, not by more."""
        made = system(rule(account="7380", status="ready_for_accounting"), bookings=[booking(value=Decimal(value))])
        run(made)
        assert (made.kanbert.incoming["inv1"]["status"] == "ready_for_accounting") is granted
        if not granted:
            assert reasons(made) == [("implausible_sums", None, "status")]

    def test_lines_are_added_exactly(self) -> None:
        """A hundred lines of ten cents are ten euros, with no rounding of binary fractions."""
        made = system(
            rule(account="7380", status="ready_for_accounting"),
            bookings=[booking(f"b{n}", value=Decimal("0.10")) for n in range(100)],
            sum_net=Decimal("10.00"),
            sum_tax=Decimal("2.00"),
            sum_gross=Decimal("12.00"),
            vats=[],
        )
        run(made)
        assert made.kanbert.incoming["inv1"]["status"] == "ready_for_accounting"

    def test_figures_in_the_message(self) -> None:
        """What does not add up is named with its figures, also beside another problem."""
        made = system(rule(status="ready_for_accounting"), sum_gross=Decimal(130), vats=[])
        run(made)
        assert [code for code, _, _ in reasons(made)] == ["no_rule", "implausible_sums"]
        (_, reason) = made.publisher.of("invoice.needs_review")[0].data["reasons"]
        assert reason["message"] == "status not set: net 100.00 and tax 20.00 are 120.00, not gross 130.00"
        assert (reason["field"], reason["rule_ids"]) == ("status", ["hetzner"])

    def test_withheld_without_an_account(self) -> None:
        """A line without an account withholds the status; the account that was found is written all the same."""
        made = system(
            rule(when="booking.value < 50", account="7380"),
            rule("status", status="ready_for_accounting"),
            bookings=[booking("b1", value=Decimal("20.00")), booking("b2", value=Decimal("80.00"))],
        )
        run(made)
        assert made.kanbert.incoming["inv1"]["status"] == "open"
        assert made.kanbert.line("inv1", "b1")["chart_of_account_id"] == "acc-7380"
        assert reasons(made) == [("no_rule", "b2", "account"), ("status_withheld", None, "status")]

    def test_withheld_without_a_line(self) -> None:
        """An invoice without a line is not handed to accounting."""
        made = system(
            rule(status="ready_for_accounting"), bookings=[], sum_net=Decimal(), sum_tax=Decimal(), sum_gross=Decimal()
        )
        run(made)
        assert made.kanbert.incoming["inv1"]["status"] == "open"

    def test_taken_back_by_a_person(self) -> None:
        """A person who reopens the invoice has decided: the status is not set again."""
        made = system(rule(account="7380", status="ready_for_accounting"))
        run(made)
        made.kanbert.edit("inv1", status="open")
        run(made)
        made.kanbert.edit("inv1", title="touched")
        run(made)
        assert made.kanbert.incoming["inv1"]["status"] == "open"
        assert len(made.publisher.of("booking.corrected")) == 1

    @pytest.mark.parametrize("status", ["ready_for_accounting", "booked", "something_new"])
    def test_not_open(self, status: str) -> None:
        """An invoice that is not open any more is announced, and otherwise left alone."""
        made = system(rule(account="7380", note="ours"), status=status)
        run(made)
        assert made.kanbert.patches == []
        assert made.publisher.types == ["invoice.received"]
