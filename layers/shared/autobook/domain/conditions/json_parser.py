"""The JSON form: `[{"field", "op", "value"}, …]` (all of them), or `{"and": […]}`, `{"or": […]}`, `{"not": …}`.

Where the reference is silent (relations, negation) the form is ours: `{"field": "vats", "op": "any",
"value": <condition>}` and `{"field": "vats.count()", "op": "gt", "value": 1, "where": <condition>}`.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from autobook.domain.conditions.ast import (
    QUANTIFIERS,
    And,
    Comparison,
    Condition,
    Constant,
    Counted,
    FieldReference,
    Not,
    Or,
    Quantified,
    Scalar,
    joined,
)
from autobook.domain.conditions.errors import ConditionError, near_miss
from autobook.domain.conditions.fields import FieldTable, TypedOperand
from autobook.domain.conditions.json_document import RepeatedKey, read_json, readable
from autobook.domain.conditions.json_positions import key_place_of, place_of
from autobook.domain.conditions.limits import MAX_DEPTH, MAX_LIST, TOO_DEEP, check_document, check_json_text, check_size
from autobook.domain.conditions.literals import BareWord, TypeMismatch, excerpt
from autobook.domain.conditions.name_resolution import COUNT, COUNT_CALL, ErrorAt, operand, referenced, relation_of
from autobook.domain.conditions.operators import LIST_OPERATORS, SPELLINGS, VALUELESS, OperatorName
from autobook.domain.conditions.tokens import nearest_operator
from autobook.domain.conditions.written_numbers import NUMERIC_KINDS, ambiguous_commas

Path = tuple[str | int, ...]
"""The way to a place in the JSON document: keys and indices."""

_CALL = re.compile(r"\s*([\w.]+)\.(\w+)\s*\(")
_KEYS = ("field", "op", "value", "where")
_CONNECTIVES = ("and", "or", "not")


def parse_json_text(text: str, table: FieldTable | None) -> Condition:
    """The condition that a JSON text spells."""
    check_json_text(text)
    document = read_json(text)
    check_document(document)
    condition = _TreeBuilder(document, table, text).whole()
    check_size(condition, len(text))
    return condition


def parse_json(document: object, table: FieldTable | None) -> Condition:
    """The condition that decoded JSON (lists and dicts, as DynamoDB keeps them) spells."""
    size = check_document(document)
    condition = _TreeBuilder(document, table).whole()
    check_size(condition, size)
    return condition


class _TreeBuilder:
    """Builds the tree; the text of the document is there only to point into it."""

    def __init__(self, document: object, table: FieldTable | None, text: str | None = None) -> None:
        self._document = document
        self._table = table
        self._compares_fields = table is not None and table.compares_fields
        self._text = text
        self._written = text
        """The document as a person wrote it; None if it came decoded."""
        self._depth = 0

    def whole(self) -> Condition:
        return self._condition(self._document, (), within=False)

    def _condition(self, node: object, at: Path, *, within: bool) -> Condition:
        """`within`: it stands in a group or after `not`, where a group of its own is one level deeper."""
        if isinstance(node, list | tuple):
            return self._group(And, node, at, within=within)
        if not isinstance(node, Mapping):
            raise self._error('expected a condition such as {"field": …, "op": …, "value": …}', at)
        if isinstance(node, RepeatedKey):
            raise self._key_error(f"the key {excerpt(node.key)} stands twice", at, node.key, "leave one of them out")
        connectives = [key for key in node if isinstance(key, str) and key.lower() in _CONNECTIVES]
        if not connectives:
            return self._leaf(node, at)
        if len(node) > 1:
            raise self._error(f'"{connectives[0]}" stands beside other keys', at, "nest one group in the other")
        (key,) = connectives
        if key.lower() == "not":
            self._open(at)
            part = self._condition(node[key], (*at, key), within=True)
            self._depth -= 1
            return Not(part)
        if not isinstance(node[key], list | tuple):
            raise self._error(f'"{key}" takes a list of conditions', (*at, key))
        return self._group(And if key.lower() == "and" else Or, node[key], (*at, key), within=within)

    def _open(self, at: Path) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._error(TOO_DEEP, at)

    def _group(self, kind: type[And] | type[Or], nodes: Sequence[object], at: Path, *, within: bool) -> Condition:
        if not nodes:
            raise self._error("a list of conditions is empty", at)
        # A group of one is what parentheses around nothing but a condition are in the text.
        alone = len(nodes) == 1
        if alone or within:
            self._open(at)
        parts = [self._condition(each, (*at, i), within=not alone) for i, each in enumerate(nodes)]
        if alone or within:
            self._depth -= 1
        return joined(kind, parts)

    def _leaf(self, node: Mapping[str, object], at: Path) -> Condition:
        for key in node:
            if key not in _KEYS:
                hint = near_miss(str(key), (*_KEYS, *_CONNECTIVES)) or f"the keys are {', '.join(_KEYS[:3])}"
                raise self._key_error(f"unknown key {excerpt(str(key))}", at, str(key), hint)
        path, spelled = node.get("field"), node.get("op", "eq" if "value" in node else None)
        if not isinstance(path, str):
            raise self._error('expected "field": the name of a field', (*at, "field"))
        if not isinstance(spelled, str):
            raise self._error('expected "op": an operator such as "eq"', (*at, "op"))
        word = "".join(spelled.lower().split())
        if word in QUANTIFIERS:
            return self._quantified(path, word, node, at)
        op = SPELLINGS.get(word, SPELLINGS.get(word.removeprefix("is")))
        if op is None:
            raise self._unknown_operator(spelled, word, at)
        if path.lower().endswith(COUNT_CALL):
            return self._counted(path[: -len(COUNT_CALL)], op, node, at)
        call = _CALL.match(path)
        if call:
            raise self._error("a field is written without parentheses", (*at, "field"), _json_form_of(call[1], call[2]))
        if "where" in node:
            raise self._key_error('"where" belongs to any, all, none and count()', at, "where")
        leaf = operand(self._table, path, op, self._error_at((*at, "field")), self._error_at((*at, "op")))
        other = self._other_field(node.get("value"), leaf, (*at, "value"))
        return Comparison(path, op, other or self._value(node, leaf, at))

    def _unknown_operator(self, spelled: str, word: str, at: Path) -> ConditionError:
        here = (*at, "op")
        if word == COUNT:
            return self._error("count is asked of the field", here, _json_form_of("vats", COUNT))
        hint = nearest_operator(spelled, QUANTIFIERS)
        if SPELLINGS.get(word.removeprefix("not")) or word == "not":
            hint = 'write {"not": {"field": …, "op": …, "value": …}}'
        return self._error(f"unknown operator {excerpt(spelled)}", here, hint)

    def _quantified(self, path: str, word: str, node: Mapping[str, object], at: Path) -> Condition:
        key = "value" if node.get("where") is None else "where"
        if key == "where" and node.get("value") is not None:
            raise self._key_error('"value" and "where" are both conditions here', at, "where", "leave one of them out")
        where = self._where(path, node.get(key), (*at, key), at)
        if where is None and word == "all":
            raise self._error("all needs a condition", at, 'write e.g. {"field": "vats", "op": "all", "value": {…}}')
        return Quantified(path, QUANTIFIERS[word], where)

    def _counted(self, path: str, op: OperatorName, node: Mapping[str, object], at: Path) -> Condition:
        where = self._where(path, node.get("where"), (*at, "where"), at)
        leaf = operand(None, COUNT, op, self._error_at((*at, "field")), self._error_at((*at, "op")))
        return Counted(path, where, op, self._value(node, leaf, at))

    def _where(self, path: str, node: object, at: Path, owner: Path) -> Condition | None:
        elements = relation_of(self._table, path, self._error_at((*owner, "field")))
        if node is None:
            return None
        outer, self._table = self._table, elements
        self._open(at)
        where = self._condition(node, at, within=False)
        self._depth -= 1
        self._table = outer
        return where

    def _value(self, node: Mapping[str, object], leaf: TypedOperand, at: Path) -> Constant:
        here, op, convert = (*at, "value"), leaf.op, leaf.convert
        if op in VALUELESS:
            given = node.get("value")
            if not (given is None or given is True or (isinstance(given, str) and not given)):
                raise self._error(f"{op} takes no value", here)
            return None
        if "value" not in node:
            raise self._error('expected "value"', at)
        value = node["value"]
        if op not in LIST_OPERATORS:
            return self._scalar(value, convert, here)
        values = sorted(value, key=str) if isinstance(value, set | frozenset) else value
        if not isinstance(values, list | tuple):
            raise self._error('expected a list such as ["A", "B"]', here)
        if not values:
            raise self._error("the list is empty", here)
        if len(values) > MAX_LIST:
            raise self._error(f"a list of more than {MAX_LIST:,} entries", here)
        if self._written is not None and leaf.field.kind.name in NUMERIC_KINDS:
            self._refuse_ambiguous_commas(self._written, here)
        return tuple(self._scalar(each, convert, (*here, i)) for i, each in enumerate(values))

    def _other_field(self, value: object, leaf: TypedOperand, at: Path) -> FieldReference | None:
        """The field that `{"field": …}` names in the place of a value; None if it is none."""
        if not self._compares_fields or self._table is None or not isinstance(value, Mapping):
            return None
        path = value.get("field")
        if len(value) != 1 or not isinstance(path, str):
            raise self._error('expected a single value, or a field such as {"field": "sum_gross"}', at)
        other = self._table.fields.get(path)
        try:
            return referenced(leaf, other or operand(self._table, path, None, self._error_at((*at, "field"))).field)
        except TypeMismatch as mismatch:
            raise self._error(mismatch.problem, (*at, "field"), mismatch.hint) from None

    def _refuse_ambiguous_commas(self, text: str, at: Path) -> None:
        start, _ = place_of(text, at)
        ambiguous = ambiguous_commas(text[start + 1 : text.index("]", start)], compact_is_clear=True)
        if ambiguous:
            raise self._error(f"{excerpt(BareWord(ambiguous.written))} is ambiguous", at, ambiguous.hint)

    def _scalar(self, value: object, convert: Callable[[Any], Scalar], at: Path) -> Scalar:
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = Decimal(str(value))
        if isinstance(value, date):  # YAML makes dates of what looks like one
            value = value.isoformat()
        if value is not None and not isinstance(value, str | Decimal | bool):
            raise self._error("expected a single value", at)
        try:
            return convert(value)
        except TypeMismatch as mismatch:
            raise self._error(mismatch.problem, at, mismatch.hint) from None

    def _error_at(self, at: Path) -> ErrorAt:
        return lambda problem, hint="": self._error(problem, at, hint)

    def _error(self, problem: str, at: Path, hint: str = "") -> ConditionError:
        offset, length = place_of(self._source(), at)
        return ConditionError(problem, hint=hint, source=self._source(), offset=offset, length=length)

    def _key_error(self, problem: str, at: Path, key: str, hint: str = "") -> ConditionError:
        offset, length = key_place_of(self._source(), at, key)
        return ConditionError(problem, hint=hint, source=self._source(), offset=offset, length=length)

    def _source(self) -> str:
        if self._text is None:
            # A key that is no text (YAML has dates and more) has no place in the text.
            self._text = json.dumps(self._document, ensure_ascii=False, default=readable, skipkeys=True)
        return self._text


def _json_form_of(path: str, function: str) -> str:
    """How `vats.any(…)` is written in JSON."""
    if function.lower() == COUNT:
        return f'write {{"field": "{path[:60]}{COUNT_CALL}", "op": "gt", "value": 1}}, its condition as "where"'
    return f'write {{"field": "{path[:60]}", "op": "{function.lower()[:60]}", "value": {{…}}}}'
