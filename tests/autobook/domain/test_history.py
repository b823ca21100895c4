"""A document's history: each event in words that a person can read as they stand."""

import json

import pytest

from autobook.domain.events import Event
from autobook.domain.history import entries, value_text
from tests.event_examples import published

EVENTS = published()


def example(type_: str) -> Event:
    """The longest event of the type."""
    return max((each for each in EVENTS if each.type == type_), key=lambda each: len(each.to_json()))


def test_every_event_has_an_entry() -> None:
    """Of its own name and time, about its document; what it says is in the details, but for its parts."""
    for event in EVENTS:
        first, *parts = entries(event)
        assert (first.name, first.at, first.type) == (event.id, event.time, event.type)
        assert first.document == event.subject.replace("/", ":", 1)
        assert first.text
        assert all(part.is_part and part.details for part in parts)
        contained = {json.dumps(part.details, sort_keys=True) for part in parts}
        inside = [each for value in event.data.values() if isinstance(value, list) for each in value]
        assert contained <= {json.dumps(each, sort_keys=True) for each in inside}


def test_the_same_fact_has_the_same_names() -> None:
    """Whenever it is written again."""
    event = example("invoice.booked")
    again = event.model_copy(update={"time": event.time.replace(year=2030)})
    assert [each.name for each in entries(event)] == [each.name for each in entries(again)]
    assert len({each.name for each in entries(event)}) == len(list(entries(event)))


@pytest.mark.parametrize(
    ("type_", "texts"),
    [
        ("invoice.received", ["seen for the first time"]),
        (
            "invoice.booked",
            [
                "booked: 2 entries",
                "line b1, account = 7380 Hosting and telephone (acc-7380), by rule hosting",
                "tags = hosting, by rule hosting",
            ],
        ),
        (
            "booking.corrected",
            [
                "corrected by a person: 1 entry",
                "line b1, account: 7380 Hosting and telephone (acc-7380) of rule hosting became 5800 IT (acc-5800)",
            ],
        ),
        ("invoice.deleted", ["deleted in Kanbert"]),
    ],
)
def test_in_words(type_: str, texts: list[str]) -> None:
    """As the console shows them."""
    assert [each.text for each in entries(example(type_))] == texts


def test_changes_are_named() -> None:
    """Which fields have changed, and how many lines."""
    (entry,) = entries(example("invoice.changed"))
    assert entry.text == "changed: invoice_title, 2 lines"


def test_archived() -> None:
    """What was archived, and for how long."""
    (entry,) = entries(example("invoice.archived"))
    assert entry.text == "archived: 2 objects, file archived, until 2033-12-31"


def test_several_rules_behind_one_reason() -> None:
    """There is an entry for each rule, so that each finds it; only the first is value_text."""
    event = example("invoice.needs_review")
    reason = event.data["reasons"][0] | {"rule_ids": ["one", "two"], "message": "they disagree"}
    found = list(entries(event.model_copy(update={"data": event.data | {"reasons": [reason]}})))
    assert [(each.rule_id, each.is_repeated) for each in found] == [("", False), ("one", False), ("two", True)]
    assert {each.text for each in found[1:]} == {"line b2, they disagree"}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        ({"id": "acc1"}, "acc1"),
        ({"id": "acc1", "code": "7380"}, "7380 (acc1)"),
        ({"code": "P-1"}, "P-1"),
        ({"text": "x" * 500}, "x" * 200 + "…"),
        ({"texts": ["a", "b"]}, "a, b"),
        ({"text": ""}, ""),
    ],
)
def test_values(value: dict[str, object] | None, text: str) -> None:
    """As people know them: code and title, then the id."""
    assert value_text(value) == text
