"""A sheet of A4 to write invoices on. The same calls give the same bytes."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import reportlab
from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

_FONTS = Path(reportlab.__file__).parent / "fonts"
WIDTH, HEIGHT = A4
BLACK = "#1a1a1a"
GREY = "#6b6b6b"

UNICODE, UNICODE_BOLD = "Vera", "Vera-Bold"
"""Embedded: has the letters of Polish and Czech names that Helvetica's encoding lacks."""


class Sheet:
    """Places are in points from the top left corner."""

    def __init__(self, font: str = "Helvetica", bold: str = "Helvetica-Bold", *, title: str = "") -> None:
        for name, file in ((UNICODE, "Vera.ttf"), (UNICODE_BOLD, "VeraBd.ttf")):
            if name not in pdfmetrics.getRegisteredFontNames():
                pdfmetrics.registerFont(TTFont(name, str(_FONTS / file)))
        self._file = BytesIO()
        self._canvas = Canvas(self._file, pagesize=A4, invariant=1)  # no clock and no random id in the file
        self._canvas.setTitle(title)
        self._font, self._bold = font, bold

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = 9.5,
        bold: bool = False,
        color: str = BLACK,
        align: str = "left",
    ) -> None:
        """One line of text; `x` is its left or right end or its middle."""
        self._canvas.setFillColor(HexColor(color))
        self._canvas.setFont(self._bold if bold else self._font, size)
        draw = {
            "left": self._canvas.drawString,
            "right": self._canvas.drawRightString,
            "center": self._canvas.drawCentredString,
        }[align]
        draw(x, HEIGHT - y, text)

    def block(
        self,
        x: float,
        y: float,
        lines: Sequence[str],
        *,
        size: float = 9.5,
        color: str = BLACK,
        align: str = "left",
        bold: bool = False,
    ) -> float:
        """Lines below each other; returns where the next would stand."""
        for line in lines:
            self.text(x, y, line, size=size, color=color, align=align, bold=bold)
            y += size * 1.4
        return y

    def rule(self, x1: float, x2: float, y: float, *, color: str = BLACK, width: float = 0.6) -> None:
        """A horizontal line."""
        self._canvas.setStrokeColor(HexColor(color))
        self._canvas.setLineWidth(width)
        self._canvas.line(x1, HEIGHT - y, x2, HEIGHT - y)

    def box(self, x: float, y: float, width: float, height: float, color: str) -> None:
        """A filled rectangle; `y` is its upper edge."""
        self._canvas.setFillColor(HexColor(color))
        self._canvas.rect(x, HEIGHT - y - height, width, height, stroke=0, fill=1)

    def row(
        self,
        y: float,
        cells: Sequence[tuple[float, str, str]],
        *,
        size: float = 9.5,
        bold: bool = False,
        color: str = BLACK,
    ) -> None:
        """Cells of (place, alignment, text)."""
        for x, align, text in cells:
            self.text(x, y, text, size=size, bold=bold, color=color, align=align)

    def picture(self, lines: Sequence[str]) -> None:
        """The whole page as one picture of text, as a scanner leaves it."""
        image = Image.new("L", (1240, 1754), 247)
        draw = ImageDraw.Draw(image)
        y = 150
        for number, line in enumerate(lines):
            size = 44 if number == 0 else 27
            draw.text((150, y), line, fill=50, font=ImageFont.truetype(str(_FONTS / "Vera.ttf"), size))
            y += int(size * 1.7)
        self._canvas.drawImage(ImageReader(image.rotate(0.8, fillcolor=247)), 0, 0, WIDTH, HEIGHT)

    def pdf(self) -> bytes:
        """The finished file."""
        self._canvas.showPage()
        self._canvas.save()
        return self._file.getvalue()


def german(value: Decimal) -> str:
    """`1.234,56`."""
    return f"{value:,.2f}".translate(str.maketrans(",.", ".,"))


def french(value: Decimal) -> str:
    """`1 234,56`, with a space that does not break."""
    return f"{value:,.2f}".translate(str.maketrans(",.", "\u00a0,"))


def english(value: Decimal) -> str:
    """`1,234.56`."""
    return f"{value:,.2f}"


_MONTHS = {
    "en": "January February March April May June July August September October November December",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "de": "Jänner Februar März April Mai Juni Juli August September Oktober November Dezember",
}


def numeric(day: date) -> str:
    """`05.11.2026`."""
    return f"{day:%d.%m.%Y}"


def spelled(day: date, language: str) -> str:
    """`5 November 2026`, `5. November 2026`, `5 novembre 2026`."""
    return f"{day.day}{'.' if language == 'de' else ''} {_MONTHS[language].split()[day.month - 1]} {day.year}"
