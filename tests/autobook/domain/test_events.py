"""Events: their envelope and their ids."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from autobook.domain.documents import Document, DocumentKind
from autobook.domain.errors import GiveUp
from autobook.domain.event_data import OutgoingInvoiceDeleted
from autobook.domain.event_fields import DocumentRef
from autobook.domain.event_types import EventType
from autobook.domain.events import Event, EventContext, event
from autobook.domain.kanbert import IncomingInvoice
from autobook.domain.summaries import summary
from tests.fake_kanbert import NOW, incoming

SOURCE = "urn:autobook:stack:eu-central-1:123456789012:autobook"
INVOICE = Document(DocumentKind.INCOMING_INVOICE, "inv1")
SEEN = OutgoingInvoiceDeleted(
    document=DocumentRef(kind=DocumentKind.INCOMING_INVOICE, id="inv1", state="s"), invoice=None
)
"""Any data: what it says counts."""


def made(
    type_: EventType = "invoice.received",
    document: Document = INVOICE,
    state: str = "s",
    now: datetime = NOW,
    **kw: str,
) -> Event:
    return event(
        type_, SEEN, EventContext(document, state, now, kw.get("trace_id", "t"), SOURCE, kw.get("traceparent"))
    )


class TestIds:
    def test_for_ever(self) -> None:
        """The same fact has this id, in every version and on every machine: consumers have stored it."""
        assert made().id == "d75e84885b7c600f7fb30476b665c5768b944c697ec0ccdafb25590c2edc8018"

    def test_not_of_time_or_trace(self) -> None:
        """Neither when it is told nor which delivery led to it is part of the id."""
        assert made().id == made(now=NOW + timedelta(days=3), trace_id="another").id

    def test_of_what_is_said(self) -> None:
        """Something else said of the same state has an id of its own: rules may be edited before a run is repeated."""
        other = OutgoingInvoiceDeleted(
            document=DocumentRef(kind=DocumentKind.INCOMING_INVOICE, id="inv1", state="other"), invoice=None
        )
        assert made().id != event("invoice.received", other, EventContext(INVOICE, "s", NOW, "t", SOURCE)).id

    def test_of_type_document_and_state(self) -> None:
        """Type, kind, document and state each make another id."""
        others = [
            made(),
            made("invoice.changed"),
            made(state="s2"),
            made(document=Document(DocumentKind.INCOMING_INVOICE, "inv2")),
            made(document=Document(DocumentKind.OUTGOING_INVOICE, "inv1")),
        ]
        assert len({e.id for e in others}) == len(others)

    def test_no_collision_by_joining(self) -> None:
        """Parts that run together do not make one id."""
        one = made(document=Document(DocumentKind.INCOMING_INVOICE, "a1"), state="2")
        other = made(document=Document(DocumentKind.INCOMING_INVOICE, "a"), state="12")
        assert one.id != other.id


class TestEnvelope:
    def test_cloud_events(self) -> None:
        """The attributes that CloudEvents 1.0 requires are there, by their names."""
        sent = json.loads(made().to_json())
        assert {
            name: sent[name] for name in ("specversion", "source", "type", "subject", "datacontenttype", "dataschema")
        } == {
            "specversion": "1.0",
            "source": SOURCE,
            "type": "autobook.invoice.received",
            "subject": "incoming_invoice/inv1",
            "datacontenttype": "application/json",
            "dataschema": "urn:autobook:data:invoice.received:1",
        }
        assert datetime.fromisoformat(sent["time"]) == NOW
        assert all(name.isalnum() and name.islower() for name in sent), "CloudEvents attribute names"

    def test_round_trip(self) -> None:
        """What is published is read back, with its document and trace."""
        back = Event.from_json(made().to_json())
        assert back == made()
        assert (back.document, back.trace_id) == (INVOICE, "t")

    @pytest.mark.parametrize(
        "change",
        [
            {"type": "autobook.invoice.eaten"},
            {"type": "invoice.received"},
            {"type": "autobook."},
            {"type": None},
            {"source": "autobook"},
            {"source": ""},
            {"traceparent": "00-1-2-3"},
            {"subject": "task/1"},
            {"subject": "incoming_invoice/../x"},
            {"subject": "incoming_invoice/x\n"},
            {"id": "short"},
            {"specversion": "2.0"},
            {"time": "yesterday"},
            {"data": None},
        ],
    )
    def test_not_ours(self, change: dict[str, Any]) -> None:
        """What is no event of ours is given up, with a reason."""
        with pytest.raises(GiveUp, match="not an event of ours"):
            Event.from_json(json.dumps(json.loads(made().to_json()) | change))

    def test_trace(self) -> None:
        """The trace is there where there is one, and not even empty where there is none."""
        trace = "00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-01"
        assert json.loads(made(traceparent=trace).to_json())["traceparent"] == trace
        assert "traceparent" not in json.loads(made().to_json())
        assert made(traceparent=trace).id == made().id

    @pytest.mark.parametrize("text", ["", "null", "[]", "{", '"x"'])
    def test_not_even_an_object(self, text: str) -> None:
        """The same holds for what is no object at all."""
        with pytest.raises(GiveUp):
            Event.from_json(text)


def test_amounts_are_texts() -> None:
    """Amounts are exact texts without exponent, whatever spelling Kanbert chose."""
    invoice = IncomingInvoice.model_validate(incoming(sum_net=Decimal("1E+2"), sum_gross=Decimal("120.10")))
    short = summary(invoice)
    assert (short.sum_net, short.sum_gross) == ("100", "120.10")


def test_aware_times() -> None:
    """Times carry their offset."""
    assert json.loads(made(now=datetime(2026, 1, 1, tzinfo=UTC)).to_json())["time"] == "2026-01-01T00:00:00Z"
