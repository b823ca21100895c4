"""JSON texts decoded without losing a digit or a doubled key."""

import json
from collections import Counter
from decimal import Decimal, InvalidOperation
from typing import Any

from autobook.domain.conditions.errors import ConditionError
from autobook.domain.conditions.limits import TOO_DEEP
from autobook.domain.conditions.tokens import QUOTES, in_plain_quotes

_BEYOND = Decimal("1E+999999")
"""Stands for a number that not even `Decimal` can hold; like it, it has too many digits for every field."""


class RepeatedKey(dict[str, Any]):
    """An object in which a key stands twice."""

    key = ""


def read_json(text: str) -> Any:
    """The document; every number is a `Decimal`. ConditionError with the place if it is no JSON."""
    try:
        return json.loads(
            text,
            parse_float=_number,
            parse_int=Decimal,
            parse_constant=_no_constant,
            object_pairs_hook=_object,
        )
    except json.JSONDecodeError as error:
        hint = in_plain_quotes(text, error.pos) if text[error.pos : error.pos + 1] in (*QUOTES,) else ""
        raise ConditionError(f"not valid JSON: {error.msg}", hint=hint, source=text, offset=error.pos) from None
    except RecursionError:
        raise ConditionError(TOO_DEEP) from None


def _number(written: str) -> Decimal:
    try:
        return Decimal(written)
    except InvalidOperation:
        return _BEYOND


def _no_constant(name: str) -> Any:
    raise ConditionError(f"{name} is no number that a condition can use")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    node = dict(pairs)
    if len(node) == len(pairs):
        return node
    repeated = RepeatedKey(node)
    times = Counter(key for key, _ in pairs)
    repeated.key = max(times, key=times.__getitem__)
    return repeated


def readable(node: object) -> object:
    """A value that JSON cannot write, for the text that is shown to people."""
    if isinstance(node, Decimal) and node.is_finite() and abs(node.adjusted()) < 15:
        return int(node) if node == int(node) else float(node)
    return str(node)
