"""The history in its table: added, never written again, found without a scan."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from autobook.adapters.dynamodb.history_store import DynamoHistory, RecordingPublisher
from autobook.adapters.dynamodb.provenance_store import DynamoProvenanceStore
from autobook.adapters.dynamodb.review_list import DynamoReviewList, DynamoSuggestionList
from autobook.domain.documents import Document, DocumentKind
from autobook.domain.events import Event
from autobook.domain.history import entries
from autobook.domain.provenance import OpenSuggestion, ProvenanceRecord, Written
from autobook.domain.reviews import OpenReview
from tests.autobook.adapters.conftest import HISTORY, PROVENANCE
from tests.event_examples import published
from tests.fake_kanbert import NOW
from tests.fakes import FakeEventPublisher

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

EVENTS = [each for each in published() if each.type != "rule.changed"]
INVOICE = "incoming_invoice:inv1"


@pytest.fixture
def history(dynamodb: "DynamoDBClient") -> DynamoHistory:
    """With the events of three documents."""
    made = DynamoHistory(dynamodb, HISTORY)
    for event in EVENTS:
        made.append(event)
    return made


def test_of_a_document(history: DynamoHistory) -> None:
    """All of it comes back, in order of time, parts behind their event."""
    found = history.of_document(INVOICE)
    assert {each.document for each in found} == {INVOICE}
    written = [each for event in EVENTS if event.document.key == INVOICE for each in entries(event)]
    assert {each.name for each in found} == {each.name for each in written}
    assert [each.at for each in found] == sorted(each.at for each in found)
    assert {each.name: each.details for each in found} == {each.name: each.details for each in written}


def test_by_rule(history: DynamoHistory) -> None:
    """What a rule has written, suggested and lost, across documents; also from a time on."""
    found = list(history.by("rule", "hosting"))
    assert {each.type for each in found} == {"invoice.booked", "booking.corrected", "invoice.undone"}
    later = list(history.by("rule", "hosting", NOW + timedelta(minutes=5)))
    assert {each.type for each in later if each.document == INVOICE} == {"booking.corrected"}
    assert list(history.by("rule", "nobody")) == []


@pytest.mark.parametrize(("what", "value"), [("supplier", "Hetzner Online GmbH"), ("number", "R-2026-17")])
def test_by_supplier_and_number(history: DynamoHistory, what: str, value: str) -> None:
    """Events, not their parts."""
    found = list(history.by(what, value))
    assert found
    assert not [each for each in found if each.is_part]
    assert [each.at for each in found] == sorted(each.at for each in found)


def test_never_written_again(dynamodb: "DynamoDBClient", history: DynamoHistory) -> None:
    """An event that is published again, at another time, leaves its entries as they are."""
    before = dynamodb.scan(TableName=HISTORY)["Items"]
    for event in EVENTS:
        history.append(event.model_copy(update={"time": event.time + timedelta(days=1)}))
    after = dynamodb.scan(TableName=HISTORY)["Items"]
    assert sorted(map(repr, after)) == sorted(map(repr, before))


def test_long_details_are_left_out(dynamodb: "DynamoDBClient") -> None:
    """An item has 400 KB; the sentence stays."""
    event = max(EVENTS, key=lambda each: len(each.to_json()))
    long = event.model_copy(update={"data": event.data | {"later": "x" * 400_000}})
    made = DynamoHistory(dynamodb, HISTORY)
    made.append(long)
    (first, *_) = [each for each in made.of_document(long.document.key) if not each.is_part]
    assert first.text
    assert first.details is None


def test_readable_in_the_console(dynamodb: "DynamoDBClient", history: DynamoHistory) -> None:
    """Every item says in plain attributes when, what and of which document."""
    assert history is not None
    for item in dynamodb.scan(TableName=HISTORY)["Items"]:
        assert {"document", "entry", "at", "type", "text"} <= set(item)
        assert all("S" in item[name] for name in ("document", "at", "type", "text"))


class Failing(FakeEventPublisher):
    """The topic is away."""

    def publish(self, events: Iterable[Event]) -> None:
        """Refuse."""
        raise ConnectionError(list(events))


def test_recorded_before_it_is_published(dynamodb: "DynamoDBClient") -> None:
    """Nothing that is announced can be missing; what could not be announced is not recorded twice by the next run."""
    made, topic = DynamoHistory(dynamodb, HISTORY), FakeEventPublisher()
    with pytest.raises(ConnectionError):
        RecordingPublisher(made, Failing()).publish(EVENTS[:2])
    assert [each.name for each in made.of_document(EVENTS[0].document.key)] == [e.name for e in entries(EVENTS[0])]
    RecordingPublisher(made, topic).publish(EVENTS[:2])
    assert topic.published == EVENTS[:2]
    names = [each.name for event in EVENTS[:2] for each in entries(event)]
    found = {each.name for key in {e.document.key for e in EVENTS[:2]} for each in made.of_document(key)}
    assert found == set(names)


def test_table_away(dynamodb: "DynamoDBClient") -> None:
    """Then nothing is published: the message is retried."""
    topic = FakeEventPublisher()
    with pytest.raises(ClientError):
        RecordingPublisher(DynamoHistory(dynamodb, "no-such-table"), topic).publish(EVENTS)
    assert topic.published == []


def record(identifier: str, *reviews: OpenReview) -> ProvenanceRecord:
    return ProvenanceRecord(Document(DocumentKind.INCOMING_INVOICE, identifier), fingerprint="f", reviews=reviews)


def test_what_needs_a_person(dynamodb: "DynamoDBClient") -> None:
    """Whoever has waited longest comes first; what is resolved is no longer there."""
    store = DynamoProvenanceStore(dynamodb, PROVENANCE)
    old, new = (
        OpenReview("no_rule", text, "b1", "account", (), (), NOW + timedelta(days=n)) for n, text in enumerate("ab")
    )
    store.put(record("inv2", new))
    store.put(record("inv1", new, old))
    store.put(record("inv3"))
    waiting = list(DynamoReviewList(dynamodb, PROVENANCE))
    assert [each.document.id for each in waiting] == ["inv1", "inv2"]
    assert waiting[0].reviews == (new, old)
    assert waiting[0].reviews[1].since == NOW
    store.put(replace(waiting[0], reviews=()))
    assert [each.document.id for each in DynamoReviewList(dynamodb, PROVENANCE)] == ["inv2"]


def test_suggestions_that_stand(dynamodb: "DynamoDBClient") -> None:
    """The document with the oldest comes first; an index answers, without a scan."""
    store, operations = DynamoProvenanceStore(dynamodb, PROVENANCE), list[str]()
    old, new = (
        OpenSuggestion(Written("b1", "account", text, None, "r"), NOW + timedelta(days=n))
        for n, text in enumerate("ab")
    )
    store.put(replace(record("inv2"), suggestions=(new,)))
    store.put(replace(record("inv1"), suggestions=(new, old)))
    store.put(record("inv3"))
    dynamodb.meta.events.register("before-call", lambda model, **_: operations.append(model.name))
    listed = list(DynamoSuggestionList(dynamodb, PROVENANCE))
    assert set(operations) == {"Query", "GetItem"}
    assert [each.document.id for each in listed] == ["inv1", "inv2"]
    assert [each.since for each in listed[0].suggestions] == [new.since, old.since]
    store.put(replace(listed[0], suggestions=()))
    assert [each.document.id for each in DynamoSuggestionList(dynamodb, PROVENANCE)] == ["inv2"]
