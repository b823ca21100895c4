"""Events: their envelope, their ids, and the schemas that are shipped."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, get_args

import jsonschema
import pytest

from autobook.domain.documents import Document, DocumentKind
from autobook.domain.errors import GiveUp, RetryLater
from autobook.domain.event_data import DATA, DocumentRef, DocumentSeen
from autobook.domain.event_types import EventType
from autobook.domain.events import Event, EventContext, event
from autobook.domain.kanbert import IncomingInvoice
from autobook.domain.run_events import summary
from autobook_local.schemas import FOLDER, files, schema
from tests.fake_kanbert import NOW, booking, incoming, outgoing
from tests.fakes import FakeRuleRepository, System, message

SOURCE = "urn:autobook:stack:eu-central-1:123456789012:autobook"
INVOICE = Document(DocumentKind.INCOMING_INVOICE, "inv1")
SEEN = DocumentSeen(document=DocumentRef(kind=DocumentKind.INCOMING_INVOICE, id="inv1", state="s"), invoice=None)


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
        assert made().id == "3d26d52c0efbc00915dcbde7cd425255301e134cace74414f14f7bb6cb349f45"

    def test_not_of_time_or_trace(self) -> None:
        """Neither when it is told nor which delivery led to it is part of the id."""
        assert made().id == made(now=NOW + timedelta(days=3), trace_id="another").id

    def test_of_what_is_said(self) -> None:
        """Something else said of the same state has an id of its own: rules may be edited before a run is repeated."""
        other = DocumentSeen(
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
            {"type": "invoice.eaten"},
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


class TestSchemas:
    def test_every_type(self) -> None:
        """Every type has the shape of its data, and a schema."""
        assert set(DATA) == set(get_args(EventType.__value__))
        assert {path.name for path in FOLDER.glob("*")} == {f"{type_}.schema.json" for type_ in DATA}

    @pytest.mark.parametrize("name", sorted(files()))
    def test_up_to_date(self, name: str) -> None:
        """The schema that is shipped is that of the code (`python -m autobook_local.schemas` writes it)."""
        assert (FOLDER / name).read_text("utf-8") == files()[name]

    @pytest.mark.parametrize("type_", sorted(DATA))
    def test_valid(self, type_: EventType) -> None:
        """The schema is one, and refuses what is not of its type."""
        jsonschema.Draft202012Validator.check_schema(schema(type_))
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({"type": "another"}, schema(type_))


def everything() -> list[Event]:
    """At least one event of every type, as the use cases publish them."""
    system = System(
        rule_repository=FakeRuleRepository(
            {"rule_id": "a", "when": "sum_gross > 0", "account": "7380", "tags": ["t"], "note": "n"},
            {"rule_id": "b", "when": "sum_gross > 0", "project": "id:p1"},
            {"rule_id": "c", "when": "sum_gross > 0", "project": "id:p2"},
            {"rule_id": "s", "when": "sum_gross > 0", "mode": "suggest", "client": "id:c1", "editor": "id:u1"},
        )
    )
    system.kanbert.add(incoming(bookings=[booking("b1"), booking("b2")]))
    system.kanbert.add(incoming("inv2", bookings=[], supplier=None, invoice_number=None, date_of_invoice=None))
    system.kanbert.add(outgoing())
    system.processor()(message())
    system.processor()(message("inv2"))
    system.processor()(message("out1", DocumentKind.OUTGOING_INVOICE))
    for cause in list(system.publisher.published):
        if cause.type in {"invoice.received", "outgoing_invoice.changed"}:
            system.archiver()(cause)
    system.kanbert.edit("inv1", "b1", chart_of_account_id=None)
    system.kanbert.edit("inv1", notes=None)
    system.processor()(message())
    del system.kanbert.incoming["inv1"]
    with pytest.raises(RetryLater):
        system.processor()(message())
    system.clock.advance(minutes=2)  # a 404 is believed the second time
    system.processor()(message())
    return system.publisher.published


def test_every_published_event_fits_its_schema() -> None:
    """Everything that the use cases publish is of its type's schema, and there is an event of every type."""
    published = everything()
    assert {e.type for e in published} == set(DATA)
    for each in published:
        jsonschema.validate(json.loads(each.to_json()), schema(each.type))


def test_published_data_is_complete() -> None:
    """No event holds a field that its schema does not know: what is documented is all there is."""
    for each in everything():
        assert DATA[each.type].model_validate(each.data).model_dump(mode="json", exclude_defaults=True) == each.data


def test_aware_times() -> None:
    """Times carry their offset."""
    assert json.loads(made(now=datetime(2026, 1, 1, tzinfo=UTC)).to_json())["time"] == "2026-01-01T00:00:00Z"
