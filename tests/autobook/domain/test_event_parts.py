"""Events that SNS and SQS take, whatever an invoice holds: split where they are long, escaped where they are odd."""

import json
import random
import re
from collections.abc import Sequence
from typing import Any

import pytest

from autobook.domain.corrections import Correction
from autobook.domain.decision import Decision
from autobook.domain.documents import Document, DocumentKind
from autobook.domain.event_parts import MAX_BYTES
from autobook.domain.event_values import plain_value
from autobook.domain.events import Event, EventContext
from autobook.domain.kanbert import IncomingInvoice
from autobook.domain.problems import Problem, ProblemCode
from autobook.domain.provenance import ProvenanceRecord, Written
from autobook.domain.run_events import run_events
from tests.fake_kanbert import NOW, incoming

INVOICE = Document(DocumentKind.INCOMING_INVOICE, "inv1")
FIELDS = ("account", "position", "project", "client", "booking_title")
ODD = '\x00\x01\x1f\x7f\x85\ufffe\uffff\ud7ff\ue000\U0001fffe\U0010ffff"\\\u2028€'
REFUSED_BY_SQS = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def written(lines: int, title: str = "Hosting") -> list[Written]:
    return [
        Written(f"line{n}", field, f"{title}-{n}" if field == "booking_title" else f"id-{field}-{n}", None, "hosting")
        for n in range(lines)
        for field in FIELDS
    ]


def announced(values: Sequence[Written] = (), decision: Decision | None = None, **fields: Any) -> list[Event]:
    """What is announced of such a run, but for the first event."""
    context = EventContext(INVOICE, "s", NOW, "t", "urn:autobook:stack:eu-central-1:123456789012:autobook")
    invoice = IncomingInvoice.model_validate(incoming(**fields))
    return run_events(context, "f" * 64, invoice, decision or Decision(ProvenanceRecord(INVOICE)), values)[1:]


def assert_taken(events: list[Event]) -> None:
    """SNS takes all of them, and each comes back as it was."""
    for each in events:
        text = each.to_json()
        assert len(text.encode()) <= MAX_BYTES < 262_144
        assert not REFUSED_BY_SQS.search(text)
        assert Event.from_json(text) == each


class TestParts:
    def test_small(self) -> None:
        """What fits stays one event, of today's shape."""
        (event,) = announced(written(100))
        assert set(event.data) == {"document", "invoice", "values"}

    def test_large(self) -> None:
        """5,000 lines are announced in numbered parts, each with an id of its own; nothing is lost or said twice."""
        values = written(5_000)
        events = announced(values)
        assert_taken(events)
        assert [(e.data["part"], e.data["parts"]) for e in events] == [
            (n, len(events)) for n in range(1, len(events) + 1)
        ]
        assert len({e.id for e in events}) == len(events) > 10
        announced_values = [
            (v["booking_id"], v["field"], plain_value(v["value"])) for e in events for v in e.data["values"]
        ]
        assert sorted(announced_values) == sorted((w.booking_id, w.field, w.value) for w in values)

    def test_a_line_in_one_part(self) -> None:
        """What is about one line is in one part."""
        events = announced(written(3_000))
        of_line: dict[str, set[int]] = {}
        for each in events:
            for value in each.data["values"]:
                of_line.setdefault(value["booking_id"], set()).add(each.data["part"])
        assert {len(parts) for parts in of_line.values()} == {1}

    def test_order_does_not_count(self) -> None:
        """A repeated run that wrote in another order announces the same parts under the same ids."""
        values = written(2_000)
        shuffled = random.Random(1).sample(values, len(values))
        assert [(e.id, e.data) for e in announced(values)] == [(e.id, e.data) for e in announced(shuffled)]

    def test_two_lists(self) -> None:
        """Reasons and what would have been booked are split together."""
        problems = tuple(
            Problem(ProblemCode.NO_RULE, "no rule gives this line an account", f"line{n}", "account")
            for n in range(5_000)
        )
        decision = Decision(ProvenanceRecord(INVOICE), problems=problems, would_book=tuple(written(1)))
        events = announced(decision=decision)
        assert_taken(events)
        assert sum(len(e.data["reasons"]) for e in events) == 5_000
        assert sum(len(e.data["would_book"]) for e in events) == len(FIELDS)

    def test_long_line(self) -> None:
        """A line that is too long for a part by itself is cut between its values."""
        values = [Written("line1", "booking_title", "x" * 9_000, None, f"r{n}") for n in range(60)]
        events = announced(values)
        assert_taken(events)
        assert sum(len(e.data["values"]) for e in events) == 60


class TestTexts:
    def test_odd_characters(self) -> None:
        """Whatever a title or a supplier's name holds, SNS and SQS take the event, and a reader gets what was there."""
        values = [Written("line1", "booking_title", ODD, ODD, ODD)]
        supplier = {"id": "s", "name": ODD}
        problem = Problem(ProblemCode.CONFLICT, ODD, ODD, "account", (ODD,))
        corrected = Correction(values[0], ODD)
        decision = Decision(
            ProvenanceRecord(INVOICE),
            corrections=(corrected,),
            problems=(problem,),
            suggestions=tuple(values),
            would_book=(Written(None, "tags", (ODD,), None, ODD),),
        )
        events = announced(values, decision, title=ODD, invoice_number=ODD, supplier=supplier, status=ODD, type=ODD)
        assert [e.type for e in events] == [
            "booking.corrected", "invoice.booked", "invoice.suggested", "invoice.needs_review",
        ]  # fmt: skip
        assert_taken(events)
        for each in events:
            assert json.loads(each.to_json())["data"]["invoice"]["supplier"] == {"id": "s", "title": ODD}
            assert (each.data["invoice"]["type"], each.data["invoice"]["status"]) == ("other", "other")

    def test_many_odd_characters(self) -> None:
        """Escaped characters count as what they take."""
        events = announced([Written(f"line{n}", "booking_title", "\uffff\x01" * 120, None, "r") for n in range(2_000)])
        assert_taken(events)

    def test_long_texts(self) -> None:
        """A title of 10 MB, which Kanbert does not take but may show, is cut."""
        long = "x" * 10_000_000
        corrected = Correction(Written(None, "invoice_title", "ours", None, "r"), long)
        decision = Decision(ProvenanceRecord(INVOICE), corrections=(corrected,))
        events = announced(decision=decision, title=long, supplier={"id": "s", "name": long}, invoice_number=long)
        assert_taken(events)
        assert events[0].data["invoice"]["title"] == "x" * 1_000 + "…"

    @pytest.mark.parametrize("field", ["type", "title", "status", "sum_net", "sum_tax", "sum_gross", "supplier"])
    def test_empty(self, field: str) -> None:
        """What is empty in Kanbert is announced as empty."""
        (event,) = announced(written(1), **{field: None})
        assert event.data["invoice"][field] in (None, "")
