"""How long the shortest text of a condition is: what its size is measured by, without writing the text.

The text itself is `printing.shortest`; a property test holds the two together.
"""

from decimal import Decimal
from functools import reduce
from typing import Final, NamedTuple

from autobook.domain.conditions.ast import And, Comparison, Condition, Counted, Not, Or, Quantified, Scalar, Value
from autobook.domain.conditions.operators import OPERATORS, OperatorName
from autobook.domain.conditions.value_text import shortest_value

NO_SPACE_AFTER: Final = ")]\"'=!<>"
NO_SPACE_BEFORE: Final = "([\"'=!<>"
"""Characters beside which the shortest text has no space."""
SHORTEST_SPELLING: Final[dict[OperatorName, str]] = {
    name: min(operator.spellings, key=len) for name, operator in OPERATORS.items()
}
UNBRACKETED: Final = (Not, Comparison, Quantified, Counted)
"""Kinds of conditions that `not` denies without parentheses in the shortest text."""


def byte_length(text: str) -> int:
    """Length in bytes of UTF-8; a lone surrogate, which has none, counts as the `?` in its place."""
    return len(text) if text.isascii() else len(text.encode(errors="replace"))


def text_size(condition: Condition) -> int:
    """Bytes of UTF-8 of the shortest text that says the same."""
    return _extent(condition).size


class _Extent(NamedTuple):
    """A piece of the text: its size, and the characters that decide whether a space stands beside it."""

    size: int
    first: str
    last: str

    def beside(self, following: "_Extent") -> "_Extent":
        spaced = self.last not in NO_SPACE_AFTER and following.first not in NO_SPACE_BEFORE
        return _Extent(self.size + spaced + following.size, self.first, following.last)


def _of_text(text: str) -> _Extent:
    return _Extent(byte_length(text), text[0], text[-1])


def _extent(condition: Condition) -> _Extent:
    match condition:
        case Or(parts):
            return _joined("or", [_extent(part) for part in parts])
        case And(parts):
            return _joined("and", [_bracketed(part, isinstance(part, Or)) for part in parts])
        case Not(part):
            return _of_text("not").beside(_bracketed(part, not isinstance(part, UNBRACKETED)))
        case Comparison(path, op, value):
            return _compared(_of_text(path), op, value)
        case Quantified(path, quantifier, where):
            return _called(path, quantifier, where)
        case Counted(path, where, op, value):
            return _compared(_called(path, "count", where), op, value)


def _bracketed(part: Condition, needed: bool) -> _Extent:
    extent = _extent(part)
    return _Extent(extent.size + len("()"), "(", ")") if needed else extent


def _joined(word: str, pieces: list[_Extent]) -> _Extent:
    between = _of_text(word)
    return reduce(lambda before, piece: before.beside(between).beside(piece), pieces)


def _called(path: str, name: str, where: Condition | None) -> _Extent:
    inner = 0 if where is None else _extent(where).size
    return _Extent(byte_length(f"{path}.{name}()") + inner, path[0], ")")


def _compared(subject: _Extent, op: OperatorName, value: Value) -> _Extent:
    piece = subject.beside(_of_text(SHORTEST_SPELLING[op]))
    if value is None:
        return piece
    if not isinstance(value, tuple):
        return piece.beside(_of_text(shortest_value(value, op)))
    return piece.beside(_Extent(_list_size(value, op), "[", "]"))


def _list_size(values: tuple[Scalar, ...], op: OperatorName) -> int:
    """The values, a comma between any two, and the brackets."""
    commas = (len(values) - 1) * len(list_comma(values, ","))
    return sum(byte_length(shortest_value(each, op)) for each in values) + commas + len("[]")


def list_comma(values: tuple[Scalar, ...], shortest: str) -> str:
    """What stands between the values of a list: between numbers a comma alone might be one before decimals."""
    return ", " if all(isinstance(each, Decimal) for each in values) else shortest
