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
from autobook.domain.conditions.tokens import (
    BARE,
    DATE,
    ESCAPE,
    ESCAPES,
    LIKE_ESCAPES,
    NUMBER,
    QUOTES,
    SPACE,
    STRING,
    SYMBOL,
    suggestion,
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
        if not self._text.startswith("[", opening):
            hint = "write it in brackets: […]" if self._text.startswith("(", opening) else ""
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

    def _value(self, leaf: TypedOperand) -> Scalar:
        start = self._space()
        literal = self._literal(start, LIKE_ESCAPES if leaf.op == "like" else ESCAPES)
        try:
            return leaf.convert(literal)
        except TypeMismatch as mismatch:
            raise self._mismatch(mismatch, start, self._pos - start) from None

    def _literal(self, start: int, escapes: Mapping[str, str]) -> RawValue:
        text = self._text
        first = text[start : start + 1]
        if first in ("'", '"'):
            found = STRING.match(text, start)
            if not found:
                raise self._error(f"this {first} is never closed", start, hint=self._unclosed(first))
            self._pos = found.end()
            body: str = found[1] if found[2] is None else found[2]
            return self._unescaped(body, start + 1, escapes)
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

    def _unclosed(self, mark: str) -> str:
        curly = any(each in self._text for each in QUOTES)
        return f"close it with a plain {mark}" if curly else f"add {mark} at the end of the text"

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
