"""Elements of an HTML page: whatever a text holds, it is shown as text, without characters that nobody sees."""

from collections.abc import Mapping
from xml.etree.ElementTree import Element, tostring

from autobook_cli.console import plain

type Content = Element | str


def element(tag: str, attributes: Mapping[str, str] | None = None, *content: Content) -> Element:
    """An element with this content, in this order."""
    made = Element(tag, {name: plain(value) for name, value in (attributes or {}).items()})
    last: Element | None = None
    for each in content:
        if isinstance(each, Element):
            made.append(each)
            last = each
        elif last is None:
            made.text = (made.text or "") + plain(each)
        else:
            last.tail = (last.tail or "") + plain(each)
    return made


def style(sheet: str) -> Element:
    """A style sheet of ours, as it is written."""
    made = Element("style")
    made.text = sheet
    return made


def page(root: Element) -> str:
    """The document."""
    return "<!DOCTYPE html>\n" + tostring(root, encoding="unicode", method="html") + "\n"
