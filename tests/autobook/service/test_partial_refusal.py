"""A refusal costs the fields that it names, and the others are sent once more."""

import copy

import pytest

from autobook.domain.errors import Refused
from autobook.domain.rules import rule_version
from tests.autobook.service.processing import INVOICE, corrections, reasons, refusing, rule, run, system
from tests.fake_kanbert import booking, undisturbed
from tests.fakes import Crash, Fuse, message

FIELDS = rule("a", account="7380", project="id:p1", booking_title="ours", booking_type="account_other")


def test_one_field() -> None:
    """The field that is named is a problem with Kanbert's message, the rule and the value; the rest is written."""
    made = system(FIELDS)
    made.kanbert.refuses = {"project_id": "is closed since March"}
    run(made)
    line = made.kanbert.line("inv1")
    assert (line["chart_of_account_id"], line["project_id"], line["title"]) == ("acc-7380", None, "ours")
    assert [sorted(fields) for _, _, fields in made.kanbert.patches] == [["chart_of_account_id", "title", "type"]]
    (reason,) = made.publisher.of("invoice.needs_review")[0].data["reasons"]
    assert reason == {
        "code": "refused",
        "message": "Kanbert did not take the project p1 of rule a: is closed since March",
        "booking_id": "b1",
        "field": "project",
        "rule_ids": ["a"],
        "rule_versions": [rule_version(FIELDS)],
    }
    booked = made.publisher.of("invoice.booked")[0].data["values"]
    assert [value["field"] for value in booked] == ["account", "booking_title", "booking_type"]


def test_several_fields() -> None:
    """Each field that is named is a problem of its own."""
    made = system(FIELDS)
    made.kanbert.refuses = {"project_id": "is closed", "type": "is odd"}
    run(made)
    assert reasons(made) == [("refused", "b1", "project"), ("refused", "b1", "booking_type")]
    assert made.kanbert.line("inv1")["title"] == "ours"


def test_one_after_the_other() -> None:
    """A second refusal that names another field costs that one."""
    made = system(FIELDS)

    def refuse(number: int, done: bool) -> None:
        if not done and number in {1, 2}:
            name = ("project_id", "title")[number - 1]
            raise Refused("422", {name: "no"})

    made.kanbert.around_patch = refuse
    run(made)
    assert [sorted(fields) for _, _, fields in made.kanbert.patches] == [["chart_of_account_id", "type"]]
    assert reasons(made) == [("refused", "b1", "project"), ("refused", "b1", "booking_title")]


@pytest.mark.parametrize("fields", [{}, {"value": "is missing"}])
def test_no_field(fields: dict[str, str]) -> None:
    """A refusal that names nothing that was sent costs all of that request, and no other."""
    made = system(FIELDS, bookings=[booking("b1"), booking("b2")])
    made.kanbert.around_patch = refusing(1, error=Refused("422: not now", fields))
    run(made)
    assert [line for _, line, _ in made.kanbert.patches] == ["b2"]
    assert {(code, line) for code, line, _ in reasons(made)} == {("refused", "b1")}
    messages = {reason["message"] for reason in made.publisher.of("invoice.needs_review")[0].data["reasons"]}
    assert "Kanbert did not take the account acc-7380 of rule a: 422: not now" in messages
    assert len(messages) == 4


def test_of_the_invoice() -> None:
    """The same holds for the invoice's own fields, and the status is withheld after any refusal."""
    made = system(rule("a", account="7380", editor="id:u1", note="seen"), rule("s", status="ready_for_accounting"))
    made.kanbert.refuses = {"editor_id": "is unknown"}
    run(made)
    invoice = made.kanbert.incoming["inv1"]
    assert (invoice["notes"], invoice["editor"], invoice["status"]) == ("seen", None, "open")
    assert reasons(made) == [("refused", None, "editor"), ("status_withheld", None, "status")]


def test_refused_status() -> None:
    """A refused status is a problem, and not ours."""
    made = system(rule("a", account="7380", status="ready_for_accounting"))
    made.kanbert.refuses = {"status": "needs a supplier"}
    run(made)
    assert reasons(made) == [("refused", None, "status")]
    assert "status" not in {written.field for written in made.provenance.get(INVOICE).written}


def test_refused_value_set_by_a_person() -> None:
    """A value that Kanbert refused is not ours when a person sets it later."""
    made = system(FIELDS)
    made.kanbert.refuses = {"project_id": "is closed"}
    run(made)
    made.kanbert.refuses = {}
    made.kanbert.around_patch = undisturbed
    made.kanbert.edit("inv1", "b1", project_id="p1")
    run(made)
    made.rule_repository.items = [rule("b", project="id:p2", overwrite=True)]
    made.kanbert.edit("inv1", title="touched")
    run(made)
    assert made.kanbert.line("inv1")["project_id"] == "p1"
    assert corrections(made) == []


@pytest.mark.parametrize("after", [True, False])
def test_interrupted_after_the_rest(after: bool) -> None:
    """What was refused did not go with the rest: a resumed run does not take it for written, because the rest is."""
    made = system(
        rule("a", account="7380"),
        rule("t", when="bookings.any(chart_of_account_id is null)", tags=["one"], note="seen"),
    )
    made.kanbert.refuses = {"tags": "is closed"}
    fuse = Fuse()
    copy.deepcopy(made).processor(fuse)(message())
    last = max(number for number, name in enumerate(fuse.calls, 1) if "patch_incoming_invoice" in name)
    with pytest.raises(Crash):
        made.processor(Fuse(at=last, after=after))(message())
    assert [write.field for write in made.provenance.get(INVOICE).pending if not write.confirmed] == ["note"]
    made.kanbert.refuses = {}
    run(made)
    assert made.kanbert.tags["inv1"] == ["one"]
    booked = {value["field"] for event in made.publisher.of("invoice.booked") for value in event.data["values"]}
    assert booked == {"account", "note", "tags"}
