"""Looking up what a condition names: fields, relations, operators; and saying what was meant instead."""

from collections.abc import Callable
from typing import Final, Protocol

from autobook.domain.invoice import Kind
from autobook.domain.rules.errors import RuleError, near_miss
from autobook.domain.rules.fields import Field, FieldTable, Leaf
from autobook.domain.rules.literals import converter, untyped
from autobook.domain.rules.syntax import OPERATORS, QUANTIFIERS, Operator

COUNT: Final = "count"
COUNT_KIND: Final = Kind("number")
_COUNT_OPERATORS: Final = frozenset[Operator](("eq", "ne", "lt", "lte", "gt", "gte", "in", "nin"))
_ANY_KIND: Final = Kind("any")


class Fault(Protocol):
    """Makes the error for a place that the caller knows."""

    def __call__(self, problem: str, hint: str = "") -> RuleError: ...


def operand(
    table: FieldTable | None,
    path: str,
    op: Operator | None,
    at_field: Fault,
    at_operator: Fault | None = None,
) -> Leaf:
    """The field with this operator. Raises at the field if it is unknown, at the operator if it does not fit.

    Without a table every field takes every operator and keeps its value as written; `count` takes numbers.
    """
    if table is None:
        if path != COUNT:
            return Leaf(Field(path, _ANY_KIND, nullable=True), op or "eq", untyped)
        if op not in _COUNT_OPERATORS and at_operator:
            raise at_operator(f"count() does not take {op}", "use = != < <= > >= in or nin")
        return Leaf(Field(path, COUNT_KIND, nullable=False), op or "eq", converter(COUNT_KIND, "eq"))
    field = table.fields.get(path)
    if field is None:
        raise _unknown(table, path, at_field)
    if op is None or op not in field.operators:
        fitting = [each for each in dict.fromkeys(OPERATORS.values()) if each in field.operators]
        fault = at_operator or at_field
        if op is None:
            raise fault(f"expected an operator after {path}", f"one of {', '.join(fitting)}")
        raise fault(f"{path} is of type {field.kind.name} and does not take {op}", f"use one of {', '.join(fitting)}")
    return table.leaves[path, op]


def relation_of(table: FieldTable | None, path: str, at: Fault) -> FieldTable | None:
    """The fields of a relation's elements. Raises if there is no such relation."""
    if table is None:
        return None
    relation = table.relations.get(path)
    if relation is None:
        if path in table.fields:
            raise at(f"{path} is no list", "write it without parentheses")
        known = ", ".join(table.relations)
        hint = near_miss(path, table.relations) or (f"the lists are {known}" if known else "")
        raise at(f'unknown list "{path[:60]}"', hint)
    return relation.elements


def _unknown(table: FieldTable, path: str, at: Callable[..., RuleError]) -> RuleError:
    parent, _, last = path.rpartition(".")
    if path in table.relations:
        return at(f"{path} is a list", f"ask it with e.g. {path}.any(…) or {path}.count() > 1")
    if parent in table.relations:
        asked = f"{parent}.{last}() " if last in (*QUANTIFIERS, COUNT) else f"{parent}.any({last} = …)"
        return at(f"{parent} is a list", f"write {asked}")
    if not table.fields:
        return at(f'unknown field "{path[:60]}"', "the elements of this list have no known fields, use count()")
    few = f"the fields here are {', '.join(table.fields)}" if len(table.fields) < 6 else ""
    return at(f'unknown field "{path[:60]}"', near_miss(path, table.fields) or few)
