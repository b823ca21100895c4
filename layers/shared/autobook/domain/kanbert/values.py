"""How single values of Kanbert's answers are read: texts, amounts, dates, and what counts as empty.

Undocumented, so every way is taken (docs/kanbert-api.md, "What we assume"): a number where a text is expected is its
text; an amount may come as text; a date may be zero (`0000-00-00`, as MySQL writes a missing one) and is empty then; a
list with gaps comes as an object (PHP). Amounts are `Decimal`, never `float`, and to the cent.
"""

import re
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Annotated, Any, Final

from pydantic import AfterValidator, AwareDatetime, BeforeValidator

from autobook.domain.documents import VALID_ID
from autobook.domain.kanbert.filter_kinds import FilterKind

_MOST_DIGITS: Final = 30
"""Of an amount, and its powers of ten: written out, a number such as 1e999999999 could fill the memory."""
_EXACT: Final = Context(prec=2 * _MOST_DIGITS)
_AMOUNT: Final = re.compile(r"[+-]?\d{1,30}(\.\d{1,30})?", re.ASCII)
_ZERO_DATE: Final = re.compile(r"(0000|-0001)-\d\d-\d\d")
_LONGEST_SHOWN: Final = 60
_FIRST_MOMENT: Final = datetime(1, 1, 3, 0, 0, tzinfo=UTC)
_LAST_MOMENT: Final = datetime(9999, 12, 30, 0, 0, tzinfo=UTC)
"""The first and the last that have a date, and a day beside it, in every time zone. Kanbert may write "never" as
9999-12-31, and a missing date as 0001-01-01."""


def _quoted(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"


def _text(value: Any) -> Any:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return str(value)
    raise ValueError(f"expected a text, found {_quoted(value)}")


def _document_id(text: str) -> str:
    if VALID_ID.fullmatch(text):
        return text
    raise ValueError(f"expected an id, found {_quoted(text)}")


def _amount(value: Any) -> Any:
    match value:
        case None | "":
            return None
        case bool():
            pass
        case int() if abs(value) < 10**_MOST_DIGITS:
            return Decimal(value)
        case Decimal() if _is_within_bounds(value):
            return value
        case str() if _AMOUNT.fullmatch(value.strip()):
            return Decimal(value.strip())
    raise ValueError(f"expected a number of at most {_MOST_DIGITS} digits, found {_quoted(value)}")


def _cents(value: Any) -> Any:
    """An amount to the cent: Kanbert computes with floats, and writes 120.11999999999999 for 120.12."""
    amount = _amount(value)
    return _rounded(amount, 2) if amount is not None else None


def _rate(value: Any) -> Any:
    """A number that is no amount, such as a rate, to a millionth."""
    number = _amount(value)
    return _rounded(number, 6) if number is not None else None


def _rounded(number: Decimal, decimals: int) -> Decimal:
    """With at most so many decimals; one with fewer stays as it is written."""
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and -exponent > decimals:
        return number.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP, _EXACT)
    return number


def _is_within_bounds(value: Decimal) -> bool:
    exponent = value.as_tuple().exponent
    return isinstance(exponent, int) and value.adjusted() < _MOST_DIGITS and exponent > -_MOST_DIGITS


def _moment(value: Any) -> Any:
    match value:
        case None | "" | datetime():
            return value or None
        case str() if _ZERO_DATE.match(value):
            return None
        case str():
            try:
                parsed = datetime.fromisoformat(value.strip())
            except ValueError:
                pass
            else:
                aware = parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
                return max(_FIRST_MOMENT, min(aware, _LAST_MOMENT))
    raise ValueError(f"expected a date as 2026-01-31T12:00:00Z, found {_quoted(value)}")


def moment_or_none(value: object) -> datetime | None:
    """A date or moment as Kanbert writes it; None for anything else."""
    try:
        found = _moment(value)
    except ValueError:
        return None
    return found if isinstance(found, datetime) else None


def _list(value: Any) -> Any:
    if isinstance(value, dict):
        return tuple(value.values())
    return () if value is None else value


Id = Annotated[str, BeforeValidator(_text), FilterKind("id")]
DocumentId = Annotated[Id, AfterValidator(_document_id)]
"""One that names a document wherever it is followed: in queues, tables and the archive."""
Text = Annotated[str, BeforeValidator(_text), FilterKind("string")]
Money = Annotated[Decimal | None, BeforeValidator(_cents), FilterKind("currency")]
Number = Annotated[Decimal | None, BeforeValidator(_rate), FilterKind("number")]
Timestamp = Annotated[AwareDatetime | None, BeforeValidator(_moment), FilterKind("datetime")]
"""Aware; one that comes without an offset is taken as UTC (assumption)."""
Day = Annotated[AwareDatetime | None, BeforeValidator(_moment), FilterKind("date")]
"""A date-time on the wire that Kanbert filters as a date (in the account's time zone)."""
AS_LIST: Final = BeforeValidator(_list)
"""For a list: one with gaps comes as an object, an empty one perhaps as null."""
