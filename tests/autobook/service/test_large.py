"""An invoice of 5,000 lines, or with texts of megabytes, is booked, recorded and announced like any other."""

import time
import tracemalloc
from decimal import Decimal
from typing import Any

import pytest

from autobook.domain.kanbert import IncomingInvoice
from autobook.domain.rules.placeholders import fill
from autobook.service.process import ProcessOutcome
from tests.autobook.service.processing import INVOICE, reasons, rule, run, system
from tests.fake_kanbert import booking, incoming
from tests.fakes import VIENNA

LINES = 5_000


def lines(**fields: Any) -> list[dict[str, Any]]:
    return [booking(f"b{n}", title=f"Posten {n}", value=Decimal("0.02"), **fields) for n in range(LINES)]


def test_booked() -> None:
    """Every line is booked, recorded and announced, in parts that SNS takes; the time grows with the lines."""
    made = system(
        rule(account="7380", position="id:p1", project="id:r1", client="id:c1", booking_type="account_other"),
        rule("line", 'booking.title contains "Posten" and bookings.count() > 3', note="{title}"),
        bookings=lines(),
    )
    began = time.process_time()
    result = run(made)
    assert time.process_time() - began < 60
    assert (result.outcome, result.values_written) == (ProcessOutcome.PROCESSED, 5 * LINES + 1)
    assert len(made.provenance.get(INVOICE).written) == 5 * LINES + 1
    booked = made.publisher.of("invoice.booked")
    assert sum(len(event.data["values"]) for event in booked) == 5 * LINES + 1
    assert len({event.id for event in booked}) == len(booked)
    assert run(made).outcome is ProcessOutcome.UNCHANGED


def test_reviewed() -> None:
    """Where no line finds an account each has its reason."""
    made = system(bookings=lines())
    run(made)
    events = made.publisher.of("invoice.needs_review")
    assert sum(len(event.data["reasons"]) for event in events) == LINES


def test_note_of_a_long_title() -> None:
    """Of a title of 10 MB a note takes what fits; nothing larger is built on the way."""
    invoice = IncomingInvoice.model_validate(incoming(title="x" * 10_000_000))
    tracemalloc.start()
    filled = fill("{title} {title}: {title}" * 50, invoice, None, timezone=VIENNA, max_length=10_000)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (len(filled), peak < 200_000) == (10_000, True)


@pytest.mark.parametrize(("text", "filled"), [("{{{title}}}", "{abc}"), ("a{title}b", "aabcb"), ("plain", "plain")])
def test_cut_is_where_it_has_to_be(text: str, filled: str) -> None:
    """A text is cut at its length, and nowhere before."""
    invoice = IncomingInvoice.model_validate(incoming(title="abc"))
    for longest in range(8):
        assert fill(text, invoice, None, timezone=VIENNA, max_length=longest) == filled[:longest]


def test_long_values_are_quoted_in_part() -> None:
    """A message quotes 200 characters of a value, and ten of the rules that disagree."""
    made = system(*(rule(f"rule{n:02}", account=f"{n:02}" + "9" * 1_000) for n in range(60)))
    run(made)
    (event,) = made.publisher.of("invoice.needs_review")
    (reason, *_) = event.data["reasons"]
    assert reasons(made)[0] == ("conflict", "b1", "account")
    assert "rule00 says 00" in reason["message"]
    assert "and 50 more" in reason["message"]
    assert len(reason["message"]) < 10 * 230
    assert len(reason["rule_ids"]) == 50
