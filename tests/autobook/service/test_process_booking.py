"""What is booked: lines, the invoice's own fields, texts, tags, types."""

from decimal import Decimal
from typing import Any

from autobook.domain.rules import rule_version
from autobook.service.process import ProcessOutcome, ProcessResult
from tests.autobook.service.processing import INVOICE, reasons, rule, run, system
from tests.fake_kanbert import booking
from tests.fakes import FakeCodeResolver

ACCOUNT = {"id": "acc-7380", "code": "7380"}
"""As events show it; the fakes know no title."""


def account_by(by: dict[str, Any]) -> dict[str, Any]:
    """The account of the first line, which was empty, as an event shows it."""
    decided = {"rule_id": by["rule_id"], "rule_version": rule_version(by)}
    return {"booking_id": "b1", "field": "account", "value": ACCOUNT, "before": None} | decided


class TestBooking:
    def test_empty_is_filled(self) -> None:
        """An empty account is filled with the id behind the rule's code, and the event says by which rule."""
        filling = rule(account="7380")
        made = system(filling)
        assert run(made) == ProcessResult(ProcessOutcome.PROCESSED, ("invoice.received", "invoice.booked"), 1)
        assert made.kanbert.line("inv1")["chart_of_account_id"] == "acc-7380"
        (booked,) = made.publisher.of("invoice.booked")
        assert booked.data["values"] == [account_by(filling)]

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
        made.code_resolver = FakeCodeResolver({("project", "P-42"): "p42", ("client", "ACME"): "c1"})
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
        states = {event.data["document"]["state"] for event in made.publisher.published}
        assert states == {made.provenance.get(INVOICE).fingerprint}


class TestSuggest:
    def test_writes_nothing(self) -> None:
        """A rule that suggests decides, publishes, and writes nothing."""
        suggesting = rule(mode="suggest", account="7380")
        made = system(suggesting, bookings=[booking(), booking("b2", chart_of_account_id="x")])
        run(made)
        assert made.kanbert.patches == []
        (suggested,) = made.publisher.of("invoice.suggested")
        assert suggested.data["values"] == [account_by(suggesting)]

    def test_off(self) -> None:
        """A rule that is switched off does nothing at all."""
        made = system(rule(mode="off", account="7380"))
        run(made)
        assert made.publisher.types == ["invoice.received", "invoice.needs_review"]


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
        assert made.publisher.of("booking.corrected") == []

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
        assert made.publisher.of("booking.corrected") == []

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
        assert made.publisher.of("booking.corrected") == []

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
