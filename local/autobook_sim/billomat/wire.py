"""XML as Billomat reads and writes it, within a profile."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from autobook_sim.billomat.profiles import Profile
from autobook_sim.billomat.refusals import Refusal, invalid

type Record = dict[str, Any]
"""A record by the names of its elements. Names that start with `_` are the simulator's own and are never answered."""
MEDIA_TYPE = "application/xml"


def fields_of(body: bytes, root: str) -> dict[str, str]:
    """The elements of a request body by name. Refusal for anything but `<root>` with plain elements in it."""
    try:
        document = fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, LookupError, ValueError):
        raise Refusal(400, "The request body is not valid XML.") from None
    if document.tag != root:
        raise Refusal(400, f"The root element must be {root}.")
    found: dict[str, str] = {}
    for child in document:
        if len(child):
            raise invalid(f"{child.tag} has elements inside")
        if child.tag in found:
            raise invalid(f"{child.tag} is given twice")
        found[child.tag] = child.text or ""
    return found


def record_xml(name: str, record: Record, answers: Sequence[tuple[str, str]], profile: Profile, inner: str = "") -> str:
    """One record as an element, in the order of the reference; `inner` stands behind its own elements."""
    parts = [_element(each, kind, record.get(each), profile) for each, kind in answers]
    if profile.unknown_elements:
        parts.append('<customfield/><items type="array"><item><id type="integer">1</id></item><item/></items>')
        parts.append("<note2>x</note2><note2>y</note2>")
    return f"<{name}>{''.join(parts)}{inner}</{name}>"


def _element(name: str, kind: str, value: Any, profile: Profile) -> str:
    typed = f' type="{kind}"' if kind and profile.type_attributes else ""
    if value is None or value == "":
        match profile.empty_elements:
            case "absent":
                return ""
            case "nil":
                return f'<{name}{typed} nil="true"></{name}>'
        return f"<{name}{typed}/>"
    return f"<{name}{typed}>{escape(_text(value, kind, profile))}</{name}>"


def _text(value: Any, kind: str, profile: Profile) -> str:
    if kind != "float":
        return str(value)
    number = Decimal(value)
    if profile.number_format == "padded":
        return f"{number:.4f}" if number == number.quantize(Decimal("0.0001")) else format(number, "f")
    if profile.number_format == "integer" and number == number.to_integral_value():
        return str(int(number))
    return format(number, "f")


def attributes_xml(attributes: Mapping[str, object]) -> str:
    """` name="value"` for each."""
    return "".join(f" {name}={quoteattr(str(value))}" for name, value in attributes.items())


def document(element: str, profile: Profile) -> bytes:
    """A document with its declaration, in the profile's encoding."""
    text = f'<?xml version="1.0" encoding="{profile.encoding}"?>\n{element}'
    return text.encode(profile.encoding, "xmlcharrefreplace")
