"""XML from and to Billomat, read within bounds and without anything that XML can do to its reader.

Read with defusedxml: a document type, an entity or a reference to elsewhere refuses the document; nothing is fetched.
Number of elements and depth are bounded while it is read, the length before (http_client reads no more than a call
allows). 25 KB of pure Python over the standard library's expat, 8 ms to import; lxml would be 5 MB.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Final

from defusedxml.ElementTree import DefusedXMLParser, ParseError

from autobook.adapters.http_client import TooManyValues
from autobook.domain.billomat import xml_text

MOST_ELEMENTS: Final = 200_000
"""In a document. A page of 1,000 incomings has some 25,000."""
DEEPEST: Final = 32
"""Levels; what lies below is left out."""


@dataclass(slots=True)
class Element:
    """An element: its own text, and its children in order."""

    name: str
    attributes: dict[str, str]
    text: str = ""
    children: list["Element"] = field(default_factory=list)

    def named(self, name: str) -> Iterator["Element"]:
        """The children of this name."""
        return (child for child in self.children if child.name == name)


class _Builder:
    """Receives what the parser reads. `bytes` of text are bounded by the document's own length."""

    def __init__(self) -> None:
        self._open: list[Element] = []
        self._texts: list[list[str]] = []
        self._ignored = 0
        self._count = 0
        self.root: Element | None = None

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""
        self._count += 1
        if self._count > MOST_ELEMENTS:
            raise TooManyValues(f"more than {MOST_ELEMENTS:,} elements")
        if self._ignored or len(self._open) >= DEEPEST:
            self._ignored += 1
            return
        element = Element(name, dict(attributes))
        if self._open:
            self._open[-1].children.append(element)
        else:
            self.root = element
        self._open.append(element)
        self._texts.append([])

    def data(self, text: str) -> None:
        """A piece of the current element's text."""
        if self._texts and not self._ignored:
            self._texts[-1].append(text)

    def end(self, _: str) -> None:
        """An element ends."""
        if self._ignored:
            self._ignored -= 1
            return
        self._open.pop().text = "".join(self._texts.pop())

    def close(self) -> None:
        """The document ends."""


def parse(body: bytes) -> Element:
    """The root element. ValueError for what is no XML, or XML with a document type or entities (DTD, XXE, bombs).

    TooManyValues, a ValueError, beyond the bounds.
    """
    builder = _Builder()
    parser = DefusedXMLParser(target=builder, forbid_dtd=True, forbid_entities=True, forbid_external=True)
    try:
        parser.feed(body)
        parser.close()
    except ParseError as error:
        raise ValueError(f"no XML: {error}") from None
    except (LookupError, UnicodeError) as error:  # an encoding that nobody knows
        raise ValueError(f"no XML: {type(error).__name__}") from None
    if builder.root is None:
        raise ValueError("no XML: no element")
    return builder.root


def document(name: str, fields: Mapping[str, str]) -> bytes:
    """`<name>` with an element for each field, in UTF-8; an empty text is an empty element."""
    parts = [f"<{key}>{_escaped(text)}</{key}>" if text else f"<{key}/>" for key, text in fields.items()]
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<{name}>{"".join(parts)}</{name}>'.encode()


def _escaped(text: str) -> str:
    # A bare carriage return would be read as a line feed.
    return escape(xml_text(text), quote=False).replace("\r", "&#13;")
