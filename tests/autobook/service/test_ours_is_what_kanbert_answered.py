"""What counts as ours after a write: the value as Kanbert shows it, and not what it changed beside it."""

import copy
from collections.abc import Callable, Mapping

import pytest

from autobook.domain.errors import RetryLater, Unanswered
from autobook.domain.event_values import plain_value
from autobook.service.process import ProcessOutcome
from tests.autobook.service.processing import (
    INVOICE,
    corrections,
    reasons,
    refusing,
    rule,
    run,
    run_to_the_end,
    system,
)
from tests.fake_kanbert import booking, undisturbed
from tests.fakes import Crash, Fuse, System, message

FORMS: dict[str, Callable[[str], str]] = {
    "trimmed": str.strip,
    "in upper case": str.upper,
    "in title case": str.title,
    "with other line ends": lambda text: text.replace("\n", "\r\n"),
    "with single blanks": lambda text: " ".join(text.split()),
    "with a no-break space": lambda text: text.replace(" ", "\u00a0"),
    "decomposed": lambda text: text.replace("ä", "a\u0308"),
}
TITLE = "Hosting  im März\nund später"


def crash_after_patch(made: System, number: int = 1) -> None:
    """A run that ends right after its first PATCH."""
    with pytest.raises(Crash):
        made.processor(Fuse(at=_call_of_patch(made, number), after=True))(message())


def _call_of_patch(made: System, number: int) -> int:
    fuse = Fuse()
    copy.deepcopy(made).processor(fuse)(message())
    patches = [at for at, name in enumerate(fuse.calls, 1) if ".patch_" in name]
    return patches[number - 1]


@pytest.mark.parametrize("crashed", [False, True])
@pytest.mark.parametrize("shows_writes", [False, True])
@pytest.mark.parametrize("form", FORMS)
def test_other_form(form: str, shows_writes: bool, crashed: bool) -> None:
    """A text that Kanbert brings into another form is ours as it stands: no correction, and it may be replaced."""
    made = system(rule(account="7380", booking_title=TITLE))
    made.kanbert.makes_of = {"title": FORMS[form]}
    made.kanbert.shows_writes = shows_writes
    if crashed:
        crash_after_patch(made)
    run(made)
    stands = FORMS[form](TITLE)
    assert [w.value for w in made.provenance.get(INVOICE).written if w.field == "booking_title"] == [stands]
    booked = made.publisher.of("invoice.booked")[0].data["values"]
    assert [plain_value(v["value"]) for v in booked if v["field"] == "booking_title"] == [stands]
    assert run(made).outcome is ProcessOutcome.UNCHANGED
    made.rule_repository.items = [rule(booking_title="new", overwrite=True)]
    made.kanbert.edit("inv1", invoice_number="touched")
    run(made)
    assert made.kanbert.line("inv1")["title"] == FORMS[form]("new")
    assert corrections(made) == []


@pytest.mark.parametrize("crashed", [False, True])
@pytest.mark.parametrize("shows_writes", [False, True])
@pytest.mark.parametrize("form", FORMS)
def test_other_form_with_overwrite(form: str, shows_writes: bool, crashed: bool) -> None:
    """What Kanbert makes of a value is not written again by its rule, until the rule says something else."""
    made = system(rule(account="7380", booking_title=TITLE, overwrite=True))
    made.kanbert.makes_of = {"title": FORMS[form]}
    made.kanbert.shows_writes = shows_writes
    if crashed:
        crash_after_patch(made)
    for number in range(3):
        run(made)
        made.kanbert.edit("inv1", invoice_number=f"touched {number}")
    assert len(made.kanbert.patches) == 1
    assert len({event.id for event in made.publisher.of("invoice.booked")}) == 1
    made.rule_repository.items = [rule(account="7380", booking_title=TITLE.upper() + "!", overwrite=True)]
    run(made)
    assert made.kanbert.line("inv1")["title"] == FORMS[form](TITLE.upper() + "!")
    assert corrections(made) == []


def test_note_in_another_form() -> None:
    """A note is ours, and not written a second time, though its line ends are Kanbert's."""
    made = system(rule(note="one\ntwo"), bookings=[booking(chart_of_account_id="theirs")], notes="mine")
    made.kanbert.makes_of = {"notes": lambda text: text.replace("\n", "\r\n") + " "}
    crash_after_patch(made)
    for number in range(3):
        run(made)
        made.kanbert.edit("inv1", title=f"touched {number}")
    assert made.kanbert.incoming["inv1"]["notes"] == "mine\r\none\r\ntwo "
    assert corrections(made) == []


def test_another_object() -> None:
    """An id that Kanbert's answer replaces by another is ours as the answer has it."""
    made = system(rule(account="7380"))
    made.kanbert.makes_of = {"chart_of_account_id": lambda _: "acc-current"}
    run(made)
    assert run(made).outcome is ProcessOutcome.UNCHANGED
    made.rule_repository.items = [rule(account="7380", overwrite=True)]
    run(made)
    assert len(made.kanbert.patches) == 1
    made.kanbert.makes_of = {}
    made.rule_repository.items = [rule(account="7390", overwrite=True)]
    made.kanbert.edit("inv1", title="touched")
    run(made)
    assert made.kanbert.line("inv1")["chart_of_account_id"] == "acc-7390"
    assert corrections(made) == []


@pytest.mark.parametrize("shows_writes", [False, True])
def test_left_empty(shows_writes: bool) -> None:
    """A value that Kanbert drops without an error is a problem: neither ours nor a person's, and not sent on and on."""
    made = system(rule(account="7380", project="id:p1", status="ready_for_accounting"))
    made.kanbert.makes_of = {"project_id": lambda _: None}
    made.kanbert.shows_writes = shows_writes
    run(made)
    assert reasons(made) == [("refused", "b1", "project"), ("status_withheld", None, "status")]
    assert {w.field for w in made.provenance.get(INVOICE).written} == {"account"}
    patches = len(made.kanbert.patches)
    assert [run(made).outcome for _ in range(3)] == [ProcessOutcome.UNCHANGED] * 3
    assert len(made.kanbert.patches) == patches
    made.kanbert.makes_of = {}
    made.kanbert.edit("inv1", title="touched")
    run(made)
    assert made.kanbert.line("inv1")["project_id"] == "p1"
    assert corrections(made) == []


def test_old_value_kept() -> None:
    """A value of ours that Kanbert keeps instead of the new one stays ours, and that is a problem."""
    made = system(rule(account="7380"))
    run(made)
    made.kanbert.makes_of = {"chart_of_account_id": lambda _: "acc-7380"}
    made.rule_repository.items = [rule("new", account="7390", overwrite=True)]
    made.kanbert.edit("inv1", title="touched")
    run(made)
    assert reasons(made) == [("refused", "b1", "account")]
    assert [(w.value, w.rule_id) for w in made.provenance.get(INVOICE).written] == [("acc-7380", "hetzner")]


def test_old_value_emptied() -> None:
    """A value of ours that Kanbert empties instead of taking the new one was nobody's decision."""
    made = system(rule(account="7380", booking_title="old"))
    run(made)
    made.kanbert.makes_of = {"title": lambda _: None}
    made.rule_repository.items = [rule("new", booking_title="new", overwrite=True)]
    made.kanbert.edit("inv1", title="touched")
    run(made)
    made.kanbert.makes_of = {}
    made.kanbert.edit("inv1", title="touched again")
    run(made)
    assert corrections(made) == []
    assert made.kanbert.line("inv1")["title"] == "new"


def clears_position(fields: Mapping[str, object]) -> Mapping[str, object]:
    """A new account clears the position, and sets the type, as Kanbert may do."""
    return {"position_id": None, "type": "account_staff"} if "chart_of_account_id" in fields else {}


ALONG = rule("along", position="id:pos1", booking_type="account_other")


@pytest.mark.parametrize("how", ["answered", "looked", "crashed"])
def test_changed_along(how: str) -> None:
    """What Kanbert changes along with an account of ours is no correction, and a rule may set it again."""
    made = system(rule(account="7380"), ALONG)
    run(made)
    made.kanbert.along = clears_position
    made.kanbert.shows_writes = how != "looked"
    made.rule_repository.items = [rule("new", account="7390", overwrite=True), ALONG]
    made.kanbert.edit("inv1", title="touched")
    if how == "crashed":
        made.kanbert.along = lambda fields: {**clears_position(fields), "type": "account"}
        crash_after_patch(made)
    if how == "looked":
        made.kanbert.along = lambda fields: {**clears_position(fields), "type": "account"}
    run(made)
    run(made)
    line = made.kanbert.line("inv1")
    assert corrections(made) == []
    assert (line["chart_of_account_id"], line["position_id"], line["type"]) == ("acc-7390", "pos1", "account_other")
    assert not made.provenance.get(INVOICE).human_owned
    assert run(made).outcome is ProcessOutcome.UNCHANGED


def test_persons_value_changed_along() -> None:
    """A person's position that Kanbert clears along with our account was decided all the same."""
    made = system(rule(account="7380"))
    run(made)
    made.kanbert.edit("inv1", "b1", position_id="theirs")
    run(made)
    made.kanbert.along = clears_position
    made.rule_repository.items = [rule("new", account="7390", overwrite=True), rule("p", position="id:ours")]
    made.kanbert.edit("inv1", title="touched")
    run(made)
    run(made)
    assert made.kanbert.line("inv1")["position_id"] is None
    assert corrections(made) == []


def test_type_beside_our_account() -> None:
    """On a line whose account is ours nobody has decided on the type: a rule may set it later."""
    made = system(rule(account="7380"))
    run(made)
    made.rule_repository.items.append(rule("later", booking_type="account_other"))
    made.kanbert.edit("inv1", title="touched")
    run(made)
    assert made.kanbert.line("inv1")["type"] == "account_other"


@pytest.mark.parametrize("shows_writes", [False, True])
def test_person_is_faster_than_the_look(shows_writes: bool) -> None:
    """What a person puts in place of our value before we look is a correction, not what Kanbert made of it."""
    made = system(rule(account="7380"))
    made.kanbert.shows_writes = shows_writes

    def person(_number: int, done: bool) -> None:
        if done:
            made.kanbert.edit("inv1", "b1", chart_of_account_id="theirs")

    made.kanbert.around_patch = person
    run(made)
    made.kanbert.around_patch = undisturbed
    made.rule_repository.items = [rule(account="7390", overwrite=True)]
    run(made)
    assert [(plain_value(c["ours"]), plain_value(c["present"])) for c in corrections(made)] == [("acc-7380", "theirs")]
    assert made.kanbert.line("inv1")["chart_of_account_id"] == "theirs"


@pytest.mark.parametrize("number", [1, 2])
def test_certainly_not_written(number: int) -> None:
    """What a 429 kept from being written is not ours: the same value, set by a person meanwhile, is the person's."""
    made = system(rule(account="7380"), bookings=[booking("b1"), booking("b2")])
    made.kanbert.around_patch = refusing(number)
    with pytest.raises(RetryLater):
        run(made)
    assert [w.booking_id for w in made.provenance.get(INVOICE).pending] == ["b1"][: number - 1]
    made.kanbert.around_patch = undisturbed
    made.kanbert.edit("inv1", "b2", chart_of_account_id="acc-7380")
    run(made)
    booked = [v["booking_id"] for v in made.publisher.of("invoice.booked")[-1].data["values"]]
    assert booked == ["b1"]
    made.rule_repository.items = [rule(account="7390", overwrite=True)]
    made.kanbert.edit("inv1", title="touched")
    run(made)
    assert made.kanbert.line("inv1", "b2")["chart_of_account_id"] == "acc-7380"


def test_person_between_429_and_the_next_attempt() -> None:
    """After a wait the document is read again: an account that a person set meanwhile is not written over."""
    made = system(rule(account="7380"))
    made.kanbert.around_patch = refusing(1)
    with pytest.raises(RetryLater) as waiting:
        run(made)
    assert waiting.value.after == 8
    made.kanbert.edit("inv1", "b1", chart_of_account_id="theirs")
    run_to_the_end(made)
    assert made.kanbert.patches == []
    assert corrections(made) == []


@pytest.mark.parametrize("done", [False, True])
def test_perhaps_written(done: bool) -> None:
    """A write without an answer is found again, or made again; either way it is announced once, as ours."""
    made = system(rule(account="7380", note="once"))
    made.kanbert.around_patch = refusing(1, error=Unanswered("500"), done=done)
    with pytest.raises(RetryLater):
        run(made)
    assert [(w.field, w.confirmed) for w in made.provenance.get(INVOICE).pending] == [("account", False)]
    made.kanbert.around_patch = undisturbed
    run(made)
    assert len(made.kanbert.patches) == 2
    assert [v["field"] for v in made.publisher.of("invoice.booked")[0].data["values"]] == ["account", "note"]
    assert corrections(made) == []
