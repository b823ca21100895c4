"""The string form of conditions: `supplier.name = "Hetzner" and (sum_gross < 100 or vats.any(vat = 20))`.

A recursive descent over the text itself. The commonest step, `field operator literal`, is one regular
expression and one dictionary look-up; everything else, and every error, goes the slower way beside it.
Precedence (assumption): `not`, then `and`, then `or`.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Final

from autobook.domain.conditions.ast import (
    QUANTIFIERS,
    And,
    Comparison,
    Condition,
    Counted,
    FieldReference,
    Not,
    Or,
    Quantified,
    joined,
)
from autobook.domain.conditions.errors import ConditionError, near_miss
from autobook.domain.conditions.fields import FieldTable, TypedOperand
from autobook.domain.conditions.json_parser import parse_json, parse_json_text
from autobook.domain.conditions.kinds import TEXT_KINDS
from autobook.domain.conditions.limits import MAX_DEPTH, TOO_DEEP, check_size, check_text, nesting
from autobook.domain.conditions.literals import BareWord, TypeMismatch, excerpt
from autobook.domain.conditions.name_resolution import COUNT, operand, referenced, relation_of
from autobook.domain.conditions.operators import LIST_OPERATORS, SPELLINGS, VALUELESS, OperatorName, phrase_at
from autobook.domain.conditions.scanner import Scanner
from autobook.domain.conditions.tokens import (
    AND,
    BARE,
    LEAF,
    NAME,
    NOT,
    OR,
    STRING,
    SYMBOL,
    VALUE,
    WORD,
    is_connective,
    look_alike_error,
    nearest_operator,
    without_not,
)


def parse_text(text: str, table: FieldTable | None) -> Condition:
    """The condition that the text spells. ConditionError with the place where it spells none."""
    check_text(text)
    try:
        condition = _Parser(text, table).whole()
    except ConditionError as error:
        raise look_alike_error(text, error) or error from None
    check_size(condition, len(text))
    return condition


_NOT_ONE_VALUE: Final = LIST_OPERATORS | VALUELESS


class _Parser(Scanner):
    __slots__ = ("_compares_fields", "_deepest", "_depth", "_table")

    def __init__(self, text: str, table: FieldTable | None) -> None:
        super().__init__(text)
        self._table = table
        self._compares_fields = table is not None and table.compares_fields
        self._depth = 0
        self._deepest = (0, 0)
        """Most levels that were open at once, and where the last of them was opened."""

    def whole(self) -> Condition:
        if not self._text.strip():
            raise ConditionError("the condition is empty", hint='write e.g. supplier.name = "Hetzner"')
        condition = self._either()
        if self._space() < self._end:
            raise self._unexpected("expected and, or or the end of the condition")
        depth, at = self._deepest
        # Each level may hold an `or` and, in it, an `and` without parentheses.
        if 2 * depth >= MAX_DEPTH and nesting(condition) > MAX_DEPTH:
            raise self._error(TOO_DEEP, at)
        return condition

    # --- grammar -----------------------------------------------------------------------------------------

    def _either(self) -> Condition:
        first = self._both()
        found = OR.match(self._text, self._pos)
        if not found:
            return first
        parts = [first]
        while found:
            self._pos = found.end()
            parts.append(self._both())
            found = OR.match(self._text, self._pos)
        return joined(Or, parts)

    def _both(self) -> Condition:
        first = self._term()
        found = AND.match(self._text, self._pos)
        if not found:
            return first
        parts = [first]
        while found:
            self._pos = found.end()
            parts.append(self._term())
            found = AND.match(self._text, self._pos)
        return joined(And, parts)

    def _term(self) -> Condition:
        if self._table is not None:
            found = LEAF.match(self._text, self._pos)
            if found:
                path, symbol, word, double, single, number = found.groups()
                leaf = self._table.leaves.get((path, symbol or word))
                if leaf is not None and leaf.op not in _NOT_ONE_VALUE:
                    quoted = single if double is None else double
                    try:
                        value = leaf.convert(Decimal(number) if number else quoted)
                    except TypeMismatch as mismatch:
                        length = len(number or f'"{quoted}"')
                        raise self._mismatch(mismatch, found.end() - length, length) from None
                    self._pos = found.end()
                    return Comparison(path, leaf.op, value)
        return self._slow_term()

    def _slow_term(self) -> Condition:
        start = self._space()
        text = self._text
        if text.startswith("(", start):
            self._pos = start + 1
            return self._nested(start, self._either, ")")
        negation = NOT.match(text, start)
        if negation:
            self._pos = negation.end()
            return Not(self._nested(start, self._term))
        name = NAME.match(text, start)
        if not name:
            hint = "the field comes first" if VALUE.match(text, start) else ""
            raise self._unexpected("expected a field, not or (", hint)
        if is_connective(text, start):
            raise self._unexpected("expected a field, not or (", f"{name[0]} stands between two conditions")
        self._pos = name.end()
        if text.startswith("(", self._space()):
            return self._relation(start, name[0].rstrip("."))
        error_at = self._error_at(start, len(name[0]))
        if self._table is not None and name[0] not in self._table.fields:
            operand(self._table, name[0], None, error_at)
        op, at = self._operator(name[0])
        leaf = operand(self._table, name[0], op, error_at, self._error_at(at, self._pos - at))
        if op in VALUELESS:
            return Comparison(name[0], op, None)
        if op in LIST_OPERATORS:
            return Comparison(name[0], op, self._list(leaf))
        return Comparison(name[0], op, self._other_field(leaf) or self._value(leaf))

    def _other_field(self, leaf: TypedOperand) -> FieldReference | None:
        """The field that stands where a value might; None if none does."""
        if not self._compares_fields or self._table is None:
            return None
        start = self._space()
        word = BARE.match(self._text, start)
        other = self._table.fields.get(word[0]) if word else None
        if word is None:
            return None
        if other is None and (leaf.field.kind.name in TEXT_KINDS or "." not in word[0].strip(".0123456789")):
            return None
        error_at = self._error_at(start, len(word[0]))
        self._pos = word.end()
        try:
            return referenced(leaf, other or operand(self._table, word[0], None, error_at).field)
        except TypeMismatch as mismatch:
            raise self._mismatch(mismatch, start, len(word[0])) from None

    def _nested(self, start: int, rule: Callable[[], Condition], closing: str = "") -> Condition:
        self._depth += 1
        if self._depth > self._deepest[0]:
            self._deepest = (self._depth, start)
            if self._depth > MAX_DEPTH:
                raise self._error(TOO_DEEP, start)
        condition = rule()
        self._depth -= 1
        if closing:
            self._close(start, closing)
        return condition

    def _close(self, start: int, closing: str) -> None:
        at = self._space()
        if not self._text.startswith(closing, at):
            if at >= self._end:
                raise self._error(f'this "{self._text[start]}" is never closed', start, hint=f"add {closing}")
            raise self._unexpected(f"expected and, or or {closing}")
        self._pos = at + 1

    def _relation(self, start: int, name: str) -> Condition:
        """`vats.any(…)`; the position is at the opening parenthesis."""
        path, _, method = name.rpartition(".")
        spelled = method.lower()
        if not path or (spelled not in QUANTIFIERS and spelled != COUNT):
            at = start + len(path) + bool(path)
            raise self._error(
                f"unknown function {excerpt(method)}", at, len(method), _suggested_function(path, spelled)
            )
        elements = relation_of(self._table, path, self._error_at(start, len(path)))
        opening = self._pos
        self._pos += 1
        where = None
        if self._text.startswith(")", self._space()):
            self._pos += 1
        else:
            outer, self._table = self._table, elements
            where = self._nested(opening, self._either, ")")
            self._table = outer
        if spelled in QUANTIFIERS:
            if where is None and spelled == "all":
                raise self._error("all() needs a condition", start, len(name), "write e.g. vats.all(vat = 20)")
            return Quantified(path, QUANTIFIERS[spelled], where)
        op, at = self._operator(f"{name}()")
        leaf = operand(None, COUNT, op, self._error_at(start, len(name)), self._error_at(at, self._pos - at))
        if op in LIST_OPERATORS:
            return Counted(path, where, op, self._list(leaf))
        return Counted(path, where, op, self._value(leaf))

    def _operator(self, name: str) -> tuple[OperatorName, int]:
        """The operator here, and where it starts."""
        at = self._space()
        phrase = phrase_at(self._text, at)
        if phrase:
            self._pos = phrase[1]
            return phrase[0], at
        found = SYMBOL.match(self._text, at) or WORD.match(self._text, at)
        if not found:
            raise self._unexpected(
                f"expected an operator such as =, contains or is null after {excerpt(BareWord(name))}"
            )
        op = SPELLINGS.get(found[0].lower())
        if op is None:
            word = found[0].lower()
            hint = without_not(name, self._text, found.end()) if word == "not" else nearest_operator(word)
            raise self._error(f"unknown operator {excerpt(found[0])}", at, len(found[0]), hint)
        self._pos = found.end()
        return op, at


def _suggested_function(path: str, spelled: str) -> str:
    if path:
        return near_miss(spelled, (*QUANTIFIERS, COUNT))
    return near_miss(spelled, ("not",)) or "a list is asked with e.g. vats.any(vat = 20)"


def quoted_texts(source: object) -> Iterator[str]:
    """Every text that a sound condition, in either form, compares with or names, as it was typed."""
    if isinstance(source, str):
        text = source.removeprefix(_BOM)
        if text.lstrip()[:1] in ("[", "{"):
            yield from quoted_texts(json.loads(text))
        else:
            yield from (found[1] or found[2] or "" for found in STRING.finditer(text))
    elif isinstance(source, Mapping):
        for each in source.values():
            yield from (each,) if isinstance(each, str) else quoted_texts(each)
    elif isinstance(source, list | tuple | set | frozenset):
        for each in source:
            yield from (each,) if isinstance(each, str) else quoted_texts(each)


_BOM = "\ufeff"
"""What some editors put, unseen, before a text."""


def parse(source: object, table: FieldTable | None = None) -> Condition:
    """The condition in the string form, the JSON form as text, or decoded JSON (a list or a dict).

    With a field table every field, operator and value is checked against it; without one the names are taken as
    they are. ConditionError if it cannot be used.
    """
    if isinstance(source, str):
        source = source.removeprefix(_BOM)
        if source.lstrip()[:1] in ("[", "{"):
            return parse_json_text(source, table)
        return parse_text(source, table)
    if isinstance(source, list | tuple | dict):
        return parse_json(source, table)
    raise ConditionError("expected a condition as text, or as a list of conditions")
