"""The kinds of document, and references to documents as they travel in queues."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autobook.domain.documents import (
    VALID_ID,
    Change,
    Document,
    DocumentKind,
    DocumentMessage,
    creation,
    last_change,
)
from autobook.domain.errors import GiveUp
from autobook.domain.event_data import DATA, DocumentArchived
from autobook.domain.kanbert import IncomingInvoice
from tests.fake_kanbert import incoming


@given(
    st.sampled_from(DocumentKind),
    st.from_regex(VALID_ID, fullmatch=True),
    st.sampled_from(Change),
    st.text(st.characters(exclude_categories=["Cs"])),
    st.text(st.characters(exclude_categories=["Cs"])),
)
def test_round_trip(kind: DocumentKind, identifier: str, change: Change, received_at: str, trace_id: str) -> None:
    """What is sent is received."""
    message = DocumentMessage(kind, identifier, change, received_at, trace_id)
    assert DocumentMessage.from_json(message.to_json()) == message


GOOD = {"kind": "incoming_invoice", "id": "inv1", "event": "update", "received_at": "now", "trace_id": "t"}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("no JSON", id="no JSON"),
        pytest.param("[" * 100_000, id="nested too deep"),
        pytest.param("[]", id="a list"),
        pytest.param("null", id="null"),
        pytest.param('"text"', id="a text"),
        *(
            pytest.param(json.dumps({k: v for k, v in GOOD.items() if k != left_out}), id=f"no {left_out}")
            for left_out in GOOD
        ),
        pytest.param(json.dumps(GOOD | {"kind": "task"}), id="another kind"),
        pytest.param(json.dumps(GOOD | {"event": "explode"}), id="another event"),
        pytest.param(json.dumps(GOOD | {"kind": ["incoming_invoice"]}), id="kind is a list"),
        pytest.param(json.dumps(GOOD | {"id": "../other"}), id="an id that is a path"),
        pytest.param(json.dumps(GOOD | {"id": 7}), id="a number for an id"),
    ],
)
def test_not_ours(text: str) -> None:
    """What is no message of ours cannot be processed, now or later."""
    with pytest.raises(GiveUp, match="not a document message"):
        DocumentMessage.from_json(text)


@given(st.text() | st.binary().map(repr) | st.dictionaries(st.text(), st.text()).map(json.dumps))
def test_nothing_else_raises(text: str) -> None:
    """No text raises anything but GiveUp."""
    with pytest.raises(GiveUp):
        DocumentMessage.from_json(text)


def test_unknown_fields() -> None:
    """A message with more fields than we know, from a newer version during a deployment, is understood."""
    assert DocumentMessage.from_json(json.dumps(GOOD | {"added_later": 1})).id == "inv1"


def test_key() -> None:
    """A document's key names kind and id."""
    assert Document(DocumentKind.OUTGOING_INVOICE, "x1").key == "outgoing_invoice:x1"


@pytest.mark.parametrize("kind", DocumentKind)
class TestKinds:
    def test_found_by_its_name(self, kind: DocumentKind) -> None:
        """A kind is found by the name that travels in messages, with its facts."""
        assert DocumentKind(kind.value) is kind
        assert DocumentKind(kind.value).facts is kind.facts

    def test_lists_apart(self, kind: DocumentKind) -> None:
        """The progress of each kind's list is kept under a name of its own."""
        assert [each.facts.list_name for each in DocumentKind].count(kind.facts.list_name) == 1

    def test_events(self, kind: DocumentKind) -> None:
        """Every event of a kind is published with the data of its type."""
        facts = kind.facts
        for type_ in (facts.received_event, facts.changed_event, facts.deleted_event):
            assert {"document", "invoice"} <= DATA[type_].model_fields.keys()
        assert DATA[facts.archived_event] is DocumentArchived


def test_kind_without_facts() -> None:
    """A kind whose facts were forgotten is refused when the module is imported."""
    with pytest.raises(TypeError, match="memo has no facts"):
        DocumentKind.__new_member__(DocumentKind, "memo")  # type: ignore[attr-defined]


def test_dates() -> None:
    """A document dates from its change, else from its creation."""
    never_changed = IncomingInvoice.model_validate(incoming(updated_at=None, date_of_invoice=None))
    changed = IncomingInvoice.model_validate(incoming(updated_at="2026-03-01T09:00:00Z"))
    assert (creation(never_changed), last_change(never_changed)) == (never_changed.created_at,) * 2
    assert (creation(changed), last_change(changed)) == (changed.created_at, changed.updated_at)
