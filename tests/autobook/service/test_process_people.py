"""What a person set or cleared is theirs."""

import copy
from decimal import Decimal
from typing import Any

import pytest

from autobook.domain.errors import RetryLater
from autobook.domain.event_values import plain_value
from autobook.domain.rules import rule_version
from tests.autobook.service.processing import corrections, refusing, rule, run, system
from tests.fake_kanbert import booking, undisturbed
from tests.fakes import Crash, Fuse, System, message

OURS = {"id": "acc-7380", "code": "7380"}
BY = {"rule_id": "hetzner", "rule_version": rule_version(rule(account="7380"))}
"""The rule that most tests here have."""


def calls_of(made: System) -> list[str]:
    """The calls of an undisturbed run."""
    fuse = Fuse()
    copy.deepcopy(made).processor(fuse)(message())
    return fuse.calls


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
        assert made.publisher.types == ["invoice.received"]

    @pytest.mark.parametrize("overwrite", [False, True])
    def test_filled_meanwhile(self, overwrite: bool) -> None:
        """The same holds for what a person sets after we wrote something else on the line."""
        made = system(rule(account="7380"))
        run(made)
        made.kanbert.edit("inv1", "b1", project_id="theirs")
        made.rule_repository.items = [rule(account="7380", project="id:ours", overwrite=overwrite)]
        run(made)
        assert made.kanbert.line("inv1")["project_id"] == "theirs"

    def test_cleared_stays_cleared(self) -> None:
        """A value of ours that a person cleared is not written again, also not by another rule."""
        made = system(rule(account="7380"))
        run(made)
        made.kanbert.edit("inv1", "b1", chart_of_account_id=None)
        made.rule_repository.items = [rule("another", account="7390", overwrite=True)]
        for _ in range(3):
            run(made)
            made.kanbert.edit("inv1", title="touched again and again")
        assert made.kanbert.line("inv1")["chart_of_account_id"] is None

    def test_corrected_once(self) -> None:
        """A value of ours that a person changed is announced once, with both values, and then left alone."""
        overwriting = rule(account="7380", overwrite=True)
        made = system(overwriting)
        run(made)
        made.kanbert.edit("inv1", "b1", chart_of_account_id="acc-person")
        for _ in range(3):
            run(made)
        made.kanbert.edit("inv1", title="another change")
        run(made)
        (corrected,) = made.publisher.of("booking.corrected")
        assert corrected.data["corrections"] == [
            {
                "booking_id": "b1",
                "field": "account",
                "ours": {"id": "acc-7380", "code": "7380"},
                "present": {"id": "acc-person"},
                "rule_id": "hetzner",
                "rule_version": rule_version(overwriting),
            }
        ]
        assert made.kanbert.line("inv1")["chart_of_account_id"] == "acc-person"

    def test_back_to_ours(self) -> None:
        """A person who puts our value back has decided all the same: it is theirs from then on."""
        made = system(rule(account="7380"))
        run(made)
        made.kanbert.edit("inv1", "b1", chart_of_account_id="acc-person")
        run(made)
        made.kanbert.edit("inv1", "b1", chart_of_account_id="acc-7380")
        made.rule_repository.items = [rule(account="7390", overwrite=True)]
        run(made)
        assert made.kanbert.line("inv1")["chart_of_account_id"] == "acc-7380"
        assert len(made.publisher.of("booking.corrected")) == 1

    def test_ours_is_replaced_with_overwrite(self) -> None:
        """A value of ours is replaced by a rule that may overwrite, and the event says what was there."""
        made = system(rule(account="7380"))
        run(made)
        made.rule_repository.items = [rule("better", account="7390", overwrite=True)]
        made.kanbert.edit("inv1", title="changed")
        run(made)
        assert made.kanbert.line("inv1")["chart_of_account_id"] == "acc-7390"
        value = made.publisher.of("invoice.booked")[-1].data["values"]
        assert [(plain_value(v["value"]), plain_value(v["before"]), v["rule_id"]) for v in value] == [
            ("acc-7390", "acc-7380", "better")
        ]
        assert made.publisher.of("booking.corrected") == []

    def test_ours_stays_without_overwrite(self) -> None:
        """Without `overwrite` a value of ours stays, whatever another rule says."""
        made = system(rule(account="7380"))
        run(made)
        made.rule_repository.items = [rule("better", account="7390")]
        made.kanbert.edit("inv1", title="changed")
        run(made)
        assert made.kanbert.line("inv1")["chart_of_account_id"] == "acc-7380"

    def test_replaced_then_corrected(self) -> None:
        """What counts as ours is what we wrote last, by the rule that wrote it."""
        made = system(rule(account="7380"))
        run(made)
        made.rule_repository.items = [rule("better", account="7390", overwrite=True)]
        made.kanbert.edit("inv1", title="changed")
        run(made)
        made.kanbert.edit("inv1", "b1", chart_of_account_id="acc-person")
        run(made)
        (corrected,) = made.publisher.of("booking.corrected")
        assert [(plain_value(c["ours"]), c["rule_id"]) for c in corrected.data["corrections"]] == [
            ("acc-7390", "better")
        ]

    @pytest.mark.parametrize("booked_before", [False, True])
    def test_changed_between_crash_and_next_attempt(self, booked_before: bool) -> None:
        """A person who is faster than the next attempt after a crash is not overruled.

        What was announced before counts as corrected. What the run may have written does not: nobody can tell whether
        it ever stood there.
        """
        made = system(rule(account="7380"))
        if booked_before:
            run(made)
            made.kanbert.edit("inv1", title="changed")
            made.rule_repository.items = [rule("better", account="7390", overwrite=True)]
        with pytest.raises(Crash):
            made.processor(Fuse(at=calls_of(made).index("FakeKanbert.patch_booking") + 1, after=True))(message())
        made.kanbert.edit("inv1", "b1", chart_of_account_id="acc-person")
        run(made)
        run(made)
        made.kanbert.edit("inv1", "b1", chart_of_account_id=None)
        run(made)
        assert made.kanbert.line("inv1")["chart_of_account_id"] is None
        ours = [("acc-7380", "acc-person")] if booked_before else []
        corrected = [c for e in made.publisher.of("booking.corrected") for c in e.data["corrections"]]
        assert [(plain_value(c["ours"]), plain_value(c["present"])) for c in corrected] == ours

    def test_changed_after_it_was_confirmed(self) -> None:
        """A value that Kanbert has confirmed was ours, though the run ended before it could be announced."""
        made = system(rule(account="7380"), bookings=[booking("b1"), booking("b2")])
        made.kanbert.around_patch = refusing(2)
        with pytest.raises(RetryLater):
            run(made)
        made.kanbert.around_patch = undisturbed
        made.kanbert.edit("inv1", "b1", chart_of_account_id=None)
        run(made)
        run(made)
        assert made.kanbert.line("inv1", "b1")["chart_of_account_id"] is None
        assert corrections(made) == [{"booking_id": "b1", "field": "account", "ours": OURS, "present": None, **BY}]

    def test_rule_edited_between_crash_and_next_attempt(self) -> None:
        """A rule that got another value, and `overwrite`, while a run was interrupted reaches what that run wrote."""
        made = system(rule(account="7380"))
        with pytest.raises(Crash):
            made.processor(Fuse(at=len(calls_of(made))))(message())
        made.rule_repository.items = [rule(account="7390", overwrite=True)]
        run(made)
        run(made)
        assert made.kanbert.line("inv1")["chart_of_account_id"] == "acc-7390"
        assert corrections(made) == []

    def test_rule_deleted_between_crash_and_next_attempt(self) -> None:
        """Nobody is asked for an account that the interrupted run has given."""
        made = system(rule(account="7380"), bookings=[booking("b1"), booking("b2")])
        made.kanbert.around_patch = refusing(2)
        with pytest.raises(RetryLater):
            run(made)
        made.kanbert.around_patch = undisturbed
        made.rule_repository.items = []
        run(made)
        (asked,) = made.publisher.of("invoice.needs_review")
        assert [(each["code"], each["booking_id"]) for each in asked.data["reasons"]] == [("no_rule", "b2")]

    def test_rule_edited_before_the_status(self) -> None:
        """The same of a run that would set the status as well: not before that value is what the rules ask for."""
        lines = [booking("b1", value=Decimal(60)), booking("b2", value=Decimal(40))]
        ready = rule("ready", status="ready_for_accounting")
        made = system(rule(account="7380"), ready, bookings=lines)
        made.kanbert.around_patch = refusing(2)
        with pytest.raises(RetryLater):
            run(made)
        made.kanbert.around_patch = undisturbed
        made.rule_repository.items = [rule(account="7390", overwrite=True), ready]
        run(made)
        assert made.kanbert.incoming["inv1"]["status"] == "open"
        run(made)
        accounts = [made.kanbert.line("inv1", each)["chart_of_account_id"] for each in ("b1", "b2")]
        assert (accounts, made.kanbert.incoming["inv1"]["status"]) == (["acc-7390"] * 2, "ready_for_accounting")

    def test_line_deleted(self) -> None:
        """A line that is deleted with our value on it is announced as deleted, once."""
        made = system(rule(account="7380"), bookings=[booking("b1"), booking("b2")])
        run(made)
        made.kanbert.incoming["inv1"]["bookings"].pop()
        run(made)
        run(made)
        assert corrections(made) == [
            {
                "booking_id": "b2",
                "field": "account",
                "ours": OURS,
                "present": None,
                **BY,
                "line_deleted": True,
            }
        ]

    @pytest.mark.parametrize("later", ["ready_for_accounting", "booked", "exported"])
    def test_later_status(self, later: str) -> None:
        """A status that comes after ours in Kanbert's order, or that it does not have, is no correction."""
        made = system(rule(account="7380", status="ready_for_accounting"))
        run(made)
        made.kanbert.edit("inv1", status=later, title="touched")
        run(made)
        assert made.publisher.types[-1] == "invoice.changed"
        assert corrections(made) == []

    def test_status_taken_back(self) -> None:
        """One that a person takes back is, and is not set again."""
        made = system(rule(account="7380", status="ready_for_accounting"))
        run(made)
        made.kanbert.edit("inv1", status="open")
        run(made)
        made.kanbert.edit("inv1", title="touched")
        run(made)
        assert [(c["field"], c["present"]) for c in corrections(made)] == [("status", None)]
        assert made.kanbert.incoming["inv1"]["status"] == "open"

    def test_emptied_and_filled_again(self) -> None:
        """A value that a person empties, and fills again with the very same, is theirs from then on."""
        made = system(rule(account="7380"))
        run(made)
        for value in (None, "acc-7380"):
            made.kanbert.edit("inv1", "b1", chart_of_account_id=value)
            run(made)
        made.rule_repository.items = [rule("better", account="7390", overwrite=True)]
        for value in ("acc-7380", None):
            made.kanbert.edit("inv1", "b1", chart_of_account_id=value, title=f"touched {value}")
            run(made)
            assert made.kanbert.line("inv1")["chart_of_account_id"] == value
        assert len(corrections(made)) == 1

    def test_line_split(self) -> None:
        """A line that a person splits keeps what they decided on it, under its id; the new line has a decision of its
        own ahead of it."""
        made = system(rule(account="7380"))
        run(made)
        made.kanbert.edit("inv1", "b1", chart_of_account_id=None)
        run(made)
        made.kanbert.edit("inv1", "b1", value=Decimal(60))
        made.kanbert.incoming["inv1"]["bookings"].append(booking("b2", value=Decimal(40)))
        run(made)
        assert made.kanbert.line("inv1", "b1")["chart_of_account_id"] is None
        assert made.kanbert.line("inv1", "b2")["chart_of_account_id"] == "acc-7380"

    def test_line_deleted_and_restored(self) -> None:
        """What a person decided on a line is still decided when the line comes back under its id."""
        made = system(rule(account="7380"), bookings=[booking("b1"), booking("b2")])
        run(made)
        made.kanbert.edit("inv1", "b2", chart_of_account_id=None)
        run(made)
        line = made.kanbert.incoming["inv1"]["bookings"].pop()
        run(made)
        made.kanbert.incoming["inv1"]["bookings"].append(line)
        run(made)
        assert made.kanbert.line("inv1", "b2")["chart_of_account_id"] is None

    def test_lines_left_out(self) -> None:
        """A response without the optional lists does not make us forget what was ours."""
        made = system(rule(account="7380"))
        run(made)
        lines = made.kanbert.incoming["inv1"].pop("bookings")
        run(made)
        made.kanbert.incoming["inv1"]["bookings"] = lines
        made.kanbert.edit("inv1", "b1", chart_of_account_id="acc-person")
        run(made)
        assert len(made.publisher.of("booking.corrected")) == 1


class TestBetweenReadingAndWriting:
    @pytest.mark.parametrize("edited", [{"title": "a person's title"}, {"invoice_number": "4711"}])
    def test_edit_is_seen_the_next_time(self, edited: dict[str, str]) -> None:
        """What a person changes while we are writing is not taken for our own echo: the next webhook announces it."""
        made = system(rule(account="7380", note="ours"))
        written = made.kanbert.patch_booking

        def edit_meanwhile(*arguments: Any) -> Any:
            made.kanbert.edit("inv1", **edited)
            return written(*arguments)

        made.kanbert.patch_booking = edit_meanwhile  # type: ignore[method-assign, assignment]
        run(made)
        made.kanbert.patch_booking = written  # type: ignore[method-assign]
        run(made)
        assert made.publisher.types[-1] == "invoice.changed"
        assert run(made).events == ()
