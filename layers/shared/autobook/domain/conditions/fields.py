"""Which fields a condition may name, with their types and operators: read off the models, not typed twice."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Final, NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel

from autobook.domain.conditions.ast import OPERATORS, Operator, Scalar
from autobook.domain.conditions.literals import Literal, converter
from autobook.domain.kanbert.incoming import Kind

BOOKING: Final = "booking"
"""Prefix of the fields of the booking at hand."""

_NULL: tuple[Operator, ...] = ("isnull", "isnotnull")
_SAME: tuple[Operator, ...] = ("eq", "ne", "in", "nin")
_ORDER: tuple[Operator, ...] = ("lt", "lte", "gt", "gte")
_TEXT: tuple[Operator, ...] = ("contains", "like", "startswith", "endswith")

KIND_OPERATORS: Final[dict[str, frozenset[Operator]]] = {
    "string": frozenset((*_SAME, *_TEXT, *_NULL)),
    "id": frozenset((*_SAME, *_NULL)),
    "enum": frozenset((*_SAME, *_NULL)),
    "boolean": frozenset((*_SAME, *_NULL)),
    "currency": frozenset((*_SAME, *_ORDER, *_TEXT, *_NULL)),
    "number": frozenset((*_SAME, *_ORDER, *_NULL)),
    "date": frozenset((*_SAME, *_ORDER, *_NULL)),
    "datetime": frozenset((*_SAME, *_ORDER, *_NULL)),
}
"""Operators per type (seed: kanbert-incoming-invoices.txt, "Allowed filter fields"; boolean and number by analogy)."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the invoice, the booking or a relation's element."""

    path: str
    kind: Kind
    nullable: bool

    @property
    def operators(self) -> frozenset[Operator]:
        """The operators that fit this field's type."""
        return KIND_OPERATORS[self.kind.name]


@dataclass(frozen=True, slots=True)
class Relation:
    """A list field: its elements are filtered with `any`, `all`, `none` and `count`."""

    path: str
    nullable: bool
    elements: "FieldTable"


class TypedOperand(NamedTuple):
    """A field with an operator that fits it, ready to take its value."""

    field: Field
    op: Operator
    convert: Callable[[Literal], Scalar]


@dataclass(slots=True, eq=False)
class FieldTable:
    """The fields and relations that a condition may name. Do not change it once it is built."""

    fields: dict[str, Field] = field(default_factory=dict)
    relations: dict[str, Relation] = field(default_factory=dict)
    leaves: dict[tuple[str, str], TypedOperand] = field(default_factory=dict)
    """Every field with every spelling of every operator that fits it."""

    def index(self) -> None:
        """Fill `leaves` from `fields`."""
        for path, each in self.fields.items():
            for spelling, op in OPERATORS.items():
                if op in each.operators:
                    self.leaves[path, spelling] = TypedOperand(each, op, converter(each.kind, op))


def _annotation(annotation: Any) -> tuple[Any, Kind | None, bool, bool]:
    """The bare type, its `Kind`, whether it may be null, and whether it is a list of that type."""
    kind, nullable = None, False
    while True:
        origin = get_origin(annotation)
        if origin is Annotated:
            annotation, *notes = get_args(annotation)
            kind = next((note for note in notes if isinstance(note, Kind)), kind)
        elif origin in (Union, UnionType):
            rest = [each for each in get_args(annotation) if each is not NoneType]
            nullable = nullable or len(rest) < len(get_args(annotation))
            if len(rest) != 1:
                return Any, kind, nullable, False
            annotation = rest[0]
        elif origin in (tuple, list):
            inner, kind, _, _ = _annotation(get_args(annotation)[0])
            return inner, kind, nullable, True
        else:
            return annotation, kind, nullable, False


def _members(model: type[BaseModel]) -> Iterator[tuple[str, Any, Kind | None, bool, bool]]:
    for name, info in model.model_fields.items():
        bare, kind, nullable, many = _annotation(info.annotation)
        kind = next((note for note in info.metadata if isinstance(note, Kind)), kind)
        yield name, bare, kind, nullable, many


def _is_model(bare: Any) -> bool:
    return isinstance(bare, type) and issubclass(bare, BaseModel)


def add_fields(table: FieldTable, model: type[BaseModel], prefix: str, nullable: bool) -> None:
    """Add a model's fields under a prefix; `nullable` if the object they belong to may be missing."""
    for name, bare, kind, optional, many in _members(model):
        path = prefix + name
        if many and _is_model(bare):
            table.relations[path] = Relation(path, optional or nullable, table_of(bare))
        elif many:
            continue
        elif _is_model(bare):
            add_fields(table, bare, f"{path}.", optional or nullable)
        elif bare is bool or kind is not None:
            table.fields[path] = Field(path, kind or Kind("boolean"), optional or nullable)


@cache
def table_of(model: type[BaseModel]) -> FieldTable:
    """The table of a model: its annotated fields, those of its embedded objects as `supplier.name`, its lists."""
    table = FieldTable()
    add_fields(table, model, "", nullable=False)
    table.index()
    return table


def describe(table: FieldTable) -> Mapping[str, str]:
    """Every field with its type, for people: `{"sum_gross": "currency", "vats": "list of (vat, value)"}`."""
    names = {path: each.kind.name for path, each in table.fields.items()}
    for path, relation in table.relations.items():
        names[path] = f"list of ({', '.join(relation.elements.fields) or 'elements without known fields'})"
    return names
