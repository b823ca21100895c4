"""Reading a condition's text from left to right: white space, values and lists, and the place of every error."""

import re
from collections.abc import Mapping
from decimal import Decimal

from autobook.domain.conditions.ast import Scalar
from autobook.domain.conditions.errors import ConditionError
from autobook.domain.conditions.fields import TypedOperand
from autobook.domain.conditions.limits import MAX_LIST
from autobook.domain.conditions.literals import BareWord, RawValue, TypeMismatch, excerpt
from autobook.domain.conditions.name_resolution import ErrorAt
from autobook.domain.conditions.operators import LIST_OPERATORS
from autobook.domain.conditions.tokens import (
    BARE,
    DATE,
    ESCAPE,
    ESCAPES,
    IN_PARENTHESES,
    LIKE_ESCAPES,
    NUMBER,
    NUMBER_LIST,
    QUOTES,
    SPACE,
    STRING,
    SYMBOL,
    in_plain_quotes,
    suggestion,
)
from autobook.domain.conditions.written_numbers import (
    NUMERIC_KINDS,
    ambiguous_commas,
    date_at,
    number_at,
    number_hint,
)


class Scanner:
    """A text and how far it has been read."""

    __slots__ = ("_end", "_pos", "_text")

    def __init__(self, text: str) -> None:
        self._text = text
        self._pos = 0
        self._end = len(text)

    # --- values ------------------------------------------------------------------------------------------

    def _list(self, leaf: TypedOperand) -> tuple[Scalar, ...]:
        opening = self._space()
        if leaf.field.kind.name in NUMERIC_KINDS:
            self._refuse_ambiguous_commas(opening)
        if not self._text.startswith("[", opening):
            found = IN_PARENTHESES.match(self._text, opening)
            hint = f"write [{found[1].strip()}]" if found else ""
            raise self._unexpected('expected a list such as ["A", "B"]', hint)
        self._pos = opening + 1
        values: list[Scalar] = []
        if self._text.startswith("]", self._space()):
            raise self._error("the list is empty", opening, hint='write e.g. ["A", "B"]')
        while True:
            if len(values) >= MAX_LIST:
                raise self._error(f"a list of more than {MAX_LIST:,} entries", opening)
            values.append(self._value(leaf))
            at = self._space()
            if self._text.startswith(",", at):
                self._pos = at + 1
            elif self._text.startswith("]", at):
                self._pos = at + 1
                return tuple(values)
            elif at >= self._end:
                raise self._error('this "[" is never closed', opening, hint="add ]")
            else:
                raise self._unexpected("expected , or ]")

    def _refuse_ambiguous_commas(self, opening: int) -> None:
        found = NUMBER_LIST.match(self._text, opening)
        ambiguous = ambiguous_commas(found[1]) if found else None
        if ambiguous:
            start, length = opening + 1 + ambiguous.start, len(ambiguous.written)
            raise self._error(f"{excerpt(BareWord(ambiguous.written))} is ambiguous", start, length, ambiguous.hint)

    def _value(self, leaf: TypedOperand) -> Scalar:
        start = self._space()
        if leaf.field.kind.name in NUMERIC_KINDS:
            self._refuse_written_number(start, within_list=leaf.op in LIST_OPERATORS)
        literal = self._literal(start, LIKE_ESCAPES if leaf.op == "like" else ESCAPES)
        try:
            return leaf.convert(literal)
        except TypeMismatch as mismatch:
            raise self._mismatch(mismatch, start, self._pos - start) from None

    def _refuse_written_number(self, start: int, *, within_list: bool) -> None:
        """An error for a number in a form that is not ours, such as `1.234,56` or `100 €`, with all of it."""
        written = number_at(self._text, start, within_list=within_list)
        number = NUMBER.match(self._text, start)
        if len(written) > len(number[0] if number else ""):
            problem = f"expected a number, found {excerpt(BareWord(written))}"
            raise self._error(problem, start, len(written), number_hint(written))

    def _literal(self, start: int, escapes: Mapping[str, str]) -> RawValue:
        text = self._text
        first = text[start : start + 1]
        if first in ("'", '"'):
            found = STRING.match(text, start)
            if not found:
                raise self._error(f"this {first} is never closed", start, hint=self._unclosed(first, start))
            self._pos = found.end()
            body: str = found[1] if found[2] is None else found[2]
            return self._unescaped(body, start + 1, escapes)
        written_date = date_at(text, start)
        if written_date:
            self._pos = start + len(written_date)
            return BareWord(written_date)
        number = NUMBER.match(text, start)
        if number:
            self._pos = number.end()
            return Decimal(number[0])
        day = DATE.match(text, start)
        if day:
            self._pos = day.end()
            return day[0]
        bare = BARE.match(text, start)
        if not bare:
            hint = "a list belongs after in" if first == "[" else ""
            raise self._unexpected("expected a value", hint=hint)
        self._pos = bare.end()
        constant = {"true": True, "false": False, "null": None}
        lowered = bare[0].lower()
        return constant[lowered] if lowered in constant else BareWord(bare[0])

    def _unclosed(self, mark: str, start: int) -> str:
        curly = any(each in self._text for each in QUOTES)
        return in_plain_quotes(self._text, start) if curly else f"add {mark} at the end of the text"

    def _unescaped(self, body: str, start: int, escapes: Mapping[str, str]) -> str:
        def one(found: re.Match[str]) -> str:
            try:
                return escapes[found[1]]
            except KeyError:
                raise self._error(
                    f"unknown escape \\{found[1]}", start + found.start(), 2, "write \\\\ for a backslash"
                ) from None

        return ESCAPE.sub(one, body)

    # --- places and errors -------------------------------------------------------------------------------

    def _space(self) -> int:
        """Skip white space; the position after it."""
        found = SPACE.match(self._text, self._pos)
        assert found is not None  # noqa: S101 - no white space at all is white space as well
        self._pos = found.end()
        return self._pos

    def _error(self, problem: str, offset: int, length: int = 1, hint: str = "") -> ConditionError:
        return ConditionError(problem, hint=hint, source=self._text, offset=offset, length=length)

    def _error_at(self, offset: int, length: int) -> ErrorAt:
        return lambda problem, hint="": self._error(problem, offset, length, hint)

    def _mismatch(self, mismatch: TypeMismatch, start: int, length: int) -> ConditionError:
        return self._error(mismatch.problem, start, length, mismatch.hint)

    def _unexpected(self, expected: str, hint: str = "") -> ConditionError:
        at = self._space()
        if at >= self._end:
            return self._error(f"{expected}, found the end", at, hint=hint)
        found = BARE.match(self._text, at) or SYMBOL.match(self._text, at)
        word = found[0] if found else self._text[at]
        return self._error(
            f"{expected}, found {_described(word)}", at, len(word), hint or suggestion(word, self._text, at)
        )


def _described(word: str) -> str:
    if word in ("'", '"'):
        return "a quotation mark"
    return excerpt(word) if word.isprintable() else f"U+{ord(word):04X}, which cannot be seen"
