"""The table that the demo prints: every document and file, on 80 columns."""

import io
from datetime import UTC, datetime
from typing import Any

import pytest
from rich.console import Console

from autobook.domain.documents import Document, DocumentKind
from autobook.domain.kanbert import IncomingInvoice
from autobook_local.demo.files import LeftOut
from autobook_local.demo.story import Story
from autobook_local.demo.table import table

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)


def story(**fields: Any) -> Story:
    invoice = IncomingInvoice.model_validate(
        {
            "id": "i1", "type": "Invoice", "title": "", "status": "open", "payment_status": "open", "bookings": [],
            "created_at": NOW, "sum_net": 0, "sum_tax": 0, "sum_gross": 0, "vats": [],
        } | fields
    )  # fmt: skip
    return Story(Document(DocumentKind.INCOMING_INVOICE, "i1"), "an-invoice.pdf", b"", [], invoice)


def printed(*rows: Story | LeftOut, width: int = 80) -> list[str]:
    out = io.StringIO()
    Console(file=out, width=width, force_terminal=False, markup=False).print(table(rows, {}))
    return out.getvalue().splitlines()


@pytest.mark.parametrize("width", [80, 100, 200])
def test_it_fits(width: int) -> None:
    """No line is wider than the terminal, however long the names are; no text is shortened."""
    long_name = "x" * 90
    lines = printed(story(supplier={"id": "s", "name": long_name}), LeftOut(f"{long_name}.pdf", "empty"), width=width)
    assert max(map(len, lines)) <= width
    assert "".join(lines).count("x") == 180
    assert not [line for line in lines if "…" in line]


@pytest.mark.parametrize(
    ("fields", "facts"),
    [
        ({"invoice_number": "R-17", "sum_gross": 120}, ["supplier not read", "R-17", "120.00"]),
        ({"supplier": {"id": "s", "name": "A"}, "invoice_number": "R-17"}, ["A", "R-17", "sums not read"]),
        ({"invoice_number": "R-17"}, ["supplier not read", "R-17", "sums not read"]),
        ({}, ["nothing could be read"]),
    ],
)
def test_what_was_read_is_shown(fields: dict[str, Any], facts: list[str]) -> None:
    """Each fact that was read is there, whichever others were not."""
    text = "\n".join(printed(story(**fields), width=160))
    assert [fact for fact in facts if fact not in text] == []


def test_a_file_that_was_left_out() -> None:
    """It has its row, with the reason, and what is in its name cannot draw anything."""
    text = "\n".join(printed(LeftOut("\x1b[31mempty.pdf", "refused by Kanbert: [b]no[/b]"), width=160))
    assert "\x1b" not in text
    assert "[31mempty.pdf" in text
    assert "refused by Kanbert: [b]no[/b]" in text
