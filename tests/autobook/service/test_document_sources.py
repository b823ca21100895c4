"""Each kind of document through its source: fetched, filed, and listed as the sweep and reconcile need it."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import pytest

from autobook.domain.documents import DocumentContent, DocumentKind
from autobook.domain.errors import NotFound
from autobook.domain.sweeping import Progress, Reach
from autobook.service.document_sources import SOURCES
from tests.fake_kanbert import NOW, incoming, outgoing
from tests.listing import ListingKanbert


class Example(NamedTuple):
    """A document of each kind as the API returns it."""

    kind: DocumentKind
    make: Any

    def dated(self, identifier: str, at: datetime, **fields: Any) -> dict[str, Any]:
        """One that came, and last changed, then."""
        made: dict[str, Any] = self.make(identifier, created_at=at.isoformat(), updated_at=at.isoformat(), **fields)
        return made


EXAMPLES = [
    pytest.param(Example(DocumentKind.INCOMING_INVOICE, incoming), id="incoming_invoice"),
    pytest.param(Example(DocumentKind.OUTGOING_INVOICE, outgoing), id="outgoing_invoice"),
]
DAY = timedelta(days=1)


def ids(contents: Any) -> list[str]:
    return [content.id for content in contents]


def test_every_kind() -> None:
    """Every kind of document has a source, and an example here."""
    assert set(SOURCES) == set(DocumentKind) == {each.values[0].kind for each in EXAMPLES}  # type: ignore[union-attr]


@pytest.mark.parametrize("example", EXAMPLES)
class TestSource:
    def test_fetch(self, example: Example) -> None:
        """The document, with all that every kind has; NotFound when it is gone."""
        kanbert, source = ListingKanbert(), SOURCES[example.kind]
        kanbert.add(example.dated("d1", NOW))
        content: DocumentContent = source.fetch(kanbert, "d1")
        assert (content.id, content.created_at, content.updated_at) == ("d1", NOW, NOW)
        assert content.date_of_invoice is not None
        assert isinstance(content.status, str)
        with pytest.raises(NotFound):
            source.fetch(kanbert, "d2")

    def test_file(self, example: Example) -> None:
        """The file byte by byte; NotFound where there is none yet."""
        kanbert, source = ListingKanbert(), SOURCES[example.kind]
        kanbert.add(example.dated("d1", NOW), pdf=b"%PDF d1")
        kanbert.add(example.dated("d2", NOW), pdf=None)
        assert source.file(kanbert, "d1") == b"%PDF d1"
        with pytest.raises(NotFound):
            source.file(kanbert, "d2")

    def test_all(self, example: Example) -> None:
        """Every document on every page, however old."""
        kanbert = ListingKanbert(page_size=2)
        for number in range(5):
            kanbert.add(example.dated(f"d{number}", NOW - number * 100 * DAY))
        assert sorted(ids(SOURCES[example.kind].all(kanbert))) == ["d0", "d1", "d2", "d3", "d4"]

    def test_lines_are_listed(self, example: Example) -> None:
        """What is listed has its lines, so that it can be compared with what was fetched."""
        kanbert, source = ListingKanbert(), SOURCES[example.kind]
        kanbert.add(example.dated("d1", NOW))
        (listed,) = source.all(kanbert)
        lines = example.kind.facts.lines
        assert getattr(listed, lines) == getattr(source.fetch(kanbert, "d1"), lines)
        assert getattr(listed, lines)

    def test_since(self, example: Example) -> None:
        """Those of the last days, none that is much older, whatever their status."""
        kanbert = ListingKanbert(page_size=2)
        for number in range(6):
            kanbert.add(example.dated(f"d{number}", NOW - number * 10 * DAY, status="booked"))
        assert sorted(ids(SOURCES[example.kind].since(kanbert, NOW - 25 * DAY))) == ["d0", "d1", "d2"]

    def test_due(self, example: Example) -> None:
        """From the cursor on, with the next cursor after each page, to the page behind which nothing is due."""
        kanbert, source = ListingKanbert(page_size=2), SOURCES[example.kind]
        for number in range(4):
            kanbert.add(example.dated(f"d{number}", NOW - number * DAY))
        progress = Progress(example.kind, NOW - 30 * DAY).begun(NOW)
        cursors: list[str | None] = []
        first = ids(source.due(kanbert, progress, cursors.append))
        assert len(first) == 4
        assert [cursor is None for cursor in cursors] == [False, True]
        rest = ids(source.due(kanbert, progress.after_page(cursors[0]), cursors.append))
        assert rest == first[2:]
        incoming_list = example.kind is DocumentKind.INCOMING_INVOICE
        quick = replace(progress, reach=Reach.OPEN, since=NOW - 2.5 * DAY)
        everything = list(source.due(kanbert, quick, cursors.append))
        newest_first = everything[::-1] if incoming_list else everything
        assert source.is_in_order(newest_first, quick)
        assert [source.ends(newest_first[i : i + 2], quick) for i in (0, 1, 2)] == [False, False, not incoming_list]
        assert not source.ends(newest_first[2:], progress), "never in a daily pass"
        assert not source.ends(newest_first[2:], replace(quick, ordered=False)), "never where the order is not ours"


def test_only_incoming_invoices_are_booked() -> None:
    """Rules are about incoming invoices; outgoing ones are announced."""
    kanbert = ListingKanbert()
    kanbert.add(incoming())
    kanbert.add(outgoing())
    invoice = SOURCES[DocumentKind.INCOMING_INVOICE].fetch(kanbert, "inv1")
    assert SOURCES[DocumentKind.INCOMING_INVOICE].bookable(invoice) == invoice
    sent = SOURCES[DocumentKind.OUTGOING_INVOICE].fetch(kanbert, "out1")
    assert SOURCES[DocumentKind.OUTGOING_INVOICE].bookable(sent) is None
