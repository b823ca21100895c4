"""How single values of Billomat's answers are read: XML has texts only, and an attribute `type` that is a hint.

Tolerant: a field that cannot be read is None, as one that did not come. Amounts are `Decimal`, never `float`.
"""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any, Final

from pydantic import AwareDatetime, BeforeValidator

_NUMBER: Final = re.compile(r"[+-]?\d{1,30}(\.\d{1,30})?", re.ASCII)
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold ("Extensible Markup Language", Char)."""
_WHOLE: Final = re.compile(r"\+?\d{1,18}(\.0+)?", re.ASCII)


def xml_text(text: str) -> str:
    """The text as Billomat gets it: U+FFFD for each character that XML cannot hold."""
    return _NOT_XML.sub("\ufffd", text)


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _number(value: Any) -> Decimal | None:
    text = value.strip() if isinstance(value, str) else ""
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def _whole(value: Any) -> int | None:
    """A count or an account number; `12345.0` as well, which the reference types as `float`."""
    text = value.strip() if isinstance(value, str) else ""
    return int(Decimal(text)) if _WHOLE.fullmatch(text) else None


def _day(value: Any) -> date | None:
    """`2009-10-14`, also at the beginning of a date-time; None for a zero date."""
    try:
        return date.fromisoformat(value.strip()[:10]) if isinstance(value, str) else None
    except ValueError:
        return None


def _moment(value: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(value.strip()) if isinstance(value, str) else None
    except ValueError:
        return None
    return found if found is None or found.tzinfo else found.replace(tzinfo=UTC)


def record_id(value: Any) -> int:
    """A record's id. ValueError for what is no positive whole number: without its id a record is of no use."""
    found = _whole(value)
    if not found:
        raise ValueError("expected an id, a positive whole number")
    return found


RecordId = Annotated[int, BeforeValidator(record_id)]
TextValue = Annotated[str | None, BeforeValidator(_text)]
NumberValue = Annotated[Decimal | None, BeforeValidator(_number)]
WholeValue = Annotated[int | None, BeforeValidator(_whole)]
DayValue = Annotated[date | None, BeforeValidator(_day)]
MomentValue = Annotated[AwareDatetime | None, BeforeValidator(_moment)]
