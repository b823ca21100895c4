"""The JSON form: `[{"field", "op", "value"}, …]` (all of them), or `{"and": […]}`, `{"or": […]}`, `{"not": …}`.

Where the reference is silent (relations, negation) the form is ours: `{"field": "vats", "op": "any",
"value": <condition>}` and `{"field": "vats.count()", "op": "gt", "value": 1, "where": <condition>}`.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from autobook.domain.rules.errors import RuleError, near_miss
from autobook.domain.rules.fields import FieldTable
from autobook.domain.rules.json_places import place_of
from autobook.domain.rules.leaves import COUNT, operand, relation_of
from autobook.domain.rules.literals import Literal, Misfit, shown
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
    Moment,
    Not,
    Operator,
    Or,
    Quantified,
    Scalar,
    Value,
    joined,
)

Path = tuple[str | int, ...]
"""The way to a place in the JSON document: keys and indices."""

_COUNT_CALL = f".{COUNT}()"
_KEYS = {"field", "op", "value", "where"}
_MAX_NODES = 2 * MAX_BYTES
"""More values than this cannot stand in the longest condition."""


def parse_json_text(text: str, table: FieldTable | None) -> Condition:
    """The condition that a JSON text spells."""
    if len(text.encode(errors="replace")) > MAX_BYTES:
        raise RuleError(f"the condition is longer than {MAX_BYTES // 1024} KiB")
    try:
        document = json.loads(text, parse_float=Decimal, parse_int=Decimal, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise RuleError(f"not valid JSON: {error.msg}", source=text, offset=error.pos) from None
    except RecursionError:
        raise RuleError(f"nested more than {MAX_DEPTH} deep") from None
    return _Builder(table, text).whole(document)


def parse_json(document: object, table: FieldTable | None) -> Condition:
    """The condition that decoded JSON (lists and dicts, as DynamoDB keeps them) spells."""
    _check_size(document)
    # A key that is no text (YAML has dates and more) has no place in the text; it is told as unknown.
    text = json.dumps(document, ensure_ascii=False, default=str, skipkeys=True)
    if len(text.encode(errors="replace")) > MAX_BYTES:
        raise RuleError(f"the condition is longer than {MAX_BYTES // 1024} KiB")
    return _Builder(table, text).whole(document)


def _no_constant(name: str) -> Any:
    raise RuleError(f"{name} is no number that a condition can use")


def _check_size(document: object) -> None:
    """Refuse what is too deep or too big, without recursion."""
    waiting: list[tuple[object, int]] = [(document, 0)]
    seen = 0
    while waiting:
        node, depth = waiting.pop()
        seen += 1
        if depth > 4 * MAX_DEPTH:
            raise RuleError(f"nested more than {MAX_DEPTH} deep")
        if seen > _MAX_NODES:
            raise RuleError(f"the condition is longer than {MAX_BYTES // 1024} KiB")
        if isinstance(node, Mapping):
            waiting.extend((each, depth + 1) for each in node.values())
        elif isinstance(node, Sequence | set | frozenset) and not isinstance(node, str | bytes):
            waiting.extend((each, depth + 1) for each in node)


class _Builder:
    """Builds the tree; remembers the text only to point into it."""

    def __init__(self, table: FieldTable | None, text: str) -> None:
        self._table = table
        self._text = text
        self._depth = 0

    def whole(self, document: object) -> Condition:
        return self._condition(document, ())

    def _condition(self, node: object, at: Path) -> Condition:
        if isinstance(node, list | tuple):
            return self._group(And, node, at)
        if not isinstance(node, Mapping):
            raise self._error('expected a condition such as {"field": …, "op": …, "value": …}', at)
        connectives = [key for key in ("and", "or", "not") if key in node]
        if not connectives:
            return self._leaf(node, at)
        if len(node) > 1:
            raise self._error(f'"{connectives[0]}" stands beside other keys', at, "nest one group in the other")
        (key,) = connectives
        if key == "not":
            return Not(self._deeper(self._condition, node[key], (*at, key)))
        if not isinstance(node[key], list | tuple):
            raise self._error(f'"{key}" takes a list of conditions', (*at, key))
        return self._group(And if key == "and" else Or, node[key], (*at, key))

    def _deeper(self, build: Callable[..., Condition], *args: object) -> Condition:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise RuleError(f"nested more than {MAX_DEPTH} deep")
        condition = build(*args)
        self._depth -= 1
        return condition

    def _group(self, kind: type[And] | type[Or], nodes: Sequence[object], at: Path) -> Condition:
        if not nodes:
            raise self._error("a list of conditions is empty", at)
        return joined(kind, [self._deeper(self._condition, each, (*at, i)) for i, each in enumerate(nodes)])

    def _leaf(self, node: Mapping[str, object], at: Path) -> Condition:
        for key in node:
            if key not in _KEYS:
                known = ("field", "op", "value", "and", "or", "not")
                raise self._error(f"unknown key {shown(str(key))}", (*at, str(key)), near_miss(str(key), known))
        path, spelled = node.get("field"), node.get("op", "eq" if "value" in node else None)
        if not isinstance(path, str):
            raise self._error('expected "field": the name of a field', (*at, "field"))
        if not isinstance(spelled, str):
            raise self._error('expected "op": an operator such as "eq"', (*at, "op"))
        word = "".join(spelled.lower().split())
        if word in QUANTIFIERS:
            return self._quantified(path, word, node, at)
        op = OPERATORS.get(word, OPERATORS.get(word.removeprefix("is")))
        if op is None:
            raise self._error(
                f"unknown operator {shown(spelled)}", (*at, "op"), near_miss(spelled, (*OPERATORS, *QUANTIFIERS))
            )
        if path.endswith(_COUNT_CALL):
            return self._counted(path.removesuffix(_COUNT_CALL), op, node, at)
        if "where" in node:
            raise self._error('"where" belongs to count() only', (*at, "where"))
        leaf = operand(self._table, path, op, self._fault((*at, "field")), self._fault((*at, "op")))
        return Comparison(path, op, self._value(node, op, leaf.convert, at))

    def _quantified(self, path: str, word: str, node: Mapping[str, object], at: Path) -> Condition:
        where = self._where(path, node.get("value"), (*at, "value"), at)
        if where is None and word == "all":
            raise self._error("all needs a condition", at, 'write e.g. {"field": "vats", "op": "all", "value": {…}}')
        return Quantified(path, QUANTIFIERS[word], where)

    def _counted(self, path: str, op: Operator, node: Mapping[str, object], at: Path) -> Condition:
        where = self._where(path, node.get("where"), (*at, "where"), at)
        leaf = operand(None, COUNT, op, self._fault((*at, "field")), self._fault((*at, "op")))
        return Counted(path, where, op, self._value(node, op, leaf.convert, at))

    def _where(self, path: str, node: object, at: Path, owner: Path) -> Condition | None:
        elements = relation_of(self._table, path, self._fault((*owner, "field")))
        if node is None:
            return None
        outer, self._table = self._table, elements
        where = self._deeper(self._condition, node, at)
        self._table = outer
        return where

    def _value(self, node: Mapping[str, object], op: Operator, convert: Callable[[Literal], Scalar], at: Path) -> Value:
        here = (*at, "value")
        if op in ("isnull", "isnotnull"):
            if node.get("value") not in (None, True, ""):
                raise self._error(f"{op} takes no value", here)
            return None
        if "value" not in node:
            raise self._error('expected "value"', at)
        value = node["value"]
        if op not in ("in", "nin"):
            return self._scalar(value, convert, here)
        values = sorted(value, key=str) if isinstance(value, set | frozenset) else value
        if not isinstance(values, list | tuple):
            raise self._error('expected a list such as ["A", "B"]', here)
        if not values:
            raise self._error("the list is empty", here)
        if len(values) > MAX_LIST:
            raise self._error(f"a list of more than {MAX_LIST:,} entries", here)
        return tuple(self._scalar(each, convert, (*here, i)) for i, each in enumerate(values))

    def _scalar(self, value: object, convert: Callable[[Literal], Scalar], at: Path) -> Scalar:
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = Decimal(str(value))
        if isinstance(value, date):  # YAML makes dates of what looks like one
            value = value.isoformat()
        if value is not None and not isinstance(value, str | Decimal | bool):
            raise self._error("expected a single value", at)
        try:
            return convert(value)
        except Misfit as misfit:
            raise self._error(misfit.problem, at, misfit.hint) from None

    def _fault(self, at: Path) -> Callable[..., RuleError]:
        return lambda problem, hint="": self._error(problem, at, hint)

    def _error(self, problem: str, at: Path, hint: str = "") -> RuleError:
        offset, length = place_of(self._text, at)
        return RuleError(problem, hint=hint, source=self._text, offset=offset, length=length)


def to_json(condition: Condition) -> Any:
    """The JSON form of the condition; numbers stay `Decimal`."""
    match condition:
        case And(parts):
            return {"and": [to_json(part) for part in parts]}
        case Or(parts):
            return {"or": [to_json(part) for part in parts]}
        case Not(part):
            return {"not": to_json(part)}
        case Comparison(path, op, value):
            return {"field": path, "op": op} | ({} if value is None else {"value": _plain(value)})
        case Quantified(path, quantifier, where):
            return {"field": path, "op": quantifier} | ({} if where is None else {"value": to_json(where)})
        case Counted(path, where, op, value):
            leaf = {"field": path + _COUNT_CALL, "op": op, "value": _plain(value)}
            return leaf | ({} if where is None else {"where": to_json(where)})


def to_json_text(condition: Condition) -> str:
    """The JSON form as text; numbers keep every digit."""
    return _encode(to_json(condition))


def _plain(value: Value) -> Any:
    if isinstance(value, tuple) and not isinstance(value, Moment):
        return [_plain(each) for each in value]
    return value if isinstance(value, str | bool | Decimal) else str(value)


def _encode(node: Any) -> str:
    """`json.dumps`, but a `Decimal` is a number and loses nothing."""
    if isinstance(node, dict):
        return "{" + ", ".join(f"{json.dumps(key)}: {_encode(each)}" for key, each in node.items()) + "}"
    if isinstance(node, list):
        return "[" + ", ".join(_encode(each) for each in node) + "]"
    return f"{node:f}" if isinstance(node, Decimal) else json.dumps(node, ensure_ascii=False)
