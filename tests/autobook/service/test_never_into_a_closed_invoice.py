"""Nothing is written once the invoice was found in another status than `open`; our own status comes last, alone."""

import copy
from typing import Any

import pytest

from autobook.domain.errors import RetryLater, Unanswered
from autobook.service.process import ProcessOutcome
from tests.autobook.service.processing import INVOICE, corrections, reasons, refusing, rule, run, system
from tests.fake_kanbert import booking, undisturbed
from tests.fakes import Crash, Fuse, System, message

EVERYTHING = (
    rule("line", account="7380", booking_title="ours"),
    rule("own", note="seen", tags=["t"], editor="id:u1"),
    rule("done", status="ready_for_accounting"),
)


def made() -> System:
    """Two lines, fields of the invoice, the status."""
    return system(*EVERYTHING, bookings=[booking("b1", value=60), booking("b2", value=40)])


def calls(before: System) -> list[str]:
    """The calls of an undisturbed run."""
    fuse = Fuse()
    copy.deepcopy(before).processor(fuse)(message())
    return fuse.calls


def test_status_alone_and_last() -> None:
    """The status goes in a request of its own, after all others."""
    one = made()
    run(one)
    assert [sorted(fields) for _, _, fields in one.kanbert.patches] == [
        ["chart_of_account_id", "title"],
        ["chart_of_account_id", "title"],
        ["editor_id", "notes", "tags"],
        ["status"],
    ]


@pytest.mark.parametrize("status", ["ready_for_accounting", "booked"])
@pytest.mark.parametrize("after", [False, True])
def test_handed_over_after_a_crash(after: bool, status: str) -> None:
    """Wherever a run ends: if the next one finds the invoice handed over, it writes whatever is left."""
    for number in range(1, len(calls(made())) + 1):
        one = made()
        with pytest.raises(Crash) as crash:
            one.processor(Fuse(at=number, after=after))(message())
        patches = list(one.kanbert.patches)
        one.kanbert.edit("inv1", status=status)
        run(one)
        run(one)
        assert one.kanbert.patches == patches, crash.value
        assert corrections(one) == [], crash.value


def test_handed_over_while_it_is_booked() -> None:
    """What a person hands over between two requests is left alone as soon as a look or an answer shows it.

    A line's answer does not: the lines are written within seconds of a look.
    """
    expected = [["b1", "b2"], ["b1", "b2"], ["b1", "b2", None]]
    for number, lines in enumerate(expected, 1):
        one = made()

        def person(at: int, done: bool, number: int = number, one: System = one) -> None:
            if at == number and done:
                one.kanbert.edit("inv1", status="ready_for_accounting")

        one.kanbert.around_patch = person
        run(one)
        assert [line for _, line, _ in one.kanbert.patches] == lines
        assert [w.field for w in one.provenance.get(INVOICE).written if w.field == "status"] == []
        run(one)
        assert one.publisher.types[-1] == "invoice.changed"
        assert corrections(one) == []


def test_handed_over_as_an_answer_shows() -> None:
    """The answer to a request about the invoice that shows another status ends all writing."""
    one = system(rule("own", editor="id:u1"), rule("done", status="ready_for_accounting", account="7380"))
    one.kanbert.edit("inv1", "b1", chart_of_account_id="theirs")

    def book(same: object) -> object:
        one.kanbert.edit("inv1", status="booked")
        return same

    one.kanbert.makes_of = {"editor_id": book}
    run(one)
    assert [sorted(fields) for _, _, fields in one.kanbert.patches] == [["editor_id"]]


def test_changed_meanwhile() -> None:
    """The status is not set on an invoice that a person has changed since it was decided on; the next run decides."""
    one = made()

    def person(at: int, done: bool) -> None:
        if at == 3 and done:
            one.kanbert.edit("inv1", "b2", value=99)

    one.kanbert.around_patch = person
    run(one)
    assert one.kanbert.incoming["inv1"]["status"] == "open"
    one.kanbert.around_patch = undisturbed
    run(one)
    assert reasons(one) == [("implausible_sums", None, "status")]


def test_persons_status_is_not_ours() -> None:
    """The status that stands there counts as ours only if everything before it is done."""
    one = made()
    one.kanbert.around_patch = refusing(2, error=Unanswered("500"))
    with pytest.raises(RetryLater):
        run(one)
    one.kanbert.edit("inv1", status="ready_for_accounting")
    run(one)
    assert "status" not in {w.field for w in one.provenance.get(INVOICE).written}
    one.kanbert.edit("inv1", status="open")
    run(one)
    assert corrections(one) == []


def test_status_kept_open() -> None:
    """A status that Kanbert does not take, without an error, is a problem, and nothing of ours."""
    one = made()
    one.kanbert.makes_of = {"status": lambda _: "open"}
    run(one)
    assert reasons(one) == [("refused", None, "status")]
    assert run(one).outcome is ProcessOutcome.UNCHANGED


class TestTagsAndNotes:
    def test_tags_alone_in_doubt(self) -> None:
        """Tags of which nothing tells whether they were written are not written again; a person has to look, once."""
        one = system(rule(tags=["t"], account="7380", status="ready_for_accounting"))
        one.kanbert.around_patch = refusing(2, error=Unanswered("500"), done=True)
        with pytest.raises(RetryLater):
            run(one)
        one.kanbert.around_patch = undisturbed
        one.kanbert.tags["inv1"] = ["a person's"]
        run(one)
        assert one.kanbert.tags["inv1"] == ["a person's"]
        assert reasons(one) == [("in_doubt", None, "tags"), ("status_withheld", None, "status")]
        one.kanbert.edit("inv1", title="touched")
        run(one)
        assert one.kanbert.tags["inv1"] == ["a person's"]
        assert len(one.publisher.of("invoice.needs_review")) == 1

    @pytest.mark.parametrize("done", [False, True])
    def test_tags_beside_a_note(self, done: bool) -> None:
        """A note that went in the same request tells of the tags: both are there, or neither is."""
        one = system(rule(tags=["t"], note="seen", account="7380"))
        one.kanbert.around_patch = refusing(2, error=Unanswered("500"), done=done)
        with pytest.raises(RetryLater):
            run(one)
        one.kanbert.around_patch = undisturbed
        run(one)
        sent = [fields for _, line, fields in one.kanbert.patches if line is None]
        assert sent == [{"tags": ["t"], "notes": "seen"}]
        assert one.publisher.types == ["invoice.received", "invoice.booked"]

    def test_tags_beside_a_note_of_a_persons(self) -> None:
        """A person has written the same note meanwhile, and no editor is there: nothing tells of the tags."""
        one = system(rule(tags=["t"], note="seen", account="7380", editor="id:u1"))
        one.kanbert.around_patch = refusing(2, error=Unanswered("500"))
        with pytest.raises(RetryLater):
            run(one)
        one.kanbert.around_patch = undisturbed
        one.kanbert.edit("inv1", notes="seen")
        run(one)
        assert one.kanbert.tags == {}
        assert reasons(one) == [("in_doubt", None, "tags")]
        booked = [value["field"] for value in one.publisher.of("invoice.booked")[0].data["values"]]
        assert booked == ["account", "note", "editor"]

    def test_tags_that_were_not_sent(self) -> None:
        """Tags that a 429 kept from being written are written later."""
        one = system(rule(tags=["t"], account="7380"))
        one.kanbert.around_patch = refusing(2)
        with pytest.raises(RetryLater):
            run(one)
        one.kanbert.around_patch = undisturbed
        run(one)
        assert one.kanbert.tags == {"inv1": ["t"]}
        assert one.publisher.types == ["invoice.received", "invoice.booked"]

    def test_tags_before_a_crash_at_the_end(self) -> None:
        """Tags that Kanbert took are not written again, wherever the run ends after that."""
        before = made()
        names = calls(before)
        last = max(at for at, name in enumerate(names, 1) if name == "FakeKanbert.patch_incoming_invoice") - 1
        for number in range(last, len(names) + 1):
            one = made()
            with pytest.raises(Crash):
                one.processor(Fuse(at=number))(message())
            run(one)
            sent: list[Any] = [fields["tags"] for _, _, fields in one.kanbert.patches if "tags" in fields]
            assert sent == [["t"]], number

    def test_note_that_stands_there(self) -> None:
        """A note that is there already is not doubled."""
        one = system(rule(note="seen"), notes="A person has seen it", bookings=[booking(chart_of_account_id="x")])
        run(one)
        assert one.kanbert.incoming["inv1"]["notes"] == "A person has seen it"
