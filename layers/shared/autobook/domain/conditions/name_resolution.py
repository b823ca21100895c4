"""Looking up what a condition names: fields, relations, operators; and suggesting what was meant instead."""

from typing import Final, Protocol

from autobook.domain.conditions.ast import QUANTIFIERS, FieldReference
from autobook.domain.conditions.errors import ConditionError, near_miss
from autobook.domain.conditions.fields import Field, FieldTable, TypedOperand
from autobook.domain.conditions.kinds import COUNT_KIND, UNTYPED
from autobook.domain.conditions.literals import TypeMismatch, converter, untyped
from autobook.domain.conditions.look_alikes import plain, visible
from autobook.domain.conditions.operators import KIND_OPERATORS, OPERATORS, OperatorName

COUNT: Final = "count"
COUNT_CALL: Final = f".{COUNT}()"
_COUNT_OPERATORS: Final = KIND_OPERATORS[COUNT_KIND.name]
_MOST_NAMES: Final = 6
"""Names that a hint lists."""


class ErrorAt(Protocol):
    """Makes the error for a place that the caller knows."""

    def __call__(self, problem: str, hint: str = "") -> ConditionError:
        """The error, with that place."""


def operand(
    table: FieldTable | None,
    path: str,
    op: OperatorName | None,
    at_field: ErrorAt,
    at_operator: ErrorAt | None = None,
) -> TypedOperand:
    """The field with this operator. Raises at the field if it is unknown, at the operator if it does not fit.

    Without a table every field takes every operator and keeps its value as written; `count` takes numbers.
    """
    if table is None:
        if path != COUNT:
            return TypedOperand(Field(path, UNTYPED, nullable=True), op or "eq", untyped)
        if op not in _COUNT_OPERATORS and at_operator:
            *spelled, last = [each.spellings[0] for each in OPERATORS.values() if each.name in _COUNT_OPERATORS]
            raise at_operator(f"count() does not take {op}", f"use {' '.join(spelled)} or {last}")
        return TypedOperand(Field(path, COUNT_KIND, nullable=False), op or "eq", converter(COUNT_KIND, "eq"))
    field = table.fields.get(path)
    if field is None:
        raise _unknown_field(table, path, at_field)
    if op is None or op not in field.operators:
        fitting = [each for each in OPERATORS if each in field.operators]
        error_at = at_operator or at_field
        if op is None:
            raise error_at(f"expected an operator after {path}", f"one of {', '.join(fitting)}")
        raise error_at(
            f"{path} is of type {field.kind.name} and does not take {op}", f"use one of {', '.join(fitting)}"
        )
    return table.leaves[path, op]


def referenced(operand: TypedOperand, other: Field) -> FieldReference:
    """The other field as what the operand is compared with. TypeMismatch if the two cannot be compared."""
    field, op = operand.field, OPERATORS[operand.op]
    if op.takes != "one" or op.compares != "value":
        raise TypeMismatch(f"{op.spellings[0]} takes no field, found {other.path}", "use =, !=, <, <=, > or >=")
    if field.kind.name != other.kind.name or not _have_common_values(field, other):
        if field.kind.name == other.kind.name:
            raise TypeMismatch(f"{field.path} and {other.path} have other values", "they are never equal")
        problem = f"{field.path} is of type {field.kind.name}, {other.path} of type {other.kind.name}"
        raise TypeMismatch(problem, "compare fields of one type")
    return FieldReference(other.path)


def _have_common_values(field: Field, other: Field) -> bool:
    """False for two enums none of whose values is the other's: `status` may be `payment_status`, but never `type`."""
    one, two = field.kind.values, other.kind.values
    return not one or not two or not set(one).isdisjoint(two)


def relation_of(table: FieldTable | None, path: str, at: ErrorAt) -> FieldTable | None:
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


def _unknown_field(table: FieldTable, path: str, at: ErrorAt) -> ConditionError:
    parent, _, last = path.rpartition(".")
    if path in table.relations:
        return at(f"{path} is a list", f"ask it with e.g. {path}.any(…) or {path}.count() > 1")
    if parent in table.relations:
        asked = {COUNT: "count()"} | {each: f"{each}(…)" for each in QUANTIFIERS}
        return at(f"{parent} is a list", f"write {parent}.{asked.get(last) or f'any({last[:60]} = …)'}")
    within = [name for name in table.fields if name.startswith(f"{path}.")]
    if within:
        return at(f"{path} is an object", f"its fields are {_listing(within)}")
    if not table.fields:
        return at(
            f'unknown field "{visible(path[:60])}"', "the elements of this list have no known fields, use count()"
        )
    return at(f'unknown field "{visible(path[:60])}"', _suggested_field(table, path))


def _suggested_field(table: FieldTable, path: str) -> str:
    """A suggestion: a field whose path ends with this one or is its end, a list's field, or the nearest spelling."""
    _, _, rest = path.partition(".")
    near = [name for name in table.fields if name.endswith(f".{path}") or name == rest]
    if near:
        return f"did you mean {_listing(near, ' or ')}?"
    lists = [name for name, relation in table.relations.items() if path in relation.elements.fields]
    if lists:
        return f"did you mean {lists[0]}.any({path} = …)?"
    few = f"the fields here are {', '.join(table.fields)}" if len(table.fields) < 6 else ""
    return near_miss(plain(path).strip(), table.fields) or few


def _listing(names: list[str], separator: str = ", ") -> str:
    return separator.join([*names[:_MOST_NAMES], *(["…"] if len(names) > _MOST_NAMES else [])])
