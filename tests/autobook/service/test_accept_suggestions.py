"""Accepting what was suggested: only what still stands, under the accepting person's name, once."""

import copy

import pytest

from autobook.domain.errors import RetryLater
from autobook.domain.history import entries
from autobook.domain.provenance import OpenSuggestion
from autobook.service.accept_suggestions import AcceptResult, AcceptSuggestions
from autobook.service.undo import UndoValues
from tests.autobook.service.processing import INVOICE, corrections, rule, run, system
from tests.fake_kanbert import booking
from tests.fakes import Crash, Fuse, System

ACCOUNT = rule("a", account="7380", mode="suggest")


def accept(made: System, rule_id: str | None = None, fuse: Fuse | None = None) -> AcceptResult:
    def wanted(each: OpenSuggestion) -> bool:
        return rule_id in {None, each.write.rule_id}

    return AcceptSuggestions(made.processor(fuse), "Ada")("inv1", wanted, "trace-accept")


def preview(made: System) -> AcceptResult:
    return AcceptSuggestions(made.processor(), "Ada").preview("inv1", lambda _: True)[1]


def reasons(result: AcceptResult) -> list[str]:
    return [each.reason for each in result.left]


def suggested_places(made: System) -> list[tuple[str | None, str]]:
    return [each.write.place for each in made.provenance.get(INVOICE).suggestions]


def suggested(*rules: dict[str, object], **fields: object) -> System:
    """An invoice for which these rules have suggested something."""
    made = system(*(rules or (ACCOUNT,)), **fields)
    run(made)
    return made


def test_accepted() -> None:
    """Written under the name, announced and kept so; it no longer stands, and a second time there is nothing."""
    made = suggested(bookings=[booking("b1"), booking("b2")])
    since = made.clock.now
    assert [each.since for each in made.provenance.get(INVOICE).suggestions] == [since, since]
    assert [each.place for each in preview(made).writes] == [("b1", "account"), ("b2", "account")]
    assert made.kanbert.patches == []
    assert len(accept(made).writes) == 2
    assert made.kanbert.line("inv1", "b2")["chart_of_account_id"] == "acc-7380"
    event = made.publisher.of("invoice.booked")[-1]
    assert [each["accepted_by"] for each in event.data["values"]] == ["Ada", "Ada"]
    assert list(entries(event))[1].text.endswith("by rule a, accepted by Ada")
    record = made.provenance.get(INVOICE)
    assert [(each.rule_id, each.accepted_by) for each in record.written] == [("a", "Ada"), ("a", "Ada")]
    assert suggested_places(made) == []
    before = len(made.kanbert.patches)
    assert accept(made) == AcceptResult()
    run(made)
    assert len(made.kanbert.patches) == before
    assert suggested_places(made) == []


def test_nobody_is_overruled() -> None:
    """An accepted value is a person's decision: no rule overwrites it. The person may, and that corrects the rule."""
    made = suggested()
    accept(made)
    made.rule_repository.items.append(rule("b", account="7390", overwrite=True, priority=1))
    run(made)
    assert made.kanbert.line("inv1")["chart_of_account_id"] == "acc-7380"
    made.kanbert.edit("inv1", "b1", chart_of_account_id="acc-person")
    run(made)
    assert len(corrections(made)) == 1


def test_undone_again() -> None:
    """An accepted value can be taken back; it is not suggested anew until the rule changes."""
    made = suggested()
    accept(made)
    UndoValues(made.processor())("inv1", lambda written: written, "Bert", "trace")
    run(made)
    assert (made.kanbert.line("inv1")["chart_of_account_id"], suggested_places(made)) == (None, [])
    made.rule_repository.items = [ACCOUNT | {"owner": "Eve"}]
    run(made)
    assert suggested_places(made) == [("b1", "account")]


def test_only_that_rule() -> None:
    """What another rule suggests still stands."""
    made = suggested(ACCOUNT, rule("p", project="id:p1", mode="suggest"))
    assert [each.field for each in accept(made, "p").writes] == ["project"]
    assert suggested_places(made) == [("b1", "account")]


def test_person_was_faster() -> None:
    """A value that a person has set meanwhile stays, and is named."""
    made = suggested(bookings=[booking("b1"), booking("b2")])
    made.kanbert.edit("inv1", "b1", chart_of_account_id="acc-person")
    result = accept(made)
    assert reasons(result) == ["a person has decided there since"]
    assert made.kanbert.line("inv1", "b1")["chart_of_account_id"] == "acc-person"
    assert made.kanbert.line("inv1", "b2")["chart_of_account_id"] == "acc-7380"


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        (rule("a", account="7390", mode="suggest"), "the rule has changed since"),
        (rule("a", account="7380", mode="off"), "the rule has changed since"),
        (rule("c", account="7380"), "the rule has changed since"),
    ],
)
def test_rule_changed(item: dict[str, object], reason: str) -> None:
    """What the rule says now was not shown to who accepts: nothing is written."""
    made = suggested()
    made.rule_repository.items = [item]
    assert reasons(accept(made)) == [reason]
    assert made.kanbert.patches == []


def test_invoice_changed() -> None:
    """The rule is the same, and no longer fires."""
    made = suggested(rule("a", 'title contains "Hosting"', account="7380", mode="suggest"))
    made.kanbert.edit("inv1", title="Something else")
    assert reasons(accept(made)) == ["the rule suggests it no longer"]


@pytest.mark.parametrize("status", ["ready_for_accounting", "booked"])
def test_closed(status: str) -> None:
    """Nothing is written into an invoice that is not open."""
    made = suggested()
    made.kanbert.edit("inv1", status=status)
    assert reasons(accept(made)) == [f"the invoice is {status}, not open"]
    run(made)
    assert (suggested_places(made), made.kanbert.patches) == ([], [])


def test_closed_by_the_run() -> None:
    """What is suggested for an invoice that the same run hands to accounting does not stand."""
    made = suggested(
        rule("b", account="7380", status="ready_for_accounting"), rule("p", project="id:p1", mode="suggest")
    )
    assert made.kanbert.incoming["inv1"]["status"] == "ready_for_accounting"
    assert len(made.publisher.of("invoice.suggested")) == 1
    assert suggested_places(made) == []


def test_code_that_stands_for_nothing() -> None:
    """A suggestion that cannot be written says why."""
    made = suggested(rule("a", account="0000", mode="suggest"))
    assert reasons(accept(made)) == ["Kanbert has no account 0000, or several"]


def test_no_line() -> None:
    """Nor can one for a line that does not exist."""
    made = suggested(bookings=[])
    assert reasons(accept(made)) == ["the invoice has no booking line"] * len(suggested_places(made))


def test_status() -> None:
    """The status is withheld for the same reasons as a rule's own would be."""
    items = (ACCOUNT, rule("s", status="ready_for_accounting", mode="suggest"))
    alone, together = suggested(*items), suggested(*items)
    result = accept(alone, "s")
    assert result.writes == ()
    assert reasons(result)[0].startswith("status not set")
    assert {each.field for each in accept(together).writes} == {"account", "status"}
    assert together.kanbert.incoming["inv1"]["status"] == "ready_for_accounting"


def test_brake() -> None:
    """What the brake holds back can be accepted: that is a person's decision."""
    made = suggested(rule("a", account="7380"), {"rule_id": "_settings", "mode": "suggest"})
    assert len(accept(made).writes) == 1


def test_deleted() -> None:
    """Suggestions of an invoice that is gone stand no longer."""
    made = suggested()
    del made.kanbert.incoming["inv1"]
    with pytest.raises(RetryLater):
        run(made)
    made.clock.advance(minutes=2)
    run(made)
    assert suggested_places(made) == []


def test_cut_off_anywhere() -> None:
    """Ended before or after any call, resumed by a webhook's run and repeated: the same, each value announced once."""
    start = suggested(bookings=[booking("b1"), booking("b2")])
    whole, fuse = copy.deepcopy(start), Fuse()
    accept(whole, fuse=fuse)
    for at in range(1, len(fuse.calls) + 1):
        for after in (False, True):
            made = copy.deepcopy(start)
            with pytest.raises(Crash):
                accept(made, fuse=Fuse(at, after))
            run(made)
            accept(made)
            record, expected = made.provenance.get(INVOICE), whole.provenance.get(INVOICE)
            assert set(record.written) == set(expected.written), (at, after, fuse.calls)
            assert record.suggestions == ()
            events = {each.id: each for each in made.publisher.of("invoice.booked")}.values()
            booked = [value["booking_id"] for each in events for value in each.data["values"]]
            assert sorted(booked) == ["b1", "b2"]


def test_since_when() -> None:
    """A suggestion stands since it was made, whatever else changes; another value is another one."""
    made = suggested()
    first = made.clock.now
    made.clock.advance(hours=5)
    made.kanbert.edit("inv1", title="another title")
    run(made)
    assert [each.since for each in made.provenance.get(INVOICE).suggestions] == [first]
    made.rule_repository.items = [ACCOUNT | {"account": "7390"}]
    run(made)
    assert [each.since for each in made.provenance.get(INVOICE).suggestions] == [made.clock.now]
