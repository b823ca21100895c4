"""Which fields a condition may name, with their kinds and operators."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from autobook.domain.conditions.ast import Scalar
from autobook.domain.conditions.kinds import Kind
from autobook.domain.conditions.literals import RawValue, converter
from autobook.domain.conditions.operators import KIND_OPERATORS, SPELLINGS, OperatorName


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the subject, of its companion, or of a relation's element."""

    path: str
    kind: Kind
    nullable: bool

    @property
    def operators(self) -> frozenset[OperatorName]:
        """The operators that fit this field's kind."""
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
    op: OperatorName
    convert: Callable[[RawValue], Scalar]


@dataclass(slots=True, eq=False)
class FieldTable:
    """The fields and relations that a condition may name. Do not change it once it is built."""

    fields: dict[str, Field] = field(default_factory=dict)
    relations: dict[str, Relation] = field(default_factory=dict)
    leaves: dict[tuple[str, str], TypedOperand] = field(default_factory=dict)
    """Every field with every spelling of every operator that fits it."""
    companion: str = ""
    """The first name of paths that are read from a second object beside the subject; empty if there is none."""
    compares_fields: bool = False
    """Whether a condition may compare two fields. Kanbert's own lists know values only; rules extend its language."""

    def index(self) -> None:
        """Fill `leaves` from `fields`."""
        for path, each in self.fields.items():
            for spelling, op in SPELLINGS.items():
                if op in each.operators:
                    self.leaves[path, spelling] = TypedOperand(each, op, converter(each.kind, op))
