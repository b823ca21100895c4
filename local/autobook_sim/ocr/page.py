"""The pages of a PDF as lines of cells: what stands beside what, and where.

PDFium (the engine of Chromium, through `pypdfium2`) gives every character with its place; characters on one base
line become a line, wide gaps part a line into cells. What is printed as text is read, and no pictures; beside it the
embedded files (an e-invoice's XML).
"""

import unicodedata
from collections.abc import Iterator
from ctypes import byref
from dataclasses import dataclass
from itertools import groupby, islice
from threading import Lock
from typing import Any

import pypdfium2 as pdfium  # type: ignore[import-untyped]
import pypdfium2.raw as pdfium_c  # type: ignore[import-untyped]

MAX_BYTES = 15 * 1024 * 1024
"""Kanbert's limit for uploads."""
MAX_PAGES = 20
"""Half of them from the start, where names and numbers stand, half from the end, where the sums are."""
MAX_CHARACTERS = 12_000
"""Per page: a densely printed page of A4 has about 6,000."""
MAX_LINES = 3000
"""Lines of the whole document; a page of A4 has about 60."""
MAX_EMBEDDED = 20
"""Embedded files that are looked at."""
MAX_LINE = 400
"""Characters of a line that are looked at, so that no pattern works on an endless one."""

_one_at_a_time = Lock()
"""PDFium must not be entered by two threads."""

_CELL_GAP = 1.1  # of the type size: wider than the space of any justified line
_WORD_GAP = 0.28
_SAME_LINE = 0.45


@dataclass(frozen=True, slots=True)
class Cell:
    """Text without a wide gap; `left`, `right` and `size` in points."""

    text: str
    left: float
    right: float
    size: float


@dataclass(frozen=True, slots=True)
class Line:
    """Cells from left to right. `depth` is the way down the page, 0 at the top and 1 at the bottom."""

    page: int
    depth: float
    cells: tuple[Cell, ...]

    @property
    def text(self) -> str:
        """The cells with three spaces between them, so that no number runs into the next."""
        return "   ".join(cell.text for cell in self.cells)[:MAX_LINE]


@dataclass(frozen=True, slots=True)
class _Glyph:
    char: str
    left: float
    right: float
    middle: float
    size: float
    spaced: bool


@dataclass(frozen=True, slots=True)
class Document:
    """What a PDF holds: its lines in reading order, and the files embedded in it."""

    lines: tuple[Line, ...] = ()
    embedded: tuple[bytes, ...] = ()


def read_pdf(content: bytes) -> Document:
    """The document; empty when this is no PDF, is locked, is damaged or holds pictures only."""
    if len(content) > MAX_BYTES or b"%PDF" not in content[:1024]:
        return Document()
    with _one_at_a_time:
        try:
            document = pdfium.PdfDocument(content)
        except pdfium.PdfiumError:
            return Document()
        try:
            return Document(tuple(_document_lines(document)[:MAX_LINES]), tuple(_embedded(document)))
        finally:
            document.close()


def _document_lines(document: Any) -> list[Line]:
    lines: list[Line] = []
    for number in _page_numbers(len(document)):
        try:
            lines.extend(islice(_page_lines(document, number), MAX_LINES))
        except pdfium.PdfiumError:
            continue  # the other pages may still be read
    return lines


def _embedded(document: Any) -> Iterator[bytes]:
    """The embedded files whose name ends in `.xml`."""
    for number in range(min(document.count_attachments(), MAX_EMBEDDED)):
        try:
            file = document.get_attachment(number)
            if file.get_name().lower().endswith(".xml"):
                yield bytes(file.get_data())
        except pdfium.PdfiumError:
            continue


def _page_numbers(count: int) -> Iterator[int]:
    half = MAX_PAGES // 2
    return iter(range(count)) if count <= MAX_PAGES else iter((*range(half), *range(count - half, count)))


def _page_lines(document: Any, number: int) -> Iterator[Line]:
    page = document[number]
    try:
        height = page.get_height() or 1.0
        text = page.get_textpage()
        try:
            glyphs = list(_glyphs(text))
        finally:
            text.close()
    finally:
        page.close()
    for row in _rows(glyphs):
        cells = tuple(_cells(row))
        if cells:
            yield Line(number, 1 - row[0].middle / height, cells)


def _glyphs(text: Any) -> Iterator[_Glyph]:
    box = pdfium_c.FS_RECTF()
    spaced = False
    for index in range(min(text.count_chars(), MAX_CHARACTERS)):
        char = _readable(pdfium_c.FPDFText_GetUnicode(text, index))
        if not char or char.isspace():
            spaced = True
            continue
        if not pdfium_c.FPDFText_GetLooseCharBox(text, index, byref(box)):
            continue
        size = abs(box.top - box.bottom) or 1.0
        yield _Glyph(char, box.left, box.right, (box.top + box.bottom) / 2, size, spaced)
        spaced = False


def _readable(code: int) -> str:
    if code in {0x02, 0xFFFE}:  # how PDFium marks a hyphen at the end of a line
        return "-"
    if not 0x20 <= code <= 0x10FFFF or 0xD800 <= code <= 0xDFFF:
        return ""
    char = chr(code)
    return "" if unicodedata.category(char) in {"Cc", "Cf", "Co", "Cn"} else char


def _rows(glyphs: list[_Glyph]) -> Iterator[list[_Glyph]]:
    """Characters whose middles are about as high, from the top."""
    row: list[_Glyph] = []
    for glyph in sorted(glyphs, key=lambda one: -one.middle):
        if row and row[0].middle - glyph.middle > _SAME_LINE * min(row[0].size, glyph.size):
            yield row
            row = []
        row.append(glyph)
    if row:
        yield row


def _cells(row: list[_Glyph]) -> Iterator[Cell]:
    group = 0
    groups: list[tuple[int, _Glyph, bool]] = []
    before: _Glyph | None = None
    for glyph in sorted(row, key=lambda one: one.left):
        gap = 0.0 if before is None else (glyph.left - before.right) / min(glyph.size, before.size)
        group += gap > _CELL_GAP
        groups.append((group, glyph, gap > _WORD_GAP or (glyph.spaced and gap > 0.05)))
        before = glyph
    for _, members in groupby(groups, key=lambda one: one[0]):
        parts = list(members)
        text = "".join((" " if spaced else "") + glyph.char for _, glyph, spaced in parts).strip()
        if text:
            glyphs = [glyph for _, glyph, _ in parts]
            yield Cell(
                unicodedata.normalize("NFC", text[:MAX_LINE]),
                glyphs[0].left,
                max(glyph.right for glyph in glyphs),
                max(glyph.size for glyph in glyphs),
            )
