"""Conditions as boxes: alternatives that say, field by field, which values they take.

A box is exact: an invoice is in it if, and only if, it is in each of its parts. What two boxes have in common may
be too hopeful (patterns and special values of different kinds are held to be independent), but where it is None
there is surely nothing.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final, NamedTuple

from autobook.domain.conditions import (
    NEGATIONS,
    Comparison,
    Field,
    OperatorName,
    Pattern,
    Scalar,
    SpecialDate,
    Value,
    amount_text,
    fold,
)

Key = tuple[str, str]
"""A field (or a list filter) with the aspect that a part is about: `NULL`, `TEXT`, `TRUTH`, or the scale of its
values: `""` for constants, `today`, `now`, … for what depends on the clock, `day` for days as instants."""
NULL: Final = "null"
TEXT: Final = "~"
TRUTH: Final = "?"

FILLED, EMPTY = 1, 2
"""Masks of the aspect `NULL`."""
TRUE, FALSE, UNKNOWN = 1, 2, 4
"""Masks of the aspect `TRUTH`, and what a condition may be wanted to be."""

Bound = tuple[Any, int]
"""A value and 0 for the value itself, -1 for just below it, 1 for just above."""
Test = tuple[OperatorName, str, bool]
"""Text operator, folded text (a `like` pattern as it was written), and whether it is to hold."""


class Line(NamedTuple):
    """Values on one scale: the few that are `allowed`, or all between the bounds but the `excluded` ones."""

    allowed: frozenset[Any] | None = None
    low: Bound | None = None
    high: Bound | None = None
    excluded: frozenset[Any] = frozenset()


Part = Line | frozenset[Test] | int
Box = dict[Key, Part]


def met(one: Box, other: Box) -> Box | None:
    """What is in both; None if nothing can be."""
    both = dict(one)
    for key, part in other.items():
        mine = both.get(key)
        if mine is None:
            both[key] = part
        elif mine != part:
            common = _common(mine, part)
            if not common:
                return None
            both[key] = common
    for path, aspect in other:
        if aspect in (TEXT, "") and (path, TEXT) in both and not _text_applied(both, path):
            return None
    return both


def _common(one: Part, other: Part) -> Part | None:
    if isinstance(one, Line) and isinstance(other, Line):
        return _settled(
            other.allowed if one.allowed is None else one.allowed & other.allowed if other.allowed else one.allowed,
            max((low for low in (one.low, other.low) if low is not None), default=None),
            min((high for high in (one.high, other.high) if high is not None), default=None),
            one.excluded | other.excluded,
        )
    if isinstance(one, frozenset) and isinstance(other, frozenset) and not isinstance(one, Line):
        tests: frozenset[Test] = one | other
        return tests if texts_agree(tests) else None
    assert isinstance(one, int)  # noqa: S101 - parts of one key are of one kind
    assert isinstance(other, int)  # noqa: S101
    return one & other


def _settled(
    allowed: frozenset[Any] | None, low: Bound | None, high: Bound | None, excluded: frozenset[Any]
) -> Line | None:
    """The line in its one form, None if it is empty."""
    if allowed is None and low is not None and low == high:
        allowed = frozenset((low[0],))
    if allowed is not None:
        left = frozenset(
            value
            for value in allowed
            if value not in excluded and (low is None or low <= (value, 0)) and (high is None or (value, 0) <= high)
        )
        return Line(left) if left else None
    if low is not None and low[1] == 0 and low[0] in excluded:
        low = (low[0], 1)
    if high is not None and high[1] == 0 and high[0] in excluded:
        high = (high[0], -1)
    if low is not None and high is not None and low > high:
        return None
    if low is not None or high is not None:
        excluded = frozenset(x for x in excluded if (low is None or low < (x, 0)) and (high is None or (x, 0) < high))
    return Line(None, low, high, excluded)


# --- texts -------------------------------------------------------------------------------------------------------

_pattern = lru_cache(maxsize=4096)(Pattern)


@lru_cache(maxsize=4096)
def _matcher(wanted: str) -> Callable[[str], bool]:
    return _pattern(wanted).matcher()


def text_of(value: Any) -> str | None:
    """The text that the text operators see of a value; None if that is not certain."""
    if isinstance(value, Decimal):
        # A zero, like very large and very small amounts, may be written in several ways.
        return fold(amount_text(value)) if value and -29 < value.adjusted() < 29 else None
    return fold(value) if isinstance(value, str) else None


def passes(text: str, tests: Iterable[Test]) -> bool:
    """Whether a folded text passes them all."""
    return all(_holds(text, op, wanted_text) is wanted for op, wanted_text, wanted in tests)


def _holds(text: str, op: OperatorName, wanted: str) -> bool:
    match op:
        case "contains":
            return wanted in text
        case "startswith":
            return text.startswith(wanted)
        case "endswith":
            return text.endswith(wanted)
        case _:
            return _matcher(wanted)(text)


class Positives(NamedTuple):
    """Texts that whatever passes some tests starts with, ends with, or has somewhere in it."""

    starts: list[str]
    ends: list[str]
    inner: list[str]


def positives(tests: Iterable[Test]) -> Positives:
    """What the tests that are to hold demand."""
    starts, ends, inner = found = Positives([], [], [])
    for op, text, wanted in tests:
        if not wanted:
            continue
        match op:
            case "startswith":
                starts.append(text)
            case "endswith":
                ends.append(text)
            case "contains":
                inner.append(text)
            case _:
                pattern = _pattern(text)
                starts.extend([pattern.prefix] if pattern.prefix else [])
                ends.extend([pattern.suffix] if pattern.suffix else [])
                inner.extend(pattern.inner)
    return found


def texts_agree(tests: frozenset[Test]) -> bool:
    """Whether a text could pass them all, as far as can be told."""
    if len(tests) == 1:
        return True
    starts, ends, inner = positives(tests)
    longest = max(starts, key=len, default="")
    last = max(ends, key=len, default="")
    if not (all(longest.startswith(each) for each in starts) and all(last.endswith(each) for each in ends)):
        return False
    for op, text, wanted in tests:
        if wanted:
            continue
        refused = (
            (op == "contains" and any(text in each for each in (longest, last, *inner)))
            or (op == "startswith" and longest.startswith(text))
            or (op == "endswith" and last.endswith(text))
            or (op, text, True) in tests
        )
        if refused:
            return False
    return True


def _text_applied(box: Box, path: str) -> bool:
    """Where the values of a field are few, keep those that pass the tests on its text. False if none does."""
    line, tests = box.get((path, "")), box[path, TEXT]
    if not isinstance(line, Line) or line.allowed is None or not isinstance(tests, frozenset):
        return True
    texts = {value: text_of(value) for value in line.allowed}
    left = frozenset(value for value, text in texts.items() if text is None or passes(text, tests))
    if left != line.allowed:
        box[path, ""] = Line(left)
    if all(texts[value] is not None for value in left):
        del box[path, TEXT]
    return bool(left)


# --- one comparison ----------------------------------------------------------------------------------------------


def compared(field: Field, op: OperatorName, value: Value, holds: bool) -> Box | None:
    """The box in which the comparison is true (or, if it is not to hold, false); None if there is none."""
    path = field.path
    if op in ("isnull", "isnotnull"):
        empty = (op == "isnull") is holds
        if field.nullable:
            return {(path, NULL): EMPTY if empty else FILLED}
        return None if empty else {}
    box: Box = {(path, NULL): FILLED} if field.nullable else {}
    if op in ("contains", "startswith", "endswith", "like"):
        test = _test(op, str(value), holds)
        if isinstance(test, bool):
            return box if test else None
        box[path, TEXT] = frozenset((test,))
        return box
    if not holds:
        op = NEGATIONS[op]
    values = value if op in ("in", "nin") and isinstance(value, tuple) else (value,)
    scaled = [_scaled(each, field.kind.name, op) for each in values]  # type: ignore[arg-type]
    scales = {scale for scale, _ in scaled}
    if len(scales) != 1 or None in scales:
        swapped = op in ("ne", "nin", "gte", "lte")
        box[_text(path, NEGATIONS[op] if swapped else op, value), TRUTH] = FALSE if swapped else TRUE
        return box
    (scale,) = scales
    step: Any = None
    if field.kind.name == "date":
        step = Decimal(1) if scale else timedelta(1)
    line: Line | None = line_of(op, [each for _, each in scaled], step)
    if line is not None and line.allowed is None and field.kind.name == "boolean":
        line = _settled(frozenset((True, False)), None, None, line.excluded)
    if line is None:
        return None
    box[path, str(scale)] = line
    return box


def line_of(op: OperatorName, values: list[Any], step: Any = None) -> Line:
    """The values of a comparison; `step` is what lies between two neighbours, None where there is always another."""
    match op:
        case "eq" | "in":
            return Line(frozenset(values))
        case "ne" | "nin":
            return Line(excluded=frozenset(values))
        case "gt":
            return Line(low=(values[0], 1) if step is None else (values[0] + step, 0))
        case "gte":
            return Line(low=(values[0], 0))
        case "lt":
            return Line(high=(values[0], -1) if step is None else (values[0] - step, 0))
        case _:
            return Line(high=(values[0], 0))


def _test(op: OperatorName, text: str, holds: bool) -> Test | bool:
    """The test on a text; True or False where it says nothing or nothing can pass it."""
    if op == "like":
        plain = _pattern(text).plain
        if plain is None or plain[0] == "eq":
            return op, text, holds
        op, text = plain
    else:
        text = fold(text)
    return (op, text, holds) if text else holds


def _scaled(value: Scalar, kind: str, op: OperatorName) -> tuple[str | None, Any]:
    """The value on a scale on which it can be compared with others; None where that depends on the time zone."""
    if isinstance(value, SpecialDate):
        spans = kind == "datetime" and op in ("eq", "ne", "in", "nin")
        return (None, None) if spans else (value.word, Decimal(value.days))
    if kind == "datetime":
        if isinstance(value, datetime):
            return ("", value.astimezone(UTC)) if value.tzinfo is not None else (None, None)
        # To `<` and `>` a day is its first instant.
        return ("day", value) if isinstance(value, date) and op in ("lt", "lte", "gt", "gte") else (None, None)
    if kind == "date" and isinstance(value, datetime):
        return None, None
    return "", value


def _text(path: str, op: OperatorName, value: Value) -> str:
    return f"{Comparison(path, op, value)}"
