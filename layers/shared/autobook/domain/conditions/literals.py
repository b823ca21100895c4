"""What a value may look like for a field of each kind, and the typed value it becomes."""

import re
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import cast

from autobook.domain.conditions.ast import Scalar
from autobook.domain.conditions.dates import EARLIEST, LATEST, SPECIAL_WORDS, SpecialDate, date_value, special_date
from autobook.domain.conditions.errors import near_miss
from autobook.domain.conditions.kinds import Kind
from autobook.domain.conditions.look_alikes import plain, visible
from autobook.domain.conditions.operators import TEXT_OPERATORS, OperatorName
from autobook.domain.conditions.text_matching import amount_text
from autobook.domain.conditions.written_numbers import date_hint, is_ambiguous, number_hint

MAX_DIGITS = 30
"""Most digits of a number, on either side of the point."""

_DAYS = re.compile(r"today([+-])([0-9]{1,5})(w?)", re.IGNORECASE)


class BareWord(str):
    """A word without quotes where a value stands: `today`, `me.id`, `open`."""

    __slots__ = ()


RawValue = str | Decimal | bool | SpecialDate | BareWord | None


class TypeMismatch(Exception):
    """The value does not fit; the caller knows the place."""

    def __init__(self, problem: str, hint: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.hint = hint


def excerpt(literal: RawValue) -> str:
    """The literal as a person wrote it, shortened."""
    if literal is None:
        return "null"
    if isinstance(literal, bool):
        return "true" if literal else "false"
    if isinstance(literal, Decimal | SpecialDate | BareWord):
        text = str(literal)
        return text if len(text) <= 40 else f"{text[:40]}…"
    return f'"{visible(literal)}"' if len(literal) <= 40 else f'"{visible(literal[:40])}…"'


def _refuse(literal: RawValue, expected: str, hint: str = "") -> TypeMismatch:
    if literal is None:
        return TypeMismatch(f"{expected}, found null", 'write "is null" to ask for an empty field')
    if isinstance(literal, BareWord) and literal.lower() == "me.id":
        return TypeMismatch(
            "me.id is the signed-in user, and a rule runs without one", 'write the id, e.g. editor.id = "…"'
        )
    return TypeMismatch(f"{expected}, found {excerpt(literal)}", hint)


def _text(literal: RawValue) -> str:
    if type(literal) is str:
        text = plain(literal)
        if literal and not text:
            raise TypeMismatch(f'"{visible(literal[:1])}" cannot be seen', "write what the text is to be, or is null")
        return text
    quotable = isinstance(literal, Decimal | BareWord | SpecialDate)
    raise _refuse(literal, "expected a text in quotes", f'write "{literal}"' if quotable else "")


def _decimal(literal: RawValue) -> Decimal:
    if type(literal) is not Decimal:
        quoted = isinstance(literal, str) and not isinstance(literal, BareWord)
        hint = number_hint(literal, quoted=quoted) if isinstance(literal, str) else ""
        raise _refuse(literal, "expected a number", hint)
    if not literal.is_finite():
        raise TypeMismatch("expected a number that is finite")
    if is_ambiguous(literal):
        raise TypeMismatch(f"{literal:f} is ambiguous", number_hint(f"{literal:f}"))
    exponent = cast("int", literal.as_tuple().exponent)
    if literal.adjusted() >= MAX_DIGITS or exponent < -MAX_DIGITS:
        raise TypeMismatch(f"expected a number of at most {MAX_DIGITS} digits before and after the point")
    return literal


def _amount_part(literal: RawValue) -> str:
    """Part of an amount's text: `sum_gross endswith ".99"`; a number stands for its own digits."""
    if type(literal) is Decimal:
        number = _decimal(literal)
        return f"{number:f}" if number == number.to_integral_value() else amount_text(number)
    return _text(literal)


def _boolean(literal: RawValue) -> bool:
    if type(literal) is bool:
        return literal
    known = known_value(str(literal), ("true", "false"))
    hint = f"write {known} without quotes" if known else ""
    raise _refuse(literal, "expected true or false", hint)


def _date(literal: RawValue) -> Scalar:
    """A date, a date-time or a special date; in quotes too, since JSON has no other way to write them."""
    if isinstance(literal, SpecialDate):
        return literal
    if isinstance(literal, str):
        text = literal if isinstance(literal, BareWord) else plain(literal).strip()
        try:
            value = special_date(text) or (None if isinstance(literal, BareWord) else date_value(text))
        except ValueError as error:
            raise TypeMismatch(f"{excerpt(literal)} has {error}") from None
        if value is not None:
            return value
        hint = date_hint(literal) or (_suggested_date(literal) if isinstance(literal, BareWord) else "")
        raise _refuse(
            literal,
            f'expected a date between {EARLIEST} and {LATEST} such as "2026-01-31", '
            '"2026-01-31T12:00:00Z", now, today, today-30d, sow, eow, som or eom',
            hint,
        )
    raise _refuse(literal, 'expected a date such as "2026-01-31"')


def _suggested_date(word: str) -> str:
    days = {"tomorrow": "today+1d", "yesterday": "today-1d"}.get(word.lower())
    found = _DAYS.fullmatch(word)
    if found:
        days = f"today{found[1]}{int(found[2]) * (7 if found[3] else 1)}d"
    return f"write {days}" if days else near_miss(word, SPECIAL_WORDS)


def known_value(text: str, values: Iterable[str]) -> str | None:
    """The value that the text names: in upper or lower case, with blanks around it; None if it names none."""
    wanted = plain(text).strip().casefold()
    return next((each for each in values if each.casefold() == wanted), None)


def _one_of(values: tuple[str, ...]) -> Callable[[RawValue], str]:
    def convert(literal: RawValue) -> str:
        text = _text(literal)
        found = known_value(text, values)
        if found is not None:
            return found
        if values:
            allowed = ", ".join(f'"{each}"' for each in values)
            raise TypeMismatch(f"{excerpt(text)} is none of {allowed}", near_miss(text, values))
        return text

    return convert


def converter(kind: Kind, op: OperatorName) -> Callable[[RawValue], Scalar]:
    """The function that takes a literal to the typed value of this kind, or raises `TypeMismatch`."""
    match kind.name:
        case "enum":
            return _one_of(kind.values)
        case "currency" if op in TEXT_OPERATORS:
            return _amount_part
        case "currency" | "number" | "count":
            return _decimal
        case "boolean":
            return _boolean
        case "date" | "datetime":
            return _date
        case _:
            return _text


def untyped(literal: RawValue) -> Scalar:
    """The value where there is no field table: as it was written."""
    if literal is None or (isinstance(literal, BareWord) and not special_date(literal)):
        raise _refuse(literal, "expected a value")
    return special_date(literal) or str(literal) if isinstance(literal, BareWord) else literal
