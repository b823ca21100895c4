"""The table that `extract.py` made from Kanbert's API reference, and how to walk a model along it."""

import json
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import AwareDatetime, BaseModel

from autobook.domain.kanbert import FilterKind

TABLE = Path(__file__).with_name("kanbert.json")


@dataclass(frozen=True)
class Described:
    """A field as the reference describes it."""

    type: str
    nullable: bool
    required: bool
    limit: int | None
    enum: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> "Described":
        """From `string nullable required max=255 enum=Invoice,Credit`."""
        kind, *words = text.split(" ")
        named = dict(word.split("=", 1) for word in words if "=" in word)
        limit = named.get("max") or named.get("length")
        enum = tuple(named["enum"].split(",")) if "enum" in named else ()
        return cls(kind, "nullable" in words, "required" in words, int(limit) if limit else None, enum)


@cache
def operations() -> dict[tuple[str, str], dict[str, Any]]:
    """Every operation by method and path."""
    return {(each["method"], each["path"]): each for each in json.loads(TABLE.read_text(encoding="utf-8"))}


def response(method: str, path: str) -> dict[str, Described]:
    """The fields of an answer; of a list, those of its elements."""
    fields = operations()[method, path]["response"]
    paging = ("data", "links", "meta")
    return {name: Described.of(text) for name, text in fields.items() if name.split(".")[0] not in paging}


@dataclass(frozen=True)
class Found:
    """A model's field: its plain type, whether it may be None, whether it is a list, its enum values."""

    types: tuple[Any, ...]
    optional: bool
    many: bool
    values: tuple[str, ...]


def walk(model: type[BaseModel], path: str) -> Found:
    """The field at `line_items[].project.id`. KeyError, with the place, where the model has none."""
    current: Any = model
    found = Found((model,), optional=False, many=False, values=())
    for name in path.replace("[]", "").split("."):
        if not (isinstance(current, type) and issubclass(current, BaseModel) and name in current.model_fields):
            raise KeyError(f"{getattr(current, '__name__', current)} has no {name} ({path})")
        field = current.model_fields[name]
        found = _unwrapped(field.annotation, tuple(field.metadata))
        current = next((t for t in found.types if isinstance(t, type) and issubclass(t, BaseModel)), found.types[0])
    return found


def _unwrapped(annotation: Any, metadata: tuple[Any, ...] = ()) -> Found:
    values = next((note.values for note in metadata if isinstance(note, FilterKind)), ())
    origin, inner = get_origin(annotation), get_args(annotation)
    if hasattr(annotation, "__value__"):
        return _unwrapped(annotation.__value__, metadata)
    if origin is Annotated:
        return _unwrapped(inner[0], (*metadata, *inner[1:]))
    if origin in (Union, UnionType):
        parts = [_unwrapped(each) for each in inner if each is not NoneType]
        return Found(
            tuple(t for part in parts for t in part.types),
            NoneType in inner,
            any(part.many for part in parts),
            values or next((part.values for part in parts if part.values), ()),
        )
    if origin is tuple:
        return Found(_unwrapped(inner[0]).types if inner else (), optional=False, many=bool(inner), values=())
    if origin is dict:
        return Found((dict,), optional=False, many=False, values=())
    return Found((annotation,), optional=False, many=False, values=values)


def fits(described: Described, found: Found) -> bool:
    """Whether the model's type can hold what the reference describes."""
    if described.type == "array":
        return found.many
    wanted: dict[str, tuple[type, ...]] = {
        "string": (str,),
        "number": (Decimal,),
        "integer": (int, Decimal),
        "boolean": (bool,),
        "date-time": (datetime, AwareDatetime),
        "object": (dict, BaseModel),
    }
    return any(isinstance(t, type) and issubclass(t, wanted[described.type]) for t in found.types)
