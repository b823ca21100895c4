"""What was announced is known, wherever a run ends: it is not announced again under another id, and not forgotten."""

from copy import deepcopy

import pytest

from autobook.domain.errors import RetryLater
from tests.autobook.service.processing import rule, run, system
from tests.fakes import Crash, Fuse, System, message


def end_after_publishing(made: System) -> None:
    """A run that ends before it can save that it published."""
    fuse = Fuse()
    deepcopy(made).processor(fuse)(message())
    last = max(at for at, name in enumerate(fuse.calls, 1) if name == "FakeEventPublisher.publish")
    with pytest.raises(Crash):
        made.processor(Fuse(at=last, after=True))(message())


@pytest.mark.parametrize("change", [{"title": "touched"}, {"status": "booked"}, {"notes": "a person's"}])
def test_changed_between_a_crash_and_the_next_attempt(change: dict[str, str]) -> None:
    """Values that were announced before a crash are not announced under another id, whatever happens meanwhile."""
    before = system(rule(account="7380", note="seen"))
    fuse = Fuse()
    deepcopy(before).processor(fuse)(message())
    for number in range(fuse.calls.index("FakeEventPublisher.publish") + 1, len(fuse.calls) + 1):
        made = deepcopy(before)
        with pytest.raises(Crash):
            made.processor(Fuse(at=number))(message())
        made.kanbert.edit("inv1", **change)
        made.rule_repository.items.append(rule("more", project="id:p1"))
        for _ in range(2):
            run(made)
        announced = {event.id: event.data["values"] for event in made.publisher.of("invoice.booked")}
        fields = [value["field"] for values in announced.values() for value in values]
        assert sorted(fields) == sorted(set(fields)), number
        assert {"account", "note"} <= set(fields)
        assert made.publisher.types[0] == "invoice.received"


def test_back_before_the_next_attempt() -> None:
    """A state that was announced before a crash is left again: the one before it is announced once more."""
    made = system()
    run(made)
    title = made.kanbert.incoming["inv1"]["title"]
    made.kanbert.edit("inv1", title="theirs")
    end_after_publishing(made)
    made.kanbert.edit("inv1", title=title)
    run(made)
    run(made)
    received = made.publisher.of("invoice.received")[0].data["document"]["state"]
    changed = {event.id: event.data["document"]["state"] for event in made.publisher.of("invoice.changed")}
    assert list(changed.values())[-1] == received
    assert len(changed) == 2


def test_there_again_before_the_next_attempt() -> None:
    """The same of a deletion."""
    made = system()
    run(made)
    document = made.kanbert.incoming.pop("inv1")
    with pytest.raises(RetryLater):
        run(made)
    made.clock.advance(minutes=1)
    end_after_publishing(made)
    made.kanbert.incoming["inv1"] = document
    run(made)
    run(made)
    types = [event.type for event in {event.id: event for event in made.publisher.published}.values()]
    assert "invoice.changed" in types[types.index("invoice.deleted") :]
