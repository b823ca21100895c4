"""Every use case, ended right before and right after every call that it makes to the outside, and delivered again.

The calls are found by counting them in an undisturbed run, so that a new one is covered without anyone remembering.
"""

import copy
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from autobook.domain import event_fields
from autobook.domain.documents import Change, DocumentKind
from autobook.domain.errors import RetryLater
from autobook.domain.events import Event
from tests.fake_kanbert import booking, incoming, outgoing
from tests.fakes import Crash, FakeRuleRepository, Fuse, System, message

HETZNER = 'supplier.name contains "Hetzner"'

type Act = Callable[[System, Fuse | None], None]


def process(system: System, fuse: Fuse | None) -> None:
    """One message about the incoming invoice."""
    system.processor(fuse)(message())


def decide_again(system: System, fuse: Fuse | None) -> None:
    """The sweep's message about an invoice that is to be decided again."""
    system.processor(fuse)(message(change=Change.DECIDE))


def process_outgoing(system: System, fuse: Fuse | None) -> None:
    """One message about the outgoing invoice."""
    system.processor(fuse)(message("out1", DocumentKind.OUTGOING_INVOICE))


def archive_first(system: System, fuse: Fuse | None) -> None:
    """The first event that was published, to the archive."""
    system.archiver(fuse)(system.publisher.published[0])


def rule(rule_id: str, when: str = HETZNER, **actions: Any) -> dict[str, Any]:
    return {"rule_id": rule_id, "when": when, **actions}


def fresh() -> System:
    """Everything at once: two lines, fields of both kinds, a suggestion, the status."""
    system = System(
        rule_repository=FakeRuleRepository(
            rule("account", account="7380", booking_title="Hosting {invoice_number}", booking_type="account_other"),
            rule("open-only", 'status = "open" and bookings.any(chart_of_account_id is null)', tags=["t"], note="seen"),
            rule("people", editor="id:u1", payment_account="id:pa1"),
            rule("maybe", mode="suggest", project="id:p1"),
            rule("done", status="ready_for_accounting"),
        )
    )
    system.kanbert.add(
        incoming(notes="mine", bookings=[booking("b1", value=Decimal("60.00")), booking("b2", value=Decimal("40.00"))])
    )
    return system


def reviewed() -> System:
    """A conflict, an unknown code, a line that no rule fits, and something to write all the same."""
    system = System(
        rule_repository=FakeRuleRepository(
            rule("a", "booking.value < 50", account="7380", project="id:p1"),
            rule("b", "booking.value < 50", account="7390"),
            rule("c", "booking.value >= 50", account="0000"),
            rule("n", note="look"),
        )
    )
    system.kanbert.add(
        incoming(bookings=[booking("b1", value=Decimal("20.00")), booking("b2", value=Decimal("80.00"))])
    )
    return system


def without_line() -> System:
    """Nothing to book on."""
    system = System(rule_repository=FakeRuleRepository(rule("a", account="7380", note="no line")))
    system.kanbert.add(incoming(bookings=[]))
    return system


def corrected() -> System:
    """Booked; then a person corrected one line while the rules learnt something new for the other."""
    system = System(rule_repository=FakeRuleRepository(rule("a", account="7380")))
    system.kanbert.add(incoming(bookings=[booking("b1"), booking("b2")]))
    process(system, None)
    system.kanbert.edit("inv1", "b1", chart_of_account_id="acc-person")
    system.rule_repository.items = [rule("a", account="7380", booking_title="new")]
    return system


def overwritten() -> System:
    """Booked; then a rule came that may overwrite, with another account and another title."""
    system = System(rule_repository=FakeRuleRepository(rule("a", account="7380", booking_title="old")))
    system.kanbert.add(incoming(bookings=[booking("b1"), booking("b2")]))
    process(system, None)
    system.kanbert.edit("inv1", title="changed")
    system.rule_repository.items = [rule("b", account="7390", booking_title="new", overwrite=True)]
    return system


def refused() -> System:
    """Kanbert takes the one line's account and refuses the other's."""
    system = reviewed()
    system.rule_repository.items = [
        rule("a", "booking.value < 50", account="7380"),
        rule("c", "booking.value >= 50", account="7390"),
        rule("s", status="ready_for_accounting", note="seen"),
    ]
    system.kanbert.closed_accounts = {"acc-7390"}
    return system


def known(*rules: dict[str, Any], now: tuple[dict[str, Any], ...]) -> System:
    """Decided by these rules; then an administrator edited them. Nobody has touched the invoice."""
    system = System(rule_repository=FakeRuleRepository(*rules))
    system.kanbert.add(incoming())
    process(system, None)
    system.rule_repository.items = list(now)
    return system


def reached() -> System:
    """A rule came after the invoice, with something to write, something to suggest and something to look at."""
    new = (rule("a", account="7380", note="seen", tags=["t"], client="C-1"), rule("s", mode="suggest", project="id:p1"))
    return known(now=new)


def other_problems() -> System:
    """Nothing to write, before as after, but for another reason."""
    return known(rule("a", account="0000"), now=(rule("a", account="7380"), rule("b", account="7390")))


def not_shown() -> System:
    """What is written cannot be read: the state stays the same."""
    return known(rule("a", account="0000"), now=(rule("a", account="0000", tags=["t"]),))


def other_forms() -> System:
    """Kanbert brings texts into another form, and answers nothing."""
    system = fresh()
    system.kanbert.makes_of = {"title": str.upper, "notes": str.title}
    system.kanbert.shows_writes = False
    return system


def left_empty() -> System:
    """Kanbert drops a value without an error."""
    system = fresh()
    system.kanbert.makes_of = {"title": _nothing}
    return system


def _nothing(_: object) -> None:
    return None


def partly_refused() -> System:
    """Kanbert names fields that it does not take, of a line and of the invoice."""
    system = fresh()
    system.kanbert.refuses = {"type": "is closed", "editor_id": "is unknown"}
    return system


def deleted() -> System:
    """Booked, then gone; a first look has found nothing."""
    system = System(rule_repository=FakeRuleRepository(rule("a", account="7380")))
    system.kanbert.add(incoming())
    process(system, None)
    del system.kanbert.incoming["inv1"]
    with pytest.raises(RetryLater):
        process(system, None)
    system.clock.advance(minutes=1)
    return system


def sent() -> System:
    """An outgoing invoice."""
    system = System()
    system.kanbert.add(outgoing())
    return system


def announced() -> System:
    """An incoming invoice that is to be archived; another one is in the archive already."""
    system = System()
    for identifier in ("inv0", "inv1"):
        system.kanbert.add(incoming(identifier), pdf=f"%PDF of {identifier}".encode())
        system.processor()(message(identifier))
    system.archiver()(system.publisher.published.pop(0))
    system.publisher.published = [e for e in system.publisher.published if e.type == "invoice.received"]
    return system


def announced_outgoing() -> System:
    """An outgoing invoice that is to be archived."""
    system = sent()
    process_outgoing(system, None)
    return system


CASES: list[Any] = [
    pytest.param(fresh, process, 12, id="everything at once"),
    pytest.param(reviewed, process, 11, id="needs review"),
    pytest.param(without_line, process, 7, id="no line"),
    pytest.param(corrected, process, 8, id="a correction and new writes"),
    pytest.param(overwritten, process, 9, id="our own values overwritten"),
    pytest.param(refused, process, 11, id="a refusal"),
    pytest.param(reached, decide_again, 11, id="decided again"),
    pytest.param(reached, process, 11, id="decided again for a webhook"),
    pytest.param(other_problems, decide_again, 5, id="other problems"),
    pytest.param(other_forms, process, 14, id="other forms, and no answers"),
    pytest.param(left_empty, process, 14, id="a value that is left empty"),
    pytest.param(partly_refused, process, 14, id="refusals that name fields"),
    pytest.param(deleted, process, 4, id="deleted"),
    pytest.param(sent, process_outgoing, 4, id="outgoing"),
    pytest.param(announced, archive_first, 9, id="archive"),
    pytest.param(announced_outgoing, archive_first, 9, id="archive outgoing"),
]


def end_state(system: System) -> dict[str, Any]:
    """Everything that somebody could see afterwards, but for when things happened."""
    return {
        "incoming": timeless(system.kanbert.incoming),
        "outgoing": timeless(system.kanbert.outgoing),
        "tags": system.kanbert.tags,
        "provenance": {key: (e.fingerprint, e.revision, set(e.written), e.pending, e.human_owned, e.deleted)
                   for key, e in system.provenance.records.items()},
        "archive": system.objects.objects,
        "manifest": system.manifest.lines,
    }  # fmt: skip


def timeless(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: timeless(item) for key, item in value.items() if key != "updated_at"}
    return [timeless(item) for item in value] if isinstance(value, list) else value


def facts(system: System) -> dict[str, tuple[str, Any]]:
    """The events by id; neither the order of the values within one nor what objects are called is of importance."""
    return {event.id: (event.type, sorted_values(event)) for event in system.publisher.published}


def sorted_values(event: Event) -> Any:
    kept = event_fields.facts(event.data)
    return {k: sorted(v, key=repr) if isinstance(v, list) else v for k, v in kept.items()}


def undisturbed(build: Callable[[], System], act: Act) -> tuple[System, Fuse]:
    system, fuse = build(), Fuse()
    act(system, fuse)
    return system, fuse


@pytest.mark.parametrize(("build", "act", "least"), CASES)
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_one_crash(build: Callable[[], System], act: Act, least: int, after: bool) -> None:
    """A run that ends at any call and is delivered again leaves the state and the events of an undisturbed one."""
    expected, fuse = undisturbed(build, act)
    assert len(fuse.calls) >= least
    for number in range(1, len(fuse.calls) + 1):
        system = build()
        with pytest.raises(Crash) as crash:
            act(system, Fuse(at=number, after=after))
        act(system, None)
        assert facts(system) == facts(expected), crash.value
        assert end_state(system) == end_state(expected), crash.value


@pytest.mark.parametrize(("build", "act", "least"), CASES)
def test_two_crashes(build: Callable[[], System], act: Act, least: int) -> None:
    """The same holds for a second crash, at any call of the second attempt."""
    expected, fuse = undisturbed(build, act)
    tried = 0
    for first in range(1, len(fuse.calls) + 1):
        for after in (False, True):
            broken = build()
            with pytest.raises(Crash):
                act(broken, Fuse(at=first, after=after))
            again = copy.deepcopy(broken)
            second_attempt = Fuse()
            act(again, second_attempt)
            for second in range(1, len(second_attempt.calls) + 1):
                system = copy.deepcopy(broken)
                with pytest.raises(Crash) as crash:
                    act(system, Fuse(at=second, after=True))
                act(system, None)
                tried += 1
                assert facts(system) == facts(expected), (first, after, crash.value)
                assert end_state(system) == end_state(expected), (first, after, crash.value)
    assert tried > least


def test_events_are_told_apart() -> None:
    """The check itself notices a run whose event is missing."""
    expected, _ = undisturbed(fresh, process)
    lacking = copy.deepcopy(expected)
    lacking.publisher.published.pop()
    assert facts(lacking) != facts(expected)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_what_cannot_be_read(after: bool) -> None:
    """Tags alone: a run that ends while they are sent leaves them to a person, at any other call it is repeated."""
    expected, fuse = undisturbed(not_shown, decide_again)
    sent = fuse.calls.index("FakeKanbert.patch_incoming_invoice") + 1
    for number in range(1, len(fuse.calls) + 1):
        system = not_shown()
        with pytest.raises(Crash) as crash:
            decide_again(system, Fuse(at=number, after=after))
        decide_again(system, None)
        in_doubt = {
            reason["field"]
            for event in system.publisher.of("invoice.needs_review")
            for reason in event.data["reasons"]
            if reason["code"] == "in_doubt"
        }
        # From the save of the intention to that of the outcome.
        if sent - (1 if after else 0) <= number <= sent + (0 if after else 1):
            assert in_doubt == {"tags"}, crash.value
        else:
            assert facts(system) == facts(expected), crash.value
            assert end_state(system) == end_state(expected), crash.value
        assert len([fields for _, _, fields in system.kanbert.patches if "tags" in fields]) <= 1, crash.value
