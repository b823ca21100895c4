"""Looking up what a condition names: fields, relations, operators; and saying what was meant instead."""

from typing import Final, Protocol

from autobook.domain.conditions.ast import OPERATORS, QUANTIFIERS, Operator
from autobook.domain.conditions.errors import RuleError, near_miss
from autobook.domain.conditions.fields import Field, FieldTable, TypedOperand
from autobook.domain.conditions.literals import converter, untyped
from autobook.domain.kanbert.incoming import Kind

COUNT: Final = "count"
COUNT_CALL: Final = f".{COUNT}()"
COUNT_KIND: Final = Kind("number")
_COUNT_OPERATORS: Final = frozenset[Operator](("eq", "ne", "lt", "lte", "gt", "gte", "in", "nin"))
_ANY_KIND: Final = Kind("any")
_SHOWN: Final = 6
"""Names that a hint lists."""


class Fault(Protocol):
    """Makes the error for a place that the caller knows."""

    def __call__(self, problem: str, hint: str = "") -> RuleError: ...


def operand(
    table: FieldTable | None,
    path: str,
    op: Operator | None,
    at_field: Fault,
    at_operator: Fault | None = None,
) -> TypedOperand:
    """The field with this operator. Raises at the field if it is unknown, at the operator if it does not fit.

    Without a table every field takes every operator and keeps its value as written; `count` takes numbers.
    """
    if table is None:
        if path != COUNT:
            return TypedOperand(Field(path, _ANY_KIND, nullable=True), op or "eq", untyped)
        if op not in _COUNT_OPERATORS and at_operator:
            raise at_operator(f"count() does not take {op}", "use = != < <= > >= in or nin")
        return TypedOperand(Field(path, COUNT_KIND, nullable=False), op or "eq", converter(COUNT_KIND, "eq"))
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


def _unknown(table: FieldTable, path: str, at: Fault) -> RuleError:
    parent, _, last = path.rpartition(".")
    if path in table.relations:
        return at(f"{path} is a list", f"ask it with e.g. {path}.any(…) or {path}.count() > 1")
    if parent in table.relations:
        asked = {COUNT: "count()"} | {each: f"{each}(…)" for each in QUANTIFIERS}
        return at(f"{parent} is a list", f"write {parent}.{asked.get(last) or f'any({last[:60]} = …)'}")
    within = [name for name in table.fields if name.startswith(f"{path}.")]
    if within:
        return at(f"{path} is an object", f"its fields are {_some(within)}")
    if not table.fields:
        return at(f'unknown field "{path[:60]}"', "the elements of this list have no known fields, use count()")
    return at(f'unknown field "{path[:60]}"', _field_meant(table, path))


def _field_meant(table: FieldTable, path: str) -> str:
    """The field whose path goes on before this one, or begins later; one of a list's; or the one spelled most alike."""
    _, _, rest = path.partition(".")
    near = [name for name in table.fields if name.endswith(f".{path}") or name == rest]
    if near:
        return f"did you mean {_some(near, ' or ')}?"
    lists = [name for name, relation in table.relations.items() if path in relation.elements.fields]
    if lists:
        return f"did you mean {lists[0]}.any({path} = …)?"
    few = f"the fields here are {', '.join(table.fields)}" if len(table.fields) < 6 else ""
    return near_miss(path, table.fields) or few


def _some(names: list[str], separator: str = ", ") -> str:
    return separator.join([*names[:_SHOWN], *(["…"] if len(names) > _SHOWN else [])])
