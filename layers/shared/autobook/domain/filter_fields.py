"""Which fields of a Kanbert model a condition may name: read off the model, not typed twice."""

from collections.abc import Iterator
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel

from autobook.domain.conditions import Field, FieldTable, Kind, Relation
from autobook.domain.kanbert import FilterKind, KanbertModel


@cache
def table_of(model: type[BaseModel], *, as_documented: bool = False) -> FieldTable:
    """The table of a model: its annotated fields, those of its embedded objects as `supplier.name`, its lists.

    Any field may come empty; `as_documented` takes for nullable only those of which the reference says so.
    """
    table = FieldTable()
    add_fields(table, model, "", nullable=False, as_documented=as_documented)
    table.index()
    return table


def add_fields(
    table: FieldTable, model: type[BaseModel], prefix: str, *, nullable: bool, as_documented: bool = False
) -> None:
    """Add a model's fields under a prefix; `nullable` if the object they belong to may be missing.

    Call `table.index()` once all are added.
    """
    for name, member in _members(model):
        path = prefix + name
        never_empty = as_documented and issubclass(model, KanbertModel) and name in model.documented
        optional = nullable or (member.nullable and not never_empty)
        if member.is_list and _is_model(member.bare):
            table.relations[path] = Relation(path, optional, table_of(member.bare, as_documented=as_documented))
        elif member.is_list:
            continue
        elif _is_model(member.bare):
            add_fields(table, member.bare, f"{path}.", nullable=optional, as_documented=as_documented)
        elif member.kind is not None:
            table.fields[path] = Field(path, Kind(member.kind.name, member.kind.values), optional)
        elif member.bare is bool:
            table.fields[path] = Field(path, Kind("boolean"), optional)


class _Member(NamedTuple):
    """What the annotation of a model's field says."""

    bare: Any
    """The type itself; of a list, that of its elements."""
    kind: FilterKind | None
    nullable: bool
    is_list: bool


def _members(model: type[BaseModel]) -> Iterator[tuple[str, _Member]]:
    for name, info in model.model_fields.items():
        member = _annotated(info.annotation)
        kind = next((note for note in info.metadata if isinstance(note, FilterKind)), member.kind)
        yield name, member._replace(kind=kind)


def _annotated(annotation: Any) -> _Member:
    kind, nullable = None, False
    while True:
        origin = get_origin(annotation)
        if origin is Annotated:
            annotation, *notes = get_args(annotation)
            kind = next((note for note in notes if isinstance(note, FilterKind)), kind)
        elif origin in (Union, UnionType):
            rest = [each for each in get_args(annotation) if each is not NoneType]
            nullable = nullable or len(rest) < len(get_args(annotation))
            if len(rest) != 1:
                return _Member(Any, kind, nullable, False)
            annotation = rest[0]
        elif origin in (tuple, list):
            element = _annotated(get_args(annotation)[0])
            return _Member(element.bare, element.kind, nullable, True)
        else:
            return _Member(annotation, kind, nullable, False)


def _is_model(bare: Any) -> bool:
    return isinstance(bare, type) and issubclass(bare, BaseModel)
