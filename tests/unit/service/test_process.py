"""What becomes of an invoice: filled, left alone, corrected, reviewed; on fakes, by the state that is left behind."""

import copy
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from autobook.domain.document import Change, Document, DocumentKind
from autobook.domain.errors import RetryLater
from autobook.service.process import Outcome, Result
from tests.fakes import (
    Crash,
    FakeDirectory,
    FakeKanbert,
    FakeRuleBook,
    Fuse,
    System,
    booking,
    incoming,
    message,
    outgoing,
)

HETZNER = 'supplier.name contains "Hetzner"'
INVOICE = Document(DocumentKind.INCOMING_INVOICE, "inv1")


def rule(rule_id: str = "hetzner", when: str = HETZNER, **actions: Any) -> dict[str, Any]:
    return {"rule_id": rule_id, "when": when, **actions}


def system(*rules: dict[str, Any], **fields: Any) -> System:
    """A system with these rules and one invoice."""
    made = System(rule_book=FakeRuleBook(*rules))
    made.kanbert.add(incoming(**fields))
    return made


def run(made: System, **about: Any) -> Outcome:
    return made.processor()(message(**about))


def reasons(made: System) -> list[tuple[str, str | None, str | None]]:
    """Of the last `invoice.needs_review`."""
    return [
        (r["code"], r["booking_id"], r["field"]) for r in made.outbox.of("invoice.needs_review")[-1].data["reasons"]
    ]


class TestBooking:
    def test_empty_is_filled(self) -> None:
        """An empty account is filled with the id behind the rule's code, and the event says by which rule."""
        made = system(rule(account="7380"))
        assert run(made) == Outcome(Result.PROCESSED, ("invoice.received", "invoice.booked"), 1)
        assert made.kanbert.line("inv1")["chart_of_account_id"] == "acc-7380"
        (booked,) = made.outbox.of("invoice.booked")
        assert booked.data["values"] == [
            {"booking_id": "b1", "field": "account", "value": "acc-7380", "before": None, "rule_id": "hetzner"}
        ]

    def test_all_fields_of_a_line(self) -> None:
        """One PATCH carries everything that a line gets, by the API's names."""
        everything = rule(
            account="7380",
            position="id:pos1",
            project="P-42",
            client="ACME",
            booking_title="Hosting {invoice_number}",
            booking_type="account_other",
        )
        made = system(everything)
        made.directory = FakeDirectory({("project", "P-42"): "p42", ("client", "ACME"): "c1"})
        run(made)
        assert made.kanbert.patches == [
            (
                "inv1",
                "b1",
                {
                    "chart_of_account_id": "acc-7380",
                    "position_id": "pos1",
                    "project_id": "p42",
                    "client_id": "c1",
                    "title": "Hosting R-2026-17",
                    "type": "account_other",
                },
            )
        ]

    def test_all_fields_of_an_invoice(self) -> None:
        """The invoice's own fields go in one PATCH, after the lines."""
        everything = rule(account="7380", editor="id:u1", payment_account="id:pa1", tags=["hosting"], note="by rule")
        made = system(everything)
        run(made)
        assert [(line, fields) for _, line, fields in made.kanbert.patches] == [
            ("b1", {"chart_of_account_id": "acc-7380"}),
            (None, {"editor_id": "u1", "payment_account_id": "pa1", "tags": ["hosting"], "notes": "by rule"}),
        ]

    def test_every_line(self) -> None:
        """Each line is booked, by the rule that fits it."""
        made = system(
            rule("small", "booking.value < 50", account="7390"),
            rule("large", "booking.value >= 50", account="7380"),
            bookings=[booking("b1", value=Decimal("20.00")), booking("b2", value=Decimal("80.00"))],
        )
        run(made)
        assert made.kanbert.line("inv1", "b1")["chart_of_account_id"] == "acc-7390"
        assert made.kanbert.line("inv1", "b2")["chart_of_account_id"] == "acc-7380"

    def test_priority(self) -> None:
        """For each field the rule of the lowest priority wins that sets it."""
        made = system(
            rule("later", priority=200, account="7390", booking_title="later"),
            rule("first", priority=10, account="7380"),
        )
        run(made)
        line = made.kanbert.line("inv1")
        assert (line["chart_of_account_id"], line["title"]) == ("acc-7380", "later")

    def test_first_state_tells_of_what_was_written(self) -> None:
        """The fingerprint in the events is of the state that we left, so that consumers can fetch and compare."""
        made = system(rule(account="7380"))
        run(made)
        states = {event.data["document"]["state"] for event in made.outbox.published}
        assert states == {made.ledger.get(INVOICE).fingerprint}


class TestPersonsValues:
    @pytest.mark.parametrize("overwrite", [False, True])
    def test_filled_is_left_alone(self, overwrite: bool) -> None:
        """A value that a person set is never written over, not even with `overwrite`."""
        made = system(
            rule(account="7380", booking_title="ours", overwrite=overwrite),
            bookings=[booking(chart_of_account_id="acc-person", title="theirs")],
        )
        run(made)
        assert made.kanbert.patches == []
        assert made.outbox.types == ["invoice.received"]

    @pytest.mark.parametrize("overwrite", [False, True])
    def test_filled_meanwhile(self, overwrite: bool) -> None:
        """The same holds for what a person sets after we wrote something else on the line."""
        made = system(rule(account="7380"))
        run(made)
        made.kanbert.edit("inv1", "b1", project_id="theirs")
        made.rule_book.items = [rule(account="7380", project="id:ours", overwrite=overwrite)]
        run(made)
        assert made.kanbert.line("inv1")["project_id"] == "theirs"

    def test_cleared_stays_cleared(self) -> None:
        """A value of ours that a person cleared is not written again, also not by another rule."""
        made = system(rule(account="7380"))
        run(made)
        made.kanbert.edit("inv1", "b1", chart_of_account_id=None)
        made.rule_book.items = [rule("another", account="7390", overwrite=True)]
        for _ in range(3):
            run(made)
            made.kanbert.edit("inv1", title="touched again and again")
        assert made.kanbert.line("inv1")["chart_of_account_id"] is None

    def test_corrected_once(self) -> None:
        """A value of ours that a person changed is announced once, with both values, and then left alone."""
        made = system(rule(account="7380", overwrite=True))
        run(made)
        made.kanbert.edit("inv1", "b1", chart_of_account_id="acc-person")
        for _ in range(3):
            run(made)
        made.kanbert.edit("inv1", title="another change")
        run(made)
        (corrected,) = made.outbox.of("booking.corrected")
        assert corrected.data["corrections"] == [
            {"booking_id": "b1", "field": "account", "ours": "acc-7380", "present": "acc-person", "rule_id": "hetzner"}
        ]
        assert made.kanbert.line("inv1")["chart_of_account_id"] == "acc-person"

    def test_back_to_ours(self) -> None:
        """A person who puts our value back has decided all the same: it is theirs from then on."""
        made = system(rule(account="7380"))
        run(made)
        made.kanbert.edit("inv1", "b1", chart_of_account_id="acc-person")
        run(made)
        made.kanbert.edit("inv1", "b1", chart_of_account_id="acc-7380")
        made.rule_book.items = [rule(account="7390", overwrite=True)]
        run(made)
        assert made.kanbert.line("inv1")["chart_of_account_id"] == "acc-7380"
        assert len(made.outbox.of("booking.corrected")) == 1

    def test_ours_is_replaced_with_overwrite(self) -> None:
        """A value of ours is replaced by a rule that may overwrite, and the event tells what was there."""
        made = system(rule(account="7380"))
        run(made)
        made.rule_book.items = [rule("better", account="7390", overwrite=True)]
        made.kanbert.edit("inv1", title="changed")
        run(made)
        assert made.kanbert.line("inv1")["chart_of_account_id"] == "acc-7390"
        value = made.outbox.of("invoice.booked")[-1].data["values"]
        assert [(v["value"], v["before"], v["rule_id"]) for v in value] == [("acc-7390", "acc-7380", "better")]
        assert made.outbox.of("booking.corrected") == []

    def test_ours_stays_without_overwrite(self) -> None:
        """Without `overwrite` a value of ours stays, whatever another rule says."""
        made = system(rule(account="7380"))
        run(made)
        made.rule_book.items = [rule("better", account="7390")]
        made.kanbert.edit("inv1", title="changed")
        run(made)
        assert made.kanbert.line("inv1")["chart_of_account_id"] == "acc-7380"

    def test_replaced_then_corrected(self) -> None:
        """What counts as ours is what we wrote last, by the rule that wrote it."""
        made = system(rule(account="7380"))
        run(made)
        made.rule_book.items = [rule("better", account="7390", overwrite=True)]
        made.kanbert.edit("inv1", title="changed")
        run(made)
        made.kanbert.edit("inv1", "b1", chart_of_account_id="acc-person")
        run(made)
        (corrected,) = made.outbox.of("booking.corrected")
        assert [(c["ours"], c["rule_id"]) for c in corrected.data["corrections"]] == [("acc-7390", "better")]

    @pytest.mark.parametrize("booked_before", [False, True])
    def test_changed_between_crash_and_next_try(self, booked_before: bool) -> None:
        """A person who is faster than the next try after a crash has corrected us once, and is not overruled."""
        made = system(rule(account="7380"))
        if booked_before:
            run(made)
            made.kanbert.edit("inv1", title="changed")
            made.rule_book.items = [rule("better", account="7390", overwrite=True)]
        fuse = Fuse()
        copy.deepcopy(made).processor(fuse)(message())
        with pytest.raises(Crash):
            made.processor(Fuse(at=fuse.calls.index("FakeKanbert.patch_booking") + 1, after=True))(message())
        made.kanbert.edit("inv1", "b1", chart_of_account_id="acc-person")
        run(made)
        run(made)
        assert made.kanbert.line("inv1")["chart_of_account_id"] == "acc-person"
        (corrected,) = made.outbox.of("booking.corrected")
        ours = "acc-7390" if booked_before else "acc-7380"
        assert [(c["ours"], c["present"]) for c in corrected.data["corrections"]] == [(ours, "acc-person")]

    def test_line_removed(self) -> None:
        """A line that is removed with our value on it is no correction."""
        made = system(rule(account="7380"), bookings=[booking("b1"), booking("b2")])
        run(made)
        made.kanbert.incoming["inv1"]["bookings"].pop()
        run(made)
        assert made.outbox.of("booking.corrected") == []

    def test_lines_left_out(self) -> None:
        """A response without the optional lists does not make us forget what was ours."""
        made = system(rule(account="7380"))
        run(made)
        lines = made.kanbert.incoming["inv1"].pop("bookings")
        run(made)
        made.kanbert.incoming["inv1"]["bookings"] = lines
        made.kanbert.edit("inv1", "b1", chart_of_account_id="acc-person")
        run(made)
        assert len(made.outbox.of("booking.corrected")) == 1


class TestReview:
    def test_conflict(self) -> None:
        """Rules of equal priority that disagree: nothing is written, a person has to look."""
        made = system(rule("a", account="7380"), rule("b", account="7390"))
        run(made)
        assert made.kanbert.patches == []
        (reason,) = made.outbox.of("invoice.needs_review")[0].data["reasons"]
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
        assert made.outbox.types == ["invoice.received"]

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
        assert made.outbox.types == ["invoice.received", "invoice.booked", "invoice.needs_review"]

    def test_no_rule(self) -> None:
        """A line that no rule gives an account is for a person."""
        made = system(rule(when='supplier.name = "Somebody else"', account="7380"))
        run(made)
        assert reasons(made) == [("no_rule", "b1", "account")]
        assert made.outbox.types == ["invoice.received", "invoice.needs_review"]

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
        (review,) = made.outbox.of("invoice.needs_review")
        assert [r["code"] for r in review.data["reasons"]] == ["no_booking_line"]
        assert [(v["field"], v["value"], v["booking_id"]) for v in review.data["would_book"]] == [
            ("account", "acc-7380", None),
            ("booking_title", "Hosting R-2026-17", None),
        ]
        assert made.kanbert.patches == []

    def test_refused(self) -> None:
        """What Kanbert refuses to take is for a person; the rest is booked, and the document still announced."""
        made = system(
            rule("a", "booking.value < 50", account="7380", booking_title="kept out with it"),
            rule("b", "booking.value >= 50", account="7390"),
            rule("s", status="ready_for_accounting", note="seen"),
            bookings=[booking("b1", value=Decimal("20.00")), booking("b2", value=Decimal("80.00"))],
        )
        made.kanbert.closed_accounts = {"acc-7380"}
        run(made)
        assert made.outbox.types == ["invoice.received", "invoice.booked", "invoice.needs_review"]
        (reason,) = made.outbox.of("invoice.needs_review")[0].data["reasons"]
        assert (reason["code"], reason["booking_id"], reason["rule_ids"]) == ("refused", "b1", ["a"])
        assert "is closed" in reason["message"]
        invoice = made.kanbert.incoming["inv1"]
        assert (invoice["status"], invoice["notes"]) == ("open", "seen")
        assert made.kanbert.line("inv1", "b2")["chart_of_account_id"] == "acc-7390"

    def test_refused_then_possible(self) -> None:
        """What was refused is not taken for ours, and is written once Kanbert takes it."""
        made = system(rule(account="7380"))
        made.kanbert.closed_accounts = {"acc-7380"}
        run(made)
        made.kanbert.closed_accounts = set()
        assert run(made).result is Result.UNCHANGED
        made.kanbert.edit("inv1", title="changed")
        run(made)
        assert made.kanbert.line("inv1")["chart_of_account_id"] == "acc-7380"
        assert made.outbox.of("booking.corrected") == []

    def test_reference_needs_no_account(self) -> None:
        """A line that refers to an outgoing invoice needs no account."""
        made = system(bookings=[booking(type="reference")])
        run(made)
        assert made.outbox.types == ["invoice.received"]


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
            ("119.985", False),
            ("0", False),
        ],
    )
    def test_within_a_cent(self, value: str, granted: bool) -> None:
        """Lines may differ from the invoice's net or gross sum by a cent, not by more."""
        made = system(rule(account="7380", status="ready_for_accounting"), bookings=[booking(value=Decimal(value))])
        run(made)
        assert (made.kanbert.incoming["inv1"]["status"] == "ready_for_accounting") is granted
        if not granted:
            assert reasons(made) == [("sums_differ", None, "status")]

    def test_lines_are_added_exactly(self) -> None:
        """A hundred lines of ten cents are ten euros, with no rounding of binary fractions."""
        made = system(
            rule(account="7380", status="ready_for_accounting"),
            bookings=[booking(f"b{n}", value=Decimal("0.10")) for n in range(100)],
            sum_net=Decimal("10.01"),
            sum_gross=Decimal("12.01"),
        )
        run(made)
        assert made.kanbert.incoming["inv1"]["status"] == "ready_for_accounting"

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
        assert len(made.outbox.of("booking.corrected")) == 1

    @pytest.mark.parametrize("status", ["ready_for_accounting", "booked", "something_new"])
    def test_not_open(self, status: str) -> None:
        """An invoice that is not open any more is announced, and otherwise left alone."""
        made = system(rule(account="7380", note="ours"), status=status)
        run(made)
        assert made.kanbert.patches == []
        assert made.outbox.types == ["invoice.received"]


class TestSuggest:
    def test_writes_nothing(self) -> None:
        """A rule that suggests decides, publishes, and writes nothing."""
        made = system(
            rule(mode="suggest", account="7380"), bookings=[booking(), booking("b2", chart_of_account_id="x")]
        )
        run(made)
        assert made.kanbert.patches == []
        (suggested,) = made.outbox.of("invoice.suggested")
        assert suggested.data["values"] == [
            {"booking_id": "b1", "field": "account", "value": "acc-7380", "before": None, "rule_id": "hetzner"}
        ]

    def test_off(self) -> None:
        """A rule that is switched off does nothing at all."""
        made = system(rule(mode="off", account="7380"))
        run(made)
        assert made.outbox.types == ["invoice.received", "invoice.needs_review"]


class TestTextsAndTags:
    def test_note_is_appended_once(self) -> None:
        """A note goes under what is there, once, however often the invoice changes."""
        made = system(rule(note="Booked by rule"), notes="Paid by card")
        for _ in range(3):
            run(made)
            made.kanbert.edit("inv1", title=f"{made.kanbert.incoming['inv1']['title']}!")
        assert made.kanbert.incoming["inv1"]["notes"] == "Paid by card\nBooked by rule"

    def test_note_with_more_below(self) -> None:
        """A person who writes more under our note has not corrected it."""
        made = system(rule(note="Booked by rule"))
        run(made)
        made.kanbert.edit("inv1", notes="Booked by rule\nThanks!")
        run(made)
        assert made.outbox.of("booking.corrected") == []

    def test_tags_once(self) -> None:
        """Tags replace what is there, which we cannot read: they are set once, and a person's later ones stay."""
        made = system(rule(tags=["hosting", "monthly"]))
        run(made)
        assert made.kanbert.tags["inv1"] == ["hosting", "monthly"]
        made.kanbert.tags["inv1"] = ["theirs"]
        made.kanbert.edit("inv1", title="changed")
        run(made)
        assert made.kanbert.tags["inv1"] == ["theirs"]

    def test_empty_text(self) -> None:
        """A text that comes to nothing on this invoice is not written, and nobody is said to have corrected it."""
        made = system(rule(account="7380", booking_title="{external_id}", note="{external_id}"))
        run(made)
        made.kanbert.edit("inv1", title="changed")
        run(made)
        assert [fields for _, _, fields in made.kanbert.patches] == [{"chart_of_account_id": "acc-7380"}]
        assert made.outbox.of("booking.corrected") == []

    def test_date_in_the_accounts_time_zone(self) -> None:
        """A date in a text is the day it is in the account's time zone."""
        made = system(rule(booking_title="of {date_of_invoice}"), date_of_invoice="2026-01-31T23:30:00Z")
        run(made)
        assert made.kanbert.line("inv1")["title"] == "of 2026-02-01"

    def test_long_title(self) -> None:
        """A title longer than Kanbert takes is cut, so that a rule's text cannot make a dead letter."""
        made = system(rule(account="7380", booking_title="{title} " * 40), title="A long title")
        run(made)
        assert 200 < len(made.kanbert.line("inv1")["title"]) <= 255
        made.kanbert.edit("inv1", title="changed")
        run(made)
        assert made.outbox.of("booking.corrected") == []

    def test_note_that_does_not_fit(self) -> None:
        """Notes that are full are left as they are, and a person has to look."""
        made = system(rule(account="7380", note="one more"), notes="x" * 9_995)
        run(made)
        assert made.kanbert.incoming["inv1"]["notes"] == "x" * 9_995
        assert made.kanbert.line("inv1")["chart_of_account_id"] == "acc-7380"
        assert [field for _, _, field in reasons(made)] == ["note"]


class TestBookingType:
    def test_default_may_be_changed(self) -> None:
        """Every line starts as `account`; while it has no account, nobody has decided on the type."""
        made = system(rule(booking_type="account_staff", account="7380"))
        run(made)
        assert made.kanbert.line("inv1")["type"] == "account_staff"

    def test_decided_with_the_account(self) -> None:
        """A line with an account has the type that a person gave it, also the default one."""
        made = system(rule(booking_type="account_staff"), bookings=[booking(chart_of_account_id="x")])
        run(made)
        assert made.kanbert.line("inv1")["type"] == "account"

    def test_default_is_not_written(self) -> None:
        """A rule that asks for the type that is there writes nothing."""
        made = system(rule(booking_type="account"))
        run(made)
        assert made.kanbert.patches == []


class TestRepetition:
    def test_same_message_three_times(self) -> None:
        """The same message three times leads to one booking and one event of each kind."""
        made = system(rule(account="7380", note="once"))
        outcomes = [run(made).result for _ in range(3)]
        assert outcomes == [Result.PROCESSED, Result.UNCHANGED, Result.UNCHANGED]
        assert len(made.kanbert.patches) == 2
        assert made.outbox.types == ["invoice.received", "invoice.booked"]

    @pytest.mark.parametrize("answers_in_full", [True, False])
    def test_echo(self, answers_in_full: bool) -> None:
        """The echo of our own PATCH ends without an event, also where its answer left the lists out."""
        made = system(rule(account="7380", note="x", editor="id:u1", status="ready_for_accounting"))
        made.kanbert.answers_in_full = answers_in_full
        made.kanbert.incoming["inv1"]["payments"] = [{"id": "pay1"}]
        run(made)
        before = len(made.outbox.published)
        assert run(made) == Outcome(Result.UNCHANGED)
        assert len(made.outbox.published) == before

    def test_unchanged_asks_once(self) -> None:
        """What is known is settled by one GET: neither rules nor Kanbert are asked for more."""
        made = system(rule(account="7380"))
        run(made)
        fuse = Fuse()
        assert made.processor(fuse)(message()).result is Result.UNCHANGED
        assert fuse.calls == ["FakeLedger.get", "FakeKanbert.get_incoming_invoice"]

    def test_change_and_back(self) -> None:
        """A to B and back to A are three facts with three ids."""
        made = system()
        for title in ("A", "B", "A"):
            made.kanbert.edit("inv1", title=title)
            run(made)
        seen = [e for e in made.outbox.published if e.type in {"invoice.received", "invoice.changed"}]
        assert [e.type for e in seen] == ["invoice.received", "invoice.changed", "invoice.changed"]
        assert len({e.id for e in seen}) == 3

    def test_no_two_events_share_an_id(self) -> None:
        """Whatever happens to an invoice, no id stands for two different facts."""
        made = system(rule(account="7380", note="n"), rule("s", mode="suggest", project="id:p1"))
        for step in ({"title": "1"}, {"title": "2"}, {"title": "1"}, {"notes": None}, {"title": "2"}):
            run(made)
            made.kanbert.edit("inv1", **step)
        told = [(e.id, e.type, e.subject, e.data) for e in made.outbox.published]
        assert len({id_ for id_, *_ in told}) == len(told)

    def test_two_runs_at_once(self) -> None:
        """A run that was overtaken by another does not save on top of it, and comes back later."""
        made = system(rule(account="7380"))
        overtaking = made.processor()

        class Overtaken(FakeKanbert):
            def patch_booking(self, *args: Any) -> Any:
                made.kanbert, first = kanbert, made.kanbert
                overtaking(message())
                made.kanbert = first
                return kanbert.patch_booking(*args)

        kanbert = made.kanbert
        slow = Overtaken()
        slow.incoming = kanbert.incoming
        made.kanbert = slow
        with pytest.raises(RetryLater):
            run(made)
        made.kanbert = kanbert
        run(made)
        assert {e.type for e in made.outbox.published} == {"invoice.received", "invoice.booked"}
        assert len({e.id for e in made.outbox.published}) == 2


class TestComingAndGoing:
    def test_deleted(self) -> None:
        """A document that is gone is announced as deleted, once."""
        made = system()
        run(made)
        del made.kanbert.incoming["inv1"]
        assert run(made, change=Change.DELETE) == Outcome(Result.DELETED, ("invoice.deleted",))
        assert run(made, change=Change.DELETE) == Outcome(Result.UNCHANGED)

    def test_come_and_gone(self) -> None:
        """A document that was gone before anybody saw it is nobody's news."""
        made = System()
        assert run(made) == Outcome(Result.UNCHANGED)
        assert made.outbox.published == []
        assert made.ledger.entries == {}

    def test_restored(self) -> None:
        """A document that comes back is a change, and may be deleted again under another id."""
        made = system()
        run(made)
        document = made.kanbert.incoming.pop("inv1")
        run(made)
        made.kanbert.incoming["inv1"] = document
        run(made)
        del made.kanbert.incoming["inv1"]
        run(made)
        deleted = made.outbox.of("invoice.deleted")
        assert len({event.id for event in deleted}) == 2
        assert len(made.outbox.of("invoice.changed")) == 1

    def test_line_lost_meanwhile(self) -> None:
        """A line that vanishes while it is being booked brings the document back later, and then it is well."""
        made = system(rule(account="7380"), bookings=[booking("b1"), booking("b2")])
        real = made.kanbert.patch_booking

        def vanishing(invoice_id: str, booking_id: str, fields: Any) -> Any:
            if booking_id == "b2":
                made.kanbert.incoming["inv1"]["bookings"].pop()
            return real(invoice_id, booking_id, fields)

        made.kanbert.patch_booking = vanishing  # type: ignore[method-assign]
        with pytest.raises(RetryLater):
            run(made)
        made.kanbert.patch_booking = real  # type: ignore[method-assign]
        run(made)
        (booked,) = made.outbox.of("invoice.booked")
        assert [v["booking_id"] for v in booked.data["values"]] == ["b1"]

    def test_deleted_after_a_crash(self) -> None:
        """A document that was booked, and deleted before the run came to its end, is announced as deleted."""
        made = system(rule(account="7380"))

        def unavailable(*_: object) -> Any:
            raise RetryLater("503")

        made.kanbert.patch_booking = unavailable  # type: ignore[assignment,method-assign]
        with pytest.raises(RetryLater):
            run(made)
        del made.kanbert.incoming["inv1"]
        assert run(made).events == ("invoice.deleted",)


class TestOutgoing:
    def test_changes(self) -> None:
        """An outgoing invoice is announced whenever it changes, and not otherwise."""
        made = System()
        made.kanbert.add(outgoing())
        about = {"identifier": "out1", "kind": DocumentKind.OUTGOING_INVOICE}
        run(made, **about)
        run(made, **about)
        made.kanbert.outgoing["out1"]["updated_at"] = datetime(2026, 5, 1, tzinfo=UTC)
        run(made, **about)
        made.kanbert.outgoing["out1"]["total_gross"] = Decimal(7)
        run(made, **about)
        assert made.outbox.types == ["outgoing_invoice.changed"] * 2
        assert {e.subject for e in made.outbox.published} == {"outgoing_invoice/out1"}

    def test_trace(self) -> None:
        """Events carry the trace of the webhook that led to them."""
        made = system()
        run(made, trace_id="trace-42")
        assert [e.trace_id for e in made.outbox.published] == ["trace-42"] * 2
