"""Taking back what rules have written: what still stands as ours, however often it is interrupted, and for good."""

import contextlib
import copy
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from autobook.domain.documents import Change
from autobook.domain.errors import GiveUp, Refused, RetryLater, Unanswered
from autobook.domain.history import entries
from autobook.domain.provenance import Written
from autobook.domain.rules import rule_version
from autobook.domain.undo import UndoPlan
from autobook.service.finish_undo import UndoResult
from autobook.service.undo import UndoValues
from tests.autobook.service.processing import INVOICE, corrections, refusing, rule, run, system
from tests.fake_kanbert import booking, incoming
from tests.fakes import Crash, FakeRuleRepository, Fuse, System, message
from tests.listing import ListingSystem

ACCOUNT = rule("a", account="7380")


def all_of(rule_id: str | None = None) -> Callable[[Written], Written | None]:
    """What this rule has written, or any."""
    return lambda written: written if rule_id in {None, written.rule_id} else None


def undo(made: System, invoice: str = "inv1", rule_id: str | None = None, fuse: Fuse | None = None) -> UndoResult:
    return UndoValues(made.processor(fuse))(invoice, all_of(rule_id), "Ada", "trace-undo")


def plan(made: System, invoice: str = "inv1") -> UndoPlan:
    return UndoValues(made.processor()).preview(invoice, all_of()).plan


def accounts(made: System, invoice: str = "inv1") -> list[str | None]:
    return [line["chart_of_account_id"] for line in made.kanbert.incoming[invoice]["bookings"]]


def sweep(made: ListingSystem) -> int:
    """Sweeps until nothing is queued any more; how many PATCHes that led to."""
    before = len(made.kanbert.patches)
    for _ in range(4):
        made.sweeper()()
        made.work()
        made.clock.advance(hours=2)
    return len(made.kanbert.patches) - before


@pytest.fixture(scope="module")
def corrected() -> ListingSystem:
    """A rule has booked 20 invoices of 10 lines; a person has corrected one line of each."""
    made = ListingSystem(rule_repository=FakeRuleRepository(ACCOUNT))
    for number in range(20):
        made.kanbert.add(incoming(f"inv{number}", bookings=[booking(f"b{line}") for line in range(10)]))
    sweep(made)
    for number in range(20):
        made.kanbert.edit(f"inv{number}", f"b{number % 10}", chart_of_account_id="acc-person")
    sweep(made)
    assert lines_with(made) == (180, 20)
    return made


def lines_with(made: ListingSystem, account: str = "acc-7380") -> tuple[int, int]:
    """Lines with this account, and with the person's."""
    found = [each for identifier in made.kanbert.incoming for each in accounts(made, identifier)]
    return found.count(account), found.count("acc-person")


def test_two_hundred_lines(corrected: ListingSystem) -> None:
    """Exactly the 180 that stand; the next sweeps redo none, editing the rule books them again."""
    made = copy.deepcopy(corrected)
    results = [undo(made, f"inv{number}", "a") for number in range(20)]
    assert sum(len(each.restored) for each in results) == 180
    assert lines_with(made) == (0, 20)
    assert sweep(made) == 0
    assert lines_with(made) == (0, 20)
    made.rule_repository.items = [rule("a", account="7390")]
    sweep(made)
    assert lines_with(made, "acc-7390") == (180, 20)


@pytest.mark.parametrize("after", [False, True])
def test_two_hundred_lines_cut_off(corrected: ListingSystem, after: bool) -> None:
    """Each invoice's undo is ended at another call, and repeated: the same 180, each announced once."""
    made = copy.deepcopy(corrected)
    for number in range(20):
        undo_cut_off(made, f"inv{number}", at=number + 1, after=after)
    assert lines_with(made) == (0, 20)
    assert sweep(made) == 0
    values = [value for event in _each_once(made) for value in event.data["values"]]
    assert len(values) == 180


def _each_once(made: System) -> list[Any]:
    return list({event.id: event for event in made.publisher.of("invoice.undone")}.values())


def undo_cut_off(made: System, invoice: str, *, at: int, after: bool) -> bool:
    """An undo that ends at this call, and one that does not; true if there was such a call."""
    cut = False
    try:
        undo(made, invoice, "a", Fuse(at, after))
    except Crash:
        cut = True
    undo(made, invoice, "a")
    return cut


def booked() -> ListingSystem:
    """Three lines with account, title and type; a note, tags; one account corrected."""
    made = ListingSystem(
        rule_repository=FakeRuleRepository(
            rule("a", account="7380", booking_title="Hosting", booking_type="account_other", note="seen", tags=["t"])
        )
    )
    made.kanbert.add(incoming(notes="mine", bookings=[booking("b1", title="OCR"), booking("b2"), booking("b3")]))
    run(made)
    made.kanbert.edit("inv1", "b2", chart_of_account_id="acc-person")
    run(made)
    return made


def state(made: System) -> object:
    """What a cut-off must not change."""
    lines = [
        {name: each for name, each in line.items() if name != "updated_at"}
        for line in made.kanbert.incoming["inv1"]["bookings"]
    ]
    record = made.provenance.get(INVOICE)
    return lines, made.kanbert.incoming["inv1"]["notes"], record.written, {each.key for each in record.undone}


def test_every_field() -> None:
    """What stood there before stands there again; what cannot be restored is named with its reason."""
    made = booked()
    result = undo(made)
    lines = made.kanbert.incoming["inv1"]["bookings"]
    assert accounts(made) == [None, "acc-person", None]
    assert [line["title"] for line in lines] == ["OCR", None, None]
    assert [line["type"] for line in lines] == ["account"] * 3
    assert made.kanbert.incoming["inv1"]["notes"] == "mine"
    assert [(each.ours.field, each.reason) for each in result.kept] == [
        ("tags", "Kanbert does not show its tags: take them out there")
    ]
    assert undo(made).restored == ()


@pytest.mark.parametrize("resumed_by", ["operator", "process"])
def test_cut_off_anywhere(resumed_by: str) -> None:
    """Before or after every call; whoever comes next, the operator or a webhook's run, ends it alike."""
    start = booked()
    whole, fuse = copy.deepcopy(start), Fuse()
    undo(whole, rule_id="a", fuse=fuse)
    run(whole)
    for at in range(1, len(fuse.calls) + 1):
        for after in (False, True):
            made = copy.deepcopy(start)
            with pytest.raises(Crash):
                undo(made, rule_id="a", fuse=Fuse(at, after))
            if resumed_by == "process":
                run(made)
            undo(made, rule_id="a")
            run(made)
            assert state(made) == state(whole), (at, after, fuse.calls)
            assert {each.id for each in _each_once(made)} == {each.id for each in _each_once(whole)}
            assert len(corrections(made)) == 1  # the person's


def test_process_cut_off_while_it_finishes() -> None:
    """A run that finds an interrupted undo may itself be ended anywhere."""
    start = booked()
    with pytest.raises(Crash):
        undo(start, rule_id="a", fuse=Fuse(_first_patch(start), after=True))
    whole, fuse = copy.deepcopy(start), Fuse()
    whole.processor(fuse)(message())
    for at in range(1, len(fuse.calls) + 1):
        made = copy.deepcopy(start)
        with pytest.raises(Crash):
            made.processor(Fuse(at))(message())
        run(made)
        assert state(made) == state(whole), (at, fuse.calls)


def _first_patch(start: System) -> int:
    fuse = Fuse()
    undo(copy.deepcopy(start), rule_id="a", fuse=fuse)
    return next(at for at, name in enumerate(fuse.calls, 1) if name.endswith("patch_booking"))


def test_event_and_history() -> None:
    """Who took back which value of which version, in the event, the history and provenance; the state is announced."""
    made = system(ACCOUNT)
    run(made)
    made.publisher.published.clear()
    undo(made)
    assert made.publisher.types == ["invoice.changed", "invoice.undone"]
    data = made.publisher.of("invoice.undone")[0].data
    assert data["by"] == "Ada"
    assert data["values"] == [
        {
            "booking_id": "b1",
            "field": "account",
            "ours": {"id": "acc-7380", "code": "7380"},
            "restored": None,
            "rule_id": "a",
            "rule_version": rule_version(ACCOUNT),
        }
    ]
    texts = [each.text for each in entries(made.publisher.of("invoice.undone")[0])]
    assert texts[0] == "taken back by Ada: 1 entry"
    assert texts[1].startswith("line b1, account: 7380 (acc-7380) of rule a was taken back, empty again")
    assert [(each.place, each.rule_id, each.rule_version, each.by) for each in made.provenance.get(INVOICE).undone] == [
        (("b1", "account"), "a", rule_version(ACCOUNT), "Ada")
    ]
    assert {each.type for each in made.publisher.published} & {"booking.corrected"} == set()


def test_asks_for_a_person_then() -> None:
    """The next run says who took it back, and that the rule has not changed."""
    made = system(ACCOUNT)
    run(made)
    undo(made)
    run(made)
    reason = made.publisher.of("invoice.needs_review")[-1].data["reasons"][0]
    assert reason["message"] == "the account of rule a was taken back by Ada; the rule has not changed since"
    assert accounts(made) == [None]


@pytest.mark.parametrize("change", [Change.UPDATE, Change.DECIDE])
def test_nothing_redoes_it(change: Change) -> None:
    """Neither a webhook nor reprocessing; nor the status by the same rule."""
    made = system(rule("a", project="id:p1", status="ready_for_accounting"), rule("b", account="7380", overwrite=True))
    made.kanbert.incoming["inv1"]["sum_net"] = made.kanbert.incoming["inv1"]["sum_gross"]  # no status yet
    run(made)
    made.kanbert.incoming["inv1"]["sum_net"] = 100
    assert len(undo(made, rule_id="a").restored) == 1
    run(made, change=change)
    line = made.kanbert.line("inv1")
    assert (line["project_id"], line["chart_of_account_id"]) == (None, "acc-7380")
    assert made.kanbert.incoming["inv1"]["status"] == "open"


def test_another_rule_asks_for_it() -> None:
    """A rule that comes before it decides there; the one that it outranked stays silent."""
    made = system(rule("a", account="7380"), rule("low", account="5800", priority=900))
    run(made)
    undo(made)
    run(made)
    assert accounts(made) == [None]
    made.rule_repository.items.append(rule("high", account="7390", priority=1))
    run(made)
    assert accounts(made) == ["acc-7390"]


def test_rule_edited_before() -> None:
    """A version that would write the same once more is silent; one that says something else decides anew."""
    same, other = system(ACCOUNT), system(ACCOUNT)
    for made, item in ((same, rule("a", account="7380", owner="Eve")), (other, rule("a", account="7390"))):
        run(made)
        made.rule_repository.items = [item]
        undo(made)
        run(made)
    assert (accounts(same), accounts(other)) == ([None], ["acc-7390"])


def test_rules_that_agree() -> None:
    """Two rules of one priority that say the same in other words: neither writes it again."""
    made = system(rule("a", account="7380"), rule("b", account="id:acc-7380"))
    run(made)
    assert accounts(made) == ["acc-7380"]
    undo(made)
    run(made)
    assert accounts(made) == [None]


def test_value_from_before() -> None:
    """What a rule with `overwrite` had replaced is there again, and is left alone from then on."""
    made = system(rule("a", account="7380"))
    run(made)
    made.rule_repository.items.append(rule("b", account="7390", overwrite=True, priority=1))
    run(made)
    assert accounts(made) == ["acc-7390"]
    undo(made, rule_id="b")
    run(made)
    assert accounts(made) == ["acc-7380"]


@pytest.mark.parametrize("status", ["ready_for_accounting", "booked"])
def test_closed(status: str) -> None:
    """An invoice that is not open is left as it is, with the reason; reopened, it can be undone."""
    made = system(ACCOUNT)
    run(made)
    made.kanbert.edit("inv1", status=status)
    assert [each.reason for each in undo(made).kept] == [f"the invoice is {status}, not open"]
    assert accounts(made) == ["acc-7380"]
    assert made.provenance.get(INVOICE).undone == ()
    made.kanbert.edit("inv1", status="open")
    assert len(undo(made).restored) == 1


def test_closed_meanwhile() -> None:
    """Handed over between two of our requests: the rest stays ours."""
    made = system(ACCOUNT, bookings=[booking("b1"), booking("b2")])
    run(made)
    made.kanbert.around_patch = lambda _number, done: made.kanbert.edit("inv1", status="booked") if done else None
    first = made.clock
    ticks = iter(range(1_000))
    made.clock = type("Late", (), {"__call__": lambda _: first.now + timedelta(seconds=3 * next(ticks))})()
    result = undo(made)
    assert (len(result.restored), [each.reason for each in result.kept]) == (1, ["the invoice is booked, not open"])
    assert [each.place for each in made.provenance.get(INVOICE).written] == [("b2", "account")]


def test_persons_values() -> None:
    """A person's value, and one with which a person's goes, stay."""
    made = system(
        rule("a", account="7380", client="id:c1", booking_title="ours"), bookings=[booking("b1"), booking("b2")]
    )
    run(made)
    made.kanbert.edit("inv1", "b1", title="theirs", position_id="pos-person")
    result = undo(made)
    assert {(*each.ours.place, each.reason) for each in result.kept} == {
        ("b1", "account", "a person has chosen the position that goes with it"),
        ("b1", "booking_title", "a person has changed it since"),
    }
    assert accounts(made) == ["acc-7380", None]
    assert made.kanbert.line("inv1", "b1")["title"] == "theirs"


def test_position_goes_with_its_account() -> None:
    """Kanbert empties the position of another rule along with the account: nobody has corrected it."""
    made = system(rule("a", account="7380"), rule("p", position="id:pos1"))
    run(made)
    made.kanbert.along = lambda fields: {"position_id": None} if "chart_of_account_id" in fields else {}
    undo(made, rule_id="a")
    run(made)
    assert corrections(made) == []


@pytest.mark.parametrize("interrupted", [False, True])
def test_what_kanbert_set_along(interrupted: bool) -> None:
    """A client that Kanbert put there with our project goes with it; one that a person has chosen since stays."""
    made = system(rule("a", project="id:p1"), bookings=[booking("b1"), booking("b2")])
    made.kanbert.along = lambda fields: {"client_id": "c1"} if fields.get("project_id") else {}
    run(made)
    made.kanbert.edit("inv1", "b2", client_id="c-person")
    if interrupted:
        with pytest.raises(Crash):
            undo(made, rule_id="a", fuse=Fuse(_first_patch(made)))
    result = undo(made)
    assert [each.place for each in result.restored] == [("b1", "project")]
    assert [each.reason for each in result.kept] == ["a person has chosen the client that goes with it"]
    run(made)
    lines = [(each["project_id"], each["client_id"]) for each in made.kanbert.incoming["inv1"]["bookings"]]
    assert lines == [(None, None), ("p1", "c-person")]
    assert "b1" not in [each.booking_id for each in made.provenance.get(INVOICE).side_effects]
    assert corrections(made) == []


def test_note_that_was_edited() -> None:
    """Taken out only as we wrote it; the person's text around it stays."""
    made = system(rule("a", note="seen\nby us"), notes="above")
    run(made)
    edited = copy.deepcopy(made)
    made.kanbert.edit("inv1", notes=f"{made.kanbert.incoming['inv1']['notes']}\nbelow")
    assert len(undo(made).restored) == 1
    assert made.kanbert.incoming["inv1"]["notes"] == "above\nbelow"
    run(made)
    assert made.kanbert.incoming["inv1"]["notes"] == "above\nbelow"
    edited.kanbert.edit("inv1", notes="above\nseen, by us")
    assert [each.reason for each in plan(edited).kept] == ["the note no longer stands there as we wrote it"]


def test_refused() -> None:
    """What Kanbert does not take stays ours, with its message; the rest of the line is restored."""
    made = system(rule("a", account="7380", booking_title="ours"))
    run(made)
    made.kanbert.refuses = {"title": "is locked"}
    result = undo(made)
    assert [each.field for each in result.restored] == ["account"]
    assert [(each.ours.field, each.reason) for each in result.kept] == [("booking_title", "is locked")]
    assert [each.field for each in made.provenance.get(INVOICE).written] == ["booking_title"]
    assert [each.field for each in made.provenance.get(INVOICE).undone] == ["account"]


@pytest.mark.parametrize("error", [RetryLater("429"), Unanswered("no answer"), GiveUp("odd"), Refused("422")])
@pytest.mark.parametrize("done", [False, True])
def test_faults(error: Exception, done: bool) -> None:
    """Whatever Kanbert answers to the first request, carried out or not: all is restored in the end."""
    made = system(ACCOUNT, bookings=[booking("b1"), booking("b2")])
    run(made)
    patches = len(made.kanbert.patches)
    made.kanbert.around_patch = refusing(patches + 1, error=error, done=done)  # type: ignore[arg-type]
    with contextlib.suppress(RetryLater):
        undo(made)
    undo(made)
    assert accounts(made) == [None, None]
    assert len(made.provenance.get(INVOICE).undone) == 2


def test_deleted_line_and_invoice() -> None:
    """What is gone is said; an invoice that is gone ends with that reason."""
    made = system(ACCOUNT, bookings=[booking("b1"), booking("b2")])
    run(made)
    made.kanbert.incoming["inv1"]["bookings"].pop()
    assert [each.reason for each in undo(made).kept] == ["the line was deleted"]
    del made.kanbert.incoming["inv1"]
    with pytest.raises(GiveUp):
        undo(made)


def test_incomplete_run_first() -> None:
    """An incomplete run is resumed before anything is taken back."""
    made = system(ACCOUNT)
    with pytest.raises(Crash):
        made.processor(Fuse(_patch_of(made), after=True))(message())
    with pytest.raises(RetryLater, match="interrupted"):
        undo(made)
    run(made)
    assert len(undo(made).restored) == 1


def _patch_of(made: System) -> int:
    fuse = Fuse()
    copy.deepcopy(made).processor(fuse)(message())
    return fuse.calls.index("FakeKanbert.patch_booking") + 1


def test_run_at_the_same_time() -> None:
    """A run that is faster refuses our save; repeated, the same is restored."""
    made = system(ACCOUNT)
    run(made)
    put = made.provenance.put

    def faster(record: Any) -> Any:
        made.provenance.put = put  # type: ignore[method-assign]
        put(made.provenance.get(INVOICE))
        return put(record)

    made.provenance.put = faster  # type: ignore[method-assign]
    with pytest.raises(RetryLater):
        undo(made)
    assert len(undo(made).restored) == 1
