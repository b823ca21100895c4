"""The string form of conditions: `supplier.name = "Hetzner" and (sum_gross < 100 or vats.any(vat = 20))`.

A recursive descent over the text itself. The commonest step, `field operator literal`, is one regular
expression and one dictionary look-up; everything else, and every fault, goes the slower way beside it.
Precedence (assumption): `not`, then `and`, then `or`.
"""

import re
from decimal import Decimal
from typing import Any

from autobook.domain.rules.errors import RuleError, near_miss
from autobook.domain.rules.fields import FieldTable
from autobook.domain.rules.leaves import COUNT, operand, relation_of
from autobook.domain.rules.lexis import (
    AND,
    BARE,
    DATE,
    ESCAPE,
    ESCAPES,
    IS_NULL,
    LEAF,
    NAME,
    NOT,
    NOT_IN,
    NUMBER,
    OR,
    SPACE,
    STRING,
    SYMBOL,
    WORD,
    connective,
    nearest_operator,
)
from autobook.domain.rules.literals import Literal, Misfit, Word, shown
from autobook.domain.rules.syntax import (
    MAX_BYTES,
    MAX_DEPTH,
    MAX_LIST,
    OPERATORS,
    QUANTIFIERS,
    And,
    Comparison,
    Condition,
    Counted,
    Not,
    Operator,
    Or,
    Quantified,
    Scalar,
    joined,
)


def parse_text(text: str, table: FieldTable | None) -> Condition:
    """The condition that the text spells. RuleError with the place where it spells none."""
    if len(text.encode(errors="replace")) > MAX_BYTES:
        raise RuleError(f"the condition is longer than {MAX_BYTES // 1024} KiB")
    return _Parser(text, table).whole()


class _Parser:
    __slots__ = ("_depth", "_end", "_pos", "_table", "_text")

    def __init__(self, text: str, table: FieldTable | None) -> None:
        self._text = text
        self._table = table
        self._pos = 0
        self._depth = 0
        self._end = len(text)

    def whole(self) -> Condition:
        if not self._text.strip():
            raise RuleError("the condition is empty", hint='write e.g. supplier.name = "Hetzner"')
        condition = self._either()
        if self._space() < self._end:
            raise self._unexpected("expected and, or or the end of the condition")
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
                if leaf is not None and leaf.op not in ("in", "nin", "isnull", "isnotnull"):
                    quoted = single if double is None else double
                    try:
                        value = leaf.convert(Decimal(number) if number else quoted)
                    except Misfit as misfit:
                        length = len(number or f'"{quoted}"')
                        raise self._misfit(misfit, found.end() - length, length) from None
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
            raise self._unexpected("expected a field, not or (")
        self._pos = name.end()
        if text.startswith("(", self._space()):
            return self._relation(start, name[0].rstrip("."))
        fault = self._fault(start, len(name[0]))
        if self._table is not None and name[0] not in self._table.fields:
            operand(self._table, name[0], None, fault)
        op, at = self._operator(name[0])
        leaf = operand(self._table, name[0], op, fault, self._fault(at, self._pos - at))
        if op in ("isnull", "isnotnull"):
            return Comparison(name[0], op, None)
        if op in ("in", "nin"):
            return Comparison(name[0], op, self._list(leaf.convert))
        return Comparison(name[0], op, self._value(leaf.convert))

    def _nested(self, start: int, rule: Any, closing: str = "") -> Condition:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._error(f"nested more than {MAX_DEPTH} deep", start)
        condition: Condition = rule()
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
            hint = near_miss(spelled, (*QUANTIFIERS, COUNT)) if path else "a list is asked with e.g. vats.any(vat = 20)"
            at = start + len(path) + bool(path)
            raise self._error(f'unknown function "{method}"', at, len(method), hint)
        elements = relation_of(self._table, path, self._fault(start, len(path)))
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
        leaf = operand(None, COUNT, op, self._fault(start, len(name)), self._fault(at, self._pos - at))
        if op in ("in", "nin"):
            return Counted(path, where, op, self._list(leaf.convert))
        return Counted(path, where, op, self._value(leaf.convert))

    # --- operators and values ----------------------------------------------------------------------------

    def _operator(self, name: str) -> tuple[Operator, int]:
        """The operator here, and where it starts."""
        at = self._space()
        null = IS_NULL.match(self._text, at)
        if null:
            self._pos = null.end()
            return ("isnotnull" if null[1] else "isnull"), at
        not_in = NOT_IN.match(self._text, at)
        if not_in:
            self._pos = not_in.end()
            return "nin", at
        found = SYMBOL.match(self._text, at) or WORD.match(self._text, at)
        if not found:
            raise self._unexpected(f"expected an operator such as =, contains or is null after {shown(Word(name))}")
        op = OPERATORS.get(found[0].lower())
        if op is None:
            raise self._error(f"unknown operator {shown(found[0])}", at, len(found[0]), nearest_operator(found[0]))
        self._pos = found.end()
        return op, at

    def _list(self, convert: Any) -> tuple[Scalar, ...]:
        opening = self._space()
        if not self._text.startswith("[", opening):
            raise self._unexpected('expected a list such as ["A", "B"]')
        self._pos = opening + 1
        values: list[Scalar] = []
        if self._text.startswith("]", self._space()):
            raise self._error("the list is empty", opening, hint='write e.g. ["A", "B"]')
        while True:
            if len(values) >= MAX_LIST:
                raise self._error(f"a list of more than {MAX_LIST:,} entries", opening)
            values.append(self._value(convert))
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

    def _value(self, convert: Any) -> Scalar:
        start = self._space()
        literal = self._literal(start)
        try:
            value: Scalar = convert(literal)
        except Misfit as misfit:
            raise self._misfit(misfit, start, self._pos - start) from None
        return value

    def _literal(self, start: int) -> Literal:
        text = self._text
        first = text[start : start + 1]
        if first in ("'", '"'):
            found = STRING.match(text, start)
            if not found:
                raise self._error(f"this {first} is never closed", start, hint=f"add {first} at the end of the text")
            self._pos = found.end()
            body: str = found[1] if found[2] is None else found[2]
            return self._unescaped(body, start + 1)
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
        return constant[lowered] if lowered in constant else Word(bare[0])

    def _unescaped(self, body: str, start: int) -> str:
        def one(found: re.Match[str]) -> str:
            try:
                return ESCAPES[found[1]]
            except KeyError:
                raise self._error(
                    f"unknown escape \\{found[1]}", start + found.start(), 2, "write \\\\ for a backslash"
                ) from None

        return ESCAPE.sub(one, body)

    # --- places and faults -------------------------------------------------------------------------------

    def _space(self) -> int:
        """Skip white space; the position after it."""
        found = SPACE.match(self._text, self._pos)
        assert found is not None  # noqa: S101 - no white space at all is white space as well
        self._pos = found.end()
        return self._pos

    def _error(self, problem: str, offset: int, length: int = 1, hint: str = "") -> RuleError:
        return RuleError(problem, hint=hint, source=self._text, offset=offset, length=length)

    def _fault(self, offset: int, length: int) -> Any:
        return lambda problem, hint="": self._error(problem, offset, length, hint)

    def _misfit(self, misfit: Misfit, start: int, length: int) -> RuleError:
        return self._error(misfit.problem, start, length, misfit.hint)

    def _unexpected(self, expected: str, hint: str = "") -> RuleError:
        at = self._space()
        if at >= self._end:
            return self._error(f"{expected}, found the end", at, hint=hint)
        found = BARE.match(self._text, at) or SYMBOL.match(self._text, at)
        word = found[0] if found else self._text[at]
        quoted = "a quotation mark" if word in ("'", '"') else shown(word)
        return self._error(f"{expected}, found {quoted}", at, len(word), hint or connective(word))
